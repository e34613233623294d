"""An availability query as Cronofy's API puts it: groups of members, of whom all or some must be free at once.

`Query` and its parts are what is asked; `MemberTime` is one member with everything that bears on their time, as it was
read; `find` answers. What a member can do is decided in one place: `free_time`. Listing, testing single starts and the
re-check of a booking all come down to it, so they cannot disagree.

A member's free time is the asked periods, inside the periods given for the member and the hours of their availability
rules, without days that are full and without busy time, which is widened by the buffers: a slot `[s, e)` needs
`[s - before, e + after)` free of events. Buffers look at events only and may leave the asked periods. Times are epoch
seconds, UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from convene.core.availability import Grid, Member, bits_to_starts, combine, starts_bitset
from convene.core.intervals import (
    Interval,
    IntervalSet,
    contains,
    intersect,
    pad,
    subtract,
    union,
)
from convene.core.slot_columns import Slot, SlotColumns, with_presence
from convene.core.start_grids import OWN_START, StartGrid, grid_of

ResponseFormat = Literal["periods", "slots", "overlapping_slots"]
MAX_RESULTS = 512


@dataclass(frozen=True, slots=True)
class Constraint:
    """At most `limit` events per local day or week (from Monday on); a day or week that has as many is not available.

    `tzid` None means the member's own zone.
    """

    period: Literal["day", "week"]
    limit: int
    tzid: str | None = None


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """One member as asked for.

    `calendar_ids` None stands for what the account has chosen to be checked (or its rules name), an empty tuple for
    nothing at all: never busy. `availability_rule_ids` None means all of them. A buffer that is None is the query's.
    """

    sub: str
    calendar_ids: tuple[str, ...] | None = None
    available_periods: IntervalSet | None = None
    is_managed: bool = False
    availability_rule_ids: tuple[str, ...] | None = None
    only_managed_events: bool = False
    ignore_tentative: bool = False
    buffer_before: int | None = None
    buffer_after: int | None = None
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """Members of whom `required` must be free, the same ones throughout a slot."""

    members: tuple[MemberSpec, ...]
    required: int


@dataclass(frozen=True, slots=True)
class ExcludedEvent:
    """An event that is not to count as busy: by the application's id for it, or by its UID."""

    event_id: str = ""
    event_uid: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. Exactly one of `periods` (a set) and `starts` (single starts to be tested) is given.

    `start_interval` None leaves the default of the response format.
    """

    groups: tuple[GroupSpec, ...]
    duration: int
    periods: IntervalSet | None = None
    starts: tuple[int, ...] | None = None
    response_format: ResponseFormat = "periods"
    start_interval: int | None = None
    buffer_before: int = 0
    buffer_after: int = 0
    max_results: int = MAX_RESULTS
    include_member_statuses: bool = False
    excluded_events: tuple[ExcludedEvent, ...] = ()

    @property
    def members(self) -> tuple[MemberSpec, ...]:
        """All members of all groups, in the order of the request."""
        return tuple(member for group in self.groups for member in group.members)

    @property
    def asked(self) -> IntervalSet:
        """All the time that meetings may take."""
        if self.starts is not None:
            return union((start, start + self.duration) for start in self.starts)
        return self.periods or ()


@dataclass(frozen=True, slots=True)
class Layer:
    """Hours of a member together with the events that count in them. `hours` None means any time."""

    hours: IntervalSet | None
    busy: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class MemberTime:
    """One member of a query with what was read about them.

    Free in one of the `layers` is free; no layers at all is somebody whose availability nobody has set up. `full` are
    the days and weeks that have reached a limit. `unseen` says which calendar could not be read; then nothing is free.
    `busy` in layers covers the asked time and the buffers around it.
    """

    sub: str
    layers: tuple[Layer, ...]
    available_periods: IntervalSet | None = None
    full: IntervalSet = ()
    buffer_before: int = 0
    buffer_after: int = 0
    unseen: str = ""


Attendees = Sequence[Sequence[MemberTime]]
"""Per group of the query, its members in order."""
FreeTimes = Sequence[Sequence[tuple[str, IntervalSet]]]
"""The same with each member's `free_time`."""


def free_time(member: MemberTime, asked: IntervalSet) -> IntervalSet:
    """All time inside `asked` that meetings of this member may take, buffers included in what is busy."""
    bounds = _bounds(member, asked)
    if not bounds:
        return ()
    return union(*(_layer_time(member, layer, bounds) for layer in member.layers))


def find(asked: Query, attendees: Attendees, bounds: IntervalSet) -> list[Slot]:
    """Answer a query in `slots` or `overlapping_slots`, or test its `starts`; ascending, `max_results` at most.

    `bounds` is what of `asked.asked` can still be had: neither past nor further ahead than calendars are read.
    """
    if asked.starts is not None:
        return tested_slots(asked, _free_times(attendees, bounds))
    grid = starts_grid(asked, bounds)
    if grid is None:
        return []
    return list(slots_of(asked, _bitsets(asked, attendees, bounds, grid), grid, grid.mask))


