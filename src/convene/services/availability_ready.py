"""Answers to availability queries from what is kept ready of each member: bitsets of starts, or free time.

Of each member is kept what the engine makes of them (see `core.availability_query`), under everything that it depends
on: what is asked of the member, the query's times, duration, interval and buffers, and the version of the account's
time. The present is no part of that. What is kept covers the asked time from the hour that has begun, and the past is
cut off when a question is answered; so a period that begins today stays ready while it passes.

Listing only: bookings check the one slot that they are about from the rows (`AvailabilityQueryService.check`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from convene.core.availability_periods import periods_of
from convene.core.availability_query import (
    MemberSpec,
    Query,
    Slot,
    free_time,
    member_starts,
    slots_of,
    starts_grid,
    tested_slots,
)
from convene.core.instants import HOUR, seconds_ceil, seconds_floor
from convene.core.intervals import Interval, IntervalSet, clip
from convene.core.member_times import MemberFacts, member_time
from convene.core.start_grids import StartGrid
from convene.services.availability import MAX_AHEAD
from convene.services.availability_cache import (
    ENTRY_BYTES,
    AvailabilityCache,
    Kept,
    bytes_of_bits,
    bytes_of_intervals,
)

_MEMBER_BYTES = 512

Reader = Callable[[Sequence[MemberSpec], IntervalSet], Awaitable[Mapping[str, MemberFacts]]]
"""Reads what is known of some members, for meetings in this time."""


class Lens:
    """What of a query bears on each of its members' parts; hashed once for all of them."""

    __slots__ = ("_hash", "parts")

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lens) and self._hash == other._hash and self.parts == other.parts


