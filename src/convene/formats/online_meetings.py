"""A place to meet online that a calendar service makes with an event, as lines of the event's text.

A text that is written asks for one with `X-CONVENE-ONLINE-MEETING:TRUE`. A text that was read names the place as its
`CONFERENCE` (RFC 7986, section 5.11), or says `FAILED` where the service answered that there will be none.
"""

from __future__ import annotations

from icalendar import Event

from convene.formats.event_editing import editable, replace, text_of
from convene.formats.event_reader import ONLINE_MEETING

FAILED = "FAILED"


def is_asked_for(event: Event) -> bool:
    """Tell whether the service shall make a place to meet online with this event."""
    return str(event.get(ONLINE_MEETING, "")).upper() == "TRUE"


def join_link(raw: str) -> str | None:
    """Return where the event of a text that was read is joined: "" for nowhere so far, None if the service makes no place.

    Raises `CalendarRefused` if the text cannot be read.
    """
    for event in _events(raw):
        found = event.get("CONFERENCE", "")
        link = str(found[0] if isinstance(found, list) else found)
        if link:
            return link
        if str(event.get(ONLINE_MEETING, "")).upper() == FAILED:
            return None
    return ""


def without_place(raw: str) -> str:
    """Return a text that says that the service makes no place. Raises `CalendarRefused`."""
    calendar = editable(raw)
    for part in calendar.subcomponents:
        if isinstance(part, Event):
            replace(part, ONLINE_MEETING, FAILED)
    return text_of(calendar)


def _events(raw: str) -> list[Event]:
    return [part for part in editable(raw).subcomponents if isinstance(part, Event)]
