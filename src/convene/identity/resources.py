"""Rooms and other things that are booked like people: accounts that never sign in and are told nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from convene.core import people
from convene.core.availability_rules import DAY_NAMES, AvailabilityRule, WeeklyPeriod
from convene.core.availability_rules_json import dump_rule
from convene.core.errors import Invalid, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.security.tokens import new_id
from convene.storage import audit, availability_rules, resources
from convene.storage.database import Connection, Database
from convene.storage.resources import ResourceRow

MAX_SEATS = 100_000
MAX_EQUIPMENT = 50
_MOST_DAYS_AHEAD = 730


@dataclass(frozen=True, slots=True)
class NewResource:
    """What is needed to make a room."""

    name: str
    email: str
    tzid: str
    seats: int | None = None
    place: str = ""
    equipment: tuple[str, ...] = ()


class Resources:
    """Use cases about rooms, bounded by the caller's organisation."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def list_resources(self, caller: Caller) -> list[ResourceRow]:
        """Return the organisation's rooms by name."""
        caller.require("members:read")
        return await self.of_organization(caller.org_id)

    async def of_organization(self, org_id: str) -> list[ResourceRow]:
        """Return an organisation's rooms, for whoever has been let in already: every application sees them."""
        async with self._db.connection() as conn:
            return await resources.list_resources(conn, org_id)

    async def get(self, caller: Caller, account_id: str) -> ResourceRow:
        """Return one room. Raises `NotFound`."""
        caller.require("members:read")
        async with self._db.connection() as conn:
            return await _found(conn, caller.org_id, account_id)

    async def create(self, caller: Caller, new: NewResource) -> ResourceRow:
        """Make a room that can be booked at any hour. Needs `organization:manage`.

        Raises `Invalid` naming the field, or `Conflict` (`email_taken`).
        """
        caller.require("organization:manage")
        now = self._clock()
        room = _checked(
            ResourceRow(
                new_id("resource"),
                new.name,
                new.email,
                new.tzid,
                new.seats,
                new.place,
                list(new.equipment),
                now,
            )
        )
        async with self._db.transaction() as conn:
            await resources.insert_resource(conn, caller.org_id, room)
            await availability_rules.upsert_rule(
                conn, caller.org_id, room.account_id, dump_rule(always_open(room.tzid))
            )
            await audit.append(
                conn,
                caller,
                "resource.created",
                now=now,
                target=room.account_id,
                detail={"name": room.name},
            )
        return room

    async def update(self, caller: Caller, account_id: str, changes: Mapping[str, Any]) -> ResourceRow:
        """Change some of name, email, tzid, seats, place and equipment. Needs `organization:manage`."""
        caller.require("organization:manage")
        async with self._db.transaction() as conn:
            await _lock(conn, caller.org_id, account_id)
            before = await _found(conn, caller.org_id, account_id)
            room = _checked(replace(before, **changes))
            await resources.update_resource(conn, caller.org_id, room)
            await audit.append(
                conn,
                caller,
                "resource.changed",
                now=self._clock(),
                target=account_id,
                detail={"fields": sorted(changes)},
            )
        return room

    async def retire(self, caller: Caller, account_id: str) -> None:
        """Take a room out of use. Meetings in it stay as they are. Needs `organization:manage`."""
        caller.require("organization:manage")
        async with self._db.transaction() as conn:
            await _lock(conn, caller.org_id, account_id)
            await resources.retire(conn, caller.org_id, account_id, self._clock())
            await audit.append(conn, caller, "resource.retired", now=self._clock(), target=account_id)


def always_open(tzid: str) -> AvailabilityRule:
    """Rules of a room nobody said anything about: every minute of every day."""
    return AvailabilityRule(
        tzid,
        tuple(WeeklyPeriod(day, "00:00", "24:00") for day in DAY_NAMES),
        minimum_notice_minutes=0,
        horizon_days=_MOST_DAYS_AHEAD,
    )


def _checked(room: ResourceRow) -> ResourceRow:
    """Return a room in the form that is stored; raises `Invalid` naming the field."""
    if room.seats is not None and not 1 <= room.seats <= MAX_SEATS:
        raise Invalid("seats", f"seats must be a whole number from 1 to {MAX_SEATS}, or null.")
    if len(room.equipment) > MAX_EQUIPMENT:
        raise Invalid(
            "equipment", f"equipment has {len(room.equipment)} entries. At most {MAX_EQUIPMENT} fit."
        )
    equipment = [
        people.checked_line(item, "equipment", max_length=100, required=True) for item in room.equipment
    ]
    return replace(
        room,
        name=people.checked_name(room.name),
        email=people.checked_email(room.email),
        tzid=people.checked_tzid(room.tzid),
        place=people.checked_line(room.place, "place", max_length=200),
        equipment=list(dict.fromkeys(equipment)),
    )


async def _lock(conn: Connection, org_id: str, account_id: str) -> None:
    if not is_id(account_id, "res") or not await resources.lock_resource(conn, org_id, account_id):
        raise NotFound("There is no such room.")


async def _found(conn: Connection, org_id: str, account_id: str) -> ResourceRow:
    row = await resources.find_resource(conn, org_id, account_id) if is_id(account_id, "res") else None
    if row is None:
        raise NotFound("There is no such room.")
    return row
