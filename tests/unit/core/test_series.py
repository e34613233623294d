"""Occurrences of series: the local time stays, as RFC 5545 has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from convene.core.errors import Invalid
from convene.core.instants import from_seconds, seconds_floor, to_wall, wall_datetime_to_instant
from convene.core.series import Recurrence, SeriesChoice, check_choice, occurrences, recurrence_of

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago")
RULES = {"weekly": (WEEKLY, 1), "biweekly": (WEEKLY, 2), "monthly": (MONTHLY, 1)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_local_time_stays_when_clocks_change():
    found = occurrences(at("2026-10-13T08:00:00+00:00"), "biweekly", 3, "Europe/London")
    assert [start.isoformat() for start in found] == [
        "2026-10-13T08:00:00+00:00",
        "2026-10-27T09:00:00+00:00",
        "2026-11-10T09:00:00+00:00",
    ]


def test_months_without_the_day_are_passed_over():
    found = occurrences(at("2027-01-31T10:00:00+00:00"), "monthly", 4, "Europe/London")
    assert [(start.month, start.day) for start in found] == [(1, 31), (3, 31), (5, 31), (7, 31)]


def test_a_time_that_the_clock_skips_takes_the_offset_before():
    found = occurrences(at("2027-03-21T01:30:00+00:00"), "weekly", 3, "Europe/London")
    assert [start.hour * 60 + start.minute for start in found] == [90, 90, 30]
    assert found[1] == at("2027-03-28T01:30:00+00:00"), "half past one is shown as half past two"


@given(
    minutes=st.integers(0, 2 * 366 * 24 * 12),
    tzid=st.sampled_from(ZONES),
    frequency=st.sampled_from(sorted(RULES)),
    count=st.integers(1, 26),
)
def test_occurrences_are_those_of_the_rule_on_local_clocks(minutes, tzid, frequency, count):
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * minutes)
    found = occurrences(start, frequency, count, tzid)
    rule, interval = RULES[frequency]
    first = to_wall(seconds_floor(start), tzid)
    walls = list(rrule(rule, dtstart=first, interval=interval, count=count))
    expected = [from_seconds(wall_datetime_to_instant(wall, tzid)) for wall in walls]
    assert found == [start, *expected[1:]]
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    "given",
    [
        {},
        "weekly",
        {"frequency": "daily", "max_count": 3},
        {"frequency": "weekly", "max_count": 27},
        {"frequency": "weekly", "max_count": 1},
        {"frequency": "weekly", "max_count": True},
        {"frequency": "monthly", "max_count": 13},
    ],
)
def test_what_cannot_repeat_is_refused(given):
    with pytest.raises(Invalid, match="recurrence"):
        recurrence_of(given)


@pytest.mark.parametrize(
    "chosen",
    [
        (),
        (None, None),
        ("2026-11-24T10:00:00+00:00", "2026-12-02T10:00:00+00:00"),
        ("2026-11-24T10:00:00+00:00", "2026-12-02T00:00:00+00:00"),
        ("2026-11-24T10:00:00+00:00", None, None, None),
    ],
)
def test_a_choice_is_of_its_series(chosen):
    starts = tuple(at(text) if text else None for text in chosen)
    choice = SeriesChoice(at("2026-11-24T10:00:00+00:00"), starts)
    with pytest.raises(Invalid):
        check_choice(choice, Recurrence("weekly", 3), "Europe/London")


def test_another_time_of_the_day_is_of_the_series():
    chosen = (None, at("2026-12-01T15:00:00+00:00"), at("2026-12-08T10:00:00+00:00"))
    choice = SeriesChoice(at("2026-11-24T10:00:00+00:00"), chosen)
    check_choice(choice, Recurrence("weekly", 3), "Europe/London")
    assert choice.starts == list(chosen[1:])
