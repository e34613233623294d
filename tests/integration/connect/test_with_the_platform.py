"""Both neighbours in one process: booked from a conversation through the door, told by webhook, shown on the card."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from convene.bootstrap import Installation, open_installation
from convene.identity.accounts import NewPerson
from convene.identity.service import operator
from convene.settings import Settings
from convene.storage.accounts import Account
from convene.storage.database import Database
from factories.platform import always_open

PASSWORD = "seven tall herons"
BASE_URL = "http://convene.test"
START, LATER = "2026-11-24T14:30:00Z", "2026-11-25T10:00:00Z"


@pytest.fixture
async def whole(db: Database, database_url: str, tmp_path: Any, clock: Any) -> AsyncIterator[Installation]:
    settings = Settings.from_env(
        {"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path), "CONVENE_BASE_URL": BASE_URL}
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

    async def sign_in(self) -> Page:
        answer = await self.client.post("/api/session", json={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
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


@pytest.fixture
async def pages(whole: Installation) -> AsyncIterator[tuple[Page, Page]]:
    org_id = (await whole.identity.accounts.create_organization("Globex")).org_id
    made = []
    for name in ("Ana", "Bo"):
        person = NewPerson(f"{name.lower()}@example.com", name, "Europe/London")
        account = await whole.identity.accounts.create(operator(org_id), person, password=PASSWORD)
        made.append(await Page(whole, account).sign_in())
    yield made[0], made[1]
    for page in made:
        await page.client.aclose()


async def test_a_meeting_is_booked_moved_and_cancelled_from_the_conversation(
    pages: tuple[Page, Page],
) -> None:
    ana, bo = pages
    asked = {
        "with": bo.sub,
        "from": "2026-11-24T14:00:00Z",
        "to": "2026-11-24T16:00:00Z",
        "duration_minutes": "30",
    }
    offered = await ana.call("GET", "/availability", 200, params=asked)
    assert START in [slot["start"] for slot in offered["slots"]]
    body = {"with": [bo.sub], "start": START, "duration_minutes": 30, "title": "Launch chat"}
    key = {"Idempotency-Key": "click-1"}
    booked = await ana.call("POST", "/bookings", 201, json=body, headers=key)
    assert await ana.call("POST", "/bookings", 201, json=body, headers=key) == booked
    booking_id = booked["booking_id"]
    for page in pages:
        card = await page.card(booking_id, lambda card: card["state"] == "confirmed")
        assert (card["start_utc"], card["organizer_id"]) == (START, ana.sub)

    taken = await bo.call(
        "POST", "/bookings", 409, json={**body, "with": [ana.sub]}, headers={"Idempotency-Key": "click-2"}
    )
    assert taken["code"] == "slot_taken"
    assert taken["alternatives"]
    offered = await ana.call("GET", "/availability", 200, params=asked)
    assert START not in [slot["start"] for slot in offered["slots"]]
    question = {"with": [bo.sub], "start": START, "duration_minutes": 30}
    why = await ana.call("POST", "/availability/explain", 200, json=question)
    own, other = why["participants"]
    assert (why["is_free"], own["sub"], other["sub"]) == (False, ana.sub, bo.sub)
    assert [entry["booking_id"] for entry in own["reasons"][0]["entries"]] == [booking_id]
    assert other["reasons"] == [{"reason": "busy", "detail": "Bo is busy then."}]
    moving = {**question, "excluded_booking": booking_id}
    assert (await ana.call("POST", "/availability/explain", 200, json=moving))["is_free"]

    path = f"/bookings/{booking_id}"
    match = {"If-Match": f'"{booked["revision"]}"'}
    moved = await bo.call("POST", f"{path}/reschedule", 200, json={"start": LATER}, headers=match)
    stale = await ana.call("POST", f"{path}/cancel", 412, json={}, headers=match)
    assert stale["revision"] == moved["revision"]
    for page in pages:
        card = await page.card(booking_id, lambda card: card["state"] == "rescheduled")
        assert (card["start_utc"], card["previous"]["start_utc"]) == (LATER, START)

    await ana.call("POST", f"{path}/cancel", 200, json={"reason": "ill"})
    for page in pages:
        await page.card(booking_id, lambda card: card["state"] == "cancelled")
        assert (await page.call("GET", "/upcoming", 200))["upcoming"] == []
    told = {
        page.sub: [item["type"] for item in (await page.call("GET", "/start", 200))["notifications"]]
        for page in pages
    }
    assert sorted(told[ana.sub]) == ["booking.rescheduled"]
    assert sorted(told[bo.sub]) == ["booking.cancelled", "booking.confirmed"]


async def test_what_the_platform_refuses_names_its_field(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    asked = {"with": bo.sub, "from": "yesterday", "to": "2026-11-24T16:00:00Z", "duration_minutes": "30"}
    assert (await ana.call("GET", "/availability", 422, params=asked))["field"] == "from"
    body = {"with": [bo.sub], "start": START, "duration_minutes": 3, "title": "x"}
    refused = await ana.call("POST", "/bookings", 422, json=body, headers={"Idempotency-Key": "k"})
    assert refused["field"] == "duration_minutes"
    await ana.call("GET", "/bookings/bkg_unknown", 404)


async def test_enough_of_a_group_are_asked_for_through_the_door(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    period = {"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T12:00:00Z", "duration_minutes": "30"}
    found = await bo.call(
        "GET", "/availability", 200, params={"with": "", "quorum_of": ana.sub, "quorum": "1", **period}
    )
    assert found["slots"][0]["quorum"] == {"free": 1, "missing": []}
    why = await bo.call(
        "POST",
        "/availability/explain",
        200,
        json={"with": [], "start": START, "duration_minutes": 30, "quorum_of": [ana.sub], "quorum": 1},
    )
    assert why["is_free"]
    for path, options in (
        ("GET", {"params": {"with": "", **period}}),
        ("GET", {"params": {"with": "", "quorum_of": "", **period}}),
    ):
        refused = await bo.call(path, "/availability", 422, **options)
        assert refused["field"] == "with"
    refused = await bo.call(
        "GET", "/availability", 422, params={"with": "", "quorum_of": ana.sub, "quorum": "2", **period}
    )
    assert refused["field"] == "quorum"
