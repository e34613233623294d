"""Conflicts: what a booking and somebody's calendar say differently, and the decision of a person.

`ours` is what is booked, `theirs` what the calendar said. Deciding for theirs is an ordinary change of the booking by the
one who decides, in one transaction with the decision: who is quicker decides, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from convene.core import errors
from convene.core.event_merge import Version
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.services.bookings import BookingService
from convene.services.event_versions import version_from
from convene.services.two_way_decisions import Decisions
from convene.storage import audit, bookings, calendar_conflicts
from convene.storage.calendar_conflicts import Conflict
from convene.storage.database import Connection, Database

Choice = Literal["ours", "theirs"]
MOST_LISTED = 100


class CalendarConflictService:
    def __init__(
        self, db: Database, clock: Clock, booking_service: BookingService, decisions: Decisions
    ) -> None:
        self.db = db
        self.clock = clock
        self.bookings = booking_service
        self.decisions = decisions

    async def mine(self, caller: Caller, state: str) -> list[Conflict]:
        """Return the newest conflicts of the member's calendars and proposals of their meetings, open or resolved."""
        caller.require("bookings:read")
        async with self.db.connection() as conn:
            return await calendar_conflicts.list_conflicts(
                conn, caller.org_id, caller.member_id, state, self.clock(), MOST_LISTED
            )

    async def resolve(self, caller: Caller, conflict_id: str, choice: Choice) -> Conflict:
        """Decide for what is booked or for what the calendar said, and return the conflict as it is then.

        Raises:
            NotFound: no conflict that this member may see.
            Forbidden: nobody accepts their own proposal.
            Conflict: `already_resolved`, or the meeting is off or over.
            SlotTaken: `theirs` is another time and not free; with `field`, `alternatives` and `blocked_by`.
        """
        caller.require("bookings:write")
        async with self.db.connection() as conn:
            found = await self._get(conn, caller, conflict_id)
        if found.state != "open":
            raise _resolved()
        if choice not in choices_of(found, caller.member_id):
            raise errors.Forbidden("Others decide about a time that you propose. You can withdraw it.")
        if choice == "ours":
            await self._keep(caller, found)
        elif found.theirs is None:
            await self._cancel(caller, found)
        else:
            await self._take(caller, found, version_from(found.theirs))
        async with self.db.connection() as conn:
            return await self._get(conn, caller, conflict_id)

    async def _get(self, conn: Connection, caller: Caller, conflict_id: str) -> Conflict:
        found = (
            await calendar_conflicts.get_conflict(conn, caller.org_id, caller.member_id, conflict_id)
            if is_id(conflict_id, "cfl")
            else None
        )
        if found is None:
            raise errors.NotFound("There is no such conflict, or it is not yours to decide.")
        return found

    async def _keep(self, caller: Caller, found: Conflict) -> None:
        async with self.db.transaction() as conn:
            booking = await bookings.lock_booking(conn, found.org_id, found.booking_id)
            if booking is not None and not booking.is_off:
                await self.decisions.rewrite(conn, found.org_id, found.booking_id, found.account_id)
            await self._resolved(conn, caller, found, "ours")

    async def _cancel(self, caller: Caller, found: Conflict) -> None:
        async def also(conn: Connection) -> None:
            await self._resolved(conn, caller, found, "theirs")

        reason = f"Deleted in {found.calendar_name}."
        await self.bookings.cancel(caller, found.booking_id, reason, also=also)

    async def _take(self, caller: Caller, found: Conflict, theirs: Version) -> None:
        async def also(conn: Connection) -> None:
            await self._word(conn, caller, found, theirs)
            await self._resolved(conn, caller, found, "theirs")

        if "start" not in found.fields:
            async with self.db.transaction() as conn:
                await bookings.lock_booking(conn, found.org_id, found.booking_id)
                await also(conn)
            return
        minutes = int((theirs.end - theirs.start) / timedelta(minutes=1))
        try:
            await self.bookings.reschedule(caller, found.booking_id, theirs.start, minutes, also=also)
        except errors.SlotTaken as taken:
            raise errors.SlotTaken(taken.detail, **{**taken.fields, "field": "theirs.start"}) from None

    async def _word(self, conn: Connection, caller: Caller, found: Conflict, theirs: Version) -> None:
        """Let the booking say what the calendar said, where that is in question. The booking is locked."""
        row = await bookings.find_booking(conn, found.org_id, found.booking_id)
        if row is None or row.is_off:
            raise errors.Conflict("This meeting was cancelled.", code="already_cancelled")
        asked = set(found.fields)
        rooms = await bookings.list_rooms(conn, row.org_id, [row.booking_id])
        has_place = "location" in asked and not rooms[row.booking_id]
        if not asked & {"title", "description"} and not has_place:
            return
        await bookings.update_text(
            conn,
            row,
            title=theirs.title if "title" in asked and theirs.title else row.title,
            note=theirs.description if "description" in asked else row.note,
            location=theirs.location if has_place else None,
            changed_by=caller.member_id,
            now=self.clock(),
        )
        await self.decisions.events.follow(conn, caller, row.booking_id, "edited")

    async def _resolved(self, conn: Connection, caller: Caller, found: Conflict, choice: Choice) -> None:
        """Record the decision; if somebody was quicker, nothing of this one happens."""
        now = self.clock()
        if not await calendar_conflicts.resolve_conflict(
            conn, found, resolution=choice, resolved_by=caller.member_id, now=now
        ):
            raise _resolved()
        if found.is_proposal:
            await self.decisions.show(conn, found.org_id, found.booking_id)
        if found.is_proposal and choice == "ours" and caller.member_id != found.account_id:
            told = {
                "sub": found.account_id,
                "connection_id": "",
                "label": found.title,
                "code": "proposal_refused",
                "detail": f"“{found.title}”: the time that you proposed was refused. It stays where it was.",
            }
            await self.decisions.notify_attention(conn, found.org_id, told)
        detail: dict[str, object] = {"choice": choice, "booking": found.booking_id, "fields": found.fields}
        for name, version in (("ours", found.ours), ("theirs", found.theirs or {})):
            detail |= {f"{name}_{field}": version.get(field, "") for field in found.fields}
        await audit.append(
            conn,
            caller,
            "calendar_conflict.resolved",
            now=now,
            target=found.conflict_id,
            detail=detail,
        )


def choices_of(conflict: Conflict, account_id: str) -> Sequence[Choice]:
    """Return how a member may decide; of their own proposal they can only let go."""
    if conflict.state != "open":
        return ()
    if conflict.is_proposal and conflict.account_id == account_id:
        return ("ours",)
    return ("ours", "theirs")


def _resolved() -> errors.Conflict:
    return errors.Conflict("This has been decided meanwhile.", code="already_resolved")
