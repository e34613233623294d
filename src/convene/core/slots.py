"""What can be booked: the one set of rules behind listing, re-check and booking.

`offers` lists the starts that suit everybody, `explain` says what stands against one start. They agree: a start that
lies on the grid and in the period is offered if and only if `explain` finds nothing.

Bound people are held to their working hours, time off, minimum notice, horizon and limits per day and week. Flexible
people (whoever books agrees to their own time) are held to their busy time, buffers and the present only; where an
offer lies outside their working hours it says so. Times are epoch seconds, UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nsmallest
from itertools import repeat
from typing import Literal, NamedTuple

from convene.core.availability import Grid, Member, attendance, bits_to_starts, combine, lay, starts_bitset
from convene.core.availability_rules import AvailabilityRule, horizon_end, regular_windows, working_windows
from convene.core.instants import DAY, MINUTE, day_bounds, local_date
from convene.core.intervals import Interval, IntervalSet, contains, first_overlap, union

Reason = Literal[
    "past",
    "outside_hours",
    "time_off",
    "minimum_notice",
    "horizon",
    "daily_limit",
    "weekly_limit",
    "busy",
    "buffer",
]

# How far `next_free` looks at once: long enough to find most answers in one go.
_STRIDE = 28 * DAY


@dataclass(frozen=True, slots=True)
class Person:
    """One participant, with everything that bears on their time.

    `busy` (any order, may overlap) covers the asked period and a day on either side, which is as far as buffers reach.
    `meeting_starts` are the starts of meetings that count towards the limits of `rule`, for every local week that the
    period touches. A meeting that is being moved is in neither.
    """

    sub: str
    rule: AvailabilityRule
    busy: Sequence[Interval] = ()
    is_flexible: bool = False
    meeting_starts: Sequence[int] = ()

    @property
    def buffer_before(self) -> int:
        return self.rule.buffer_before_minutes * MINUTE

    @property
    def buffer_after(self) -> int:
        return self.rule.buffer_after_minutes * MINUTE


class Offer(NamedTuple):
    """A time that can be booked. A tuple underneath, because a query makes thousands.

    `missing` are those of a quorum's people who could not come.
    """

    start: int
    end: int
    outside_hours: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quorum:
    """People of whom `required` have to be there, the same ones throughout a meeting. Those in `unseen` never count."""

    people: Sequence[Person]
    required: int
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps one person from one start.

    `since` and `until` bound the time that the reason rules out, where it has bounds: the busy stretch for `busy` and
    `buffer`, the absence for `time_off`, the full days or weeks for the limits, up to the first allowed start for `past` and `minimum_notice`, from the
    first refused start for `horizon`.
    """

    sub: str
    reason: Reason
    since: int | None = None
    until: int | None = None


def offers(
    people: Sequence[Person],
    period: Interval,
    duration: int,
    start_interval: int,
    now: int,
    quorum: Quorum | None = None,
) -> list[Offer]:
    """All starts `period[0] + i * start_interval` at which every person can meet for `duration`, inside `period`.

    With a `quorum` enough of its people can, too. `duration` and `start_interval` are seconds; `now` is the present,
    rounded up to a second.
    """
    grid = Grid.over(period, duration, start_interval)
    bits = _common_starts(people, grid, duration, now)
    missing: Iterable[tuple[str, ...]] = repeat(())
    if quorum is not None and bits:
        bitsets = _quorum_starts(quorum, grid, duration, now)
        bits &= combine(bitsets, quorum.required)
        missing = _missing(quorum, bitsets, bits, grid)
    starts = bits_to_starts(bits, grid)
    outside = _outside_hours(people, bits, grid, duration)
    ends = [start + duration for start in starts]
    return list(map(Offer._make, zip(starts, ends, outside, missing, strict=False)))


