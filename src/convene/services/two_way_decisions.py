"""Carrying out what was decided about an event that changed in somebody's calendar: booking, question, put back, record.

Everything here happens in the caller's transaction, with the booking locked. Each decision goes to the audit log with both
versions; whoever must know is told live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convene.core.calendar_policy import Policy, policy_of
from convene.core.event_merge import Merged, Unit, Version, fields_of
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.formats.event_version import HeldEvent
from convene.ports.runtime import Clock, JobQueue
from convene.security.tokens import new_id
from convene.services.bookings import BookingService
from convene.services.event_versions import base_of, version_json
from convene.services.sync import NotifyAttention
from convene.services.two_way_queue import take_answer
from convene.storage import audit, booking_writes, bookings, calendar_conflicts
from convene.storage.booking_writes import Copy
from convene.storage.bookings import BookingRow, ParticipantRow, RoomRow
from convene.storage.calendar_conflicts import NewConflict
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection

# As long as the API takes them.
MAX_TITLE, MAX_NOTE, MAX_LOCATION = 200, 4000, 500


@dataclass(frozen=True, slots=True)
class Parties:
    """A booking and one participant's calendar that holds a copy of it."""

    booking: BookingRow
    account_id: str
    people: Sequence[ParticipantRow]
    rooms: Sequence[RoomRow]
    calendar: Calendar
    connection: CalendarConnection

    @property
    def key(self) -> tuple[str, str, str]:
        return self.booking.org_id, self.booking.booking_id, self.account_id

    @property
    def policy(self) -> Policy:
        return policy_of(self.connection.policy)

    @property
    def is_host(self) -> bool:
        """Whether the calendar's owner may move the meeting for everybody. Of a booking link all members are hosts."""
        return self.booking.organizer_id == self.account_id or self.booking.link_id is not None

    @property
    def words_it(self) -> bool:
        """Whether the calendar's owner says what the meeting is called: not where a link or an application does."""
        told = self.booking.event_details
        is_worded = any(told.get(name) for name in ("summary", "description", "of"))
        return self.booking.organizer_id == self.account_id and not is_worded


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a moved event. refusal: why it is put back, as the end of a sentence."""

    is_moved: bool = False
    is_proposed: bool = False
    refusal: str = ""


NOT_MOVED = Verdict()


@dataclass(frozen=True, slots=True)
class _Words:
    """What an edit says and what of it counts for everybody; None leaves it."""

    title: str | None = None
    note: str | None = None
    location: str | None = None
    stays_there: bool = False
    is_refused: bool = False

    @property
    def is_new(self) -> bool:
        """Whether anything of it counts for everybody."""
        return any(item is not None for item in (self.title, self.note, self.location))


def acting(parties: Parties) -> Caller:
    """Return the calendar's owner as the actor of what they did there."""
    return Caller(
        org_id=parties.booking.org_id,
        kind="system",
        account_id=parties.account_id,
        grants=ROLE_GRANTS["member"],
        credential_id=parties.connection.connection_id,
    )


