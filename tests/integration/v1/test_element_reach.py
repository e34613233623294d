"""What UI elements in browsers may see and do: what their account allows the application now, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from convene.identity import operator
from convene.storage.database import Database
from factories.consent import ConsentWorld, consent_world

ORIGIN = "https://page.example.com"
ELEMENT = {"Cronofy-Element": "v1.67.7, agenda", "Origin": ORIGIN}
READS = ("/v1/events", "/v1/free_busy", "/v1/userinfo", "/v1/availability_rules")


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[ConsentWorld]:
    async with consent_world(db, database_url, tmp_path, clock) as found:
        yield found


class Element:
    """An element on a page, with a token for Ana alone."""

    def __init__(self, page: httpx.AsyncClient, token: str) -> None:
        self.page = page
        self.query = {"et": token, "tzid": "Etc/UTC"}

    async def status(self, path: str, method: str = "GET") -> int:
        return (await self.page.request(method, path, params=self.query)).status_code


async def element(world: ConsentWorld, scope: str) -> Element:
    await world.tokens(world.ana, scope)
    body = {
        "version": "1",
        "permissions": ["agenda", "account_management", "managed_availability"],
        "subs": [world.ana.account_id],
        "origin": ORIGIN,
    }
    made = await (await world.key()).post("/v1/element_tokens", json=body)
    assert made.status_code == 200, made.text
    return Element(await world.http(**ELEMENT), made.json()["element_token"]["token"])


async def test_an_element_sees_nothing_of_somebody_who_withdrew(world: ConsentWorld):
    shown = await element(world, "read_write")
    assert [await shown.status(path) for path in READS] == [200] * len(READS)
    ana = await world.browser(world.ana)
    ended = await ana.delete(f"/api/authorizations/{world.client_id}")
    assert ended.status_code == 204, ended.text
    assert [await shown.status(path) for path in READS] == [401] * len(READS)


async def test_an_element_sees_nothing_of_somebody_who_was_suspended(world: ConsentWorld):
    shown = await element(world, "read_write")
    identity = world.installation.identity
    us = operator(world.org_id)
    await identity.accounts.set_access(us, world.bo.account_id, role="owner")
    await identity.accounts.set_access(us, world.ana.account_id, suspended=True)
    assert [await shown.status(path) for path in READS] == [401] * len(READS)


async def test_an_element_reads_no_more_than_its_application_may(world: ConsentWorld):
    shown = await element(world, "read_free_busy")
    assert [await shown.status(path) for path in ("/v1/free_busy", "/v1/events")] == [200, 403]
    assert await shown.status("/v1/profiles/pro_x/revoke", "POST") == 403


async def test_an_element_changes_own_working_hours_only_where_the_account_lets_its_application_write(
    world: ConsentWorld,
):
    rule = {
        "tzid": "Etc/UTC",
        "weekly_periods": [{"day": "monday", "start_time": "09:00", "end_time": "17:00"}],
    }
    statuses = []
    for scope in ("read_free_busy", "free_busy_write"):
        shown = await element(world, scope)
        api = await world.api(world.ana, scope)
        for client, query in ((api, {}), (shown.page, {"et": shown.query["et"]})):
            for name in ("default", "mine"):
                body = {"availability_rule_id": name, **rule}
                saved = await client.post("/v1/availability_rules", params=query, json=body)
                statuses.append(saved.status_code)
        statuses.append((await api.delete("/v1/availability_rules/default")).status_code)
    assert statuses == [403, 200, 403, 200, 403, 200, 200, 200, 200, 202]
