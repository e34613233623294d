"""Changing what was booked through a link: guests move and cancel.

Everybody whom the link asks about is locked in the one order before anything is judged. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from convene.core.errors import Conflict, SlotTaken
from convene.core.instants import tzdata_version, zone
from convene.core.permissions import Caller
from convene.core.scheduling_links import from_json
from convene.services.booking_snapshot import instant
from convene.services.bookings import BookingService
from convene.services.link_refusals import Taken, slot_taken
from convene.services.link_requests import renew_request
from convene.services.link_times import LinkTimes, Offer
from convene.services.link_view import attending_of
from convene.services.link_visits import LinkVisits, Visit, guest_caller
from convene.services.seat_moves import SeatMoves
from convene.storage import bookings, link_requests, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection


class LinkChanges:
    """What guests, known by their tokens alone, do with bookings."""

    def __init__(
        self, booking_service: BookingService, times: LinkTimes, visits: LinkVisits, seat_moves: SeatMoves
    ) -> None:
        self.db = booking_service.db
        self.clock = booking_service.clock
        self.events = booking_service.events
        self.times = times
        self.visits = visits
        self.seat_moves = seat_moves

    async def move(
        self, token: str, starts: Sequence[datetime], revision: int | None, ip: str = "", of: str = ""
    ) -> Visit:
        """Move the guest's bookings to other times of the same link, with the same hosts.

        Moving to where it is changes nothing. `revision` is the visit's `stamp` that the page showed. Of a
        series one meeting, `of`, is moved.

        Raises:
            NotFound: no such manage token.
            Conflict: `already_cancelled`, `already_over`, or `stale_page`: it was changed after the page was opened.
            SlotTaken: with `alternatives`; everything stays where it was.
        """
        around: Visit | None = None
        try:
            async with self.db.transaction() as conn:
                around = visit = await self._lock_visit(conn, token, revision, of=of)
                moving = visit.to_come(self.clock())
                if [row.starts_at for row in moving] == list(starts):
                    return visit
                caller = guest_caller(visit.link.org_id, visit.guest.guest_id, ip)
                if visit.is_seated and await self.seat_moves.move(conn, visit, starts, caller):
                    return await self.visits.managed(conn, token)
                ids = [row.booking_id for row in moving]
                request = await self.visits.choices_of(conn, visit)
                offer = await self.times.choose(conn, visit.link, request, starts, excluded=ids)
                if offer is None:
                    raise Taken
                await self._move(conn, visit, offer, ip)
                return await self.visits.managed(conn, token)
        except Taken:
            assert around is not None
            raise await self._moved_too_late(around, starts[0]) from None

    async def _moved_too_late(self, visit: Visit, start: datetime) -> SlotTaken:
        async with self.db.transaction() as conn:
            request = await self.visits.choices_of(conn, visit)
        return await slot_taken(self.db, self.times, visit.link, request, start, visit.freed)

    async def _move(self, conn: Connection, visit: Visit, offer: Offer, ip: str) -> None:
        caller = guest_caller(visit.link.org_id, visit.guest.guest_id, ip)
        by_step = {row.sequence_id: row for row in visit.to_come(self.clock())}
        org_id = visit.link.org_id
        for row in by_step.values():
            await bookings.delete_participants(conn, org_id, row.booking_id)
        for part in offer.parts:
            row = by_step[part.sequence_id]
            await bookings.update_time(
                conn,
                row,
                starts_at=part.start,
                ends_at=part.end,
                local_start=part.start.astimezone(zone(row.tzid)).replace(tzinfo=None),
                tzdata_version=tzdata_version(),
                previous={"start": instant(row.starts_at), "end": instant(row.ends_at)},
                reason="",
                changed_by=visit.guest.guest_id,
                now=self.clock(),
            )
            people = await bookings.list_people(conn, org_id, part.participants)
            if not await bookings.insert_participants(
                conn, org_id, row.booking_id, row.organizer_id, people, part.start, part.end
            ):
                raise Taken
            is_request = row.state == "requested"
            if is_request:
                await renew_request(conn, row, from_json(visit.link.request), self.clock())
            await self.events.follow(conn, caller, row.booking_id, "rescheduled", is_request=is_request)

    async def cancel(
        self, token: str, reason: str, ip: str = "", of: str = "", *, following: bool = False
    ) -> Visit:
        """Cancel the guest's bookings, or free the seat in one that others stay in; what is cancelled or over stays so.
        Of a series one, `of`, and those after it if `following`, or all.

        Raises:
            NotFound: no such manage token.
            Conflict: `already_over`.
        """
        async with self.db.transaction() as conn:
            visit = await self._lock_visit(conn, token, None, of=of, following=following, is_cancelling=True)
            caller = guest_caller(visit.link.org_id, visit.guest.guest_id, ip)
            if visit.is_requested:
                await link_requests.give_back_use(conn, visit.link, self.clock())
            for row in visit.to_come(self.clock()):
                if visit.others:
                    await self.seat_moves.seats.leave(conn, visit.link, row, visit.guest, caller, reason)
                    continue
                await self.cancel_row(conn, row, caller, reason)
            return await self.visits.managed(conn, token)

    async def cancel_row(self, conn: Connection, row: BookingRow, caller: Caller, reason: str) -> None:
        """Cancel a booking that is locked, like its people."""
        await bookings.update_cancelled(
            conn, row, reason=reason, changed_by=caller.member_id, now=self.clock()
        )
        await bookings.release_participants(conn, row.org_id, row.booking_id)
        await self.events.follow(
            conn, caller, row.booking_id, "cancelled", is_request=row.state == "requested"
        )

    async def _lock_visit(
        self,
        conn: Connection,
        token: str,
        revision: int | None,
        *,
        of: str = "",
        following: bool = False,
        is_cancelling: bool = False,
    ) -> Visit:
        """Lock everybody whom the link asks about and the bookings, then judge whether they may still be changed."""
        visit = await self.visits.managed(conn, token)
        org_id = visit.link.org_id
        await links.lock_link(
            conn, org_id, visit.link.link_id
        )  # its limit per day, uses and seats are counted
        ids = [row.booking_id for row in visit.bookings]
        attending = await attending_of(conn, visit.bookings)
        attendees = [sub for subs in attending.values() for sub in subs]
        subs = list(dict.fromkeys([*from_json(visit.link.request).subs, *attendees]))
        await bookings.lock_people(conn, org_id, subs)
        for booking_id in sorted(ids):
            await bookings.lock_booking(conn, org_id, booking_id)
        visit = (await self.visits.managed(conn, token)).part(of, following=following)
        if visit.is_cancelled and not is_cancelling:
            raise Conflict("This meeting was cancelled.", code="already_cancelled")
        if revision is not None and revision != visit.stamp:
            raise Conflict("This meeting has changed since you opened the page.", code="stale_page")
        if not visit.is_cancelled and not visit.to_come(self.clock()):
            raise Conflict("This meeting is over.", code="already_over")
        return visit
