"""Two-way rules: what becomes of a booked meeting that was moved, edited or deleted in somebody's own calendar.

A round of reading, or a write that finds the event changed, queues the question here. The event is read once more, so that
nothing is decided on what an old or half read said; then the three versions are merged (`core.event_merge`) and each
difference becomes a change of the booking, a question to people, or is put back. What was taken into account becomes the
new base, in the transaction of the last decision: a job that dies half-way comes to the same when it runs again, and one
that runs twice finds nothing to decide. See docs/explanation/two-way.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from convene.core.errors import Conflict, ConveneError, Invalid, SlotTaken, Stale, Unavailable
from convene.core.event_merge import Merged, Unit, Version, merge
from convene.formats.event_version import HeldEvent
from convene.formats.icalendar_limits import CalendarRefused
from convene.ports.calendars import CalendarProvider, ProviderError, RemoteEvent
from convene.ports.runtime import Clock, JobQueue
from convene.services.bookings import BookingService
from convene.services.calendar_tokens import CalendarTokens
from convene.services.event_versions import (
    agreed,
    base_of,
    held_of,
    is_unchanged,
    ours_of,
    theirs_of,
)
from convene.services.event_writing import addresses_of
from convene.services.sync import NotifyAttention
from convene.services.two_way_decisions import NOT_MOVED, Decisions, Parties, Verdict, acting
from convene.services.two_way_queue import DELETED_THERE, What, queue_weighing
from convene.storage import booking_conferences, booking_writes, bookings, calendars, connections
from convene.storage.booking_writes import Copy
from convene.storage.database import Connection, Database

# A calendar that cannot be asked is asked again, at the latest after an hour.
RETRY_BASE, RETRY_CAP = timedelta(minutes=1), timedelta(hours=1)


NONE: frozenset[Unit] = frozenset()
TIME: frozenset[Unit] = frozenset({"time"})


class _Again(Exception):
    """Something changed while it was decided: decide anew."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Everything a decision needs. `current` is what the calendar holds now, None for nothing."""

    copy: Copy
    parties: Parties
    current: RemoteEvent | None


