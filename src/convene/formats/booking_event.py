"""A booking as iCalendar: the event written into calendars, sent for download, and changed in place.

Always built and changed through the `icalendar` package, so that nothing a person types can add a line. An event that
lies in a calendar is edited as it was fetched: alarms, colours and whatever else others put there stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from convene.formats.event_editing import (
    PRODUCT,
    UTC_NAMES,
    add_zone,
    canonical,
    clean,
    editable,
    integer,
    one_line,
    replace,
    text_of,
)
from convene.formats.event_reader import BOOKING_TAG, ONLINE_MEETING, REVISION_TAG
from convene.formats.icalendar_limits import CalendarRefused

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in an event. `answer` is a PARTSTAT in lower case."""

    name: str
    email: str
    answer: str = "accepted"


@dataclass(frozen=True, slots=True)
class BookedMeeting:
    """What an event says about a booking.

    start, end, stamp: aware instants; stamp is when this revision was made (DTSTAMP). tzid: the organizer's zone, in
    which the times are written. uid: the same over all revisions; revision: from 1. description: plain text that holds
    the links for people; join_url and manage_url are also written as properties for programs. organizer and
    attendees: left out where the calendar's server would send invitations of its own. location: in words, beside
    join_url. reminder_minutes: alarms before the start, written when the event is made and left to its owner then.
    asks_online: the calendar service shall make a place to meet online, asked for when the event is made.
    """

    uid: str
    booking_id: str
    revision: int
    title: str
    start: datetime
    end: datetime
    tzid: str
    stamp: datetime
    description: str = ""
    join_url: str = ""
    manage_url: str = ""
    is_cancelled: bool = False
    organizer: Person | None = None
    attendees: tuple[Person, ...] = ()
    location: str = ""
    is_transparent: bool = False
    is_private: bool = False
    reminder_minutes: tuple[int, ...] = ()
    asks_online: bool = False


def booking_event(meeting: BookedMeeting, *, method: Method | None = None, in_utc: bool = False) -> str:
    """Return a VCALENDAR with the meeting, CRLF line ends, folded.

    method: PUBLISH for download, REQUEST or CANCEL for mail; None for a calendar server, which allows none.
    in_utc: write UTC times without a VTIMEZONE, for servers that cannot read one.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if method is not None:
        calendar.add("method", method)
    add_meeting(calendar, meeting, in_utc=in_utc)
    return text_of(calendar)


def add_meeting(calendar: Calendar, meeting: BookedMeeting, *, in_utc: bool = False) -> None:
    """Add the meeting to a calendar, with the definition of its zone if the calendar has none."""
    event = Event()
    event.add("uid", one_line(meeting.uid))
    _write_time(calendar, event, meeting, in_utc=in_utc)
    _write_text(event, meeting)
    _write_own(event, meeting)
    replace(event, "sequence", meeting.revision - 1)
    replace(event, "created", meeting.stamp.astimezone(UTC))
    _write_stamps(event, meeting)
    if not meeting.is_cancelled:
        event.add("transp", "TRANSPARENT" if meeting.is_transparent else "OPAQUE")
    if meeting.is_private:
        event.add("class", "PRIVATE")
    if meeting.asks_online:
        event.add(ONLINE_MEETING, "TRUE")
    for minutes in meeting.reminder_minutes:
        event.add_component(_alarm(minutes, meeting.title))
    calendar.add_component(event)


def apply_booking(
    existing_raw: str, meeting: BookedMeeting, *, keep_text: bool = False, in_utc: bool = False
) -> str | None:
    """Return a fetched resource with the meeting's newest state written into it, or None if it says so already.

    keep_text: leave title and description as they are there, for owners who have changed them. Everything that is not
    ours is kept. SEQUENCE grows if the time or the status changes. Raises CalendarRefused if the text cannot be read
    or does not hold this meeting.
    """
    calendar = editable(existing_raw)
    event = find_meeting(calendar, meeting.uid, meeting.booking_id)
    before = canonical(event)
    known_sequence = integer(event.get("SEQUENCE"))
    moved = _write_time(calendar, event, meeting, in_utc=in_utc)
    moved = _write_status(event, meeting) or moved
    if not keep_text:
        _write_text(event, meeting)
    _write_own(event, meeting)
    if canonical(event) == before and integer(event.get(REVISION_TAG)) >= meeting.revision:
        return None
    replace(event, REVISION_TAG, str(meeting.revision))
    replace(event, "sequence", max(known_sequence + 1 if moved else known_sequence, meeting.revision - 1))
    _write_stamps(event, meeting)
    calendar.pop("METHOD", None)
    return text_of(calendar)


def find_meeting(calendar: Calendar, uid: str, booking_id: str) -> Event:
    """Return a booking's event in a fetched resource. Raises CalendarRefused if it does not hold it."""
    events = [
        event for event in calendar.subcomponents if isinstance(event, Event) and "RECURRENCE-ID" not in event
    ]
    for event in events:
        if str(event.get("UID", "")) == one_line(uid):
            return event
    for event in events:
        if str(event.get(BOOKING_TAG, "")) == booking_id:
            return event
    raise CalendarRefused("not_this_event", "The resource in the calendar does not hold this meeting.")


