"""The mailbox behind the fake of Microsoft Graph: calendars, events, series with their exceptions, and how they are told.

Single events and masters are stored; occurrences are computed from the master and become stored exceptions when they are
changed. Everything has two ids: an immutable one, and an ordinary one that changes when the event moves.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.graph_faults import Refused, item_not_found
from fakes.graph_times import Item, check_recurrence, instant, naive, occurrences, told, zone

WRITABLE = {
    "subject", "body", "start", "end", "location", "locations", "attendees", "recurrence", "showAs", "sensitivity",
    "importance", "isAllDay", "isReminderOn", "reminderMinutesBeforeStart", "isOnlineMeeting", "onlineMeetingProvider",
    "allowNewTimeProposals", "hideAttendees", "responseRequested", "categories", "transactionId",
    "singleValueExtendedProperties", "multiValueExtendedProperties", "originalStartTimeZone", "originalEndTimeZone",
    "@odata.type",
}  # fmt: skip
# All members of an event in version 1.0, as `$select` knows them.
MEMBERS = {
    "id", "allowNewTimeProposals", "attachments", "attendees", "body", "bodyPreview", "calendar", "cancelledOccurrences",
    "categories", "changeKey", "createdDateTime", "end", "exceptionOccurrences", "extensions", "hasAttachments",
    "hideAttendees", "iCalUId", "importance", "instances", "isAllDay", "isCancelled", "isDraft", "isOnlineMeeting",
    "isOrganizer", "isReminderOn", "lastModifiedDateTime", "location", "locations", "multiValueExtendedProperties",
    "onlineMeeting", "onlineMeetingProvider", "onlineMeetingUrl", "organizer", "originalEndTimeZone", "originalStart",
    "originalStartTimeZone", "recurrence", "reminderMinutesBeforeStart", "responseRequested", "responseStatus",
    "sensitivity", "seriesMasterId", "showAs", "singleValueExtendedProperties", "start", "subject", "transactionId",
    "type", "webLink",
}  # fmt: skip
# What Calendars.ReadBasic leaves out.
DETAILS = {
    "body",
    "bodyPreview",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
    "hasAttachments",
}
_HIDDEN = {"singleValueExtendedProperties", "multiValueExtendedProperties", "cancelledOccurrences", "uid"}
_FAR = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Held:
    """An event as it is stored. `item` holds no ids of its own; `moves` counts moves between folders."""

    key: str
    calendar: str
    item: Item
    changed: int
    moves: int = 0
    master: str = ""
    exceptions: dict[str, Held] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)

    @property
    def ordinary(self) -> str:
        return f"AAMkORD{self.moves}{self.key}="

    @property
    def immutable(self) -> str:
        return f"AAkALgIMM{self.key}="


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, master or occurrence at a moment: what a view or a delta tells of."""

    held: Held
    item: Item
    kind: str
    day: str
    begins: datetime
    ends: datetime

    def id(self, *, immutable: bool) -> str:
        whole = self.held.immutable if immutable else self.held.ordinary
        return f"OID.{whole}.{self.day}" if self.day else whole

    @property
    def version(self) -> int:
        exception = self.held.exceptions.get(self.day)
        return (exception or self.held).changed


