"""Working hours and booking rules of one person, or of a room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convene.core.availability_rules import AvailabilityRule, default_rule
from convene.core.availability_rules_json import dump_rule, parse_rule
from convene.core.errors import NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.services.webhooks import WebhookService
from convene.storage import availability_rules, bookings, resources
from convene.storage.availability_rules import RuleRow
from convene.storage.database import Connection, Database


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
        return await self._read(caller.org_id, caller.member_id)

    async def get_of_room(self, caller: Caller, room_id: str) -> dict[str, Any]:
        """Return the rules of a room; notes on its time off are for administrators.

        Raises:
            NotFound: there is no such room.
        """
        caller.require("members:read")
        async with self.db.connection() as conn:
            await self._require_room(conn, caller, room_id)
        found = await self._read(caller.org_id, room_id)
        if not caller.is_admin:
            found["time_off"] = [{**item, "note": ""} for item in found["time_off"]]
        return found

    async def put_of_room(self, caller: Caller, room_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the rules of a room. Needs `organization:manage`."""
        caller.require("organization:manage")
        rule = parse_rule(body)
        async with self.db.transaction() as conn:
            await self._require_room(conn, caller, room_id)
            return await self._write(conn, caller.org_id, room_id, dump_rule(rule))

    async def _require_room(self, conn: Connection, caller: Caller, room_id: str) -> None:
        if not is_id(room_id, "res") or not await resources.find_resource(conn, caller.org_id, room_id):
            raise NotFound("There is no such room.")

    async def _read(self, org_id: str, account_id: str) -> dict[str, Any]:
        async with self.db.connection() as conn:
            rows = await availability_rules.list_rules(conn, org_id, [account_id])
            if account_id in rows:
                return {**dump_rule(rule_of(rows[account_id])), "revision": rows[account_id].revision}
            people = await bookings.list_people(conn, org_id, [account_id])
        return {**dump_rule(default_rule(people[0].tzid)), "revision": 0}

    async def put(self, caller: Caller, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the rules. Meetings already booked stay.

        Raises:
            Invalid: names the field, down to `weekly_periods[2].end_time`.
        """
        caller.require("rules:write")
        fields = dump_rule(parse_rule(body))
        async with self.db.transaction() as conn:
            return await self._write(conn, caller.org_id, caller.member_id, fields)

    async def _write(
        self, conn: Connection, org_id: str, account_id: str, fields: dict[str, Any]
    ) -> dict[str, Any]:
        revision = await availability_rules.upsert_rule(conn, org_id, account_id, fields)
        subs = [account_id]
        await self.webhooks.emit(conn, org_id, "availability.changed", {"subs": subs}, subs)
        return {**fields, "revision": revision}
