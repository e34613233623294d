"""Working hours: what a person promises about their week, and the instants that follow from it.

A rule is wall clock in the person's zone. Its hours are resolved per date, so nine o'clock stays nine o'clock through
every change of the clocks; the hours of a date never leave that date; `24:00` is the midnight that ends it. An override
replaces the hours of its date. Checking and writing the JSON form is `availability_rules_json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from convene.core.instants import DAY, MINUTE, local_date, resolve_wall, zone
from convene.core.intervals import Interval, IntervalSet, union

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Zones reach from UTC-12 to UTC+14: an instant's local date is at most one away from its UTC date.
_DATE_SLACK = 1
_CACHED_WEEKS = 8192

# Minutes of the day, sorted, not touching. `Week` holds Monday first; an override is (weekday index, its hours).
Hours = tuple[tuple[int, int], ...]
Week = tuple[Hours, ...]


def minute_of_day(text: str) -> int:
    """`"09:30"` -> 570, `"24:00"` -> 1440. Raises `ValueError` for anything but two digits, colon, two digits."""
    if len(text) != 5 or text[2] != ":" or not (text[:2] + text[3:]).isdecimal() or not text.isascii():
        raise ValueError(f"not a time of day: {text[:20]!r}")
    minute = int(text[:2]) * 60 + int(text[3:])
    if int(text[3:]) > 59 or minute > 24 * 60:
        raise ValueError(f"not a time of day: {text!r}")
    return minute


@dataclass(frozen=True, slots=True)
class TimePeriod:
    """Local times of one day, `HH:MM`; the end may be `24:00`."""

    start_time: str
    end_time: str


@dataclass(frozen=True, slots=True)
class WeeklyPeriod:
    """Hours that come back every week. `day` is a name of `DAY_NAMES`."""

    day: str
    start_time: str
    end_time: str


@dataclass(frozen=True, slots=True)
class DateOverride:
    """What holds on one date instead of the weekly hours; no periods means a day off."""

    date: date
    periods: tuple[TimePeriod, ...] = ()


@dataclass(frozen=True)
class AvailabilityRule:
    """One person's working hours and booking limits.

    `buffer_*_minutes` keep that much time around a meeting free of other events; `minimum_notice_minutes` is how far
    ahead a start must lie; the last day that can be booked is `horizon_days` after today, both in `tzid`;
    `daily_limit` is the number of meetings per local day, None for no limit.
    """

    tzid: str
    weekly_periods: tuple[WeeklyPeriod, ...]
    date_overrides: tuple[DateOverride, ...] = ()
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    minimum_notice_minutes: int = 60
    horizon_days: int = 60
    start_interval_minutes: int = 30
    daily_limit: int | None = None

    @cached_property
    def _week(self) -> Week:
        days: list[list[tuple[int, int]]] = [[] for _ in DAY_NAMES]
        for period in self.weekly_periods:
            days[DAY_NAMES.index(period.day)].append(_minutes(period.start_time, period.end_time))
        return tuple(_merged(day) for day in days)

    @cached_property
    def _overrides(self) -> dict[int, dict[int, Hours]]:
        """Overrides by the ordinal of their week's Monday, then by weekday."""
        weeks: dict[int, dict[int, Hours]] = {}
        for override in self.date_overrides:
            weekday = override.date.weekday()
            hours = _merged(_minutes(period.start_time, period.end_time) for period in override.periods)
            weeks.setdefault(override.date.toordinal() - weekday, {})[weekday] = hours
        return weeks

    def week_at(self, monday: int) -> Week:
        """The hours of the week that begins on the date with this ordinal, overrides applied."""
        changed = self._overrides.get(monday)
        if not changed:
            return self._week
        return tuple(changed.get(weekday, hours) for weekday, hours in enumerate(self._week))


def default_rule(tzid: str) -> AvailabilityRule:
    """What holds for somebody who has not said anything yet: Monday to Friday, nine to five."""
    return AvailabilityRule(tzid, tuple(WeeklyPeriod(day, "09:00", "17:00") for day in DAY_NAMES[:5]))


def working_windows(rule: AvailabilityRule, start: int, end: int) -> IntervalSet:
    """The working hours inside `[start, end)` as instants: sorted, touching periods joined, also over midnight."""
    if end <= start:
        return ()
    first = start // DAY + _EPOCH_ORDINAL - _DATE_SLACK
    last = (end - 1) // DAY + _EPOCH_ORDINAL + _DATE_SLACK
    windows: list[Interval] = []
    for monday in range(first - _weekday(first), last + 1, 7):
        for begins, ends in _week_windows(rule.tzid, rule.week_at(monday), monday):
            if ends <= start or begins >= end:
                continue
            opened, closed = max(begins, start), min(ends, end)
            if windows and windows[-1][1] >= opened:
                windows[-1] = (windows[-1][0], closed)
            else:
                windows.append((opened, closed))
    return tuple(windows)


def horizon_end(rule: AvailabilityRule, now: int) -> int:
    """The first instant at which no meeting may start any more: the midnight that ends the last bookable day."""
    last_day = local_date(now, rule.tzid) + timedelta(days=rule.horizon_days)
    return resolve_wall(last_day.toordinal() + 1, 0, zone(rule.tzid))


@lru_cache(maxsize=_CACHED_WEEKS)
def _week_windows(tzid: str, week: Week, monday: int) -> IntervalSet:
    """Windows of one local week. People share zones and hours, so most queries find theirs here.

    The key is all that the answer depends on (the zone database cannot change within a process).
    """
    rules = zone(tzid)
    windows: list[Interval] = []
    midnight = resolve_wall(monday, 0, rules)
    for weekday, hours in enumerate(week):
        ordinal, begin_of_day = monday + weekday, midnight
        midnight = resolve_wall(ordinal + 1, 0, rules)
        if midnight - begin_of_day == DAY:
            # No change of the clocks on this date, and so no wall time of it needs looking up.
            windows += [
                (begin_of_day + opens * MINUTE, begin_of_day + shuts * MINUTE) for opens, shuts in hours
            ]
            continue
        for opens, shuts in hours:
            opened = resolve_wall(ordinal, opens, rules)
            closed = min(resolve_wall(ordinal, shuts, rules), midnight)
            windows.append((opened, closed))
    # Around a skipped hour later wall times can be earlier instants: sort and join afresh.
    return union(windows)


def _minutes(start_time: str, end_time: str) -> tuple[int, int]:
    return minute_of_day(start_time), minute_of_day(end_time)


def _merged(periods: Iterable[tuple[int, int]]) -> Hours:
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(periods):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        elif begins < ends:
            merged.append((begins, ends))
    return tuple(merged)


def _weekday(ordinal: int) -> int:
    return (ordinal - 1) % 7
