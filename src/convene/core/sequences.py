"""Sequenced availability: itineraries of several meetings, one after the other, with gaps of asked length between them.

Every item has its starts as a bitset on one grid for all. Whether the rest of an itinerary can be completed after a
start is known for all starts at once: the starts of the next item, smeared backwards over the permitted gaps, tell from
where they can be reached. So the search that lists itineraries never enters a branch without an answer, and stops at the
asked number of results. Times are epoch seconds, UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from math import gcd
from typing import NamedTuple

from convene.core.availability import Grid

# With all orders open there are 2^items sets of remaining items to look at.
MAX_ITEMS = 10
MAX_FREE_ITEMS = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between two meetings, seconds: `minimum` at least, `maximum` at most (None: as long as it takes)."""

    minimum: int = 0
    maximum: int | None = None

    def and_also(self, other: Gap) -> Gap:
        """The gaps that both permit; none at all if `maximum` comes out below `minimum`."""
        both = [gap for gap in (self.maximum, other.maximum) if gap is not None]
        return Gap(max(self.minimum, other.minimum), min(both, default=None))


@dataclass(frozen=True, slots=True)
class Item:
    """One meeting of a sequence: its permitted starts (ascending) and the gaps to whatever comes before and after it.

    Items with an `ordinal` keep their order among each other (equal ones either way), those without take any place.
    """

    sequence_id: str
    duration: int
    starts: Sequence[int]
    ordinal: int | None = None
    before: Gap = field(default_factory=Gap)
    after: Gap = field(default_factory=Gap)


class Place(NamedTuple):
    """The item at this position of the request takes place at `start`."""

    start: int
    position: int


Itinerary = tuple[Place, ...]


def find_itineraries(items: Sequence[Item], most: int) -> list[Itinerary]:
    """At most `most` itineraries, in order of their starts.

    Where there are more, no first start is left out for the sake of another: each has its first itinerary (the one that
    goes on soonest) before any has its second.
    """
    if not items or any(not item.starts for item in items):
        return []
    search = _Search(items)
    # Each opening has an itinerary, so that no more of them are needed than itineraries.
    openings = [
        search.continued(place, search.everything & ~(1 << place.position))
        for place in islice(search.first_places(), most)
    ]
    found: list[Itinerary] = []
    while openings and len(found) < most:
        going_on = []
        for opening in openings:
            itinerary = next(opening, None)
            if itinerary is None:
                continue
            found.append(itinerary)
            going_on.append(opening)
            if len(found) == most:
                break
        openings = going_on
    return sorted(found)


class _Search:
    """Items are positions; sets of them are bitsets."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.everything = (1 << len(items)) - 1
        self.grid = _common_grid(items)
        self.starts = [_on_grid(item.starts, self.grid) for item in items]
        self._feasible: dict[tuple[int, int], int] = {}

    def first_places(self) -> Iterator[Place]:
        return self._places(None, self.everything)

    def continued(self, place: Place, remaining: int) -> Iterator[Itinerary]:
        """All itineraries of `remaining` that begin with `place`, from which they are known to be possible."""
        if not remaining:
            yield (place,)
            return
        for following in self._places(place, remaining):
            for rest in self.continued(following, remaining & ~(1 << following.position)):
                yield (place, *rest)

    def _places(self, previous: Place | None, remaining: int) -> Iterator[Place]:
        """Where the next item can go so that the rest still fits, soonest first; looked for as they are taken."""
        return merge(*(self._places_of(position, previous, remaining) for position in self._next(remaining)))

    def _places_of(self, position: int, previous: Place | None, remaining: int) -> Iterator[Place]:
        bits = self.feasible(position, remaining & ~(1 << position))
        since, until = self.grid.span(1) if previous is None else self._reach(previous, position)
        at = max(0, -(-(since - self.grid.start) // self.grid.step))
        bits >>= at
        while bits:
            ahead = (bits & -bits).bit_length()
            at, bits = at + ahead, bits >> ahead
            start = self.grid.start + (at - 1) * self.grid.step
            if start >= until:
                return
            yield Place(start, position)

    def _reach(self, previous: Place, position: int) -> tuple[int, int]:
        """The starts that `position` may have after `previous`."""
        gap = self._gap(previous.position, position)
        end = previous.start + self.items[previous.position].duration
        last = self.grid.span(1)[1] if gap.maximum is None else end + gap.maximum + 1
        return end + gap.minimum, last

    def feasible(self, position: int, remaining: int) -> int:
        """The starts of an item from which all of `remaining` can follow."""
        known = self._feasible.get((position, remaining))
        if known is not None:
            return known
        bits = self.starts[position]
        if remaining and bits:
            reached = 0
            for following in self._next(remaining):
                rest = self.feasible(following, remaining & ~(1 << following))
                reached |= self._smeared(rest, position, following)
            bits &= reached
        self._feasible[(position, remaining)] = bits
        return bits

    def _smeared(self, bits: int, position: int, following: int) -> int:
        """The grid points from which a start in `bits` lies within the gap between two items."""
        if not bits:
            return 0
        gap, step = self._gap(position, following), self.grid.step
        duration = self.items[position].duration
        least = -(-(duration + gap.minimum) // step)
        most = self.grid.count if gap.maximum is None else (duration + gap.maximum) // step
        if most < least:
            return 0
        width, smeared = 1, bits
        while width < most - least + 1:
            further = min(width, most - least + 1 - width)
            smeared |= smeared >> further
            width += further
        return smeared >> least

    def _gap(self, position: int, following: int) -> Gap:
        return self.items[position].after.and_also(self.items[following].before)

    def _next(self, remaining: int) -> list[int]:
        """Which of the remaining items may come next."""
        positions = [at for at in range(len(self.items)) if remaining >> at & 1]
        ordinals = [ordinal for at in positions if (ordinal := self.items[at].ordinal) is not None]
        first = min(ordinals, default=None)
        return [at for at in positions if self.items[at].ordinal in (None, first)]


def _common_grid(items: Sequence[Item]) -> Grid:
    """The coarsest grid that has all starts on it."""
    every = sorted({start for item in items for start in item.starts})
    first = every[0]
    step = gcd(*(start - first for start in every)) or 1
    return Grid(first, step, (every[-1] - first) // step + 1)


def _on_grid(starts: Sequence[int], grid: Grid) -> int:
    digits = bytearray(b"0") * grid.count
    for start in starts:
        digits[(start - grid.start) // grid.step] = ord("1")
    return int(bytes(digits[::-1]), 2)
