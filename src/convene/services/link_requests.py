"""Requests: what visitors chose of links whose hosts want to be asked first.

A request is a booking in state `requested`. Its time is taken and its use counted like any other's, so nobody can have
it in between. Calendars and the link's application hear of it once a host has accepted. Whoever declines, withdraws or
lets it go unanswered gives time and use back. Each answer is given under the locks of link, people and booking: of two
at once, one counts and the other is told so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from convene.core.errors import Conflict, NotFound, Stale
from convene.core.ids import is_id
from convene.core.instants import HOUR
from convene.core.page_terms import DEFAULT_HOURS
from convene.core.permissions import Caller
from convene.core.scheduling_links import LinkRequest
from convene.services.bookings import BookingService
from convene.services.idempotency import IdempotencyKey, Outcome, run_once
from convene.services.link_view import attending_of
from convene.storage import audit, bookings, link_requests, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.links import LinkRow

logger = logging.getLogger(__name__)

NOBODY = "system"
"""Who has declined a request that went unanswered (`changed_by`)."""
UNANSWERED = "Nobody answered in time."
Answer = Literal["confirmed", "declined"]


@dataclass(frozen=True, slots=True)
class _Locked:
    link: LinkRow | None
    rows: Sequence[BookingRow]

    def requested(self) -> Sequence[BookingRow]:
        return [row for row in self.rows if row.state == "requested"]


async def make_request(
    conn: Connection, org_id: str, booking_id: str, request: LinkRequest, now: datetime
) -> None:
    """Make a fresh booking of a link wait for a host's answer, if the link's hosts want to be asked."""
    if request.answer_within is not None:
        answer_by = now + timedelta(seconds=request.answer_within)
        await link_requests.mark_requested(conn, org_id, booking_id, answer_by)


async def renew_request(conn: Connection, row: BookingRow, request: LinkRequest, now: datetime) -> None:
    """Let a request that was moved wait anew, also if its link asks nobody any more."""
    answer_by = now + timedelta(seconds=request.answer_within or DEFAULT_HOURS * HOUR)
    await link_requests.mark_requested(conn, row.org_id, row.booking_id, answer_by)


class LinkRequests:
    """Answers to requests."""

    def __init__(self, booking_service: BookingService) -> None:
        self.db = booking_service.db
        self.clock = booking_service.clock
        self.events = booking_service.events

    async def accept(
        self,
        caller: Caller,
        booking_id: str,
        *,
        expected_revision: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Make a request a meeting, with all that was asked for together; any of its hosts may. An accepted one stays so.

        Raises:
            NotFound: the member does not take part.
            Stale: `expected_revision` is not the current one.
            Conflict: `already_answered`: it was declined, withdrawn, or nobody answered in time; with its `state`.
        """
        return await self._answer(caller, booking_id, "confirmed", "", expected_revision, key)

    async def decline(
        self,
        caller: Caller,
        booking_id: str,
        reason: str = "",
        *,
        expected_revision: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Decline a request; its time is free again. A declined one stays as it is.

        Raises:
            NotFound, Stale: as for `accept`.
            Conflict: `already_answered`: it was accepted (cancel the meeting instead) or withdrawn.
        """
        return await self._answer(caller, booking_id, "declined", reason, expected_revision, key)

    async def _answer(
        self,
        caller: Caller,
        booking_id: str,
        answer: Answer,
        reason: str,
        expected_revision: int | None,
        key: IdempotencyKey | None,
    ) -> Outcome:
        caller.require("bookings:write")
        if is_id(booking_id, "bkg"):
            await self._expire(caller.org_id, booking_id)
        async with self.db.transaction() as conn:

            async def work() -> dict[str, Any]:
                await self._require_host(conn, caller, booking_id)
                locked = await self._lock(conn, caller.org_id, booking_id)
                row = next(row for row in locked.rows if row.booking_id == booking_id)
                if row.state == answer:
                    return await self.events.snapshot(conn, row)
                if expected_revision is not None and row.revision != expected_revision:
                    raise Stale(
                        "This request has changed since you opened it. Look at it again, then decide.",
                        revision=row.revision,
                    )
                if row.state != "requested" or _is_late(row, self.clock()):
                    raise Conflict(_too_late(row), code="already_answered", state=row.state)
                await self._settle(conn, caller, locked, answer, reason)
                return await self.events.snapshot(conn, await _found(conn, row))

            return await run_once(conn, key, self.clock(), work)

    async def _require_host(self, conn: Connection, caller: Caller, booking_id: str) -> None:
        row = (
            await bookings.find_booking(conn, caller.org_id, booking_id) if is_id(booking_id, "bkg") else None
        )
        people = await bookings.list_participants(conn, caller.org_id, [booking_id]) if row else {}
        if caller.member_id not in {person.account_id for person in people.get(booking_id, ())}:
            raise NotFound("There is no such meeting, or you do not take part in it.")

    async def _lock(self, conn: Connection, org_id: str, booking_id: str) -> _Locked:
        """Lock the link, everybody who takes part and what was booked together, in the one order."""
        known = await bookings.find_booking(conn, org_id, booking_id)
        assert known is not None
        link = await links.lock_link(conn, org_id, known.link_id) if known.link_id else None
        ids = await link_requests.list_visit_of(conn, org_id, booking_id) or [booking_id]
        found = [row for one in ids if (row := await bookings.find_booking(conn, org_id, one)) is not None]
        attending = await attending_of(conn, found)
        await bookings.lock_people(
            conn, org_id, list(dict.fromkeys(sub for subs in attending.values() for sub in subs))
        )
        locked = {one: await bookings.lock_booking(conn, org_id, one) for one in sorted(ids)}
        return _Locked(link, [row for one in ids if (row := locked[one]) is not None])

    async def _settle(
        self, conn: Connection, caller: Caller, locked: _Locked, answer: Answer, reason: str
    ) -> None:
        """Give the answer; everything is locked."""
        now, link = self.clock(), locked.link
        rows = locked.requested()
        for row in rows:
            await link_requests.answer(
                conn, row, state=answer, reason=reason, changed_by=caller.member_id, now=now
            )
            if answer == "declined":
                await bookings.release_participants(conn, row.org_id, row.booking_id)
            await self.events.follow(conn, caller, row.booking_id, answer, is_request=answer == "declined")
        if link is None:
            return
        if answer == "declined":
            await link_requests.give_back_use(conn, link, now)
        else:
            guests = await links.list_guests(conn, link.org_id, [rows[0].booking_id])
            told = [await _found(conn, row) for row in rows]
            await self.events.link_callbacks.completed(conn, link, told, guests[rows[0].booking_id][0])
        await audit.append(
            conn,
            caller,
            f"request.{answer}",
            now=now,
            target=link.link_id,
            detail={"bookings": [row.booking_id for row in rows]},
        )

    async def expire_due(self) -> None:
        """Decline every request whose time to be answered is over."""
        async with self.db.connection() as conn:
            due = await link_requests.list_unanswered(conn, self.clock())
        for org_id, booking_id in due:
            try:
                await self._expire(org_id, booking_id)
            except Exception:
                # One that cannot be declined now must not keep the others waiting.
                logger.exception("the request %s could not be declined", booking_id)

    async def _expire(self, org_id: str, booking_id: str) -> None:
        """Decline a request that was not answered in time; do nothing to any other booking."""
        async with self.db.transaction() as conn:
            row = await bookings.find_booking(conn, org_id, booking_id)
            if row is None or not _is_late(row, self.clock()):
                return
            locked = await self._lock(conn, org_id, booking_id)
            if any(_is_late(row, self.clock()) for row in locked.requested()):
                nobody = Caller(org_id=org_id, kind="system", account_id=NOBODY)
                await self._settle(conn, nobody, locked, "declined", UNANSWERED)


def _is_late(row: BookingRow, now: datetime) -> bool:
    return row.state == "requested" and row.answer_by is not None and row.answer_by <= now


def _too_late(row: BookingRow) -> str:
    if row.state == "confirmed":
        return "This request was accepted already. Cancel the meeting instead."
    if row.state == "declined" and row.changed_by != NOBODY:
        return "This request was declined already."
    if row.state == "cancelled":
        return "Whoever asked for this meeting has withdrawn the request."
    return "Nobody answered this request in time; the time is free again."


async def _found(conn: Connection, row: BookingRow) -> BookingRow:
    found = await bookings.find_booking(conn, row.org_id, row.booking_id)
    assert found is not None
    return found
