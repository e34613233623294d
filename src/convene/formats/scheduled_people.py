"""People in an event for whom we, and not the calendar's server, send messages: `SCHEDULE-AGENT=CLIENT` (RFC 6638, 7.1)."""

from __future__ import annotations

from icalendar import Event, vCalAddress

from convene.formats.event_editing import editable, text_of

_MARK = "SCHEDULE-AGENT=CLIENT"


def names_people(raw: str) -> bool:
    """Tell whether a text of ours names people whom its server must not invite."""
    return _MARK in raw.replace("\r\n ", "")


def without_people(raw: str) -> str:
    """Return a text without them, for servers that invite whomever they find. Whom the owner added there stays.

    Raises `CalendarRefused` if the text cannot be read.
    """
    calendar = editable(raw)
    for event in calendar.subcomponents:
        if isinstance(event, Event):
            there = event.get("ATTENDEE", [])
            kept = [item for item in (there if isinstance(there, list) else [there]) if not _is_ours(item)]
            event.pop("ATTENDEE", None)
            for item in kept:
                event.add("attendee", item, encode=False)
            if not kept and _is_ours(event.get("ORGANIZER")):
                event.pop("ORGANIZER", None)
    return text_of(calendar)


def _is_ours(address: vCalAddress | None) -> bool:
    return address is not None and str(address.params.get("SCHEDULE-AGENT", "")).upper() == "CLIENT"
