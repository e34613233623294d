"""Moving one seat of a meeting that others stay in, or into a meeting that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from convene.core.permissions import Caller
from convene.core.scheduling_links import LinkRequest, from_json
from convene.security.tokens import fingerprint, new_secret
from convene.services.link_bookings import LinkBookings, Visitor
from convene.services.link_refusals import Taken
from convene.services.link_seats import LinkSeats
from convene.services.link_times import LinkTimes
from convene.services.link_visits import Visit
from convene.storage import bookings, link_seats
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection


class SeatMoves:
    def __init__(self, link_bookings: LinkBookings, times: LinkTimes, seats: LinkSeats) -> None:
        self.link_bookings = link_bookings
        self.clock = link_bookings.clock
        self.events = link_bookings.events
        self.times = times
        self.seats = seats

    async def move(self, conn: Connection, visit: Visit, starts: Sequence[datetime], caller: Caller) -> bool:
        """Move a guest's seat to the meeting that begins then, or to a new one.

        Call it with the link, its people and the guest's booking locked. False if the whole meeting can be moved
        instead: nobody else is in it, and there is none at that time to be joined.

        Raises:
            Invalid: `start` is none of the link's times.
            Taken: it cannot be had.
        """
        link, row = visit.link, visit.bookings[0]
        request = from_json(link.request)
        to = None
        if len(starts) == 1:
            to = await self.seats.open_at(conn, link, request, starts[0], [row.booking_id])
        if to is None and not visit.others:
            return False
        if to is None:
            # Those who stay keep their hosts and their time.
            await self._to_new(conn, visit, request, starts, caller)
        else:
            await self.seats.move(conn, visit.guest, visit.manage_token, row, to.booking_id)
            await self.seats.join(conn, to, request, caller)
        await self._leave_behind(conn, visit, row, caller)
        target = await bookings.find_booking(conn, link.org_id, await self._now_in(conn, visit))
        assert target is not None
        await self.events.link_callbacks.seat(conn, link, target, visit.guest, "rescheduled")
        return True

    async def _to_new(
        self,
        conn: Connection,
        visit: Visit,
        request: LinkRequest,
        starts: Sequence[datetime],
        caller: Caller,
    ) -> None:
        """Make a meeting for this guest alone, which others may join."""
        link, row = visit.link, visit.bookings[0]
        offer = await self.times.choose(conn, link, request, starts)
        if offer is None:
            raise Taken
        [mine] = [
            seat for seat in await link_seats.list_seats(conn, row) if seat.guest_id == visit.guest.guest_id
        ]
        visitor = Visitor(
            mine.name, mine.email, visit.guest.tzid, visit.guest.locale, caller.ip or "", mine.answers
        )
        people = await bookings.lock_people(conn, link.org_id, list(request.subs))
        made = await self.link_bookings.insert_part(
            conn,
            link,
            request,
            offer.parts[0],
            visitor,
            visit.guest.guest_id,
            fingerprint(
                new_secret()
            ),  # the form that was filled in belongs to the guest, not to this meeting
            {person.account_id: person for person in people},
        )
        await self.seats.move(conn, visit.guest, visit.manage_token, row, made)
        await self.events.follow(conn, caller, made, "confirmed")

    async def _leave_behind(self, conn: Connection, visit: Visit, row: BookingRow, caller: Caller) -> None:
        """What becomes of the meeting that the guest was in: it goes on, or nobody is left to come."""
        if visit.others:
            await self.seats.left(conn, row, caller)
            return
        await bookings.update_cancelled(conn, row, reason="", changed_by=caller.member_id, now=self.clock())
        await bookings.release_participants(conn, row.org_id, row.booking_id)
        await self.events.follow(conn, caller, row.booking_id, "cancelled")

    async def _now_in(self, conn: Connection, visit: Visit) -> str:
        moved = await self.link_bookings.visits.managed(conn, visit.manage_token)
        return moved.bookings[0].booking_id
