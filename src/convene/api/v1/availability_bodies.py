"""Availability queries as they arrive, in the generous reading of this surface, and as core asks them.

Other calls that carry a query (booking links) take these models for a part of their bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from convene.core.availability_query import (
    MAX_RESULTS,
    Constraint,
    ExcludedEvent,
    GroupSpec,
    MemberSpec,
    Query,
)
from convene.core.errors import Invalid
from convene.core.instants import seconds_ceil, seconds_floor
from convene.core.intervals import IntervalSet, union
from convene.core.sequenced_query import SequencedQuery, SequenceItem
from convene.core.sequences import Gap
from convene.edge.loose_bodies import LooseModel
from convene.edge.loose_types import LooseBool, LooseDuration, LooseZone, V1Time, wrong

PERIODS_ALIAS = "available_periods"


def _required(value: object) -> object:
    """`"all"`, or a number, also as text."""
    if value == "all":
        return "all"
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise wrong("required", 'must be "all" or a number of members')
    return int(str(value))


Required = Annotated[
    Literal["all"] | int,
    BeforeValidator(_required),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}]}),
]


class PeriodBody(LooseModel):
    start: V1Time
    end: V1Time


class SlotBody(LooseModel):
    start: V1Time


class RangeBody(LooseModel):
    """A duration (`plain`), or the least and the most that it may be."""

    plain: LooseDuration | None = None
    minimum: LooseDuration | None = None
    maximum: LooseDuration | None = None


def _buffer(value: object) -> object:
    if isinstance(value, dict) and (not value or value.keys() & {"minimum", "maximum"}):
        return {name: value[name] for name in ("minimum", "maximum") if name in value}
    return {"plain": value}


_DURATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "minutes": {"type": "integer", "minimum": 0},
        "hours": {"type": "integer", "minimum": 0},
    },
}
Buffer = Annotated[
    RangeBody,
    BeforeValidator(_buffer),
    WithJsonSchema(
        {
            "anyOf": [
                _DURATION,
                {"type": "object", "properties": {"minimum": _DURATION, "maximum": _DURATION}},
            ]
        }
    ),
]


class BuffersBody(LooseModel):
    before: Buffer | None = None
    after: Buffer | None = None


class ConstraintBody(LooseModel):
    period: Literal["day", "week"]
    limit: int
    tzid: LooseZone | None = None
    tags: list[Any] | None = None


class MemberBody(LooseModel):
    sub: str
    calendar_ids: list[str] | None = None
    available_periods: list[PeriodBody] | None = None
    managed_availability: LooseBool = False
    availability_rule_ids: list[str] | None = None
    only_managed_events: LooseBool = False
    ignore_tentative: LooseBool = False
    buffer: BuffersBody | None = None
    availability_constraints: list[ConstraintBody] = Field(default_factory=list)


class GroupBody(LooseModel):
    members: list[MemberBody]
    required: Required = "all"


class ExcludedEventBody(LooseModel):
    event_id: str = ""
    event_uid: str = ""


class _Asked(LooseModel):
    """What a query and each item of a sequence have in common."""

    participants: list[GroupBody]
    required_duration: LooseDuration
    query_periods: list[PeriodBody] | None = None
    available_periods: list[PeriodBody] | None = Field(default=None, json_schema_extra={"deprecated": True})
    start_interval: LooseDuration | None = None
    buffer: BuffersBody | None = None


class AvailabilityBody(_Asked):
    query_slots: list[SlotBody] | None = None
    response_format: Literal["periods", "slots", "overlapping_slots"] = "periods"
    max_results: int = MAX_RESULTS
    include_member_statuses: LooseBool = False
    excluded_events: list[ExcludedEventBody] = Field(default_factory=list)


class SequenceItemBody(_Asked):
    sequence_id: str
    ordinal: int | None = None


class SequencedAvailabilityBody(LooseModel):
    sequence: Sequence[SequenceItemBody]
    query_periods: list[PeriodBody] | None = None
    available_periods: list[PeriodBody] | None = Field(default=None, json_schema_extra={"deprecated": True})
    max_results: int = MAX_RESULTS
    excluded_events: list[ExcludedEventBody] = Field(default_factory=list)


def query_of(body: AvailabilityBody, at: str = "") -> Query:
    """Return what is asked; bounds are checked by `availability_query_checks`.

    Args:
        at: what stands before the fields' names in errors, such as `availability.`.

    Raises:
        Invalid: two forms of periods at once, or a period that ends before it starts.
    """
    starts = None
    if body.query_slots is not None:
        if body.available_periods is not None:
            raise Invalid(
                f"{at}available_periods", f"{at}available_periods cannot be combined with query_slots."
            )
        starts = tuple(seconds_ceil(slot.start) for slot in body.query_slots)
    return Query(
        groups=_groups(body.participants, at),
        duration=body.required_duration * 60,
        periods=_asked_periods(body.query_periods, body.available_periods, at),
        starts=starts,
        response_format=body.response_format,
        start_interval=_seconds(body.start_interval),
        buffer_before=_least(body.buffer, "before") or 0,
        buffer_after=_least(body.buffer, "after") or 0,
        max_results=body.max_results,
        include_member_statuses=body.include_member_statuses,
        excluded_events=_excluded(body.excluded_events, at),
    )


def sequence_of(body: SequencedAvailabilityBody, at: str = "") -> SequencedQuery:
    """Return the itineraries that are asked for; items without periods of their own take those of the whole."""
    periods = _asked_periods(body.query_periods, body.available_periods, at)
    excluded = _excluded(body.excluded_events, at)
    items = []
    for number, item in enumerate(body.sequence):
        place = f"{at}sequence.{number}."
        own = _asked_periods(item.query_periods, item.available_periods, place)
        items.append(
            SequenceItem(
                sequence_id=item.sequence_id,
                ordinal=item.ordinal,
                before=_gap(item.buffer, "before", place),
                after=_gap(item.buffer, "after", place),
                query=Query(
                    groups=_groups(item.participants, place),
                    duration=item.required_duration * 60,
                    periods=periods if own is None else own,
                    response_format="overlapping_slots",
                    start_interval=_seconds(item.start_interval),
                    buffer_before=_plain(item.buffer, "before") or 0,
                    buffer_after=_plain(item.buffer, "after") or 0,
                    excluded_events=excluded,
                ),
            )
        )
    return SequencedQuery(tuple(items), body.max_results)


def _groups(bodies: Sequence[GroupBody], at: str) -> tuple[GroupSpec, ...]:
    return tuple(
        GroupSpec(
            tuple(
                _member(member, f"{at}participants.{number}.members.{which}.")
                for which, member in enumerate(group.members)
            ),
            len(group.members) if group.required == "all" else group.required,
        )
        for number, group in enumerate(bodies)
    )


def _member(body: MemberBody, at: str) -> MemberSpec:
    for number, item in enumerate(body.availability_constraints):
        if item.tags:
            field = f"{at}availability_constraints.{number}.tags"
            raise Invalid(field, f"{field} is not supported: events carry no tags here. Leave it out.")
    return MemberSpec(
        sub=body.sub,
        calendar_ids=_tuple(body.calendar_ids),
        available_periods=None
        if body.available_periods is None
        else _periods(body.available_periods, f"{at}available_periods"),
        is_managed=body.managed_availability,
        availability_rule_ids=_tuple(body.availability_rule_ids),
        only_managed_events=body.only_managed_events,
        ignore_tentative=body.ignore_tentative,
        buffer_before=_least(body.buffer, "before"),
        buffer_after=_least(body.buffer, "after"),
        constraints=tuple(
            Constraint(item.period, item.limit, item.tzid) for item in body.availability_constraints
        ),
    )


def _asked_periods(
    periods: Sequence[PeriodBody] | None, alias: Sequence[PeriodBody] | None, at: str
) -> IntervalSet | None:
    if periods is not None and alias is not None:
        field = f"{at}{PERIODS_ALIAS}"
        raise Invalid(field, f"{field} is the older name of query_periods: send one of them.")
    if alias is not None:
        return _periods(alias, f"{at}{PERIODS_ALIAS}")
    return None if periods is None else _periods(periods, f"{at}query_periods")


def _periods(periods: Sequence[PeriodBody], field: str) -> IntervalSet:
    for number, period in enumerate(periods):
        if period.end <= period.start:
            raise Invalid(f"{field}.{number}.end", f"{field}.{number}.end must be later than its start.")
    return union((_inward(period.start, period.end)) for period in periods)


def _inward(start: datetime, end: datetime) -> tuple[int, int]:
    return seconds_ceil(start), seconds_floor(end)


def _excluded(bodies: Sequence[ExcludedEventBody], at: str) -> tuple[ExcludedEvent, ...]:
    for number, body in enumerate(bodies):
        if not body.event_id and not body.event_uid:
            field = f"{at}excluded_events.{number}"
            raise Invalid(field, f"{field} must name event_id or event_uid.", code="required")
    return tuple(ExcludedEvent(body.event_id, body.event_uid) for body in bodies)


def _range(buffers: BuffersBody | None, side: str) -> RangeBody | None:
    return None if buffers is None else getattr(buffers, side)


def _plain(buffers: BuffersBody | None, side: str) -> int | None:
    found = _range(buffers, side)
    return None if found is None else _seconds(found.plain)


def _least(buffers: BuffersBody | None, side: str) -> int | None:
    """The buffer where there are no neighbours to keep a distance from: a range counts with its minimum."""
    found = _range(buffers, side)
    if found is None:
        return None
    return _seconds(found.minimum if found.plain is None else found.plain)


def _gap(buffers: BuffersBody | None, side: str, at: str) -> Gap:
    found = _range(buffers, side)
    if found is None:
        return Gap()
    gap = Gap(_seconds(found.minimum or found.plain or 0) or 0, _seconds(found.maximum))
    if gap.maximum is not None and gap.maximum < gap.minimum:
        field = f"{at}buffer.{side}.maximum"
        raise Invalid(field, f"{field} must not be less than the minimum.")
    return gap


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60


def _tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
