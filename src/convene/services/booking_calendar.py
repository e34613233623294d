"""A booking as iCalendar: for download into any calendar, and as the event that is kept in participants' calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from convene.formats.booking_event import BookedMeeting, Person, apply_booking, booking_event
from convene.services.booking_snapshot import description, links
from convene.storage.bookings import BookingRow, ParticipantRow

# Of a large group; the booking's page names them all.
MOST_NAMED = 100


def calendar_file(booking: BookingRow, base_url: str, now: datetime) -> str:
    """Return a VCALENDAR (METHOD:PUBLISH) whose UID stays the same over all changes of the booking."""
    return booking_event(meeting_of(booking, (), base_url), method="PUBLISH")


def guest_calendar_file(bookings: Sequence[BookingRow], manage_url: str) -> str:
    """Return a guest's meetings as iCalendar objects one after the other (RFC 5545, section 3.4)."""
    return "".join(
        booking_event(meeting_of(booking, (), "", manage_url=manage_url), method="PUBLISH")
        for booking in bookings
    )


def event_text(
    booking: BookingRow,
    people: Sequence[ParticipantRow],
    base_url: str,
    account_id: str = "",
    *,
    asks_online: bool = False,
) -> str:
    """Return the event for a calendar of `account_id` that holds nothing of this booking yet. `asks_online`: its service
    shall make a place to meet online with it."""
    return booking_event(meeting_of(booking, people, base_url, account_id, asks_online=asks_online))


def applied_text(
    raw: str,
    booking: BookingRow,
    people: Sequence[ParticipantRow],
    base_url: str,
    account_id: str = "",
    *,
    keep_text: bool = False,
) -> str | None:
    """Return a fetched event with the booking written into it, None if it says so already. `keep_text` leaves title and
    description as their owner words them there.

    Raises `formats.icalendar_limits.CalendarRefused` if the text cannot be read or holds something else.
    """
    return apply_booking(raw, meeting_of(booking, people, base_url, account_id), keep_text=keep_text)


def meeting_of(
    booking: BookingRow,
    people: Sequence[ParticipantRow],
    base_url: str,
    account_id: str = "",
    *,
    manage_url: str = "",
    asks_online: bool = False,
) -> BookedMeeting:
    """Return what an event says about a booking, in the calendar of `account_id` if it says something of its own there.

    People are named in the text and not as attendees: a calendar's server would send them invitations of its own.
    Where a booking link asks for a single event, it is the others' only trace of the meeting, so they are in it.
    """
    manage_url = manage_url or links(booking, base_url)["manage"]
    details = {**booking.event_details, **booking.event_details.get("of", {}).get(account_id, {})}
    text = description(booking, manage_url, details.get("description", ""))
    if people:
        text = f"{_with(people, details)}\n\n{text}"
    organizer, attendees = details.get("organizer"), details.get("attendees", ())
    return BookedMeeting(
        uid=booking.uid,
        booking_id=booking.booking_id,
        revision=booking.revision,
        title=details.get("summary") or booking.title,
        start=booking.starts_at,
        end=booking.ends_at,
        tzid=booking.tzid,
        stamp=booking.changed_at,
        description=text,
        join_url=(booking.conferencing or {}).get("join_url", ""),
        manage_url=manage_url,
        is_cancelled=booking.is_off,
        organizer=Person(**organizer) if organizer else None,
        attendees=tuple(Person(**person) for person in attendees),
        location=details.get("location", ""),
        is_transparent=details.get("transparency") == "transparent",
        is_private=bool(details.get("private")),
        reminder_minutes=tuple(details.get("reminders", ())),
        asks_online=asks_online,
    )


def _with(people: Sequence[ParticipantRow], details: Mapping[str, Any]) -> str:
    """Who meets. Of a meeting with seats the guests stand below each other, with what they answered."""
    guests = details.get("guests", ())
    hosts = [person.name for person in people]
    if "seats" not in details:
        return f"With {', '.join([*hosts, *(_named(guest) for guest in guests)])}"
    lines = [
        f"- {_named(guest)}" + "".join(f"\n  {line}" for line in guest.get("answers", "").splitlines())
        for guest in guests[:MOST_NAMED]
    ]
    if len(guests) > MOST_NAMED:
        lines.append(f"- and {len(guests) - MOST_NAMED} more")
    count = f"{len(guests)} of {details['seats']} seats are taken"
    return "\n".join([f"With {', '.join(hosts)}", "", f"{count}:" if lines else f"{count}.", *lines])


def _named(guest: Mapping[str, str]) -> str:
    return f"{guest['name']} ({guest['email']})"
