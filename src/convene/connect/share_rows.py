"""Shares of free time as rows, and as messages and answers show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.connect.views import View, instant
from convene.core.shared_times import Times, utc
from convene.edge.requests import format_instant
from convene.storage.database import Connection, execute, fetch_one
from convene.storage.named_sql import load

SQL = load("availability_shares", "convene.connect.queries")
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ShareRow:
    message_id: str
    conversation_id: str
    account_id: str
    consent_id: str
    tzid: str
    starts_at: datetime
    ends_at: datetime
    duration_minutes: int
    any_hour: bool
    free: list[dict[str, str]]
    as_of: datetime
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        return "live" if now < self.expires_at else "expired"

    def of(self, message_id: str) -> ShareRow:
        return replace(self, message_id=message_id)

    @property
    def times(self) -> Times:
        return [(utc(item["start"]), utc(item["end"])) for item in self.free]


@dataclass(frozen=True, slots=True)
class _Count:
    count: int


def told(times: Times) -> list[dict[str, str]]:
    """Return times as JSON: starts and ends, nothing else."""
    return [{"start": format_instant(start), "end": format_instant(end)} for start, end in times]


def view(row: ShareRow, state: str) -> View:
    """Return a share as its message shows it: what it is about, without any time that is free."""
    return {
        "schema": SCHEMA,
        "owner_id": row.account_id,
        "tzid": row.tzid,
        "start_utc": instant(row.starts_at),
        "end_utc": instant(row.ends_at),
        "duration_minutes": row.duration_minutes,
        "any_hour": row.any_hour,
        "state": state,
        "as_of": instant(row.as_of),
        "expires_at": instant(row.expires_at),
    }


async def insert(conn: Connection, org_id: str, row: ShareRow) -> None:
    params: dict[str, Any] = {
        "org_id": org_id,
        "message_id": row.message_id,
        "conversation_id": row.conversation_id,
        "account_id": row.account_id,
        "consent_id": row.consent_id,
        "tzid": row.tzid,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "duration_minutes": row.duration_minutes,
        "any_hour": row.any_hour,
        "free": Jsonb(row.free),
        "at": row.created_at,
        "expires_at": row.expires_at,
    }
    await execute(conn, SQL["insert_share"], params)


async def find(conn: Connection, org_id: str, message_id: str, *, lock: bool = False) -> ShareRow | None:
    """Return a share whoever asks: the caller of this function checks the right to it."""
    params = {"org_id": org_id, "message_id": message_id}
    return await fetch_one(conn, SQL["lock_share" if lock else "find_share"], params, ShareRow)


async def count_since(conn: Connection, org_id: str, account_id: str, since: datetime) -> int:
    """Return how often somebody has shared since then."""
    params = {"org_id": org_id, "account_id": account_id, "since": since}
    found = await fetch_one(conn, SQL["count_recent"], params, _Count)
    return found.count if found else 0


async def keep_times(conn: Connection, org_id: str, message_id: str, times: Times, at: datetime) -> None:
    params = {"org_id": org_id, "message_id": message_id, "free": Jsonb(told(times)), "at": at}
    await execute(conn, SQL["update_times"], params)


async def revoke(conn: Connection, org_id: str, message_id: str, at: datetime) -> None:
    """End a share and empty it."""
    await execute(conn, SQL["revoke"], {"org_id": org_id, "message_id": message_id, "at": at})


async def sweep(conn: Connection, now: datetime) -> None:
    """Empty the shares that are over."""
    await execute(conn, SQL["empty_over"], {"now": now})
