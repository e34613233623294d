"""Bookings as those who take part in them may read them: one, and one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from convene.core.errors import NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.services.booking_events import BookingEvents
from convene.services.booking_snapshot import history, snapshot
from convene.storage import bookings, calendar_conflicts, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, Database


class BookingReading:
    def __init__(self, db: Database, events: BookingEvents, base_url: str) -> None:
        self.db = db
        self.events = events
        self.base_url = base_url

    async def get(self, caller: Caller, booking_id: str) -> dict[str, Any]:
        """Return one booking with its history; `NotFound` unless the caller takes part in it."""
        caller.require("bookings:read")
        async with self.db.transaction() as conn:
            row = await self.visible(conn, caller, booking_id)
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
            rooms = await bookings.list_rooms(conn, caller.org_id, ids)
            proposals = await calendar_conflicts.list_proposals(conn, caller.org_id, ids)
        return [
            snapshot(
                row,
                people[row.booking_id],
                self.base_url,
                guests=guests[row.booking_id],
                rooms=rooms[row.booking_id],
                proposal=proposals.get(row.booking_id),
            )
            for row in rows
        ]

    async def find_row(self, caller: Caller, booking_id: str) -> BookingRow:
        """Return the stored booking if the caller takes part in it."""
        caller.require("bookings:read")
        async with self.db.transaction() as conn:
            return await self.visible(conn, caller, booking_id)

    async def visible(self, conn: Connection, caller: Caller, booking_id: str) -> BookingRow:
        """Return the stored booking as it is in this transaction; `NotFound` unless the caller takes part in it."""
        row = (
            await bookings.find_booking(conn, caller.org_id, booking_id) if is_id(booking_id, "bkg") else None
        )
        people = await bookings.list_participants(conn, caller.org_id, [booking_id]) if row else {}
        subs = {person.account_id for person in people.get(booking_id, [])}
        if row is None or caller.member_id not in subs:
            raise NotFound("There is no such meeting, or you do not take part in it.")
        return row
