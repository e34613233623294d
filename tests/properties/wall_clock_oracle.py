"""Brute force over clocks: what follows from looking at a wall clock once a minute, and nothing cleverer.

A `Timeline` is what a clock on the wall shows at every minute of a stretch of time. Wall times are resolved by searching
it: the first minute that shows the time; for a time that no minute shows, as if the clock had not been put forward.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache

from convene.core.availability_rules import DAY_NAMES, AvailabilityRule
from convene.core.instants import zone
from convene.core.intervals import Interval

EPOCH = date(1970, 1, 1)


class Timeline:
    """`offset(instant)` in seconds, read at every whole minute of `[start, end]`."""

    def __init__(self, offset: Callable[[int], int], start: int, end: int) -> None:
        self.instants = list(range(start - start % 60, end + 60, 60))
        self.walls = [instant + offset(instant) for instant in self.instants]
        self.first_showing: dict[int, int] = {}
        for instant, wall in zip(self.instants, self.walls, strict=True):
            self.first_showing.setdefault(wall, instant)

    def resolve(self, wall: int) -> int:
        """The instant of a wall time, given in seconds since 1970-01-01T00:00 on that clock."""
        if wall in self.first_showing:
            return self.first_showing[wall]
        for at in range(len(self.walls) - 1):
            if self.walls[at] < wall < self.walls[at + 1]:
                return self.instants[at] + wall - self.walls[at]
        raise AssertionError("the timeline does not reach that far")


def offset_reader(tzid: str) -> Callable[[int], int]:
    rules = zone(tzid)

    def offset(instant: int) -> int:
        shown = datetime.fromtimestamp(instant, rules).utcoffset()
        assert shown is not None
        return shown.days * 86_400 + shown.seconds

    return offset


def hours_of(rule: AvailabilityRule, day: date) -> list[tuple[int, int]]:
    """The periods of a date in minutes, straight from the rule."""
    periods = [
        (period.start_time, period.end_time)
        for period in rule.weekly_periods
        if period.day == DAY_NAMES[day.weekday()]
    ]
    for override in rule.date_overrides:
        if override.date == day:
            periods = [(period.start_time, period.end_time) for period in override.periods]
    return [(_minutes(start), _minutes(end)) for start, end in periods]


def scanned_windows(rule: AvailabilityRule, timeline: Timeline, days: list[date]) -> list[Interval]:
    """The working hours of each date, not joined."""
    found = []
    for day in days:
        wall = (day - EPOCH).days * 86_400
        next_midnight = timeline.resolve(wall + 86_400)
        for start, end in hours_of(rule, day):
            opened = timeline.resolve(wall + start * 60)
            closed = min(timeline.resolve(wall + end * 60), next_midnight)
            if opened < closed:
                found.append((opened, closed))
    return found


def minutes_of(windows: list[Interval], start: int, end: int) -> set[int]:
    """The whole minutes (as minutes since 1970) of `[start, end)` that lie in any window."""
    return {
        minute
        for opened, closed in windows
        for minute in range(max(opened, start) // 60, min(closed, end) // 60)
    }


def working_minutes(rule: AvailabilityRule, start: int, end: int) -> set[int]:
    """The minutes of `[start, end)` (whole minutes) in working hours, by scanning the clocks of every zone of the rule."""
    return regular_minutes(rule, start, end) - minutes_of(absences(rule), start, end)


def regular_minutes(rule: AvailabilityRule, start: int, end: int) -> set[int]:
    """`working_minutes` before time off is taken away."""
    slack = 3 * 86_400
    first = datetime.fromtimestamp(start, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end, UTC).date() + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found: set[int] = set()
    for tzid in {zone_on(rule, day) for day in days}:
        timeline = Timeline(offset_reader(tzid), start - slack, end + slack)
        there = [day for day in days if zone_on(rule, day) == tzid]
        found |= minutes_of(scanned_windows(rule, timeline, there), start, end)
    return found


def zone_on(rule: AvailabilityRule, day: date) -> str:
    """Where somebody is on a date."""
    return next((trip.tzid for trip in rule.travel if trip.start <= day < trip.end), rule.tzid)


def absences(rule: AvailabilityRule) -> list[Interval]:
    """Time off as instants: from the first midnight to the last, on the clocks of the first and the last day off."""
    found = []
    for off in rule.time_off:
        if isinstance(off.start, int) and isinstance(off.end, int):
            found.append((off.start, off.end))
        elif isinstance(off.start, date) and isinstance(off.end, date):
            last = off.end - timedelta(days=1)
            found.append(
                (_midnight(off.start, zone_on(rule, off.start)), _midnight(off.end, zone_on(rule, last)))
            )
    return found


def _midnight(day: date, tzid: str) -> int:
    wall = (day - EPOCH).days * 86_400
    return Timeline(offset_reader(tzid), wall - 2 * 86_400, wall + 2 * 86_400).resolve(wall)


@cache
def zone_changes(tzid: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """Every change of offset as (instant, offset before, offset after), by daily looks and halving the minutes of the day."""
    offset = offset_reader(tzid)
    found = []
    for day in range(start, end, 86_400):
        before, after = offset(day), offset(day + 86_400)
        if before != after:
            minutes = range(day, day + 86_400 + 60, 60)
            at = minutes[bisect_right(minutes, before, key=lambda instant: _order(offset(instant), before))]
            found.append((at, before, after))
    return found


def _order(offset: int, before: int) -> int:
    return before if offset == before else before + 1


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
