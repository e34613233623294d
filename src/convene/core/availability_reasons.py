"""Why a member has no time: the first thing in the way of one start, or of every start of a query.

Reasons are looked for in the order in which `availability_query.free_time` takes time away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from convene.core.availability_query import Attendees, MemberTime, Query, free_time
from convene.core.intervals import IntervalSet, contains, first_overlap, intersect, subtract, union

Status = Literal["available", "unavailable", "unknown"]
MemberReason = Literal[
    "outside_query",
    "unknown",
    "outside_available_periods",
    "no_availability_rules",
    "outside_hours",
    "limit_reached",
    "busy",
    "buffer",
]


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """What became of one member: `unknown` where a calendar could not be read (`detail` says which).

    `reason` is what took away the last time that was long enough.
    """

    sub: str
    status: Status
    reason: MemberReason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MemberBlocker:
    """What keeps one member from one start; `since` and `until` bound it where it has bounds."""

    sub: str
    reason: MemberReason
    since: int | None = None
    until: int | None = None
    detail: str = ""


def blockers_at(attendees: Attendees, asked: IntervalSet, start: int, duration: int) -> list[MemberBlocker]:
    """Why each member who is not free for a meeting at `start` is not, one reason each, in request order.

    `asked` must hold the meeting: that it lies in the past or outside the query is for the caller to say.
    """
    found: dict[str, MemberBlocker] = {}
    for member in (member for group in attendees for member in group):
        blocker = _blocker(member, asked, start, start + duration)
        if blocker is not None:
            found.setdefault(member.sub, blocker)
    return list(found.values())


def member_statuses(asked: Query, attendees: Attendees, bounds: IntervalSet) -> list[MemberStatus]:
    """For each member whether any start of the query suits them, and what took the last one away.

    Of somebody who is asked for in several groups the first entry that no start suits is told.
    """
    found: dict[str, MemberStatus] = {}
    for member in (member for group in attendees for member in group):
        if member.sub not in found or found[member.sub].status == "available":
            found[member.sub] = _status(asked, member, bounds)
    return list(found.values())


def _blocker(member: MemberTime, asked: IntervalSet, start: int, end: int) -> MemberBlocker | None:
    if contains(free_time(member, asked), start, end):
        return None
    if member.unseen:
        return MemberBlocker(member.sub, "unknown", detail=member.unseen)
    if member.available_periods is not None and not contains(member.available_periods, start, end):
        return MemberBlocker(member.sub, "outside_available_periods")
    if not member.layers:
        return MemberBlocker(member.sub, "no_availability_rules")
    full = first_overlap(member.full, start, end)
    if full:
        return MemberBlocker(member.sub, "limit_reached", *full)
    for layer in member.layers:
        hit = first_overlap(union(layer.busy), start, end)
        if (hit and layer.hours is None) or (hit and first_overlap(layer.hours or (), start, end)):
            return MemberBlocker(member.sub, "busy", *hit)
    if not _inside_hours(member, start, end):
        return MemberBlocker(member.sub, "outside_hours")
    busy = union(*(layer.busy for layer in member.layers))
    near = first_overlap(busy, start - member.buffer_before, end + member.buffer_after)
    return MemberBlocker(member.sub, "buffer", *(near or (None, None)))


def _inside_hours(member: MemberTime, start: int, end: int) -> bool:
    if any(layer.hours is None for layer in member.layers):
        return True
    return contains(union(*(layer.hours or () for layer in member.layers)), start, end)


def _status(asked: Query, member: MemberTime, bounds: IntervalSet) -> MemberStatus:
    if not _fits(asked, bounds):
        return MemberStatus(member.sub, "unavailable", "outside_query")
    if member.unseen:
        return MemberStatus(member.sub, "unknown", "unknown", member.unseen)
    if _fits(asked, free_time(member, bounds)):
        return MemberStatus(member.sub, "available")
    if not member.layers:
        return MemberStatus(member.sub, "unavailable", "no_availability_rules")
    left = bounds
    if member.available_periods is not None:
        left = intersect(left, member.available_periods)
        if not _fits(asked, left):
            return MemberStatus(member.sub, "unavailable", "outside_available_periods")
    if not any(layer.hours is None for layer in member.layers):
        left = intersect(left, union(*(layer.hours or () for layer in member.layers)))
        if not _fits(asked, left):
            return MemberStatus(member.sub, "unavailable", "outside_hours")
    left = subtract(left, member.full)
    reason: MemberReason = "busy" if _fits(asked, left) else "limit_reached"
    return MemberStatus(member.sub, "unavailable", reason)


def _fits(asked: Query, times: IntervalSet) -> bool:
    if asked.starts is not None:
        return any(contains(times, start, start + asked.duration) for start in asked.starts)
    return any(end - start >= asked.duration for start, end in times)
