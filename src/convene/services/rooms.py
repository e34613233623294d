"""Which rooms are free for a meeting, and which other one would do when the one that was wanted is not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from convene.core.ids import is_id
from convene.core.instants import seconds_ceil, seconds_floor
from convene.core.permissions import Caller
from convene.core.slots import explain
from convene.services.availability import MAX_AHEAD, AvailabilityService
from convene.services.availability_question import check_duration
from convene.storage import bookings, resources
from convene.storage.resources import ResourceRow


async def free_rooms(
    availability: AvailabilityService, caller: Caller, start: datetime, duration_minutes: int
) -> frozenset[str]:
    """Return the ids of the organisation's rooms that can be booked at `start`; one that is not known is not free."""
    caller.require("availability:read")
    check_duration(duration_minutes)
    now = availability.clock()
    if start > now + MAX_AHEAD:
        return frozenset()
    async with availability.db.transaction() as conn:
        subs = [room.account_id for room in await resources.list_resources(conn, caller.org_id)]
        rows = await bookings.list_people(conn, caller.org_id, subs)
        end = start + timedelta(minutes=duration_minutes)
        found = await availability.attendance(conn, caller, rows, subs, start, end)
    stopped = explain(found.people, seconds_floor(start), duration_minutes * 60, seconds_ceil(now))
    known = frozenset(state.sub for state in found.states if state.is_known)
    return known - {item.sub for item in stopped}


async def substitutes(
    availability: AvailabilityService,
    caller: Caller,
    everybody: Sequence[str],
    blocked: Collection[str],
    start: datetime,
    duration_minutes: int,
) -> Sequence[str]:
    """Return rooms that could take the place of those in `everybody`, the free ones among them kept.

    Empty if anybody but rooms is in the way, or if no other room will do: it must be free, have at least as many seats
    as the one it replaces and all its equipment. The smallest is taken, so that large rooms stay for large meetings.
    """
    if not blocked or not all(is_id(sub, "res") for sub in blocked):
        return ()
    async with availability.db.transaction() as conn:
        rooms = {room.account_id: room for room in await resources.list_resources(conn, caller.org_id)}
        spare = [sub for sub in rooms if sub not in everybody]
        rows = await bookings.list_people(conn, caller.org_id, spare)
        end = start + timedelta(minutes=duration_minutes)
        found = await availability.attendance(conn, caller, rows, spare, start, end)
    taken = availability.blockers(caller, found, start, duration_minutes, availability.clock())
    busy = {item.sub for item in taken}
    free = sorted(
        (rooms[sub] for sub in spare if sub not in busy),
        key=lambda room: (room.seats or 0, room.name.lower()),
    )
    chosen: list[str] = []
    for sub in (sub for sub in everybody if is_id(sub, "res")):
        if sub not in blocked:
            chosen.append(sub)
            continue
        fit = next((room for room in free if _replaces(room, rooms.get(sub))), None)
        if fit is None:
            return ()
        free.remove(fit)
        chosen.append(fit.account_id)
    return chosen


def _replaces(room: ResourceRow, wanted: ResourceRow | None) -> bool:
    if wanted is None:
        return True
    return (room.seats or 0) >= (wanted.seats or 0) and set(room.equipment) >= set(wanted.equipment)
