"""Availability queries of applications and booking links: read once, answered by `core.availability_query`.

Listing (`find`, `sequences`) and the re-check inside a booking (`check`) read the same rows and ask the same functions.
`find` and `rendered` keep what they made of each member for the next question (`availability_ready`); the re-check, and
everything else that is handed a connection, reads the rows.
Query periods in the past, or further ahead than calendars are read, answer nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from convene.core.applications import Application
from convene.core.availability_periods import find_periods
from convene.core.availability_query import (
    MemberSpec,
    Query,
    find,
    participants_at,
)
from convene.core.availability_query_checks import QueryLimits, checked_query, checked_sequence
from convene.core.availability_reasons import MemberBlocker, MemberStatus, blockers_at, member_statuses
from convene.core.errors import Invalid
from convene.core.instants import from_seconds, seconds_ceil, seconds_floor
from convene.core.intervals import Interval, contains
from convene.core.member_times import MemberFacts, reach_of
from convene.core.sequenced_query import SequencedQuery, SequencedSlot, find_sequences
from convene.core.slot_columns import Slot
from convene.identity.claims import Claim
from convene.ports.runtime import Clock
from convene.services.availability import MAX_AHEAD
from convene.services.availability_cache import AvailabilityCache
from convene.services.availability_reading import Asker, Without, read_facts
from convene.services.availability_ready import (
    Found,
    ReadyAnswers,
    View,
    is_keepable,
    versions_of,
    view_of,
)
from convene.services.availability_rows import (
    MEMBERS_AT_ONCE,
    NOTHING,
    ReadQuery,
    check_calendars,
    places,
    read_queries,
)
from convene.storage.database import Connection, Database

__all__ = ["Answer", "Asker", "AvailabilityQueryService", "Check", "SequenceAnswer", "Without"]

T = TypeVar("T")


class Visibility(Protocol):
    """Says which accounts an application may see (`identity.applications`)."""

    async def require_visible(
        self, conn: Connection, application: Application, subs: Collection[str], field: str = "sub"
    ) -> None: ...


class VisibleVersions(Protocol):
    """Says the same with the versions of the accounts' time, and proves a claim (`identity.claims`)."""

    async def visible_versions(
        self, conn: Connection, claim: Claim, subs: Collection[str], field: str = "sub"
    ) -> Mapping[str, int]: ...

    async def versions_soon(self, claim: Claim, subs: frozenset[str]) -> Awaitable[Mapping[str, int]]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """`statuses` is None unless they were asked for."""

    query: Query
    slots: Sequence[Slot]
    statuses: Sequence[MemberStatus] | None


