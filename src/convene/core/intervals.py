"""Half-open intervals `[start, end)` of integers (seconds since the epoch, UTC): union, intersect, subtract, pad.

A *set* is a tuple of `(start, end)` pairs, sorted, disjoint, not touching, none empty. Every function here takes
sequences in any order unless it says otherwise and returns such a set.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

Interval = tuple[int, int]
IntervalSet = tuple[Interval, ...]
_end = itemgetter(1)


def union(*groups: Iterable[Interval]) -> IntervalSet:
    """Everything that lies in any interval of any group. Touching intervals become one; empty ones vanish."""
    merged: list[Interval] = []
    last_start = last_end = None
    for start, end in sorted(pair for group in groups for pair in group):
        if end <= start:
            continue
        if last_start is None or last_end is None:
            last_start, last_end = start, end
        elif start <= last_end:
            last_end = max(last_end, end)
        else:
            merged.append((last_start, last_end))
            last_start, last_end = start, end
    if last_start is not None and last_end is not None:
        merged.append((last_start, last_end))
    return tuple(merged)


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> IntervalSet:
    """What lies in both."""
    left, right = union(a), union(b)
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def subtract(a: Iterable[Interval], b: Iterable[Interval]) -> IntervalSet:
    """What lies in `a` and not in `b`."""
    holes = union(b)
    rest: list[Interval] = []
    j = 0
    for start, end in union(a):
        while j < len(holes) and holes[j][1] <= start:
            j += 1
        cursor, k = start, j
        while k < len(holes) and holes[k][0] < end:
            if cursor < holes[k][0]:
                rest.append((cursor, holes[k][0]))
            cursor = holes[k][1]
            k += 1
        if cursor < end:
            rest.append((cursor, end))
    return tuple(rest)


def pad(intervals: Iterable[Interval], before: int, after: int) -> IntervalSet:
    """Every interval widened by `before` and `after`; negative values narrow. Empty ones do not grow."""
    return union((start - before, end + after) for start, end in intervals if start < end)


def clip(intervals: Iterable[Interval], start: int, end: int) -> IntervalSet:
    """The part inside `[start, end)`."""
    return union((max(a, start), min(b, end)) for a, b in intervals)


def within(intervals: IntervalSet, bounds: IntervalSet) -> IntervalSet:
    """`intersect` for two *sets*; what lies outside the bounds costs next to nothing."""
    common: list[Interval] = []
    for start, end in bounds:
        for a, b in intervals[bisect_right(intervals, start, key=_end) :]:
            if a >= end:
                break
            common.append((max(a, start), min(b, end)))
    return tuple(common)


def contains(intervals: IntervalSet, start: int, end: int) -> bool:
    """Tell whether one interval of a *set* holds the whole of `[start, end)`."""
    at = bisect_right(intervals, start, key=lambda pair: pair[0]) - 1
    return at >= 0 and end <= intervals[at][1]


def first_overlap(intervals: IntervalSet, start: int, end: int) -> Interval | None:
    """The earliest interval of a *set* that shares time with `[start, end)`, if any does."""
    at = bisect_right(intervals, start, key=lambda pair: pair[1])
    if at < len(intervals) and intervals[at][0] < end and start < end:
        return intervals[at]
    return None
