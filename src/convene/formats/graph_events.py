"""Microsoft Graph's events as iCalendar text (Graph v1.0, `event`; RFC 5545).

Graph's deltas tell single events and the occurrences of series, each an item of its own. Each becomes a resource of its
own here: a VCALENDAR with one VEVENT, an occurrence with the RECURRENCE-ID and the UID of its series. Occurrences may come
with little more than their times; the rest they take from their series' master.

Written for reading here (`told_lines`). What people edit is written with the `icalendar` package (`graph_items`).
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b32hexencode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from convene.formats.calendar_zones import named_zone
from convene.formats.event_editing import clean
from convene.formats.event_reader import BOOKING_TAG, REVISION_TAG
from convene.formats.graph_recurrence import rule_of, zone_of
from convene.formats.graph_zones import date_of, iana_name, instant_of, stamp_of
from convene.formats.told_lines import address_value, calendar_text, instant_line, quoted_value, text_value

Item = Mapping[str, Any]

_OURS = "String {96bdba93-f0de-4186-96ff-130e776f4f3e} Name "
PLACE_PROPERTY = f"{_OURS}ConvenePlace"
"""By which our event at a place is searched for."""
TAGS_PROPERTY = f"{_OURS}ConveneTags"
"""JSON: `uid`, and where there is one `booking` and `revision`."""
BUSY_STATUS = "X-MICROSOFT-CDO-BUSYSTATUS"
PLACE_MARK = "convene:"
# Graph takes 64 characters; the last two number the events that lay at a place one after the other.
_PLAIN_UID = re.compile(r"[A-Za-z0-9_@.\-]{1,54}")
_PLACE = re.compile(r"convene:(?:[A-Za-z0-9_@.\-]{1,54}|=[a-v0-9]{32})")
_BUSY = {
    "free": ("TRANSPARENT", "FREE"),
    "workingElsewhere": ("TRANSPARENT", "WORKINGELSEWHERE"),
    "tentative": ("OPAQUE", "TENTATIVE"),
    "busy": ("OPAQUE", "BUSY"),
    "oof": ("OPAQUE", "OOF"),
}
_ANSWERS = {
    "none": "NEEDS-ACTION",
    "notResponded": "NEEDS-ACTION",
    "organizer": "ACCEPTED",
    "accepted": "ACCEPTED",
    "tentativelyAccepted": "TENTATIVE",
    "declined": "DECLINED",
}
_GIVEN = frozenset({"notResponded", "accepted", "tentativelyAccepted", "declined"})
_CLASSES = {"personal": "PRIVATE", "private": "PRIVATE", "confidential": "CONFIDENTIAL"}
# What an occurrence never takes from its master.
_OF_ITS_OWN = frozenset({
    "@odata.etag", "id", "changeKey", "start", "end", "originalStart", "type", "seriesMasterId", "occurrenceId",
    "recurrence", "transactionId", "singleValueExtendedProperties", "exceptionOccurrences", "cancelledOccurrences",
})  # fmt: skip
_TIMES_ONLY = (
    "@odata.etag", "id", "iCalUId", "uid", "type", "seriesMasterId", "transactionId", "start", "end", "originalStart",
    "originalStartTimeZone", "originalEndTimeZone", "isAllDay", "isCancelled", "isOrganizer", "showAs", "responseStatus",
    "recurrence", "lastModifiedDateTime",
)  # fmt: skip


# -- places


def place_of(uid: str) -> str:
    """Return the name of the place at which our event of this UID is kept. Graph keeps it as its `transactionId`."""
    if _PLAIN_UID.fullmatch(uid):
        return f"{PLACE_MARK}{uid}"
    digest = hashlib.sha256(f"v1|{uid}".encode()).digest()[:20]
    return f"{PLACE_MARK}={b32hexencode(digest).decode().lower()}"


def is_place(remote_id: str) -> bool:
    return _PLACE.fullmatch(remote_id) is not None


def transaction_id(place: str, number: int) -> str:
    """Return what makes a create the same create: of the `number`-th event at a place, from 1 on."""
    return place if number == 1 else f"{place}~{number}"


def own_place(item: Item) -> str:
    """Return the place of an event that we made, "" for any other. Copies of it have no such `transactionId`."""
    found = str(item.get("transactionId") or "").partition("~")[0]
    return found if is_place(found) else ""


def uid_of(item: Item) -> str:
    """Return an item's UID: ours of ours, the series' of an occurrence. "" if that of ours must be asked for."""
    place = own_place(item)
    if place:
        told = own_tags(item).get("uid", "")
        if told and place_of(told) == place:
            return told
        return "" if place.startswith(f"{PLACE_MARK}=") else place.removeprefix(PLACE_MARK)
    return str(item.get("iCalUId") or item.get("uid") or f"{item.get('id')}@outlook.com")


def own_tags(item: Item) -> dict[str, str]:
    """Return what we noted on an event, where it was asked for."""
    for entry in item.get("singleValueExtendedProperties") or ():
        if str(entry.get("id", "")).lower() == TAGS_PROPERTY.lower():
            try:
                found = json.loads(str(entry.get("value")))
            except (ValueError, RecursionError):
                return {}
            return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
    return {}


# -- items


def is_removed(item: Item) -> bool:
    return "@removed" in item


def is_master(item: Item) -> bool:
    return item.get("type") == "seriesMaster"


def inherited(occurrence: Item, master: Item | None) -> dict[str, Any]:
    """Return an occurrence with what its series says where it says nothing itself, and with the series' UID."""
    if master is None:
        return {**occurrence, "iCalUId": occurrence.get("uid") or occurrence.get("iCalUId")}
    taken = {name: value for name, value in master.items() if name not in _OF_ITS_OWN}
    return {**taken, **occurrence, "iCalUId": uid_of(master)}


