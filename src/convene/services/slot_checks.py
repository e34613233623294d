"""The last look before time is taken, for bookings and holds alike, and what to say when it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Invalid, SlotTaken
from convene.core.ids import is_id
from convene.core.instants import from_seconds
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.services.availability import MAX_AHEAD, AvailabilityService
from convene.services.availability_shares import Consent, read_consent
from convene.services.booking_snapshot import instant
from convene.services.rooms import substitutes
from convene.storage.bookings import PersonRow
from convene.storage.database import Connection

MAX_PARTICIPANTS = 50


class Taken(Exception):
    """The time is not free; leaves the transaction so that alternatives are searched without locks."""

    def __init__(self, blocked_by: list[dict[str, str]]) -> None:
        self.blocked_by = blocked_by


def check_subs(subs: Sequence[str], *, prefix: str, field: str) -> None:
    """Raise `Invalid` naming `field` unless all are ids of this kind and not too many."""
    kind = "an account id" if prefix == "acc" else "the id of a room"
    for sub in subs:
        if not is_id(sub, prefix):
            raise Invalid(field, f"{field}: {sub[:40]!r} is not {kind}.")
    if len(subs) > MAX_PARTICIPANTS:
        raise Invalid(field, f"{field}: at most {MAX_PARTICIPANTS} fit.")


class SlotChecks:
    """Args:
    clock: the present.
    """

    def __init__(self, availability: AvailabilityService, clock: Clock) -> None:
        self.availability = availability
        self.clock = clock

    def check_start(self, start: datetime) -> None:
        """Raise `Invalid` unless a meeting may start then as far as anybody's time is known."""
        if start.second or start.microsecond:
            raise Invalid("start", "start must be a whole minute.")
        if start > self.clock() + MAX_AHEAD:
            raise Invalid("start", f"start may be at most {MAX_AHEAD.days} days ahead.")

    async def consent(
        self,
        conn: Connection,
        caller: Caller,
        share_id: str | None,
        everybody: Sequence[str],
        start: datetime,
        duration_minutes: int,
    ) -> Consent | None:
        """Return what the share that a booking rests on allows; it cannot end before the transaction does.

        Raises:
            Invalid: `start`, outside the days that are shared; `share`, its owner does not take part.
            Conflict: `share_ended`.
        """
        if share_id is None:
            return None
        found = await read_consent(conn, caller.org_id, share_id, everybody, self.clock(), lock=True)
        if not found.covers(start, start + timedelta(minutes=duration_minutes)):
            raise Invalid("start", "start: this time is outside the days that are shared.")
        return found

    async def recheck(
        self,
        conn: Connection,
        caller: Caller,
        people: Sequence[PersonRow],
        everybody: Sequence[str],
        start: datetime,
        duration_minutes: int,
        excluded_booking: str | None = None,
        consent: Consent | None = None,
    ) -> None:
        """Ask availability once more, under lock, for this one time.

        Raises:
            Invalid: `resources` names a room that is not here.
            Taken: with who is in the way and why.
        """
        here = {row.account_id for row in people if row.suspended_at is None}
        for sub in everybody:
            if is_id(sub, "res") and sub not in here:
                raise Invalid("resources", f"resources: there is no room {sub}.")
        found = await self.availability.attendance(
            conn,
            caller,
            people,
            everybody,
            start,
            start + timedelta(minutes=duration_minutes),
            flexible=(caller.member_id, *(consent.flexible if consent else ())),
            excluded_booking=excluded_booking,
            consent=consent,
        )
        blocked = self.availability.blockers(caller, found, start, duration_minutes, self.clock())
        if blocked:
            raise Taken([{"sub": item.sub, "reason": item.reason} for item in blocked])

    async def slot_taken(
        self,
        caller: Caller,
        everybody: Sequence[str],
        start: datetime,
        duration_minutes: int,
        taken: Taken,
        excluded_booking: str | None = None,
        consent: Consent | None = None,
    ) -> SlotTaken:
        """Return the error that tells what is possible instead: other rooms at this time, then other times."""
        near = await self.availability.alternatives(
            caller,
            everybody,
            start,
            duration_minutes,
            flexible=(caller.member_id,),
            excluded_booking=excluded_booking,
            consent=consent,
        )
        alternatives: list[dict[str, Any]] = [
            {"start": instant(from_seconds(item.start)), "end": instant(from_seconds(item.end))}
            for item in near
        ]
        blocked = {item["sub"] for item in taken.blocked_by}
        rooms = await substitutes(self.availability, caller, everybody, blocked, start, duration_minutes)
        if rooms:
            end = start + timedelta(minutes=duration_minutes)
            alternatives.insert(0, {"start": instant(start), "end": instant(end), "resources": list(rooms)})
        reasons = {item["reason"] for item in taken.blocked_by}
        detail = "That time is no longer free. Nothing was booked; pick another."
        if reasons == {"past"}:
            detail = "That time has passed. Pick another."
        elif rooms:
            detail = "That room is no longer free. Nothing was booked; another room is, or pick another time."
        return SlotTaken(detail, alternatives=alternatives, blocked_by=taken.blocked_by)
