"""Bookings, their participants, revisions and write-back rows. Lock order is documented in `queries/bookings.sql`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("bookings")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Whose time is asked about or taken: a person, an application's calendar or a room (`kind` is `resource`)."""

    account_id: str
    lane: int
    kind: str
    name: str
    tzid: str
    role: str
    sharing: str
    suspended_at: datetime | None

    @property
    def is_room(self) -> bool:
        return self.kind == "resource"


@dataclass(frozen=True, slots=True)
class BookingRow:
    """One booking as stored. `local_start` is the organizer's wall clock in `tzid`."""

    org_id: str
    booking_id: str
    revision: int
    sync_revision: int
    state: str
    title: str
    note: str
    organizer_id: str
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    tzid: str
    tzdata_version: str
    conferencing: dict[str, Any] | None
    previous: dict[str, Any] | None
    reason: str
    changed_by: str
    changed_at: datetime
    created_at: datetime
    uid: str
    origin: dict[str, Any]
    link_id: str | None
    """The booking link through which somebody from outside booked; the rest belongs to it."""
    sequence_id: str
    event_id: str
    event_details: dict[str, Any]
    answer_by: datetime | None
    """Until when a host can accept, while `state` is requested."""

    @property
    def is_off(self) -> bool:
        """Whether it was cancelled, or declined before it was a meeting."""
        return self.state in ("cancelled", "declined")


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    booking_id: str
    account_id: str
    name: str
    tzid: str
    role: str
    rsvp: str
    calendar_state: str | None
    calendar_name: str
    calendar_detail: str
    calendar_changed_at: datetime | None
    calendar_service: str
    """The kind of the connection that it is written to; empty without one."""
    calendar_next_try_at: datetime | None
    """When a write that failed is tried again."""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room that a booking takes."""

    booking_id: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class RevisionRow:
    revision: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    snapshot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    account_id: str
    booking_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WriteRow:
    account_id: str
    calendar_id: str | None
    state: str


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What `insert_booking` needs. Instants are aware."""

    org_id: str
    booking_id: str
    title: str
    note: str
    organizer_id: str
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    tzid: str
    tzdata_version: str
    conferencing: dict[str, Any] | None
    uid: str
    origin: dict[str, Any]


async def lock_people(conn: Connection, org_id: str, account_ids: Sequence[str]) -> list[PersonRow]:
    """Lock these people's accounts and calendars, in the one global order, and return the people found."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    people = await fetch_all(conn, SQL["lock_people"], params, PersonRow)
    await execute(conn, SQL["lock_calendars"], params)
    return people


async def list_people(conn: Connection, org_id: str, account_ids: Sequence[str]) -> list[PersonRow]:
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    return await fetch_all(conn, SQL["list_people"], params, PersonRow)


async def find_booking(conn: Connection, org_id: str, booking_id: str) -> BookingRow | None:
    return await fetch_one(
        conn, SQL["find_booking"], {"org_id": org_id, "booking_id": booking_id}, BookingRow
    )


async def lock_booking(conn: Connection, org_id: str, booking_id: str) -> BookingRow | None:
    """Lock the booking's row (after its people, see `lock_people`) and return it as it is now."""
    return await fetch_one(
        conn, SQL["lock_booking"], {"org_id": org_id, "booking_id": booking_id}, BookingRow
    )


async def insert_booking(conn: Connection, new: NewBooking, now: datetime) -> None:
    await execute(
        conn,
        SQL["insert_booking"],
        {
            "org_id": new.org_id,
            "booking_id": new.booking_id,
            "title": new.title,
            "note": new.note,
            "organizer_id": new.organizer_id,
            "starts_at": new.starts_at,
            "ends_at": new.ends_at,
            "local_start": new.local_start,
            "tzid": new.tzid,
            "tzdata_version": new.tzdata_version,
            "conferencing": Jsonb(new.conferencing) if new.conferencing else None,
            "now": now,
            "uid": new.uid,
            "origin": Jsonb(new.origin),
        },
    )


