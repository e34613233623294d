"""One booking as JSON: the answer of the API, the body of webhooks, and what history keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from convene.formats.calendar_links import calendar_links
from convene.storage.bookings import BookingRow, ParticipantRow, RevisionRow, RoomRow
from convene.storage.calendar_conflicts import Proposal
from convene.storage.links import GuestRow


def instant(value: datetime) -> str:
    """Return RFC 3339 in UTC with `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def snapshot(
    booking: BookingRow,
    participants: Sequence[ParticipantRow],
    base_url: str,
    changed_by_name: str | None = None,
    guests: Sequence[GuestRow] = (),
    rooms: Sequence[RoomRow] = (),
    proposal: Proposal | None = None,
) -> dict[str, Any]:
    """Return the booking as documented in `docs/reference/http-api.md`, without its history."""
    names = {person.account_id: person.name for person in participants}
    names |= {guest.guest_id: guest.name for guest in guests}
    return {
        "booking_id": booking.booking_id,
        "organization_id": booking.org_id,
        "revision": booking.revision,
        "sync_revision": booking.sync_revision,
        "state": booking.state,
        "title": booking.title,
        "note": booking.note,
        "start": instant(booking.starts_at),
        "end": instant(booking.ends_at),
        "duration_minutes": int((booking.ends_at - booking.starts_at) / timedelta(minutes=1)),
        "organizer_id": booking.organizer_id,
        "tzid": booking.tzid,
        "participants": [_participant(person, booking) for person in participants],
        "resources": [{"sub": room.account_id, "name": room.name} for room in rooms],
        "guests": [
            {"name": guest.name, "email": guest.email, "tzid": guest.tzid, "rsvp": guest.rsvp}
            for guest in guests
            if guest.left_at is None
        ],
        "seats": booking.event_details.get("seats"),
        "series": booking.event_details.get("series"),
        "link_id": booking.link_id,
        "conferencing": booking.conferencing,
        "previous": booking.previous,
        "reason": booking.reason,
        "changed_by": booking.changed_by,
        "changed_by_name": changed_by_name or names.get(booking.changed_by, ""),
        "changed_at": instant(booking.changed_at),
        "created_at": instant(booking.created_at),
        "origin": booking.origin,
        "answer_by": instant(booking.answer_by) if booking.answer_by else None,
        "links": links(booking, base_url),
        **({"proposal": _proposal(proposal)} if proposal else {}),
    }


def _proposal(proposal: Proposal) -> dict[str, str]:
    return {
        "conflict_id": proposal.conflict_id,
        "sub": proposal.account_id,
        "name": proposal.name,
        "start": proposal.start,
        "end": proposal.end,
    }


def _participant(person: ParticipantRow, booking: BookingRow) -> dict[str, Any]:
    changed_at = person.calendar_changed_at or booking.changed_at
    next_try_at = person.calendar_next_try_at
    return {
        "sub": person.account_id,
        "name": person.name,
        "tzid": person.tzid,
        "role": person.role,
        "rsvp": person.rsvp,
        "calendar": {
            "state": person.calendar_state or "builtin",
            "name": person.calendar_name,
            "detail": person.calendar_detail,
            "changed_at": instant(changed_at),
            "service": person.calendar_service,
            "next_try_at": instant(next_try_at) if next_try_at else None,
        },
    }


def links(booking: BookingRow, base_url: str) -> dict[str, str]:
    """Return the addresses of the booking: its page, its .ics, and what adds it to other calendars."""
    manage = f"{base_url}/bookings/{booking.booking_id}"
    join_url = (booking.conferencing or {}).get("join_url", "")
    return {
        "manage": manage,
        "reschedule": f"{manage}?do=reschedule",
        "cancel": f"{manage}?do=cancel",
        "ics": f"{base_url}/api/bookings/{booking.booking_id}/calendar.ics",
        **calendar_links(
            title=booking.title,
            start=booking.starts_at,
            end=booking.ends_at,
            details=description(booking, manage),
            location=join_url,
            tzid=booking.tzid,
        ),
    }


def description(booking: BookingRow, manage_url: str, told: str = "") -> str:
    """Return the plain text that goes with the meeting into calendars: what is `told` there, the note, where, and how
    to change it."""
    parts = [text for text in (told, booking.note) if text]
    if booking.conferencing:
        parts.append(f"Join: {booking.conferencing['join_url']}")
    parts.append(f"Move or cancel: {manage_url}")
    return "\n\n".join(parts)


def history(revisions: Sequence[RevisionRow]) -> list[dict[str, Any]]:
    """Return every state the booking has had, oldest first."""
    return [
        {
            "revision": row.revision,
            "at": instant(row.at),
            "actor": row.actor,
            "actor_name": row.actor_name or row.snapshot["changed_by_name"],
            "action": row.action,
            "start": row.snapshot["start"],
            "end": row.snapshot["end"],
            "reason": row.snapshot["reason"],
        }
        for row in revisions
    ]
