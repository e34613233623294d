"""Working hours: what a person promises about their week, and the instants that follow from it.

A rule is wall clock in the person's zone. Its hours are resolved per date, so nine o'clock stays nine o'clock through
every change of the clocks; the hours of a date never leave that date; `24:00` is the midnight that ends it. An override
replaces the hours of its date; on dates of travel the hours are read from the clocks of another zone; time off takes
away whatever it covers. Checking and writing the JSON form is `availability_rules_json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from convene.core.instants import DAY, MINUTE, local_date, resolve_wall, zone
from convene.core.intervals import Interval, IntervalSet, clip, subtract, union

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
    """What holds on one date instead of the weekly hours; no periods means a day off. A holiday carries its name."""

    date: date
    periods: tuple[TimePeriod, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Out of office from `start` to `end`: two dates, of which the second is the first day back, or two instants.

    Dates begin and end at midnight of the zone that holds for them. `note` is for its owner alone.
    """

    start: date | int
    end: date | int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Travel:
    """On the dates from `start` up to, not including, `end`, hours are wall clock in `tzid`."""

    start: date
    end: date
    tzid: str


@dataclass(frozen=True)
class AvailabilityRule:
    """One person's working hours and booking limits.

    `buffer_*_minutes` keep that much time around a meeting free of other events; `minimum_notice_minutes` is how far
    ahead a start must lie; the last day that can be booked is `horizon_days` after today, both in `tzid`;
    `daily_limit` and `weekly_limit` are the numbers of meetings per day and per week from Monday on, in `tzid` also
    while travelling; None for no limit. Travels do not overlap.
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
    weekly_limit: int | None = None
    time_off: tuple[TimeOff, ...] = ()
    travel: tuple[Travel, ...] = ()

    def tzid_on(self, ordinal: int) -> str:
        """The zone in which the hours of the date with this ordinal are read."""
        for travel in self.travel:
            if travel.start.toordinal() <= ordinal < travel.end.toordinal():
                return travel.tzid
        return self.tzid

    @cached_property
    def time_off_intervals(self) -> IntervalSet:
        """All time off as instants."""
        return union((self._midnight(off.start), self._midnight(off.end, -1)) for off in self.time_off)

    def _midnight(self, moment: date | int, decided_by: int = 0) -> int:
        """The instant with which a date begins, in the zone of that date or of a neighbouring one."""
        if isinstance(moment, int):
            return moment
        ordinal = moment.toordinal()
        return resolve_wall(ordinal, 0, zone(self.tzid_on(ordinal + decided_by)))

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


def joined_periods(periods: Iterable[WeeklyPeriod]) -> tuple[WeeklyPeriod, ...]:
    """The same hours with touching and overlapping periods of a day as one, Monday first."""
    days: dict[str, list[tuple[int, int]]] = {day: [] for day in DAY_NAMES}
    for period in periods:
        days[period.day].append(_minutes(period.start_time, period.end_time))
    return tuple(
        WeeklyPeriod(day, f"{begins // 60:02}:{begins % 60:02}", f"{ends // 60:02}:{ends % 60:02}")
        for day, hours in days.items()
        for begins, ends in _merged(hours)
    )


def working_windows(rule: AvailabilityRule, start: int, end: int) -> IntervalSet:
    """The working hours inside `[start, end)` without time off, as instants: sorted, touching periods joined, also over
    midnight."""
    windows = regular_windows(rule, start, end)
    return subtract(windows, rule.time_off_intervals) if rule.time_off else windows


def regular_windows(rule: AvailabilityRule, start: int, end: int) -> IntervalSet:
    """`working_windows` as if nobody took time off."""
    if end <= start:
        return ()
    first = start // DAY + _EPOCH_ORDINAL - _DATE_SLACK
    last = (end - 1) // DAY + _EPOCH_ORDINAL + _DATE_SLACK
    mondays = range(first - _weekday(first), last + 1, 7)
    if rule.travel:
        return clip((window for monday in mondays for window in _travelled_week(rule, monday)), start, end)
    windows: list[Interval] = []
    for monday in mondays:
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


def _travelled_week(rule: AvailabilityRule, monday: int) -> Iterable[Interval]:
    """Windows of one week whose days may lie in several zones: not joined, and those of neighbouring days may overlap."""
    week = rule.week_at(monday)
    zones = [rule.tzid_on(monday + weekday) for weekday in range(7)]
    for tzid in dict.fromkeys(zones):
        yield from _week_windows(
            tzid,
            tuple(hours if there == tzid else () for hours, there in zip(week, zones, strict=True)),
            monday,
        )


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
