"""What channels are told when a real calendar changes behind our back, and when it cannot be read any more."""

from __future__ import annotations

import json

import pytest

from caldav_servers import event_text
from convene.core.applications import Application
from convene.core.scopes import parse_scope
from convene.identity import operator
from factories.calendars import calendar_world

URL = "https://app.example.org/changes"


@pytest.fixture
async def place(db, clock):
    async with calendar_world(db, clock) as found:
        yield found


async def listening(place, who) -> Application:
    oauth = place.world.identity.oauth
    us = operator(place.world.org_id)
    made = await oauth.create_client(us, "Recruiter", [])
    await oauth.issue(us, made.client_id, who.member_id, "read_write")
    application = Application(
        place.world.org_id,
        made.client_id,
        "access_token",
        who.member_id,
        scope=frozenset(parse_scope("read_write")),
    )
    await place.channels.create(application, URL)
    await pushed(place)
    return application


async def pushed(place) -> list[dict]:
    """Send what is due and return the notifications of it."""
    place.world.clock.advance(seconds=5)
    world = place.world
    before = len(world.sender.received)
    for args in world.jobs.named("deliver_webhook"):
        await world.webhooks.deliver(**args)
    return [json.loads(body).get("notification") for _, _, body in world.sender.received[before:]]


async def test_a_changed_title_is_pushed_and_nothing_new_is_not(place, radicale):
    ana = await place.world.person("Ana")
    radicale.put("a.ics", event_text("a"))
    view = await place.connect(ana, radicale.url)
    await listening(place, ana)
    await place.read(view)
    assert await pushed(place) == []
    before = place.world.clock()
    radicale.put("a.ics", event_text("a", summary="Another title"))
    await place.read(view)
    [told] = await pushed(place)
    assert told["type"] == "change"
    assert told["changes_since"] <= before.isoformat().replace("+00:00", "Z")
    radicale.delete("a.ics")
    await place.read(view)
    assert [item["type"] for item in await pushed(place)] == ["change"]


async def test_a_connection_that_breaks_and_works_again_is_told(place, radicale):
    ana = await place.world.person("Ana")
    view = await place.connect(ana, radicale.url)
    await listening(place, ana)
    radicale.set_password("changed")
    radicale.stop()
    radicale.start()
    await place.read(view)
    profile = {"profile_id": view.row.connection_id}
    assert await pushed(place) == [{"type": "profile_disconnected", **profile}]
    await place.read(view)
    assert await pushed(place) == []
    await place.connections.change(ana, view.row.connection_id, password="changed")
    await place.read(view)
    assert {"type": "profile_connected", **profile} in await pushed(place)
    place.world.clock.advance(minutes=1)
    await place.connections.disconnect(ana, view.row.connection_id)
    assert {"type": "profile_disconnected", **profile} in await pushed(place)
