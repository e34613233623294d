"""Changing an event that was fetched: read within limits, compared, written back; what is not ours stays.

Always through the `icalendar` package, so that nothing a person types can add a line.
"""

from __future__ import annotations

from typing import Any

from icalendar import Calendar, Event

from convene.formats.content_lines import read_components
from convene.formats.event_reader import REVISION_TAG
from convene.formats.icalendar_limits import MAX_EDITED_TEXT, NotACalendar, TooComplex
from convene.formats.timezone_text import timezone_component

PRODUCT = "-//Convene//Convene//EN"
UTC_NAMES = frozenset({"UTC", "Etc/UTC"})
_NOT_A_CHANGE = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", REVISION_TAG)


def clean(text: str) -> str:
    """Return text without control characters other than line ends and tabs; line ends become LF."""
    text = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or (ord(char) >= 32 and ord(char) != 127))


def one_line(text: str) -> str:
    """The same on one line."""
    return clean(text).replace("\n", " ")


def editable(raw: str) -> Calendar:
    """Return a fetched resource ready to be changed. Raises `CalendarRefused` if it is too big or no calendar."""
    if len(raw) > MAX_EDITED_TEXT:
        raise TooComplex(f"{len(raw):,} characters in an event that is to be changed", MAX_EDITED_TEXT)
    read_components(raw, frozenset())  # counts components and depth
    try:
        return Calendar.from_ical(raw)
    except (ValueError, KeyError, IndexError) as error:
        raise NotACalendar(f"The event in the calendar cannot be read: {str(error)[:200]}") from None


def add_zone(calendar: Calendar, tzid: str, year: int) -> None:
    """Define a zone, as it is from `year` on, in a calendar that does not define it yet."""
    if not any(str(part.get("TZID", "")) == tzid for part in calendar.walk("VTIMEZONE")):
        calendar.subcomponents.insert(0, timezone_component(tzid, year))


def replace(event: Event, name: str, value: Any) -> None:
    """Set a property that occurs once; an empty text removes it."""
    event.pop(name, None)
    if value != "":
        event.add(name, value)


def canonical(event: Event) -> list[bytes]:
    """Return what an event says, without stamps and in one order: equal for events that say the same."""
    copied = event.copy(recursive=True)
    for name in _NOT_A_CHANGE:
        copied.pop(name, None)
    return sorted(copied.to_ical().split(b"\r\n"))


def integer(value: Any) -> int:
    """Return a whole number that was written somewhere, 0 if it is none."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def text_of(calendar: Calendar) -> str:
    """Return the text of a calendar: CRLF line ends, folded."""
    return str(calendar.to_ical(), "utf-8")
