"""The most common availability queries, read in a tenth of the time that `availability_bodies` takes.

Most programs send the same few members in the same few shapes. What is exactly of that shape is read here; whatever is
not, be it generous or wrong, is left to `availability_bodies`, which alone decides what is accepted and what is said of
mistakes. Where something is read here, it is what would have been read there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from convene.core.availability_query import MAX_RESULTS, GroupSpec, MemberSpec, Query, ResponseFormat
from convene.core.errors import Invalid
from convene.core.instants import MINUTE, seconds_ceil, seconds_floor
from convene.core.intervals import Interval, union
from convene.edge.loose_types import MAX_MINUTES
from convene.edge.requests import parse_instant


class _Plain(msgspec.Struct, forbid_unknown_fields=True):
    """Anything else in it is not plain."""


class _Minutes(_Plain):
    minutes: int


class _Period(_Plain):
    start: str
    end: str


class _Buffer(_Plain):
    before: _Minutes = msgspec.field(default_factory=lambda: _Minutes(0))
    after: _Minutes = msgspec.field(default_factory=lambda: _Minutes(0))


class _Member(_Plain):
    sub: str
    managed_availability: bool = False


class _Group(_Plain):
    members: list[_Member]
    required: Literal["all"] | int = "all"


class _Body(_Plain):
    participants: list[_Group]
    required_duration: _Minutes
    query_periods: list[_Period]
    response_format: ResponseFormat = "periods"
    start_interval: _Minutes | msgspec.UnsetType = msgspec.UNSET
    buffer: _Buffer = msgspec.field(default_factory=_Buffer)
    max_results: int = MAX_RESULTS


class _NotPlainError(ValueError):
    pass


_decode = msgspec.json.Decoder(_Body).decode


def plain_query(raw: bytes) -> Query | None:
    """Return what a JSON body asks, or None if it is not plain."""
    try:
        body = _decode(raw)
        return Query(
            groups=tuple(_group(group) for group in body.participants),
            duration=_seconds(body.required_duration),
            periods=union(_period(period) for period in body.query_periods),
            response_format=body.response_format,
            start_interval=None
            if isinstance(body.start_interval, msgspec.UnsetType)
            else _seconds(body.start_interval),
            buffer_before=_seconds(body.buffer.before),
            buffer_after=_seconds(body.buffer.after),
            max_results=body.max_results,
        )
    except (ValueError, RecursionError, Invalid):
        # msgspec's errors are ValueErrors.
        return None


def _group(group: _Group) -> GroupSpec:
    members = group.members
    required = len(members) if group.required == "all" else group.required
    if required < 0:
        raise _NotPlainError
    return GroupSpec(_members(members), required)


def _members(members: Sequence[_Member]) -> tuple[MemberSpec, ...]:
    if not all(member.sub.isprintable() for member in members):
        raise _NotPlainError
    return tuple(MemberSpec(member.sub, is_managed=member.managed_availability) for member in members)


def _seconds(duration: _Minutes) -> int:
    if not 0 <= duration.minutes <= MAX_MINUTES:
        raise _NotPlainError
    return duration.minutes * MINUTE


def _period(period: _Period) -> Interval:
    start, end = parse_instant(period.start, "it"), parse_instant(period.end, "it")
    if end <= start:
        raise _NotPlainError
    return seconds_ceil(start), seconds_floor(end)
