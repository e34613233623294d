"""A booking link as applications are told of it, in status answers and in callbacks alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from convene.core.scheduling_links import LinkRequest, from_json, state_of
from convene.security.sealing import Sealer, Secret
from convene.services.booking_snapshot import instant
from convene.storage import bookings, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.links import LinkRow

ROOTS = {
    "scheduling": "real_time_scheduling",
    "sequencing": "real_time_sequencing",
    "add_to_calendar": "add_to_calendar",
}
EXPIRED = "This link has expired."


def token_context(org_id: str, link_id: str) -> tuple[str, ...]:
    """Return what a link's sealed token is bound to."""
    return ("scheduling_link", org_id, link_id, "token")


def manage_context(org_id: str, booking_id: str, guest_id: str) -> tuple[str, ...]:
    """Return what a guest's sealed manage token is bound to."""
    return ("booking_guest", org_id, booking_id, guest_id, "manage_token")


def link_url(sealer: Sealer, link: LinkRow, base_url: str) -> str:
    """Return the address that visitors open."""
    token: Secret = sealer.open(link.token, *token_context(link.org_id, link.link_id))
    return f"{base_url}/book/{token.reveal()}"


async def visit_of(conn: Connection, link: LinkRow, visit_hash: bytes | None = None) -> list[BookingRow]:
    """Return the bookings of one visit of a link, first meeting first; of the newest one unless told which."""
    wanted = visit_hash or await links.last_visit(conn, link)
    if wanted is None:
        return []
    found = [
        await bookings.find_booking(conn, link.org_id, booking_id)
        for booking_id in await links.list_visit(conn, link, wanted)
    ]
    return [row for row in found if row is not None]


async def attending_of(conn: Connection, rows: Sequence[BookingRow]) -> dict[str, list[str]]:
    """Return who takes part in each of these bookings, people first, then rooms."""
    if not rows:
        return {}
    ids = [row.booking_id for row in rows]
    people = await bookings.list_participants(conn, rows[0].org_id, ids)
    rooms = await bookings.list_rooms(conn, rows[0].org_id, ids)
    return {
        booking_id: [
            *(person.account_id for person in people[booking_id]),
            *(room.account_id for room in rooms[booking_id]),
        ]
        for booking_id in ids
    }


def status_object(link: LinkRow, url: str, visit: Sequence[BookingRow], now: datetime) -> dict[str, Any]:
    """Return `{"real_time_scheduling_id", "url", "event", "status", ...}`.

    `status` is one of three: a link that has expired is told as disabled, with a message that says so; one whose last use
    a host has yet to accept as open, with `awaiting_confirmation`.
    """
    request = from_json(link.request)
    root = ROOTS[link.kind]
    status, message = link.status, link.display_message
    if state_of(status, opens_at=link.opens_at, expires_at=link.expires_at, now=now) == "expired":
        status, message = "disabled", message or EXPIRED
    is_awaited = any(row.state == "requested" for row in visit)
    if is_awaited and status == "completed":
        status = "open"  # it is held, and may be given back
    told: dict[str, Any] = {
        f"{root}_id": link.link_id,
        "url": url,
        "status": status,
        "event": event_object(request, visit, status == "completed"),
        "max_uses": link.max_uses,
        "uses": link.uses,
        "revision": link.revision,
    }
    if request.seats is not None:
        told["seats"] = request.seats
    if link.kind == "sequencing":
        told["sequence"] = [
            {"sequence_id": row.sequence_id, "event": timed(step_event(request, row.sequence_id), row)}
            for row in visit
            if status == "completed"
        ]
    if message:
        told["display_message"] = message
    if is_awaited:
        told["awaiting_confirmation"] = True
    for name, value in (("expires_at", link.expires_at), ("opens_at", link.opens_at)):
        if value is not None:
            told[name] = instant(value)
    return told


def event_object(request: LinkRequest, visit: Sequence[BookingRow], is_completed: bool) -> dict[str, Any]:
    """Return the event as it was asked for; with start and end once a time was chosen."""
    if not visit or not is_completed:
        return dict(request.event)
    told = timed(request.event, visit[0])
    if len(visit) > 1:  # each of several meetings says what it is; this is all of them
        told |= request.event
    told["end"] = _time(visit[-1].ends_at, visit[-1].tzid)
    return told


def step_event(request: LinkRequest, sequence_id: str) -> Mapping[str, Any]:
    """Return the event of one step of a link."""
    return next((step.event for step in request.steps if step.sequence_id == sequence_id), request.event)


def timed(event: Mapping[str, Any], row: BookingRow) -> dict[str, Any]:
    """Return an event of the request with the booking's times and the id under which it was written."""
    told = rewritten(event, row) if row.event_details.get("is_edited") else dict(event)
    if row.event_id:
        told["event_id"] = row.event_id
    return {**told, "start": _time(row.starts_at, row.tzid), "end": _time(row.ends_at, row.tzid)}


def rewritten(event: Mapping[str, Any], row: BookingRow) -> dict[str, Any]:
    """Return the event as its application has written it since: what it says now in the place of what the link said."""
    now = row.event_details
    place = now.get("location")
    texts = {
        "summary": row.title,
        "description": now.get("description"),
        "location": {"description": place} if place else None,
        "transparency": now.get("transparency"),
        "event_private": now.get("private"),
        "url": now.get("url"),
        "color": now.get("color"),
    }
    kept = {name: value for name, value in event.items() if name not in texts}
    return {**kept, **{name: value for name, value in texts.items() if value}}


def _time(value: datetime, tzid: str) -> dict[str, str]:
    return {"time": value.astimezone(UTC).isoformat().replace("+00:00", "Z"), "tzid": tzid}
