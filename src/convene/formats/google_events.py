"""Google Calendar's events as iCalendar text (Calendar API v3, events; RFC 5545).

Google tells a series as a master and its changed occurrences, each an item of its own. Here they become one VCALENDAR, so
that one reader, one table and one expansion serve every kind of calendar. A cancelled occurrence becomes an EXDATE that
carries a mark: those of the master's own rules come with the master, these only once.

Written for reading here (`told_lines`). What people edit is written with the `icalendar` package (`google_items`).
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32hexencode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from convene.formats.calendar_zones import named_zone
from convene.formats.event_reader import BOOKING_TAG, ONLINE_MEETING, REVISION_TAG
from convene.formats.told_lines import address_value, calendar_text, instant_line, quoted_value, text_value

Item = Mapping[str, Any]

UID_PROPERTY, BOOKING_PROPERTY, REVISION_PROPERTY = "convene_uid", "convene_booking", "convene_revision"
CANCELLED_MARK = "X-CONVENE-CANCELLED"
_RECURRENCE = re.compile(r"(?:RRULE|EXRULE|RDATE|EXDATE)[;:][\x20-\x7e]+", re.IGNORECASE)
_ZONE = re.compile(r"[A-Za-z0-9_+\-/]{1,64}")
# Where one works and whose birthday it is take no time; being out of office and focusing do.
_FREE_TYPES = frozenset({"workingLocation", "birthday"})
_ANSWERS = {
    "needsAction": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}
_CLASSES = {"private": "PRIVATE", "confidential": "CONFIDENTIAL", "public": "PUBLIC"}

_TIMES_ONLY = (
    "id",
    "iCalUID",
    "etag",
    "status",
    "start",
    "end",
    "endTimeUnspecified",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
    "eventType",
    "sequence",
    "updated",
)


def times_only(item: Item, owner: str) -> dict[str, Any]:
    """Return an item with nothing but when it takes its owner's time: of its people only the owner's own answer."""
    bare = {name: item[name] for name in _TIMES_ONLY if name in item}
    own = [person for person in item.get("attendees") or () if person.get("self")]
    if own:
        bare["attendees"] = [
            {"email": owner, "self": True, "responseStatus": person.get("responseStatus")} for person in own
        ]
    return bare


def item_id(uid: str) -> str:
    """Return the id under which Google keeps our event of this UID: 160 bits in base32hex, which ids must be."""
    return b32hexencode(hashlib.sha256(f"v1|{uid}".encode()).digest()[:20]).decode().lower()


def is_cancelled(item: Item) -> bool:
    return item.get("status") == "cancelled"


def master_id(item: Item) -> str:
    """Return the id of the resource that an item belongs to: of its series, or its own."""
    return str(item.get("recurringEventId") or item.get("id") or "")


def uid_of(item: Item) -> str:
    """Return an item's UID. One that we gave it is believed only where its id follows from it: copies have others."""
    ours = _private(item).get(UID_PROPERTY, "")
    if ours and item_id(ours) == item.get("id"):
        return ours
    return str(item.get("iCalUID") or f"{master_id(item)}@google.com")


def resource_text(master: Item | None, exceptions: Iterable[Item], *, owner: str = "") -> str:
    """Return the VCALENDAR of one resource: a master (None: it is gone) and its changed and cancelled occurrences.

    owner: the account's address, under which an attendee who is marked as "self" is named.
    """
    found = sorted(exceptions, key=lambda item: (original_start(item), str(item.get("id"))))
    cancelled = [original_start(item) for item in found if is_cancelled(item)]
    live = [item for item in found if not is_cancelled(item)]
    uid = uid_of(master) if master is not None else uid_of(live[0]) if live else ""
    parts = [] if master is None else [event_lines(master, uid, owner=owner, cancelled=cancelled)]
    parts += [event_lines(item, uid, owner=owner) for item in live]
    return calendar_text(parts)


def event_lines(item: Item, uid: str, *, owner: str = "", cancelled: Sequence[str] = ()) -> list[str]:
    """Return one VEVENT, unfolded. `cancelled`: the original starts of occurrences that do not take place.

    One without a start that can be read has none in the text: its reader notes that.
    """
    start = _time("DTSTART", item.get("start"))
    end = None if item.get("endTimeUnspecified") else _time("DTEND", item.get("end"))
    updated = _stamp(item.get("updated")) or "19700101T000000Z"
    lines = ["BEGIN:VEVENT", f"UID:{text_value(uid)}", f"DTSTAMP:{updated}", *filter(None, (start, end))]
    if item.get("recurringEventId"):
        lines.append(instant_line("RECURRENCE-ID", original_start(item)))
    lines += [str(rule) for rule in item.get("recurrence") or () if _RECURRENCE.fullmatch(str(rule))]
    lines += _said(item)
    lines += _people(item, owner)
    return [*lines, *map(exclusion, cancelled), "END:VEVENT"]


def exclusion(original: str) -> str:
    """Return the line by which a master tells that the occurrence of this original start does not take place."""
    return instant_line("EXDATE", original, f";{CANCELLED_MARK}=1")


