"""What an event says to people: title, place, who comes, where to join (RFC 5545 section 3.8.1 and 3.8.4, RFC 7986).

None of it decides about time, so none of it can make an event unreadable: what is too long is cut, what is broken is
left out. Runs in the parser process; its answers are bounded.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from convene.core.events import Event
from convene.core.freebusy import busy_kind, is_transparent
from convene.formats.content_lines import Component, Line
from convene.formats.event_reader import normal_address
from convene.formats.icalendar_limits import (
    MAX_ADDRESS,
    MAX_ATTENDEES,
    MAX_CATEGORIES,
    MAX_DESCRIPTION,
    MAX_PERSON,
    MAX_PLACE,
    MAX_SUMMARY,
)
from convene.formats.icalendar_values import read_paragraphs, read_text

DETAILS = frozenset({
    "DESCRIPTION", "LOCATION", "GEO", "CATEGORIES", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL", "ORGANIZER", "CREATED",
})  # fmt: skip
"""Properties read for people alone. SUMMARY, ATTENDEE and others are read for what they decide, too."""
_MEETING_LINKS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
_COMMA = re.compile(r"(?<!\\),")
_EXTENDED = {
    "busy": "opaque",
    "free": "transparent",
    "tentative": "tentative",
    "oof": "out_of_office",
    "workingelsewhere": "working_elsewhere",
}
_ANSWERS = {
    "needs-action": "needs_action",
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "tentative",
}


class ParsedPerson(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attendee or organizer. `status` is Cronofy's word for the answer, "" for organizers."""

    email: str
    display_name: str = ""
    status: str = ""


class ParsedDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """One component, for readers.

    free_busy: what it does to its owner's time: busy, tentative or free.
    status: confirmed, tentative or "" where it does not say. participation: the owner's answer, "" if not invited.
    start_tzid: the IANA zone of its start, "" for UTC, floating times and whole days.
    created: seconds since the epoch, 0 if unknown.
    """

    summary: str = ""
    free_busy: str = "busy"
    description: str = ""
    location: str = ""
    latitude: str = ""
    longitude: str = ""
    status: str = ""
    transparency: str = "opaque"
    extended_transparency: str = ""
    participation: str = ""
    attendees: list[ParsedPerson] = []
    organizer: ParsedPerson | None = None
    categories: list[str] = []
    is_private: bool = False
    is_recurring: bool = False
    url: str = ""
    meeting_url: str = ""
    start_tzid: str = ""
    created: int = 0

    @property
    def size(self) -> int:
        """About how many characters it takes."""
        people = sum(len(person.email) + len(person.display_name) + 40 for person in self.attendees)
        texts = self.summary, self.description, self.location, self.url, self.meeting_url, *self.categories
        return sum(map(len, texts)) + people + 200


def read_details(
    event: Event, component: Component, *, is_recurring: bool, brief: bool = False
) -> ParsedDetails:
    """Return what `event`, read from `component`, says to people.

    is_recurring: it belongs to a series. brief: leave out all that can be long but the title.
    """
    summary = _text(component, "SUMMARY", MAX_SUMMARY)
    kind = busy_kind(event) or "free"
    transparency = "transparent" if is_transparent(event) else "opaque"
    if brief:
        return ParsedDetails(summary, kind, transparency=transparency, is_recurring=is_recurring)
    latitude, longitude = _geo(component)
    organizer = component.first("ORGANIZER")
    return ParsedDetails(
        summary=summary,
        free_busy=kind,
        description=_text(component, "DESCRIPTION", MAX_DESCRIPTION, is_long=True),
        location=_text(component, "LOCATION", MAX_PLACE),
        latitude=latitude,
        longitude=longitude,
        status=event.status if event.status in {"confirmed", "tentative"} else "",
        transparency=transparency,
        extended_transparency=_EXTENDED.get(event.busy_status, ""),
        participation=_answer(event.participation),
        attendees=_attendees(component),
        organizer=_person(organizer) if organizer is not None else None,
        categories=_categories(component),
        is_private=event.classification in {"private", "confidential"},
        is_recurring=is_recurring,
        url=_link(component, "URL"),
        meeting_url=next(filter(None, (_link(component, name) for name in _MEETING_LINKS)), ""),
        start_tzid=str(getattr(event.start.zone, "key", "") or ""),
        created=_created(component),
    )


def _text(component: Component, name: str, limit: int, *, is_long: bool = False) -> str:
    line = component.first(name)
    if line is None:
        return ""
    return read_paragraphs(line.value, limit) if is_long else read_text(line.value, limit)


def _geo(component: Component) -> tuple[str, str]:
    """Return latitude and longitude as texts, both "" if there is no sound pair."""
    parts = component.text("GEO").split(";")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return "", ""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return "", ""
    return parts[0].strip()[:20], parts[1].strip()[:20]


def _attendees(component: Component) -> list[ParsedPerson]:
    found: list[ParsedPerson] = []
    for line in component.all("ATTENDEE"):
        if len(found) == MAX_ATTENDEES:
            break
        person = _person(line)
        if person is not None:
            found.append(
                msgspec.structs.replace(person, status=_answer(line.parameter("PARTSTAT") or "needs-action"))
            )
    return found


def _person(line: Line) -> ParsedPerson | None:
    """Return who a calendar address names, None without a mail address."""
    email = normal_address(line.parameter("EMAIL") or line.value)[:MAX_PERSON]
    if "@" not in email or not email.isprintable():
        return None
    return ParsedPerson(email, read_text(line.parameter("CN"), MAX_PERSON))


def _answer(participation: str) -> str:
    return _ANSWERS.get(participation.lower(), "unknown") if participation else ""


def _categories(component: Component) -> list[str]:
    found = (
        read_text(item, MAX_PERSON)
        for line in component.all("CATEGORIES")
        for item in _COMMA.split(line.value)
    )
    return list(dict.fromkeys(filter(None, found)))[:MAX_CATEGORIES]


def _link(component: Component, name: str) -> str:
    """Return an address that a browser may follow, or ""."""
    for line in component.all(name):
        address = line.value.strip()
        if len(address) <= MAX_ADDRESS and address.isprintable():
            try:
                if urlsplit(address).scheme in {"http", "https"}:
                    return address
            except ValueError:
                continue
    return ""


def _created(component: Component) -> int:
    try:
        found = datetime.strptime(component.text("CREATED").strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return max(0, int(found.timestamp()))
