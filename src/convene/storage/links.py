"""Booking links, the bookings that came of them, and the guests who booked.

Lock order: the link first, then people and calendars (`bookings.lock_people`), then bookings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load

_SQL = load("links")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as stored; `token` is sealed."""

    org_id: str
    link_id: str
    kind: str
    client_id: str | None
    account_id: str | None
    token: bytes = field(repr=False)
    request: dict[str, Any]
    settings: dict[str, Any]
    status: str
    display_message: str
    max_uses: int
    uses: int
    opens_at: datetime | None
    expires_at: datetime | None
    revision: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class GuestRow:
    """Somebody from outside in a booking; `manage_token` is sealed."""

    org_id: str
    booking_id: str
    guest_id: str
    name: str
    email: str
    tzid: str
    locale: str
    manage_token: bytes = field(repr=False)
    left_at: datetime | None = None
    """When the guest gave up a seat in a meeting that goes on."""
    left_reason: str = ""
    previous: dict[str, str] | None = None
    """When this guest's meeting was before its newest move."""
    rsvp: str = "accepted"
    """What the guest has answered: needs_action, accepted, tentative or declined."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    calendar_id: str
    account_id: str
    is_writable: bool
    connection_kind: str


@dataclass(frozen=True, slots=True)
class HostRow:
    account_id: str
    name: str
    email: str
    tzid: str
    kind: str


async def insert_link(
    conn: Connection,
    *,
    org_id: str,
    link_id: str,
    kind: str,
    client_id: str | None,
    account_id: str | None,
    token: bytes,
    token_hash: bytes,
    request: Mapping[str, Any],
    settings: Mapping[str, Any],
    max_uses: int,
    opens_at: datetime | None,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "link_id": link_id,
        "kind": kind,
        "client_id": client_id,
        "account_id": account_id,
        "token": token,
        "token_hash": token_hash,
        "request": Jsonb(dict(request)),
        "settings": Jsonb(dict(settings)),
        "max_uses": max_uses,
        "opens_at": opens_at,
        "expires_at": expires_at,
        "now": now,
    }
    await execute(conn, _SQL["insert_link"], params)


async def find_link(conn: Connection, org_id: str, link_id: str) -> LinkRow | None:
    return await fetch_one(conn, _SQL["find_link"], {"org_id": org_id, "link_id": link_id}, LinkRow)


async def find_link_by_token(conn: Connection, token_hash: bytes) -> LinkRow | None:
    """Return the link with this token's hash, of whatever organisation."""
    return await fetch_one(conn, _SQL["find_link_by_token"], {"token_hash": token_hash}, LinkRow)


async def lock_link(conn: Connection, org_id: str, link_id: str) -> LinkRow | None:
    """Lock the link, before anything else, and return it as it is now."""
    return await fetch_one(conn, _SQL["lock_link"], {"org_id": org_id, "link_id": link_id}, LinkRow)


async def count_use(conn: Connection, link: LinkRow, now: datetime) -> None:
    """Count one booking; the last allowed one completes the link. The link is locked."""
    await execute(conn, _SQL["count_use"], {"org_id": link.org_id, "link_id": link.link_id, "now": now})


async def update_status(
    conn: Connection, link: LinkRow, *, status: str, display_message: str, now: datetime
) -> None:
    params = {
        "org_id": link.org_id,
        "link_id": link.link_id,
        "status": status,
        "display_message": display_message,
        "now": now,
    }
    await execute(conn, _SQL["update_status"], params)


async def update_link(conn: Connection, link: LinkRow, now: datetime) -> None:
    """Store what a link may be changed in: request, settings, status, uses allowed, from when and until when."""
    params = {
        "org_id": link.org_id,
        "link_id": link.link_id,
        "request": Jsonb(link.request),
        "settings": Jsonb(link.settings),
        "status": link.status,
        "max_uses": link.max_uses,
        "opens_at": link.opens_at,
        "expires_at": link.expires_at,
        "now": now,
    }
    await execute(conn, _SQL["update_link"], params)


async def mark_booking(
    conn: Connection,
    org_id: str,
    booking_id: str,
    *,
    link_id: str,
    visit_hash: bytes,
    sequence_id: str,
    event_id: str,
    event_details: Mapping[str, Any],
    guest_id: str,
    series_index: int = 0,
) -> None:
    """Say through which link, in which visit and by whom a fresh booking was made."""
    params = {
        "org_id": org_id,
        "booking_id": booking_id,
        "link_id": link_id,
        "visit_hash": visit_hash,
        "sequence_id": sequence_id,
        "event_id": event_id,
        "event_details": Jsonb(dict(event_details)),
        "guest_id": guest_id,
        "series_index": series_index,
    }
    await execute(conn, _SQL["mark_booking"], params)


