"""Answers to availability queries from what is kept ready of each member: bitsets of starts, or free time.

Of each member is kept what the engine makes of them (see `core.availability_query`) over some whole weeks, under
everything else that it depends on: what is asked of the member, the meeting's length, the grid's step, the buffers, and
the version of the account's time. Any query inside these weeks is answered from it, whatever its periods; neither they
nor the present are part of what is kept.

An answer can be drafted from what is kept before the versions are known, and is told if they prove to be those that it
was made from: so it is put together while the database is asked.

Listing only: bookings check the one slot that they are about from the rows (`AvailabilityQueryService.check`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from convene.core.availability import Grid, lay
from convene.core.availability_periods import periods_of
from convene.core.availability_query import (
    MemberSpec,
    Query,
    free_time,
    member_starts,
    slots_of,
    starts_grid,
    tested_slots,
)
from convene.core.instants import DAY, HOUR, seconds_ceil, seconds_floor
from convene.core.intervals import Interval, IntervalSet, clip, within
from convene.core.member_times import MemberFacts, member_time
from convene.core.slot_columns import Slot
from convene.core.start_grids import StartGrid
from convene.services.availability import MAX_AHEAD
from convene.services.availability_cache import (
    ENTRY_BYTES,
    AvailabilityCache,
    Kept,
    bytes_of_bits,
    bytes_of_intervals,
)
from convene.services.availability_rows import MEMBERS_AT_ONCE

_MEMBER_BYTES = 512
# What is kept begins and ends between weeks, and grows with the queries up to this length.
_WEEK = 7 * DAY
_LONGEST = 16 * _WEEK

Reader = Callable[[Sequence[MemberSpec], Interval], Awaitable[Mapping[str, MemberFacts]]]
"""Reads what is known of some members, for meetings in this time."""


@dataclass(frozen=True, slots=True)
class View:
    """A query at some moment (`now`). `whose`: the organisation, and the application, whose own rules count.

    `around` is the asked time from the hour that has begun on, as far as calendars are read; `grid` lies over it, and is
    None where free time is wanted instead of starts. `allowed` is what of it can still be had.
    """

    asked: Query
    around: IntervalSet
    allowed: Interval
    grid: StartGrid | None
    whose: tuple[str, str]
    now: datetime

    @property
    def span(self) -> Interval:
        return self.around[0][0], self.around[-1][1]

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
    def lens(self) -> tuple[int, ...]:
        """What of the query bears on each of its members' parts."""
        buffers = self.asked.buffer_before, self.asked.buffer_after
        return buffers if self.grid is None else (*buffers, self.asked.duration, self.grid.grid.step)

    @property
    def keys(self) -> list[tuple[object, ...]]:
        """Under what the members' parts are kept, in request order."""
        lens, whose = self.lens, self.whose
        return [(lens, whose if spec.is_managed else whose[:1], spec) for spec in self.asked.members]


class Part(NamedTuple):
    """What is made of one member: free time, or on a grid over `weeks` the starts that suit them.

    `until`: when time alone makes it untrue. `is_known` is false for somebody of whom nothing may be kept.
    """

    weeks: Interval
    value: int | IntervalSet
    until: datetime | None
    is_known: bool


class Found(NamedTuple):
    slots: Sequence[Slot]
    until: datetime | None
    is_lasting: bool


class Draft(NamedTuple):
    """An answer, rendered, that is right if the members' versions are these. `found` is None if it was kept as it is."""

    versions: Hashable
    rendering: bytes
    found: Found | None


def is_keepable(asked: Query) -> bool:
    """Whether answers can be put together from kept parts: not where reasons are told, or single events left out."""
    return not (
        asked.include_member_statuses
        or asked.excluded_events
        or any(member.only_managed_events for member in asked.members)
    )


