"""An installation with an application and people who may let it in, driven over HTTP as browsers and SDKs do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from lxml import html

from convene.bootstrap import Installation, open_installation
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from convene.storage.accounts import Account
from convene.storage.database import Database
from factories.site import PASSWORD

REDIRECT = "https://app.example.com/back"


@dataclass
class ConsentWorld:
    """Ana is an owner, Bo a member; `client_id` is registered for `REDIRECT`."""

    installation: Installation
    org_id: str
    ana: Account
    bo: Account
    client_id: str
    client_secret: str
    stack: AsyncExitStack

    async def http(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.installation.app)
        base_url = self.installation.settings.base_url
        return await self.stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)
        )

    async def browser(self, account: Account) -> httpx.AsyncClient:
        client = await self.http(**{"Sec-Fetch-Site": "same-origin"})
        answer = await client.post("/api/session", json={"email": account.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    def asked(self, **changes: str | None) -> dict[str, str]:
        """Parameters of a sound authorization request; None leaves one out."""
        sound = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": "read_write",
            "state": "s t&1",
        }
        return {name: value for name, value in {**sound, **changes}.items() if value is not None}

    async def decide(
        self,
        browser: httpx.AsyncClient,
        press: str = "allow",
        path: str = "/oauth/authorize",
        **changes: str | None,
    ) -> httpx.Response:
        """Open the consent page and press one of its buttons, as a browser without scripts does."""
        page = await browser.get(path, params=self.asked(**changes))
        assert page.status_code == 200, (page.status_code, page.text[:500], page.headers)
        form = html.fromstring(page.text).forms[0]
        assert press in form.xpath(".//button/@value")
        fields = [*form.form_values(), ("decision", press)]
        assert form.get("method") == "post"
        return await browser.post(form.get("action"), data=dict(fields))

    async def code(self, browser: httpx.AsyncClient, **changes: str | None) -> str:
        answer = await self.decide(browser, **changes)
        return answered(answer)["code"]

    def exchange(self, code: str, **changes: str) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            **changes,
        }

    async def tokens(self, account: Account, scope: str = "read_write") -> dict[str, Any]:
        us = operator(self.org_id)
        return await self.installation.identity.oauth.issue(us, self.client_id, account.account_id, scope)

    async def api(self, account: Account, scope: str = "read_write") -> httpx.AsyncClient:
        """Somebody's access token on `/v1`."""
        token = (await self.tokens(account, scope))["access_token"]
        return await self.http(Authorization=f"Bearer {token}")

    async def key(self) -> httpx.AsyncClient:
        """The application itself on `/v1`."""
        return await self.http(Authorization=f"Bearer {self.client_secret}")


def answered(answer: httpx.Response) -> dict[str, str]:
    """Return what an application is told at its address."""
    assert answer.status_code == 303, (answer.status_code, answer.text[:500])
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == REDIRECT
    found = parse_qs(location.query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


@asynccontextmanager
async def consent_world(
    db: Database, database_url: str, folder: Path, clock: Any, **environ: str
) -> AsyncIterator[ConsentWorld]:
    """Open an installation on an empty database and register everybody."""
    settings = Settings.from_env({"DATABASE_URL": database_url, "CONVENE_DATA": str(folder), **environ})
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(settings, clock=clock))
        identity = installation.identity
        org_id = (await identity.accounts.create_organization("Example")).org_id
        us = operator(org_id)
        people = [
            await identity.accounts.create(
                us, NewPerson(f"{name}@example.com", name.title(), "Europe/London", role), password=PASSWORD
            )
            for name, role in (("ana", "owner"), ("bo", "member"))
        ]
        client = await identity.oauth.create_client(us, "Calendar <Helper>", [REDIRECT])
        yield ConsentWorld(
            installation, org_id, *people, client.client_id, client.client_secret.reveal(), stack
        )