def next_free(
    people: Sequence[Person],
    period: Interval,
    duration: int,
    start_interval: int,
    now: int,
    quorum: Quorum | None = None,
) -> int | None:
    """The first start that `offers` would list for `period`, without listing the rest. `period` may be long."""
    whole = Grid.over(period, duration, start_interval)
    most = max(1, _STRIDE // start_interval)
    for done in range(0, whole.count, most):
        start = period[0] + done * start_interval
        grid = Grid(start, start_interval, min(most, whole.count - done))
        bits = _common_starts(people, grid, duration, now)
        if bits and quorum is not None:
            bits &= combine(_quorum_starts(quorum, grid, duration, now), quorum.required)
        if bits:
            return grid.start + ((bits & -bits).bit_length() - 1) * grid.step
    return None


def last_bookable(people: Sequence[Person], now: int) -> int | None:
    """The instant from which on nothing can start, by the nearest horizon; None if everybody is flexible."""
    return min((horizon_end(person.rule, now) for person in people if not person.is_flexible), default=None)


def nearest(choices: Iterable[Offer], start: int, count: int = 3) -> list[Offer]:
    """The offers whose start lies closest to `start`, closest first; of two equally close the earlier one."""
    return nsmallest(count, choices, key=lambda offer: (abs(offer.start - start), offer.start))


def explain(people: Sequence[Person], start: int, duration: int, now: int) -> list[Blocker]:
    """Everything that stands against a meeting at `start`, person by person; empty if it can be booked."""
    if duration <= 0:
        raise ValueError("a meeting has a positive duration")
    found: list[Blocker] = []
    for person in people:
        if start < now:
            found.append(Blocker(person.sub, "past", None, now))
            continue
        if not person.is_flexible:
            found.extend(_broken_promises(person, start, duration, now))
        found.extend(_collision(person, start, duration))
    return found


def _common_starts(people: Sequence[Person], grid: Grid, duration: int, now: int) -> int:
    if not people:
        raise ValueError("somebody has to meet")
    bits = grid.full
    # Bound people first: their hours rule out most of the grid, and an empty answer ends the work.
    for person in sorted(people, key=lambda person: person.is_flexible):
        if not bits:
            break
        bits &= _starts(person, grid, duration, now)
    return bits


def _quorum_starts(quorum: Quorum, grid: Grid, duration: int, now: int) -> list[int]:
    return [
        0 if person.sub in quorum.unseen else _starts(person, grid, duration, now) for person in quorum.people
    ]


def _missing(quorum: Quorum, bitsets: Sequence[int], bits: int, grid: Grid) -> Iterable[tuple[str, ...]]:
    """For each one in `bits`: the people of the quorum who could not come."""
    columns = attendance([grid.full & ~bitset for bitset in bitsets], bits, grid)
    names = {column: tuple(quorum.people[at].sub for at in column) for column in set(columns)}
    return map(names.__getitem__, columns)


def _starts(person: Person, grid: Grid, duration: int, now: int) -> int:
    span = grid.span(duration)
    windows: IntervalSet = (span,) if person.is_flexible else working_windows(person.rule, *span)
    member = Member(windows, person.busy, person.buffer_before, person.buffer_after)
    bits = starts_bitset(member, grid, duration)
    earliest, latest = _start_bounds(person, now)
    bits &= lay([(earliest, span[1] if latest is None else latest)], grid)
    if bits and not person.is_flexible:
        bits &= ~lay(_full_days(person, *span) + _full_weeks(person, *span), grid)
    return bits


def _start_bounds(person: Person, now: int) -> tuple[int, int | None]:
    """The first start allowed and the first one refused again."""
    if person.is_flexible:
        return now, None
    return now + person.rule.minimum_notice_minutes * MINUTE, horizon_end(person.rule, now)


def _full_days(person: Person, start: int, end: int) -> IntervalSet:
    """The local days around `[start, end)` on which the daily limit is reached."""
    limit = person.rule.daily_limit
    if limit is None or len(person.meeting_starts) < limit:
        return ()
    return _full(person, local_date(start, person.rule.tzid), end, 1, limit)


def _full_weeks(person: Person, start: int, end: int) -> IntervalSet:
    """The local weeks around `[start, end)`, from Monday on, in which the weekly limit is reached."""
    limit = person.rule.weekly_limit
    if limit is None or len(person.meeting_starts) < limit:
        return ()
    first = local_date(start, person.rule.tzid)
    return _full(person, first - timedelta(days=first.weekday()), end, 7, limit)


def _full(person: Person, first: date, end: int, length: int, limit: int) -> IntervalSet:
    """Of the stretches of `length` local days that follow one another from `first` on: those with `limit` meetings."""
    tzid, starts = person.rule.tzid, sorted(person.meeting_starts)
    # Where a clock goes back over midnight, the date it shows lags behind the day that has begun.
    last = local_date(end, tzid) + timedelta(days=1)
    full = []
    for number in range(0, (last - first).days + 1, length):
        begins, _ = day_bounds(first + timedelta(days=number), tzid)
        ends, _ = day_bounds(first + timedelta(days=number + length), tzid)
        if bisect_left(starts, ends) - bisect_left(starts, begins) >= limit:
            full.append((begins, ends))
    return union(full)


def _outside_hours(
    people: Sequence[Person], bits: int, grid: Grid, duration: int
) -> Iterable[tuple[str, ...]]:
    """For each one in `bits`: the flexible people in whose working hours the meeting does not lie."""
    flexible = [person for person in people if person.is_flexible]
    if not flexible or not bits:
        return repeat(())
    span = grid.span(duration)
    outside = [
        grid.full & ~starts_bitset(Member(working_windows(person.rule, *span)), grid, duration)
        for person in flexible
    ]
    columns = attendance(outside, bits, grid)
    names = {column: tuple(flexible[at].sub for at in column) for column in set(columns)}
    return map(names.__getitem__, columns)


def _broken_promises(person: Person, start: int, duration: int, now: int) -> Iterable[Blocker]:
    earliest, latest = _start_bounds(person, now)
    if start < earliest:
        yield Blocker(person.sub, "minimum_notice", None, earliest)
    if latest is not None and start >= latest:
        yield Blocker(person.sub, "horizon", latest, None)
    if not contains(regular_windows(person.rule, start, start + duration), start, start + duration):
        yield Blocker(person.sub, "outside_hours")
    off = first_overlap(person.rule.time_off_intervals, start, start + duration)
    if off:
        yield Blocker(person.sub, "time_off", *off)
    full_days = first_overlap(_full_days(person, start, start + 1), start, start + 1)
    if full_days:
        yield Blocker(person.sub, "daily_limit", *full_days)
    full_weeks = first_overlap(_full_weeks(person, start, start + 1), start, start + 1)
    if full_weeks:
        yield Blocker(person.sub, "weekly_limit", *full_weeks)


def _collision(person: Person, start: int, duration: int) -> Iterable[Blocker]:
    """Busy time in the meeting itself, or else in the room around it."""
    busy = union(person.busy)
    hit = first_overlap(busy, start, start + duration)
    if hit:
        yield Blocker(person.sub, "busy", *hit)
        return
    near = first_overlap(busy, start - person.buffer_before, start + duration + person.buffer_after)
    if near:
        yield Blocker(person.sub, "buffer", *near)
