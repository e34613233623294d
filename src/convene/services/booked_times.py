"""When a meeting that was booked through a link is: applications move it by writing its event anew.

An application may choose any time at which everybody who attends is free, seen with the calendars, hours and buffers that
its link asked about them; the periods that the link offered bound its visitors, not its maker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from convene.core.errors import Invalid
from convene.core.instants import seconds_floor, tzdata_version, zone
from convene.core.permissions import Caller
from convene.core.scheduling_links import from_json, kept_to
from convene.ports.runtime import Clock
from convene.services.availability_query import Asker, AvailabilityQueryService, Check, Without
from convene.services.booking_events import BookingEvents
from convene.services.booking_snapshot import instant
from convene.services.link_view import attending_of
from convene.storage import bookings
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.links import LinkRow

_LONGEST = timedelta(hours=24)
_OUTSIDE = {
    "past": "that time has passed.",
    "horizon": "that is further ahead than calendars are read.",
}


class BookedTimes:
    def __init__(self, queries: AvailabilityQueryService, events: BookingEvents, clock: Clock) -> None:
        self.queries = queries
        self.events = events
        self.clock = clock

    async def move(
        self, conn: Connection, caller: Caller, link: LinkRow, row: BookingRow, start: datetime, end: datetime
    ) -> None:
        """Move a booking of this link. The link, everybody who attends and the booking are locked.

        Raises:
            Invalid: `start` (`not_free` says who is not and of what kind that is) or `end`.
        """
        _check_length(start, end)
        attending = (await attending_of(conn, [row]))[row.booking_id]
        found = await self._check(conn, link, row, attending, start, end)
        if found.participants is None:
            raise _not_free(found)
        await bookings.update_time(
            conn,
            row,
            starts_at=start,
            ends_at=end,
            local_start=start.astimezone(zone(row.tzid)).replace(tzinfo=None),
            tzdata_version=tzdata_version(),
            previous={"start": instant(row.starts_at), "end": instant(row.ends_at)},
            reason="",
            changed_by=caller.member_id,
            now=self.clock(),
        )
        await bookings.delete_participants(conn, row.org_id, row.booking_id)
        people = await bookings.list_people(conn, row.org_id, attending)
        if not await bookings.insert_participants(
            conn, row.org_id, row.booking_id, row.organizer_id, people, start, end
        ):
            raise Invalid("start", "start: somebody has just been booked then.", code="not_free")
        await self.events.follow(conn, caller, row.booking_id, "rescheduled")

    async def _check(
        self,
        conn: Connection,
        link: LinkRow,
        row: BookingRow,
        attending: Sequence[str],
        start: datetime,
        end: datetime,
    ) -> Check:
        request = kept_to(from_json(link.request), {row.sequence_id: attending})
        step = next(step for step in request.steps if step.sequence_id == row.sequence_id)
        period = seconds_floor(start), seconds_floor(end)
        asked = replace(step.query, periods=(period,), starts=None, duration=period[1] - period[0])
        return await self.queries.check(
            conn,
            Asker(link.org_id, link.client_id),
            asked,
            start,
            without=Without(bookings=(row.booking_id,)),
        )


def _check_length(start: datetime, end: datetime) -> None:
    for name, value in (("start", start), ("end", end)):
        if value.second or value.microsecond:
            raise Invalid(name, f"{name} must be a whole minute.")
    if end - start > _LONGEST:
        raise Invalid("end", "end: a meeting that was booked through a link lasts at most a day.")


def _not_free(found: Check) -> Invalid:
    """Say who is in the way and of what kind that is, never what it is called."""
    if found.outside:
        return Invalid("start", f"start: {_OUTSIDE.get(found.outside, 'that time cannot be had.')}")
    who = ", ".join(f"{item.sub} ({item.reason})" for item in found.blockers)
    return Invalid("start", f"start: not everybody is free then: {who}.", code="not_free")
