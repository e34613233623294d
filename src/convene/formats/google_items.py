"""iCalendar text as Google's JSON, for writing (RFC 5545; Calendar API v3, events).

A text is edited here as everywhere (`booking_event`, `event_content`); Google is sent what the edit changed and nothing
else, so that whatever an item holds beside this stays as its owner left it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from convene.formats.event_editing import editable
from convene.formats.event_reader import BOOKING_TAG, REVISION_TAG
from convene.formats.google_events import (
    BOOKING_PROPERTY,
    CANCELLED_MARK,
    REVISION_PROPERTY,
    UID_PROPERTY,
    Item,
    resource_text,
)
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import is_asked_for

_VISIBILITY = {"PRIVATE": "private", "CONFIDENTIAL": "confidential", "PUBLIC": "public"}
_ANSWERS = {
    "NEEDS-ACTION": "needsAction",
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
_RULES = ("RRULE", "EXRULE", "RDATE", "EXDATE")
MAX_REMINDERS = 5
"""How many reminders Google takes."""


# -- writing


def item_of(raw: str) -> dict[str, Any]:
    """Return the item that says what the text's event says, without its id. Raises `CalendarRefused`."""
    event = _master(editable(raw))
    start, end = _times(event)
    status = str(event.get("STATUS", "")).lower()
    item: dict[str, Any] = {
        "summary": str(event.get("SUMMARY", "")),
        "description": str(event.get("DESCRIPTION", "")),
        "location": str(event.get("LOCATION", "")),
        "start": start,
        "end": end,
        "recurrence": _rules(event),
        "status": status if status in ("tentative", "cancelled") else "confirmed",
        "transparency": "transparent" if str(event.get("TRANSP", "")).upper() == "TRANSPARENT" else "opaque",
        "visibility": _VISIBILITY.get(str(event.get("CLASS", "")).upper(), "default"),
        "attendees": _attendees(event),
        "extendedProperties": {"private": _own(event)},
    }
    if str(event.get("URL", "")).startswith(("https://", "http://")):
        item["source"] = {"url": str(event["URL"]), "title": "Convene"}
    if is_asked_for(event):
        item["conferenceData"] = {"createRequest": _conference_request(event)}
    reminders = _reminders(event)
    if reminders:
        item["reminders"] = {"useDefault": False, "overrides": reminders}
    return item


def changed_members(current: Item, raw: str, *, owner: str = "") -> dict[str, Any]:
    """Return what must be sent so that `current` says what `raw` says: the members that differ, {} for none.

    Raises `CalendarRefused`.
    """
    wanted = item_of(raw)
    there = item_of(resource_text(current, (), owner=owner))
    changed = {
        name: value
        for name, value in wanted.items()
        if name not in ("reminders", "extendedProperties") and value != there.get(name)
    }
    for name in ("start", "end"):
        if name in changed:
            # What is not named is kept by a PATCH: a whole day must lose its hour.
            changed[name] = {"date": None, "dateTime": None, "timeZone": None, **changed[name]}
    if "attendees" in changed:
        changed["attendees"] = _joined_people(current.get("attendees") or (), changed["attendees"])
    tags = wanted["extendedProperties"]["private"]
    held = (current.get("extendedProperties") or {}).get("private") or {}
    # Who wrote it is told when it is made; later only what changes.
    news = {name: value for name, value in tags.items() if name != UID_PROPERTY and held.get(name) != value}
    if news:
        changed["extendedProperties"] = {"private": news}
    return changed


def _master(calendar: Calendar) -> Event:
    events = [part for part in calendar.subcomponents if isinstance(part, Event)]
    for event in events:
        if "RECURRENCE-ID" not in event:
            return event
    raise CalendarRefused("not_this_event", "The text holds no event of its own.")


def _times(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    start, end, length = (_value(event, name) for name in ("DTSTART", "DTEND", "DURATION"))
    if start is None:
        raise CalendarRefused("not_this_event", "The event has no start.")
    if end is None and length is not None:
        end = start + length
    elif end is None:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return _time(start), _time(end)


def _value(event: Event, name: str) -> Any:
    return getattr(event.get(name), "dt", None)


def _time(value: date | datetime) -> dict[str, Any]:
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    tzid = str(getattr(value.tzinfo, "key", "") or "UTC")
    shown = value if tzid != "UTC" else value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return {"dateTime": shown.isoformat(), "timeZone": tzid}


def _rules(event: Event) -> list[str]:
    """Return the lines that Google calls `recurrence`, without what its own cancelled occurrences became."""
    lines = []
    for name in _RULES:
        for value in _list(event, name):
            parameters = getattr(value, "params", {})
            if CANCELLED_MARK in parameters:
                continue
            told = "".join(f";{key}={text}" for key, text in parameters.items() if key in ("TZID", "VALUE"))
            lines.append(f"{name}{told}:{value.to_ical().decode()}")
    return lines


def _attendees(event: Event) -> list[dict[str, Any]]:
    """Return whom Google shall invite: not those to whom we send invitations ourselves (RFC 6638, SCHEDULE-AGENT)."""
    found = []
    for person in _list(event, "ATTENDEE"):
        address = str(person)
        if not address.lower().startswith("mailto:") or "SCHEDULE-AGENT" in person.params:
            continue
        entry: dict[str, Any] = {
            "email": address[7:],
            "responseStatus": _ANSWERS.get(str(person.params.get("PARTSTAT", "")).upper(), "needsAction"),
        }
        if person.params.get("CN"):
            entry["displayName"] = str(person.params["CN"])
        if str(person.params.get("ROLE", "")).upper() == "OPT-PARTICIPANT":
            entry["optional"] = True
        found.append(entry)
    return found


def _joined_people(
    there: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return everybody wanted with all that Google knows of them: a PATCH replaces the whole list."""
    known = {str(person.get("email", "")).lower(): person for person in there}
    return [{**known.get(person["email"].lower(), {}), **person} for person in wanted]


def _conference_request(event: Event) -> dict[str, Any]:
    """Ask for a Meet. The same request twice makes one conference, so it is named after booking and revision."""
    name = f"{event.get(BOOKING_TAG, '') or event.get('UID', '')}-{event.get(REVISION_TAG, '')}"
    return {"requestId": name, "conferenceSolutionKey": {"type": "hangoutsMeet"}}


def _own(event: Event) -> dict[str, str]:
    tags = {
        UID_PROPERTY: str(event.get("UID", "")),
        BOOKING_PROPERTY: str(event.get(BOOKING_TAG, "")),
        REVISION_PROPERTY: str(event.get(REVISION_TAG, "")),
    }
    return {name: value for name, value in tags.items() if value}


def _reminders(event: Event) -> list[dict[str, Any]]:
    minutes = []
    for alarm in event.subcomponents:
        trigger = getattr(alarm.get("TRIGGER"), "dt", None)
        if alarm.name == "VALARM" and isinstance(trigger, timedelta) and trigger <= timedelta(0):
            minutes.append(min(int(-trigger.total_seconds() // 60), 40_320))
    return [{"method": "popup", "minutes": number} for number in dict.fromkeys(minutes)][:MAX_REMINDERS]


def _list(event: Event, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]
