"""Booking cards (schema 1): from the platform's snapshot of a booking to what a conversation shows.

A card is derived from one snapshot alone, so the same snapshot always gives the same card. Everything in it is plain
text or an address with a listed scheme; its full text form is what notifications and screen readers get.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from convene.core.instants import known_tzids, zone

SCHEMA = 1
UPCOMING = 3
# What only those who meet are shown.
_MEETING_ALONE = ("outside_guests", "rooms", "proposal")
_ROLES = {"organizer": "host", "participant": "guest"}
_LINKS = ("manage", "reschedule", "cancel", "ics", "google", "outlook", "office365", "yahoo")
_NO_RECEIPT = {
    "state": "builtin",
    "name": "",
    "detail": "",
    "changed_at": "",
    "service": "",
    "next_try_at": None,
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Snapshot = Mapping[str, Any]
Card = dict[str, Any]


def card(booking: Snapshot) -> Card:
    """Return the card of a booking snapshot (docs/reference/http-api.md)."""
    previous = booking.get("previous")
    conferencing = booking.get("conferencing")
    rooms = [_plain(room["name"]) for room in booking.get("resources", ())]
    guests = [_outside_guest(guest) for guest in booking.get("guests", ())]
    join_url = safe_url(conferencing.get("join_url"), ("https",)) if conferencing else ""
    state = booking["state"]
    return {
        "schema": SCHEMA,
        "booking_id": booking["booking_id"],
        "organization_id": booking["organization_id"],
        "revision": booking["revision"],
        "sync_revision": booking.get("sync_revision", 0),
        "state": "rescheduled" if state == "confirmed" and previous else state,
        "title": _plain(booking.get("title", "")),
        "note": _plain(booking.get("note", "")),
        "start_utc": booking["start"],
        "end_utc": booking["end"],
        "duration_min": booking["duration_minutes"],
        "organizer_id": booking["organizer_id"],
        "host_tz": booking["tzid"],
        "participants": [_participant(person) for person in booking["participants"]],
        "conferencing": {"provider": conferencing["provider"], "join_url": join_url}
        if conferencing and join_url
        else None,
        "previous": {"start_utc": previous["start"], "end_utc": previous["end"]} if previous else None,
        "reason": _plain(booking.get("reason", "")),
        "changed_by": booking["changed_by"],
        "changed_by_name": _plain(booking.get("changed_by_name", "")),
        "changed_at": booking["changed_at"],
        "links": {name: safe_url(booking.get("links", {}).get(name), ("https", "http")) for name in _LINKS},
        **({"rooms": rooms} if rooms else {}),
        **({"proposal": _proposal(booking["proposal"])} if booking.get("proposal") else {}),
        # Only where somebody from outside booked: most cards are of colleagues alone.
        **({"outside_guests": guests} if guests else {}),
    }


def _outside_guest(guest: Mapping[str, Any]) -> dict[str, str]:
    return {
        "display_name": _plain(guest["name"]),
        "email": _plain(guest["email"]),
        "tz": guest["tzid"],
        "rsvp": guest.get("rsvp", "accepted"),
    }


def _proposal(proposal: Mapping[str, str]) -> dict[str, str]:
    return {
        "conflict_id": proposal["conflict_id"],
        "user_id": proposal["sub"],
        "display_name": _plain(proposal["name"]),
        "start_utc": proposal["start"],
        "end_utc": proposal["end"],
    }


def _participant(person: Mapping[str, Any]) -> dict[str, Any]:
    calendar = person.get("calendar") or {}
    return {
        "user_id": person["sub"],
        "display_name": _plain(person["name"]),
        "tz": person["tzid"],
        "role": _ROLES.get(person["role"], "guest"),
        "rsvp": person.get("rsvp", "accepted"),
        "calendar": {
            "state": calendar.get("state", "builtin"),
            "name": _plain(calendar.get("name", "")),
            "detail": _plain(calendar.get("detail", "")),
            "changed_at": calendar.get("changed_at", ""),
            "service": _plain(calendar.get("service", "")),
            "next_try_at": calendar.get("next_try_at"),
        },
    }


def safe_url(text: object, schemes: Sequence[str]) -> str:
    """Return `text` if it is an absolute address with one of `schemes`, else an empty text: never `javascript:`."""
    if not isinstance(text, str) or any(unicodedata.category(char) in ("Cc", "Cs", "Zs") for char in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in schemes and parts.netloc else ""


def _plain(text: object) -> str:
    """Text without the control characters that a careless display could stumble over."""
    return "".join(
        char for char in str(text) if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )


def body(shown: Card) -> str:
    """Return the full plain-text form of a card, in every participant's zone."""
    title = shown["title"] or "Meeting"
    said = {
        "rescheduled": "Moved: ",
        "cancelled": "Cancelled: ",
        "requested": "Requested: ",
        "declined": "Declined: ",
    }
    zones = zones_of(shown)
    cancelled = is_off(shown)
    lines = [
        said.get(shown["state"], "") + title,
        ("It was planned for " if cancelled else "") + span(shown["start_utc"], shown["end_utc"], zones),
    ]
    if shown["previous"] and not cancelled:
        lines.append("Before: " + span(shown["previous"]["start_utc"], shown["previous"]["end_utc"], zones))
    if shown.get("proposal") and not cancelled:
        wish = shown["proposal"]
        lines.append(f"{wish['display_name']} proposes: " + span(wish["start_utc"], wish["end_utc"], zones))
    people = [*shown["participants"], *shown.get("outside_guests", ())]
    lines.append("With: " + ", ".join(person["display_name"] for person in people))
    if shown.get("rooms"):
        lines.append("Place: " + ", ".join(shown["rooms"]))
    if shown["reason"]:
        lines.append(f"Reason: {shown['reason']}")
    if shown["note"]:
        lines.append(f"Note: {shown['note']}")
    if shown["conferencing"] and not cancelled:
        lines.append(f"Join: {shown['conferencing']['join_url']}")
    if shown["links"].get("manage"):
        lines.append(f"Details: {shown['links']['manage']}")
    return "\n".join(lines)