class Mailbox:
    def __init__(self, email: str, name: str, clock: Callable[[], datetime]) -> None:
        self.email, self.name, self.clock = email, name, clock
        self.calendars: dict[str, Item] = {}
        self.events: dict[str, Held] = {}
        self.gone: dict[str, tuple[str, int]] = {}
        self.count = 0

    # -- changes

    def add_calendar(self, calendar_id: str, name: str, **more: Any) -> Item:
        owner = {"name": self.name, "address": self.email}
        made = {
            "id": calendar_id,
            "name": name,
            "color": "lightBlue",
            "hexColor": "",
            "isDefaultCalendar": False,
            "changeKey": "nfZyf7VcrEKLNoU37KWlkQAAA0x0+w==",
            "canShare": True,
            "canViewPrivateItems": True,
            "canEdit": True,
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness",
            "isTallyingResponses": True,
            "isRemovable": True,
            "owner": owner,
            **more,
        }
        self.calendars[calendar_id] = made
        return made

    def _next(self) -> int:
        self.count += 1
        return self.count

    def create(self, calendar: str, given: Mapping[str, Any]) -> Held:
        """Store an event as it is written. A repeated `transactionId` finds what it made before."""
        transaction = given.get("transactionId")
        for held in self.events.values():
            if transaction and held.item.get("transactionId") == transaction:
                return held
        item = self._checked({**_defaults(self), **deepcopy(dict(given))})
        count = self._next()
        held = Held(f"{count:06d}", calendar, item, count)
        item["createdDateTime"] = item["lastModifiedDateTime"] = self._stamp()
        digest = hashlib.sha256(held.key.encode()).hexdigest()
        item.setdefault("uid", f"040000008200E00074C5B7101A82E008{digest[:32].upper()}")
        self.events[held.key] = held
        return held

    def change(self, seen: Seen, given: Mapping[str, Any]) -> Seen:
        """Patch an event; an occurrence becomes an exception of its series."""
        held = seen.held
        if seen.day:
            if "recurrence" in given and given["recurrence"] is not None:
                raise Refused(400, "ErrorInvalidRequest", "An occurrence has no recurrence.")
            base = {**seen.item, "recurrence": None}
            item = self._checked(_patched(base, given))
            item["lastModifiedDateTime"] = self._stamp()
            held.exceptions[seen.day] = Held(held.key, held.calendar, item, self._next(), master=held.key)
            return self.find(seen.id(immutable=True))
        item = self._checked(_patched(held.item, given))
        item["lastModifiedDateTime"] = self._stamp()
        if item.get("recurrence") and any(
            item[name] != held.item[name] for name in ("start", "end", "recurrence")
        ):
            # As at Exchange: another pattern forgets the exceptions to the old one.
            held.exceptions.clear()
            held.cancelled.clear()
        held.item, held.changed = item, self._next()
        return self.find(held.immutable)

    def delete(self, seen: Seen) -> None:
        held = seen.held
        if seen.day:
            held.exceptions.pop(seen.day, None)
            held.cancelled.add(seen.day)
            self._next()
            return
        del self.events[held.key]
        self.gone[held.key] = (held.calendar, self._next())

    def move(self, seen: Seen, calendar: str) -> None:
        """Put an event into another calendar: its ordinary id is another one from then on."""
        seen.held.calendar, seen.held.changed = calendar, self._next()
        seen.held.moves += 1

    def touch(self, seen: Seen) -> None:
        """Change the etag and nothing else, as an attendee's reply does."""
        (seen.held.exceptions.get(seen.day) or seen.held).changed = self._next()

    def _stamp(self) -> str:
        return f"{self.clock():%Y-%m-%dT%H:%M:%S}.0000000Z"

    def _checked(self, item: Item) -> Item:
        for name in ("start", "end"):
            if not isinstance(item.get(name), dict) or not item[name].get("dateTime"):
                raise Refused(400, "ErrorPropertyValidationFailure", f"Missing {name}.")
            item[name].setdefault("timeZone", "UTC")
            zone(item[name]["timeZone"])
            item.setdefault(f"original{name.capitalize()}TimeZone", item[name]["timeZone"])
        if instant(item["end"]) < instant(item["start"]):
            raise Refused(400, "ErrorOccurrenceTimeSpanTooBig", "The end is before the start.")
        if item["isAllDay"]:
            times = [naive(item[name]) for name in ("start", "end")]
            in_one = item["start"]["timeZone"] == item["end"]["timeZone"]
            if not in_one or times[0] == times[1] or any(t.time() != datetime.min.time() for t in times):
                message = "The Event.Start property for an all-day event needs to be set to midnight."
                raise Refused(400, "ErrorInvalidRequest", message)
        if len(item.get("attendees") or ()) > 500:
            raise Refused(400, "ErrorTooManyAttendees", "At most 500 attendees.")
        check_recurrence(item)
        if item.get("isOnlineMeeting"):
            item["onlineMeeting"] = item.get("onlineMeeting") or {
                "joinUrl": f"https://teams.example/meet/{self.count}"
            }
            if item.get("onlineMeetingProvider") in (None, "unknown"):
                item["onlineMeetingProvider"] = "teamsForBusiness"
        elif item.get("onlineMeeting"):
            raise Refused(400, "ErrorInvalidRequest", "An online meeting cannot be switched off.")
        return item

    # -- looking

    def find(self, event_id: str) -> Seen:
        """Return what has an id, of either kind; `Refused` if nothing has."""
        whole, day = event_id, ""
        if event_id.startswith("OID."):
            _, whole, day = event_id.split(".", 2)
        held = next((one for one in self.events.values() if whole in (one.ordinary, one.immutable)), None)
        if held is None:
            raise item_not_found()
        if not day:
            return self._whole(held)
        for seen in self._occurrences(held, _FAR):
            if seen.day == day:
                return seen
        raise item_not_found()

    def _whole(self, held: Held) -> Seen:
        kind = "seriesMaster" if held.item.get("recurrence") else "singleInstance"
        return Seen(held, held.item, kind, "", instant(held.item["start"]), instant(held.item["end"]))

    def _occurrences(self, held: Held, until: datetime) -> Iterator[Seen]:
        for day, begins, ends in occurrences(held.item, until):
            text = day.isoformat()
            if text in held.cancelled:
                continue
            exception = held.exceptions.get(text)
            if exception is not None:
                item = exception.item
                yield Seen(held, item, "exception", text, instant(item["start"]), instant(item["end"]))
                continue
            tzid = held.item["start"]["timeZone"]
            times = {"start": told(begins, tzid), "end": told(ends, tzid)}
            yield Seen(held, {**held.item, **times, "recurrence": None}, "occurrence", text, begins, ends)

    def original_start(self, seen: Seen) -> datetime:
        """Return when an occurrence would begin if it had not been moved."""
        return next(begins for day, begins, _ in occurrences(seen.held.item, _FAR) if f"{day}" == seen.day)

    def instances(self, held: Held, start: datetime, end: datetime) -> list[Seen]:
        # An exception may have been moved into the window from later.
        found = self._occurrences(held, end + timedelta(days=400) if held.exceptions else end)
        return [seen for seen in found if seen.begins < end and (seen.ends > start or seen.begins >= start)]

    def view(self, calendar: str, start: datetime, end: datetime) -> list[Seen]:
        """Return all that is in a window, series as their occurrences."""
        found: list[Seen] = []
        for held in self.events.values():
            if calendar and held.calendar != calendar:
                continue
            if held.item.get("recurrence"):
                found += self.instances(held, start, end)
            else:
                one = self._whole(held)
                if one.begins < end and (one.ends > start or one.begins >= start):
                    found.append(one)
        return sorted(found, key=lambda seen: (seen.begins, seen.held.key, seen.day))

    # -- telling

    def rendered(
        self,
        seen: Seen,
        *,
        tzid: str = "UTC",
        immutable: bool = False,
        basic: bool = False,
        text: bool = False,
    ) -> Item:
        """Return an event as it is told: all members but those that must be asked for."""
        item = {name: value for name, value in seen.item.items() if name not in _HIDDEN}
        plain = _plain(item["body"])
        item["bodyPreview"] = plain[:255]
        if text:
            item["body"] = {"contentType": "text", "content": plain}
        if basic:
            item = {name: value for name, value in item.items() if name not in DETAILS}
        change_key = f"{seen.version:012d}"
        uid = seen.held.item["uid"]
        times = {
            "start": self._time(seen, "start", tzid),
            "end": self._time(seen, "end", tzid),
        }
        found = {
            "@odata.etag": f'W/"{change_key}"',
            "id": seen.id(immutable=immutable),
            "changeKey": change_key,
            **item,
            **times,
            # Each occurrence has an iCalUId of its own. What names the series is in the beta version alone.
            "iCalUId": uid + seen.day.replace("-", ""),
            "type": seen.kind,
            "seriesMasterId": None,
            "webLink": f"https://outlook.example/calendar/item/{seen.held.key}",
        }
        if seen.day:
            master = seen.held.immutable if immutable else seen.held.ordinary
            found["seriesMasterId"] = master
            if seen.kind == "exception":
                found["originalStart"] = f"{self.original_start(seen):%Y-%m-%dT%H:%M:%SZ}"
        return found

    def _time(self, seen: Seen, name: str, tzid: str) -> Item:
        if seen.item["isAllDay"]:
            # Whole days stay whole days in every zone.
            return {"dateTime": f"{naive(seen.item[name]):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": tzid}
        return told(seen.begins if name == "start" else seen.ends, tzid)


