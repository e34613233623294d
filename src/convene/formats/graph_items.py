"""iCalendar text as Microsoft Graph's JSON, for writing (RFC 5545; Graph v1.0, `event`).

A text is edited here as everywhere (`booking_event`, `event_content`); Graph is sent what the edit changed and nothing
else, so that whatever an event holds beside this stays as its owner left it. Graph writes to everybody whom an event names
as its attendee, always: those to whom we write ourselves are not named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from convene.formats.event_editing import editable
from convene.formats.event_reader import BOOKING_TAG, REVISION_TAG, normal_address
from convene.formats.graph_events import (
    BUSY_STATUS,
    PLACE_PROPERTY,
    TAGS_PROPERTY,
    Item,
    own_tags,
    place_of,
    plain_text,
    resource_text,
)
from convene.formats.graph_recurrence import NotExpressible, recurrence_of
from convene.formats.graph_zones import told_time, windows_name
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.online_meetings import is_asked_for

_SHOWN = {"FREE": "free", "WORKINGELSEWHERE": "workingElsewhere", "TENTATIVE": "tentative", "OOF": "oof"}
_SENSITIVITY = {"PRIVATE": "private", "CONFIDENTIAL": "confidential"}
_ANSWERS = {"ACCEPTED": "accept", "DECLINED": "decline", "TENTATIVE": "tentativelyAccept"}
_REPLACED = ("subject", "body", "location", "showAs", "sensitivity")
_LONGEST_REMINDER = 40_320  # minutes: four weeks


# -- what a text says


def item_of(raw: str) -> dict[str, Any]:
    """Return the event that says what the text's event says, for a POST, without its transactionId.

    Raises `CalendarRefused`.
    """
    event = _event(editable(raw))
    start, end = _times(event)
    item = {**_plain(event), **_told_times(start, end), "attendees": _attendees(event)}
    rules = _rules(event)
    if rules:
        item["recurrence"] = _recurrence(rules, start)
    reminders = _reminders(event)
    if reminders:
        # Graph has one reminder: the first to ring.
        item |= {"isReminderOn": True, "reminderMinutesBeforeStart": max(reminders)}
    if is_asked_for(event):
        item |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    uid = str(event.get("UID", ""))
    properties = {PLACE_PROPERTY: place_of(uid), TAGS_PROPERTY: _written({"uid": uid, **_tags(event)})}
    item["singleValueExtendedProperties"] = _properties(properties)
    return item


def changed_members(current: Item, raw: str, *, owner: str = "") -> dict[str, Any]:
    """Return what a PATCH must say so that `current` says what `raw` says: the members that differ, {} for none.

    Raises `CalendarRefused`.
    """
    wanted, there = _event(editable(raw)), _event(editable(resource_text(current, owner=owner)))
    says, said = _plain(wanted), _plain(there)
    changed: dict[str, Any] = {name: says[name] for name in _REPLACED if says[name] != said[name]}
    if current.get("isOnlineMeeting") and "booking" in own_tags(current):
        # Teams writes how to join into the text; an event whose text loses that is no online meeting any more.
        changed.pop("body", None)
    start, end = _times(wanted)
    has_moved = (start, end) != _times(there)
    if has_moved:
        told = _told_times(start, end)
        changed |= told if told["isAllDay"] != bool(current.get("isAllDay")) else _without(told, "isAllDay")
    rules = _rules(wanted)
    if rules != _rules(there) or (rules and has_moved):
        changed["recurrence"] = _recurrence(rules, start) if rules else None
    people = _attendees(wanted)
    if people != _attendees(there):
        changed["attendees"] = _joined_people(current.get("attendees") or (), people)
    held, news = own_tags(current), _tags(wanted)
    # Who wrote it is told when it is made; later only what changes.
    if any(held.get(name) != value for name, value in news.items()):
        changed["singleValueExtendedProperties"] = _properties({TAGS_PROPERTY: _written({**held, **news})})
    return changed


def answer_of(current: Item, raw: str, *, owner: str) -> str:
    """Return how the owner answers an invitation in `raw`, as Graph calls it, "" where that is no news."""
    wanted = _answer(_event(editable(raw)), owner)
    there = _answer(_event(editable(resource_text(current, owner=owner))), owner)
    return _ANSWERS.get(wanted, "") if wanted != there else ""


def says_the_same(current: Item, raw: str, *, owner: str = "") -> bool:
    """Tell whether an event is, in its time and its title, what `raw` says."""
    return not changed_members(current, raw, owner=owner).keys() & {"start", "end", "isAllDay", "subject"}


def with_windows_zones(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a body whose zones have Windows' names, for mailboxes that know no others; None where there is none."""
    found = dict(body)
    for name in ("start", "end"):
        if name in body:
            tzid = windows_name(body[name]["timeZone"], int(body[name]["dateTime"][:4]))
            if tzid is None:
                return None
            found[name] = {**body[name], "timeZone": tzid}
    bounds = (body.get("recurrence") or {}).get("range")
    if bounds:
        tzid = windows_name(bounds["recurrenceTimeZone"], int(bounds["startDate"][:4]))
        if tzid is None:
            return None
        found["recurrence"] = {**body["recurrence"], "range": {**bounds, "recurrenceTimeZone": tzid}}
    return found if found != dict(body) else None


