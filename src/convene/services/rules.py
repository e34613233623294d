"""Working hours and booking rules of one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convene.core.availability_rules import AvailabilityRule, default_rule
from convene.core.availability_rules_json import dump_rule, parse_rule
from convene.core.permissions import Caller
from convene.services.webhooks import WebhookService
from convene.storage import availability_rules, bookings
from convene.storage.availability_rules import RuleRow
from convene.storage.database import Database


def rule_of(row: RuleRow) -> AvailabilityRule:
    """Return stored rules as the engine's value."""
    return parse_rule(
        {
            "tzid": row.tzid,
            "weekly_periods": row.weekly_periods,
            "date_overrides": row.date_overrides,
            "buffer_before_minutes": row.buffer_before_minutes,
            "buffer_after_minutes": row.buffer_after_minutes,
            "minimum_notice_minutes": row.minimum_notice_minutes,
            "horizon_days": row.horizon_days,
            "start_interval_minutes": row.start_interval_minutes,
            "daily_limit": row.daily_limit,
            "weekly_limit": row.weekly_limit,
            "time_off": row.time_off,
            "travel": row.travel,
        }
    )


class RulesService:
    def __init__(self, db: Database, webhooks: WebhookService) -> None:
        self.db = db
        self.webhooks = webhooks

    async def get(self, caller: Caller) -> dict[str, Any]:
        """Return the rules of the member acted for, the defaults if none were set (`revision` 0)."""
        caller.require("rules:read")
        member = caller.member_id
        async with self.db.connection() as conn:
            rows = await availability_rules.list_rules(conn, caller.org_id, [member])
            if member in rows:
                return {**dump_rule(rule_of(rows[member])), "revision": rows[member].revision}
            people = await bookings.list_people(conn, caller.org_id, [member])
        return {**dump_rule(default_rule(people[0].tzid)), "revision": 0}

    async def put(self, caller: Caller, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the rules. Meetings already booked stay.

        Raises:
            Invalid: names the field, down to `weekly_periods[2].end_time`.
        """
        caller.require("rules:write")
        rule = parse_rule(body)
        fields = dump_rule(rule)
        async with self.db.transaction() as conn:
            revision = await availability_rules.upsert_rule(conn, caller.org_id, caller.member_id, fields)
            await self.webhooks.emit(
                conn,
                caller.org_id,
                "availability.changed",
                {"subs": [caller.member_id]},
                [caller.member_id],
            )
        return {**fields, "revision": revision}
