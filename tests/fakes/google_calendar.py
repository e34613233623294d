"""Google Calendar as its documentation and its own client have it (API v3), with faults to be switched on.

Served on a loopback port by a thread of its own, so that blocking clients and browsers can ask it as well. It knows one
account. `tests/contract/test_google_fake.py` holds it against Google's client library and discovery document.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fakes.google_channels import ChannelRefused, GoogleChannels

Item = dict[str, Any]
EMAIL, CLIENT_ID, CLIENT_SECRET = "ana@globex.example", "client-of-the-tests", "secret-of-the-tests"
PREFIX = "https://www.googleapis.com/auth/"
LIST, BUSY, READ, WRITE = (
    PREFIX + name
    for name in (
        "calendar.calendarlist.readonly",
        "calendar.events.freebusy",
        "calendar.events.readonly",
        "calendar.events",
    )
)
FREE_BUSY = PREFIX + "calendar.freebusy"
READING, WRITING = {BUSY, READ, WRITE}, {WRITE}
TIMES = {
    "kind", "id", "iCalUID", "etag", "status", "start", "end", "recurrence", "recurringEventId", "originalStartTime",
    "transparency", "eventType", "sequence", "updated",
}  # fmt: skip
_ID = re.compile(r"[a-v0-9]{5,1024}")
_NOT_WITH_TOKEN = ("iCalUID", "orderBy", "q", "timeMin", "timeMax", "updatedMin", "privateExtendedProperty")


@dataclass(slots=True)
class Faults:
    """What is wrong just now. All off: a service that works."""

    # The next sync token that comes is answered with 410.
    dead_token: bool = False
    # The page after the first is answered with 410, once.
    dead_page: bool = False
    page_size: int = 2500
    # Every other page is empty, and not the last.
    empty_pages: bool = False
    # Answers given instead, one by one: status, reason, Retry-After.
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    # Methods that take effect while their answer breaks off; each is used up once.
    lost_replies: list[str] = field(default_factory=list)
    # What somebody else does just before a write arrives; used up once.
    before_write: Callable[[], None] | None = None
    # Access tokens that are refused although they have not ended.
    refuses_tokens: bool = False
    # What becomes of a Meet that is asked for: success, pending, failure, or refused with 400.
    meet: str = "success"
    # Each renewal brings another refresh token, and the one before is dead.
    rotates: bool = False


@dataclass(slots=True)
class HeldCalendar:
    entry: dict[str, Any]
    items: dict[str, Item] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, status: int, reason: str, message: str = "", retry_after: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message, self.retry_after = status, reason, message, retry_after


class GoogleCalendarFake:
    """What the account holds, and what was asked."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.calendars: dict[str, HeldCalendar] = {}
        self.count = 0
        self.meets = 0
        self.codes: dict[str, dict[str, Any]] = {}
        self.refresh_tokens: dict[str, set[str]] = {}
        self.access_tokens: dict[str, set[str]] = {}
        self.revoked: list[str] = []
        self.lock = threading.RLock()
        self.channels = GoogleChannels()
        # When colleagues are busy, by address; an error's reason in place of times.
        self.colleagues: dict[str, list[tuple[datetime, datetime]] | str] = {}
        self.add_calendar(EMAIL, "Ana Ruiz", primary=True)

    # -- what the owner does

    def add_calendar(self, calendar_id: str, name: str, role: str = "owner", **more: Any) -> None:
        entry = {
            "kind": "calendar#calendarListEntry",
            "etag": '"1"',
            "id": calendar_id,
            "summary": name,
            "timeZone": "Europe/Berlin",
            "backgroundColor": "#9fe1e7",
            "accessRole": role,
            **more,
        }
        self.calendars[calendar_id] = HeldCalendar(entry)

    def put(self, item: Item, calendar: str = EMAIL) -> Item:
        """Store an item as it is, with a new etag."""
        with self.lock:
            held = self.calendars[calendar]
            self.count += 1
            now = datetime(2026, 11, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            made = {
                "kind": "calendar#event",
                "status": "confirmed",
                "iCalUID": f"{item.get('recurringEventId') or item['id']}@google.com",
                "created": now,
                "updated": now,
                "eventType": "default",
                **deepcopy(item),
                "etag": f'"{self.count:016d}"',
            }
            held.items[item["id"]] = made
            held.changed[item["id"]] = self.count
            self.channels.changed(calendar, self._api_url)
            return made

    def change(self, event_id: str, calendar: str = EMAIL, **members: Any) -> Item:
        return self.put({**self.calendars[calendar].items[event_id], **members}, calendar)

    def remove(self, event_id: str, calendar: str = EMAIL) -> None:
        """Delete an event: of a single one or a series a bare tombstone stays, its occurrences go with it."""
        with self.lock:
            held = self.calendars[calendar]
            for item in [*held.items.values()]:
                if event_id in (item["id"], item.get("recurringEventId")) and item["status"] != "cancelled":
                    kept = ("id", "recurringEventId", "originalStartTime", "iCalUID")
                    bare = {name: item[name] for name in kept if name in item}
                    self.put({**bare, "status": "cancelled"}, calendar)

    def live(self, calendar: str = EMAIL) -> list[Item]:
        return [item for item in self.calendars[calendar].items.values() if item["status"] != "cancelled"]

    def withdraw(self) -> None:
        """The owner takes all consent back at the service."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    def issue(self, *scopes: str) -> tuple[str, str]:
        """Give tokens without a consent page: refresh token and access token."""
        refresh, access = secrets.token_hex(8), secrets.token_hex(8)
        self.refresh_tokens[refresh] = set(scopes)
        self.access_tokens[access] = set(scopes)
        return refresh, access

    def consent(self, authorize_url: str, *, without: tuple[str, ...] = (), denies: bool = False) -> str:
        """Do what a person does on the consent page; return the address they are sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
        if denies:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        scopes = set(asked["scope"].split()) - set(without)
        if asked.get("include_granted_scopes") == "true":
            scopes = scopes.union(*self.refresh_tokens.values())
        code = secrets.token_hex(8)
        self.codes[code] = {**asked, "scopes": scopes}
        query = {"state": asked["state"], "code": code, "scope": " ".join(sorted(scopes))}
        return f"{asked['redirect_uri']}?{urlencode(query)}"

    # -- what is asked

    def app(self) -> Starlette:
        events = "/calendar/v3/calendars/{calendar}/events"
        return Starlette(
            routes=[
                Route("/o/oauth2/v2/auth", self._consent_page),
                Route("/o/oauth2/v2/auth", self._consented, methods=["POST"]),
                Route("/favicon.ico", lambda _: Response(status_code=204)),
                Route("/token", self._token, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
                Route("/calendar/v3/users/me/calendarList", self._api(self._list_calendars)),
                Route("/calendar/v3/freeBusy", self._api(self._free_busy), methods=["POST"]),
                Route("/calendar/v3/channels/stop", self._api(self._stop), methods=["POST"]),
                Route(events + "/watch", self._api(self._watch), methods=["POST"]),
                Route(events, self._api(self._list)),
                Route(events, self._api(self._insert), methods=["POST"]),
                Route(events + "/{event}", self._api(self._get)),
                Route(events + "/{event}", self._api(self._update), methods=["PATCH", "PUT"]),
                Route(events + "/{event}", self._api(self._delete), methods=["DELETE"]),
            ]
        )

    async def _consent_page(self, request: Request) -> Response:
        boxes = "".join(
            f'<label><input type="checkbox" name="scope" value="{html.escape(scope)}" checked>'
            f"{html.escape(scope.removeprefix(PREFIX))}</label><br>"
            for scope in request.query_params["scope"].split()
        )
        hint = html.escape(request.query_params.get("login_hint", EMAIL))
        return HTMLResponse(
            f"<!doctype html><html lang=en><title>Consent</title><h1>Choose what Convene may do</h1><p>{hint}</p>"
            f'<form method="post" action="{html.escape(str(request.url))}">{boxes}<button>Allow</button>'
            '<button name="denies" value="1">Cancel</button></form>'
        )

    async def _consented(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        asked = set(request.query_params["scope"].split())
        without = tuple(asked - set(form.get("scope", ())))
        return RedirectResponse(
            self.consent(str(request.url), without=without, denies="denies" in form), status_code=303
        )

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.requests.append(("POST", "/token", form))
        if self.faults.answers:
            status, reason, _ = self.faults.answers.pop(0)
            return JSONResponse({"error": reason}, status)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if (
                asked is None
                or asked["code_challenge"] != challenge
                or asked["redirect_uri"] != form["redirect_uri"]
            ):
                return JSONResponse({"error": "invalid_grant"}, 400)
            refresh, access = self.issue(*asked["scopes"])
            return self._issued(access, asked["scopes"], refresh)
        scopes = self.refresh_tokens.get(form.get("refresh_token", ""))
        if scopes is None:
            return JSONResponse(
                {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400
            )
        if self.faults.rotates:
            del self.refresh_tokens[form["refresh_token"]]
            refresh, access = self.issue(*scopes)
            return self._issued(access, scopes, refresh)
        access = secrets.token_hex(8)
        self.access_tokens[access] = scopes
        return self._issued(access, scopes)

    def _issued(self, access: str, scopes: set[str], refresh: str = "") -> Response:
        told = {
            "access_token": access,
            "expires_in": 3599,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        return JSONResponse({**told, **({"refresh_token": refresh} if refresh else {})})

    async def _revoke(self, request: Request) -> Response:
        token = parse_qs((await request.body()).decode()).get("token", [""])[0]
        self.revoked.append(token)
        if token not in self.refresh_tokens:
            return JSONResponse({"error": "invalid_token"}, 400)
        self.withdraw()
        return JSONResponse({})

    def _api(
        self, handler: Callable[[Request, Mapping[str, Any], set[str]], Any]
    ) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            with self.lock:
                return self._answer(handler, request, json.loads(body) if body else {})

        return answer

    def _answer(self, handler: Any, request: Request, body: Mapping[str, Any]) -> Response:
        self.requests.append((request.method, request.url.path, dict(request.query_params)))
        try:
            if self.faults.answers:
                status, reason, wait = self.faults.answers.pop(0)
                raise _Refused(status, reason, retry_after=wait)
            scopes = self._signed_in(request)
            if request.method != "GET" and self.faults.before_write is not None:
                doing, self.faults.before_write = self.faults.before_write, None
                doing()
            found = handler(request, body, scopes)
        except _Refused as refused:
            return _error(refused)
        if request.method in self.faults.lost_replies:
            self.faults.lost_replies.remove(request.method)
            # More is announced than comes: the server breaks the connection off.
            return Response(b"{", 200, {"Content-Length": "1000"}, media_type="application/json")
        if found is None:
            return Response(status_code=204)
        found = _masked(found, request.query_params.get("fields", ""))
        etag = {"ETag": found["etag"]} if isinstance(found.get("etag"), str) else {}
        return JSONResponse(found, 200, etag)

    def _signed_in(self, request: Request) -> set[str]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.access_tokens or self.faults.refuses_tokens:
            raise _Refused(401, "authError", "Invalid Credentials")
        return self.access_tokens[token]

    def _calendar(self, request: Request, scopes: set[str], needed: set[str]) -> HeldCalendar:
        if not scopes & needed:
            raise _Refused(403, "insufficientPermissions", "Insufficient Permission")
        held = self.calendars.get(request.path_params["calendar"])
        if held is None:
            raise _Refused(404, "notFound", "Not Found")
        if needed is WRITING and held.entry["accessRole"] not in ("owner", "writer"):
            raise _Refused(403, "requiredAccessLevel")
        return held

    def _list_calendars(self, request: Request, body: Any, scopes: set[str]) -> Item:
        if LIST not in scopes:
            raise _Refused(403, "insufficientPermissions", "Insufficient Permission")
        entries = [held.entry for held in self.calendars.values()]
        first = int(request.query_params.get("pageToken", "0"))
        page = entries[first : first + self.faults.page_size]
        answer: Item = {"kind": "calendar#calendarList", "etag": '"1"', "items": page}
        if first + len(page) < len(entries):
            return {**answer, "nextPageToken": str(first + len(page))}
        return {**answer, "nextSyncToken": "calendars"}

    def _list(self, request: Request, body: Any, scopes: set[str]) -> Item:
        held, query = self._calendar(request, scopes, READING), request.query_params
        token = query.get("syncToken", "")
        if token and any(name in query for name in _NOT_WITH_TOKEN):
            raise _Refused(400, "invalid", "Sync token cannot be used with other query restrictions.")
        if query.get("singleEvents") == "true" or int(query.get("maxResults", "250")) > 2500:
            raise _Refused(400, "invalid", "Not in this fake.")
        since = 0
        if token:
            match = re.fullmatch(r"s(\d+)", token)
            if match is None or self.faults.dead_token:
                self.faults.dead_token = False
                raise _Refused(
                    410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required."
                )
            since = int(match[1])
        found = sorted(
            (item for item in held.items.values() if held.changed[item["id"]] > since),
            key=lambda item: held.changed[item["id"]],
        )
        if not token:
            found = [item for item in found if _is_listed(item, query.get("timeMin", ""))]
        if WRITE not in scopes and READ not in scopes:
            found = [{name: value for name, value in item.items() if name in TIMES} for item in found]
        return self._page_of(found, query.get("pageToken", ""))

    def _page_of(self, found: list[Item], page_token: str) -> Item:
        answer: Item = {
            "kind": "calendar#events",
            "etag": f'"p{self.count}"',
            "summary": "Ana Ruiz",
            "updated": "2026-11-01T00:00:00.000Z",
            "timeZone": "Europe/Berlin",
            "accessRole": "owner",
            "defaultReminders": [],
        }
        first, is_empty = 0, False
        if page_token:
            if self.faults.dead_page:
                self.faults.dead_page = False
                raise _Refused(410, "fullSyncRequired")
            first = int(page_token[1:])
            is_empty = self.faults.empty_pages and page_token[0] == "e"
        elif self.faults.empty_pages:
            is_empty = True
        if is_empty:
            return {**answer, "items": [], "nextPageToken": f"p{first}"}
        page = found[first : first + self.faults.page_size]
        following = first + len(page)
        if following < len(found):
            mark = "e" if self.faults.empty_pages else "p"
            return {**answer, "items": page, "nextPageToken": f"{mark}{following}"}
        return {**answer, "items": page, "nextSyncToken": f"s{self.count}"}

    @property
    def _api_url(self) -> str:
        return f"{self.url}/calendar/v3"

    def _watch(self, request: Request, body: Mapping[str, Any], scopes: set[str]) -> Item:
        self._calendar(request, scopes, READING)
        try:
            return self.channels.watch(request.path_params["calendar"], body, self._api_url)
        except ChannelRefused as error:
            raise _Refused(error.status, error.reason) from error

    def _stop(self, request: Request, body: Mapping[str, Any], scopes: set[str]) -> None:
        try:
            self.channels.stop(body)
        except ChannelRefused as error:
            raise _Refused(error.status, error.reason) from error

    def _free_busy(self, request: Request, body: Mapping[str, Any], scopes: set[str]) -> Item:
        if not scopes & {BUSY, FREE_BUSY}:
            raise _Refused(403, "insufficientPermissions", "Insufficient Permission")
        first, last = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
        if last - first > timedelta(days=62):
            raise _Refused(400, "timeRangeTooLong", "The requested time range is too long.")
        if len(body["items"]) > body.get("calendarExpansionMax", 50):
            raise _Refused(400, "tooManyCalendarsRequested")
        calendars: Item = {}
        for address in (item["id"] for item in body["items"]):
            times = self.colleagues.get(address, "notFound")
            if isinstance(times, str):
                calendars[address] = {"errors": [{"domain": "global", "reason": times}], "busy": []}
                continue
            within = [
                (max(start, first), min(end, last)) for start, end in times if start < last and end > first
            ]
            calendars[address] = {
                "busy": [
                    {
                        name: f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
                        for name, one in zip(("start", "end"), pair, strict=True)
                    }
                    for pair in within
                ]
            }
        return {
            "kind": "calendar#freeBusy",
            "timeMin": body["timeMin"],
            "timeMax": body["timeMax"],
            "calendars": calendars,
        }

    def _insert(self, request: Request, body: Mapping[str, Any], scopes: set[str]) -> Item:
        held = self._calendar(request, scopes, WRITING)
        if "iCalUID" in body and "id" in body:
            raise _Refused(400, "invalid")
        event_id = body.get("id") or secrets.token_hex(13)
        if not _ID.fullmatch(event_id):
            raise _Refused(400, "invalid", "Invalid resource id value.")
        if event_id in held.items:
            raise _Refused(409, "duplicate", "The requested identifier already exists.")
        _check(body)
        return self.put({**self._with_meet(request, body), "id": event_id}, request.path_params["calendar"])

    def _with_meet(self, request: Request, body: Mapping[str, Any], held: Item | None = None) -> Item:
        """Return a body with the conference that it asks for; without version 1 conferences are left as they are."""
        found = {name: value for name, value in body.items() if name != "conferenceData"}
        asked = (body.get("conferenceData") or {}).get("createRequest")
        if request.query_params.get("conferenceDataVersion") != "1" or not asked:
            return found
        if self.faults.meet == "refused":
            raise _Refused(400, "invalid", "Invalid conference type value.")
        before = (held or {}).get("conferenceData") or {}
        if (before.get("createRequest") or {}).get("requestId") == asked["requestId"]:
            return {**found, "conferenceData": before}
        self.meets += 1
        request_told = {**asked, "status": {"statusCode": self.faults.meet}}
        found["conferenceData"] = {"createRequest": request_told}
        return self._met(found) if self.faults.meet == "success" else found

    def _met(self, item: Mapping[str, Any]) -> Item:
        link = f"https://meet.google.com/meet-{self.meets}"
        request_told = {**item["conferenceData"]["createRequest"], "status": {"statusCode": "success"}}
        entries = [{"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}]
        data = {"createRequest": request_told, "entryPoints": entries, "conferenceId": f"meet-{self.meets}"}
        return {**item, "hangoutLink": link, "conferenceData": data}

    def finish_meet(self, event_id: str, *, fails: bool = False) -> None:
        """Bring a Meet that was pending to its end."""
        item = self.calendars[EMAIL].items[event_id]
        asked = {**item["conferenceData"]["createRequest"], "status": {"statusCode": "failure"}}
        self.put({**item, "conferenceData": {"createRequest": asked}} if fails else self._met(item))

    def _item(self, request: Request, held: HeldCalendar) -> Item:
        item = held.items.get(request.path_params["event"])
        if item is None:
            raise _Refused(404, "notFound", "Not Found")
        return item

    def _get(self, request: Request, body: Any, scopes: set[str]) -> Item:
        item = self._item(request, self._calendar(request, scopes, READING))
        if WRITE not in scopes and READ not in scopes:
            return {name: value for name, value in item.items() if name in TIMES}
        return deepcopy(item)

    def _update(self, request: Request, body: Mapping[str, Any], scopes: set[str]) -> Item:
        item = self._item(request, self._calendar(request, scopes, WRITING))
        _match(request, item)
        if request.method == "PUT":
            changed = {**{name: item[name] for name in ("iCalUID", "id", "created") if name in item}, **body}
        else:
            if item["status"] == "cancelled" and body.get("status") != "confirmed":
                raise _Refused(403, "forbidden", "Calendar event is deleted.")
            changed = _patched(item, body)
        _check(changed)
        kept = {name: item[name] for name in ("hangoutLink", "conferenceData") if name in item}
        changed = {
            **kept,
            **self._with_meet(request, {**changed, "conferenceData": body.get("conferenceData")}, item),
        }
        return self.put({**changed, "id": item["id"]}, request.path_params["calendar"])

    def _delete(self, request: Request, body: Any, scopes: set[str]) -> None:
        item = self._item(request, self._calendar(request, scopes, WRITING))
        if item["status"] == "cancelled":
            raise _Refused(410, "deleted", "Resource has been deleted")
        _match(request, item)
        self.remove(item["id"], request.path_params["calendar"])


def _match(request: Request, item: Item) -> None:
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted != item["etag"]:
        raise _Refused(412, "conditionNotMet", "Precondition Failed")


def _check(item: Mapping[str, Any]) -> None:
    for name in ("start", "end"):
        value = {key: text for key, text in (item.get(name) or {}).items() if text is not None}
        if ("date" in value) == ("dateTime" in value):
            raise _Refused(400, "required", f"Missing {name} time.")
        if item.get("recurrence") and "dateTime" in value and not value.get("timeZone"):
            raise _Refused(400, "required", f"Missing time zone definition for {name} time.")
    if any(line.startswith(("DTSTART", "DTEND")) for line in item.get("recurrence") or ()):
        raise _Refused(400, "invalid")
    if len((item.get("reminders") or {}).get("overrides") or ()) > 5:
        raise _Refused(400, "invalid")


def _patched(item: Mapping[str, Any], body: Mapping[str, Any]) -> Item:
    """Return an item with a patch in it: objects are joined, arrays replaced, null removes."""
    found = dict(item)
    for name, value in body.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = _patched(found[name], value)
        elif isinstance(value, dict):
            found[name] = _patched({}, value)
        else:
            found[name] = value
    return found


def _is_listed(item: Item, time_min: str) -> bool:
    """Tell whether a full list holds an item: cancelled ones only as exceptions, ended ones not at all."""
    if item["status"] == "cancelled":
        return "recurringEventId" in item
    end = item["end"].get("dateTime") or item["end"]["date"] + "T00:00:00Z"
    is_over = bool(time_min) and datetime.fromisoformat(end) <= datetime.fromisoformat(time_min)
    return not is_over or "recurrence" in item


def _masked(found: Item, fields: str) -> Item:
    """Return what a `fields` parameter leaves: `a,b(c,d/e)`."""
    if not fields:
        return found
    parts, depth, part = [], 0, ""
    for char in fields + ",":
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
            continue
        depth += {"(": 1, ")": -1}.get(char, 0)
        part += char
    kept: Item = {}
    for text in parts:
        match = re.fullmatch(r"(\w+)(?:\((.*)\)|/(.*))?", text)
        if match is None:
            raise AssertionError(f"{text!r} is no mask")
        name, inner = match[1], match[2] or match[3] or ""
        value = found.get(name)
        if isinstance(value, list):
            kept[name] = [_masked(one, inner) if isinstance(one, dict) else one for one in value]
        elif value is not None:
            kept[name] = _masked(value, inner) if isinstance(value, dict) else value
    return kept


def _error(refused: _Refused) -> Response:
    message = refused.message or refused.reason
    error = {"domain": "calendar", "reason": refused.reason, "message": message}
    headers = {"Retry-After": refused.retry_after} if refused.retry_after else {}
    body = {"error": {"code": refused.status, "message": message, "errors": [error]}}
    return JSONResponse(body, refused.status, headers)


@contextmanager
def google_calendar() -> Iterator[GoogleCalendarFake]:
    """Serve a fresh fake on a free port until the block ends."""
    fake = GoogleCalendarFake()
    config = uvicorn.Config(
        fake.app(), host="127.0.0.1", port=0, log_config=None, lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.should_exit = True
        thread.join(timeout=20)
