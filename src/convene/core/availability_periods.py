"""The `periods` format: ranges in which the same members are free, for callers who choose the start themselves.

Time is split where the set of free members changes, and a stretch is answered if its set satisfies every group and it
is long enough for the meeting. That alone would lose time: a third room that is free for ten minutes in the middle cuts
a morning into pieces, none of them long enough. So wherever a meeting could take time that no such stretch holds, the
longest range around it that the same members can do is answered as well. Hence every time that can be booked lies in
some period, every start inside a period can be booked with its participants, and no period means that nothing can be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from convene.core.availability_query import Attendees, FreeTimes, Query, free_time
from convene.core.intervals import Interval, IntervalSet, contains, union
from convene.core.slot_columns import Slot

# (start, end, the members free throughout as a bitset over their positions).
Stretch = tuple[int, int, int]


def find_periods(asked: Query, attendees: Attendees, bounds: IntervalSet) -> list[Slot]:
    """Answer a query in `periods`; by start, of several by end; `max_results` at most. See `availability_query.find`."""
    return periods_of(
        asked, [[(member.sub, free_time(member, bounds)) for member in group] for group in attendees]
    )


def periods_of(asked: Query, times: FreeTimes) -> list[Slot]:
    """`find_periods` from each member's `free_time`."""
    subs = [sub for group in times for sub, _ in group]
    free = [found for group in times for _, found in group]
    is_enough = _Enough([(len(group.members), group.required) for group in asked.groups])
    kept = [
        stretch
        for stretch in _stretches(free)
        if stretch[1] - stretch[0] >= asked.duration and is_enough(stretch[2])
    ]
    held = union((start, end) for start, end, _ in kept)
    kept += _wider(free, held, asked.duration, is_enough)
    names: dict[int, tuple[str, ...]] = {}
    for _, _, who in kept:
        if who not in names:
            names[who] = tuple(dict.fromkeys(sub for at, sub in enumerate(subs) if who >> at & 1))
    found = sorted({Slot(start, end, names[who]) for start, end, who in kept})
    return found[: asked.max_results]


class _Enough:
    """Tells whether a set of members satisfies every group; most questions have been asked before."""

    def __init__(self, groups: Sequence[tuple[int, int]]) -> None:
        self._groups: list[tuple[int, int]] = []
        first = 0
        for size, required in groups:
            self._groups.append((((1 << size) - 1) << first, required))
            first += size
        self._known: dict[int, bool] = {}

    def __call__(self, who: int) -> bool:
        known = self._known.get(who)
        if known is None:
            known = all((who & mask).bit_count() >= required for mask, required in self._groups)
            self._known[who] = known
        return known


def _stretches(sets: Sequence[IntervalSet]) -> Iterator[Stretch]:
    """The time in which anybody is free, split where the set of those who are changes."""
    changes: dict[int, int] = {}
    for at, times in enumerate(sets):
        for start, end in times:
            changes[start] = changes.get(start, 0) ^ (1 << at)
            changes[end] = changes.get(end, 0) ^ (1 << at)
    who, since = 0, 0
    for moment in sorted(changes):
        if who and changes[moment]:
            yield since, moment, who
        if changes[moment]:
            who, since = who ^ changes[moment], moment


def _wider(free: Sequence[IntervalSet], held: IntervalSet, duration: int, is_enough: _Enough) -> set[Stretch]:
    """The longest ranges around those meetings of `duration` that `held` does not hold."""
    # Where a meeting may start, by who can be there from its start to its end.
    starts = [
        tuple((start, end - duration + 1) for start, end in times if end - start >= duration)
        for times in free
    ]
    found: set[Stretch] = set()
    for first, last, who in _stretches(starts):
        # Anything between the first start and the end of the last meeting belongs to one of them.
        if is_enough(who) and not contains(held, first, last - 1 + duration):
            start, end = _around(free, who, first)
            found.add((start, end, who))
    return found


def _around(free: Sequence[IntervalSet], who: int, moment: int) -> Interval:
    """The longest range around `moment` in which all of `who` are free."""
    ranges = [_at(times, moment) for at, times in enumerate(free) if who >> at & 1]
    return max(start for start, _ in ranges), min(end for _, end in ranges)


def _at(times: IntervalSet, moment: int) -> Interval:
    return times[bisect_right(times, moment, key=lambda pair: pair[0]) - 1]
