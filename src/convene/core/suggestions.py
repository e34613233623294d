"""Up to three times worth proposing, each with a reason that a person can check.

An offer costs more outside somebody's hours (the more, the further into their evening or night), over somebody's lunch,
later than the third working day, and where it breaks up a long free stretch or leaves a scrap of time nobody can use; it
costs less beside meetings that are there anyway, and where people far apart share the early and late hours evenly. The first suggestion is the soonest of the most suitable kind, the others are the cheapest, on other days where
there are any. Times are epoch seconds, UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
from typing import Literal, NamedTuple

from convene.core.availability_rules import working_windows
from convene.core.instants import DAY, HOUR, MINUTE, local_date, offset_at
from convene.core.intervals import IntervalSet, intersect, union
from convene.core.slots import Offer, Person

SuggestionReason = Literal[
    "soonest", "both_in_hours", "next_to_other_meetings", "keeps_a_long_block", "fair_across_zones"
]

# Days with offers that are looked at; later ones could not win. On them, a start every so often is enough, together with
# the first and the last of every stretch.
_DAYS_CONSIDERED = 8
_OFTEN = 15 * MINUTE
_LUNCH = (12 * HOUR, 13 * HOUR)
# The middle of most people's day; how far from it a meeting may lie before it is early or late; clocks that differ by
# less than `_APART_ZONES` need no fairness, and distances that differ by less than `_EVEN` are fair.
_MIDDAY = 13 * HOUR
_COMFORTABLE = 4 * HOUR
_APART_ZONES = 3 * HOUR
_EVEN = 2 * HOUR
_WORKING_DAYS_PREFERRED = 3
# Room between two meetings that still counts as side by side, on top of the person's buffers.
_BESIDE = 15 * MINUTE
_LONG_BLOCK = 2 * HOUR
_SCRAP = 30 * MINUTE
_FAR = 4 * HOUR
# Two suggestions on one day lie at least this far apart.
_APART = 2 * HOUR


class _Cost:
    """What speaks against an offer, in points. One person out of hours outweighs everything else."""

    OUTSIDE_HOURS = 10
    LUNCH = 3
    LATE_DAY = 1
    LATE_MOST = 4
    BROKEN_BLOCK = 2
    SCRAP = 1
    BESIDE_MEETING = -2
    EARLY_OR_LATE_HOUR = 1
    EARLY_OR_LATE_MOST = 8
    FAIR = -1
    SAME_DAY = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An offer and why it is proposed.

    `soonest`: the first time that is as suitable as any (inside everybody's hours, nobody's lunch, where that exists),
    or, when nothing else can be said for it, the first of its day. `both_in_hours`: inside everybody's working hours.
    `next_to_other_meetings`: at most a quarter of an hour from another meeting of a participant.
    `keeps_a_long_block`: everybody keeps two free hours in one piece beside it. `fair_across_zones`: clocks differ by
    three hours or more, and nobody's local time lies over two hours further from one in the afternoon than another's.
    """

    start: int
    end: int
    reason: SuggestionReason


class _Surroundings(NamedTuple):
    """One person's free time around a meeting, at most `_FAR` each way, and whether a meeting lies beside it."""

    before: int
    after: int
    is_beside: bool


class _Candidate(NamedTuple):
    cost: int
    start: int
    end: int
    day: date
    is_comfortable: bool
    reasons: tuple[SuggestionReason, ...]