def view_of(asked: Query, whose: tuple[str, str], now: datetime) -> View | None:
    """Return what of a query is left to be asked now; None if nothing is."""
    first, last = allowed = seconds_ceil(now), seconds_floor(now + MAX_AHEAD)
    time = asked.asked
    if not within(time, (allowed,)):
        return None
    around = within(time, ((first // HOUR * HOUR, last // HOUR * HOUR + HOUR),))
    if asked.starts is not None or asked.response_format == "periods":
        return View(asked, around, allowed, None, whose, now)
    return View(asked, around, allowed, starts_grid(asked, around), whose, now)


class ReadyAnswers:
    """Finds slots from kept parts, and makes those that are missing."""

    def __init__(self, cache: AvailabilityCache) -> None:
        self.cache = cache

    async def find(self, view: View, versions: Mapping[str, int], read: Reader) -> Found:
        """Return the slots of a query.

        Args:
            versions: of every member's time, read before anything else.
            read: called for members of whom nothing is kept for the asked time.
        """
        members, keys = view.asked.members, view.keys
        parts = [self._part(key, versions[spec.sub], view) for key, spec in zip(keys, members, strict=True)]
        missing = [at for at, part in enumerate(parts) if part is None]
        if missing:
            weeks = self._weeks(view, [(keys[at], versions[members[at].sub]) for at in missing])
            facts = await read([members[at] for at in missing], weeks)
            for number, at in enumerate(missing, start=1):
                spec = members[at]
                parts[at] = part = _made(view, spec, facts[spec.sub], weeks)
                if part.is_known:
                    self._keep(keys[at], part, versions[spec.sub], view.now)
                if number % MEMBERS_AT_ONCE == 0:
                    await asyncio.sleep(0)
        return _found(view, [part for part in parts if part is not None])

    def draft(self, view: View, render: Callable[[Sequence[Slot]], bytes]) -> Draft | None:
        """Return the answer that is right if nothing has changed lately; None if something is missing for it."""
        known = self.cache.latest(_rendering_key(view), view.now)
        if known is not None:
            return Draft(known.version, known.value, None)
        kept = [self.cache.latest(key, view.now) for key in view.keys]
        parts = [one.value for one in kept if one is not None and _covers(one.value, view)]
        if len(parts) < len(kept):
            return None
        found = _found(view, parts)
        versions = tuple(one.version for one in kept if one is not None)
        return Draft(versions, render(found.slots), found)

    def keep_rendering(self, view: View, versions: Mapping[str, int], found: Found, rendering: bytes) -> None:
        """Keep an answer as it is sent, for the very same query."""
        if not found.is_lasting:
            return
        size = ENTRY_BYTES + len(rendering) + _MEMBER_BYTES * len(view.asked.members)
        size += bytes_of_intervals(view.asked.asked) * 2
        made_from = versions_of(view, versions)
        self.cache.put(_rendering_key(view), Kept(rendering, made_from, view.now, found.until, size))

    def _part(self, key: tuple[object, ...], version: int, view: View) -> Part | None:
        kept = self.cache.get(key, version, view.now)
        return kept.value if kept is not None and _covers(kept.value, view) else None

    def _weeks(self, view: View, missing: Sequence[tuple[tuple[object, ...], int]]) -> Interval:
        """The weeks to read: those asked for, and those known already, so that queries in turn do not undo each other."""
        start, end = view.span
        start, end = start // _WEEK * _WEEK, -(-end // _WEEK) * _WEEK
        for key, version in missing:
            kept = self.cache.get(key, version, view.now)
            if kept is not None:
                first, last = kept.value.weeks
                if max(end, last) - min(start, first) <= _LONGEST:
                    start, end = min(start, first), max(end, last)
        return start, end

    def _keep(self, key: tuple[object, ...], part: Part, version: int, now: datetime) -> None:
        value = part.value
        size = ENTRY_BYTES + (bytes_of_bits(value) if isinstance(value, int) else bytes_of_intervals(value))
        self.cache.put(key, Kept(part, version, now, part.until, size))


def versions_of(view: View, versions: Mapping[str, int]) -> tuple[int, ...]:
    """The members' versions in request order."""
    return tuple(versions[member.sub] for member in view.asked.members)


def _rendering_key(view: View) -> tuple[object, ...]:
    return "answer", view.whose, view.asked, view.around[0][0], view.cut


def _covers(part: Part, view: View) -> bool:
    start, end = view.span
    return part.weeks[0] <= start and end <= part.weeks[1]


def _made(view: View, spec: MemberSpec, facts: MemberFacts, weeks: Interval) -> Part:
    member = member_time(spec, facts, view.asked, weeks)
    value: int | IntervalSet
    if view.grid is None:
        value = free_time(member, (weeks,))
    else:
        duration = view.asked.duration
        value = member_starts(member, (weeks,), Grid.over(weeks, duration, view.grid.grid.step), duration)
    # Of somebody who is not known it is told since when; they are looked at anew each time.
    return Part(weeks, value, facts.known_until, is_known=not member.unseen)


def _found(view: View, parts: Sequence[Part]) -> Found:
    """`parts` are those of all members in request order, each over all of the asked time."""
    ends = [part.until for part in parts if part.until is not None]
    is_lasting = view.is_steady and all(part.is_known for part in parts)
    return Found(_slots(view, parts), min(ends, default=None), is_lasting)


def _slots(view: View, parts: Sequence[Part]) -> Sequence[Slot]:
    asked, following = view.asked, iter(parts)
    if view.grid is not None:
        grid = view.grid.grid
        bitsets = [[_bits(next(following), grid) for _ in group.members] for group in asked.groups]
        return slots_of(asked, bitsets, view.grid, _permitted(view, view.grid))
    bounds = view.around if view.is_steady else clip(view.around, *view.allowed)
    free = [[(spec.sub, _free(next(following), bounds)) for spec in group.members] for group in asked.groups]
    return periods_of(asked, free) if asked.starts is None else tested_slots(asked, free)


def _permitted(view: View, starts: StartGrid) -> int:
    """The starts of meetings inside the asked time, as far as it can still be had."""
    first, last = view.cut
    if last < first:
        return 0
    inside = lay(view.around, starts.grid, 0, 1 - view.asked.duration) & starts.mask
    return inside >> first << first & ((1 << last + 1) - 1)


def _bits(part: Part, grid: Grid) -> int:
    """The bits of a part from the beginning of `grid` on. Both grids count from the beginning of a week."""
    assert isinstance(part.value, int)
    return part.value >> (grid.start - part.weeks[0]) // grid.step


def _free(part: Part, bounds: IntervalSet) -> IntervalSet:
    assert isinstance(part.value, tuple)
    return within(part.value, bounds)


__all__ = ["Draft", "Found", "ReadyAnswers", "View", "is_keepable", "versions_of", "view_of"]
