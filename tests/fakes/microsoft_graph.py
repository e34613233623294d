"""Microsoft Graph's calendars (v1.0) and Microsoft's sign-in as their documentation has them, with faults to switch on.

Served on a loopback port by a thread of its own, so that blocking clients and browsers can ask it as well. It knows one
mailbox. `tests/sdk/test_microsoft_client.py` holds it against Microsoft's own client library.

In parts: `graph_faults` (what can be wrong), `graph_times`, `graph_mailbox` (what is held), `graph_deltas`,
`graph_events` (answers about events), `graph_subscriptions`, `microsoft_accounts` (signing in).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fakes.graph_deltas import Deltas
from fakes.graph_events import EventAnswers, refuse_scope
from fakes.graph_faults import Faults, Refused, item_not_found
from fakes.graph_mailbox import Mailbox
from fakes.graph_subscriptions import Subscriptions
from fakes.graph_times import Item
from fakes.microsoft_accounts import (
    BASIC,
    CLIENT_ID,
    CLIENT_SECRET,
    EMAIL,
    NAME,
    OFFLINE,
    READ,
    TENANT,
    USER,
    WRITE,
    MicrosoftAccounts,
)

__all__ = [
    "BASIC", "CALENDAR", "CLIENT_ID", "CLIENT_SECRET", "EMAIL", "OFFLINE", "READ", "TENANT", "USER", "WRITE", "Faults",
    "MicrosoftGraphFake", "microsoft_graph",
]  # fmt: skip
CALENDAR = "AAMkCALdefault="


class MicrosoftGraphFake:
    """What the mailbox holds, and what was asked.

    clock: the fake's own time; give it the clock of the test where time is virtual.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.url = ""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.is_personal = False
        self.accounts = MicrosoftAccounts(self.faults)
        self.mailbox = Mailbox(EMAIL, NAME, self.now)
        self.deltas = Deltas(self.mailbox, self.faults)
        self.subscriptions = Subscriptions(self.faults, self.now)
        self.events = EventAnswers(self)
        # What Graph mailed to attendees: (what, subject, addresses).
        self.mailed: list[tuple[str, str, list[str]]] = []
        # What colleagues do, by address: (status of `showAs`, start, end).
        self.colleagues: dict[str, list[tuple[str, datetime, datetime]]] = {}
        self.lock = threading.RLock()
        self.mailbox.add_calendar(CALENDAR, "Calendar", isDefaultCalendar=True, isRemovable=False)

    def now(self) -> datetime:
        return self.clock()

    # -- what the owner does

    def add_calendar(self, calendar_id: str, name: str, **more: Any) -> None:
        self.mailbox.add_calendar(calendar_id, name, **more)

    def put(self, calendar: str = CALENDAR, **members: Any) -> str:
        """Store an event, as the owner would in Outlook; return its immutable id."""
        with self.lock:
            held = self.mailbox.create(calendar, members)
            self._tell("created", held.immutable)
            return held.immutable

    def change(self, event_id: str, **members: Any) -> None:
        """Change an event, or one occurrence of a series (`occurrence_id`)."""
        with self.lock:
            self._tell(
                "updated", self.mailbox.change(self.mailbox.find(event_id), members).id(immutable=True)
            )

    def remove(self, event_id: str) -> None:
        with self.lock:
            seen = self.mailbox.find(event_id)
            self._tell("deleted" if not seen.day else "updated", event_id)
            self.mailbox.delete(seen)

    def touch(self, event_id: str) -> None:
        """Change the etag and nothing else."""
        with self.lock:
            self.mailbox.touch(self.mailbox.find(event_id))

    @staticmethod
    def occurrence_id(master_id: str, day: str) -> str:
        """Return the id of a series' occurrence by its original local date, `YYYY-MM-DD`."""
        return f"OID.{master_id}.{day}"

    def live(self, calendar: str = CALENDAR) -> list[Item]:
        """Return the single events and series of a calendar, with immutable ids and our properties."""
        with self.lock:
            found = []
            for held in self.mailbox.events.values():
                if held.calendar == calendar:
                    seen = self.mailbox.find(held.immutable)
                    found.append({**held.item, **self.mailbox.rendered(seen, immutable=True)})
            return found

    def _tell(self, change: str, event_id: str) -> None:
        seen = self.mailbox.find(event_id)
        etag = self.mailbox.rendered(seen)["@odata.etag"]
        is_default = bool(self.mailbox.calendars[seen.held.calendar]["isDefaultCalendar"])
        self.subscriptions.changed(change, seen.held.calendar, is_default, event_id, etag)

    def withdraw(self) -> None:
        """The owner takes all consent back at Microsoft."""
        self.accounts.withdraw()

    def issue(self, *scopes: str) -> tuple[str, str]:
        """Give tokens without a consent page: refresh token and access token."""
        return self.accounts.issue(*(scopes or (WRITE, USER, OFFLINE)))

    def consent(self, authorize_url: str, **how: Any) -> str:
        return self.accounts.consent(authorize_url, **how)

    # -- what is asked

    def app(self) -> Starlette:
        events, calendar = self.events, "/v1.0/me/calendars/{calendar}"
        routes = [
            ("GET", "/v1.0/me", self._me),
            ("GET", "/v1.0/me/calendars", events.list_calendars),
            ("GET", calendar, events.get_calendar),
            ("GET", "/v1.0/me/calendar", events.get_calendar),
            ("POST", "/v1.0/me/calendar/getSchedule", events.get_schedule),
            ("GET", "/v1.0/me/calendarView", events.view),
            ("GET", "/v1.0/me/calendarView/delta", events.delta),
            ("GET", "/v1.0/me/calendar/calendarView", events.view),
            ("GET", "/v1.0/me/calendar/calendarView/delta", events.delta),
            ("GET", calendar + "/calendarView", events.view),
            ("GET", calendar + "/calendarView/delta", events.delta),
            ("GET", "/v1.0/me/events", events.list_events),
            ("POST", "/v1.0/me/events", events.create),
            ("GET", "/v1.0/me/calendar/events", events.list_events),
            ("POST", "/v1.0/me/calendar/events", events.create),
            ("GET", calendar + "/events", events.list_events),
            ("POST", calendar + "/events", events.create),
            ("GET", "/v1.0/me/events/{event}", events.get),
            ("PATCH", "/v1.0/me/events/{event}", events.patch),
            ("DELETE", "/v1.0/me/events/{event}", events.delete),
            ("GET", calendar + "/events/{event}", events.get),
            ("PATCH", calendar + "/events/{event}", events.patch),
            ("DELETE", calendar + "/events/{event}", events.delete),
            ("GET", "/v1.0/me/events/{event}/instances", events.instances),
            ("POST", "/v1.0/me/events/{event}/cancel", events.cancel),
            ("POST", "/v1.0/me/events/{event}/{reply:str}", events.reply),
            ("POST", "/v1.0/subscriptions", self._subscribe),
            ("GET", "/v1.0/subscriptions", self._list_subscriptions),
            ("GET", "/v1.0/subscriptions/{subscription}", self._get_subscription),
            ("PATCH", "/v1.0/subscriptions/{subscription}", self._renew),
            ("DELETE", "/v1.0/subscriptions/{subscription}", self._unsubscribe),
            ("POST", "/v1.0/subscriptions/{subscription}/reauthorize", self._reauthorize),
        ]
        return Starlette(
            routes=[
                *(Route(path, self._api(handler), methods=[method]) for method, path, handler in routes),
                # A function may be written with its brackets; Microsoft's own library does.
                *(
                    Route(f"{path}()", self._api(handler), methods=[method])
                    for method, path, handler in routes
                    if path.endswith("/delta")
                ),
                Route("/favicon.ico", lambda _: Response(status_code=204)),
                *self.accounts.routes(),
            ]
        )

    def _api(self, handler: Callable[[Request, Any, set[str]], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            try:
                with self.lock:
                    scopes = self._begun(request)
                    found = handler(request, json.loads(body) if body else {}, scopes)
                # The handshake of a subscription runs while its call is open, and holds nobody else up.
                status, told = await found if isawaitable(found) else found
            except Refused as refused:
                return refused.response()
            if request.method in self.faults.lost_replies:
                self.faults.lost_replies.remove(request.method)
                # More is announced than comes: the server breaks the connection off.
                return Response(b"{", 200, {"Content-Length": "1000"}, media_type="application/json")
            return Response(status_code=status) if told is None else JSONResponse(told, status)

        return answer

    def _begun(self, request: Request) -> set[str]:
        self.requests.append((request.method, request.url.path, dict(request.query_params)))
        self.headers.append(dict(request.headers))
        if self.faults.answers:
            status, code, wait = self.faults.answers.pop(0)
            raise Refused(status, code, retry_after=wait)
        scopes = self.accounts.scopes_of(request)
        if request.method != "GET" and self.faults.before_write is not None:
            doing, self.faults.before_write = self.faults.before_write, None
            doing()
        return scopes

    def _me(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, Item]:
        refuse_scope(scopes, {USER})
        return 200, {
            "@odata.context": f"{self.url}/v1.0/$metadata#users/$entity",
            "businessPhones": [],
            "displayName": NAME,
            "givenName": "Ana",
            "jobTitle": None,
            "mail": None if self.is_personal else EMAIL,
            "mobilePhone": None,
            "officeLocation": None,
            "preferredLanguage": "en-GB",
            "surname": "Ruiz",
            "userPrincipalName": EMAIL,
            "id": "8ee44408-0679-472c-bc2a-692812af3437",
        }

    async def _subscribe(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, Item]:
        refuse_scope(scopes, {READ, WRITE})
        made = await self.subscriptions.create(body)
        return 201, {"@odata.context": f"{self.url}/v1.0/$metadata#subscriptions/$entity", **made}

    def _list_subscriptions(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, Item]:
        return 200, {"value": list(self.subscriptions.all.values())}

    def _get_subscription(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, Item]:
        return 200, self.subscriptions.get(request.path_params["subscription"])

    def _renew(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, Item]:
        return 200, self.subscriptions.renew(request.path_params["subscription"], body)

    def _unsubscribe(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, None]:
        self.subscriptions.remove(request.path_params["subscription"])
        return 204, None

    def _reauthorize(self, request: Request, body: Any, scopes: set[str]) -> tuple[int, None]:
        self.subscriptions.get(request.path_params["subscription"])
        return 204, None

    def calendar_of(self, request: Request) -> str:
        """Return the calendar that a path names, the default one if it names none."""
        found = request.path_params.get("calendar", CALENDAR)
        if found not in self.mailbox.calendars:
            raise item_not_found()
        return str(found)


@contextmanager
def microsoft_graph() -> Iterator[MicrosoftGraphFake]:
    """Serve a fresh fake on a free port until the block ends."""
    fake = MicrosoftGraphFake()
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