# -- its parts


def _event(calendar: Calendar) -> Event:
    """Return the event that a text holds of its own: a series or a single one before an occurrence."""
    events = [part for part in calendar.subcomponents if isinstance(part, Event)]
    if not events:
        raise CalendarRefused("not_this_event", "The text holds no event.")
    return next((event for event in events if "RECURRENCE-ID" not in event), events[0])


def _plain(event: Event) -> dict[str, Any]:
    return {
        "subject": str(event.get("SUMMARY", "")),
        "body": {"contentType": "text", "content": plain_text(str(event.get("DESCRIPTION", "")))},
        "location": {"displayName": str(event.get("LOCATION", ""))},
        "showAs": _shown(event),
        "sensitivity": _SENSITIVITY.get(str(event.get("CLASS", "")).upper(), "normal"),
    }


def _shown(event: Event) -> str:
    status = str(event.get(BUSY_STATUS, "")).upper()
    is_free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    if is_free or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "workingElsewhere" if status == "WORKINGELSEWHERE" else "free"
    if str(event.get("STATUS", "")).upper() == "TENTATIVE":
        return "tentative"
    found = _SHOWN.get(status, "busy")
    return "busy" if found in ("free", "workingElsewhere") and event.get("TRANSP") else found


def _times(event: Event) -> tuple[date | datetime, date | datetime]:
    start, end, length = (getattr(event.get(name), "dt", None) for name in ("DTSTART", "DTEND", "DURATION"))
    if start is None:
        raise CalendarRefused("not_this_event", "The event has no start.")
    if end is None and length is not None:
        end = start + length
    elif end is None:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return start, end


def _told_times(start: date | datetime, end: date | datetime) -> dict[str, Any]:
    is_all_day = not isinstance(start, datetime)
    return {"start": told_time(start), "end": told_time(end), "isAllDay": is_all_day}


def _rules(event: Event) -> list[str]:
    """Return the event's rule, at most one. Refuses what a pattern cannot hold besides."""
    for name, reason in (("RDATE", "it names extra dates"), ("EXRULE", "it has a rule of exceptions")):
        if name in event:
            raise NotExpressible(reason)
    if "EXDATE" in event:
        raise NotExpressible("some of its dates are left out from the beginning")
    rules = [value.to_ical().decode() for value in _list(event, "RRULE")]
    if len(rules) > 1:
        raise NotExpressible("it has several rules")
    return rules


def _recurrence(rules: Sequence[str], start: date | datetime) -> dict[str, Any]:
    if isinstance(start, datetime) and start.tzinfo is None:
        raise NotExpressible("it is in no time zone")
    return recurrence_of(rules[0], start)


def _attendees(event: Event) -> list[dict[str, Any]]:
    """Return whom Microsoft shall invite: not those to whom we send invitations ourselves (RFC 6638, SCHEDULE-AGENT)."""
    found = []
    for person in _list(event, "ATTENDEE"):
        address = str(person)
        if not address.lower().startswith("mailto:") or "SCHEDULE-AGENT" in person.params:
            continue
        kind = "optional" if str(person.params.get("ROLE", "")).upper() == "OPT-PARTICIPANT" else "required"
        if str(person.params.get("CUTYPE", "")).upper() in ("RESOURCE", "ROOM"):
            kind = "resource"
        named = {"address": address[7:]}
        if person.params.get("CN"):
            named["name"] = str(person.params["CN"])
        found.append({"emailAddress": named, "type": kind})
    return found


def _joined_people(
    there: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return everybody wanted with all that Microsoft knows of them: a PATCH replaces the whole list."""
    known = {str((person.get("emailAddress") or {}).get("address", "")).lower(): person for person in there}
    return [{**known.get(person["emailAddress"]["address"].lower(), {}), **person} for person in wanted]


def _answer(event: Event, owner: str) -> str:
    for person in _list(event, "ATTENDEE"):
        if owner and normal_address(str(person)) == normal_address(owner):
            return str(person.params.get("PARTSTAT", "")).upper()
    return ""


def _tags(event: Event) -> dict[str, str]:
    tags = {"booking": str(event.get(BOOKING_TAG, "")), "revision": str(event.get(REVISION_TAG, ""))}
    return {name: value for name, value in tags.items() if value}


def _written(tags: Mapping[str, str]) -> str:
    return json.dumps(dict(tags), sort_keys=True)


def _properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"id": name, "value": value} for name, value in values.items()]


def _reminders(event: Event) -> list[int]:
    minutes = []
    for alarm in event.subcomponents:
        trigger = getattr(alarm.get("TRIGGER"), "dt", None)
        if alarm.name == "VALARM" and isinstance(trigger, timedelta) and trigger <= timedelta(0):
            minutes.append(min(int(-trigger.total_seconds() // 60), _LONGEST_REMINDER))
    return minutes


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def _list(event: Event, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]
