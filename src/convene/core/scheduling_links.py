"""Booking links: what their makers ask for, in the form in which it is stored, and in which state a link is.

A link offers the times that its availability query finds, books one of them per visit, and writes the events into its
target calendars. A real-time scheduling link has one step; a sequence has several, booked in one visit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from convene.core.availability_query import Constraint, ExcludedEvent, GroupSpec, MemberSpec, Query
from convene.core.errors import Invalid
from convene.core.instants import DAY, seconds_floor
from convene.core.intervals import IntervalSet
from convene.core.page_terms import PageTerms, terms_json, terms_of
from convene.core.sequenced_query import SequencedQuery, SequenceItem
from convene.core.sequences import Gap
from convene.core.series import Recurrence, recurrence_of
from convene.core.start_grids import DEFAULT_INTERVAL

LinkState = Literal["open", "completed", "disabled", "expired", "not_yet_open"]
EventCreation = Literal["default", "single"]
MAX_MESSAGE = 500
MAX_SEATS = 500
MOST_OFFERED = 10_000


@dataclass(frozen=True, slots=True)
class Target:
    """A calendar into which the event is written, and what it says differently there."""

    sub: str
    calendar_id: str
    event: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One meeting of a link: its availability query and the event that becomes of it."""

    query: Query
    event: Mapping[str, Any]
    sequence_id: str = ""
    ordinal: int | None = None
    before: Gap = field(default_factory=Gap)
    after: Gap = field(default_factory=Gap)


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Everything a link was made with. `minimum_notice` is seconds; `hour_format` "h" is 12-hour, "H" 24-hour.

    `callback_urls` and `redirect_urls` hold only what was named: `completed_url`, `no_times_suitable_url`,
    `no_times_displayed_url`. `targets` None stands for the calendars that those who attend have chosen for bookings.
    `page` is there for the links of booking pages, whose query has no periods of its own: its days roll on.
    `answer_within` is how many seconds a host has to accept what was chosen; None asks nobody.
    With `seats` so many visitors share one meeting; None gives each a meeting of their own. With a `recurrence` they may
    book several at once.
    """

    event: Mapping[str, Any]
    steps: tuple[Step, ...]
    targets: tuple[Target, ...] | None = None
    event_creation: EventCreation = "default"
    tzid: str = "Etc/UTC"
    hour_format: str = ""
    minimum_notice: int = 0
    is_confirmed_at_once: bool = False
    redirect_uri: str = ""
    callback_urls: Mapping[str, str] = field(default_factory=dict)
    redirect_urls: Mapping[str, str] = field(default_factory=dict)
    page: PageTerms | None = None
    answer_within: int | None = None
    seats: int | None = None
    recurrence: Recurrence | None = None

    @property
    def subs(self) -> tuple[str, ...]:
        """Everybody whom a step asks about, in request order."""
        return tuple(dict.fromkeys(member.sub for step in self.steps for member in step.query.members))

    @property
    def duration(self) -> int:
        """Seconds of all meetings together."""
        return sum(step.query.duration for step in self.steps)

    @property
    def sequenced(self) -> SequencedQuery:
        """The steps as one query for itineraries."""
        return SequencedQuery(
            tuple(
                SequenceItem(step.sequence_id, step.query, step.ordinal, step.before, step.after)
                for step in self.steps
            )
        )

    @property
    def span(self) -> tuple[int, int]:
        """From the first instant that is asked about to the last one, epoch seconds."""
        asked = [step.query.asked for step in self.steps]
        return min(times[0][0] for times in asked if times), max(times[-1][1] for times in asked if times)

    def last_asked(self, now: int) -> int:
        """Until when is asked at most, seen from `now`, epoch seconds."""
        return (
            self.span[1]
            if self.page is None
            else now + (self.page.horizon_days + self.page.extra_days + 2) * DAY
        )

    @property
    def after_completion(self) -> str:
        """Where the visitor is sent after booking; "" to stay."""
        return self.redirect_urls.get("completed_url", "")


def check_seats(request: LinkRequest) -> None:
    """Raise `Invalid` for a number of seats that cannot be."""
    if request.seats is None:
        return
    if not 1 <= request.seats <= MAX_SEATS:
        raise Invalid("seats", f"seats must be 1 to {MAX_SEATS}.")
    if request.answer_within is not None:
        raise Invalid(
            "seats", "seats cannot go with requires_confirmation: guests join without anybody being asked."
        )


def state_of(
    status: str, *, opens_at: datetime | None, expires_at: datetime | None, now: datetime
) -> LinkState:
    """Return what a visitor meets: the stored status, or that it is too early or too late."""
    if status == "disabled":
        return "disabled"
    if status == "completed":
        return "completed"
    if expires_at is not None and now >= expires_at:
        return "expired"
    if opens_at is not None and now < opens_at:
        return "not_yet_open"
    return "open"


def shown_query(query: Query) -> Query:
    """Return the query as a page asks it: for starts to choose from, all of them.

    A query for periods leaves the choice of starts to us: every half hour, or as its `start_interval` says.
    """
    is_slots = query.response_format == "slots"
    interval = query.start_interval or (None if is_slots else DEFAULT_INTERVAL)
    return replace(
        query,
        response_format="slots" if is_slots else "overlapping_slots",
        start_interval=interval,
        max_results=MOST_OFFERED,
        include_member_statuses=False,
    )


def reaching(request: LinkRequest, last: datetime, now: datetime) -> LinkRequest:
    """Return a page's request with a horizon that lets a meeting begin at `last`.

    The horizon bounds when a series begins, not how long it goes on.
    """
    if request.page is None:
        return request
    past = seconds_floor(last) - request.page.horizon_end(seconds_floor(now), request.tzid)
    return replace(request, page=replace(request.page, extra_days=max(0, past // DAY + 2)))


def kept_to(request: LinkRequest, attending: Mapping[str, Collection[str]]) -> LinkRequest:
    """Return the request for the same people again: by `sequence_id` who attends, all of them required.

    That is how a booking is moved: nobody else is brought in, nobody is left behind. Whoever attends and is no longer
    named by the request is asked about by their checked calendars.
    """
    return replace(
        request,
        steps=tuple(
            replace(step, query=_among(step.query, attending.get(step.sequence_id, ()), all_of_them=True))
            for step in request.steps
        ),
    )


def left_with(request: LinkRequest, present: Collection[str]) -> LinkRequest | None:
    """Return the request without those who are no longer there; None if some group cannot be filled any more."""
    steps = tuple(replace(step, query=_among(step.query, present)) for step in request.steps)
    is_possible = all(len(group.members) >= group.required for step in steps for group in step.query.groups)
    return replace(request, steps=steps) if is_possible else None


def _among(query: Query, subs: Collection[str], *, all_of_them: bool = False) -> Query:
    groups = []
    for group in query.groups:
        members = tuple(member for member in group.members if member.sub in subs)
        if members or not all_of_them:
            groups.append(GroupSpec(members, len(members) if all_of_them else group.required))
    if all_of_them:
        named = {member.sub for group in groups for member in group.members}
        missing = tuple(MemberSpec(sub) for sub in subs if sub not in named)
        if missing:
            groups.append(GroupSpec(missing, len(missing)))
    return replace(query, groups=tuple(groups))


def chosen_members(groups: Sequence[GroupSpec], free: Sequence[str]) -> tuple[str, ...] | None:
    """Return who attends a meeting for which these are free; None if some group has too few.

    Of each group as many as it requires, in the order of the request: of equals the one named first. Whoever another
    group has brought in already counts in this one too.
    """
    is_free = set(free)
    chosen: dict[str, None] = {}
    for group in groups:
        here = [member.sub for member in group.members if member.sub in is_free]
        if len(dict.fromkeys(here)) < group.required:
            return None
        present = [sub for sub in here if sub in chosen]
        missing = max(0, group.required - len(present))
        for sub in [sub for sub in here if sub not in chosen][:missing]:
            chosen[sub] = None
    return tuple(chosen)


# -- stored form


def to_json(request: LinkRequest) -> dict[str, Any]:
    """Return the request as it is stored."""
    return {
        "event": dict(request.event),
        "steps": [_step_json(step) for step in request.steps],
        "targets": None
        if request.targets is None
        else [
            {"sub": target.sub, "calendar_id": target.calendar_id, "event": dict(target.event)}
            for target in request.targets
        ],
        "event_creation": request.event_creation,
        "tzid": request.tzid,
        "hour_format": request.hour_format,
        "minimum_notice": request.minimum_notice,
        "is_confirmed_at_once": request.is_confirmed_at_once,
        "redirect_uri": request.redirect_uri,
        "callback_urls": dict(request.callback_urls),
        "redirect_urls": dict(request.redirect_urls),
        "page": terms_json(request.page),
        "answer_within": request.answer_within,
        "seats": request.seats,
        "recurrence": request.recurrence.to_json() if request.recurrence else None,
    }


def from_json(stored: Mapping[str, Any]) -> LinkRequest:
    """Return the request that `to_json` stored."""
    return LinkRequest(
        event=stored["event"],
        steps=tuple(_step(step) for step in stored["steps"]),
        targets=None
        if stored["targets"] is None
        else tuple(
            Target(target["sub"], target["calendar_id"], target["event"]) for target in stored["targets"]
        ),
        event_creation=stored["event_creation"],
        tzid=stored["tzid"],
        hour_format=stored["hour_format"],
        minimum_notice=stored["minimum_notice"],
        is_confirmed_at_once=stored["is_confirmed_at_once"],
        redirect_uri=stored["redirect_uri"],
        callback_urls=stored["callback_urls"],
        redirect_urls=stored["redirect_urls"],
        page=terms_of(stored.get("page")),
        answer_within=stored.get("answer_within"),
        seats=stored.get("seats"),
        recurrence=recurrence_of(stored.get("recurrence")),
    )


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "sequence_id": step.sequence_id,
        "ordinal": step.ordinal,
        "event": dict(step.event),
        "before": [step.before.minimum, step.before.maximum],
        "after": [step.after.minimum, step.after.maximum],
        "query": query_json(step.query),
    }


def _step(stored: Mapping[str, Any]) -> Step:
    return Step(
        query=query_of(stored["query"]),
        event=stored["event"],
        sequence_id=stored["sequence_id"],
        ordinal=stored["ordinal"],
        before=Gap(*stored["before"]),
        after=Gap(*stored["after"]),
    )


def query_json(query: Query) -> dict[str, Any]:
    """Return an availability query as it is stored: times in epoch seconds."""
    return {
        "groups": [
            {"required": group.required, "members": [_member_json(member) for member in group.members]}
            for group in query.groups
        ],
        "duration": query.duration,
        "periods": _intervals_json(query.periods),
        "starts": None if query.starts is None else list(query.starts),
        "response_format": query.response_format,
        "start_interval": query.start_interval,
        "buffer_before": query.buffer_before,
        "buffer_after": query.buffer_after,
        "max_results": query.max_results,
        "excluded_events": [
            {"event_id": event.event_id, "event_uid": event.event_uid} for event in query.excluded_events
        ],
    }


def query_of(stored: Mapping[str, Any]) -> Query:
    """Return the query that `query_json` stored."""
    return Query(
        groups=tuple(
            GroupSpec(tuple(_member(member) for member in group["members"]), group["required"])
            for group in stored["groups"]
        ),
        duration=stored["duration"],
        periods=_intervals(stored["periods"]),
        starts=None if stored["starts"] is None else tuple(stored["starts"]),
        response_format=stored["response_format"],
        start_interval=stored["start_interval"],
        buffer_before=stored["buffer_before"],
        buffer_after=stored["buffer_after"],
        max_results=stored["max_results"],
        excluded_events=tuple(ExcludedEvent(**event) for event in stored["excluded_events"]),
    )


def _member_json(member: MemberSpec) -> dict[str, Any]:
    return {
        "sub": member.sub,
        "calendar_ids": _list(member.calendar_ids),
        "available_periods": _intervals_json(member.available_periods),
        "is_managed": member.is_managed,
        "availability_rule_ids": _list(member.availability_rule_ids),
        "only_managed_events": member.only_managed_events,
        "ignore_tentative": member.ignore_tentative,
        "buffer_before": member.buffer_before,
        "buffer_after": member.buffer_after,
        "constraints": [
            {"period": item.period, "limit": item.limit, "tzid": item.tzid} for item in member.constraints
        ],
    }


def _member(stored: Mapping[str, Any]) -> MemberSpec:
    return MemberSpec(
        sub=stored["sub"],
        calendar_ids=_tuple(stored["calendar_ids"]),
        available_periods=_intervals(stored["available_periods"]),
        is_managed=stored["is_managed"],
        availability_rule_ids=_tuple(stored["availability_rule_ids"]),
        only_managed_events=stored["only_managed_events"],
        ignore_tentative=stored["ignore_tentative"],
        buffer_before=stored["buffer_before"],
        buffer_after=stored["buffer_after"],
        constraints=tuple(Constraint(**item) for item in stored["constraints"]),
    )


def _list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _intervals_json(intervals: IntervalSet | None) -> list[list[int]] | None:
    return None if intervals is None else [[start, end] for start, end in intervals]


def _intervals(stored: Sequence[Sequence[int]] | None) -> IntervalSet | None:
    return None if stored is None else tuple((start, end) for start, end in stored)