class Decisions:
    def __init__(
        self,
        clock: Clock,
        jobs: JobQueue,
        booking_service: BookingService,
        notify_attention: NotifyAttention,
    ) -> None:
        self.clock = clock
        self.jobs = jobs
        self.events = booking_service.events
        self.notify_attention = notify_attention

    async def settle(
        self,
        conn: Connection,
        parties: Parties,
        copy: Copy,
        *,
        held: HeldEvent,
        etag: str,
        ours: Version,
        theirs: Version,
        merged: Merged,
        verdict: Verdict,
    ) -> None:
        """Follow a merge and the verdict on its time, and make what the calendar holds the new base.

        `copy` is the row as it was before; the booking is locked.
        """
        words = _words(parties, merged, theirs)
        keeps = True if words.stays_there and merged.taken & {"title", "description"} else None
        base = base_of(held, theirs.description)
        await booking_writes.set_base(conn, *parties.key, base, etag=etag, keeps_text=keeps)
        if words.is_new:
            await self._write_words(conn, parties, words)
        asks: list[Unit] = sorted(merged.conflicts)
        if verdict.is_proposed:
            asks.append("time")
        puts_back = bool(asks or verdict.refusal or merged.refused or words.is_refused)
        is_back = await calendar_conflicts.close_deletion(conn, *parties.key, self.clock())
        if puts_back or is_back or copy.state in ("pending", "retrying"):
            await self.rewrite(conn, *parties.key)
        if await take_answer(conn, *parties.key, copy.base, held.answer):
            await self.show(conn, parties.booking.org_id, parties.booking.booking_id)
        if verdict.refusal:
            detail = f"It was put back, because {verdict.refusal}."
            await self.tell(conn, parties, "move_put_back", detail)
        versions = {"ours": ours, "theirs": theirs}
        if asks:
            kind = "moved" if "time" in asks else "edited"
            fields = fields_of(frozenset(asks))
            await self.ask(conn, parties, kind, fields, theirs, ours=ours, is_proposal=verdict.is_proposed)
        for decision, units in _decided(merged, verdict, words):
            await self.record(conn, parties, decision, fields=fields_of(units), **versions)

    async def _write_words(self, conn: Connection, parties: Parties, words: _Words) -> None:
        row = parties.booking
        await bookings.update_text(
            conn,
            row,
            title=row.title if words.title is None else words.title,
            note=row.note if words.note is None else words.note,
            location=words.location,
            changed_by=parties.account_id,
            now=self.clock(),
        )
        await self.events.follow(conn, acting(parties), row.booking_id, "edited")

    async def rewrite(self, conn: Connection, org_id: str, booking_id: str, account_id: str) -> None:
        """Let a participant's calendar hold the booking as it is. The booking is locked."""
        if await booking_writes.rewrite(conn, org_id, booking_id, account_id, self.clock()):
            args = {"org_id": org_id, "booking_id": booking_id, "account_id": account_id}
            name = f"write:{booking_id}:{account_id}"
            await self.jobs.defer(conn, "write_booking", args, queueing_lock=name)

    async def ask(
        self,
        conn: Connection,
        parties: Parties,
        kind: str,
        fields: Sequence[str],
        theirs: Version | None,
        *,
        ours: Version,
        is_proposal: bool = False,
    ) -> None:
        """Open a question, and tell those who can answer it."""
        await calendar_conflicts.open_conflict(
            conn,
            NewConflict(
                org_id=parties.booking.org_id,
                conflict_id=new_id("calendar_conflict"),
                booking_id=parties.booking.booking_id,
                account_id=parties.account_id,
                connection_id=parties.connection.connection_id,
                connection_label=parties.connection.label,
                calendar_name=parties.calendar.name,
                kind=kind,
                fields=fields,
                ours=version_json(ours),
                theirs=None if theirs is None else version_json(theirs),
                is_proposal=is_proposal,
            ),
            self.clock(),
        )
        if not is_proposal:
            await self.tell(conn, parties, "conflict", _ASKED[kind])
            return
        await self.show(conn, parties.booking.org_id, parties.booking.booking_id)
        name = next(person.name for person in parties.people if person.account_id == parties.account_id)
        for person in parties.people:
            if person.account_id != parties.account_id:
                detail = f"{name} wishes to move it. Accept or refuse the new time."
                await self.tell(conn, parties, "move_proposed", detail, sub=person.account_id)

    async def show(self, conn: Connection, org_id: str, booking_id: str) -> None:
        """Let everybody's card say what is proposed, or that nothing is any more. The booking is locked."""
        await booking_writes.bump_sync_revision(conn, org_id, booking_id)
        await self.events.announce_synced(conn, org_id, booking_id)

    async def tell(
        self, conn: Connection, parties: Parties, code: str, detail: str, *, sub: str = ""
    ) -> None:
        """Tell the calendar's owner, or another participant, what they should look at."""
        told = {
            "sub": sub or parties.account_id,
            "connection_id": "" if sub else parties.connection.connection_id,
            "label": parties.booking.title if sub else parties.connection.label,
            "code": code,
            "detail": f"“{parties.booking.title}”: {detail}",
        }
        await self.notify_attention(conn, parties.booking.org_id, told)

    async def record(
        self,
        conn: Connection,
        parties: Parties,
        decision: str,
        *,
        fields: Sequence[str],
        ours: Version,
        theirs: Version | None,
    ) -> None:
        """Add a decision to the audit log, with both versions of what differed."""
        detail: dict[str, object] = {
            "account": parties.account_id,
            "calendar": parties.calendar.calendar_id,
            "fields": list(fields),
            "revision": parties.booking.revision,
        }
        for name, version in (("ours", ours), ("theirs", theirs)):
            told: Mapping[str, str] = {} if version is None else version_json(version)
            detail |= {f"{name}_{field}": told.get(field, "") for field in fields}
        await audit.append(
            conn,
            acting(parties),
            f"calendar_edit.{decision}",
            now=self.clock(),
            target=parties.booking.booking_id,
            detail=detail,
        )


_ASKED = {
    "moved": "It was moved here and in your calendar at once. Decide which time stands.",
    "edited": "It was changed here and in your calendar at once. Decide which version stands.",
    "deleted": "You deleted it in your calendar. Decide whether it is cancelled or comes back.",
}


def _words(parties: Parties, merged: Merged, theirs: Version) -> _Words:
    """Tell of taken title, description and place what counts for everybody and what stays its owner's own."""
    title = note = location = None
    stays_there = is_refused = False
    if "title" in merged.taken and not theirs.title:
        is_refused = True  # a meeting has a name
    elif "title" in merged.taken:
        title = theirs.title if parties.words_it and len(theirs.title) <= MAX_TITLE else None
        stays_there = title is None
    if "description" in merged.taken:
        note = theirs.description if parties.words_it and len(theirs.description) <= MAX_NOTE else None
        stays_there = stays_there or note is None
    if "location" in merged.taken:
        # Rooms are booked, not typed. What is typed besides stays in this calendar: it is never written over.
        is_ours = parties.words_it and not parties.rooms and len(theirs.location) <= MAX_LOCATION
        location = theirs.location if is_ours else None
        stays_there = stays_there or location is None
    return _Words(title, note, location, stays_there, is_refused)


def _decided(merged: Merged, verdict: Verdict, words: _Words) -> list[tuple[str, frozenset[Unit]]]:
    """Return what was decided about which units, for the record."""
    time: frozenset[Unit] = frozenset({"time"})
    found: list[tuple[str, frozenset[Unit]]] = []
    if verdict.is_moved:
        found.append(("applied", time))
    if verdict.is_proposed:
        found.append(("proposed", time))
    if verdict.refusal:
        found.append(("put_back", time))
    said = merged.taken - time
    if said:
        found.append(("kept_there" if words.stays_there else "applied", said))
    if merged.refused:
        found.append(("put_back", merged.refused))
    if merged.conflicts:
        found.append(("asked", merged.conflicts))
    return found