def _defaults(mailbox: Mailbox) -> Item:
    me = {"emailAddress": {"name": mailbox.name, "address": mailbox.email}}
    return {
        "categories": [],
        "transactionId": None,
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": True,
        "hasAttachments": False,
        "subject": "",
        "bodyPreview": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "isDraft": False,
        "responseRequested": True,
        "showAs": "busy",
        "onlineMeetingUrl": None,
        "isOnlineMeeting": False,
        "onlineMeetingProvider": "unknown",
        "allowNewTimeProposals": True,
        "hideAttendees": False,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "body": {"contentType": "html", "content": ""},
        "location": {"displayName": ""},
        "locations": [],
        "recurrence": None,
        "attendees": [],
        "organizer": me,
        "onlineMeeting": None,
    }


def _plain(body: Mapping[str, str] | None) -> str:
    found = (body or {}).get("content") or ""
    if (body or {}).get("contentType", "").lower() != "html":
        return found
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"(?i)<br\s*/?>|</p>", "\r\n", found))).strip()


def _patched(item: Mapping[str, Any], given: Mapping[str, Any]) -> Item:
    """Return an event with a patch in it. Extended properties are set one by one, everything else is replaced."""
    found = deepcopy(dict(item))
    for name, value in given.items():
        if name == "singleValueExtendedProperties":
            kept = {one["id"]: one for one in found.get(name) or ()}
            kept.update({one["id"]: dict(one) for one in value or ()})
            found[name] = list(kept.values())
        elif name == "transactionId" and value != found.get(name):
            raise Refused(400, "ErrorInvalidRequest", "transactionId cannot be changed.")
        elif name in ("start", "end"):
            found[name] = dict(value or {})
            found[f"original{name.capitalize()}TimeZone"] = found[name].get("timeZone", "UTC")
        else:
            found[name] = deepcopy(value)
    return found
