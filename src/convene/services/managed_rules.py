"""Availability rules as applications keep them for accounts (`/v1/availability_rules`).

The rule `default` is the person's own working hours: what an application writes there, the person sees in their
settings, and the other way round. Any other rule belongs to the application that wrote it and to nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from convene.core.applications import Application
from convene.core.availability_rules import WeeklyPeriod, default_rule
from convene.core.availability_rules_json import dump_rule, dump_weekly_periods, parse_weekly_periods
from convene.core.errors import Invalid, NotFound
from convene.core.scopes import WRITE_SCOPES
from convene.ports.runtime import Clock
from convene.services.rules import rule_of
from convene.services.webhooks import WebhookService
from convene.storage import availability_rules, bookings, managed_rules
from convene.storage.database import Connection, Database
from convene.storage.managed_rules import ManagedRuleRow

DEFAULT = "default"
MAX_ID = 64
MAX_RULES = 100


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as it was sent; `weekly_periods` is decoded JSON, not yet checked."""

    availability_rule_id: str
    tzid: str
    weekly_periods: object
    calendar_ids: Sequence[str] | None = None


class ManagedRulesService:
    def __init__(self, db: Database, clock: Clock, webhooks: WebhookService) -> None:
        self.db = db
        self.clock = clock
        self.webhooks = webhooks

    async def list_rules(self, application: Application) -> list[dict[str, Any]]:
        """Return the account's rules that this application may see, `default` first if it was ever saved."""
        async with self.db.transaction() as conn:
            own = await self._default(conn, application)
            rows = await managed_rules.list_rules(
                conn, application.org_id, application.client_id, [application.sub]
            )
        return [described(row) for row in [*([own] if own else []), *rows[application.sub]]]

    async def get(self, application: Application, availability_rule_id: str) -> dict[str, Any]:
        """Return one rule. Raises `NotFound`; for `default` also when the hours were never saved."""
        async with self.db.transaction() as conn:
            if availability_rule_id == DEFAULT:
                found = await self._default(conn, application)
            else:
                found = await managed_rules.find_rule(
                    conn, application.org_id, application.client_id, application.sub, availability_rule_id
                )
        if found is None:
            raise _missing(availability_rule_id)
        return described(found)

    async def put(self, application: Application, draft: RuleDraft) -> dict[str, Any]:
        """Create or replace a rule and return it. Periods of a day that overlap are joined.

        Replacing `default` changes zone and weekly hours of the person's settings and leaves the rest of them.

        Raises:
            Forbidden: `default` without a scope that writes. Invalid: names the field.
        """
        _allow_change(application, draft.availability_rule_id)
        check_own_id(draft.availability_rule_id, "availability_rule_id")
        periods = parse_weekly_periods(draft.weekly_periods, may_overlap=True)
        row = ManagedRuleRow(
            application.sub,
            draft.availability_rule_id,
            draft.tzid,
            None if draft.calendar_ids is None else list(dict.fromkeys(draft.calendar_ids)),
            dump_weekly_periods(periods),
        )
        async with self.db.transaction() as conn:
            await bookings.lock_people(conn, application.org_id, [application.sub])
            await self._check_calendars(conn, application, row)
            if draft.availability_rule_id == DEFAULT:
                await self._put_default(conn, application, row, periods)
            else:
                await self._check_room(conn, application, row)
                await managed_rules.upsert_rule(
                    conn, application.org_id, application.client_id, row, self.clock()
                )
            await self._announce(conn, application)
        return described(row)

    async def delete(self, application: Application, availability_rule_id: str) -> None:
        """Forget a rule; after `default` the installation's default hours hold for bookings again. Raises as `put`."""
        _allow_change(application, availability_rule_id)
        async with self.db.transaction() as conn:
            if availability_rule_id == DEFAULT:
                is_gone = await availability_rules.delete_rule(conn, application.org_id, application.sub)
            else:
                is_gone = await managed_rules.delete_rule(
                    conn, application.org_id, application.client_id, application.sub, availability_rule_id
                )
            if not is_gone:
                raise _missing(availability_rule_id)
            await self._announce(conn, application)

    async def _default(self, conn: Connection, application: Application) -> ManagedRuleRow | None:
        rows = await availability_rules.list_rules(conn, application.org_id, [application.sub])
        row = rows.get(application.sub)
        if row is None:
            return None
        return ManagedRuleRow(application.sub, DEFAULT, row.tzid, row.calendar_ids, row.weekly_periods)

    async def _put_default(
        self,
        conn: Connection,
        application: Application,
        row: ManagedRuleRow,
        periods: tuple[WeeklyPeriod, ...],
    ) -> None:
        saved = await availability_rules.list_rules(conn, application.org_id, [application.sub])
        before = rule_of(saved[application.sub]) if application.sub in saved else default_rule(row.tzid)
        fields = dump_rule(replace(before, tzid=row.tzid, weekly_periods=periods))
        await availability_rules.upsert_rule(conn, application.org_id, application.sub, fields)
        await availability_rules.update_calendar_ids(
            conn, application.org_id, application.sub, row.calendar_ids
        )

    async def _check_calendars(self, conn: Connection, application: Application, row: ManagedRuleRow) -> None:
        if row.calendar_ids is None:
            return
        if not row.calendar_ids:
            raise Invalid("calendar_ids", "calendar_ids must name at least one calendar, or be left out.")
        own = await managed_rules.list_own_calendars(
            conn, application.org_id, application.sub, row.calendar_ids
        )
        for calendar_id in row.calendar_ids:
            if calendar_id not in own:
                raise Invalid(
                    "calendar_ids",
                    f"calendar_ids: {calendar_id[:60]!r} is no calendar of this account.",
                    code="not_found",
                )

    async def _check_room(self, conn: Connection, application: Application, row: ManagedRuleRow) -> None:
        rows = await managed_rules.list_rules(
            conn, application.org_id, application.client_id, [application.sub]
        )
        known = {item.availability_rule_id for item in rows[application.sub]}
        if row.availability_rule_id not in known and len(known) >= MAX_RULES:
            raise Invalid(
                "availability_rule_id",
                f"availability_rule_id: an account has at most {MAX_RULES} rules. Delete one first.",
            )

    async def _announce(self, conn: Connection, application: Application) -> None:
        subs = [application.sub]
        await self.webhooks.emit(conn, application.org_id, "availability.changed", {"subs": subs}, subs)


def _allow_change(application: Application, availability_rule_id: str) -> None:
    """An application's own rules concern its own queries alone; `default` decides when anybody can book the person."""
    if availability_rule_id == DEFAULT:
        application.require_scope(*WRITE_SCOPES)


def described(row: ManagedRuleRow) -> dict[str, Any]:
    """Return a rule as documented in docs/reference/v1-api.md."""
    return {
        "availability_rule_id": row.availability_rule_id,
        "tzid": row.tzid,
        **({} if row.calendar_ids is None else {"calendar_ids": row.calendar_ids}),
        "weekly_periods": row.weekly_periods,
    }


def check_own_id(value: str, field: str) -> None:
    """Raise `Invalid` unless `value` can be an id that an application chose: 1 to 64 printable ASCII characters."""
    if not 1 <= len(value) <= MAX_ID or not value.isascii() or not value.isprintable():
        raise Invalid(field, f"{field} must be 1 to {MAX_ID} printable ASCII characters.")


def _missing(availability_rule_id: str) -> NotFound:
    return NotFound(f"There is no availability rule {availability_rule_id[:MAX_ID]!r} of this account.")