class TwoWayService:
    """Args:
    providers: by kind.
    notify_attention: told, inside the storing transaction, that a person must look.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        tokens: CalendarTokens,
        providers: Mapping[str, CalendarProvider],
        booking_service: BookingService,
        *,
        notify_attention: NotifyAttention,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.tokens = tokens
        self.providers = providers
        self.bookings = booking_service
        self.base_url = booking_service.base_url
        self.decisions = Decisions(clock, jobs, booking_service, notify_attention)

    async def weigh(
        self, org_id: str, booking_id: str, account_id: str, what: What, attempt: int = 0
    ) -> None:
        """Decide what became of one participant's copy of a booking, if anything did. Safe to call twice.

        Never raises for what the remote side does, or for a change that came between: it is tried again later.
        """
        key = org_id, booking_id, account_id
        try:
            found = await self._look(*key)
            if found is None:
                return
            if found.current is not None:
                await self._edited(found, found.current)
            elif what != "edited":
                # An edit says nothing of an event that is gone by now: the round that misses it will.
                await self._deleted(found, is_cleared=what == "cleared")
        except ProviderError as error:
            wait = min(RETRY_BASE * 2 ** min(attempt, 10), RETRY_CAP)
            wait = max(wait, timedelta(seconds=error.retry_after_seconds or 0))
            await self._again(key, what, wait, attempt + 1)
        except (_Again, Stale, Unavailable):
            await self._again(key, what, timedelta(seconds=2), attempt)

    async def _again(self, key: tuple[str, str, str], what: What, wait: timedelta, attempt: int) -> None:
        async with self.db.transaction() as conn:
            at = self.clock() + wait
            await queue_weighing(self.jobs, conn, *key, what, at=at, attempt=attempt)

    async def _look(self, org_id: str, booking_id: str, account_id: str) -> _Weighed | None:
        """Return what there is to decide about; None for a meeting that is off, over, or written nowhere."""
        async with self.db.transaction() as conn:
            parties = await self._parties(conn, org_id, booking_id, account_id)
            copy = await booking_writes.get_copy(conn, org_id, booking_id, account_id)
            asked = await booking_conferences.find_asked(conn, org_id, booking_id)
        is_awaited = asked is not None and asked.account_id == account_id
        if parties is None or copy is None or not copy.remote_id:
            return None
        if copy.leased_until is not None and copy.leased_until > self.clock():
            raise _Again  # it is being written
        provider = self.providers.get(parties.connection.kind)
        if provider is None:
            return None
        credentials = await self.tokens.credentials(parties.connection)
        current = await provider.get_event(credentials, parties.calendar.remote_id, copy.remote_id)
        if is_awaited and current is not None:
            # What the service writes into the event together with a place to meet is no edit of its owner's.
            raise ProviderError("temporary", "conference_awaited", "The event gets its link to join.")
        return _Weighed(copy, parties, current)

    async def _parties(
        self, conn: Connection, org_id: str, booking_id: str, account_id: str
    ) -> Parties | None:
        booking = await bookings.find_booking(conn, org_id, booking_id)
        if booking is None or booking.state != "confirmed" or booking.ends_at <= self.clock():
            return None
        copy = await booking_writes.get_copy(conn, org_id, booking_id, account_id)
        calendar = await calendars.get_calendar(conn, org_id, copy.calendar_id) if copy else None
        if copy is None or calendar is None:
            return None
        connection = await connections.get_connection(conn, org_id, calendar.connection_id)
        people = (await bookings.list_participants(conn, org_id, [booking_id]))[booking_id]
        rooms = (await bookings.list_rooms(conn, org_id, [booking_id]))[booking_id]
        if connection is None or account_id not in {person.account_id for person in people}:
            return None
        return Parties(booking, account_id, people, rooms, calendar, connection)

    # -- edited

    async def _edited(self, found: _Weighed, current: RemoteEvent) -> None:
        copy, parties = found.copy, found.parties
        try:
            held = held_of(current.raw, parties.booking, addresses_of(parties.connection))
        except CalendarRefused:
            return  # the round has told its owner that the event cannot be read
        ours = ours_of(parties.booking, parties.people, self.base_url, parties.account_id)
        base = copy.base
        if base is None and copy.state != "written":
            return  # its first write is on its way
        is_echo = current.etag != "" and current.etag == copy.etag
        theirs = theirs_of(held, base, ours)
        if is_echo or (base is not None and is_unchanged(held, base)):
            is_known = base is not None and base == base_of(held, base["words"])
            if not is_known or copy.etag != current.etag or copy.state == "failed":
                same = Merged(ours.version, NONE, NONE, NONE)
                await self._settle(found, held, current.etag, theirs, same, ours.version)
            return
        mine = ours.version
        if copy.keeps_text:
            theirs = replace(theirs, title=mine.title, description=mine.description)
        # Written before it was remembered what, and not changed since: what is booked is what we wrote.
        known = agreed(base, mine) if base else mine
        if copy.keeps_text:
            known = replace(known, title=mine.title, description=mine.description)
        merged = merge(known, mine, theirs, parties.policy.conflict_rule)
        if not parties.words_it:
            # What a meeting is called is not this account's to say: its own wording stays in its own calendar.
            own = (merged.conflicts | merged.refused) - TIME
            merged = replace(
                merged,
                taken=merged.taken | own,
                refused=merged.refused - own,
                conflicts=merged.conflicts - own,
            )
        if not parties.policy.reads:
            merged = Merged(mine, NONE, merged.taken | merged.refused | merged.conflicts, NONE)
        await self._settle(found, held, current.etag, theirs, merged, mine)

    async def _settle(
        self, found: _Weighed, held: HeldEvent, etag: str, theirs: Version, merged: Merged, ours: Version
    ) -> None:
        """Carry out what a merge came to, in one transaction: a move by the path of anybody's, then the rest."""
        verdict = _verdict(found.parties, held, theirs, merged)

        async def settle(conn: Connection, verdict: Verdict) -> None:
            booking = await bookings.find_booking(conn, *found.parties.key[:2])
            copy = await booking_writes.get_copy(conn, *found.parties.key)
            if booking is None or copy is None or booking.is_off:
                return
            moves = 1 if verdict.is_moved else 0
            if copy.base != found.copy.base or booking.revision != found.parties.booking.revision + moves:
                raise _Again
            await self.decisions.settle(
                conn,
                replace(found.parties, booking=booking),
                found.copy,
                held=held,
                etag=etag,
                ours=ours,
                theirs=theirs,
                merged=merged,
                verdict=verdict,
            )

        if verdict.is_moved:
            verdict = await self._move(found.parties, theirs, settle)
        if not verdict.is_moved:
            async with self.db.transaction() as conn:
                await bookings.lock_booking(conn, *found.parties.key[:2])
                await settle(conn, verdict)

    async def _move(
        self, parties: Parties, theirs: Version, settle: Callable[[Connection, Verdict], Awaitable[None]]
    ) -> Verdict:
        """Move the meeting as its host's own wish, with all that follows; return why not if it cannot be."""
        verdict = Verdict(is_moved=True)

        async def also(conn: Connection) -> None:
            await settle(conn, verdict)

        try:
            await self.bookings.reschedule(
                acting(parties),
                parties.booking.booking_id,
                theirs.start,
                int((theirs.end - theirs.start) / timedelta(minutes=1)),
                expected_revision=parties.booking.revision,
                also=also,
            )
        except SlotTaken as taken:
            return Verdict(refusal=_why(parties, taken))
        except (Invalid, Conflict) as error:
            return Verdict(refusal=f"{error.detail[:1].lower()}{error.detail[1:].rstrip('.')}")
        return verdict

    # -- deleted

    async def _deleted(self, found: _Weighed, *, is_cleared: bool) -> None:
        copy, parties = found.copy, found.parties
        if copy.state != "written" or copy.is_held or copy.base is None:
            # Our own write is on its way, or was never there: what is missing says nothing.
            return
        if parties.connection.state != "ok" or parties.calendar.vanished_at is not None:
            raise ProviderError("temporary", "doubtful", "The calendar is not known well enough right now.")
        policy = parties.policy
        may_cancel = parties.is_host or len(parties.people) == 2
        if is_cleared or policy.on_delete == "ask" or not policy.reads or not may_cancel:
            await self._ask_deleted(parties)
            return
        ours = ours_of(parties.booking, parties.people, self.base_url, parties.account_id)
        reason = f"Deleted in {parties.calendar.name}."

        async def told(conn: Connection) -> None:
            await self.decisions.record(
                conn, parties, "cancelled", fields=("start", "end"), ours=ours.version, theirs=None
            )

        try:
            await self.bookings.cancel(
                acting(parties),
                parties.booking.booking_id,
                reason,
                expected_revision=parties.booking.revision,
                also=told,
            )
        except ConveneError as error:
            if isinstance(error, Stale | Unavailable):
                raise
            await self._ask_deleted(parties)

    async def _ask_deleted(self, parties: Parties) -> None:
        async with self.db.transaction() as conn:
            await bookings.lock_booking(conn, parties.booking.org_id, parties.booking.booking_id)
            copy = await booking_writes.get_copy(conn, *parties.key)
            if copy is None or copy.state != "written" or copy.is_held:
                raise _Again
            await booking_writes.wait_for_owner(conn, *parties.key, DELETED_THERE, self.clock())
            await self.decisions.show(conn, *parties.key[:2])
            ours = ours_of(parties.booking, parties.people, self.base_url, parties.account_id).version
            fields = ("start", "end")
            await self.decisions.ask(conn, parties, "deleted", fields, None, ours=ours)
            await self.decisions.record(conn, parties, "asked", fields=fields, ours=ours, theirs=None)