async def insert_participants(
    conn: Connection,
    org_id: str,
    booking_id: str,
    organizer_id: str,
    people: Sequence[PersonRow],
    starts_at: datetime,
    ends_at: datetime,
) -> bool:
    """Take the time of all `people` at once, but for those who were suspended.

    False if any of them has a meeting that overlaps (roll back then).
    """
    taken = await execute(
        conn,
        SQL["insert_participants"],
        {
            "org_id": org_id,
            "booking_id": booking_id,
            "account_ids": [person.account_id for person in people],
            "lanes": [person.lane for person in people],
            "roles": [_role(person, organizer_id) for person in people],
            "are_here": [person.suspended_at is None for person in people],
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
    )
    return taken == len(people)


def _role(person: PersonRow, organizer_id: str) -> str:
    if person.is_room:
        return "resource"
    return "organizer" if person.account_id == organizer_id else "participant"


async def delete_participants(conn: Connection, org_id: str, booking_id: str) -> None:
    await execute(conn, SQL["delete_participants"], {"org_id": org_id, "booking_id": booking_id})


async def release_participants(conn: Connection, org_id: str, booking_id: str) -> None:
    """Free the time of a cancelled booking, keeping who took part."""
    await execute(conn, SQL["release_participants"], {"org_id": org_id, "booking_id": booking_id})


async def update_time(
    conn: Connection,
    booking: BookingRow,
    *,
    starts_at: datetime,
    ends_at: datetime,
    local_start: datetime,
    tzdata_version: str,
    previous: dict[str, Any],
    reason: str,
    changed_by: str,
    now: datetime,
) -> None:
    """Move the booking and raise its revision."""
    await execute(
        conn,
        SQL["move_booking"],
        {
            "org_id": booking.org_id,
            "booking_id": booking.booking_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "local_start": local_start,
            "tzdata_version": tzdata_version,
            "previous": Jsonb(previous),
            "reason": reason,
            "changed_by": changed_by,
            "now": now,
        },
    )


async def update_cancelled(
    conn: Connection, booking: BookingRow, *, reason: str, changed_by: str, now: datetime
) -> None:
    """Cancel the booking and raise its revision."""
    await execute(
        conn,
        SQL["cancel_booking"],
        {
            "org_id": booking.org_id,
            "booking_id": booking.booking_id,
            "reason": reason,
            "changed_by": changed_by,
            "now": now,
        },
    )


async def update_text(
    conn: Connection,
    booking: BookingRow,
    *,
    title: str,
    note: str,
    location: str | None,
    changed_by: str,
    now: datetime,
) -> None:
    """Change what a booking says (None leaves the location) and raise its revision."""
    params = {
        "org_id": booking.org_id,
        "booking_id": booking.booking_id,
        "title": title,
        "note": note,
        "location": location,
        "changed_by": changed_by,
        "now": now,
    }
    await execute(conn, SQL["update_text"], params)


async def set_rsvp(conn: Connection, org_id: str, booking_id: str, account_id: str, rsvp: str) -> bool:
    """Record a participant's answer (accepted, tentative, declined, needs_action); False if it says so already.

    Call it with the booking locked, then count and tell it (`booking_writes.bump_sync_revision`, `announce_synced`).
    """
    params = {"org_id": org_id, "booking_id": booking_id, "account_id": account_id, "rsvp": rsvp}
    return await execute(conn, SQL["set_rsvp"], params) == 1


async def insert_revision(
    conn: Connection,
    booking: BookingRow,
    *,
    actor: str,
    action: str,
    snapshot: dict[str, Any],
    now: datetime,
) -> None:
    await execute(
        conn,
        SQL["insert_revision"],
        {
            "org_id": booking.org_id,
            "booking_id": booking.booking_id,
            "revision": booking.revision,
            "now": now,
            "actor": actor,
            "action": action,
            "snapshot": Jsonb(snapshot),
        },
    )


async def list_revisions(conn: Connection, org_id: str, booking_id: str) -> list[RevisionRow]:
    return await fetch_all(
        conn, SQL["list_revisions"], {"org_id": org_id, "booking_id": booking_id}, RevisionRow
    )


async def list_participants(
    conn: Connection, org_id: str, booking_ids: Sequence[str]
) -> dict[str, list[ParticipantRow]]:
    """Return the people of each booking, the organizer first, with the state of their calendars."""
    rows = await fetch_all(
        conn,
        SQL["list_participants"],
        {"org_id": org_id, "booking_ids": list(booking_ids)},
        ParticipantRow,
    )
    found: dict[str, list[ParticipantRow]] = {booking_id: [] for booking_id in booking_ids}
    for row in rows:
        found[row.booking_id].append(row)
    return found


async def list_rooms(conn: Connection, org_id: str, booking_ids: Sequence[str]) -> dict[str, list[RoomRow]]:
    """Return the rooms that each booking takes."""
    params = {"org_id": org_id, "booking_ids": list(booking_ids)}
    found: dict[str, list[RoomRow]] = {booking_id: [] for booking_id in booking_ids}
    for row in await fetch_all(conn, SQL["list_rooms"], params, RoomRow):
        found[row.booking_id].append(row)
    return found


async def update_location(conn: Connection, org_id: str, booking_id: str, location: str) -> None:
    """Say in which rooms the meeting is, for its events in calendars."""
    params = {"org_id": org_id, "booking_id": booking_id, "location": location}
    await execute(conn, SQL["update_location"], params)


async def list_bookings(
    conn: Connection, org_id: str, account_id: str, since: datetime, until: datetime, limit: int
) -> list[BookingRow]:
    return await fetch_all(
        conn,
        SQL["list_bookings"],
        {"org_id": org_id, "account_id": account_id, "since": since, "until": until, "limit": limit},
        BookingRow,
    )


async def list_meetings(
    conn: Connection,
    org_id: str,
    account_ids: Sequence[str],
    since: datetime,
    until: datetime,
    excluded_booking: str | None = None,
) -> list[MeetingRow]:
    """Return the live meetings of these people that touch `[since, until)`."""
    return await fetch_all(
        conn,
        SQL["list_meetings"],
        {
            "org_id": org_id,
            "account_ids": list(account_ids),
            "since": since,
            "until": until,
            "excluded_booking": excluded_booking,
        },
        MeetingRow,
    )


async def upsert_writes(
    conn: Connection, org_id: str, booking_id: str, revision: int, now: datetime
) -> list[WriteRow]:
    """Say that every participant's calendar, and every further one that was written to, should show `revision`.

    Returns whose calendars these are."""
    return await fetch_all(
        conn,
        SQL["upsert_writes"],
        {"org_id": org_id, "booking_id": booking_id, "revision": revision, "now": now},
        WriteRow,
    )
