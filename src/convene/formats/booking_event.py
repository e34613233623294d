"""A booking as iCalendar: the event written into calendars, sent for download, and changed in place.

Always built and changed through the `icalendar` package, so that nothing a person types can add a line. An event that
lies in a calendar is edited as it was fetched: alarms, colours and whatever else others put there stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from convene.formats.content_lines import read_components
from convene.formats.event_reader import BOOKING_TAG, REVISION_TAG
from convene.formats.icalendar_limits import MAX_EDITED_TEXT, CalendarRefused, NotACalendar, TooComplex
from convene.formats.timezone_text import timezone_component

PRODUCT = "-//Convene//Convene//EN"
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
_UTC_NAMES = {"UTC", "Etc/UTC"}
_NOT_A_CHANGE = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", REVISION_TAG)


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
    event = Event()
    event.add("uid", _one_line(meeting.uid))
    _write_time(calendar, event, meeting, in_utc=in_utc)
    _write_text(event, meeting)
    _write_own(event, meeting)
    _replace(event, "sequence", meeting.revision - 1)
    _replace(event, "created", meeting.stamp.astimezone(UTC))
    _write_stamps(event, meeting)
    if not meeting.is_cancelled:
        event.add("transp", "TRANSPARENT" if meeting.is_transparent else "OPAQUE")
    if meeting.is_private:
        event.add("class", "PRIVATE")
    for minutes in meeting.reminder_minutes:
        event.add_component(_alarm(minutes, meeting.title))
    calendar.add_component(event)
    return _text(calendar)


def apply_booking(
    existing_raw: str, meeting: BookedMeeting, *, keep_text: bool = False, in_utc: bool = False
) -> str | None:
    """Return a fetched resource with the meeting's newest state written into it, or None if it says so already.

    keep_text: leave title and description as they are there, for owners who have changed them. Everything that is not
    ours is kept. SEQUENCE grows if the time or the status changes. Raises CalendarRefused if the text cannot be read
    or does not hold this meeting.
    """
    calendar = _editable(existing_raw)
    event = _find(calendar, meeting)
    before = _canonical(event)
    known_sequence = _integer(event.get("SEQUENCE"))
    moved = _write_time(calendar, event, meeting, in_utc=in_utc)
    moved = _write_status(event, meeting) or moved
    if not keep_text:
        _write_text(event, meeting)
    _write_own(event, meeting)
    if _canonical(event) == before and _integer(event.get(REVISION_TAG)) >= meeting.revision:
        return None
    _replace(event, REVISION_TAG, str(meeting.revision))
    _replace(event, "sequence", max(known_sequence + 1 if moved else known_sequence, meeting.revision - 1))
    _write_stamps(event, meeting)
    calendar.pop("METHOD", None)
    return _text(calendar)


def clean(text: str) -> str:
    """Return text without control characters other than line ends and tabs; line ends become LF."""
    text = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or (ord(char) >= 32 and ord(char) != 127))


def _one_line(text: str) -> str:
    return clean(text).replace("\n", " ")


def _editable(raw: str) -> Calendar:
    if len(raw) > MAX_EDITED_TEXT:
        raise TooComplex(f"{len(raw):,} characters in an event that is to be changed", MAX_EDITED_TEXT)
    read_components(raw, frozenset())  # counts components and depth
    try:
        return Calendar.from_ical(raw)
    except (ValueError, KeyError, IndexError) as error:
        raise NotACalendar(f"The event in the calendar cannot be read: {str(error)[:200]}") from None


def _find(calendar: Calendar, meeting: BookedMeeting) -> Event:
    events = [
        event for event in calendar.subcomponents if isinstance(event, Event) and "RECURRENCE-ID" not in event
    ]
    for event in events:
        if str(event.get("UID", "")) == _one_line(meeting.uid):
            return event
    for event in events:
        if str(event.get(BOOKING_TAG, "")) == meeting.booking_id:
            return event
    raise CalendarRefused("not_this_event", "The resource in the calendar does not hold this meeting.")


def _write_time(calendar: Calendar, event: Event, meeting: BookedMeeting, *, in_utc: bool) -> bool:
    """Write start and end in the meeting's zone; return whether they changed. A rule somebody added is removed."""
    if _says_time(event, meeting):
        return False
    is_utc = in_utc or meeting.tzid in _UTC_NAMES
    # Not `core.instants.zone`, whose zones cannot be copied; the pinned database is used for this one as well.
    zone = UTC if is_utc else ZoneInfo(meeting.tzid)
    for name in ("DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"):
        event.pop(name, None)
    _replace(event, "dtstart", meeting.start.astimezone(zone))
    _replace(event, "dtend", meeting.end.astimezone(zone))
    if not is_utc and not any(
        str(part.get("TZID", "")) == meeting.tzid for part in calendar.walk("VTIMEZONE")
    ):
        calendar.subcomponents.insert(0, timezone_component(meeting.tzid, meeting.start.year))
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
    _replace(event, "status", wanted)
    return changed