def times_only(item: Item) -> dict[str, Any]:
    """Return an item with nothing but when it takes its owner's time."""
    return {name: item[name] for name in _TIMES_ONLY if name in item}


def resource_text(item: Item, *, owner: str = "") -> str:
    """Return the VCALENDAR of one item: a single event, an occurrence with what it inherited, or a series.

    owner: the account's address, under which the owner's own answer is told.
    """
    return calendar_text([event_lines(item, uid_of(item), owner=owner)])


def series_text(uid: str, instances: Iterable[Item], *, owner: str = "") -> str:
    """Return a VCALENDAR of those occurrences of a series that there are."""
    found = sorted(instances, key=lambda item: (original_start(item), str(item.get("id"))))
    return calendar_text(event_lines(item, uid, owner=owner) for item in found)


def event_lines(item: Item, uid: str, *, owner: str = "") -> list[str]:
    """Return one VEVENT, unfolded. One without a start that can be read has none in the text: its reader notes that."""
    changed = stamp_of(item.get("lastModifiedDateTime"))
    stamp = f"{changed:%Y%m%dT%H%M%SZ}" if changed else "19700101T000000Z"
    lines = ["BEGIN:VEVENT", f"UID:{text_value(uid)}", f"DTSTAMP:{stamp}"]
    lines += filter(None, (_time("DTSTART", "start", item), _time("DTEND", "end", item)))
    original = original_start(item) if item.get("seriesMasterId") else ""
    if original:
        lines.append(instant_line("RECURRENCE-ID", original))
    return [*lines, *_rule(item), *_said(item), *_people(item, owner), "END:VEVENT"]


def original_start(item: Item) -> str:
    """Return the start that an occurrence had in its series: `20261121`, or an instant in UTC, `20261121T090000Z`."""
    moment = stamp_of(item.get("originalStart")) or instant_of(item.get("start"))
    if item.get("isAllDay"):
        day = moment.date() if item.get("originalStart") and moment else date_of(item, "start")
        return f"{day:%Y%m%d}" if day else ""
    return f"{moment:%Y%m%dT%H%M%SZ}" if moment else ""


def _time(name: str, member: str, item: Item) -> str | None:
    """Return a line of a start or an end: a day, or the wall clock of the zone in which it was written."""
    if item.get("isAllDay"):
        day: date | None = date_of(item, member)
        return f"{name};VALUE=DATE:{day:%Y%m%d}" if day else None
    moment = instant_of(item.get(member))
    if moment is None:
        return None
    written = str(item.get(f"original{member.capitalize()}TimeZone") or "")
    tzid = iana_name(zone_of(item.get("recurrence"), written))
    zone = named_zone(tzid) if tzid != "UTC" else None
    if zone is None:
        return f"{name}:{moment:%Y%m%dT%H%M%SZ}"
    return f"{name};TZID={tzid}:{moment.astimezone(zone):%Y%m%dT%H%M%S}"


