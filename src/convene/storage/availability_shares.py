"""Shares of free time: who lets whoever holds an id see it, for which days, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("availability_shares")


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One share; aware instants, `[starts_at, ends_at)`."""

    share_id: str
    account_id: str
    starts_at: datetime
    ends_at: datetime
    any_hour: bool
    expires_at: datetime


async def insert_share(conn: Connection, org_id: str, share: ShareRow, now: datetime) -> None:
    """Store a new share, and forget its owner's that are over."""
    owner = {"org_id": org_id, "account_id": share.account_id, "now": now}
    await execute(conn, SQL["delete_over"], owner)
    await execute(
        conn,
        SQL["insert_share"],
        {
            **owner,
            "share_id": share.share_id,
            "starts_at": share.starts_at,
            "ends_at": share.ends_at,
            "any_hour": share.any_hour,
            "expires_at": share.expires_at,
        },
    )


async def find_live(
    conn: Connection, org_id: str, share_id: str, now: datetime, *, lock: bool = False
) -> ShareRow | None:
    """Return a share that is not over; with `lock` it cannot end before the transaction does."""
    params = {"org_id": org_id, "share_id": share_id, "now": now}
    return await fetch_one(conn, SQL["lock_live" if lock else "find_live"], params, ShareRow)


async def list_live(conn: Connection, org_id: str, account_id: str, now: datetime) -> list[ShareRow]:
    """Return somebody's shares that are not over, by when they end."""
    params = {"org_id": org_id, "account_id": account_id, "now": now}
    return await fetch_all(conn, SQL["list_live"], params, ShareRow)


async def delete_share(conn: Connection, org_id: str, account_id: str, share_id: str) -> bool:
    """End somebody's share; False if they have none such."""
    params = {"org_id": org_id, "account_id": account_id, "share_id": share_id}
    return await execute(conn, SQL["delete_share"], params) == 1