def zones_of(shown: Card) -> list[str]:
    """Return the zones in which a card's time is told: the host's first, each once, unknown names left out."""
    told = dict.fromkeys([shown["host_tz"], *(person["tz"] for person in shown["participants"])])
    return [tzid for tzid in told if tzid in known_tzids()] or ["UTC"]


def span(start: str, end: str, zones: Sequence[str]) -> str:
    """Return a time range as text in each of `zones`, such as
    `Tue 24 Nov 2026, 14:30–15:00 Europe/London (09:30–10:00 America/New_York)`.

    Zones with the same wall clock at that time are told once; a date is repeated where it differs.
    """
    told: dict[tuple[datetime, datetime], str] = {}
    for tzid in zones:
        local = _wall(start, tzid), _wall(end, tzid)
        told.setdefault(local, tzid)
    (first_start, first_end), *others = told
    text = f"{_date(first_start)}, {_range(first_start, first_end)} {told[first_start, first_end]}"
    if not others:
        return text
    more = []
    for local_start, local_end in others:
        date = "" if local_start.date() == first_start.date() else f"{_date(local_start)}, "
        more.append(f"{date}{_range(local_start, local_end)} {told[local_start, local_end]}")
    return f"{text} ({'; '.join(more)})"


def _wall(instant: str, tzid: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(zone(tzid)).replace(tzinfo=None, fold=0)


def _date(day: datetime) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _range(start: datetime, end: datetime) -> str:
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"{start:%H:%M} – {_date(end)}, {end:%H:%M}"


def participants_of(shown: Card) -> frozenset[str]:
    """Return the ids of the people who meet."""
    return frozenset(person["user_id"] for person in shown["participants"])


def is_off(booking: Snapshot) -> bool:
    """Tell of a snapshot or card whether it was cancelled, or declined before it was a meeting."""
    return booking["state"] in ("cancelled", "declined")


def ends_after(shown: Card, now: datetime) -> bool:
    """Tell whether a meeting is not over yet."""
    return datetime.fromisoformat(shown["end_utc"]) > now


def redacted(shown: Card) -> Card:
    """Return the card as people see it who are in the conversation but not in the meeting: who and when, no more."""
    known = {name: value for name, value in shown.items() if name not in _MEETING_ALONE}
    return {
        **known,
        "title": "Private meeting",
        "note": "",
        "reason": "",
        "conferencing": None,
        "participants": [{**person, "calendar": dict(_NO_RECEIPT)} for person in shown["participants"]],
        "links": dict.fromkeys(_LINKS, ""),
    }


def seen_by(message: Mapping[str, Any], viewer: str) -> dict[str, Any]:
    """Return a message as `viewer` may see it: somebody else's meeting is redacted."""
    shown = message.get("card")
    if not shown or viewer in participants_of(shown):
        return dict(message)
    hidden = redacted(shown)
    return {**message, "card": hidden, "body": body(hidden)}


def upcoming(bookings: Iterable[Snapshot], now: datetime) -> list[Card]:
    """Return the cards of the next three meetings that have not ended and are not cancelled, by start."""
    ahead = [
        booking
        for booking in bookings
        if not is_off(booking) and datetime.fromisoformat(booking["end"]) > now
    ]
    ahead.sort(key=lambda booking: (datetime.fromisoformat(booking["start"]), booking["booking_id"]))
    return [card(booking) for booking in ahead[:UPCOMING]]
