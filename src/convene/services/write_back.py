"""Writing bookings into participants' calendars: exactly one event per booking and person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import join_link
from convene.ports.calendars import CalendarProvider, ProviderError, RemoteEvent
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.services.booking_calendar import applied_text, event_text
from convene.services.calendar_conferences import CalendarConferences
from convene.services.calendar_listeners import OnSynced
from convene.services.calendar_writing import CalendarWriting, Task, unchanged
from convene.services.event_versions import base_of, held_of, is_unchanged, ours_of, says_ours
from convene.services.event_writing import addresses_of
from convene.services.sync import NotifyAttention
from convene.services.two_way_queue import DELETED_THERE, queue_weighing, take_answer
from convene.storage import (
    booking_conferences,
    booking_writes,
    bookings,
    calendar_conflicts,
    calendars,
    connections,
)
from convene.storage.booking_conferences import Asked
from convene.storage.booking_writes import Write
from convene.storage.bookings import BookingRow, ParticipantRow
from convene.storage.calendar_writes import Key, Outcome
from convene.storage.database import Connection, Database


@dataclass(frozen=True, slots=True)
class _BookingIntent:
    """A booking's newest revision in one participant's calendar."""

    booking: BookingRow
    people: Sequence[ParticipantRow]
    base_url: str
    account_id: str
    keeps_text: bool = False
    waits_for_owner: bool = False
    creates: bool = True
    asked: Asked | None = None
    """The place to meet online that the calendar's service is asked for, until it is known."""

    @property
    def uid(self) -> str:
        return self.booking.uid

    @property
    def title(self) -> str:
        return self.booking.title

    @property
    def is_removed(self) -> bool:
        return self.booking.is_off

    def lies_in(self, raw: str) -> bool:
        return self.booking.uid in raw

    def text(self) -> str:
        asks = self.asked is not None
        return event_text(self.booking, self.people, self.base_url, self.account_id, asks_online=asks)

    def applied(self, raw: str) -> str | None:
        booking = self.booking
        if self.asked is not None and (link := join_link(raw)):
            # Made since the event was: said in the event at once, and everywhere when this is stored.
            place = {"provider": self.asked.provider, "join_url": link}
            booking = replace(booking, conferencing=place)
        return applied_text(
            raw, booking, self.people, self.base_url, self.account_id, keep_text=self.keeps_text
        )


class WriteBackService(CalendarWriting[Write]):
    """Args:
    on_synced: told, inside the storing transaction, that a receipt changed.
    base_url: where this installation's pages are, for the link in the event.
    """

    outbox = booking_writes.OUTBOX
    job = "write_booking"

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        *,
        on_synced: OnSynced,
        notify_attention: NotifyAttention,
        conferences: CalendarConferences,
        base_url: str,
    ) -> None:
        super().__init__(db, clock, jobs, sealer, providers, notify_attention=notify_attention)
        self.on_synced = on_synced
        self.conferences = conferences
        self.base_url = base_url

    async def write(self, org_id: str, booking_id: str, account_id: str) -> None:
        """Bring one participant's calendar to the booking's newest revision, if that is due. Safe to call twice."""
        await self.carry_out({"org_id": org_id, "booking_id": booking_id, "account_id": account_id})

    async def lock(self, conn: Connection, key: Key) -> None:
        # The booking before its writes, as everybody who changes a booking does.
        await bookings.lock_booking(conn, key["org_id"], key["booking_id"])

    async def load(self, conn: Connection, write: Write) -> Task[Write] | None:
        booking = await bookings.find_booking(conn, write.org_id, write.booking_id)
        calendar = (
            await calendars.get_calendar(conn, write.org_id, write.calendar_id) if write.calendar_id else None
        )
        connection = (
            await connections.get_connection(conn, write.org_id, calendar.connection_id) if calendar else None
        )
        if booking is None or calendar is None or connection is None:
            return None
        people = await bookings.list_participants(conn, write.org_id, [write.booking_id])
        asked = await booking_conferences.find_asked(conn, write.org_id, write.booking_id)
        intent = _BookingIntent(
            booking,
            people[write.booking_id],
            self.base_url,
            write.account_id,
            keeps_text=write.keeps_text,
            waits_for_owner=await calendar_conflicts.is_deletion_open(
                conn, write.org_id, write.booking_id, write.account_id
            ),
            asked=asked if asked and asked.account_id == write.account_id else None,
        )
        return Task(write, intent, booking.revision, calendar, connection)

    async def found(self, task: Task[Write], current: RemoteEvent | None) -> None:
        """Stop before an edit of somebody else's is written over: what stands is decided first (`two_way`)."""
        write, intent = task.write, task.intent
        assert isinstance(intent, _BookingIntent)
        if current is None:
            if intent.waits_for_owner:
                raise ProviderError("permanent", "deleted_there", DELETED_THERE)
            return
        if write.base is None or (current.etag and current.etag == write.etag):
            return
        is_theirs = any(person.account_id == write.account_id for person in intent.people)
        if intent.booking.ends_at <= self.clock() or not is_theirs:
            return  # nothing is decided about it any more, or by somebody who does not take part
        try:
            held = held_of(current.raw, intent.booking, addresses_of(task.connection))
        except CalendarRefused:
            return  # said where it is edited
        if intent.asked is not None:
            # What the service writes into the event together with a place to meet is no edit of its owner's.
            held = replace(held, description=write.base["description"], location=write.base["location"])
        if is_unchanged(held, write.base):
            return
        async with self.db.transaction() as conn:
            await queue_weighing(self.jobs, conn, write.org_id, write.booking_id, write.account_id, "edited")
        raise ProviderError(
            "temporary",
            "edited_there",
            "The event was changed in the calendar as well. Both changes are being brought together.",
            retry_after_seconds=60,
        )

    def remembered(self, task: Task[Write], raw: str) -> Mapping[str, Any] | None:
        intent = task.intent
        assert isinstance(intent, _BookingIntent)
        try:
            held = held_of(raw, intent.booking, addresses_of(task.connection))
        except CalendarRefused:
            return None
        ours = ours_of(intent.booking, intent.people, self.base_url, intent.account_id)
        base = base_of(held, ours.version.description)
        keeps = False if says_ours(held, ours) and intent.keeps_text else None
        found = {} if intent.asked is None else {"link": join_link(raw)}
        return {"base": base, "keeps_text": keeps, **found}

    async def abandoned(self, conn: Connection, write: Write) -> Outcome:
        # The meeting lives here alone.
        return unchanged(write, "builtin", write.desired_revision)

    async def settled(self, conn: Connection, write: Write, state: str, outcome: Outcome) -> None:
        """Keep what was written, to tell what others change of it; if people see a difference, count it and tell."""
        key = write.org_id, write.booking_id, write.account_id
        has_answered = False
        if outcome.kept is not None:
            base = outcome.kept["base"]
            # An event that says what we say, having been made anew, is ours to word again.
            await booking_writes.set_base(conn, *key, base, keeps_text=outcome.kept["keeps_text"])
            has_answered = await take_answer(conn, *key, write.base, base["answer"])
        is_later = state == "retrying" and outcome.attempts != write.attempts
        is_news = state != write.state or outcome.written_revision != write.written_revision
        if is_news or is_later or has_answered:
            await booking_writes.bump_sync_revision(conn, write.org_id, write.booking_id)
            await self.on_synced(conn, write.org_id, write.booking_id)
        if outcome.kept is not None and "link" in outcome.kept:
            await self.conferences.settle(conn, write.org_id, write.booking_id, outcome.kept["link"])
