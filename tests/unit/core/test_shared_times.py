"""Shared times: whole local days, disjoint periods, and what counts as a change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core.errors import Invalid
from convene.core.shared_times import checked_days, have_changed, is_inside, merged, sentence, shared_days

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


hours = st.integers(0, 40).map(lambda quarter: at(quarter / 4))
times = st.lists(st.tuples(hours, st.integers(1, 12)), max_size=12).map(
    lambda found: [(start, start + timedelta(minutes=15 * length)) for start, length in found]
)


def quarters(found: list[tuple[datetime, datetime]]) -> set[datetime]:
    every = (at(quarter / 4) for quarter in range(60))
    return {quarter for quarter in every if any(start <= quarter < end for start, end in found)}


@given(times)
def test_merged_times_cover_the_same_and_never_touch(found):
    together = merged(found)
    assert quarters(together) == quarters(found)
    assert all(before[1] < after[0] for before, after in pairwise(together))


@given(times, times, hours)
def test_a_change_is_a_quarter_hour_that_differs_after_the_first_free_one(shared, present, now):
    shared, present = merged(shared), merged(present)
    since = max(now, present[0][0]) if present else now
    later = {quarter for quarter in quarters(shared) ^ quarters(present) if quarter >= since}
    assert have_changed(shared, present, now) == bool(later)


def test_time_that_passes_is_no_change():
    shared = [(at(9), at(12)), (at(14), at(18))]
    assert not have_changed(shared, [(at(11), at(12)), (at(14), at(18))], at(9.5))
    assert not have_changed(shared, [(at(14), at(18))], at(12.5))
    assert have_changed(shared, [(at(11), at(12)), (at(15), at(18))], at(9.5))
    assert have_changed(shared, [], at(9.5))
    assert not have_changed(shared, [], at(18))


def test_days_begin_and_end_at_local_midnight():
    now = datetime(2026, 10, 31, 3, tzinfo=UTC)
    # Still the 30th in New York, whose clocks change on 1 November.
    assert shared_days(now, "America/New_York", 3) == (
        datetime(2026, 10, 30, 4, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    )
    assert shared_days(now, "Asia/Kathmandu", 1)[0] == datetime(2026, 10, 30, 18, 15, tzinfo=UTC)
    for days in (0, 2, 8):
        with pytest.raises(Invalid):
            checked_days(days)


def test_what_lies_in_one_time_is_inside():
    found = [(at(9), at(12)), (at(12.25), at(13))]
    assert is_inside(found, at(9), at(12))
    assert not is_inside(found, at(11), at(12.5))
    assert not is_inside([], at(9), at(10))


def test_the_sentence_tells_days_and_no_times():
    assert sentence("Ana", at(0), at(24), "UTC") == "Ana shares free time on Tue 24 Nov 2026."
    assert (
        sentence("Ana", at(0), at(72), "UTC")
        == "Ana shares free time from Tue 24 Nov 2026 to Thu 26 Nov 2026."
    )
    assert "no longer shared" in sentence("Ana", at(0), at(72), "UTC", is_over=True)
