"""What applications want to be told around the times of events that they manage (see migration 0017)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_all
from convene.storage.named_sql import load

_SQL = load("event_triggers")


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """`anchor` is start or end; `offset_seconds` count from it, negative before it."""

    url: str
    transition: Mapping[str, Any]
    anchor: str
    offset_seconds: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DueTrigger:
    """A trigger that is to be told now; `content` is None if its event is gone. It takes place from `starts_at` on."""

    org_id: str
    calendar_id: str
    client_id: str
    event_id: str
    url: str
    transition: dict[str, Any]
    due_at: datetime
    content: dict[str, Any] | None
    starts_at: datetime | None
    ends_at: datetime | None


async def replace_triggers(
    conn: Connection,
    calendar: Calendar,
    client_id: str,
    event_id: str,
    triggers: Collection[NewTrigger],
    now: datetime,
) -> None:
    """Make these the triggers of an application's event."""
    key = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "client_id": client_id,
        "event_id": event_id,
    }
    await execute(conn, _SQL["delete_triggers"], key)
    for position, trigger in enumerate(triggers):
        params = {
            **key,
            "position": position,
            "url": trigger.url,
            "transition": Jsonb(dict(trigger.transition)),
            "anchor": trigger.anchor,
            "offset_seconds": trigger.offset_seconds,
            "due_at": trigger.due_at,
            "now": now,
        }
        await execute(conn, _SQL["insert_trigger"], params)


async def follow_events(
    conn: Connection, calendar: Calendar, remote_ids: Collection[str], now: datetime
) -> None:
    """Let the triggers of these resources' events be due when the events now take place."""
    params = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "remote_ids": list(remote_ids),
        "now": now,
    }
    await execute(conn, _SQL["follow_events"], params)


async def take_due(conn: Connection, now: datetime, limit: int) -> list[DueTrigger]:
    """Mark what is due as told and return it."""
    return await fetch_all(conn, _SQL["take_due"], {"now": now, "limit": limit}, DueTrigger)
