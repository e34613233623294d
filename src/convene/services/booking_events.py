"""What follows a change of a booking: its history, calendar write-back, webhooks and reminder, in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from convene.core.ids import PREFIXES, format_id
from convene.core.permissions import Caller
from convene.ports.runtime import Clock, JobQueue
from convene.services.booking_snapshot import snapshot
from convene.services.channels import ChannelService
from convene.services.link_callbacks import LinkCallbacks
from convene.services.webhooks import WebhookService
from convene.storage import booking_writes, bookings, calendar_conflicts, link_requests, link_seats, links
from convene.storage.bookings import BookingRow, WriteRow
from convene.storage.database import Connection

OnFreed = Callable[[Connection, BookingRow, str, Sequence[str]], Awaitable[None]]
"""Told in the same transaction which change may have freed whose time, if anybody wants to know."""
OnChanged = Callable[[Connection, BookingRow], Awaitable[None]]
"""Told in the same transaction of every change of a meeting, before anybody else is."""
REMIND_BEFORE = timedelta(minutes=10)
SAME_TIME = ("edited", "joined", "left")
"""Changes of a meeting that stays when it is: what it says, and who of its guests comes."""


class BookingEvents:
    """Writes the rows that tell others. Nothing is sent from here."""

    def __init__(self, clock: Clock, jobs: JobQueue, webhooks: WebhookService, base_url: str) -> None:
        self.clock = clock
        self.jobs = jobs
        self.webhooks = webhooks
        self.channels = ChannelService(webhooks)
        self.base_url = base_url
        self.link_callbacks = LinkCallbacks(clock, webhooks, base_url)
        self.on_freed: OnFreed | None = None
        self.on_changed: OnChanged | None = None

    async def snapshot(self, conn: Connection, row: BookingRow) -> dict[str, Any]:
        """Return the booking as everybody is told of it."""
        people = await bookings.list_participants(conn, row.org_id, [row.booking_id])
        guests = await links.list_guests(conn, row.org_id, [row.booking_id]) if row.link_id else {}
        rooms = await bookings.list_rooms(conn, row.org_id, [row.booking_id])
        proposals = await calendar_conflicts.list_proposals(conn, row.org_id, [row.booking_id])
        return snapshot(
            row,
            people[row.booking_id],
            self.base_url,
            guests=guests.get(row.booking_id, ()),
            rooms=rooms[row.booking_id],
            proposal=proposals.get(row.booking_id),
        )

    async def follow(
        self, conn: Connection, caller: Caller, booking_id: str, action: str, *, is_request: bool = False
    ) -> dict[str, Any]:
        """Write history, calendar write-back, events and jobs of a change that has just been made; return the booking.

        `action` is requested, confirmed, declined, rescheduled, cancelled or one of `SAME_TIME`. `is_request`: no host
        has accepted it so far, so no calendar and no application knows of it.
        """
        now = self.clock()
        row = await bookings.find_booking(conn, caller.org_id, booking_id)
        assert row is not None
        writes = await self._writes(conn, row, is_request=is_request)
        if self.on_changed is not None:
            await self.on_changed(conn, row)
        found = await self.snapshot(conn, row)
        await bookings.insert_revision(
            conn, row, actor=caller.member_id, action=action, snapshot=found, now=now
        )
        subs = [person["sub"] for person in found["participants"]]
        told = "edited" if action in SAME_TIME else action
        await self.webhooks.emit(conn, row.org_id, f"booking.{told}", {"booking": found}, subs)
        if told != "edited":
            taken = [*subs, *(room["sub"] for room in found["resources"])]
            await self.webhooks.emit(conn, row.org_id, "availability.changed", {"subs": taken}, subs)
        places = {write.account_id: [write.calendar_id] if write.calendar_id else [] for write in writes}
        await self.channels.bookings_changed(conn, row.org_id, places)
        # Whoever books through a link tells of all its meetings at once; what an application writes it knows.
        if row.link_id and action == "rescheduled":
            await link_seats.note_move(conn, row)
        if row.link_id and action in ("rescheduled", "cancelled") and not is_request:
            await self.link_callbacks.changed(conn, row, action)
        for write in writes:
            if write.state != "builtin":
                await self.jobs.defer(
                    conn,
                    "write_booking",
                    {"org_id": row.org_id, "booking_id": booking_id, "account_id": write.account_id},
                )
        remind_at = row.starts_at - REMIND_BEFORE
        if row.state == "confirmed" and remind_at > now:
            await self.jobs.defer(
                conn,
                "send_reminder",
                {"org_id": row.org_id, "booking_id": booking_id, "revision": row.revision},
                at=remind_at,
            )
        if row.link_id and self.on_freed is not None:
            taken = [*subs, *(room["sub"] for room in found["resources"])]
            await self.on_freed(conn, row, action, taken)
        return found

    async def _writes(self, conn: Connection, row: BookingRow, *, is_request: bool) -> list[WriteRow]:
        """Say what calendars should hold from now on. Of a request it is only settled which ones those will be."""
        if is_request and row.is_off:
            await link_requests.delete_writes(conn, row.org_id, row.booking_id)
            return []
        writes = await bookings.upsert_writes(conn, row.org_id, row.booking_id, row.revision, self.clock())
        if is_request:
            await link_requests.hold_writes(conn, row.org_id, row.booking_id)
            return []
        return writes

    async def announce_series(self, conn: Connection, org_id: str, told: Sequence[Mapping[str, Any]]) -> None:
        """Tell subscribers once of all the meetings that one visit has booked."""
        subs = list(dict.fromkeys(person["sub"] for one in told for person in one["participants"]))
        await self.webhooks.emit(conn, org_id, "booking.series", {"bookings": list(told)}, subs)

    async def retry_writes(self, conn: Connection, org_id: str, booking_id: str) -> None:
        """Try at once again to write what failed or waits into participants' calendars; the booking is locked."""
        woken = await booking_writes.retry_writes(conn, org_id, booking_id, self.clock())
        for write in woken:
            args = {"org_id": org_id, "booking_id": booking_id, "account_id": write.account_id}
            key = f"write:{booking_id}:{write.account_id}"
            await self.jobs.defer(conn, "write_booking", args, queueing_lock=key)
        if woken:
            await booking_writes.bump_sync_revision(conn, org_id, booking_id)
            await self.announce_synced(conn, org_id, booking_id)

    async def announce_synced(self, conn: Connection, org_id: str, booking_id: str) -> None:
        """Tell subscribers that a participant's calendar has caught up or fallen behind."""
        row = await bookings.find_booking(conn, org_id, booking_id)
        if row is None:
            return
        found = await self.snapshot(conn, row)
        subs = [person["sub"] for person in found["participants"]]
        await self.webhooks.emit(conn, org_id, "booking.synced", {"booking": found}, subs)

    async def announce_reminder(self, conn: Connection, org_id: str, booking_id: str, revision: int) -> None:
        """Announce a meeting that begins soon, unless it was moved or cancelled meanwhile. Twice is as good as once:
        the event's id is that of the booking's revision."""
        row = await bookings.find_booking(conn, org_id, booking_id)
        if row is None or row.state != "confirmed" or row.revision != revision:
            return
        if not self.clock() < row.starts_at:
            return
        found = await self.snapshot(conn, row)
        subs = [person["sub"] for person in found["participants"]]
        digest = sha256(f"reminder:{booking_id}:{revision}".encode()).digest()
        await self.webhooks.emit(
            conn,
            org_id,
            "booking.reminder",
            {"booking": found},
            subs,
            event_id=format_id(PREFIXES["event"], digest[:16]),
        )