class _Diary:
    """What a person's time looks like, prepared for many look-ups."""

    def __init__(self, person: Person, start: int, end: int) -> None:
        self.sub = person.sub
        self.tzid = person.rule.tzid
        self.beside = _BESIDE + max(person.buffer_before, person.buffer_after)
        self.hours = working_windows(person.rule, start - DAY, end + DAY)
        self.busy = union(person.busy)
        self._opens = [opened for opened, _ in self.hours]
        self._busy_starts = [begins for begins, _ in self.busy]
        self._busy_ends = [ends for _, ends in self.busy]

    def is_lunch(self, start: int, end: int) -> bool:
        local = (start + offset_at(start, self.tzid)) % DAY
        return any(local < noon + _LUNCH[1] and local + end - start > noon + _LUNCH[0] for noon in (0, DAY))

    def from_midday(self, start: int, end: int) -> int:
        """How far the middle of a meeting lies from the middle of this person's day, seconds."""
        local = (start + (end - start) // 2 + offset_at(start, self.tzid) - _MIDDAY) % DAY
        return min(local, DAY - local)

    def around(self, start: int, end: int) -> _Surroundings:
        previous = bisect_right(self._busy_ends, start) - 1
        following = bisect_left(self._busy_starts, end)
        since_meeting = start - self._busy_ends[previous] if previous >= 0 else _FAR
        until_meeting = self._busy_starts[following] - end if following < len(self.busy) else _FAR
        since_hours = until_hours = _FAR
        at = bisect_right(self._opens, start) - 1
        if at >= 0 and end <= self.hours[at][1]:
            since_hours, until_hours = start - self.hours[at][0], self.hours[at][1] - end
        return _Surroundings(
            min(since_meeting, since_hours, _FAR),
            min(until_meeting, until_hours, _FAR),
            min(since_meeting, until_meeting) <= self.beside,
        )


def suggest(
    choices: Sequence[Offer], people: Sequence[Person], now: int, tzid: str, limit: int = 3
) -> list[Suggestion]:
    """Choose at most `limit` of `choices` (ascending, from `slots.offers` for the same `people`), in order of time.

    They lie on at least two different days of `tzid`, the viewer's zone, if the choices do.
    """
    near = _first_days(choices, tzid)
    if not near or limit < 1:
        return []
    candidates = _candidates(near, people, now)
    comfortable = [candidate for candidate in candidates if candidate.is_comfortable]
    inside = [candidate for candidate in candidates if "both_in_hours" in candidate.reasons]
    first = (comfortable or inside or candidates)[0]
    chosen = [first]
    while len(chosen) < limit:
        following = _cheapest(candidates, chosen)
        if following is None:
            break
        chosen.append(following)
    return _with_reasons(chosen)


def _first_days(choices: Sequence[Offer], tzid: str) -> list[tuple[date, Offer]]:
    dated: list[tuple[date, Offer]] = []
    days: set[date] = set()
    for offer in _thinned(choices):
        day = local_date(offer.start, tzid)
        days.add(day)
        if len(days) > _DAYS_CONSIDERED:
            break
        dated.append((day, offer))
    return dated


def _thinned(choices: Sequence[Offer]) -> Iterator[Offer]:
    """Leave out what lies in the middle of a stretch and less than `_OFTEN` after the one before."""
    step = min((b.start - a.start for a, b in pairwise(choices)), default=_OFTEN)
    kept = -_OFTEN
    for at, offer in enumerate(choices):
        is_last = at + 1 == len(choices) or choices[at + 1].start > offer.start + step
        is_first = at == 0 or choices[at - 1].start < offer.start - step
        if is_first or is_last or offer.start - kept >= _OFTEN:
            kept = offer.start
            yield offer


def _candidates(near: Sequence[tuple[date, Offer]], people: Sequence[Person], now: int) -> list[_Candidate]:
    start, end = near[0][1].start, near[-1][1].end
    diaries = [_Diary(person, start, end) for person in people]
    tzid, working_days = _working_days(people, now, end)
    opening = {near[0][1].start, *(b.start for (day, _), (other, b) in pairwise(near) if day != other)}
    return [
        _judge(
            day,
            offer,
            diaries,
            bisect_left(working_days, local_date(offer.start, tzid)),
            offer.start in opening,
        )
        for day, offer in near
    ]


def _working_days(people: Sequence[Person], now: int, end: int) -> tuple[str, list[date]]:
    """Dates from today on when all who are bound to hours have some in common, and the zone that they are told in."""
    bound = [person for person in people if not person.is_flexible] or list(people[:1])
    hours: list[IntervalSet] = [working_windows(person.rule, now, max(now, end)) for person in bound]
    tzid = bound[0].rule.tzid
    return tzid, sorted({local_date(opened, tzid) for opened, _ in reduce(intersect, hours)})


def _judge(
    day: date, offer: Offer, diaries: Sequence[_Diary], days_before: int, opens_day: bool
) -> _Candidate:
    start, end = offer.start, offer.end
    is_lunch = any(diary.is_lunch(start, end) for diary in diaries)
    around = [diary.around(start, end) for diary in diaries]
    is_beside = any(room.is_beside for room in around)
    late = max(0, days_before - _WORKING_DAYS_PREFERRED + 1)
    is_fair = _is_fair(diaries, start, end)
    cost = (
        _Cost.OUTSIDE_HOURS * len(offer.outside_hours)
        + _Cost.LUNCH * is_lunch
        + min(_Cost.LATE_DAY * late, _Cost.LATE_MOST)
        + sum(_breakage(room, end - start) for room in around)
        + _Cost.BESIDE_MEETING * is_beside
        + sum(_strain(diary, start, end) for diary in diaries if diary.sub in offer.outside_hours)
        + _Cost.FAIR * is_fair
    )
    reasons: list[SuggestionReason] = []
    if is_beside:
        reasons.append("next_to_other_meetings")
    if all(max(room.before, room.after) >= _LONG_BLOCK for room in around):
        reasons.append("keeps_a_long_block")
    if is_fair:
        reasons.append("fair_across_zones")
    if not offer.outside_hours:
        reasons.append("both_in_hours")
    if opens_day:
        reasons.append("soonest")
    comfortable = not offer.outside_hours and not is_lunch
    return _Candidate(cost, start, end, day, comfortable, tuple(reasons))


def _is_fair(diaries: Sequence[_Diary], start: int, end: int) -> bool:
    """Whether people whose clocks differ much share the early and late hours of a meeting evenly."""
    offsets = [offset_at(start, diary.tzid) for diary in diaries]
    if max(offsets) - min(offsets) < _APART_ZONES:
        return False
    distances = [diary.from_midday(start, end) for diary in diaries]
    return max(distances) - min(distances) <= _EVEN


def _strain(diary: _Diary, start: int, end: int) -> int:
    """What it costs that somebody meets early or late in their day, in points."""
    hours = max(0, diary.from_midday(start, end) - _COMFORTABLE) // HOUR
    return min(hours * _Cost.EARLY_OR_LATE_HOUR, _Cost.EARLY_OR_LATE_MOST)


def _breakage(room: _Surroundings, duration: int) -> int:
    """What the meeting does to the free stretch it lies in."""
    smaller, larger = sorted((room.before, room.after))
    if smaller + duration + larger >= _LONG_BLOCK and larger < _LONG_BLOCK and smaller > _BESIDE:
        return _Cost.BROKEN_BLOCK
    return _Cost.SCRAP if 0 < smaller < _SCRAP else 0


def _cheapest(candidates: Sequence[_Candidate], chosen: Sequence[_Candidate]) -> _Candidate | None:
    """The next suggestion: on another day if all so far share one, else not close to any; with a reason of its own."""
    days = {candidate.day for candidate in chosen}
    explainable = [candidate for candidate in candidates if candidate.reasons]
    elsewhere = [candidate for candidate in explainable if candidate.day not in days]
    apart = [
        candidate
        for candidate in explainable
        if all(abs(candidate.start - other.start) >= _APART for other in chosen)
    ]
    open_to_us = elsewhere if elsewhere and len(days) == 1 else apart
    return min(
        open_to_us,
        key=lambda candidate: (candidate.cost + _Cost.SAME_DAY * (candidate.day in days), candidate.start),
        default=None,
    )


def _with_reasons(chosen: Sequence[_Candidate]) -> list[Suggestion]:
    """Give everyone the strongest reason that no other suggestion has taken, if it has one."""
    first = chosen[0]
    taken: list[SuggestionReason] = ["soonest"]
    suggestions = [Suggestion(first.start, first.end, "soonest")]
    for candidate in chosen[1:]:
        fresh = [reason for reason in candidate.reasons if reason not in taken]
        reason = (fresh or list(candidate.reasons))[0]
        taken.append(reason)
        suggestions.append(Suggestion(candidate.start, candidate.end, reason))
    return sorted(suggestions, key=lambda suggestion: suggestion.start)