def slots_of(asked: Query, bitsets: Sequence[Sequence[int]], grid: StartGrid, permitted: int) -> SlotColumns:
    """Answer `slots` or `overlapping_slots` from the starts that suit each member (per group, in request order).

    `permitted`: the starts on the grid that may be answered at all. Bitsets may have ones beyond it.
    """
    starts = bits_to_starts(_together(asked, bitsets, permitted), grid.grid)
    if asked.response_format == "slots":
        starts = _back_to_back(starts, asked.duration, grid, asked.max_results)
    starts = starts[: asked.max_results]
    subs = [member.sub for member in asked.members]
    if all(group.required == len(group.members) for group in asked.groups):
        return SlotColumns(starts, asked.duration, (tuple(dict.fromkeys(subs)),))
    return with_presence(
        starts, asked.duration, subs, [bitset for members in bitsets for bitset in members], grid.grid
    )


def member_starts(member: MemberTime, bounds: IntervalSet, grid: Grid, duration: int) -> int:
    """The points of `grid` at which one member can start a meeting inside `bounds`, as a bitset."""
    return starts_bitset(_engine_member(member, bounds), grid, duration)


def starts_of(asked: Query, attendees: Attendees, bounds: IntervalSet) -> list[int]:
    """All starts on the grid of `overlapping_slots`, however many, without saying who can."""
    grid = starts_grid(asked, bounds)
    if grid is None:
        return []
    bits = _together(asked, _bitsets(asked, attendees, bounds, grid), grid.mask)
    return bits_to_starts(bits, grid.grid)


def participants_at(
    groups: Sequence[GroupSpec], attendees: Attendees, bounds: IntervalSet, start: int, duration: int
) -> tuple[str, ...] | None:
    """Everybody who is free for the whole of a meeting at `start`; None if some group has too few."""
    return _suiting(groups, _free_times(attendees, bounds), start, start + duration)


def starts_grid(asked: Query, bounds: IntervalSet) -> StartGrid | None:
    """Where slots of this query may start inside `bounds`; None if nothing is left to ask."""
    is_overlapping = asked.response_format != "slots"
    return grid_of(bounds, asked.duration, asked.start_interval, is_overlapping=is_overlapping)


def _bitsets(asked: Query, attendees: Attendees, bounds: IntervalSet, grid: StartGrid) -> list[list[int]]:
    return [
        [member_starts(member, bounds, grid.grid, asked.duration) for member in group] for group in attendees
    ]


def _together(asked: Query, bitsets: Sequence[Sequence[int]], permitted: int) -> int:
    bits = permitted
    for group, members in zip(asked.groups, bitsets, strict=True):
        bits = bits and bits & combine(members, group.required)
    return bits


def _bounds(member: MemberTime, asked: IntervalSet) -> IntervalSet:
    if member.unseen:
        return ()
    bounds = asked
    if member.available_periods is not None:
        bounds = intersect(bounds, member.available_periods)
    return subtract(bounds, member.full) if member.full else bounds


def _layer_time(member: MemberTime, layer: Layer, bounds: IntervalSet) -> IntervalSet:
    windows = bounds if layer.hours is None else intersect(bounds, layer.hours)
    # A slot's buffer before it reaches back to events that end late, and the other way round.
    return subtract(windows, pad(layer.busy, member.buffer_after, member.buffer_before))


def _engine_member(member: MemberTime, bounds: IntervalSet) -> Member:
    """The member as the engine takes it. One layer goes in as it is, which is what most queries are made of."""
    if len(member.layers) != 1:
        return Member(free_time(member, bounds))
    layer, inside = member.layers[0], _bounds(member, bounds)
    windows = inside if layer.hours is None else intersect(inside, layer.hours)
    return Member(windows, layer.busy, member.buffer_before, member.buffer_after)


def _free_times(attendees: Attendees, bounds: IntervalSet) -> FreeTimes:
    return [[(member.sub, free_time(member, bounds)) for member in group] for group in attendees]


def _suiting(
    groups: Sequence[GroupSpec],
    free: FreeTimes,
    start: int,
    end: int,
) -> tuple[str, ...] | None:
    present: list[str] = []
    for group, members in zip(groups, free, strict=True):
        here = [sub for sub, times in members if contains(times, start, end)]
        if len(here) < group.required:
            return None
        present += here
    return tuple(dict.fromkeys(present))


def tested_slots(asked: Query, free: FreeTimes) -> list[Slot]:
    """Answer `query_slots` from each member's `free_time`."""
    found: list[Slot] = []
    for start in sorted(set(asked.starts or ())):
        who = _suiting(asked.groups, free, start, start + asked.duration)
        if who is not None:
            found.append(Slot(start, start + asked.duration, who))
            if len(found) == asked.max_results:
                break
    return found


def _back_to_back(starts: Sequence[int], duration: int, grid: StartGrid, most: int) -> list[int]:
    """Slots that do not overlap: each as soon as it can be after the one before.

    Without a grid of its own a slot follows straight on the one before, or else begins on the next five minutes.
    """
    if grid.is_own_start:
        permitted = set(starts)
        starts = [start for start in starts if start % OWN_START == 0]
    else:
        permitted = set()
    chosen: list[int] = []
    at = 0
    while len(chosen) < most:
        following = chosen[-1] + duration if chosen else None
        if following is not None and following in permitted:
            chosen.append(following)
            continue
        at = bisect_left(starts, following, at) if following is not None else 0
        if at >= len(starts):
            break
        chosen.append(starts[at])
    return chosen
