"""Event subscriptions: an application is told around the times of its events, and of the video calls they are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from caldav_servers import PASSWORD, USER, Radicale
from convene.providers.address_rules import AllowedTargets
from convene.providers.webhook_sender import HttpWebhookSender
from convene.storage.database import Database
from factories.links import Links, at, make_links
from factories.receivers import application_world

HOOK = "https://app.example.com/triggers"
EARLIER = {"before": "event_start", "offset": {"minutes": 30}}


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(
        database_url, tmp_path, clock, CONVENE_ALLOW_PRIVATE_TARGETS="127.0.0.1"
    ) as world:
        yield await make_links(world)


def hook(*transitions: Any, interactions: Any = (), uri: str = HOOK) -> list[dict[str, Any]]:
    return [
        {"type": "webhook", "uri": uri, "transitions": list(transitions), "interactions": list(interactions)}
    ]


async def write(links: Links, calendar_id: str = "", **members: Any) -> httpx.Response:
    """Write Ana's event of the tests' Tuesday, 10:00 to 11:00 unless told when."""
    token = await links.world.authorize(links.app, links.ana)
    event = {"event_id": "own", "summary": "Board", "start": at("10:00"), "end": at("11:00"), **members}
    place = calendar_id or links.calendars[links.ana.member_id]
    return await token.post(f"/v1/calendars/{place}/events", json=event)


async def told(links: Links, clock: Any, time: str) -> list[dict[str, Any]]:
    """Let it be this time of the day, and return what the application is told."""
    clock.now = clock.now.fromisoformat(at(time))
    await links.world.installation.platform.event_triggers.tell_due()
    return [body for url, body in await links.world.delivered(links.app) if url == HOOK]


async def test_what_is_asked_for_is_told_at_its_time_and_once(links: Links, clock):
    later = {"after": "event_end", "offset": {"minutes": 15}}
    assert (await write(links, subscriptions=hook(EARLIER, later))).status_code == 202
    assert await told(links, clock, "09:29") == []
    [body] = await told(links, clock, "09:30")
    assert body == {
        "notification": {
            "type": "event_subscription",
            "triggered_at": at("09:30"),
            "transitions": [EARLIER],
        },
        "event": {
            "calendar_id": links.calendars[links.ana.member_id],
            "event_id": "own",
            "summary": "Board",
            "description": "",
            "start": at("10:00"),
            "end": at("11:00"),
        },
    }
    assert await told(links, clock, "11:14") == []
    [body] = await told(links, clock, "11:15")
    assert body["notification"]["transitions"] == [later]
    assert await told(links, clock, "23:00") == []


async def test_an_upsert_without_them_keeps_them_and_they_move_with_the_event(links: Links, clock):
    await write(links, subscriptions=hook(EARLIER))
    await write(links, start=at("14:00"), end=at("15:00"), summary="Later")
    assert await told(links, clock, "13:29") == []
    [body] = await told(links, clock, "13:30")
    assert (body["event"]["summary"], body["event"]["start"]) == ("Later", at("14:00"))
    await write(links, start=at("18:00"), end=at("19:00"))
    assert len(await told(links, clock, "17:30")) == 1


async def test_an_empty_list_takes_them_away_and_what_is_deleted_is_not_told(links: Links, clock):
    await write(links, subscriptions=hook(EARLIER))
    await write(links, subscriptions=[])
    await write(links, event_id="gone", subscriptions=hook(EARLIER))
    token = await links.world.authorize(links.app, links.ana)
    path = f"/v1/calendars/{links.calendars[links.ana.member_id]}/events"
    assert (await token.request("DELETE", path, json={"event_id": "gone"})).status_code == 202
    assert await told(links, clock, "23:00") == []
    clock.now = clock.now.fromisoformat("2026-11-20T09:00:00+00:00")
    await write(links, event_id="gone")
    assert await told(links, clock, "23:00") == [], "another event of this name"


async def test_what_has_passed_when_it_is_asked_for_is_not_told(links: Links, clock):
    clock.now = clock.now.fromisoformat(at("09:45"))
    await write(links, subscriptions=hook(EARLIER))
    assert await told(links, clock, "23:00") == []


async def test_what_its_owner_moves_is_told_at_the_new_time(links: Links, clock, radicale: Radicale):
    place = radicale.make_calendar("ana", "Of Ana")
    platform = links.world.installation.platform
    view = await platform.connections.connect(
        links.ana, kind="caldav", url=radicale.url, username=USER, password=PASSWORD
    )
    await platform.sync.sync_connection(links.ana.org_id, view.row.connection_id)
    target = next(item.calendar_id for item in view.calendars if item.name == "Of Ana")
    await write(links, target, subscriptions=hook(EARLIER))
    for row in await links.rows("SELECT org_id, calendar_id, remote_id FROM event_write"):
        await platform.event_writing.write(*row)
    [name] = radicale.names(place)
    text = radicale.get(name, place) or ""
    moved = text.replace("T100000", "T140000").replace("T110000", "T150000")
    assert moved != text
    radicale.put(name, moved, place)
    await platform.sync.sync_connection(links.ana.org_id, view.row.connection_id)
    assert await told(links, clock, "13:29") == []
    [body] = await told(links, clock, "13:30")
    assert body["event"]["start"] == at("14:00")


async def test_a_video_call_is_told_when_it_is_assigned(links: Links):
    asked = hook(interactions=[{"type": "conferencing_assigned"}])
    await write(links, subscriptions=asked)
    assert await links.world.delivered(links.app) == []
    await write(links, subscriptions=asked, conferencing={"profile_id": "default"})
    [(url, body)] = await links.world.delivered(links.app)
    assert url == HOOK
    assert body["notification"]["interactions"] == [{"type": "conferencing_assigned"}]
    assert body["event"]["conferencing"]["join_url"].startswith("https://")
    await write(links, subscriptions=asked, conferencing={"profile_id": "default"})
    assert await links.world.delivered(links.app) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([{"type": "mail", "uri": HOOK}], "subscriptions.0.type"),
        ([{"type": "webhook"}], "subscriptions.0.uri"),
        (hook({"offset": {"minutes": 5}}), "subscriptions.0.transitions.0"),
        (hook({"before": "event_start", "after": "event_end"}), "subscriptions.0.transitions.0"),
        (hook({"before": "lunch"}), "subscriptions.0.transitions.0.before"),
        (hook({"before": "event_start", "offset": {"hours": 9999}}), "subscriptions.0.transitions.0.offset"),
        (hook(interactions=[{"type": "sneezed"}]), "subscriptions.0.interactions.0.type"),
    ],
)
async def test_what_cannot_be_told_is_refused_by_name(links: Links, wrong: Any, field: str):
    answer = await write(links, subscriptions=wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), answer.text


async def test_addresses_inside_are_not_told(links: Links):
    links.world.installation.platform.webhooks.sender = HttpWebhookSender(None, AllowedTargets(()), None)
    answer = await write(links, subscriptions=hook(EARLIER, uri="http://127.0.0.1/"))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["subscriptions.0.uri"])


async def test_a_booked_meeting_tells_by_its_links_callback(links: Links):
    made = await links.make()
    await (await links.visitor()).book(made["url"], "10:00")
    answer = await write(links, event_id="e9", subscriptions=hook(EARLIER))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["subscriptions"])
