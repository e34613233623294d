"""A booking as iCalendar: for download into any calendar, and as the event that is kept in participants' calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from convene.formats.booking_event import BookedMeeting, apply_booking, booking_event
from convene.services.booking_snapshot import description, links
from convene.storage.bookings import BookingRow, ParticipantRow


def calendar_file(booking: BookingRow, base_url: str, now: datetime) -> str:
    """Return a VCALENDAR (METHOD:PUBLISH) whose UID stays the same over all changes of the booking."""
    return booking_event(meeting_of(booking, (), base_url), method="PUBLISH")


def event_text(booking: BookingRow, people: Sequence[ParticipantRow], base_url: str) -> str:
    """Return the event for a calendar that holds nothing of this booking yet."""
    return booking_event(meeting_of(booking, people, base_url))


def applied_text(
    raw: str, booking: BookingRow, people: Sequence[ParticipantRow], base_url: str
) -> str | None:
    """Return a fetched event with the booking written into it, None if it says so already.

    Raises `formats.icalendar_limits.CalendarRefused` if the text cannot be read or holds something else.
    """
    return apply_booking(raw, meeting_of(booking, people, base_url))


def meeting_of(booking: BookingRow, people: Sequence[ParticipantRow], base_url: str) -> BookedMeeting:
    """Return what an event says about a booking.

    People are named in the text and not as attendees: a calendar's server would send them invitations of its own.
    """
    manage_url = links(booking, base_url)["manage"]
    text = description(booking, manage_url)
    if people:
        text = f"With {', '.join(person.name for person in people)}\n\n{text}"
    return BookedMeeting(
        uid=booking.uid,
        booking_id=booking.booking_id,
        revision=booking.revision,
        title=booking.title,
        start=booking.starts_at,
        end=booking.ends_at,
        tzid=booking.tzid,
        stamp=booking.changed_at,
        description=text,
        join_url=(booking.conferencing or {}).get("join_url", ""),
        manage_url=manage_url,
        is_cancelled=booking.state == "cancelled",
    )