async def list_visit(conn: Connection, link: LinkRow, visit_hash: bytes) -> list[str]:
    """Return the ids of the bookings that one filled-in form has made, first meeting first."""
    params = {"org_id": link.org_id, "link_id": link.link_id, "visit_hash": visit_hash}
    return [row["booking_id"] for row in await fetch_dicts(conn, _SQL["list_visit"], params)]


async def find_taken(conn: Connection, link: LinkRow, visit_hash: bytes) -> bytes | None:
    """Return the manage hash of whoever sent a form; None if it has taken nothing."""
    params = {"org_id": link.org_id, "link_id": link.link_id, "visit_hash": visit_hash}
    row = await fetch_dict(conn, _SQL["find_taken"], params)
    return bytes(row["manage_hash"]) if row else None


async def last_visit(conn: Connection, link: LinkRow) -> bytes | None:
    """Return the newest visit's hash."""
    row = await fetch_dict(conn, _SQL["last_visit"], {"org_id": link.org_id, "link_id": link.link_id})
    return bytes(row["visit_hash"]) if row else None


async def insert_guest(
    conn: Connection,
    guest: GuestRow,
    *,
    manage_hash: bytes,
    visit_hash: bytes,
    answers: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    params = {
        "org_id": guest.org_id,
        "booking_id": guest.booking_id,
        "guest_id": guest.guest_id,
        "name": guest.name,
        "email": guest.email,
        "tzid": guest.tzid,
        "locale": guest.locale,
        "answers": Jsonb(list(answers)),
        "manage_token": guest.manage_token,
        "manage_hash": manage_hash,
        "visit_hash": visit_hash,
        "now": now,
    }
    await execute(conn, _SQL["insert_guest"], params)


async def list_guests(conn: Connection, org_id: str, booking_ids: Sequence[str]) -> dict[str, list[GuestRow]]:
    """Return the guests of each of these bookings, those who have left too, first come first."""
    params = {"org_id": org_id, "booking_ids": list(booking_ids)}
    found: dict[str, list[GuestRow]] = {booking_id: [] for booking_id in booking_ids}
    for row in await fetch_all(conn, _SQL["list_guests"], params, GuestRow):
        found[row.booking_id].append(row)
    return found


async def list_managed(conn: Connection, manage_hash: bytes) -> list[GuestRow]:
    """Return the guest behind a manage token, once per booking of the visit; empty for an unknown one."""
    return await fetch_all(conn, _SQL["list_managed"], {"manage_hash": manage_hash}, GuestRow)


async def insert_writes(
    conn: Connection, org_id: str, booking_id: str, planned: Mapping[str, str | None], now: datetime
) -> None:
    """Say where a link's booking is written: by account the calendar, None for nowhere."""
    params = {
        "org_id": org_id,
        "booking_id": booking_id,
        "account_ids": list(planned),
        "calendar_ids": list(planned.values()),
        "now": now,
    }
    await execute(conn, _SQL["insert_writes"], params)


async def list_targets(conn: Connection, org_id: str, calendar_ids: Sequence[str]) -> dict[str, TargetRow]:
    """Return what is known of these calendars, by id."""
    params = {"org_id": org_id, "calendar_ids": list(calendar_ids)}
    rows = await fetch_all(conn, _SQL["list_targets"], params, TargetRow)
    return {row.calendar_id: row for row in rows}


async def list_hosts(conn: Connection, org_id: str, account_ids: Sequence[str]) -> dict[str, HostRow]:
    """Return who these accounts are, by id."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    return {row.account_id: row for row in await fetch_all(conn, _SQL["list_hosts"], params, HostRow)}


async def list_event_bookings(
    conn: Connection, org_id: str, client_id: str, account_id: str, event_id: str, calendar_id: str | None
) -> list[str]:
    """Return the ids of the confirmed bookings that an application knows by this name in an account's calendar.

    `calendar_id` None stands for any calendar of the account.
    """
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "account_id": account_id,
        "event_id": event_id,
        "calendar_id": calendar_id,
    }
    return [row["booking_id"] for row in await fetch_dicts(conn, _SQL["list_event_bookings"], params)]


async def update_event(
    conn: Connection,
    booking: BookingRow,
    title: str,
    event_details: Mapping[str, Any],
    changed_by: str,
    now: datetime,
) -> None:
    """Store what a booking says from now on and raise its revision."""
    params = {
        "org_id": booking.org_id,
        "booking_id": booking.booking_id,
        "title": title,
        "event_details": Jsonb(dict(event_details)),
        "changed_by": changed_by,
        "now": now,
    }
    await execute(conn, _SQL["update_event"], params)
