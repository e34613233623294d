"""From what is stored about a member and what a query asks of them to the `MemberTime` that queries are answered from.

Here it is decided which events count (calendars, managed, tentative, excluded), which hours apply (rules, single
available periods, time off) and which days and weeks are full. Times are epoch seconds, UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from convene.core.availability_query import (
    Constraint,
    ExcludedEvent,
    Layer,
    MemberSpec,
    MemberTime,
    Query,
)
from convene.core.availability_rules import AvailabilityRule, working_windows
from convene.core.instants import DAY, day_bounds, local_date
from convene.core.intervals import Interval, IntervalSet, clip, subtract

# Calendars by id; None for those that their owner has chosen to be checked.
Choice = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """Busy time of one event. `calendar_id` is "" for time that is in no calendar, such as a hold.

    `is_managed`: the application that asks manages it; `event_id` is that application's id, "" for all others.
    """

    start: int
    end: int
    calendar_id: str = ""
    kind: Literal["busy", "tentative", "unknown"] = "busy"
    is_managed: bool = False
    event_id: str = ""
    event_uid: str = ""
    is_booking: bool = False


@dataclass(frozen=True, slots=True)
class KnownTimes:
    """Busy time of many events of one calendar and kind, of which nobody needs to know more than when they are."""

    calendar_id: str
    kind: Literal["busy", "tentative", "unknown"]
    times: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class KnownCalendar:
    """A calendar of the member. `unseen` says why its time is not known, "" if it is."""

    calendar_id: str
    is_checked: bool = True
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class KnownRule:
    """An availability rule with the calendars that count in its hours (None: the checked ones)."""

    availability_rule_id: str
    rule: AvailabilityRule
    calendar_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Everything stored that may bear on a member's time around a query.

    `events` and `times` reach as far beyond the asked time as `reach_of` says; both count. `time_off` is taken away from
    all hours.
    `known_until` is when time alone makes this untrue (a hold ends, a calendar has not been read for too long).
    """

    tzid: str
    calendars: Sequence[KnownCalendar] = ()
    events: Sequence[KnownEvent] = ()
    times: Sequence[KnownTimes] = ()
    rules: Sequence[KnownRule] = ()
    available_periods: IntervalSet = ()
    time_off: IntervalSet = ()
    known_until: datetime | None = None


def reach_of(asked: Query) -> Interval:
    """How far before and after the asked time events matter to a query: buffers, and weeks that are counted."""
    before, after = asked.buffer_before, asked.buffer_after
    for member in asked.members:
        before = max(before, member.buffer_before or 0)
        after = max(after, member.buffer_after or 0)
    if any(member.constraints for member in asked.members):
        return before + 9 * DAY, after + 9 * DAY
    return before, after


def member_time(
    spec: MemberSpec,
    facts: MemberFacts,
    asked: Query,
    span: Interval,
    *,
    is_booking: bool = False,
) -> MemberTime:
    """Combine what is asked and what is known of one member.

    Args:
        span: bounds of the asked time.
        is_booking: the answer is going to be booked here. Bookings and holds then count whatever calendars are named:
            nobody is in two places.
    """
    chosen = _Chosen(spec, facts, asked.excluded_events, is_booking=is_booking)
    hours = _hours(spec, facts, span)
    choices = [calendar_ids for calendar_ids, _ in hours]
    return MemberTime(
        sub=spec.sub,
        layers=tuple(Layer(times, chosen.busy(calendar_ids)) for calendar_ids, times in hours),
        available_periods=spec.available_periods,
        full=_full(spec.constraints, facts.tzid, chosen.begun(choices), span) if spec.constraints else (),
        buffer_before=asked.buffer_before if spec.buffer_before is None else spec.buffer_before,
        buffer_after=asked.buffer_after if spec.buffer_after is None else spec.buffer_after,
        unseen=chosen.unseen(choices),
    )


