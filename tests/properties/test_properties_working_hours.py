"""Working hours against the wall clock: every zone, every change from 2025 to 2040, and random rules anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.availability_rules import (
    DAY_NAMES,
    AvailabilityRule,
    DateOverride,
    TimeOff,
    TimePeriod,
    Travel,
    WeeklyPeriod,
    regular_windows,
    working_windows,
)
from convene.core.instants import known_tzids
from convene.core.intervals import intersect, union
from convene.core.zones import describe_zone
from properties.wall_clock_oracle import (
    Timeline,
    minutes_of,
    offset_reader,
    regular_minutes,
    scanned_windows,
    working_minutes,
    zone_changes,
)

FROM = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
TO = int(datetime(2041, 1, 1, tzinfo=UTC).timestamp())
AROUND = 36 * 3600
# Afternoon hours on a change day are what calendars get wrong most often; the rest are edges of the day.
EVERYDAY = ((9 * 60, 17 * 60), (13 * 60, 17 * 60), (0, 24 * 60), (0, 30), (23 * 60 + 30, 24 * 60))
# Relative to what the clock shows when it changes: across, inside, into, out of, before and after.
NEAR_CHANGE = ((-30, 30), (15, 45), (-60, 15), (15, 180), (-120, 0), (0, 20), (-50, -20), (60, 90))


def hhmm(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def every_day(tzid: str, start: int, end: int) -> AvailabilityRule:
    return AvailabilityRule(tzid, tuple(WeeklyPeriod(day, hhmm(start), hhmm(end)) for day in DAY_NAMES))


def periods_near(wall_minute: int) -> list[tuple[int, int]]:
    near = [(max(0, wall_minute + start), min(1440, wall_minute + end)) for start, end in NEAR_CHANGE]
    return [*EVERYDAY, *(period for period in near if period[0] < period[1])]


@cache
def expected_around(at: int, before: int, after: int) -> list[tuple[tuple[int, int], tuple]]:
    """Each period's windows around a change, from the change alone: no zone is asked."""
    timeline = Timeline(lambda t: before if t < at else after, at - 6 * 86_400, at + 6 * 86_400)
    today = datetime.fromtimestamp(at, UTC).date()
    days = [today + timedelta(days=number) for number in range(-3, 4)]
    answers = []
    for period in periods_near((at + before) % 86_400 // 60):
        windows = scanned_windows(every_day("Etc/UTC", *period), timeline, days)
        answers.append((period, intersect(windows, [(at - AROUND, at + AROUND)])))
    return answers


def test_hours_are_right_around_every_change_of_every_zone():
    seen = 0
    for tzid in sorted(known_tzids()):
        for at, before, after in zone_changes(tzid, FROM, TO):
            seen += 1
            for period, expected in expected_around(at, before, after):
                rule = every_day(tzid, *period)
                assert working_windows(rule, at - AROUND, at + AROUND) == expected, (tzid, at, period)
    assert seen > 3_000


def test_zones_are_described_with_every_change_to_the_second():
    for tzid in sorted(known_tzids()):
        changes = zone_changes(tzid, FROM, TO)
        described = describe_zone(tzid, FROM, TO)
        assert described.offset_minutes * 60 == offset_reader(tzid)(FROM)
        assert [(change.at, change.offset_minutes * 60) for change in described.transitions] == [
            (at, after) for at, _, after in changes
        ]


TZIDS = st.sampled_from(
    [
        "America/New_York",
        "America/Santiago",
        "America/St_Johns",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Europe/London",
        "Pacific/Apia",
        "Pacific/Chatham",
    ]
)
# Around changes: New York, London, Lord Howe; Samoa's lost day; an ordinary summer week.
BEGINNINGS = st.sampled_from(
    [
        datetime(2027, 3, 13, tzinfo=UTC),
        datetime(2027, 10, 30, tzinfo=UTC),
        datetime(2026, 4, 3, tzinfo=UTC),
        datetime(2011, 12, 28, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
    ]
)


@st.composite
def period_lists(draw):
    """A few periods of one day, disjoint."""
    cuts = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def rules(draw, tzids=TZIDS, around: date = date(2027, 3, 14)):
    weekly = tuple(
        WeeklyPeriod(day, hhmm(start), hhmm(end)) for day in DAY_NAMES for start, end in draw(period_lists())
    )
    days = draw(st.sets(st.integers(-4, 6), max_size=3))
    overrides = tuple(
        DateOverride(
            around + timedelta(days=day),
            tuple(TimePeriod(hhmm(start), hhmm(end)) for start, end in draw(period_lists())),
        )
        for day in sorted(days)
    )
    return AvailabilityRule(
        draw(tzids),
        weekly,
        overrides,
        time_off=tuple(draw(st.lists(absences(around), max_size=2))),
        travel=draw(journeys(tzids, around)),
    )


@st.composite
def absences(draw, around: date):
    """Time off by dates, or by minutes."""
    day = around + timedelta(days=draw(st.integers(-4, 6)))
    if draw(st.booleans()):
        return TimeOff(day, day + timedelta(days=draw(st.integers(1, 3))))
    start = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + draw(st.integers(0, 1440)) * 60
    )
    return TimeOff(start, start + draw(st.integers(1, 3000)) * 60)


@st.composite
def journeys(draw, tzids, around: date):
    """Up to two trips one after the other, often touching."""
    days = sorted(draw(st.sets(st.integers(-5, 7), max_size=3)))
    return tuple(
        Travel(around + timedelta(days=first), around + timedelta(days=last), draw(tzids))
        for first, last in pairwise(days)
    )


@settings(max_examples=120)
@given(st.data(), BEGINNINGS, st.integers(0, 1440), st.integers(1, 3 * 1440))
def test_windows_are_the_minutes_at_which_the_clock_shows_working_hours(data, beginning, skip, length):
    rule = data.draw(rules(around=beginning.date()))
    start = int(beginning.timestamp()) + skip * 60
    end = start + length * 60
    windows = working_windows(rule, start, end)
    assert windows == union(windows)
    assert minutes_of(list(windows), start, end) == working_minutes(rule, start, end)
    regular = regular_windows(rule, start, end)
    assert minutes_of(list(regular), start, end) == regular_minutes(rule, start, end)


@given(rules(), st.integers(FROM, TO), st.integers(0, 86_400), st.integers(0, 86_400))
def test_asking_for_less_clips_and_changes_nothing_else(rule, start, before, after):
    whole = working_windows(rule, start - before, start + 40_000 + after)
    assert working_windows(rule, start, start + 40_000) == intersect(whole, [(start, start + 40_000)])
