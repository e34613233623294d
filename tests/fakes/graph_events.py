"""What the fake of Microsoft Graph answers about calendars, events and free/busy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from fakes.graph_deltas import Reader
from fakes.graph_faults import Refused
from fakes.graph_mailbox import MEMBERS, WRITABLE, Seen
from fakes.graph_times import Item, asked, instant, told, zone
from fakes.microsoft_accounts import BASIC, READ, WRITE

if TYPE_CHECKING:
    from fakes.microsoft_graph import MicrosoftGraphFake

Answer = tuple[int, Item | None]
READING, WRITING = {BASIC, READ, WRITE}, {WRITE}
_DIGITS = {"free": "0", "tentative": "1", "busy": "2", "oof": "3", "workingElsewhere": "4"}
_PROPERTY = re.compile(
    r"singleValueExtendedProperties/any\((\w+):\s*\1/id eq '([^']+)' and \1/value eq '([^']*)'\)",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"iCalUId eq '([^']*)'")
_EXPANDED = re.compile(r"singleValueExtendedProperties\(\s*\$filter=id eq '([^']+)'\s*\)")


def refuse_scope(scopes: set[str], needed: set[str]) -> None:
    if not scopes & needed:
        raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


class EventAnswers:
    def __init__(self, fake: MicrosoftGraphFake) -> None:
        self.fake = fake

    def _reader(self, request: Request, scopes: set[str]) -> Reader:
        wishes = request.headers.getlist("prefer")
        text = ",".join(wishes)
        tzid = re.search(r'outlook\.timezone\s*=\s*"([^"]+)"', text)
        size = re.search(r"odata\.maxpagesize\s*=\s*(\d+)", text)
        if tzid is not None:
            zone(tzid[1])
        return Reader(
            tzid[1] if tzid else "UTC",
            re.search(r'IdType\s*=\s*"ImmutableId"', text) is not None,
            not scopes & {READ, WRITE},
            int(size[1]) if size else 10,
            re.search(r'outlook\.body-content-type\s*=\s*"text"', text) is not None,
        )

    # -- calendars

    def list_calendars(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        top, skip = int(request.query_params.get("$top", "10")), int(request.query_params.get("$skip", "0"))
        top = min(top, self.fake.faults.page_size)
        return 200, self._page([*self.fake.mailbox.calendars.values()], request, top, skip)

    def get_calendar(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        return 200, self.fake.mailbox.calendars[self.fake.calendar_of(request)]

    def _page(self, found: list[Item], request: Request, top: int, skip: int) -> Item:
        page = found[skip : skip + top]
        answer: Item = {"@odata.context": f"{self.fake.url}/v1.0/$metadata#Collection", "value": page}
        if skip + top < len(found):
            url = request.url.include_query_params(**{"$skip": str(skip + top), "$top": str(top)})
            answer["@odata.nextLink"] = str(url)
        return answer

    # -- reading events

    def view(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        start, end = self._window(request)
        seen = self.fake.mailbox.view(self.fake.calendar_of(request), start, end)
        return 200, self._listed(seen, request, scopes)

    def _window(self, request: Request) -> tuple[datetime, datetime]:
        query = request.query_params
        if "startDateTime" not in query or "endDateTime" not in query:
            message = "This request requires a time window specified by startDateTime and endDateTime."
            raise Refused(400, "ErrorInvalidParameter", message)
        start, end = asked(query["startDateTime"]), asked(query["endDateTime"])
        if end < start or end - start > timedelta(days=1825):
            raise Refused(400, "ErrorInvalidParameter", "The window must be of at most 1825 days.")
        return start, end

    def delta(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        calendar = self.fake.calendar_of(request)
        link = str(request.url.replace(query=""))
        return 200, self.fake.deltas.answer(
            calendar, request.query_params, self._reader(request, scopes), link
        )

    def _listed(self, seen: Iterable[Seen], request: Request, scopes: set[str]) -> Item:
        reader, query = self._reader(request, scopes), request.query_params
        found = [self._told(one, request, reader) for one in seen]
        size = min(int(query.get("$top", reader.page_size)), self.fake.faults.page_size)
        return self._page(found, request, size, int(query.get("$skip", "0")))

    def list_events(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        mailbox, wanted = self.fake.mailbox, request.query_params.get("$filter", "")
        is_of_all = "/calendar" not in request.url.path
        calendar = self.fake.calendar_of(request)
        seen = [
            mailbox.find(held.immutable)
            for held in mailbox.events.values()
            if is_of_all or held.calendar == calendar
        ]
        if wanted:
            if "singleValue" in wanted:
                refuse_scope(scopes, {READ, WRITE})
            seen = [one for one in seen if _fits(one.held.item, one, wanted)]
        return 200, self._listed(seen, request, scopes)

    def _told(self, seen: Seen, request: Request, reader: Reader) -> Item:
        mailbox, query = self.fake.mailbox, request.query_params
        item = mailbox.rendered(
            seen, tzid=reader.tzid, immutable=reader.immutable, basic=reader.basic, text=reader.text
        )
        expand = query.get("$expand", "")
        match = _EXPANDED.search(expand)
        if "singleValueExtendedProperties" in expand and not reader.basic:
            if match is None:
                raise Refused(400, "ErrorInvalidUrlQuery", "Extended properties are expanded by their id.")
            held = seen.item.get("singleValueExtendedProperties") or ()
            fitting = [one for one in held if one["id"].lower() == match[1].lower()]
            if fitting:
                item["singleValueExtendedProperties"] = fitting
        select = [name for name in query.get("$select", "").split(",") if name]
        strange = set(select) - MEMBERS
        if strange:
            message = f"Could not find a property named '{min(strange)}' on type 'microsoft.graph.event'."
            raise Refused(400, "RequestBroker--ParseUri", message)
        if seen.kind == "seriesMaster":
            whole = item["id"]
            if "cancelledOccurrences" in select:
                item["cancelledOccurrences"] = [f"OID.{whole}.{day}" for day in sorted(seen.held.cancelled)]
            if "exceptionOccurrences" in expand:
                item["exceptionOccurrences"] = [
                    mailbox.rendered(
                        mailbox.find(f"OID.{seen.held.immutable}.{day}"),
                        tzid=reader.tzid,
                        immutable=reader.immutable,
                    )
                    for day in sorted(seen.held.exceptions)
                ]
        if select:
            kept = {"@odata.etag", "id", "singleValueExtendedProperties", "exceptionOccurrences", *select}
            item = {name: value for name, value in item.items() if name in kept}
        return item

    def get(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        return 200, self._told(self._seen(request), request, self._reader(request, scopes))

    def _seen(self, request: Request) -> Seen:
        return self.fake.mailbox.find(request.path_params["event"])

    def instances(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, READING)
        start, end = self._window(request)
        seen = self._seen(request)
        if seen.kind != "seriesMaster":
            raise Refused(400, "ErrorInvalidRequest", "Only a series has instances.")
        return 200, self._listed(self.fake.mailbox.instances(seen.held, start, end), request, scopes)

    # -- writing events

    def create(self, request: Request, body: Item, scopes: set[str]) -> Answer:
        refuse_scope(scopes, WRITING)
        calendar = self._writable(self.fake.calendar_of(request))
        self._check_members(body)
        before = self.fake.mailbox.count
        held = self.fake.mailbox.create(calendar, body)
        seen = self.fake.mailbox.find(held.immutable)
        if self.fake.mailbox.count != before:
            self._mail("invitation", seen)
            self.fake._tell("created", held.immutable)
        answer = self._told(seen, request, self._reader(request, scopes))
        if self.fake.faults.late_join_link and answer.get("isOnlineMeeting"):
            answer["onlineMeeting"] = None
        return 201, answer

    def _writable(self, calendar: str) -> str:
        if not self.fake.mailbox.calendars[calendar]["canEdit"]:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return calendar

    def _check_members(self, body: Item) -> None:
        for name in body:
            if name not in WRITABLE:
                message = f"The property '{name}' does not exist on type 'microsoft.graph.event'."
                raise Refused(400, "RequestBodyRead", message)
        names = {str((body.get(name) or {}).get("timeZone")) for name in ("start", "end")}
        strange = names & self.fake.faults.unknown_zones
        if strange:
            raise Refused(400, "TimeZoneNotSupportedException", f"Not supported: {strange}.")

    def patch(self, request: Request, body: Item, scopes: set[str]) -> Answer:
        refuse_scope(scopes, WRITING)
        seen = self._seen(request)
        self._writable(seen.held.calendar)
        self._check_members(body)
        _match(request, self.fake.mailbox.rendered(seen))
        seen = self.fake.mailbox.change(seen, body)
        self._mail("update", seen)
        self.fake._tell("updated", seen.id(immutable=True))
        return 200, self._told(seen, request, self._reader(request, scopes))

    def delete(self, request: Request, body: Any, scopes: set[str]) -> Answer:
        refuse_scope(scopes, WRITING)
        seen = self._seen(request)
        self._writable(seen.held.calendar)
        _match(request, self.fake.mailbox.rendered(seen))
        self._mail("cancellation", seen)
        self.fake.remove(seen.id(immutable=True))
        return 204, None

    def cancel(self, request: Request, body: Item, scopes: set[str]) -> Answer:
        refuse_scope(scopes, WRITING)
        seen = self._seen(request)
        if not seen.item["isOrganizer"]:
            raise Refused(
                400, "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer."
            )
        self._mail("cancellation", seen)
        self.fake.remove(seen.id(immutable=True))
        return 202, None

    def reply(self, request: Request, body: Item, scopes: set[str]) -> Answer:
        refuse_scope(scopes, WRITING)
        words = {"accept": "accepted", "tentativelyAccept": "tentativelyAccepted", "decline": "declined"}
        word = words.get(request.path_params["reply"])
        if word is None:
            raise Refused(400, "BadRequest", "Resource not found for the segment.")
        seen = self._seen(request)
        if seen.item["isOrganizer"]:
            raise Refused(
                400, "ErrorInvalidRequest", "You can't respond to this meeting because you're the organizer."
            )
        if word == "declined":
            self.fake.remove(seen.id(immutable=True))
        else:
            status = {"response": word, "time": f"{self.fake.clock():%Y-%m-%dT%H:%M:%SZ}"}
            self.fake.change(seen.id(immutable=True), responseStatus=status)
        return 202, None

    def _mail(self, what: str, seen: Seen) -> None:
        """Graph always mails attendees; there is no switch."""
        people = [one["emailAddress"]["address"] for one in seen.item.get("attendees") or ()]
        if people:
            self.fake.mailed.append((what, str(seen.item["subject"]), people))

    # -- free/busy

    def get_schedule(self, request: Request, body: Item, scopes: set[str]) -> Answer:
        refuse_scope(scopes, {READ, WRITE})
        if self.fake.is_personal:
            raise Refused(403, "ErrorAccessDenied", "This is not for personal accounts.")
        # Parameters of actions are told in any case; Microsoft's own library writes capitals.
        given = {name.lower(): value for name, value in body.items()}
        start, end = instant(given["starttime"]), instant(given["endtime"])
        every, addresses = given.get("availabilityviewinterval", 30), given["schedules"]
        if not 5 <= every <= 1440 or len(addresses) > 20 or end - start > timedelta(days=62):
            raise Refused(400, "ErrorInvalidParameter", "Out of bounds.")
        reader = self._reader(request, scopes)
        found = [self._schedule(address, start, end, every, reader) for address in addresses]
        return 200, {"@odata.context": f"{self.fake.url}/v1.0/$metadata#Collection", "value": found}

    def _schedule(self, address: str, start: datetime, end: datetime, every: int, reader: Reader) -> Item:
        if address == self.fake.mailbox.email:
            busy = [
                (str(seen.item["showAs"]), seen.begins, seen.ends)
                for seen in self.fake.mailbox.view("", start, end)
            ]
        elif address in self.fake.colleagues:
            busy = [one for one in self.fake.colleagues[address] if one[1] < end and one[2] > start]
        else:
            error = {
                "message": "Unable to resolve e-mail address to an Active Directory object.",
                "responseCode": "ErrorMailRecipientNotFound",
            }
            return {"scheduleId": address, "availabilityView": "", "scheduleItems": [], "error": error}
        view, moment = "", start
        while moment < end:
            until = moment + timedelta(minutes=every)
            marks = [
                _DIGITS.get(status, "2") for status, one, other in busy if one < until and other > moment
            ]
            # Out of office goes before busy, busy before tentative; working elsewhere is told of last.
            view += max(marks, key="04123".index, default="0")
            moment = until
        items = [
            {
                "isPrivate": False,
                "status": status,
                "start": told(begins, reader.tzid),
                "end": told(ends, reader.tzid),
            }
            for status, begins, ends in busy
            if status != "free"
        ]
        hours = {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": "W. Europe Standard Time"},
        }
        return {
            "scheduleId": address,
            "availabilityView": view,
            "scheduleItems": items,
            "workingHours": hours,
        }


def _match(request: Request, item: Item) -> None:
    wanted = request.headers.get("if-match")
    if wanted not in (None, "*", item["@odata.etag"]):
        message = "The send or update operation could not be performed because the change key passed is not current."
        raise Refused(412, "ErrorIrresolvableConflict", message)


def _fits(item: Item, seen: Seen, wanted: str) -> bool:
    match = _PROPERTY.fullmatch(wanted.strip())
    if match is not None:
        held = item.get("singleValueExtendedProperties") or ()
        return any(one["id"].lower() == match[2].lower() and one["value"] == match[3] for one in held)
    match = _EQUALS.fullmatch(wanted.strip())
    if match is None:
        raise Refused(400, "ErrorInvalidUrlQueryFilter", f"The filter is not in this fake: {wanted}")
    # The iCalUId of a master and of a single event is the uid of the series.
    return bool(item["uid"] == match[1] and seen.day == "")
