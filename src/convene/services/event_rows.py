"""What was read of a resource as the rows that are stored of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from convene.core.ids import format_id
from convene.core.instants import from_seconds
from convene.formats.event_details import ParsedDetails
from convene.formats.parser_messages import ParsedOccurrence, ParsedResource
from convene.storage import event_triggers, event_writes, events, occurrences
from convene.storage.calendars import Calendar
from convene.storage.database import Connection
from convene.storage.events import NewEvent
from convene.storage.occurrences import NewOccurrence, Stored

_EPOCH = date(1970, 1, 1)


def event_uid(calendar_id: str, remote_id: str, key: str) -> str:
    """Return the name by which readers know an occurrence: the same as long as it is there, and nobody else's."""
    digest = sha256(f"{calendar_id}\n{remote_id}\n{key}".encode("utf-8", "replace")).digest()
    return "evt_external_" + format_id("evt", digest[:16]).removeprefix("evt_")


def booking_event_uid(booking_id: str) -> str:
    """Return the name by which readers know a booking, in whichever calendar (see `queries/event_listing.sql`)."""
    return "evt_external_" + booking_id.partition("_")[2]


def details_of(resource: ParsedResource) -> list[dict[str, Any]]:
    """Return what is said about a resource's components, as it is stored."""
    return [msgspec.to_builtins(item) for item in resource.components]


def occurrences_of(resource: ParsedResource, calendar: Calendar) -> list[NewOccurrence]:
    """Return the times at which a resource takes place, as they are stored."""
    encoded = [msgspec.json.encode(item) for item in resource.components]
    return [
        _occurrence(one, resource, calendar, resource.components[one.component], encoded[one.component])
        for one in resource.occurrences
    ]


def _occurrence(
    one: ParsedOccurrence,
    resource: ParsedResource,
    calendar: Calendar,
    details: ParsedDetails,
    encoded: bytes,
) -> NewOccurrence:
    told = f"{one.start} {one.end} {one.start_day} {one.end_day}\n{resource.uid}\n".encode("utf-8", "replace")
    return NewOccurrence(
        event_uid=event_uid(calendar.calendar_id, resource.remote_id, one.key),
        component=one.component,
        starts_at=from_seconds(one.start),
        ends_at=from_seconds(one.end),
        start_date=_date(one.start_day),
        end_date=_date(one.end_day),
        kind=details.free_busy,
        digest=sha256(told + encoded).digest()[:16],
        created_at=datetime.fromtimestamp(details.created, UTC) if details.created else None,
    )


async def store_rows(
    conn: Connection,
    calendar: Calendar,
    found: Sequence[NewEvent],
    generation: int,
    *,
    now: datetime,
    window_start: datetime,
) -> Stored:
    """Insert or replace resources with their busy time and occurrences; return what changed for readers.

    `window_start` is where the window of these occurrences begins.
    """
    read = [event for event in found if event.occurrences is not None]
    coming = [(event.remote_id, one) for event in read for one in event.occurrences or ()]
    kept = [one.event_uid for _, one in coming]
    remote_ids = [event.remote_id for event in read]
    gone = await occurrences.bury(conn, calendar, remote_ids, kept, now=now, window_start=window_start)
    await events.store_events(conn, calendar, found, generation)
    await event_writes.adopt_managed(conn, calendar, remote_ids)
    stored = await occurrences.store(conn, calendar, coming, now)
    await event_triggers.follow_events(conn, calendar, remote_ids, now)
    return gone | stored


async def delete_rows(
    conn: Connection,
    calendar: Calendar,
    remote_ids: Collection[str],
    *,
    now: datetime,
    window_start: datetime,
) -> Stored:
    """Delete resources; when they would have taken place is remembered as deleted."""
    gone = await occurrences.bury(conn, calendar, remote_ids, (), now=now, window_start=window_start)
    await events.delete_events(conn, calendar, remote_ids)
    return gone


@lru_cache(maxsize=4096)
def _date(days: int | None) -> date | None:
    return None if days is None else _EPOCH + timedelta(days=days)
