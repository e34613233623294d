"""Times of an event made comparable: as instants, on one wall clock, and as names of occurrences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from convene.core.events import Duration, Event, EventTime, ExtraDate
from convene.core.intervals import Interval
from convene.core.wall_clock import DAY, OffsetTable, to_instant, to_wall, wall_seconds


def instant_of(time: EventTime, zone: tzinfo) -> int:
    """Return the instant of `time`; a date is the start of that day in the calendar owner's `zone`."""
    return to_instant(wall_seconds(time.local), time.zone or zone)


def local_of(time: EventTime, zone: tzinfo) -> int:
    """Return `time` on the wall clock of `zone`; floating times and dates are read as written."""
    local = wall_seconds(time.local)
    if time.zone is None or time.zone is zone:
        return local
    return to_wall(to_instant(local, time.zone), zone)


def period_of(date: ExtraDate, zone: tzinfo) -> Interval:
    """Return the start and end of a period; without an end it is empty. Floating times are read in `zone`."""
    start = instant_of(date.start, zone)
    end = start
    if isinstance(date.end, Duration):
        own_zone = date.start.zone or zone
        end = to_instant(wall_seconds(date.start.local) + date.end.days * DAY, own_zone) + date.end.seconds
    elif date.end is not None:
        end = instant_of(date.end, zone)
    return start, max(start, end)


class Marks:
    """Times that name occurrences of a series (EXDATE, RECURRENCE-ID), comparable in every way they are written.

    A time with a zone names the occurrence at that instant, a floating one that on the series' own wall clock, a
    date every occurrence of that day. In a series of whole days every form names the day it shows.
    """

    def __init__(self, master: Event, times: Iterable[EventTime | None], zone: tzinfo) -> None:
        self.zone = master.start.zone or zone
        self.by_day = master.start.is_date
        self.days: set[int] = set()
        self.instants: set[int] = set()
        for time in times:
            if time is None:
                continue
            if self.by_day or time.is_date:
                self.days.add(wall_seconds(time.local) // DAY)
            else:
                self.instants.add(instant_of(time, self.zone))

    def __bool__(self) -> bool:
        return bool(self.days or self.instants)

    def name(self, time: EventTime | None) -> bool:
        """Tell whether `time` names just the occurrence that is marked; the mark of a whole day is not enough."""
        if time is None or not self:
            return False
        if self.by_day or time.is_date:
            return wall_seconds(time.local) // DAY in self.days
        return instant_of(time, self.zone) in self.instants

    def keep(self, local: Sequence[int], table: OffsetTable) -> Sequence[int]:
        """Return the `local` starts that are not marked."""
        if self.days:
            local = [time for time in local if time // DAY not in self.days]
        if self.instants:
            instants = self.instants
            return [
                time
                for time, instant in zip(local, table.to_instants(local), strict=True)
                if instant not in instants
            ]
        return local
