"""Seats of meetings that several guests share, each by themselves. The link is locked before any seat is taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, execute, fetch_all
from convene.storage.links import GuestRow, LinkRow
from convene.storage.named_sql import load

_SQL = load("link_seats")


@dataclass(frozen=True, slots=True)
class OpenMeeting:
    """A meeting that has free seats; `taken` of them are not."""

    booking_id: str
    starts_at: datetime
    ends_at: datetime
    taken: int


@dataclass(frozen=True, slots=True)
class SeatRow:
    """Somebody in a meeting; `answers` as `core.booking_questions.answers_of` makes them."""

    guest_id: str
    name: str
    email: str
    answers: list[dict[str, Any]]


async def list_open(
    conn: Connection,
    link: LinkRow,
    seats: int,
    since: datetime,
    until: datetime,
    excluded: Collection[str] = (),
) -> list[OpenMeeting]:
    """Return a link's meetings that begin in `[since, until)` and have fewer than `seats` guests."""
    params = {
        "org_id": link.org_id,
        "link_id": link.link_id,
        "seats": seats,
        "since": since,
        "until": until,
        "excluded": list(excluded),
    }
    return await fetch_all(conn, _SQL["list_open"], params, OpenMeeting)


async def list_seats(conn: Connection, booking: BookingRow) -> list[SeatRow]:
    """Return a meeting's guests who have not left, first come first."""
    params = {"org_id": booking.org_id, "booking_id": booking.booking_id}
    return await fetch_all(conn, _SQL["list_seats"], params, SeatRow)


async def update_seats(
    conn: Connection,
    booking: BookingRow,
    told: Mapping[str, Any],
    *,
    reason: str,
    changed_by: str,
    now: datetime,
) -> None:
    """Store who comes, as `told` in the event's details, and raise the booking's revision."""
    params = {
        "org_id": booking.org_id,
        "booking_id": booking.booking_id,
        "told": Jsonb(dict(told)),
        "reason": reason,
        "changed_by": changed_by,
        "now": now,
    }
    await execute(conn, _SQL["update_seats"], params)


async def leave(conn: Connection, guest: GuestRow, reason: str, now: datetime) -> None:
    """Free a guest's seat. Their page goes on being there."""
    params = {
        "org_id": guest.org_id,
        "booking_id": guest.booking_id,
        "guest_id": guest.guest_id,
        "reason": reason,
        "now": now,
    }
    await execute(conn, _SQL["leave"], params)


async def move_seat(
    conn: Connection, guest: GuestRow, booking_id: str, manage_token: bytes, previous: Mapping[str, str]
) -> None:
    """Give a guest a seat in another meeting instead; `manage_token` is sealed for that one."""
    params = {
        "org_id": guest.org_id,
        "booking_id": guest.booking_id,
        "guest_id": guest.guest_id,
        "to_booking_id": booking_id,
        "manage_token": manage_token,
        "previous": Jsonb(dict(previous)),
    }
    await execute(conn, _SQL["move_seat"], params)


async def note_move(conn: Connection, booking: BookingRow) -> None:
    """Keep for each guest when the meeting was before its newest move."""
    params = {
        "org_id": booking.org_id,
        "booking_id": booking.booking_id,
        "previous": Jsonb(booking.previous),
    }
    await execute(conn, _SQL["note_move"], params)