def _rule(item: Item) -> list[str]:
    recurrence = item.get("recurrence")
    moment = instant_of(item.get("start"))
    if not recurrence or moment is None:
        return []
    written = str(item.get("originalStartTimeZone") or "")
    zone = named_zone(iana_name(zone_of(recurrence, written))) or UTC
    local: datetime = moment.astimezone(zone)
    try:
        return [f"RRULE:{rule_of(recurrence, is_all_day=bool(item.get('isAllDay')), start=local)}"]
    except ValueError:
        # A rule that nobody can follow: its reader takes the whole time for unknown, and says so.
        return ["RRULE:FREQ=UNKNOWN"]


def _said(item: Item) -> list[str]:
    """Return what an item says beside its time and people."""
    transparency, busy = _BUSY.get(str(item.get("showAs")), ("OPAQUE", ""))
    tags = own_tags(item)
    values = {
        "SUMMARY": text_value(item.get("subject")),
        "DESCRIPTION": text_value(_body(item)),
        "LOCATION": text_value((item.get("location") or {}).get("displayName")),
        "STATUS": "CANCELLED" if item.get("isCancelled") else "CONFIRMED",
        "TRANSP": transparency,
        BUSY_STATUS: busy,
        "CLASS": _CLASSES.get(str(item.get("sensitivity")), ""),
        "CATEGORIES": ",".join(filter(None, map(text_value, item.get("categories") or ()))),
        "CREATED": _stamp(item.get("createdDateTime")),
        "LAST-MODIFIED": _stamp(item.get("lastModifiedDateTime")),
        BOOKING_TAG: text_value(tags.get("booking")),
        REVISION_TAG: text_value(tags.get("revision")),
    }
    lines = [f"{name}:{value}" for name, value in values.items() if value]
    link = address_value(join_url(item))
    return [*lines, f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join:{link}"] if link else lines


def join_url(item: Item) -> str:
    """Return where an online meeting is joined, "" for none, or none yet."""
    return str((item.get("onlineMeeting") or {}).get("joinUrl") or item.get("onlineMeetingUrl") or "")


def _body(item: Item) -> str:
    body = item.get("body") or {}
    is_text = str(body.get("contentType") or "text").lower() == "text"
    # Text was asked for; where HTML comes all the same its beginning is told as text beside it.
    return plain_text(str((body.get("content") if is_text else item.get("bodyPreview")) or ""))


def plain_text(text: str) -> str:
    """Return a body as it is compared: Exchange keeps text as HTML, and gives it back with other spaces and line ends."""
    lines = clean(text.replace("\xa0", " ")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _people(item: Item, owner: str) -> list[str]:
    lines: list[str] = []
    answer = str((item.get("responseStatus") or {}).get("response") or "")
    is_told = False
    attendees: Sequence[Any] = item.get("attendees") or ()
    organizer = (item.get("organizer") or {}).get("emailAddress") or {}
    if organizer.get("address") and attendees:
        lines.append(f"ORGANIZER{_name(organizer)}:mailto:{address_value(organizer['address'])}")
    for person in attendees:
        named = person.get("emailAddress") or {}
        address = address_value(named.get("address"))
        if not address:
            continue
        is_owner = bool(owner) and owner.lower() == address.lower()
        is_told = is_told or is_owner
        told = answer if is_owner and answer in _GIVEN else (person.get("status") or {}).get("response")
        parameters = f";PARTSTAT={_ANSWERS.get(str(told), 'NEEDS-ACTION')}"
        kind = person.get("type")
        parameters += ";ROLE=OPT-PARTICIPANT" if kind == "optional" else ";ROLE=REQ-PARTICIPANT"
        parameters += ";CUTYPE=RESOURCE" if kind == "resource" else ""
        lines.append(f"ATTENDEE{parameters}{_name(named)}:mailto:{address}")
    if owner and answer in _GIVEN and not is_told and not item.get("isOrganizer"):
        # Invited as one of a group or under another address: the answer is the owner's all the same.
        lines.append(f"ATTENDEE;PARTSTAT={_ANSWERS[answer]}:mailto:{address_value(owner)}")
    return lines


def _name(person: Mapping[str, Any]) -> str:
    name = quoted_value(person.get("name"))
    return f';CN="{name}"' if name else ""


def _stamp(value: Any) -> str:
    moment = stamp_of(value)
    return f"{moment:%Y%m%dT%H%M%SZ}" if moment else ""
