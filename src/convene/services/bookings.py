"""Bookings: confirm, move, cancel, remind.

One transaction does it all: lock everybody's calendars in one order, ask availability again for this one time, take the
time of all participants in one statement, write history, events and jobs, commit. Nothing is sent from here; what must
follow is a row that commits with the booking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Conflict, Invalid, NotFound, SlotTaken, Stale
from convene.core.ids import is_id
from convene.core.instants import from_seconds, tzdata_version, zone
from convene.core.permissions import Caller
from convene.ports.conferencing import Conferencing
from convene.ports.runtime import Clock, JobQueue
from convene.security.tokens import new_id, new_secret
from convene.services.availability import MAX_AHEAD, AvailabilityService, check_duration
from convene.services.booking_events import BookingEvents
from convene.services.booking_snapshot import history, instant, snapshot
from convene.services.idempotency import IdempotencyKey, Outcome, run_once
from convene.services.meeting_place import meeting_place
from convene.services.webhooks import WebhookService
from convene.storage import bookings, links
from convene.storage.bookings import BookingRow, NewBooking, PersonRow
from convene.storage.database import Connection, Database

MAX_PARTICIPANTS = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """A meeting to book. `conferencing` is True (the installation's provider), False, or an address."""

    participants: Sequence[str]
    start: datetime
    duration_minutes: int
    title: str
    note: str = ""
    conferencing: bool | str = True
    origin: Mapping[str, Any] | None = None


class _Taken(Exception):
    """The time is not free; leaves the transaction so that alternatives are searched without locks."""

    def __init__(self, blocked_by: list[dict[str, str]]) -> None:
        self.blocked_by = blocked_by


class BookingService:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        availability: AvailabilityService,
        webhooks: WebhookService,
        conferencing: Conferencing,
        base_url: str,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.availability = availability
        self.webhooks = webhooks
        self.conferencing = conferencing
        self.base_url = base_url
        self.events = BookingEvents(clock, jobs, webhooks, base_url)

    # -- reading

    async def get(self, caller: Caller, booking_id: str) -> dict[str, Any]:
        """Return one booking with its history; `NotFound` unless the caller takes part in it."""
        caller.require("bookings:read")
        async with self.db.transaction() as conn:
            row = await self._visible(conn, caller, booking_id)
            found = await self.events.snapshot(conn, row)
            found["history"] = history(await bookings.list_revisions(conn, row.org_id, row.booking_id))
        return found

    async def mine(
        self, caller: Caller, since: datetime, until: datetime, limit: int
    ) -> list[dict[str, Any]]:
        """Return the member's bookings that touch `[since, until)`, by start, cancelled ones too."""
        caller.require("bookings:read")
        async with self.db.transaction() as conn:
            rows = await bookings.list_bookings(conn, caller.org_id, caller.member_id, since, until, limit)
            ids = [row.booking_id for row in rows]
            people = await bookings.list_participants(conn, caller.org_id, ids)
            guests = await links.list_guests(conn, caller.org_id, ids)
        return [
            snapshot(row, people[row.booking_id], self.base_url, guests=guests[row.booking_id])
            for row in rows
        ]

    async def find_row(self, caller: Caller, booking_id: str) -> BookingRow:
        """Return the stored booking if the caller takes part in it."""
        caller.require("bookings:read")
        async with self.db.transaction() as conn:
            return await self._visible(conn, caller, booking_id)

    async def _visible(self, conn: Connection, caller: Caller, booking_id: str) -> BookingRow:
        row = (
            await bookings.find_booking(conn, caller.org_id, booking_id) if is_id(booking_id, "bkg") else None
        )
        people = await bookings.list_participants(conn, caller.org_id, [booking_id]) if row else {}
        subs = {person.account_id for person in people.get(booking_id, [])}
        if row is None or caller.member_id not in subs:
            raise NotFound("There is no such meeting, or you do not take part in it.")
        return row

    # -- confirm

    async def confirm(self, caller: Caller, draft: Draft, key: IdempotencyKey | None = None) -> Outcome:
        """Book a meeting of the member acted for with `draft.participants`.

        The organizer agrees to their own time: their working hours and notice do not bound it, their calendar does.

        Raises:
            Invalid: names the field.
            SlotTaken: with `alternatives` and `blocked_by`.
        """
        caller.require("bookings:write")
        organizer = caller.member_id
        everybody = list(dict.fromkeys([organizer, *draft.participants]))
        self._check(draft, organizer, everybody)
        try:
            async with self.db.transaction() as conn:

                async def work() -> dict[str, Any]:
                    return await self._confirm(conn, caller, draft, everybody)

                return await run_once(conn, key, self.clock(), work)
        except _Taken as taken:
            raise await self._slot_taken(
                caller, everybody, draft.start, draft.duration_minutes, taken
            ) from None

    def _check(self, draft: Draft, organizer: str, everybody: Sequence[str]) -> None:
        for sub in draft.participants:
            if not is_id(sub, "acc"):
                raise Invalid("participants", f"participants: {sub[:40]!r} is not an account id.")
        if len(everybody) < 2:
            raise Invalid("participants", "participants must name somebody besides yourself.")
        if len(everybody) > MAX_PARTICIPANTS:
            raise Invalid("participants", f"participants: at most {MAX_PARTICIPANTS} people.")
        check_duration(draft.duration_minutes)
        self._check_start(draft.start)

    def _check_start(self, start: datetime) -> None:
        if start.second or start.microsecond:
            raise Invalid("start", "start must be a whole minute.")
        if start > self.clock() + MAX_AHEAD:
            raise Invalid("start", f"start may be at most {MAX_AHEAD.days} days ahead.")

    async def _confirm(
        self, conn: Connection, caller: Caller, draft: Draft, everybody: Sequence[str]
    ) -> dict[str, Any]:
        now = self.clock()
        end = draft.start + timedelta(minutes=draft.duration_minutes)
        people = await bookings.lock_people(conn, caller.org_id, everybody)
        await self._recheck(conn, caller, people, everybody, draft.start, draft.duration_minutes)
        organizer = next(row for row in people if row.account_id == caller.member_id)
        new = NewBooking(
            org_id=caller.org_id,
            booking_id=new_id("booking"),
            title=draft.title or default_title(people),
            note=draft.note,
            organizer_id=organizer.account_id,
            starts_at=draft.start,
            ends_at=end,
            local_start=draft.start.astimezone(zone(organizer.tzid)).replace(tzinfo=None),
            tzid=organizer.tzid,
            tzdata_version=tzdata_version(),
            conferencing=meeting_place(self.conferencing, draft.conferencing),
            uid=f"{new_secret()}@convene",
            origin=dict(draft.origin or {}),
        )
        await bookings.insert_booking(conn, new, now)
        if not await bookings.insert_participants(
            conn, caller.org_id, new.booking_id, organizer.account_id, people, draft.start, end
        ):
            raise _Taken([])
        return await self.events.follow(conn, caller, new.booking_id, "confirmed")

    async def _recheck(
        self,
        conn: Connection,
        caller: Caller,
        people: Sequence[PersonRow],
        everybody: Sequence[str],
        start: datetime,
        duration_minutes: int,
        excluded_booking: str | None = None,
    ) -> None:
        """Ask availability once more, under lock, for this one time."""
        found = await self.availability.attendance(
            conn,
            caller,
            people,
            everybody,
            start,
            start + timedelta(minutes=duration_minutes),
            flexible=(caller.member_id,),
            excluded_booking=excluded_booking,
        )
        blocked = self.availability.blockers(caller, found, start, duration_minutes, self.clock())
        if blocked:
            raise _Taken([{"sub": item.sub, "reason": item.reason} for item in blocked])

    async def _slot_taken(
        self,
        caller: Caller,
        everybody: Sequence[str],
        start: datetime,
        duration_minutes: int,
        taken: _Taken,
        excluded_booking: str | None = None,
    ) -> SlotTaken:
        near = await self.availability.alternatives(
            caller,
            everybody,
            start,
            duration_minutes,
            flexible=(caller.member_id,),
            excluded_booking=excluded_booking,
        )
        reasons = {item["reason"] for item in taken.blocked_by}
        detail = "That time has passed. Pick another." if reasons == {"past"} else ""
        return SlotTaken(
            detail or "That time is no longer free. Nothing was booked; pick another.",
            alternatives=[
                {"start": instant(from_seconds(item.start)), "end": instant(from_seconds(item.end))}
                for item in near
            ],
            blocked_by=taken.blocked_by,
        )

    # -- move

    async def reschedule(
        self,
        caller: Caller,
        booking_id: str,
        start: datetime,
        duration_minutes: int | None = None,
        message: str = "",
        *,
        expected_revision: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Move a meeting; any participant may. Moving it to where it is changes nothing.

        People who have been suspended stay listed; nobody waits for their time.

        Raises:
            Stale: `expected_revision` is not the current one.
            Conflict: `already_cancelled`, or nobody else is left to meet.
            SlotTaken: with `alternatives` and `blocked_by`; the meeting stays where it was.
        """
        caller.require("bookings:write")
        self._check_start(start)
        if duration_minutes is not None:
            check_duration(duration_minutes)
        length = duration_minutes or 0
        everybody: list[str] = []
        try:
            async with self.db.transaction() as conn:

                async def work() -> dict[str, Any]:
                    nonlocal length
                    row, people = await self._lock(conn, caller, booking_id, expected_revision, everybody)
                    if row.state == "cancelled":
                        raise Conflict("This meeting was cancelled.", code="already_cancelled")
                    if not length:
                        length = int((row.ends_at - row.starts_at) / timedelta(minutes=1))
                    end = start + timedelta(minutes=length)
                    if (start, end) == (row.starts_at, row.ends_at):
                        return await self.events.snapshot(conn, row)
                    everybody[:] = [person.account_id for person in people if person.suspended_at is None]
                    if len(everybody) < 2 and row.link_id is None:
                        raise Conflict("Everybody else in this meeting has left. Cancel it instead.")
                    await self._recheck(conn, caller, people, everybody, start, length, booking_id)
                    return await self._move(conn, caller, row, people, start, end, message)

                return await run_once(conn, key, self.clock(), work)
        except _Taken as taken:
            raise await self._slot_taken(caller, everybody, start, length, taken, booking_id) from None

    async def _move(
        self,
        conn: Connection,
        caller: Caller,
        row: BookingRow,
        people: Sequence[PersonRow],
        start: datetime,
        end: datetime,
        message: str,
    ) -> dict[str, Any]:
        await bookings.update_time(
            conn,
            row,
            starts_at=start,
            ends_at=end,
            local_start=start.astimezone(zone(row.tzid)).replace(tzinfo=None),
            tzdata_version=tzdata_version(),
            previous={"start": instant(row.starts_at), "end": instant(row.ends_at)},
            reason=message,
            changed_by=caller.member_id,
            now=self.clock(),
        )
        await bookings.delete_participants(conn, row.org_id, row.booking_id)
        if not await bookings.insert_participants(
            conn, row.org_id, row.booking_id, row.organizer_id, people, start, end
        ):
            raise _Taken([])
        return await self.events.follow(conn, caller, row.booking_id, "rescheduled")

    # -- cancel

    async def cancel(
        self,
        caller: Caller,
        booking_id: str,
        reason: str = "",
        *,
        expected_revision: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Cancel a meeting; any participant may. A cancelled one stays as it is.

        Raises:
            Stale: `expected_revision` is not the current one.
        """
        caller.require("bookings:write")
        async with self.db.transaction() as conn:

            async def work() -> dict[str, Any]:
                row, _ = await self._lock(conn, caller, booking_id, None, [])
                if row.state == "cancelled":
                    return await self.events.snapshot(conn, row)
                self._expect(row, expected_revision)
                await bookings.update_cancelled(
                    conn, row, reason=reason, changed_by=caller.member_id, now=self.clock()
                )
                await bookings.release_participants(conn, row.org_id, row.booking_id)
                return await self.events.follow(conn, caller, booking_id, "cancelled")

            return await run_once(conn, key, self.clock(), work)

    async def _lock(
        self,
        conn: Connection,
        caller: Caller,
        booking_id: str,
        expected_revision: int | None,
        everybody: list[str],
    ) -> tuple[BookingRow, list[PersonRow]]:
        """Lock the people, their calendars and the booking, in that order; fill `everybody` with the people."""
        await self._visible(conn, caller, booking_id)
        listed = await bookings.list_participants(conn, caller.org_id, [booking_id])
        everybody[:] = [person.account_id for person in listed[booking_id]]
        people = await bookings.lock_people(conn, caller.org_id, everybody)
        row = await bookings.lock_booking(conn, caller.org_id, booking_id)
        assert row is not None
        self._expect(row, expected_revision)
        return row, people

    def _expect(self, row: BookingRow, expected_revision: int | None) -> None:
        if expected_revision is not None and row.revision != expected_revision:
            raise Stale(
                "This meeting has changed since you opened it. Look at it again, then decide.",
                revision=row.revision,
            )

    # -- calendars

    async def retry_calendar(self, caller: Caller, booking_id: str) -> dict[str, Any]:
        """Try at once again to write what failed or waits of this meeting into calendars; any participant may."""
        caller.require("bookings:write")
        async with self.db.transaction() as conn:
            await self._visible(conn, caller, booking_id)
            await bookings.lock_booking(conn, caller.org_id, booking_id)
            await self.events.retry_writes(conn, caller.org_id, booking_id)
            return await self.events.snapshot(conn, await self._visible(conn, caller, booking_id))

    async def announce_synced(self, conn: Connection, org_id: str, booking_id: str) -> None:
        """Tell subscribers that a participant's calendar has caught up or fallen behind."""
        await self.events.announce_synced(conn, org_id, booking_id)

    async def remind(self, org_id: str, booking_id: str, revision: int) -> None:
        """Announce a meeting that begins in ten minutes, unless it was moved or cancelled meanwhile."""
        async with self.db.transaction() as conn:
            await self.events.announce_reminder(conn, org_id, booking_id, revision)


def default_title(people: Sequence[PersonRow]) -> str:
    """Return a title for a meeting that was given none: who meets."""
    names = [person.name for person in people]
    return " and ".join(names) if len(names) == 2 else f"{names[0]} and {len(names) - 1} others"
