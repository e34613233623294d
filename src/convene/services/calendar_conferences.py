"""Meeting online at a place that the host's own calendar service makes: Google Meet, Microsoft Teams.

A booking asks for it when it is made; the organizer's event is then written with the request (`write_back`). As soon as the
event names a link, the link becomes the booking's, which everybody learns like any edit that leaves the time alone. Where
the service refuses, or says nothing for too long, the installation's own provider stands in and the organizer is told.
Each of this ends the asking in the transaction that changes the booking, so it happens once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from convene.core.permissions import ROLE_GRANTS, Caller
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import join_link
from convene.ports.calendars import CalendarProvider, ProviderError, RemoteEvent
from convene.ports.runtime import Clock, JobQueue
from convene.services.bookings import BookingService
from convene.services.calendar_tokens import CalendarTokens
from convene.services.conference_requests import look_later
from convene.services.event_versions import base_of, held_of
from convene.services.event_writing import addresses_of
from convene.services.meeting_place import is_join_url, meeting_place
from convene.services.sync import NotifyAttention
from convene.storage import booking_conferences, booking_writes, bookings, calendars, connections
from convene.storage.booking_conferences import Asked
from convene.storage.booking_writes import Copy
from convene.storage.bookings import BookingRow
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

GIVE_UP_AFTER, BEFORE_START, AT_LEAST = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=2)
NONE_MADE = "Your calendar account made no online meeting for it"


def give_up_at(asked_at: datetime, starts_at: datetime) -> datetime:
    """Return until when a place is waited for: an hour, less for a meeting that begins soon, but two minutes."""
    return max(asked_at + AT_LEAST, min(asked_at + GIVE_UP_AFTER, starts_at - BEFORE_START))


class CalendarConferences:
    """Args:
    providers: of calendars, by kind.
    notify_attention: told, inside the storing transaction, that a person should know.
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
        self.default = booking_service.conferencing
        self.events = booking_service.events
        self.notify_attention = notify_attention

    async def settle(self, conn: Connection, org_id: str, booking_id: str, link: str | None) -> None:
        """Take over what the organizer's event says: a link, "" for none so far, None if there will be none.

        The booking is locked. Nothing happens if no place is asked for any more.
        """
        if link is not None and not is_join_url(link):
            if not link:
                return
            link = None  # nothing that anybody could be sent to
        row = await bookings.find_booking(conn, org_id, booking_id)
        asked = await booking_conferences.close(
            conn, org_id, booking_id, "replaced" if link is None else "made"
        )
        if row is None or asked is None or row.is_off:
            return
        if link is not None:
            await self._place(conn, row, {"provider": asked.provider, "join_url": link})
            return
        place = meeting_place(self.default, True)
        if place is not None:
            await self._place(conn, row, place)
        instead = ", so the usual one is used." if place is not None else "."
        await self._tell(conn, row, asked, f"“{row.title}” is booked. {NONE_MADE}{instead}")

    async def look(self, org_id: str, booking_id: str, attempt: int = 0) -> None:
        """See whether the place was made meanwhile; look again later, or give up in the end. Safe to call twice."""
        now = self.clock()
        async with self.db.transaction() as conn:
            await bookings.lock_booking(conn, org_id, booking_id)
            row = await bookings.find_booking(conn, org_id, booking_id)
            asked = await booking_conferences.find_asked(conn, org_id, booking_id)
            if row is None or asked is None:
                return
            copy = await booking_writes.get_copy(conn, org_id, booking_id, asked.account_id)
            is_lost = row.is_off or copy is None or copy.state in ("builtin", "failed")
            if is_lost or now >= give_up_at(asked.asked_at, row.starts_at):
                await self.settle(conn, org_id, booking_id, None)
                return
            await look_later(conn, self.jobs, org_id, booking_id, now, attempt + 1)
            connection = await _connection(conn, copy)
        if copy is None or connection is None or copy.state != "written":
            return  # the write that is on its way tells
        current = await self._read(connection, copy)
        if current is not None:
            await self._seen(row, copy, connection, current)

    async def _read(self, connection: tuple[str, CalendarConnection], copy: Copy) -> RemoteEvent | None:
        calendar, row = connection
        provider = self.providers.get(row.kind)
        if provider is None:
            return None
        try:
            return await provider.get_event(await self.tokens.credentials(row), calendar, copy.remote_id)
        except ProviderError:
            return None  # asked again later

    async def _seen(
        self, row: BookingRow, copy: Copy, connection: tuple[str, CalendarConnection], current: RemoteEvent
    ) -> None:
        try:
            link = join_link(current.raw)
            held = held_of(current.raw, row, addresses_of(connection[1]))
        except CalendarRefused:
            return
        if link == "":
            return
        key = copy.org_id, copy.booking_id, copy.account_id
        async with self.db.transaction() as conn:
            await bookings.lock_booking(conn, *key[:2])
            newest = await booking_writes.get_copy(conn, *key)
            if newest is None or newest.state != "written" or newest.base != copy.base:
                return  # written meanwhile, which has told
            if copy.base is not None:
                # What the service wrote into the event together with the link is no edit of its owner's.
                base = base_of(held, copy.base["words"])
                kept = {name: copy.base[name] for name in ("start", "end", "title", "answer")}
                await booking_writes.set_base(conn, *key, {**base, **kept})
            await self.settle(conn, *key[:2], link)

    async def _place(self, conn: Connection, row: BookingRow, place: Mapping[str, str]) -> None:
        await booking_conferences.set_place(conn, row.org_id, row.booking_id, place, self.clock())
        organizer = Caller(
            org_id=row.org_id, kind="system", account_id=row.organizer_id, grants=ROLE_GRANTS["member"]
        )
        await self.events.follow(conn, organizer, row.booking_id, "edited")

    async def _tell(self, conn: Connection, row: BookingRow, asked: Asked, detail: str) -> None:
        copy = await booking_writes.get_copy(conn, row.org_id, row.booking_id, asked.account_id)
        connection = await _connection(conn, copy)
        told = {
            "sub": asked.account_id,
            "connection_id": connection[1].connection_id if connection else "",
            "label": connection[1].label if connection else "",
            "code": "no_conference",
            "detail": detail,
        }
        await self.notify_attention(conn, row.org_id, told)


async def _connection(conn: Connection, copy: Copy | None) -> tuple[str, CalendarConnection] | None:
    """Return the remote calendar that holds a copy, with its connection."""
    calendar = await calendars.get_calendar(conn, copy.org_id, copy.calendar_id) if copy else None
    if calendar is None:
        return None
    found = await connections.get_connection(conn, calendar.org_id, calendar.connection_id)
    return (calendar.remote_id, found) if found else None
