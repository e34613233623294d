"""Booking through a link: one transaction from the visitor's choice to everything that follows from it.

Lock the link, then everybody's calendars in the one order, ask availability again for this very choice, take the time of
the chosen members in one statement, write the events' rows, history, webhooks and callbacks, count the use, commit. The
form that was filled in has a token: sent twice it books once. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from convene.core.applications import Application
from convene.core.booking_questions import told_answers
from convene.core.errors import Conflict, Invalid, NotFound, SlotTaken
from convene.core.instants import tzdata_version, zone
from convene.core.permissions import Caller
from convene.core.scheduling_links import LinkRequest, LinkState, from_json, kept_to, state_of
from convene.formats.calendar_links import LINK_NAMES, calendar_links
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.booking_calendar import guest_calendar_file
from convene.services.booking_snapshot import description, instant
from convene.services.bookings import BookingService
from convene.services.link_callbacks import LinkCallbacks
from convene.services.link_events import event_details, event_id_of, planned_writes, with_targets_left
from convene.services.link_times import LinkTimes, Offer, Part
from convene.services.link_view import attending_of, manage_context, visit_of
from convene.services.meeting_place import meeting_place
from convene.storage import audit, bookings, links
from convene.storage.bookings import BookingRow, NewBooking, PersonRow
from convene.storage.database import Connection
from convene.storage.links import GuestRow, HostRow, LinkRow


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who fills in the form. `locale` is the language of the page, `ip` where the form came from."""

    name: str
    email: str
    tzid: str
    locale: str = ""
    ip: str = ""
    answers: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """The bookings of one filled-in form, first meeting first, with their guest and the guest's manage token."""

    link: LinkRow
    bookings: Sequence[BookingRow]
    guest: GuestRow
    manage_token: str

    @property
    def is_cancelled(self) -> bool:
        return all(booking.state == "cancelled" for booking in self.bookings)

    def to_come(self, now: datetime) -> Sequence[BookingRow]:
        """The meetings that can still be moved or cancelled: of a sequence some may be over or called off."""
        return [row for row in self.bookings if row.state == "confirmed" and row.ends_at > now]


class _Taken(Exception):
    """The choice cannot be had; leaves the transaction so that others are searched without locks."""


class LinkClosed(Conflict):
    """This link takes no bookings."""

    code = "link_closed"

    def __init__(self, state: LinkState, detail: str = "") -> None:
        super().__init__(detail, state=state)
        self.state = state


