"""The identity layer behind its real HTTP edge, people in two organisations, and browsers and programs that call it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from convene.api import api_keys, audit, invitations, members, resources, sessions
from convene.core.permissions import Role
from convene.edge import auth, problems, protection
from convene.identity import Identity, operator
from convene.identity.accounts import NewPerson
from convene.security.sealing import Sealer, SealingKey
from convene.storage.accounts import Account
from convene.storage.database import Database

BASE_URL = "http://convene.test"
PASSWORD = "correct horse battery"


@dataclass
class RecordedWakes:
    topics: list[str] = field(default_factory=list)

    def wake(self, topic: str) -> None:
        self.topics.append(topic)


class Site:
    """One installation. `org_id` is the first organisation; make others with `organization`."""

    def __init__(self, db: Database, clock: Any, base_url: str = BASE_URL) -> None:
        self.db = db
        self.clock = clock
        self.base_url = base_url
        self.wakes = RecordedWakes()
        self.identity = Identity(db, clock, Sealer([SealingKey.generate()]), base_url, self.wakes)
        self.org_id = ""
        self.app = FastAPI()
        problems.install(self.app)
        for module in (sessions, members, invitations, api_keys, audit, resources):
            self.app.include_router(module.router)
        protection.install(self.app, base_url=base_url, allowed_hosts=["also.test"])
        self.app.state.identity = self.identity
        self.app.state.authenticate = auth.authenticate

    def include(self, router: APIRouter) -> None:
        self.app.include_router(router)

    async def organization(self, name: str = "Example") -> str:
        return (await self.identity.accounts.create_organization(name)).org_id

    async def person(
        self, name: str, role: Role = "member", *, org_id: str | None = None, tzid: str = "Europe/London"
    ) -> Account:
        """Add somebody whose password is `PASSWORD`."""
        if not self.org_id:
            self.org_id = await self.organization()
        email = f"{name.lower()}@{'example.com' if org_id in (None, self.org_id) else 'elsewhere.example'}"
        return await self.identity.accounts.create(
            operator(org_id or self.org_id),
            NewPerson(email, name.title(), tzid, role),
            password=PASSWORD,
        )

    def program(
        self, token: str | None = None, *, acting_for: str | None = None, ip: str = "127.0.0.1"
    ) -> httpx.AsyncClient:
        """A client that is no browser."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if acting_for:
            headers["Convene-Acting-For"] = acting_for
        transport = httpx.ASGITransport(self.app, client=(ip, 5000))
        return httpx.AsyncClient(transport=transport, base_url=self.base_url, headers=headers)

    def browser(self, *, ip: str = "127.0.0.1") -> httpx.AsyncClient:
        """A client on one of our own pages, which keeps cookies."""
        client = self.program(ip=ip)
        client.headers.update({"Sec-Fetch-Site": "same-origin", "User-Agent": "Firefox/140"})
        return client

    async def signed_in(self, account: Account, *, ip: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser of somebody who has signed in."""
        client = self.browser(ip=ip)
        answer = await client.post("/api/session", json={"email": account.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    async def key(self, *grants: str, org_id: str | None = None) -> str:
        issued = await self.identity.keys.issue_service_key(operator(org_id or self.org_id), "A tool", grants)
        return issued.secret.reveal()

    async def token(self, account: Account) -> str:
        issued = await self.identity.keys.issue_personal_token(
            operator(account.org_id), account.account_id, "Script"
        )
        return issued.secret.reveal()

    async def audited(self, org_id: str | None = None) -> list[tuple[str, str]]:
        """Action and actor of every audit entry, oldest first."""
        page = await self.identity.audit.read(operator(org_id or self.org_id), None)
        return [(entry.action, entry.actor) for entry in reversed(page.entries)]
