"""What a visitor booked through a link, read with the guest's own token: the meetings, and how they can be taken along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from convene.core.errors import NotFound
from convene.core.permissions import Caller
from convene.core.scheduling_links import LinkRequest, from_json, kept_to, reaching
from convene.core.series import rule_of
from convene.formats.calendar_links import LINK_NAMES, calendar_links
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint
from convene.services.booking_calendar import guest_calendar_file
from convene.services.booking_snapshot import description
from convene.services.link_view import attending_of, link_url, manage_context
from convene.storage import bookings, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, Database
from convene.storage.links import GuestRow, LinkRow

AROUND = timedelta(days=14)
"""How far a meeting of a series is moved at most, at once."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The bookings of one filled-in form, first meeting first, with their guest and the guest's manage token."""

    link: LinkRow
    bookings: Sequence[BookingRow]
    guest: GuestRow
    manage_token: str
    others: int = 0
    """How many other guests have a seat in the meeting."""

    @property
    def is_seated(self) -> bool:
        """Whether it is one seat of a meeting that others may share."""
        return "seats" in self.bookings[0].event_details

    @property
    def is_series(self) -> bool:
        """Whether its meetings are moved and cancelled one by one."""
        return "series" in self.bookings[0].event_details

    def part(self, booking_id: str, *, following: bool = False) -> Visit:
        """Return one of its meetings alone, with all that come after if `following`; all of them for no id.

        Raises:
            NotFound: it has no such meeting.
        """
        if not booking_id:
            return self
        first = next((row for row in self.bookings if row.booking_id == booking_id), None)
        if first is None:
            raise NotFound("There is no such booking.")
        rest = [row for row in self.bookings if row.starts_at >= first.starts_at]
        return replace(self, bookings=rest if following else [first])

    @property
    def has_left(self) -> bool:
        """Whether the guest gave up the seat while the meeting goes on."""
        return self.guest.left_at is not None

    @property
    def is_cancelled(self) -> bool:
        return self.has_left or all(booking.is_off for booking in self.bookings)

    @property
    def is_requested(self) -> bool:
        """Whether a host has yet to accept it."""
        return any(booking.state == "requested" for booking in self.bookings)

    def to_come(self, now: datetime) -> Sequence[BookingRow]:
        """The meetings that can still be moved or cancelled: of a sequence some may be over or called off."""
        if self.has_left:
            return []
        return [row for row in self.bookings if not row.is_off and row.ends_at > now]

    @property
    def freed(self) -> Sequence[str]:
        """The bookings whose time is free once this guest has moved: none that others stay in."""
        return [] if self.others else [row.booking_id for row in self.bookings]

    @property
    def stamp(self) -> int:
        """Tells a page that was opened before a change from one after it. Of a meeting that is shared only when it is
        matters to its guests: who else comes and goes is not theirs to know."""
        if self.is_seated:
            return sum(int(row.starts_at.timestamp()) // 60 for row in self.bookings)
        return sum(row.revision for row in self.bookings)


class LinkVisits:
    """Reads visits. Whoever has a guest's token may."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, base_url: str) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.base_url = base_url

    async def visit(self, conn: Connection, link: LinkRow, visit_hash: bytes | None = None) -> Visit | None:
        """Return one visit of a link (the newest unless told which); None if there was none."""
        wanted = visit_hash or await links.last_visit(conn, link)
        taken = await links.find_taken(conn, link, wanted) if wanted is not None else None
        rows = await links.list_managed(conn, taken) if taken is not None else []
        return await self._visit(conn, rows, self._manage_token(rows[0])) if rows else None

    async def managed(self, conn: Connection, token: str) -> Visit:
        """Return the visit behind a guest's manage token; raise `NotFound` for any other text."""
        found = await self._visit(conn, await links.list_managed(conn, fingerprint(token)), token)
        if found is None:
            raise NotFound("There is no such booking.")
        return found

    async def _visit(self, conn: Connection, rows: Sequence[GuestRow], token: str) -> Visit | None:
        found = [await bookings.find_booking(conn, row.org_id, row.booking_id) for row in rows]
        there = [row for row in found if row is not None]
        link = await links.find_link(conn, there[0].org_id, there[0].link_id or "") if there else None
        if link is None:
            return None
        visit = Visit(link, there, rows[0], token)
        return replace(visit, others=await _others(conn, visit)) if visit.is_seated else visit

    async def request_of(self, conn: Connection, visit: Visit) -> LinkRequest:
        """Return what may be chosen from to move a visit: the link's times at which the same hosts can make it.

        It asks about the meetings that are still to come, about all of them if none is.
        """
        rows = visit.to_come(self.clock()) or visit.bookings
        attending = await attending_of(conn, rows)
        by_step = {row.sequence_id: attending[row.booking_id] for row in rows}
        request = kept_to(from_json(visit.link.request), by_step)
        return replace(request, steps=tuple(step for step in request.steps if step.sequence_id in by_step))

    async def choices_of(self, conn: Connection, visit: Visit) -> LinkRequest:
        """Return what may be chosen from to move a visit: `request_of`, and whatever the link offers to a guest who leaves
        others behind, because the hosts stay with those. A meeting of a series can be put near to where it is."""
        if visit.others:
            return from_json(visit.link.request)
        request = await self.request_of(conn, visit)
        last = visit.bookings[-1].starts_at + AROUND
        return reaching(request, last, self.clock()) if visit.is_series else request

    def _manage_token(self, guest: GuestRow) -> str:
        context = manage_context(guest.org_id, guest.booking_id, guest.guest_id)
        return self.sealer.open(guest.manage_token, *context).reveal()

    async def calendar_file(self, token: str) -> str:
        """Return a guest's bookings as iCalendar, with the guest's own address to change them.

        Raises:
            NotFound: no such token, or a host has yet to accept what was asked for.
        """
        async with self.db.transaction() as conn:
            visit = await self.managed(conn, token)
        if visit.is_requested:
            raise NotFound("This meeting has yet to be accepted.")
        return guest_calendar_file(visit.bookings, self.manage_url(token))

    def link_path(self, link: LinkRow) -> str:
        """Return the path of a link's page."""
        return link_url(self.sealer, link, "")

    def manage_url(self, token: str) -> str:
        """Return the address at which a guest changes a booking."""
        return f"{self.base_url}/book/manage/{token}"

    def calendar_links(self, visit: Visit) -> list[tuple[str, str]]:
        """Return (service, address) of what puts a visit's first meeting into other calendars.

        Google's holds a whole series, where its meetings follow each other by a rule.
        """
        held = [row for row in visit.bookings if not row.is_off] or list(visit.bookings)
        first = held[0]
        repeats = visit.is_series and len({row.ends_at - row.starts_at for row in held}) == 1
        join_url = (first.conferencing or {}).get("join_url", "")
        found = calendar_links(
            title=first.title,
            start=first.starts_at,
            end=first.ends_at,
            details=description(first, self.manage_url(visit.manage_token)),
            location=first.event_details.get("location") or join_url,
            tzid=first.tzid,
            rule=rule_of([row.starts_at for row in held], first.tzid) if repeats else "",
        )
        return [(LINK_NAMES[name], url) for name, url in found.items()]


async def _others(conn: Connection, visit: Visit) -> int:
    row = visit.bookings[0]
    guests = (await links.list_guests(conn, row.org_id, [row.booking_id]))[row.booking_id]
    return sum(guest.left_at is None and guest.guest_id != visit.guest.guest_id for guest in guests)


def guest_caller(org_id: str, guest_id: str, ip: str) -> Caller:
    """The guest as the actor of a change: it may book, move and cancel by its own token and nothing else."""
    return Caller(org_id=org_id, kind="system", account_id=guest_id, role="guest", ip=ip or None)
