"""The calls about conflicts and the use of accounts, as a browser makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from convene.storage.database import Database
from factories.access_world import World, access_world


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path: Path, clock: Any) -> AsyncIterator[World]:
    async with access_world(database_url, tmp_path, clock) as found:
        yield found


async def test_a_conflict_is_shown_side_by_side_and_decided_once(world: World):
    browser = await world.browser(world.ana)
    [item] = (await browser.get("/api/calendar-conflicts")).json()["items"]
    assert (item["kind"], item["fields"], item["choices"]) == ("edited", ["title"], ["ours", "theirs"])
    assert (item["ours"]["title"], item["theirs"]["title"]) == ("T", "Another title")
    address = f"/api/calendar-conflicts/{item['conflict_id']}/resolve"
    assert (await browser.post(address, json={"choice": "both"})).status_code == 422
    assert (await (await world.browser(world.eve)).post(address, json={"choice": "ours"})).status_code == 404
    assert (await (await world.browser(world.bo)).post(address, json={"choice": "ours"})).status_code == 404
    decided = (await browser.post(address, json={"choice": "theirs"})).json()
    assert (decided["state"], decided["resolution"]) == ("resolved", "theirs")
    assert (decided["choices"], decided["resolved_by"]) == ([], world.ana.account_id)
    assert decided["title"] == "Another title"
    again = await browser.post(address, json={"choice": "ours"})
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")
    assert (await browser.get("/api/calendar-conflicts")).json() == {"items": []}
    [item] = (await browser.get("/api/calendar-conflicts?state=resolved")).json()["items"]
    assert item == decided
    booking = (await browser.get(f"/api/bookings/{item['booking_id']}")).json()
    assert (booking["title"], booking["history"][-1]["action"]) == ("Another title", "edited")


async def test_how_an_account_is_used(world: World):
    browser = await world.browser(world.ana)
    [builtin] = (await browser.get("/api/calendar-connections")).json()["connections"]
    assert builtin["policy"] == {
        "direction": "both",
        "shares": "busy",
        "on_move": "reschedule",
        "on_delete": "cancel",
        "conflict_rule": "ask",
    }
    address = f"/api/calendar-connections/{builtin['connection_id']}"
    wrong = await browser.patch(address, json={"policy": {"direction": "sideways"}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "policy.direction")
    refused = await browser.patch(address, json={"policy": {"direction": "in"}})
    assert refused.status_code == 409
    coming = await browser.get(f"{address}/future-bookings")
    assert (coming.status_code, coming.json()["count"]) == (200, 1)


async def test_health_is_for_administrators(world: World):
    assert (await (await world.browser(world.ana)).get("/api/calendar-connections/health")).json() == {
        "items": []
    }
    assert (await (await world.browser(world.bo)).get("/api/calendar-connections/health")).status_code == 403