class _Chosen:
    """Which events and calendars count for one member."""

    def __init__(
        self,
        spec: MemberSpec,
        facts: MemberFacts,
        excluded: Collection[ExcludedEvent],
        *,
        is_booking: bool,
    ) -> None:
        self.facts = facts
        self.spec = spec
        self.is_booking = is_booking
        self.excluded_ids = {item.event_id for item in excluded if item.event_id}
        self.excluded_uids = {item.event_uid for item in excluded if item.event_uid}
        self.checked = frozenset(item.calendar_id for item in facts.calendars if item.is_checked)

    def busy(self, calendar_ids: Choice) -> list[Interval]:
        """When those events are that count where these calendars do."""
        found = [(event.start, event.end) for event in self.facts.events if self._counts(event, calendar_ids)]
        for known in self.facts.times:
            if self._counts(known, calendar_ids):
                found += known.times
        return found

    def begun(self, choices: Iterable[Choice]) -> list[int]:
        """When the events that count somewhere begin, each event once."""
        found: dict[KnownEvent, None] = {}
        for choice in choices:
            found.update((event, None) for event in self.facts.events if self._counts(event, choice))
            for known in self.facts.times:
                if self._counts(known, choice):
                    found.update(
                        (KnownEvent(start, end, known.calendar_id, known.kind), None)
                        for start, end in known.times
                    )
        return [event.start for event in found]

    def unseen(self, choices: Iterable[Choice]) -> str:
        named = {one for choice in choices for one in (self.checked if choice is None else choice)}
        reasons = [item.unseen for item in self.facts.calendars if item.calendar_id in named and item.unseen]
        gone = named - {item.calendar_id for item in self.facts.calendars}
        return reasons[0] if reasons else "A calendar that was named is no longer there." if gone else ""

    def _counts(self, known: KnownEvent | KnownTimes, calendar_ids: Choice) -> bool:
        is_managed = False
        if isinstance(known, KnownEvent):
            if known.event_uid and known.event_uid in self.excluded_uids:
                return False
            if known.is_managed and known.event_id and known.event_id in self.excluded_ids:
                return False
            if known.is_booking and self.is_booking:
                return True
            is_managed = known.is_managed
        if not self._is_in(known, calendar_ids) or (self.spec.only_managed_events and not is_managed):
            return False
        return not (self.spec.ignore_tentative and known.kind == "tentative")

    def _is_in(self, known: KnownEvent | KnownTimes, calendar_ids: Choice) -> bool:
        if calendar_ids is None:
            is_booking = isinstance(known, KnownEvent) and known.is_booking
            return is_booking or known.calendar_id in self.checked
        # Time set aside in no calendar counts with any, but not with none.
        return known.calendar_id in calendar_ids or (not known.calendar_id and bool(calendar_ids))


def _hours(spec: MemberSpec, facts: MemberFacts, span: Interval) -> list[tuple[Choice, IntervalSet | None]]:
    """The hours that apply, put together by the calendars whose events count in them; None for any time."""
    if not spec.is_managed:
        return [(spec.calendar_ids, None)]
    wanted = spec.availability_rule_ids
    hours: dict[Choice, list[Interval]] = {}
    for known in facts.rules:
        if wanted is None or known.availability_rule_id in wanted:
            named = known.calendar_ids if spec.calendar_ids is None else spec.calendar_ids
            hours.setdefault(named, []).extend(working_windows(known.rule, *span))
    if facts.available_periods:
        hours.setdefault(spec.calendar_ids, []).extend(clip(facts.available_periods, *span))
    return [(choice, subtract(times, facts.time_off)) for choice, times in hours.items()]


def _full(constraints: Sequence[Constraint], tzid: str, begun: Sequence[int], span: Interval) -> IntervalSet:
    """The days and weeks around `span` in which as many events begin as a constraint allows.

    `begun`: when each event begins.
    """
    found: list[Interval] = []
    for constraint in constraints:
        there = constraint.tzid or tzid
        counts = Counter(_first_day(local_date(start, there), constraint) for start in begun)
        days = 7 if constraint.period == "week" else 1
        for day, number in counts.items():
            if number >= constraint.limit:
                found.append((day_bounds(day, there)[0], day_bounds(day + timedelta(days=days), there)[0]))
    return clip(found, *span)


def _first_day(day: date, constraint: Constraint) -> date:
    return day - timedelta(days=day.weekday()) if constraint.period == "week" else day
