"""Interval sets behave as sets of whole seconds do."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from convene.core.intervals import clip, contains, first_overlap, intersect, pad, subtract, union, within

POINT = st.integers(-30, 30)
INTERVALS = st.lists(st.tuples(POINT, POINT), max_size=8)


def points(intervals):
    return {second for start, end in intervals for second in range(start, end)}


def is_normal(intervals):
    ends = [second for interval in intervals for second in interval]
    return isinstance(intervals, tuple) and all(a < b for a, b in itertools.pairwise(ends))


@given(INTERVALS, INTERVALS)
def test_union_intersect_and_subtract_are_those_of_sets(a, b):
    for answer, expected in (
        (union(a, b), points(a) | points(b)),
        (intersect(a, b), points(a) & points(b)),
        (subtract(a, b), points(a) - points(b)),
    ):
        assert is_normal(answer)
        assert points(answer) == expected


@given(INTERVALS, INTERVALS, INTERVALS)
def test_the_laws_of_set_algebra_hold(a, b, c):
    assert union(a, b) == union(b, a)
    assert union(union(a, b), c) == union(a, b, c)
    assert within(union(a), union(b)) == intersect(a, b)
    assert intersect(a, union(b, c)) == union(intersect(a, b), intersect(a, c))
    assert subtract(a, union(b, c)) == subtract(subtract(a, b), c)
    assert union(subtract(a, b), intersect(a, b)) == union(a)


@given(INTERVALS, st.integers(0, 9), st.integers(0, 9))
def test_padding_reaches_exactly_that_far(a, before, after):
    expected = {second for start, end in a if start < end for second in range(start - before, end + after)}
    assert points(pad(a, before, after)) == expected
    assert is_normal(pad(a, before, after))


@given(INTERVALS, POINT, POINT)
def test_clip_contains_and_first_overlap_agree_with_counting(a, start, end):
    merged = union(a)
    assert points(clip(a, start, end)) == points(a) & set(range(start, end))
    assert is_normal(clip(a, start, end))
    if start < end:
        assert contains(merged, start, end) == (set(range(start, end)) <= points(a))
    shared = points(a) & set(range(start, end))
    hit = first_overlap(merged, start, end)
    assert (hit is None) == (not shared)
    if hit:
        assert hit in merged
        assert min(shared) in range(*hit)
