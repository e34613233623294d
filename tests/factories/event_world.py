"""An installation, an application that Ana and Bo have authorized, and calendars of Ana's on a real CalDAV server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from caldav_servers import PASSWORD as REMOTE_PASSWORD
from caldav_servers import USER
from convene.bootstrap import Installation, open_installation
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.services.connection_views import ConnectionView
from convene.settings import Settings
from convene.storage import event_writes
from convene.storage.accounts import Account
from factories.site import PASSWORD

ZONE = {"tzid": "Etc/UTC"}


@dataclass
class EventWorld:
    installation: Installation
    org_id: str
    ana: Account
    bo: Account
    client_id: str
    client_secret: str
    other_id: str
    stack: AsyncExitStack

    @property
    def platform(self) -> Any:
        return self.installation.platform

    async def http(
        self, who: Account, scope: str = "read_write", client_id: str | None = None
    ) -> httpx.AsyncClient:
        """An application with an access token for somebody."""
        us = operator(self.org_id)
        issued = await self.installation.identity.oauth.issue(
            us, client_id or self.client_id, who.account_id, scope
        )
        return await self.anonymous(Authorization=f"Bearer {issued['access_token']}")

    async def key(self) -> httpx.AsyncClient:
        """The application itself."""
        return await self.anonymous(Authorization=f"Bearer {self.client_secret}")

    async def anonymous(self, **headers: str) -> httpx.AsyncClient:
        return await self.stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(self.installation.app),
                base_url=self.installation.settings.base_url,
                headers=headers,
            )
        )

    def caller(self, who: Account) -> Caller:
        return Caller(
            org_id=self.org_id,
            kind="session",
            account_id=who.account_id,
            role="member",
            grants=ROLE_GRANTS["member"],
        )

    async def builtin(self, who: Account) -> str:
        """The id of somebody's built-in calendar."""
        [view, *_] = await self.platform.connections.mine(self.caller(who))
        return str(view.calendars[0].calendar_id)

    async def connect(self, url: str, *, read: bool = True) -> tuple[ConnectionView, str]:
        """Connect a CalDAV server for Ana; return the connection and its first calendar."""
        view = await self.platform.connections.connect(
            self.caller(self.ana), kind="caldav", url=url, username=USER, password=REMOTE_PASSWORD
        )
        if read:
            await self.read(view)
        return view, view.calendars[0].calendar_id

    async def read(self, view: ConnectionView) -> None:
        await self.platform.sync.sync_connection(self.org_id, view.row.connection_id)

    async def write(self) -> None:
        """Write into remote calendars what is due, as the worker does."""
        async with self.platform.db.connection() as conn:
            due = await event_writes.OUTBOX.list_overdue(conn, self.platform.clock())
        for key in due:
            await self.platform.event_writing.write(**key)

    async def write_states(self) -> list[str]:
        async with self.platform.db.connection() as conn:
            rows = await (await conn.execute("SELECT state FROM event_write ORDER BY remote_id")).fetchall()
        return [row[0] for row in rows]


@asynccontextmanager
async def event_world(database_url: str, folder: Path, clock: Any) -> AsyncIterator[EventWorld]:
    environ = {
        "DATABASE_URL": database_url,
        "CONVENE_DATA": str(folder),
        "CONVENE_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
    }
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(
            open_installation(Settings.from_env(environ), clock=clock)
        )
        identity = installation.identity
        org_id = (await identity.accounts.create_organization("Example")).org_id
        us = operator(org_id)
        people = [
            await identity.accounts.create(
                us, NewPerson(f"{name}@example.com", name.title(), tzid, "member"), password=PASSWORD
            )
            for name, tzid in (("ana", "America/New_York"), ("bo", "Europe/London"))
        ]
        clients = [
            await identity.oauth.create_client(us, name, ["https://app.example.com/back"])
            for name in ("Scheduler", "Another")
        ]
        first, second = clients
        yield EventWorld(
            installation,
            org_id,
            people[0],
            people[1],
            first.client_id,
            first.client_secret.reveal(),
            second.client_id,
            stack,
        )


async def listed(http: httpx.AsyncClient, kind: str = "events", **query: Any) -> list[dict[str, Any]]:
    """Return all events of all pages."""
    answer = await http.get(f"/v1/{kind}", params={**ZONE, **query})
    found: list[dict[str, Any]] = []
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body[kind]
        if "next_page" not in body["pages"]:
            assert body["pages"]["current"] == body["pages"]["total"]
            return found
        answer = await http.get(body["pages"]["next_page"])


async def put(http: httpx.AsyncClient, calendar_id: str, event_id: str = "e1", **members: Any) -> None:
    """Upsert an event; by default an hour on 1 December."""
    body = {
        "event_id": event_id,
        "summary": "Board meeting",
        "start": "2026-12-01T10:00:00Z",
        "end": "2026-12-01T11:00:00Z",
        **members,
    }
    answer = await http.post(f"/v1/calendars/{calendar_id}/events", json=body)
    assert (answer.status_code, answer.content) == (202, b""), answer.text


async def delete(http: httpx.AsyncClient, calendar_id: str, **members: Any) -> httpx.Response:
    return await http.request("DELETE", f"/v1/calendars/{calendar_id}/events", json=members)
