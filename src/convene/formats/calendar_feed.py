"""Feeds that calendar programs subscribe to (RFC 5545, RFC 7986): one VCALENDAR with everything in a window.

The same content is the same text, so that its digest can tell whether anything changed. Always built through the
`icalendar` package, so that nothing a person types can add a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from convene.core.intervals import IntervalSet
from convene.formats.booking_event import BookedMeeting, add_meeting
from convene.formats.event_editing import PRODUCT, UTC_NAMES, add_zone, one_line, text_of

REFRESH = timedelta(minutes=15)
"""How often readers are asked to look again."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event that is neither a booking nor anonymous. Whole days have dates, the end exclusive; else instants."""

    key: str
    title: str
    start: datetime | date
    end: datetime | date
    stamp: datetime
    is_free: bool = False
    is_tentative: bool = False


def full_feed(
    name: str, meetings: Iterable[BookedMeeting], others: Iterable[FeedEvent], *, tzid: str, since: datetime
) -> str:
    """Return a feed that says what its owner does. `tzid` is the owner's zone, `since` where the window begins."""
    calendar = _calendar(name)
    calendar.add("x-wr-timezone", tzid)
    found = list(meetings)
    # Each zone once, as it is from the beginning of the window.
    for zone in sorted({meeting.tzid for meeting in found} - UTC_NAMES, reverse=True):
        add_zone(calendar, zone, since.year)
    for meeting in found:
        add_meeting(calendar, meeting)
    for other in others:
        calendar.add_component(_event(other))
    return text_of(calendar)


def busy_feed(name: str, busy: IntervalSet, *, salt: bytes, stamp: datetime) -> str:
    """Return a feed that says when its owner is not free and nothing else: no titles, no zones, no names of events.

    busy: merged, in seconds since the epoch. salt: what makes the UIDs of this feed unlike those of any other.
    """
    calendar = _calendar(name)
    for start, end in busy:
        digest = hashlib.sha256(salt + f"{start} {end}".encode()).hexdigest()[:32]
        times = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        calendar.add_component(_event(FeedEvent(digest, "Busy", *times, stamp)))
    return text_of(calendar)


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", one_line(name))
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    return calendar


def _event(told: FeedEvent) -> Event:
    event = Event()
    event.add("uid", f"{told.key}@feed.convene")
    event.add("dtstamp", told.stamp.astimezone(UTC))
    event.add("dtstart", told.start)
    event.add("dtend", told.end)
    event.add("summary", one_line(told.title))
    event.add("status", "TENTATIVE" if told.is_tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if told.is_free else "OPAQUE")
    return event
