"""Time set aside for a moment. A hold is a row per person or room; it ends with `expires_at`, swept or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dicts
from convene.storage.named_sql import load

SQL = load("holds")


@dataclass(frozen=True, slots=True)
class HeldTime:
    """Somebody's held time; aware instants."""

    account_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold with everybody in it."""

    hold_id: str
    account_ids: list[str]
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


async def list_held(
    conn: Connection,
    org_id: str,
    account_ids: Sequence[str],
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    owner_id: str | None,
) -> list[HeldTime]:
    """Return what others than `owner_id` hold of these accounts' time in `[since, until)`."""
    return await fetch_all(
        conn,
        SQL["list_held"],
        {
            "org_id": org_id,
            "account_ids": list(account_ids),
            "since": since,
            "until": until,
            "now": now,
            "owner_id": owner_id,
        },
        HeldTime,
    )


async def insert_hold(conn: Connection, org_id: str, owner_id: str, hold: HoldRow, now: datetime) -> None:
    await execute(
        conn,
        SQL["insert_hold"],
        {
            "org_id": org_id,
            "owner_id": owner_id,
            "hold_id": hold.hold_id,
            "account_ids": hold.account_ids,
            "starts_at": hold.starts_at,
            "ends_at": hold.ends_at,
            "expires_at": hold.expires_at,
            "now": now,
        },
    )


async def list_owned(conn: Connection, org_id: str, owner_id: str, now: datetime) -> list[HoldRow]:
    """Return somebody's live holds by start."""
    params = {"org_id": org_id, "owner_id": owner_id, "now": now}
    return await fetch_all(conn, SQL["list_owned"], params, HoldRow)


async def delete_hold(conn: Connection, org_id: str, owner_id: str, hold_id: str) -> list[str]:
    """Give up a hold; return whose time is free again, nobody's if the owner has no such hold."""
    params = {"org_id": org_id, "owner_id": owner_id, "hold_id": hold_id}
    return [row["account_id"] for row in await fetch_dicts(conn, SQL["delete_hold"], params)]


async def delete_used(
    conn: Connection,
    org_id: str,
    owner_id: str,
    account_ids: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Forget the owner's holds that a meeting of these accounts has taken the place of."""
    params = {
        "org_id": org_id,
        "owner_id": owner_id,
        "account_ids": list(account_ids),
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    await execute(conn, SQL["delete_used"], params)


async def delete_expired(conn: Connection, now: datetime) -> dict[str, list[str]]:
    """Forget what is over, in all organisations; return whose time it was, by organisation."""
    found: dict[str, list[str]] = {}
    for row in await fetch_dicts(conn, SQL["delete_expired"], {"now": now}):
        found.setdefault(row["org_id"], []).append(row["account_id"])
    return found