def _write_time(calendar: Calendar, event: Event, meeting: BookedMeeting, *, in_utc: bool) -> bool:
    """Write start and end in the meeting's zone; return whether they changed. A rule somebody added is removed."""
    if _says_time(event, meeting):
        return False
    is_utc = in_utc or meeting.tzid in UTC_NAMES
    # Not `core.instants.zone`, whose zones cannot be copied; the pinned database is used for this one as well.
    zone = UTC if is_utc else ZoneInfo(meeting.tzid)
    for name in ("DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"):
        event.pop(name, None)
    replace(event, "dtstart", meeting.start.astimezone(zone))
    replace(event, "dtend", meeting.end.astimezone(zone))
    if not is_utc:
        add_zone(calendar, meeting.tzid, meeting.start.year)
    return True


def _says_time(event: Event, meeting: BookedMeeting) -> bool:
    if any(name in event for name in ("RRULE", "RDATE")):
        return False
    try:
        times = [event.get("DTSTART").dt, event.get("DTEND").dt]
    except AttributeError:
        return False
    return all(
        isinstance(time, datetime) and time.tzinfo is not None and time == wanted
        for time, wanted in zip(times, (meeting.start, meeting.end), strict=True)
    )


def _write_status(event: Event, meeting: BookedMeeting) -> bool:
    wanted = "CANCELLED" if meeting.is_cancelled else "CONFIRMED"
    changed = str(event.get("STATUS", "")).upper() != wanted
    replace(event, "status", wanted)
    return changed


def _write_text(event: Event, meeting: BookedMeeting) -> None:
    replace(event, "summary", clean(meeting.title))
    replace(event, "description", clean(meeting.description))
    location = str(event.get("LOCATION", ""))
    place = meeting.location or meeting.join_url
    if place and (not location or location.startswith("https://")):  # a room that was added stays
        replace(event, "location", one_line(place))


def _alarm(minutes: int, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one_line(title))
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm


def _write_own(event: Event, meeting: BookedMeeting) -> None:
    """Write what is always ours: links, tags, status and people."""
    _write_status(event, meeting)
    replace(event, BOOKING_TAG, one_line(meeting.booking_id))
    if REVISION_TAG not in event:
        replace(event, REVISION_TAG, str(meeting.revision))
    replace(event, "url", one_line(meeting.manage_url))
    _write_conference(event, one_line(meeting.join_url))
    if meeting.organizer is not None:
        replace(event, "organizer", _address(meeting.organizer, is_organizer=True))
        _write_attendees(event, meeting.attendees)


def _write_conference(event: Event, join_url: str) -> None:
    if not join_url:
        event.pop("CONFERENCE", None)
    elif str(event.get("CONFERENCE", "")) != join_url:
        event.pop("CONFERENCE", None)
        parameters = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Join"}
        event.add("conference", join_url, parameters=parameters)


def _write_attendees(event: Event, people: Iterable[Person]) -> None:
    """Write our people; others whom the owner has added stay."""
    wanted = {f"mailto:{one_line(person.email)}".lower(): person for person in people}
    existing = event.get("ATTENDEE", [])
    existing = existing if isinstance(existing, list) else [existing]
    others = [attendee for attendee in existing if str(attendee).lower() not in wanted]
    event.pop("ATTENDEE", None)
    for attendee in (*(_address(person) for person in wanted.values()), *others):
        event.add("attendee", attendee, encode=False)


def _address(person: Person, *, is_organizer: bool = False) -> vCalAddress:
    """Return a calendar address for which we, and not the calendar's server, send messages (RFC 6638)."""
    address = vCalAddress(f"mailto:{one_line(person.email)}")
    address.params["CN"] = vText(one_line(person.name))
    address.params["SCHEDULE-AGENT"] = vText("CLIENT")
    if not is_organizer:
        address.params["ROLE"] = vText("REQ-PARTICIPANT")
        address.params["PARTSTAT"] = vText(person.answer.upper())
    return address


def _write_stamps(event: Event, meeting: BookedMeeting) -> None:
    replace(event, "dtstamp", meeting.stamp.astimezone(UTC))
    replace(event, "last-modified", meeting.stamp.astimezone(UTC))
