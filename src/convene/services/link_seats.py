"""Seats: several visitors of a link share one meeting, and nobody of them learns who else comes.

Whoever takes or gives up a seat has locked the link first, so two who come first at once make one meeting with two seats.
The hosts' calendar events and the booking's snapshots tell who comes; the meeting's revision grows with every change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from convene.core.booking_questions import told_answers
from convene.core.permissions import Caller
from convene.core.scheduling_links import LinkRequest
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.services.booking_events import BookingEvents
from convene.services.booking_snapshot import instant
from convene.services.link_view import manage_context
from convene.storage import bookings, link_seats
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.link_seats import SeatRow
from convene.storage.links import GuestRow, LinkRow


class LinkSeats:
    """Who has a seat in which meeting."""

    def __init__(self, clock: Clock, events: BookingEvents, sealer: Sealer) -> None:
        self.clock = clock
        self.events = events
        self.sealer = sealer

    async def open_at(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        start: datetime,
        without: Sequence[str] = (),
    ) -> BookingRow | None:
        """Return the meeting at `start` that the next visitor joins, locked; None if there is none with a free seat.

        Call it with the link locked. `without` are meetings that are not meant.
        """
        earliest = self.clock() + timedelta(seconds=request.minimum_notice)
        if not request.seats or start < earliest:
            return None
        until = start + timedelta(microseconds=1)
        for found in await link_seats.list_open(conn, link, request.seats, start, until, without):
            row = await bookings.lock_booking(conn, link.org_id, found.booking_id)
            # A host may have moved or cancelled it before it was locked.
            if row is not None and row.state == "confirmed" and row.starts_at == start:
                return row
        return None

    async def join(
        self, conn: Connection, row: BookingRow, request: LinkRequest, caller: Caller
    ) -> dict[str, Any]:
        """Let a guest be told who has just been given a seat in a meeting; return its snapshot."""
        await self._tell_seats(conn, row, caller, seats=request.seats)
        return await self.events.follow(conn, caller, row.booking_id, "joined")

    async def leave(
        self, conn: Connection, link: LinkRow, row: BookingRow, guest: GuestRow, caller: Caller, reason: str
    ) -> None:
        """Free the seat of a guest in a meeting that goes on for others."""
        await link_seats.leave(conn, guest, reason, self.clock())
        await self.left(conn, row, caller, reason)
        await self.events.link_callbacks.seat(conn, link, row, guest, "cancelled")

    async def left(self, conn: Connection, row: BookingRow, caller: Caller, reason: str = "") -> None:
        """Let it be told that a guest is no longer in a meeting."""
        await self._tell_seats(conn, row, caller, reason=reason)
        await self.events.follow(conn, caller, row.booking_id, "left")

    async def move(self, conn: Connection, guest: GuestRow, token: str, row: BookingRow, to: str) -> None:
        """Give a guest a seat in the meeting `to` instead of `row`; both have to be told of it."""
        sealed = self.sealer.seal(token, *manage_context(guest.org_id, to, guest.guest_id))
        before = {"start": instant(row.starts_at), "end": instant(row.ends_at)}
        await link_seats.move_seat(conn, guest, to, sealed, before)

    async def _tell_seats(
        self, conn: Connection, row: BookingRow, caller: Caller, *, seats: int | None = None, reason: str = ""
    ) -> None:
        told = {
            "guests": seated(await link_seats.list_seats(conn, row)),
            "seats": seats or row.event_details["seats"],
        }
        await link_seats.update_seats(
            conn, row, told, reason=reason, changed_by=caller.member_id, now=self.clock()
        )


def seated(seats: Sequence[SeatRow]) -> list[dict[str, str]]:
    """Return guests as `booking.event_details` tells them; `answers` are plain text."""
    found = []
    for seat in seats:
        answers = told_answers(seat.answers)
        found.append({"name": seat.name, "email": seat.email, **({"answers": answers} if answers else {})})
    return found
