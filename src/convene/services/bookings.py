"""Bookings: confirm, move, cancel, remind.

One transaction does it all: lock everybody's calendars in one order, ask availability again for this one time, take the
time of all participants in one statement, write history, events and jobs, commit. Nothing is sent from here; what must
follow is a row that commits with the booking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Conflict, Invalid, Stale
from convene.core.ids import is_id
from convene.core.instants import tzdata_version, zone
from convene.core.permissions import Caller
from convene.ports.conferencing import Conferencing
from convene.ports.runtime import Clock, JobQueue
from convene.security.tokens import new_id, new_secret
from convene.services.availability import AvailabilityService
from convene.services.availability_question import check_duration
from convene.services.availability_shares import Consent
from convene.services.booking_events import BookingEvents
from convene.services.booking_reading import BookingReading
from convene.services.booking_snapshot import instant
from convene.services.conference_requests import ask_for_place, place_of
from convene.services.idempotency import IdempotencyKey, Outcome, run_once
from convene.services.slot_checks import MAX_PARTICIPANTS, SlotChecks, Taken, check_subs
from convene.services.webhooks import WebhookService
from convene.storage import bookings, holds
from convene.storage.bookings import BookingRow, NewBooking, PersonRow
from convene.storage.database import Connection, Database

Also = Callable[[Connection], Awaitable[None]]
"""(conn): what must be stored together with a change, or not at all. Called with people and booking locked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A meeting to book, with `share_id` in time that one of the participants shares. `conferencing` is True (the installation's provider), "calendar" (the host's calendar account's), False, or an address.

    Rooms may stand among the participants as well as in `resources`.
    """

    participants: Sequence[str]
    start: datetime
    duration_minutes: int
    title: str
    note: str = ""
    conferencing: bool | str = True
    origin: Mapping[str, Any] | None = None
    resources: Sequence[str] = ()
    share_id: str | None = None


class BookingService(BookingReading):
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
        super().__init__(db, BookingEvents(clock, jobs, webhooks, base_url), base_url)
        self.clock = clock
        self.jobs = jobs
        self.availability = availability
        self.webhooks = webhooks
        self.conferencing = conferencing
        self.checks = SlotChecks(availability, clock)

    # -- confirm

    async def confirm(self, caller: Caller, draft: Draft, key: IdempotencyKey | None = None) -> Outcome:
        """Book a meeting of the member acted for with `draft.participants`, in `draft.resources`.

        The organizer agrees to their own time: their working hours and notice do not bound it, their calendar does.

        Raises:
            Invalid: names the field.
            SlotTaken: with `alternatives` and `blocked_by`.
            Conflict: `share_ended`.
        """
        caller.require("bookings:write")
        allowed: Consent | None = None
        organizer = caller.member_id
        rooms = [sub for sub in [*draft.participants, *draft.resources] if is_id(sub, "res")]
        people = [organizer, *(sub for sub in draft.participants if sub not in rooms)]
        everybody = list(dict.fromkeys([*people, *rooms]))
        self._check(draft, people, rooms)
        try:
            async with self.db.transaction() as conn:

                async def work() -> dict[str, Any]:
                    nonlocal allowed
                    # The people before the share: whoever ends it waits for nobody else.
                    rows = await bookings.lock_people(conn, caller.org_id, everybody)
                    allowed = await self.checks.consent(
                        conn, caller, draft.share_id, everybody, draft.start, draft.duration_minutes
                    )
                    return await self._confirm(conn, caller, draft, rows, everybody, allowed)

                return await run_once(conn, key, self.clock(), work)
        except Taken as taken:
            raise await self.checks.slot_taken(
                caller, everybody, draft.start, draft.duration_minutes, taken, consent=allowed
            ) from None

    def _check(self, draft: Draft, people: Sequence[str], rooms: Sequence[str]) -> None:
        """`people` begins with the organizer."""
        check_subs(people[1:], prefix="acc", field="participants")
        check_subs(draft.resources, prefix="res", field="resources")
        alone = len(set(people)) < 2
        if alone and not rooms:
            raise Invalid("participants", "participants must name somebody besides yourself, or a room.")
        if len({*people, *rooms}) > MAX_PARTICIPANTS:
            raise Invalid("participants", f"participants: at most {MAX_PARTICIPANTS} people and rooms.")
        check_duration(draft.duration_minutes)
        self.checks.check_start(draft.start)

    async def _confirm(
        self,
        conn: Connection,
        caller: Caller,
        draft: Draft,
        people: Sequence[PersonRow],
        everybody: Sequence[str],
        allowed: Consent | None,
    ) -> dict[str, Any]:
        now = self.clock()
        end = draft.start + timedelta(minutes=draft.duration_minutes)
        await self.checks.recheck(
            conn, caller, people, everybody, draft.start, draft.duration_minutes, consent=allowed
        )
        organizer = next(row for row in people if row.account_id == caller.member_id)
        place, asked = await place_of(conn, self.conferencing, draft.conferencing, caller)
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
            conferencing=place,
            uid=f"{new_secret()}@convene",
            origin=dict(draft.origin or {}),
        )
        await bookings.insert_booking(conn, new, now)
        if not await bookings.insert_participants(
            conn, caller.org_id, new.booking_id, organizer.account_id, people, draft.start, end
        ):
            raise Taken([])
        await self._settle(conn, caller, new.booking_id, people, draft.start, end)
        await ask_for_place(conn, self.jobs, new, asked, now)
        return await self.events.follow(conn, caller, new.booking_id, "confirmed")

    async def _settle(
        self,
        conn: Connection,
        caller: Caller,
        booking_id: str,
        people: Sequence[PersonRow],
        start: datetime,
        end: datetime,
        *,
        had_rooms: bool = False,
    ) -> None:
        """Say where the meeting is, and let go of what its booker held for it."""
        rooms = sorted(person.name for person in people if person.is_room)
        if rooms or had_rooms:
            await bookings.update_location(conn, caller.org_id, booking_id, ", ".join(rooms))
        subs = [person.account_id for person in people]
        await holds.delete_used(conn, caller.org_id, caller.member_id, subs, start, end)

    # -- move

    async def reschedule(
        self,
        caller: Caller,
        booking_id: str,
        start: datetime,
        duration_minutes: int | None = None,
        message: str = "",
        *,
        resources: Sequence[str] | None = None,
        expected_revision: int | None = None,
        key: IdempotencyKey | None = None,
        also: Also | None = None,
    ) -> Outcome:
        """Move a meeting; any participant may. Moving it to where it is changes nothing.

        `resources` are the rooms it takes from now on, None for the same as before. `also` is done with it.

        People who have been suspended stay listed; nobody waits for their time.

        Raises:
            Stale: `expected_revision` is not the current one.
            Conflict: `already_cancelled`, `awaiting_answer`, or nobody else is left to meet.
            SlotTaken: with `alternatives` and `blocked_by`; the meeting stays where it was.
        """
        caller.require("bookings:write")
        self.checks.check_start(start)
        check_subs(resources or (), prefix="res", field="resources")
        if duration_minutes is not None:
            check_duration(duration_minutes)
        length = duration_minutes or 0
        everybody: list[str] = []
        try:
            async with self.db.transaction() as conn:

                async def work() -> dict[str, Any]:
                    nonlocal length
                    row, people, rooms = await self._lock(
                        conn, caller, booking_id, expected_revision, resources or ()
                    )
                    if row.is_off:
                        raise Conflict("This meeting was cancelled.", code="already_cancelled")
                    _require_answered(row)
                    if not length:
                        length = int((row.ends_at - row.starts_at) / timedelta(minutes=1))
                    end = start + timedelta(minutes=length)
                    wanted = rooms if resources is None else set(resources)
                    if (start, end) == (row.starts_at, row.ends_at) and wanted == rooms:
                        return await self._done(conn, row.org_id, booking_id, also)
                    people = [item for item in people if not item.is_room or item.account_id in wanted]
                    here = [item for item in people if item.suspended_at is None]
                    if sum(not item.is_room for item in here) < 2 and not wanted and row.link_id is None:
                        raise Conflict("Everybody else in this meeting has left. Cancel it instead.")
                    # A room that was asked for by name and is gone is missed; one that went with its meeting is not.
                    everybody[:] = dict.fromkeys([*(item.account_id for item in here), *(resources or ())])
                    await self.checks.recheck(conn, caller, people, everybody, start, length, booking_id)
                    found = await self._move(
                        conn, caller, row, people, start, end, message, had_rooms=bool(rooms)
                    )
                    return found if also is None else await self._done(conn, row.org_id, booking_id, also)

                return await run_once(conn, key, self.clock(), work)
        except Taken as taken:
            raise await self.checks.slot_taken(caller, everybody, start, length, taken, booking_id) from None

    async def _move(
        self,
        conn: Connection,
        caller: Caller,
        row: BookingRow,
        people: Sequence[PersonRow],
        start: datetime,
        end: datetime,
        message: str,
        *,
        had_rooms: bool,
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
            raise Taken([])
        await self._settle(conn, caller, row.booking_id, people, start, end, had_rooms=had_rooms)
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
        also: Also | None = None,
    ) -> Outcome:
        """Cancel a meeting; any participant may. A cancelled one stays as it is. `also` is done with it.

        Raises:
            Stale: `expected_revision` is not the current one.
            Conflict: `awaiting_answer`: it is only asked for (see `services.link_requests`).
        """
        caller.require("bookings:write")
        async with self.db.transaction() as conn:

            async def work() -> dict[str, Any]:
                row, _, _ = await self._lock(conn, caller, booking_id, None)
                if row.is_off:
                    return await self._done(conn, row.org_id, booking_id, also)
                self._expect(row, expected_revision)
                _require_answered(row)
                await bookings.update_cancelled(
                    conn, row, reason=reason, changed_by=caller.member_id, now=self.clock()
                )
                await bookings.release_participants(conn, row.org_id, row.booking_id)
                found = await self.events.follow(conn, caller, booking_id, "cancelled")
                return found if also is None else await self._done(conn, row.org_id, booking_id, also)

            return await run_once(conn, key, self.clock(), work)

    async def _done(
        self, conn: Connection, org_id: str, booking_id: str, also: Also | None
    ) -> dict[str, Any]:
        """Do what the caller wants done in the same transaction, and return the booking as it is then."""
        if also is not None:
            await also(conn)
        row = await bookings.find_booking(conn, org_id, booking_id)
        assert row is not None
        return await self.events.snapshot(conn, row)

    async def _lock(
        self,
        conn: Connection,
        caller: Caller,
        booking_id: str,
        expected_revision: int | None,
        more: Sequence[str] = (),
    ) -> tuple[BookingRow, list[PersonRow], set[str]]:
        """Lock the people and rooms, `more` of them too, their calendars and the booking, in that order.

        Returns the booking, everybody who is locked, and the rooms that it takes so far.
        """
        await self.visible(conn, caller, booking_id)
        listed = await bookings.list_participants(conn, caller.org_id, [booking_id])
        taken = await bookings.list_rooms(conn, caller.org_id, [booking_id])
        rooms = {room.account_id for room in taken[booking_id]}
        people = await bookings.lock_people(
            conn,
            caller.org_id,
            [*(person.account_id for person in listed[booking_id]), *rooms, *more],
        )
        row = await bookings.lock_booking(conn, caller.org_id, booking_id)
        assert row is not None
        self._expect(row, expected_revision)
        taken = await bookings.list_rooms(conn, caller.org_id, [booking_id])
        if rooms != {room.account_id for room in taken[booking_id]}:
            raise Stale(
                "This meeting has just been given another room. Look at it again.", revision=row.revision
            )
        return row, people, rooms

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
            await self.visible(conn, caller, booking_id)
            await bookings.lock_booking(conn, caller.org_id, booking_id)
            await self.events.retry_writes(conn, caller.org_id, booking_id)
            return await self.events.snapshot(conn, await self.visible(conn, caller, booking_id))

    async def announce_synced(self, conn: Connection, org_id: str, booking_id: str) -> None:
        """Tell subscribers that a participant's calendar has caught up or fallen behind."""
        await self.events.announce_synced(conn, org_id, booking_id)

    async def remind(self, org_id: str, booking_id: str, revision: int) -> None:
        """Announce a meeting that begins in ten minutes, unless it was moved or cancelled meanwhile."""
        async with self.db.transaction() as conn:
            await self.events.announce_reminder(conn, org_id, booking_id, revision)


def _require_answered(row: BookingRow) -> None:
    if row.state == "requested":
        raise Conflict(
            "Somebody has asked for this meeting. Accept or decline it instead.", code="awaiting_answer"
        )


def default_title(people: Sequence[PersonRow]) -> str:
    """Return a title for a meeting that was given none: who meets, or else where."""
    names = [person.name for person in people if not person.is_room]
    if len(names) == 1:
        return f"{names[0]} in {next(person.name for person in people if person.is_room)}"
    return " and ".join(names) if len(names) == 2 else f"{names[0]} and {len(names) - 1} others"
