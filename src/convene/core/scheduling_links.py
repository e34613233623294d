"""Booking links: what their makers ask for, in the form in which it is stored, and in which state a link is.

A link offers the times that its availability query finds, books one of them per visit, and writes the events into its
target calendars. A real-time scheduling link has one step; a sequence has several, booked in one visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from convene.core.availability_query import Constraint, ExcludedEvent, GroupSpec, MemberSpec, Query
from convene.core.intervals import IntervalSet

LinkState = Literal["open", "completed", "disabled", "expired", "not_yet_open"]
EventCreation = Literal["default", "single"]
MAX_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Target:
    """A calendar into which the event is written, and what it says differently there."""

    sub: str
    calendar_id: str
    event: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gaps:
    """How much time lies before and after a step of a sequence: seconds, None for no bound."""

    before_minimum: int = 0
    before_maximum: int | None = None
    after_minimum: int = 0
    after_maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One meeting of a link: its availability query and the event that becomes of it."""

    query: Query
    event: Mapping[str, Any]
    sequence_id: str = ""
    ordinal: int | None = None
    gaps: Gaps = field(default_factory=Gaps)


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Everything a link was made with. `minimum_notice` is seconds; `hour_format` "h" is 12-hour, "H" 24-hour.

    `callback_urls` and `redirect_urls` hold only what was named: `completed_url`, `no_times_suitable_url`,
    `no_times_displayed_url`. `periods` bound all steps of a sequence.
    """

    event: Mapping[str, Any]
    steps: tuple[Step, ...]
    targets: tuple[Target, ...] = ()
    event_creation: EventCreation = "default"
    tzid: str = "Etc/UTC"
    hour_format: str = ""
    minimum_notice: int = 0
    is_confirmed_at_once: bool = False
    redirect_uri: str = ""
    callback_urls: Mapping[str, str] = field(default_factory=dict)
    redirect_urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def subs(self) -> tuple[str, ...]:
        """Everybody whom a step asks about, in request order."""
        return tuple(dict.fromkeys(member.sub for step in self.steps for member in step.query.members))

    @property
    def duration(self) -> int:
        """Seconds of all meetings together."""
        return sum(step.query.duration for step in self.steps)

    @property
    def after_completion(self) -> str:
        """Where the visitor is sent after booking; "" to stay."""
        return self.redirect_urls.get("completed_url", "")


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
        "targets": [
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
    }


def from_json(stored: Mapping[str, Any]) -> LinkRequest:
    """Return the request that `to_json` stored."""
    return LinkRequest(
        event=stored["event"],
        steps=tuple(_step(step) for step in stored["steps"]),
        targets=tuple(
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
    )


def _step_json(step: Step) -> dict[str, Any]:
    gaps = step.gaps
    return {
        "sequence_id": step.sequence_id,
        "ordinal": step.ordinal,
        "event": dict(step.event),
        "gaps": [gaps.before_minimum, gaps.before_maximum, gaps.after_minimum, gaps.after_maximum],
        "query": query_json(step.query),
    }


def _step(stored: Mapping[str, Any]) -> Step:
    return Step(
        query=query_of(stored["query"]),
        event=stored["event"],
        sequence_id=stored["sequence_id"],
        ordinal=stored["ordinal"],
        gaps=Gaps(*stored["gaps"]),
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
