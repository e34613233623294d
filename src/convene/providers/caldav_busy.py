"""A CalDAV calendar of which only busy times are asked for: free-busy-query (RFC 4791 section 7.10), and nothing else.

Each busy time becomes an event with that time and no other content, so that one table and one expansion serve every
calendar. A time is named by itself, so what has not changed is not stored again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from convene.formats.free_busy_answer import BusyTime, busy_event, joined, read_free_busy
from convene.formats.icalendar_limits import CalendarRefused
from convene.ports.calendars import Changes, Credentials, Discovery, ProviderError, RemoteEvent
from convene.providers.caldav_reading import NOT_SUPPORTED, collection_path
from convene.providers.caldav_session import Session, failure
from convene.providers.caldav_xml import MAX_MEMBERS, free_busy_query

BUSY_ONLY = "busy"
"""Among a connection's `scope`: ask for nothing but busy times."""
BEHIND, AHEAD = timedelta(days=1), timedelta(days=400)
# Servers expand every series for an answer, so they are asked for a quarter at a time.
STEP = timedelta(days=101)
_VERSION = "1"


def is_busy_only(credentials: Credentials) -> bool:
    return BUSY_ONLY in credentials.scope


async def discovered(session: Session, found: Discovery, now: datetime) -> Discovery:
    """Return what discovery found as it is when only busy times are read; the server is tried at once.

    Raises:
        ProviderError: `no_free_busy` (permanent), if the server cannot tell busy times alone.
    """
    for calendar in found.calendars[:1]:
        await _asked(session, calendar.remote_id, now, now + timedelta(days=1))
    calendars = [replace(item, is_writable=False) for item in found.calendars]
    return Discovery(calendars, {**found.profile, "access": BUSY_ONLY})


async def busy_times(session: Session, calendar: str, known: Mapping[str, str], now: datetime) -> Changes:
    """Return all busy times from yesterday to 400 days ahead, each as an event."""
    found: list[BusyTime] = []
    for start, end in _windows(now):
        found += await _asked(session, calendar, start, end)
    times = joined(found)
    if len(times) > MAX_MEMBERS:
        raise ProviderError(
            "permanent", "too_many_events", "This calendar has too many busy times to be read."
        )
    path = collection_path(calendar)
    events = [
        RemoteEvent(f"{path}{name}", _VERSION, text) for name, text in (busy_event(time) for time in times)
    ]
    return Changes(
        [event for event in events if event.remote_id not in known],
        (),
        {"v": 1, "busy": True},
        is_full=True,
        unchanged=[event.remote_id for event in events if event.remote_id in known],
    )


def _windows(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - BEHIND
    last = start + BEHIND + AHEAD
    while start < last:
        end = min(start + STEP, last)
        yield start, end
        start = end


async def _asked(session: Session, calendar: str, start: datetime, end: datetime) -> list[BusyTime]:
    answer = await session.report(calendar, free_busy_query(start, end), 1)
    host = httpx.URL(calendar).host
    if answer.status in NOT_SUPPORTED and answer.status != 404:
        raise ProviderError(
            "permanent",
            "no_free_busy",
            f"{host} cannot tell busy times alone. Connect this account with everything, or publish a feed of it.",
            status=answer.status,
        )
    if answer.status != 200:
        raise failure(answer)
    try:
        return read_free_busy(answer.body)
    except (CalendarRefused, ValueError, OverflowError) as error:
        raise ProviderError(
            "temporary", "bad_answer", f"{host} sent busy times that cannot be read: {str(error)[:200]}"
        ) from error