@dataclass(frozen=True, slots=True)
class View:
    """A query at some moment (`now`). `whose`: the organisation, and the application, whose own rules count.

    `versions` are those of every member's time, read before anything else.

    `around` is the asked time from the hour that has begun on, as far as calendars are read; `grid` lies over it, and is
    None where free time is wanted instead of starts. `allowed` is what of it can still be had.
    """

    asked: Query
    around: IntervalSet
    allowed: Interval
    grid: StartGrid | None
    whose: tuple[str, str]
    versions: Mapping[str, int]
    now: datetime

    @property
    def cut(self) -> Interval:
        """Where the answer is cut off, in terms that do not change with every second: steps, or times."""
        if self.grid is None:
            return max(self.allowed[0], self.around[0][0]), min(self.allowed[1], self.around[-1][1])
        grid = self.grid.grid
        first = max(0, -((grid.start - self.allowed[0]) // grid.step))
        last = min(grid.count - 1, (self.allowed[1] - self.asked.duration - grid.start) // grid.step)
        return first, last

    @property
    def is_steady(self) -> bool:
        """Whether the answer will be the same in a while if nothing happens."""
        if self.grid is not None:
            return True
        return self.allowed[0] <= self.around[0][0] and self.around[-1][1] <= self.allowed[1]

    @property
    def lens(self) -> Lens:
        asked = self.asked
        grid = None if self.grid is None else (asked.start_interval, asked.response_format == "slots")
        return Lens((asked.duration, asked.buffer_before, asked.buffer_after, grid, self.around))


class Part(NamedTuple):
    """What is kept of one member, and until when it holds by itself."""

    value: int | IntervalSet
    until: datetime | None
    is_kept: bool


class Found(NamedTuple):
    slots: list[Slot]
    until: datetime | None
    is_lasting: bool


def is_keepable(asked: Query) -> bool:
    """Whether answers can be put together from kept parts: not where reasons are told, or single events left out."""
    return not (
        asked.include_member_statuses
        or asked.excluded_events
        or any(member.only_managed_events for member in asked.members)
    )


def view_of(asked: Query, whose: tuple[str, str], versions: Mapping[str, int], now: datetime) -> View | None:
    """Return what of a query is left to be asked now; None if nothing is."""
    allowed = seconds_ceil(now), seconds_floor(now + MAX_AHEAD)
    if not clip(asked.asked, *allowed):
        return None
    around = clip(asked.asked, allowed[0] // HOUR * HOUR, allowed[1] // HOUR * HOUR + HOUR)
    if asked.starts is not None or asked.response_format == "periods":
        return View(asked, around, allowed, None, whose, versions, now)
    return View(asked, around, allowed, starts_grid(asked, around), whose, versions, now)


class ReadyAnswers:
    """Finds slots from kept parts, and makes those that are missing."""

    def __init__(self, cache: AvailabilityCache) -> None:
        self.cache = cache

    async def find(self, view: View, read: Reader) -> Found:
        """Return the slots of a query; `read` is called for members of whom nothing is kept."""
        members, versions, now, whose = view.asked.members, view.versions, view.now, view.whose
        lens = view.lens
        keys = [(lens, whose if spec.is_managed else whose[:1], spec) for spec in members]
        kept = [self.cache.get(key, versions[spec.sub], now) for key, spec in zip(keys, members, strict=True)]
        parts = [None if one is None else Part(one.value, one.until, is_kept=True) for one in kept]
        missing = [at for at, part in enumerate(parts) if part is None]
        if missing:
            facts = await read([members[at] for at in missing], view.around)
            for at in missing:
                spec = members[at]
                parts[at] = part = _part(view, spec, facts[spec.sub])
                if part.is_kept:
                    size = ENTRY_BYTES + _size(part.value) + bytes_of_intervals(view.around) // len(members)
                    self.cache.put(keys[at], Kept(part.value, versions[spec.sub], now, part.until, size))
        made = [part for part in parts if part is not None]
        ends = [part.until for part in made if part.until is not None]
        lasting = view.is_steady and all(part.is_kept for part in made)
        return Found(_slots(view, made), min(ends, default=None), lasting)

    def rendering(self, view: View) -> bytes | None:
        """Return the answer to this very query as it was sent before, if nothing that it was made from has changed."""
        kept = self.cache.get(_rendering_key(view), _versions(view), view.now)
        return None if kept is None else kept.value

    def keep_rendering(self, view: View, until: datetime | None, rendering: bytes) -> None:
        size = ENTRY_BYTES + len(rendering) + _MEMBER_BYTES * len(view.asked.members)
        size += bytes_of_intervals(view.asked.asked) * 2
        self.cache.put(_rendering_key(view), Kept(rendering, _versions(view), view.now, until, size))


def _rendering_key(view: View) -> tuple[object, ...]:
    return "answer", view.whose, view.asked, view.around[0][0], view.cut


def _versions(view: View) -> tuple[int, ...]:
    return tuple(view.versions[member.sub] for member in view.asked.members)


def _part(view: View, spec: MemberSpec, facts: MemberFacts) -> Part:
    span = view.around[0][0], view.around[-1][1]
    member = member_time(spec, facts, view.asked, span)
    value: int | IntervalSet
    if view.grid is None:
        value = free_time(member, view.around)
    else:
        value = member_starts(view.asked, member, view.around, view.grid)
    # Of somebody who is not known it is told since when; they are looked at anew each time.
    return Part(value, facts.known_until, is_kept=not member.unseen)


def _size(value: int | IntervalSet) -> int:
    return bytes_of_bits(value) if isinstance(value, int) else bytes_of_intervals(value)


def _slots(view: View, parts: Sequence[Part]) -> list[Slot]:
    """`parts` are those of all members in request order."""
    asked, following = view.asked, iter(parts)
    if view.grid is not None:
        first, last = view.cut
        permitted = view.grid.mask >> first << first & ((1 << last + 1) - 1) if last >= first else 0
        bitsets = [[_bits(next(following)) for _ in group.members] for group in asked.groups]
        return slots_of(asked, bitsets, view.grid, permitted)
    free = [[(spec.sub, _free(next(following), view)) for spec in group.members] for group in asked.groups]
    return periods_of(asked, free) if asked.starts is None else tested_slots(asked, free)


def _bits(part: Part) -> int:
    assert isinstance(part.value, int)
    return part.value


def _free(part: Part, view: View) -> IntervalSet:
    assert isinstance(part.value, tuple)
    return part.value if view.is_steady else clip(part.value, *view.allowed)


__all__ = ["Found", "ReadyAnswers", "View", "is_keepable", "view_of"]