def _write_text(event: Event, meeting: BookedMeeting) -> None:
    _replace(event, "summary", clean(meeting.title))
    _replace(event, "description", clean(meeting.description))
    location = str(event.get("LOCATION", ""))
    place = meeting.location or meeting.join_url
    if place and (not location or location.startswith("https://")):  # a room that was added stays
        _replace(event, "location", _one_line(place))


def _alarm(minutes: int, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _one_line(title))
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm


def _write_own(event: Event, meeting: BookedMeeting) -> None:
    """Write what is always ours: links, tags, status and people."""
    _write_status(event, meeting)
    _replace(event, BOOKING_TAG, _one_line(meeting.booking_id))
    if REVISION_TAG not in event:
        _replace(event, REVISION_TAG, str(meeting.revision))
    _replace(event, "url", _one_line(meeting.manage_url))
    _write_conference(event, _one_line(meeting.join_url))
    if meeting.organizer is not None:
        _replace(event, "organizer", _address(meeting.organizer, is_organizer=True))
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
    wanted = {f"mailto:{_one_line(person.email)}".lower(): person for person in people}
    existing = event.get("ATTENDEE", [])
    existing = existing if isinstance(existing, list) else [existing]
    others = [attendee for attendee in existing if str(attendee).lower() not in wanted]
    event.pop("ATTENDEE", None)
    for attendee in (*(_address(person) for person in wanted.values()), *others):
        event.add("attendee", attendee, encode=False)


def _address(person: Person, *, is_organizer: bool = False) -> vCalAddress:
    """Return a calendar address for which we, and not the calendar's server, send messages (RFC 6638)."""
    address = vCalAddress(f"mailto:{_one_line(person.email)}")
    address.params["CN"] = vText(_one_line(person.name))
    address.params["SCHEDULE-AGENT"] = vText("CLIENT")
    if not is_organizer:
        address.params["ROLE"] = vText("REQ-PARTICIPANT")
        address.params["PARTSTAT"] = vText(person.answer.upper())
    return address


def _write_stamps(event: Event, meeting: BookedMeeting) -> None:
    _replace(event, "dtstamp", meeting.stamp.astimezone(UTC))
    _replace(event, "last-modified", meeting.stamp.astimezone(UTC))


def _replace(event: Event, name: str, value: Any) -> None:
    """Set a property that occurs once; an empty text removes it."""
    event.pop(name, None)
    if value != "":
        event.add(name, value)


def _canonical(event: Event) -> list[bytes]:
    copied = event.copy(recursive=True)
    for name in _NOT_A_CHANGE:
        copied.pop(name, None)
    return sorted(copied.to_ical().split(b"\r\n"))


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _text(calendar: Calendar) -> str:
    return str(calendar.to_ical(), "utf-8")
