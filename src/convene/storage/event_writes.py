"""Rows of `event_write`: what applications want to lie at places of remote calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.calendar_writes import Outbox
from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_dicts
from convene.storage.named_sql import load

_SQL = load("event_writes")


@dataclass(frozen=True, slots=True)
class EventWrite:
    """One place of a remote calendar. `content` is what it shall say (formats/event_content.py).

    client_id, event_id: of an event that an application manages; None for a change to somebody else's.
    """

    org_id: str
    calendar_id: str
    remote_id: str
    account_id: str
    uid: str
    client_id: str | None
    event_id: str | None
    is_removed: bool
    content: dict[str, Any]
    etag: str
    desired_revision: int
    written_revision: int
    state: str
    attempts: int
    changed_at: datetime
    leased_until: datetime


OUTBOX = Outbox("event_write", ("org_id", "calendar_id", "remote_id"), EventWrite)


async def put_write(
    conn: Connection,
    calendar: Calendar,
    remote_id: str,
    *,
    uid: str,
    content: dict[str, Any],
    now: datetime,
    client_id: str | None = None,
    event_id: str | None = None,
    is_removed: bool = False,
) -> None:
    """Say what a place of a remote calendar shall hold, or that it shall hold nothing. The calendar is locked."""
    await execute(
        conn,
        _SQL["put_write"],
        {
            "org_id": calendar.org_id,
            "calendar_id": calendar.calendar_id,
            "remote_id": remote_id,
            "account_id": calendar.account_id,
            "uid": uid,
            "client_id": client_id,
            "event_id": event_id,
            "is_removed": is_removed,
            "content": Jsonb(content),
            "now": now,
        },
    )


async def list_ahead(conn: Connection, calendar: Calendar, since: datetime) -> frozenset[str]:
    """Return the places that what was read since `since` must not overwrite."""
    params = {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id, "since": since}
    return frozenset(row["remote_id"] for row in await fetch_dicts(conn, _SQL["list_ahead"], params))


async def adopt_managed(conn: Connection, calendar: Calendar, remote_ids: Sequence[str]) -> None:
    """Recognise what applications wrote among resources that were just stored."""
    params = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "remote_ids": list(remote_ids),
    }
    await execute(conn, _SQL["adopt_managed"], params)


async def forget_etag(conn: Connection, calendar: Calendar, remote_id: str) -> None:
    """Let the next full read take what lies at a place, whatever its version."""
    params = {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id, "remote_id": remote_id}
    await execute(conn, _SQL["forget_etag"], params)


async def prune_written(conn: Connection, before: datetime) -> int:
    """Forget writes that ended before a moment."""
    return await execute(conn, _SQL["prune_written"], {"before": before})
