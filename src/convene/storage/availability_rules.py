"""Working hours and booking rules, one set per person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, fetch_all, fetch_dict
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
    revision: int


async def list_rules(conn: Connection, org_id: str, account_ids: Sequence[str]) -> dict[str, RuleRow]:
    """Return the rules of those people who have set any, by account."""
    rows = await fetch_all(
        conn, SQL["list_rules"], {"org_id": org_id, "account_ids": list(account_ids)}, RuleRow
    )
    return {row.account_id: row for row in rows}


async def upsert_rule(conn: Connection, org_id: str, account_id: str, fields: Mapping[str, Any]) -> int:
    """Store a person's rules (validated JSON of the API) and return the new revision."""
    row = await fetch_dict(
        conn,
        SQL["upsert_rule"],
        {
            **fields,
            "org_id": org_id,
            "account_id": account_id,
            "weekly_periods": Jsonb(fields["weekly_periods"]),
            "date_overrides": Jsonb(fields["date_overrides"]),
        },
    )
    assert row is not None
    return int(row["revision"])
