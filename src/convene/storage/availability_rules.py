"""Working hours and booking rules, one set per person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_dict
from convene.storage.named_sql import load

SQL = load("availability_rules")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """The columns carry the names of the API's fields."""

    account_id: str
    tzid: str
    weekly_periods: list[dict[str, Any]]
    date_overrides: list[dict[str, Any]]
    buffer_before_minutes: int
    buffer_after_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    start_interval_minutes: int
    daily_limit: int | None
    weekly_limit: int | None
    time_off: list[dict[str, Any]]
    travel: list[dict[str, Any]]
    calendar_ids: list[str] | None
    revision: int


async def list_rules(conn: Connection, org_id: str, account_ids: Sequence[str]) -> dict[str, RuleRow]:
    """Return the rules of those people who have set any, by account."""
    rows = await fetch_all(
        conn, SQL["list_rules"], {"org_id": org_id, "account_ids": list(account_ids)}, RuleRow
    )
    return {row.account_id: row for row in rows}


async def upsert_rule(conn: Connection, org_id: str, account_id: str, fields: Mapping[str, Any]) -> int:
    """Store a person's rules (validated JSON of the API) and return the new revision. `calendar_ids` stay as they are."""
    row = await fetch_dict(
        conn,
        SQL["upsert_rule"],
        {
            **fields,
            "org_id": org_id,
            "account_id": account_id,
            "weekly_periods": Jsonb(fields["weekly_periods"]),
            "date_overrides": Jsonb(fields["date_overrides"]),
            "time_off": Jsonb(fields["time_off"]),
            "travel": Jsonb(fields["travel"]),
        },
    )
    assert row is not None
    return int(row["revision"])


async def update_calendar_ids(
    conn: Connection, org_id: str, account_id: str, calendar_ids: Sequence[str] | None
) -> None:
    """Say which calendars count with a person's rules for applications; None for the checked ones."""
    await execute(
        conn,
        SQL["update_calendar_ids"],
        {
            "org_id": org_id,
            "account_id": account_id,
            "calendar_ids": None if calendar_ids is None else list(calendar_ids),
        },
    )


async def delete_rule(conn: Connection, org_id: str, account_id: str) -> bool:
    """Forget a person's rules: the defaults hold from then on. False if there were none."""
    return bool(await execute(conn, SQL["delete_rule"], {"org_id": org_id, "account_id": account_id}))