@dataclass(frozen=True, slots=True)
class SequenceAnswer:
    itineraries: Sequence[tuple[SequencedSlot, ...]]


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one slot can be had: everybody free for it, or who is in the way.

    `participants` is None if it cannot. `outside` then says that this is not about people: the slot lies in the past
    (`past`), further ahead than calendars are read (`horizon`) or in no period of the query (`outside_query`).
    """

    participants: tuple[str, ...] | None
    blockers: Sequence[MemberBlocker] = ()
    outside: Literal["", "past", "horizon", "outside_query"] = ""


class AvailabilityQueryService:
    """Args:
    clock: the present; nothing before it is ever offered.
    visibility: which accounts an application may ask about.
    cache: where parts of answers are kept; without one nothing is.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        visibility: VisibleVersions,
        limits: QueryLimits | None = None,
        cache: AvailabilityCache | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.visibility = visibility
        self.limits = limits or QueryLimits()
        self.ready = ReadyAnswers(AvailabilityCache(0) if cache is None else cache)

    async def find(self, application: Application, asked: Query) -> Answer:
        """Return the times at which every group has enough members, in the format asked for.

        Raises:
            Invalid: names the field out of bounds, or the member whom the application may not see.
            Forbidden: the credential lacks the scope or permission.
        """
        asked = self._judged(application, asked)
        versions = await self._versions(Claim(application), asked)
        answer, _, _ = await self._found(application, asked, versions)
        return answer

    async def rendered(self, claim: Claim, asked: Query, render: Callable[[Answer], bytes]) -> bytes:
        """`find`, rendered. What was rendered is sent again as long as nothing that it tells of has changed.

        While the database is asked whether the claim works, and for the versions, an answer is drafted; it is told if
        both turn out well.

        Args:
            claim: is proved on the way. Whatever is raised for one that was not proved before must be asked again with
                one that was, to learn why.
            render: depends on the answer alone, and is the same function in every call.
        """
        application = claim.application
        asked = self._judged(application, asked)
        if claim.credential is None:
            return await self._rendered(application, asked, await self._versions(claim, asked), render)
        subs = frozenset(member.sub for member in asked.members)
        # Answered while the draft is made.
        proof = await self.visibility.versions_soon(claim, subs)
        view = self._view(application, asked)
        draft = (
            None if view is None else self.ready.draft(view, lambda slots: render(Answer(asked, slots, None)))
        )
        versions = await proof
        if view is None or draft is None or draft.versions != versions_of(view, versions):
            return await self._rendered(application, asked, versions, render)
        if draft.found is not None:
            self.ready.keep_rendering(view, versions, draft.found, draft.rendering)
        return draft.rendering

    def _judged(self, application: Application, asked: Query) -> Query:
        """Raises as `find` does for what can be told without looking."""
        _allow(application)
        return checked_query(asked, self.limits)

    async def _versions(self, claim: Claim, asked: Query) -> Mapping[str, int]:
        """Read the versions that what is kept must have. Raises as `find` does.

        There is no transaction around this and the reading of rows: what counts is that versions are read before.
        """
        async with self.db.connection() as conn:
            return await self._visible(conn, claim, asked)

    def _view(self, application: Application, asked: Query) -> View | None:
        """None where nothing that is kept can help."""
        whose = application.org_id, application.client_id
        return view_of(asked, whose, self.clock()) if is_keepable(asked) else None

    async def _rendered(
        self,
        application: Application,
        asked: Query,
        versions: Mapping[str, int],
        render: Callable[[Answer], bytes],
    ) -> bytes:
        answer, view, found = await self._found(application, asked, versions)
        told = render(answer)
        if view is not None and found is not None:
            self.ready.keep_rendering(view, versions, found, told)
        return told

    async def _found(
        self, application: Application, asked: Query, versions: Mapping[str, int]
    ) -> tuple[Answer, View | None, Found | None]:
        asker = Asker(application.org_id, application.client_id)
        view = self._view(application, asked)
        if view is None:
            async with self.db.connection() as conn:
                [read] = await read_queries(conn, asker, [asked], self.clock(), named_at=[""])
            return await _apart(len(asked.members), _answered, read), None, None
        before, after = reach_of(asked)
        now = view.now

        async def facts(specs: Sequence[MemberSpec], time: Interval) -> Mapping[str, MemberFacts]:
            since = from_seconds(time[0]) - timedelta(seconds=before)
            until = from_seconds(time[1]) + timedelta(seconds=after)
            async with self.db.connection() as conn:
                read = await read_facts(conn, asker, specs, since, until, now)
            check_calendars(asked, read, "")
            return read

        found = await self.ready.find(view, versions, facts)
        return Answer(asked, found.slots, None), view, found

    async def sequences(self, application: Application, asked: SequencedQuery) -> SequenceAnswer:
        """Return itineraries of several meetings, one after the other. Raises as `find` does."""
        _allow(application)
        asked = checked_sequence(asked, self.limits)
        async with self.db.transaction() as conn:
            for number, item in enumerate(asked.items):
                await self._visible(conn, Claim(application), item.query, f"sequence.{number}.")
            asker = Asker(application.org_id, application.client_id)
            queries = [item.query for item in asked.items]
            names = [f"sequence.{number}." for number in range(len(queries))]
            read = await read_queries(conn, asker, queries, self.clock(), named_at=names)
        members = sum(len(query.members) for query in queries)
        return await _apart(members, _sequenced, asked, read)

    async def answer(
        self,
        conn: Connection,
        asker: Asker,
        asked: Query,
        *,
        is_booking: bool = False,
        without: Without = NOTHING,
    ) -> Answer:
        """`find` for a query that has been checked, of accounts that may be seen.

        Args:
            is_booking: what is found will be booked here. Bookings and holds then count whatever calendars a member
                was asked about, because nobody can be booked twice at once.
            without: bookings and holds that are left out.
        """
        [read] = await read_queries(
            conn, asker, [asked], self.clock(), is_booking=is_booking, without=without
        )
        return await _apart(len(asked.members), _answered, read)

    async def itineraries(
        self,
        conn: Connection,
        asker: Asker,
        asked: SequencedQuery,
        *,
        is_booking: bool = False,
        without: Without = NOTHING,
    ) -> SequenceAnswer:
        """`sequences` for what has been checked; see `answer`."""
        queries = [item.query for item in asked.items]
        read = await read_queries(conn, asker, queries, self.clock(), is_booking=is_booking, without=without)
        return await _apart(sum(len(query.members) for query in queries), _sequenced, asked, read)

    async def check(
        self,
        conn: Connection,
        asker: Asker,
        asked: Query,
        start: datetime,
        *,
        is_booking: bool = True,
        without: Without = NOTHING,
    ) -> Check:
        """Tell whether the one slot at `start` can be had now: exactly if listing it now would offer it.

        Call it with the members' accounts and calendars locked (`storage.bookings.lock_people`) and book in the same
        transaction. Where slots may start (`start_interval`) is not judged here, only who is free; `query_slots` are.
        """
        begins, now = seconds_floor(start), self.clock()
        ends = begins + asked.duration
        if begins < seconds_ceil(now):
            return Check(None, outside="past")
        if ends > seconds_floor(now + MAX_AHEAD):
            return Check(None, outside="horizon")
        is_asked = contains(asked.asked, begins, ends) if asked.starts is None else begins in asked.starts
        if not is_asked:
            return Check(None, outside="outside_query")
        only = begins, ends
        [read] = await read_queries(
            conn, asker, [asked], now, is_booking=is_booking, without=without, only=only
        )
        who = participants_at(asked.groups, read.attendees, read.bounds, begins, asked.duration)
        if who is not None:
            return Check(who)
        return Check(None, blockers_at(read.attendees, read.bounds, begins, asked.duration))

    async def _visible(self, conn: Connection, claim: Claim, asked: Query, at: str = "") -> Mapping[str, int]:
        """Return the version of every member's time.

        Raises `Invalid` that names the place of the member whom the application may not see.
        """
        subs = {member.sub for member in asked.members}
        try:
            return await self.visibility.visible_versions(conn, claim, subs, f"{at}participants")
        except Invalid:
            for sub, place in places(asked, at):
                await self.visibility.visible_versions(conn, claim, [sub], f"{place}.sub")
            raise


def _allow(application: Application) -> None:
    if application.kind == "element":
        # It may be for several accounts; like a client secret it asks about whoever has authorized its application.
        application.require_permission("availability")
        return
    application.require_scope(
        "read_free_busy", "read_events", "free_busy", "free_busy_write", "read_only", "read_write"
    )


async def _apart(members: int, work: Callable[..., T], *arguments: object) -> T:
    """Let `work`, which looks at nothing but its arguments, not hold up the event loop if it is about many members."""
    if members <= MEMBERS_AT_ONCE:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)


def _answered(read: ReadQuery) -> Answer:
    asked = read.query
    if asked.starts is None and asked.response_format == "periods":
        slots = find_periods(asked, read.attendees, read.bounds)
    else:
        slots = find(asked, read.attendees, read.bounds)
    told = member_statuses(asked, read.attendees, read.bounds) if asked.include_member_statuses else None
    return Answer(asked, slots, told)


def _sequenced(asked: SequencedQuery, read: Sequence[ReadQuery]) -> SequenceAnswer:
    return SequenceAnswer(
        find_sequences(asked, [one.attendees for one in read], [one.bounds for one in read])
    )