class LinkBookings:
    """What visitors do with a link: book, move and cancel. They are identified by tokens alone."""

    def __init__(
        self, booking_service: BookingService, times: LinkTimes, callbacks: LinkCallbacks, sealer: Sealer
    ) -> None:
        self.db = booking_service.db
        self.clock = booking_service.clock
        self.conferencing = booking_service.conferencing
        self.base_url = booking_service.base_url
        self.events = booking_service.events
        self.times = times
        self.callbacks = callbacks
        self.sealer = sealer

    # -- reading

    async def visit(self, conn: Connection, link: LinkRow, visit_hash: bytes | None = None) -> Visit | None:
        """Return one visit of a link (the newest unless told which); None if there was none."""
        found = await visit_of(conn, link, visit_hash)
        if not found:
            return None
        guests = await links.list_guests(conn, link.org_id, [found[0].booking_id])
        guest = guests[found[0].booking_id][0]
        return Visit(link, found, guest, self._manage_token(guest))

    async def managed(self, conn: Connection, token: str) -> Visit:
        """Return the visit behind a guest's manage token; raise `NotFound` for any other text."""
        rows = await links.list_managed(conn, fingerprint(token))
        found = [await bookings.find_booking(conn, row.org_id, row.booking_id) for row in rows]
        there = [row for row in found if row is not None]
        link = await links.find_link(conn, there[0].org_id, there[0].link_id or "") if there else None
        if link is None:
            raise NotFound("There is no such booking.")
        return Visit(link, there, rows[0], token)

    def _manage_token(self, guest: GuestRow) -> str:
        context = manage_context(guest.org_id, guest.booking_id, guest.guest_id)
        return self.sealer.open(guest.manage_token, *context).reveal()

    async def calendar_file(self, token: str) -> str:
        """Return a guest's bookings as iCalendar, with the guest's own address to change them."""
        async with self.db.transaction() as conn:
            visit = await self.managed(conn, token)
        return guest_calendar_file(visit.bookings, self.manage_url(token))

    def manage_url(self, token: str) -> str:
        """Return the address at which a guest changes a booking."""
        return f"{self.base_url}/book/manage/{token}"

    def calendar_links(self, visit: Visit) -> list[tuple[str, str]]:
        """Return (service, address) of what puts a visit's first meeting into other calendars."""
        first = visit.bookings[0]
        join_url = (first.conferencing or {}).get("join_url", "")
        found = calendar_links(
            title=first.title,
            start=first.starts_at,
            end=first.ends_at,
            details=description(first, self.manage_url(visit.manage_token)),
            location=first.event_details.get("location") or join_url,
            tzid=first.tzid,
        )
        return [(LINK_NAMES[name], url) for name, url in found.items()]

    # -- book

    async def book(
        self, link: LinkRow, starts: Sequence[datetime], visitor: Visitor, form_token: str
    ) -> Visit:
        """Book what the visitor chose: a start for each meeting of the link, in order of time.

        Raises:
            Invalid: `start` is none of the link's times, or `form_token` is missing.
            LinkClosed: used up, disabled, expired or not yet open; with its `state`.
            SlotTaken: somebody was quicker; with `alternatives`.
        """
        if not 16 <= len(form_token) <= 100 or not form_token.isascii():
            raise Invalid("form_token", "The form has no token. Open the page again.")
        visit_hash = fingerprint(f"{link.link_id}:{form_token}")
        try:
            async with self.db.transaction() as conn:
                locked = await links.lock_link(conn, link.org_id, link.link_id)
                if locked is None:
                    raise NotFound("There is no such link.")
                earlier = await self.visit(conn, locked, visit_hash)
                if earlier is not None:
                    return earlier
                self._require_open(locked)
                request = await with_targets_left(conn, locked, from_json(locked.request))
                people = await self._lock(conn, locked, request.subs)
                offer = await self.times.choose(conn, locked, request, starts)
                if offer is None:
                    raise _Taken
                return await self._insert(conn, locked, request, offer, visitor, visit_hash, people)
        except _Taken:
            raise await self._taken(link, from_json(link.request), starts[0]) from None

    def _require_open(self, link: LinkRow) -> None:
        state = state_of(link.status, opens_at=link.opens_at, expires_at=link.expires_at, now=self.clock())
        if state != "open":
            raise LinkClosed(state, link.display_message)

    async def _lock(self, conn: Connection, link: LinkRow, subs: Sequence[str]) -> dict[str, PersonRow]:
        people = await bookings.lock_people(conn, link.org_id, list(subs))
        return {person.account_id: person for person in people}

    async def _insert(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        offer: Offer,
        visitor: Visitor,
        visit_hash: bytes,
        people: Mapping[str, PersonRow],
    ) -> Visit:
        """Write the bookings and all that follows."""
        now = self.clock()
        guest_id, manage_token = new_id("guest"), new_secret()
        caller = _guest_caller(link.org_id, guest_id, visitor.ip)
        made: list[str] = []
        guest: GuestRow | None = None
        for part in offer.parts:
            booking_id = await self._insert_part(
                conn, link, request, part, visitor, guest_id, visit_hash, people
            )
            row = self._guest_row(link, booking_id, guest_id, visitor, manage_token)
            guest = guest or row
            await links.insert_guest(
                conn, row, manage_hash=fingerprint(manage_token), answers=visitor.answers, now=now
            )
            made.append(booking_id)
        assert guest is not None
        for booking_id in made:
            await self.events.follow(conn, caller, booking_id, "confirmed")
        await links.count_use(conn, link, now)
        used = await links.find_link(conn, link.org_id, link.link_id)
        assert used is not None
        rows = await visit_of(conn, used, visit_hash)
        await self.callbacks.completed(conn, used, rows, guest)
        await audit.append(
            conn, caller, "link.booked", now=now, target=link.link_id, detail={"bookings": made}
        )
        return Visit(used, rows, guest, manage_token)

    async def _insert_part(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        part: Part,
        visitor: Visitor,
        guest_id: str,
        visit_hash: bytes,
        people: Mapping[str, PersonRow],
    ) -> str:
        now, booking_id = self.clock(), new_id("booking")
        step = next(step for step in request.steps if step.sequence_id == part.sequence_id)
        event = _with_answers({**request.event, **step.event}, visitor)
        hosts = await links.list_hosts(
            conn, link.org_id, [*part.participants, *(target.sub for target in request.targets or ())]
        )
        organizer = _organizer(part.participants, hosts, link.account_id)
        writes = planned_writes(request, part.participants)
        conferencing = writes.conferencing or event.get("conferencing")
        tzid = str(event.get("tzid") or request.tzid)
        await bookings.insert_booking(
            conn,
            NewBooking(
                org_id=link.org_id,
                booking_id=booking_id,
                title=str(event["summary"]),
                note="",
                organizer_id=organizer.account_id,
                starts_at=part.start,
                ends_at=part.end,
                local_start=part.start.astimezone(zone(tzid)).replace(tzinfo=None),
                tzid=tzid,
                tzdata_version=tzdata_version(),
                conferencing=meeting_place(self.conferencing, _wanted_place(conferencing)),
                uid=f"{new_secret()}@convene",
                origin={},
            ),
            now,
        )
        await links.mark_booking(
            conn,
            link.org_id,
            booking_id,
            link_id=link.link_id,
            visit_hash=visit_hash,
            sequence_id=part.sequence_id,
            event_id=event_id_of(event, link, booking_id),
            event_details=event_details(
                event, request, writes, organizer, [hosts[sub] for sub in part.participants], visitor
            ),
            guest_id=guest_id,
        )
        chosen = sorted((people[sub] for sub in part.participants), key=lambda person: person.lane)
        if not await bookings.insert_participants(
            conn, link.org_id, booking_id, organizer.account_id, chosen, part.start, part.end
        ):
            raise _Taken
        await links.insert_writes(conn, link.org_id, booking_id, writes.calendars, now)
        return booking_id

    def _guest_row(
        self, link: LinkRow, booking_id: str, guest_id: str, visitor: Visitor, manage_token: str
    ) -> GuestRow:
        sealed = self.sealer.seal(manage_token, *manage_context(link.org_id, booking_id, guest_id))
        return GuestRow(
            org_id=link.org_id,
            booking_id=booking_id,
            guest_id=guest_id,
            name=visitor.name,
            email=visitor.email,
            tzid=visitor.tzid,
            locale=visitor.locale,
            manage_token=sealed,
        )

    async def _taken(
        self, link: LinkRow, request: LinkRequest, start: datetime, excluded: Sequence[str] = ()
    ) -> SlotTaken:
        async with self.db.transaction() as conn:
            near = await self.times.nearest(conn, link, request, start, excluded=excluded)
        return SlotTaken(
            "That time is no longer free. Nothing was booked; pick another.",
            alternatives=[{"start": instant(offer.start), "end": instant(offer.end)} for offer in near],
            offers=near,
        )

    # -- move and cancel

    async def move(self, token: str, starts: Sequence[datetime], revision: int | None, ip: str = "") -> Visit:
        """Move the guest's bookings to other times of the same link, with the same hosts.

        Moving to where it is changes nothing. `revision` is the sum of the bookings' revisions that the page showed.

        Raises:
            NotFound: no such manage token.
            Conflict: `already_cancelled`, `already_over`, or `stale_page`: it was changed after the page was opened.
            SlotTaken: with `alternatives`; everything stays where it was.
        """
        around: Visit | None = None
        try:
            async with self.db.transaction() as conn:
                around = visit = await self._lock_visit(conn, token, revision)
                moving = visit.to_come(self.clock())
                if [row.starts_at for row in moving] == list(starts):
                    return visit
                ids = [row.booking_id for row in moving]
                request = await self.request_of(conn, visit)
                offer = await self.times.choose(conn, visit.link, request, starts, excluded=ids)
                if offer is None:
                    raise _Taken
                await self._move(conn, visit, offer, ip)
                return await self.managed(conn, token)
        except _Taken:
            assert around is not None
            raise await self._moved_too_late(around, starts[0]) from None

    async def request_of(self, conn: Connection, visit: Visit) -> LinkRequest:
        """Return what may be chosen from to move a visit: the link's times at which the same hosts can make it.

        It asks about the meetings that are still to come, about all of them if none is.
        """
        rows = visit.to_come(self.clock()) or visit.bookings
        attending = await attending_of(conn, rows)
        by_step = {row.sequence_id: attending[row.booking_id] for row in rows}
        request = kept_to(from_json(visit.link.request), by_step)
        return replace(request, steps=tuple(step for step in request.steps if step.sequence_id in by_step))

    async def _moved_too_late(self, visit: Visit, start: datetime) -> SlotTaken:
        async with self.db.transaction() as conn:
            request = await self.request_of(conn, visit)
        return await self._taken(visit.link, request, start, [row.booking_id for row in visit.bookings])

    async def _move(self, conn: Connection, visit: Visit, offer: Offer, ip: str) -> None:
        caller = _guest_caller(visit.link.org_id, visit.guest.guest_id, ip)
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
                raise _Taken
            await self.events.follow(conn, caller, row.booking_id, "rescheduled")

    async def cancel(self, token: str, reason: str, ip: str = "") -> Visit:
        """Cancel the guest's bookings; what is cancelled or over stays so.

        Raises:
            NotFound: no such manage token.
            Conflict: `already_over`.
        """
        async with self.db.transaction() as conn:
            visit = await self._lock_visit(conn, token, None, is_cancelling=True)
            caller = _guest_caller(visit.link.org_id, visit.guest.guest_id, ip)
            for row in visit.to_come(self.clock()):
                await self._cancel(conn, row, caller, reason)
            return await self.managed(conn, token)

    async def cancel_event(self, application: Application, event_id: str) -> None:
        """Cancel what the application's links have booked under this name in the account's calendar, if anything.

        Applications cancel a booked meeting as they do any other event of theirs: by deleting it.
        """
        async with self.db.transaction() as conn:
            ids = await links.list_event_bookings(
                conn, application.org_id, application.client_id, application.sub, event_id
            )
            rows = [await bookings.find_booking(conn, application.org_id, booking_id) for booking_id in ids]
            attending = await attending_of(conn, [row for row in rows if row is not None])
            people = dict.fromkeys(sub for subs in attending.values() for sub in subs)
            if ids:
                await bookings.lock_people(conn, application.org_id, list(people))
            caller = Caller(application.org_id, "system", application.sub, ip=application.ip or None)
            for booking_id in ids:
                row = await bookings.lock_booking(conn, application.org_id, booking_id)
                if row is not None and row.state == "confirmed":
                    await self._cancel(conn, row, caller, "")

    async def _cancel(self, conn: Connection, row: BookingRow, caller: Caller, reason: str) -> None:
        await bookings.update_cancelled(
            conn, row, reason=reason, changed_by=caller.member_id, now=self.clock()
        )
        await bookings.release_participants(conn, row.org_id, row.booking_id)
        await self.events.follow(conn, caller, row.booking_id, "cancelled")

    async def _lock_visit(
        self, conn: Connection, token: str, revision: int | None, *, is_cancelling: bool = False
    ) -> Visit:
        """Lock everybody whom the link asks about and the bookings, then judge whether they may still be changed."""
        visit = await self.managed(conn, token)
        org_id = visit.link.org_id
        if from_json(visit.link.request).page is not None:
            await links.lock_link(conn, org_id, visit.link.link_id)  # its limit per day is counted
        ids = [row.booking_id for row in visit.bookings]
        attending = await attending_of(conn, visit.bookings)
        attendees = [sub for subs in attending.values() for sub in subs]
        subs = list(dict.fromkeys([*from_json(visit.link.request).subs, *attendees]))
        await self._lock(conn, visit.link, subs)
        rows = [await bookings.lock_booking(conn, org_id, booking_id) for booking_id in sorted(ids)]
        visit = await self.managed(conn, token)
        if visit.is_cancelled and not is_cancelling:
            raise Conflict("This meeting was cancelled.", code="already_cancelled")
        if revision is not None and revision != sum(row.revision for row in rows if row is not None):
            raise Conflict("This meeting has changed since you opened the page.", code="stale_page")
        if not visit.is_cancelled and not visit.to_come(self.clock()):
            raise Conflict("This meeting is over.", code="already_over")
        return visit


def _guest_caller(org_id: str, guest_id: str, ip: str) -> Caller:
    """The guest as the actor of a change: it may do what this module does and nothing else."""
    return Caller(org_id=org_id, kind="system", account_id=guest_id, role="guest", ip=ip or None)


def _organizer(participants: Sequence[str], hosts: Mapping[str, HostRow], maker: str | None) -> HostRow:
    """Who leads the meeting: the link's maker if they attend, else the first person, else whoever is first."""
    if maker is not None and maker in participants:
        return hosts[maker]
    people = [hosts[sub] for sub in participants if hosts[sub].kind == "person"]
    return people[0] if people else hosts[participants[0]]


def _with_answers(event: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
    """The event with what the visitor answered below its description, for the hosts' calendars."""
    told = [text for text in (event.get("description"), told_answers(visitor.answers)) if text]
    return {**event, "description": "\n\n".join(told)} if told else event


def _wanted_place(conferencing: object) -> bool | str:
    """From the event's `conferencing` to what `meeting_place` takes: an address, the installation's own, or none."""
    if not isinstance(conferencing, Mapping):
        return False
    profile = str(conferencing.get("profile_id") or "")
    if profile == "explicit":
        return str(conferencing.get("join_url") or "")
    return profile not in ("", "none")