def _said(item: Item) -> list[str]:
    """Return what an item says beside its time and people."""
    is_free = item.get("transparency") == "transparent" or item.get("eventType") in _FREE_TYPES
    private = _private(item)
    values = {
        "SUMMARY": text_value(item.get("summary")),
        "DESCRIPTION": text_value(item.get("description")),
        "LOCATION": text_value(item.get("location")),
        "STATUS": {"tentative": "TENTATIVE", "cancelled": "CANCELLED"}.get(
            str(item.get("status")), "CONFIRMED"
        ),
        "TRANSP": "TRANSPARENT" if is_free else "OPAQUE",
        "CLASS": _CLASSES.get(str(item.get("visibility")), ""),
        "SEQUENCE": str(item["sequence"]) if isinstance(item.get("sequence"), int) else "",
        "CREATED": _stamp(item.get("created")) or "",
        "LAST-MODIFIED": _stamp(item.get("updated")) or "",
        "URL": address_value((item.get("source") or {}).get("url")),
        BOOKING_TAG: text_value(private.get(BOOKING_PROPERTY)),
        REVISION_TAG: text_value(private.get(REVISION_PROPERTY)),
    }
    lines = [f"{name}:{value}" for name, value in values.items() if value]
    link = address_value(_join_url(item))
    if link:
        return [*lines, f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join:{link}"]
    request = (item.get("conferenceData") or {}).get("createRequest") or {}
    has_failed = (request.get("status") or {}).get("statusCode") == "failure"
    return [*lines, f"{ONLINE_MEETING}:FAILED"] if has_failed else lines


def _join_url(item: Item) -> Any:
    for entry in (item.get("conferenceData") or {}).get("entryPoints") or ():
        if entry.get("entryPointType") == "video" and entry.get("uri"):
            return entry["uri"]
    return item.get("hangoutLink")


def _people(item: Item, owner: str) -> list[str]:
    lines = []
    organizer = item.get("organizer") or {}
    # The calendar itself is the organizer of every event of its owner; it is told where people are invited.
    if organizer.get("email") and item.get("attendees"):
        lines.append(f"ORGANIZER{_name(organizer)}:mailto:{address_value(organizer['email'])}")
    for person in item.get("attendees") or ():
        if not person.get("email"):
            continue
        parameters = f";PARTSTAT={_ANSWERS.get(str(person.get('responseStatus')), 'NEEDS-ACTION')}"
        parameters += ";ROLE=OPT-PARTICIPANT" if person.get("optional") else ";ROLE=REQ-PARTICIPANT"
        parameters += ";CUTYPE=RESOURCE" if person.get("resource") else ""
        address = address_value(person["email"])
        if person.get("self") and owner and owner.lower() != address.lower():
            parameters += f';EMAIL="{quoted_value(owner)}"'
        lines.append(f"ATTENDEE{parameters}{_name(person)}:mailto:{address}")
    return lines


def _name(person: Mapping[str, Any]) -> str:
    name = quoted_value(person.get("displayName"))
    return f';CN="{name}"' if name else ""


def _private(item: Item) -> Mapping[str, str]:
    found = (item.get("extendedProperties") or {}).get("private") or {}
    return {str(name): str(value) for name, value in found.items()}


def _time(name: str, value: Any) -> str | None:
    """Return a line of a start or an end: a date, or the wall clock of the zone that Google names."""
    value = value or {}
    try:
        if value.get("date"):
            return f"{name};VALUE=DATE:{date.fromisoformat(value['date']):%Y%m%d}"
        instant = datetime.fromisoformat(value["dateTime"])
    except (KeyError, TypeError, ValueError):
        return None
    tzid = str(value.get("timeZone") or "")
    if instant.tzinfo is None:
        return f"{name}{f';TZID={tzid}' if _ZONE.fullmatch(tzid) else ''}:{instant:%Y%m%dT%H%M%S}"
    return f"{name}{_local(instant, tzid)}"


def _local(instant: datetime, tzid: str) -> str:
    zone = named_zone(tzid) if _ZONE.fullmatch(tzid) and tzid not in ("UTC", "Etc/UTC") else None
    if zone is None:
        return f":{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f";TZID={tzid}:{instant.astimezone(zone):%Y%m%dT%H%M%S}"


def original_start(item: Item) -> str:
    """Return the start that an occurrence had in its series: `20261121`, or an instant in UTC, `20261121T090000Z`."""
    value = item.get("originalStartTime") or {}
    line = _time("", value)
    if line is None:
        return str(item.get("id") or "").rpartition("_")[2]
    if value.get("date"):
        return line.rpartition(":")[2]
    instant = datetime.fromisoformat(value["dateTime"])
    if instant.tzinfo is None:
        return line.rpartition(":")[2]
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _stamp(value: Any) -> str | None:
    try:
        return f"{datetime.fromisoformat(str(value)).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    except (ValueError, OverflowError):
        return None
