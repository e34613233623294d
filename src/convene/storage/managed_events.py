"""Events that applications manage, and the events that they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("managed_events")


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One resource of a calendar. `content` is what its application asked for, if one manages it."""

    remote_id: str
    uid: str
    etag: str
    raw: str
    client_id: str | None
    event_id: str | None
    content: dict[str, Any] | None
    details: list[dict[str, Any]]
    booking_id: str | None
    problem: str


def _key(calendar: Calendar) -> dict[str, str]:
    return {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id}


async def set_managed(
    conn: Connection,
    calendar: Calendar,
    remote_id: str,
    *,
    client_id: str,
    event_id: str,
    content: dict[str, Any],
) -> None:
    """Say which application manages an event, by which name, and what it asked for."""
    params = {
        **_key(calendar),
        "remote_id": remote_id,
        "client_id": client_id,
        "event_id": event_id,
        "content": Jsonb(content),
    }
    await execute(conn, _SQL["set_managed"], params)


async def find_managed(
    conn: Connection, calendar: Calendar, client_id: str, event_id: str
) -> HeldEvent | None:
    """Return an application's event by its own name for it."""
    params = {**_key(calendar), "client_id": client_id, "event_id": event_id}
    return await fetch_one(conn, _SQL["find_managed"], params, HeldEvent)


async def find_told(conn: Connection, calendar: Calendar, event_uid: str) -> HeldEvent | None:
    """Return the event behind the name of an occurrence."""
    return await fetch_one(conn, _SQL["find_told"], {**_key(calendar), "event_uid": event_uid}, HeldEvent)


async def list_managed(conn: Connection, calendar: Calendar, client_id: str) -> list[HeldEvent]:
    """Return everything that an application manages in a calendar."""
    return await fetch_all(conn, _SQL["list_managed"], {**_key(calendar), "client_id": client_id}, HeldEvent)
