"""One installation in the state that the cases start from, with an application, its accounts and somebody who listens."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from lxml import html

from convene.bootstrap import Installation, open_installation
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from convene.storage.database import Database
from factories.site import PASSWORD

NOW = datetime(2027, 1, 1, tzinfo=UTC)
REDIRECT = "http://localhost:7001/back"
SCOPE = "read_write change_participation_status"


class Receiver:
    """Somebody else's server: keeps what it is sent, names of headers in lower case."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append((self.path, headers, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@dataclass
class CaseWorld:
    """`known` holds the values of the cases' placeholders."""

    installation: Installation
    http: httpx.AsyncClient
    receiver: Receiver
    org_id: str
    known: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Any] = field(default_factory=dict)
    # Tokens of another application, for events that the first one does not manage.
    others: dict[str, str] = field(default_factory=dict)

    async def send(self, request: dict[str, Any]) -> httpx.Response:
        """Send a case's request. Text bodies are forms, everything else is JSON, also on GET."""
        body = request.get("body")
        headers = dict(request.get("headers", {}))
        content: bytes | None = None
        if isinstance(body, str):
            content = body.encode()
        elif body is not None:
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
            content = json.dumps(body).encode()
        return await self.http.request(
            request["method"],
            request["path"],
            headers=headers,
            params=request.get("query"),
            content=content,
        )

    async def ok(self, method: str, path: str, token: str, body: Any = None, **query: str) -> Any:
        answer = await self.send(
            {
                "method": method,
                "path": path,
                "headers": {"Authorization": f"Bearer {token}"},
                "body": body,
                **({"query": query} if query else {}),
            }
        )
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def calendar_of(self, sub: str, token: str) -> str:
        calendars = (await self.ok("GET", "/v1/calendars", token))["calendars"]
        return str(calendars[0]["calendar_id"])

    async def external(self, who: str, start: str, end: str, **members: Any) -> None:
        """Put an event into somebody's calendar that the application of the cases does not manage."""
        token = self.others[who]
        calendar_id = await self.calendar_of(who, token)
        body = {"event_id": f"other-{who}-{start}", "summary": "Busy", "start": start, "end": end, **members}
        await self.ok("POST", f"/v1/calendars/{calendar_id}/events", token, body)

    async def authorize(self, **query: str) -> str:
        """Let Ana press Allow on the consent page, and return the code."""
        base = self.installation.settings.base_url
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.installation.app),
            base_url=base,
            headers={"Sec-Fetch-Site": "same-origin"},
        ) as browser:
            signed = await browser.post(
                "/api/session", json={"email": self.accounts["sub_a"].email, "password": PASSWORD}
            )
            assert signed.status_code == 200, signed.text
            page = await browser.get(
                "/oauth/authorize",
                params={
                    "response_type": "code",
                    "client_id": self.known["client_id"],
                    "redirect_uri": self.known["redirect_uri"],
                    "scope": SCOPE,
                    "state": "xyz",
                    **query,
                },
            )
            assert page.status_code == 200, page.text
            answer = await submit(browser, page, press="allow")
        location = answer.headers.get("location") or _refresh_target(answer.text)
        found = parse_qs(urlsplit(location).query)
        assert found.get("state") == ["xyz"], location
        return found["code"][0]

    async def deliver(self) -> None:
        """Send everything that waits to be sent."""
        async with self.installation.platform.db.connection() as conn:
            rows = await (
                await conn.execute(
                    "SELECT org_id, delivery_id FROM webhook_delivery WHERE state = 'pending' ORDER BY created_at"
                )
            ).fetchall()
        for org_id, delivery_id in rows:
            await self.installation.platform.webhooks.deliver(org_id, delivery_id)


async def submit(
    browser: httpx.AsyncClient, page: httpx.Response, *, press: str = "", **typed: str
) -> httpx.Response:
    """Fill in a page's form as a browser without scripts would, and press a button by its value."""
    document = html.fromstring(page.text)
    for form in document.forms:
        buttons = form.xpath(".//button[not(@type) or @type='submit']")
        chosen = [button for button in buttons if not press or button.get("value") == press]
        if not chosen:
            continue
        fields = dict(form.form_values())
        fields.update(typed)
        if chosen[0].get("name"):
            fields[chosen[0].get("name")] = chosen[0].get("value", "")
        action = urljoin(str(page.url), chosen[0].get("formaction") or form.get("action") or "")
        if (form.get("method") or "get").lower() == "get":
            return await browser.get(action, params=fields)
        return await browser.post(action, data=fields)
    raise AssertionError(f"no form has a button {press!r}:\n{page.text}")


def _refresh_target(text: str) -> str:
    """Where a page leads that stands in for a redirect."""
    found = html.fromstring(text).xpath("//meta[@http-equiv='refresh']/@content")
    assert found, text
    return str(found[0]).partition("url=")[2]


@asynccontextmanager
async def case_world(db: Database, database_url: str, folder: Path, clock: Any) -> AsyncIterator[CaseWorld]:
    """Two people and three rooms that have authorized an application, and another application beside it."""
    clock.now = NOW
    environ = {
        "DATABASE_URL": database_url,
        "CONVENE_DATA": str(folder),
        "CONVENE_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
    }
    async with AsyncExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        settings = Settings.from_env(environ)
        installation = await stack.enter_async_context(open_installation(settings, clock=clock))
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(installation.app), base_url=installation.settings.base_url
            )
        )
        identity = installation.identity
        org_id = (await identity.accounts.create_organization("Example")).org_id
        us = operator(org_id)
        world = CaseWorld(installation, http, receiver, org_id)
        client = await identity.oauth.create_client(us, "Scheduler", [REDIRECT])
        other = await identity.oauth.create_client(us, "Something else", [REDIRECT])
        for name in ("sub_a", "sub_b", "room_1", "room_2", "room_3"):
            person = NewPerson(f"{name}@example.com", name.replace("_", " ").title(), "Etc/UTC", "member")
            account = await identity.accounts.create(us, person, password=PASSWORD)
            tokens = await identity.oauth.issue(us, client.client_id, account.account_id, SCOPE)
            elsewhere = await identity.oauth.issue(us, other.client_id, account.account_id, SCOPE)
            world.accounts[name] = account
            world.known[name] = account.account_id
            world.others[name] = elsewhere["access_token"]
            if name == "sub_a":
                world.known |= {
                    "access_token": tokens["access_token"],
                    "refresh_token": tokens["refresh_token"],
                }
        world.known |= {
            "client_id": client.client_id,
            "client_secret": client.client_secret.reveal(),
            "redirect_uri": REDIRECT,
            "callback_url": receiver.url,
        }
        profiles = await world.ok("GET", "/v1/calendars", world.known["access_token"])
        world.known["calendar_id"] = profiles["calendars"][0]["calendar_id"]
        world.known["profile_id"] = profiles["calendars"][0]["profile_id"]
        yield world
