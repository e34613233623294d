"""Both neighbours in one process, and signed-in browsers without a window that talk to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from convene.bootstrap import Installation, open_installation
from convene.identity.accounts import NewPerson
from convene.identity.service import operator
from convene.settings import Settings
from convene.storage.accounts import Account
from factories.platform import always_open

PASSWORD = "seven tall herons"
BASE_URL = "http://convene.test"


@asynccontextmanager
async def whole_installation(database_url: str, folder: Any, clock: Any) -> AsyncIterator[Installation]:
    """Open an installation with its worker on an emptied database."""
    settings = Settings.from_env(
        {"DATABASE_URL": database_url, "CONVENE_DATA": str(folder), "CONVENE_BASE_URL": BASE_URL}
    )
    async with open_installation(settings, clock=clock) as installation:
        worker = asyncio.create_task(installation.run_worker())
        yield installation
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


class Page:
    """A signed-in browser without a window."""

    def __init__(self, whole: Installation, account: Account) -> None:
        self.sub = account.account_id
        self.email = account.email
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=whole.app), base_url=BASE_URL, headers={"Origin": BASE_URL}
        )

    async def enter(self) -> None:
        """Sign in, also once more after a while."""
        answer = await self.client.post("/api/session", json={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    async def sign_in(self) -> Page:
        await self.enter()
        hours = await self.client.put("/api/availability-rules", json=always_open("Europe/London"))
        assert hours.status_code == 200, hours.text
        return self

    async def call(self, method: str, path: str, status: int, **options: Any) -> Any:
        answer = await self.client.request(method, f"/connect/api{path}", **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def card(self, booking_id: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read again until the one card of a booking is as expected."""
        async with asyncio.timeout(20):
            while True:
                start = await self.call("GET", "/start", 200)
                found = []
                for conversation in start["conversations"]:
                    path = f"/conversations/{conversation['conversation_id']}/messages"
                    page = await self.call("GET", path, 200)
                    found += [item["card"] for item in page["messages"] if item["card"]]
                found = [card for card in found if card["booking_id"] == booking_id]
                assert len(found) <= 1
                if found and condition(found[0]):
                    return dict(found[0])
                await asyncio.sleep(0.05)


@asynccontextmanager
async def signed_in(
    whole: Installation, *names: str, tzid: str = "Europe/London"
) -> AsyncIterator[list[Page]]:
    """Make an organisation with these people, who are open at all hours, and sign them in."""
    org_id = (await whole.identity.accounts.create_organization("Globex")).org_id
    made = []
    for name in names:
        person = NewPerson(f"{name.lower()}@example.com", name, tzid)
        account = await whole.identity.accounts.create(operator(org_id), person, password=PASSWORD)
        made.append(await Page(whole, account).sign_in())
    yield made
    for page in made:
        await page.client.aclose()
