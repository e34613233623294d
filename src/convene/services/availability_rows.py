"""Availability queries with everything that was read for them, for whatever is answered from rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.core.availability_query import Attendees, Layer, MemberTime, Query
from convene.core.errors import Invalid
from convene.core.instants import from_seconds, seconds_ceil, seconds_floor
from convene.core.intervals import Interval, IntervalSet, clip, union
from convene.core.member_times import MemberFacts, member_time, reach_of
from convene.services.availability import MAX_AHEAD
from convene.services.availability_reading import Asker, Without, read_facts
from convene.storage.database import Connection

NOTHING = Without()
# After so many members the event loop gets its turn: less than ten milliseconds, even with hundreds of events each.
MEMBERS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """A query with everything that was read for it. `bounds` is what of the asked time can still be had."""

    query: Query
    attendees: Attendees
    bounds: IntervalSet


async def read_queries(
    conn: Connection,
    asker: Asker,
    queries: Sequence[Query],
    now: datetime,
    *,
    is_booking: bool = False,
    without: Without = NOTHING,
    only: Interval | None = None,
    named_at: Sequence[str] = (),
) -> list[ReadQuery]:
    """Read everything that bears on several queries, or on `only` one slot of theirs, at once.

    With `named_at` (what stands before the fields of each query) calendars that are not the member's are refused; else
    whoever was asked about with them is unknown.
    """
    present, ahead = seconds_ceil(now), seconds_floor(now + MAX_AHEAD)
    bounds = [clip([only] if only else asked.asked, present, ahead) for asked in queries]
    whole = union(*bounds)
    if not whole:
        return [ReadQuery(asked, _nobody(asked), ()) for asked in queries]
    reaches = [reach_of(asked) for asked in queries]
    specs = [member for asked in queries for member in asked.members]
    excluded = list(dict.fromkeys(event for asked in queries for event in asked.excluded_events))
    facts = await read_facts(
        conn,
        asker,
        specs,
        from_seconds(whole[0][0]) - timedelta(seconds=max(before for before, _ in reaches)),
        from_seconds(whole[-1][1]) + timedelta(seconds=max(after for _, after in reaches)),
        now,
        excluded,
        without,
    )
    for asked, at in zip(queries, named_at, strict=False):
        check_calendars(asked, facts, at)
    span = whole[0][0], whole[-1][1]
    return [
        ReadQuery(asked, await _attendees(asked, facts, span, is_booking=is_booking), within)
        for asked, within in zip(queries, bounds, strict=True)
    ]


def places(asked: Query, at: str) -> list[tuple[str, str]]:
    """The subs of all members, each with its place in the request. `at`: what stands before the fields' names."""
    return [
        (member.sub, f"{at}participants.{number}.members.{which}")
        for number, group in enumerate(asked.groups)
        for which, member in enumerate(group.members)
    ]


def check_calendars(asked: Query, facts: Mapping[str, MemberFacts], at: str) -> None:
    """Raise `Invalid` if a member is asked about with a calendar that is not theirs."""
    for (sub, place), member in zip(places(asked, at), asked.members, strict=True):
        if sub not in facts:
            continue
        own = {calendar.calendar_id for calendar in facts[sub].calendars}
        for calendar_id in member.calendar_ids or ():
            if calendar_id not in own:
                field = f"{place}.calendar_ids"
                detail = f"{field}: {calendar_id[:60]!r} is no calendar of this member."
                raise Invalid(field, detail, code="not_found")


async def _attendees(
    asked: Query, facts: Mapping[str, MemberFacts], span: Interval, *, is_booking: bool
) -> Attendees:
    found: list[list[MemberTime]] = []
    made = 0
    for group in asked.groups:
        found.append([])
        for member in group.members:
            found[-1].append(member_time(member, facts[member.sub], asked, span, is_booking=is_booking))
            made += 1
            if made % MEMBERS_AT_ONCE == 0:
                await asyncio.sleep(0)
    return found


def _nobody(asked: Query) -> Attendees:
    """The members of a query of which no time is left: nothing needs to be known of them."""
    return [[MemberTime(member.sub, (Layer(None),)) for member in group.members] for group in asked.groups]
