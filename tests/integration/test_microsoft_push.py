"""Push from Microsoft Graph: subscriptions with their handshake, lengthened at half their life, and what Graph says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from convene.core.permissions import Caller
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MicrosoftEndpoints
from convene.services.calendar_oauth import CalendarOAuth
from convene.services.connection_views import ConnectionView
from factories.calendars import calendar_world
from factories.platform import BASE_URL
from factories.push import PushWorld, push_world
from fakes.microsoft_graph import CLIENT_ID, CLIENT_SECRET, MicrosoftGraphFake, microsoft_graph


@dataclass
class Told:
    """A world whose Microsoft is a fake, and a connection of it that is told of changes."""

    push: PushWorld
    fake: MicrosoftGraphFake
    ana: Caller
    view: ConnectionView

    async def deliver(self) -> list[int]:
        return [
            (await self.push.client.post(item.url, json=item.body)).status_code
            for item in self.fake.subscriptions.take()
        ]

    @property
    def subscription(self) -> dict:
        (found,) = self.fake.subscriptions.all.values()
        return found

    async def busy(self) -> list:
        return [start for start, _, _ in await self.push.place.busy(self.ana)]

    async def health(self) -> str:
        return await self.push.health(self.ana.org_id, self.view.row.connection_id)

    def add(self, day: int = 1) -> str:
        times = {
            key: {"dateTime": f"2026-12-{day:02}T{hour}:30:00", "timeZone": "UTC"}
            for key, hour in (("start", 14), ("end", 15))
        }
        return self.fake.put(subject="Dentist", showAs="busy", **times)


@pytest.fixture
def fake(clock) -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        found.clock = clock
        yield found


@pytest.fixture
async def told(db, clock, fake) -> AsyncIterator[Told]:
    http = HttpClient(["127.0.0.1"])
    endpoints = MicrosoftEndpoints(CLIENT_ID, CLIENT_SECRET, login_url=fake.url, graph_url=fake.url)
    async with calendar_world(db, clock) as place:
        service = place.connections
        service.providers["microsoft"] = MicrosoftCalendarProvider(http, endpoints, clock)  # type: ignore[index]
        oauth = CalendarOAuth(
            db, clock, place.world.jobs, service.sealer, service.providers, service, BASE_URL
        )
        ana = await place.world.person("Ana Ruiz")
        back = fake.accounts.consent(await oauth.start(ana, "microsoft", "two_way"))
        query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        done = await oauth.finish(ana, "microsoft", state=query["state"], code=query["code"])
        assert done.problem == ""
        await place.sync.sync_connection(ana.org_id, done.connection_id)
        async with push_world(place) as push:

            async def outside(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
                # The handshake runs in the fake's thread, with a way of its own to the receivers.
                async with httpx.AsyncClient(transport=push.client._transport) as client:
                    answer = await client.post(url, content=body, headers={"Content-Type": content_type})
                    return answer.status_code, answer.headers["content-type"], answer.text

            fake.subscriptions.post = outside
            found = Told(push, fake, ana, await place.connections.get(ana, done.connection_id))
            assert await push.run() == 1
            assert await push.run_reads() == 1
            yield found
    await http.close()


async def test_a_change_is_read_when_graph_tells_of_it(told):
    assert await told.health() == "active"
    assert [urlsplit(url).path for url in told.fake.subscriptions.handshakes] == [
        "/push/microsoft",
        "/push/microsoft/lifecycle",
    ]
    told.add()
    told.add(2)
    assert await told.deliver() == [202, 202]
    assert await told.push.run_reads() == 1
    assert len(await told.busy()) == 2


async def test_several_notices_of_one_post_count_once(told):
    told.add()
    (item,) = told.fake.subscriptions.take()
    (notice,) = item.body["value"]
    strange = {**notice, "clientState": "psh_00000000000000000000000000.x"}
    body = {"value": [strange, notice, notice, {"clientState": 7}, "x"]}
    assert (await told.push.client.post(item.url, json=body)).status_code == 202
    assert await told.push.run_reads() == 1
    for wrong in ({"value": [strange]}, {"value": {}}, [], {"value": [{**notice, "clientState": ""}]}):
        assert (await told.push.client.post(item.url, json=wrong)).status_code == 404
    for wrong in (b"", b"{", b"[" * 100_000, b"x" * 300_000):
        assert (await told.push.client.post(item.url, content=wrong)).status_code == 422
    assert await told.push.run_reads() == 0


async def test_a_subscription_is_lengthened_at_half_its_life(told, clock):
    first = told.subscription["id"]
    clock.advance(minutes=1_800)
    assert await told.push.run() == 0
    clock.advance(minutes=400)
    before = told.subscription["expirationDateTime"]
    assert await told.push.run() == 1
    assert told.subscription["id"] == first
    assert told.subscription["expirationDateTime"] > before
    assert await told.push.run() == 0
    # One that is gone is followed by another.
    told.fake.subscriptions.all.clear()
    clock.advance(minutes=2_300)
    assert await told.push.run() == 1
    assert told.subscription["id"] != first
    told.add()
    assert await told.deliver() == [202]


async def test_what_graph_says_of_subscriptions_is_heard(told, clock):
    first = told.subscription["id"]
    clock.advance(minutes=10)
    told.fake.subscriptions.lifecycle("reauthorizationRequired", first)
    assert await told.deliver() == [202]
    before = told.subscription["expirationDateTime"]
    assert await told.push.run() == 1
    assert (told.subscription["id"], told.subscription["expirationDateTime"] > before) == (first, True)
    assert await told.push.run_reads() == 0
    told.add()
    told.fake.subscriptions.take()
    told.fake.subscriptions.lifecycle("missed", first)
    assert await told.deliver() == [202]
    assert await told.push.run_reads() == 1
    assert len(await told.busy()) == 1
    told.fake.subscriptions.lifecycle("subscriptionRemoved", first)
    told.add(2)
    assert await told.deliver() == [202]
    assert await told.push.run() == 1
    assert told.subscription["id"] != first
    assert await told.push.run_reads() == 1
    assert len(await told.busy()) == 2
    assert await told.health() == "active"


async def test_disconnecting_deletes_the_subscription(told):
    await told.push.place.connections.disconnect(told.ana, told.view.row.connection_id)
    assert told.fake.subscriptions.all == {}


async def test_an_address_that_does_not_answer_is_asked_about_later(told, clock):
    async def nobody(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
        return 404, "text/html", "not here"

    heard, told.fake.subscriptions.post = told.fake.subscriptions.post, nobody
    told.fake.subscriptions.all.clear()
    clock.advance(days=4)
    assert await told.push.run() == 1
    assert await told.health() == "off"
    assert await told.push.run() == 0
    told.fake.subscriptions.post = heard
    clock.advance(hours=7)
    assert await told.push.run() == 1
    assert await told.health() == "active"


async def test_the_handshake_is_plain_text_and_short(told):
    client = told.push.client
    answer = await client.post("/push/microsoft", params={"validationToken": "<script>alert(1)</script>&"})
    assert (answer.status_code, answer.text) == (200, "<script>alert(1)</script>&")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for token in ("x" * 3_000, "a\nb"):
        answer = await client.post("/push/microsoft", params={"validationToken": token})
        assert answer.status_code == 422
