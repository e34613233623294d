"""Availability rules that an application keeps for an account, all but `default` (see `availability_rules`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_dicts, fetch_one
from convene.storage.named_sql import load

SQL = load("managed_rules")


@dataclass(frozen=True, slots=True)
class ManagedRuleRow:
    """`weekly_periods` is validated JSON of the API; `calendar_ids` is None for the checked calendars."""

    account_id: str
    availability_rule_id: str
    tzid: str
    calendar_ids: list[str] | None
    weekly_periods: list[dict[str, Any]]


async def list_rules(
    conn: Connection, org_id: str, client_id: str, account_ids: Sequence[str]
) -> dict[str, list[ManagedRuleRow]]:
    """Return this application's rules of these accounts, by account."""
    rows = await fetch_all(
        conn,
        SQL["list_rules"],
        {"org_id": org_id, "client_id": client_id, "account_ids": list(account_ids)},
        ManagedRuleRow,
    )
    found: dict[str, list[ManagedRuleRow]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        found[row.account_id].append(row)
    return found


async def find_rule(
    conn: Connection, org_id: str, client_id: str, account_id: str, availability_rule_id: str
) -> ManagedRuleRow | None:
    return await fetch_one(
        conn, SQL["find_rule"], _key(org_id, client_id, account_id, availability_rule_id), ManagedRuleRow
    )


async def upsert_rule(
    conn: Connection, org_id: str, client_id: str, rule: ManagedRuleRow, now: datetime
) -> None:
    await execute(
        conn,
        SQL["upsert_rule"],
        {
            **_key(org_id, client_id, rule.account_id, rule.availability_rule_id),
            "tzid": rule.tzid,
            "calendar_ids": rule.calendar_ids,
            "weekly_periods": Jsonb(rule.weekly_periods),
            "now": now,
        },
    )


async def delete_rule(
    conn: Connection, org_id: str, client_id: str, account_id: str, availability_rule_id: str
) -> bool:
    """Forget a rule; False if there is none."""
    return bool(
        await execute(conn, SQL["delete_rule"], _key(org_id, client_id, account_id, availability_rule_id))
    )


async def list_own_calendars(
    conn: Connection, org_id: str, account_id: str, calendar_ids: Sequence[str]
) -> set[str]:
    """Return those of `calendar_ids` that belong to the account."""
    params = {"org_id": org_id, "account_id": account_id, "calendar_ids": list(calendar_ids)}
    return {row["calendar_id"] for row in await fetch_dicts(conn, SQL["list_own_calendars"], params)}


def _key(org_id: str, client_id: str, account_id: str, availability_rule_id: str) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "client_id": client_id,
        "account_id": account_id,
        "availability_rule_id": availability_rule_id,
    }
