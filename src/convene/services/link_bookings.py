"""Booking through a link: one transaction from the visitor's choice to everything that follows from it.

Lock the link, then everybody's calendars in the one order, ask availability again for this very choice, take the time of
the chosen members in one statement, write the events' rows, history, webhooks and callbacks, count the use, commit. The
form that was filled in has a token: sent twice it books once. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.core.errors import Invalid, NotFound
from convene.core.instants import tzdata_version, zone
from convene.core.scheduling_links import LinkRequest, from_json, state_of
from convene.core.series import SeriesChoice
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.bookings import BookingService
from convene.services.link_callbacks import LinkCallbacks
from convene.services.link_events import event_details, event_id_of, planned_writes, with_targets_left
from convene.services.link_refusals import LinkClosed, Taken, slot_taken
from convene.services.link_requests import make_request
from convene.services.link_seats import LinkSeats
from convene.services.link_series import LinkSeries
from convene.services.link_times import LinkTimes, Offer, Part
from convene.services.link_view import manage_context, visit_of
from convene.services.link_visits import LinkVisits, Visit, guest_caller
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


class LinkBookings:
    """What visitors do with a link. They need no more than its address."""

    def __init__(
        self,
        booking_service: BookingService,
        times: LinkTimes,
        callbacks: LinkCallbacks,
        visits: LinkVisits,
        seats: LinkSeats,
    ) -> None:
        self.db = booking_service.db
        self.clock = booking_service.clock
        self.conferencing = booking_service.conferencing
        self.events = booking_service.events
        self.times = times
        self.series = LinkSeries(times)
        self.callbacks = callbacks
        self.visits = visits
        self.seats = seats
        self.sealer = visits.sealer

    async def book(
        self,
        link: LinkRow,
        starts: Sequence[datetime],
        visitor: Visitor,
        form_token: str,
        series: SeriesChoice | None = None,
        *,
        first: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> Visit:
        """Book what the visitor chose: a start for each meeting of the link, in order of time, or those of a `series`.

        `first` is done before anything is judged, with link and people locked; with the booking it is undone.

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
                earlier = await self.visits.visit(conn, locked, visit_hash)
                if earlier is not None:
                    return earlier
                self._require_open(locked)
                request = await with_targets_left(conn, locked, from_json(locked.request))
                people = await self._lock(conn, locked, request.subs)
                if first is not None:
                    await first(conn)
                shared = await self.seats.open_at(conn, locked, request, starts[0])
                if shared is not None and len(starts) == 1:
                    return await self._join(conn, locked, request, shared, visitor, visit_hash)
                if series is None or request.recurrence is None:
                    offer = await self.times.choose(conn, locked, request, starts)
                else:
                    offer = await self.series.choose(conn, locked, request, series)
                if offer is None:
                    raise Taken
                return await self._insert(conn, locked, request, offer, visitor, visit_hash, people)
        except Taken:
            raise await slot_taken(self.db, self.times, link, from_json(link.request), starts[0]) from None

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
        caller = guest_caller(link.org_id, guest_id, visitor.ip)
        made: list[str] = []
        guest: GuestRow | None = None
        for number, part in enumerate(offer.parts, 1):
            place = number, len(offer.parts)
            booking_id = await self.insert_part(
                conn, link, request, part, visitor, guest_id, visit_hash, people, place
            )
            row = self._guest_row(link, booking_id, guest_id, visitor, manage_token)
            guest = guest or row
            await links.insert_guest(
                conn,
                row,
                manage_hash=fingerprint(manage_token),
                visit_hash=visit_hash,
                answers=visitor.answers,
                now=now,
            )
            made.append(booking_id)
        assert guest is not None
        is_request = request.answer_within is not None
        told = []
        for booking_id in made:
            action = "requested" if is_request else "confirmed"
            told.append(await self.events.follow(conn, caller, booking_id, action, is_request=is_request))
        if request.recurrence is not None and len(made) > 1:
            await self.events.announce_series(conn, link.org_id, told)
        await links.count_use(conn, link, now)
        used = await links.find_link(conn, link.org_id, link.link_id)
        assert used is not None
        rows = await visit_of(conn, used, visit_hash)
        if not is_request:
            await self.callbacks.completed(conn, used, rows, guest)
        await audit.append(
            conn, caller, "link.booked", now=now, target=link.link_id, detail={"bookings": made}
        )
        return Visit(used, rows, guest, manage_token)

    async def _join(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        shared: BookingRow,
        visitor: Visitor,
        visit_hash: bytes,
    ) -> Visit:
        """Give the visitor a seat in a meeting that is there, and write all that follows."""
        now = self.clock()
        guest_id, manage_token = new_id("guest"), new_secret()
        caller = guest_caller(link.org_id, guest_id, visitor.ip)
        guest = self._guest_row(link, shared.booking_id, guest_id, visitor, manage_token)
        await links.insert_guest(
            conn,
            guest,
            manage_hash=fingerprint(manage_token),
            visit_hash=visit_hash,
            answers=visitor.answers,
            now=now,
        )
        await self.seats.join(conn, shared, request, caller)
        await links.count_use(conn, link, now)
        visit = await self.visits.managed(conn, manage_token)
        await self.callbacks.completed(conn, visit.link, visit.bookings, guest)
        await audit.append(
            conn, caller, "link.joined", now=now, target=link.link_id, detail={"booking": shared.booking_id}
        )
        return visit

    async def insert_part(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        part: Part,
        visitor: Visitor,
        guest_id: str,
        visit_hash: bytes,
        people: Mapping[str, PersonRow],
        place: tuple[int, int] = (1, 1),
    ) -> str:
        """Write one meeting with its participants, without its guest; return its id.

        Args:
            people: everybody who may attend, locked.
            place: which it is of how many meetings that the visit books.

        Raises:
            Taken: a participant's time is.
        """
        now, booking_id = self.clock(), new_id("booking")
        step = next(step for step in request.steps if step.sequence_id == part.sequence_id)
        event = {**request.event, **step.event}
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
        details = event_details(
            event, request, writes, organizer, [hosts[sub] for sub in part.participants], visitor
        )
        if request.recurrence is not None and place[1] > 1:
            details["series"] = {"number": place[0], "count": place[1]}
        await links.mark_booking(
            conn,
            link.org_id,
            booking_id,
            link_id=link.link_id,
            visit_hash=visit_hash,
            sequence_id=part.sequence_id,
            event_id=event_id_of(event, link, booking_id),
            event_details=details,
            guest_id=guest_id,
            series_index=part.series_index,
        )
        chosen = sorted((people[sub] for sub in part.participants), key=lambda person: person.lane)
        if not await bookings.insert_participants(
            conn, link.org_id, booking_id, organizer.account_id, chosen, part.start, part.end
        ):
            raise Taken
        await links.insert_writes(conn, link.org_id, booking_id, writes.calendars, now)
        await make_request(conn, link.org_id, booking_id, request, now)
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


def _organizer(participants: Sequence[str], hosts: Mapping[str, HostRow], maker: str | None) -> HostRow:
    """Who leads the meeting: the link's maker if they attend, else the first person, else whoever is first."""
    if maker is not None and maker in participants:
        return hosts[maker]
    people = [hosts[sub] for sub in participants if hosts[sub].kind == "person"]
    return people[0] if people else hosts[participants[0]]


def _wanted_place(conferencing: object) -> bool | str:
    """From the event's `conferencing` to what `meeting_place` takes: an address, the installation's own, or none."""
    if not isinstance(conferencing, Mapping):
        return False
    profile = str(conferencing.get("profile_id") or "")
    if profile == "explicit":
        return str(conferencing.get("join_url") or "")
    return profile not in ("", "none")
