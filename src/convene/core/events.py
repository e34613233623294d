"""Calendar events as values: what a VEVENT says (RFC 5545 section 3.6.1), reduced to what scheduling needs.

Reading text into these is `convene.formats.icalendar`'s work; expanding them is `convene.core.recurrence`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from convene.core.recurrence_rule import Rule


@dataclass(frozen=True, slots=True)
class EventTime:
    """A point on a wall clock: naive `local` time in `zone`.

    zone None: floating (RFC 5545 form 1) or, with `is_date`, a whole day; both belong to the calendar owner's zone.
    """

    local: datetime
    zone: tzinfo | None = None
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Duration:
    """A DURATION: days move the wall clock, seconds are exact (RFC 5545 section 3.8.2.5)."""

    days: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class ExtraDate:
    """An RDATE: one more start, with its own end or duration if it was a PERIOD."""

    start: EventTime
    end: EventTime | Duration | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about an event that its owner should know, in plain words; `code` is stable."""

    code: str
    detail: str
    uid: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT: a single event, the master of a series, or (with `recurrence_id`) a changed occurrence.

    end: DTEND, DURATION, or None for neither (a whole day, or no time at all).
    has_broken_rule: some RRULE, RDATE, EXDATE or EXRULE could not be read, so occurrences are unknown.
    status: "confirmed", "tentative", "cancelled" or "".
    participation: PARTSTAT of the calendar's owner, in lower case, or "" if not among the attendees.
    busy_status: X-MICROSOFT-CDO-BUSYSTATUS in lower case, or "".
    booking_id, booking_revision: our own tags, or "" and 0.
    number: which of its text's components it is, from 0; no part of what it says.
    """

    uid: str
    start: EventTime
    end: EventTime | Duration | None = None
    summary: str = ""
    sequence: int = 0
    rules: tuple[Rule, ...] = ()
    excluding_rules: tuple[Rule, ...] = ()
    extra_dates: tuple[ExtraDate, ...] = ()
    excluded: tuple[EventTime, ...] = ()
    has_broken_rule: bool = False
    recurrence_id: EventTime | None = None
    is_this_and_future: bool = False
    transparency: str = ""
    status: str = ""
    participation: str = ""
    busy_status: str = ""
    classification: str = ""
    booking_id: str = ""
    booking_revision: int = 0
    number: int = field(default=0, compare=False)

    @property
    def is_recurring(self) -> bool:
        return bool(self.rules or self.extra_dates or self.has_broken_rule)


@dataclass(frozen=True, slots=True)
class Series:
    """All components of one UID: the master, unless only changed occurrences were received, and its exceptions."""

    uid: str
    master: Event | None
    overrides: tuple[Event, ...] = ()


class Occurrence(NamedTuple):
    """One time at which an event takes place. All times are seconds since the epoch, UTC.

    `original_start` is the start that the series gives it before any change, which names it in its series.
    `event` is the component whose properties hold for it.
    """

    start: int
    end: int
    original_start: int
    is_all_day: bool
    event: Event


def group_series(events: Iterable[Event]) -> list[Series]:
    """Group the components of one resource by UID, newest SEQUENCE first.

    Two masters of the same UID and SEQUENCE are two series: some producers give all their events one UID, and
    losing one would show its time as free.
    """
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(event.uid, []).append(event)
    return [series for uid, members in groups.items() for series in _series_of(uid, members)]


def _series_of(uid: str, members: Sequence[Event]) -> list[Series]:
    masters = [event for event in members if event.recurrence_id is None]
    newest: dict[tuple[datetime, tzinfo | None], Event] = {}
    for event in members:
        if event.recurrence_id is not None:
            key = (event.recurrence_id.local, event.recurrence_id.zone)
            if key not in newest or event.sequence >= newest[key].sequence:
                newest[key] = event
    overrides = tuple(newest.values())
    if not masters:
        return [Series(uid, None, overrides)]
    sequence = max(event.sequence for event in masters)
    first, *others = dict.fromkeys(event for event in masters if event.sequence == sequence)
    return [Series(uid, first, overrides), *(Series(uid, event) for event in others)]