def _verdict(parties: Parties, held: HeldEvent, theirs: Version, merged: Merged) -> Verdict:
    """Tell what shall become of the time that an event has now: `is_moved` if it may be tried."""
    if held.start is None or held.end is None or held.end <= held.start:
        return Verdict(refusal="a meeting here has one time, and neither whole days nor repetitions")
    if "time" in merged.refused:
        return Verdict(refusal="what is booked here stands for this account")
    if "time" not in merged.taken:
        return NOT_MOVED
    if not parties.is_host:
        return Verdict(refusal="only its host can move this meeting")
    if parties.policy.on_move == "propose" and len(parties.people) > 1:
        return Verdict(is_proposed=True)
    if (theirs.end - theirs.start) % timedelta(minutes=1):
        return Verdict(refusal="meetings last whole minutes")
    return Verdict(is_moved=True)


def _why(parties: Parties, taken: SlotTaken) -> str:
    """Say who is in the way, as they are told in free/busy anyway."""
    names = {person.account_id: person.name for person in parties.people}
    names |= {room.account_id: room.name for room in parties.rooms}
    blocked = [item for item in taken.fields.get("blocked_by", ()) if item["sub"] in names]
    if any(item["reason"] == "past" for item in blocked):
        return "that time has passed"
    if not blocked:
        return "somebody is not free then"
    who = ", ".join(dict.fromkeys(names[item["sub"]] for item in blocked))
    return f"{who} cannot come then"
