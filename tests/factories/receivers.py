"""An installation with applications, accounts that have authorized them, and a receiver that keeps what they are sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from convene.bootstrap import Installation, open_installation
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.security.signatures import CRONOFY_HEADER, cronofy_hmac
from convene.settings import Settings
from convene.storage import webhooks
from factories.platform import RecordingSender


@dataclass
class App:
    """An application of the organisation, and its client that uses the secret as API key."""

    client_id: str
    secret: str
    http: httpx.AsyncClient


@dataclass
class ApplicationWorld:
    """`sender` stands in the place of the network and of Connect."""

    installation: Installation
    stack: AsyncExitStack
    org_id: str
    sender: RecordingSender = field(default_factory=RecordingSender)

    async def client(self, bearer: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(self.installation.app),
                base_url=self.installation.settings.base_url,
                headers=headers,
            )
        )

    async def application(self, name: str = "Recruiter") -> App:
        made = await self.installation.identity.oauth.create_client(operator(self.org_id), name, [])
        secret = made.client_secret.reveal()
        return App(made.client_id, secret, await self.client(secret))

    async def person(self, name: str) -> Caller:
        account = await self.installation.identity.accounts.create(
            operator(self.org_id), NewPerson(f"{name.lower()}@example.com", name, "Europe/London")
        )
        return Caller(self.org_id, "session", account.account_id, "member", grants=ROLE_GRANTS["member"])

    async def authorize(self, app: App, who: Caller, scope: str = "read_write") -> httpx.AsyncClient:
        """Return a client with the access token of this account."""
        issued = await self.installation.identity.oauth.issue(
            operator(self.org_id), app.client_id, who.member_id, scope
        )
        return await self.client(issued["access_token"])

    async def calendar_of(self, who: Caller) -> str:
        [view] = await self.installation.platform.connections.mine(who)
        return view.calendars[0].calendar_id

    async def delivered(self, app: App) -> list[tuple[str, Any]]:
        """Send what is due and return what this application was sent since, as (url, body); signatures are checked."""
        platform = self.installation.platform
        before = len(self.sender.received)
        async with platform.db.connection() as conn:
            due = await webhooks.list_due(conn, platform.clock() + timedelta(microseconds=1))
        for org_id, delivery_id in due:
            await platform.webhooks.deliver(org_id, delivery_id)
        found = []
        for url, headers, body in self.sender.received[before:]:
            if headers.get(CRONOFY_HEADER) == cronofy_hmac([app.secret], body):
                found.append((url, json.loads(body)))
        return found


@asynccontextmanager
async def application_world(
    database_url: str, folder: Path, clock: Any, **environ: str
) -> AsyncIterator[ApplicationWorld]:
    """Open an installation with one organisation on an emptied database."""
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(folder), **environ})
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(settings, clock=clock))
        org_id = (await installation.identity.accounts.create_organization("Globex")).org_id
        world = ApplicationWorld(installation, stack, org_id)
        installation.platform.webhooks.sender = world.sender
        yield world
