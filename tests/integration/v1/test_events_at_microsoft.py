"""Applications' events in a calendar at Microsoft: one place each, whatever ids Graph chooses and whatever it loses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.services.connection_views import ConnectionView
from factories.event_world import EventWorld, delete, event_world, listed, put
from factories.microsoft import endpoints
from fakes.microsoft_graph import MicrosoftGraphFake, microsoft_graph

ALL = {"include_managed": "true"}
MANAGED = {"only_managed": "true"}


@pytest.fixture
def fake(clock) -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        found.clock = clock
        yield found


@pytest.fixture
async def world(db, database_url, tmp_path, clock, fake) -> AsyncIterator[EventWorld]:
    http = HttpClient(["127.0.0.1"])
    async with event_world(database_url, tmp_path, clock) as found:
        providers = found.platform.connections.providers
        providers["microsoft"] = MicrosoftCalendarProvider(http, endpoints(fake.url), clock)
        yield found
    await http.close()


@pytest.fixture
async def view(world, fake) -> ConnectionView:
    caller, oauth = world.caller(world.ana), world.platform.calendar_oauth
    back = parse_qs(urlsplit(fake.consent(await oauth.start(caller, "microsoft", "two_way"))).query)
    done = await oauth.finish(caller, "microsoft", state=back["state"][0], code=back["code"][0], error="")
    assert done.problem == ""
    found = await world.platform.connections.get(caller, done.connection_id)
    await world.read(found)
    return found


async def test_an_event_is_written_changed_and_removed(world, view, fake):
    http, calendar_id = await world.http(world.ana), view.calendars[0].calendar_id
    fake.faults.lost_replies = ["POST"]
    await put(http, calendar_id, tzid="Europe/Berlin", location={"description": "Room 5"}, event_private=True)
    await world.write()
    assert await world.write_states() == ["written"]
    [item] = fake.live()
    assert (item["subject"], item["sensitivity"], item["location"]["displayName"]) == (
        "Board meeting",
        "private",
        "Room 5",
    )
    assert item["originalStartTimeZone"] == "Europe/Berlin"
    [found] = await listed(http, **MANAGED)
    # Reading it back changes nothing for readers, neither as a change nor with everything else.
    for token in ("", "resyncRequired"):
        fake.faults.dead_token = token
        await world.read(view)
        [read] = await listed(http, **MANAGED)
        assert (read["event_uid"], read["event_id"], await listed(http)) == (found["event_uid"], "e1", [])

    await put(http, calendar_id, summary="Moved", start="2026-12-02T10:00:00Z", end="2026-12-02T11:00:00Z")
    await world.write()
    [item] = fake.live()
    assert (item["subject"], item["start"]["dateTime"][:16]) == ("Moved", "2026-12-02T10:00")
    await world.read(view)

    assert (await delete(http, calendar_id, event_id="e1")).status_code == 202
    await world.write()
    assert fake.live() == []
    await world.read(view)
    assert await listed(http, **ALL) == []


async def test_an_event_beyond_the_window_stays_its_application_s(world, view, fake):
    http, calendar_id = await world.http(world.ana), view.calendars[0].calendar_id
    await put(http, calendar_id, start="2029-03-01T10:00:00Z", end="2029-03-01T11:00:00Z")
    await world.write()
    far = {"from": "2029-02-20", "to": "2029-03-10"}
    for token in ("", "resyncRequired"):
        fake.faults.dead_token = token
        await world.read(view)
        assert [one["event_id"] for one in await listed(http, **MANAGED, **far)] == ["e1"]
    assert len(fake.live()) == 1


async def test_what_its_owner_deleted_in_outlook_is_gone_and_can_come_back(world, view, fake):
    http, calendar_id = await world.http(world.ana), view.calendars[0].calendar_id
    await put(http, calendar_id)
    await world.write()
    await world.read(view)
    fake.remove(fake.live()[0]["id"])
    await world.read(view)
    assert await listed(http, **ALL) == []
    await put(http, calendar_id, summary="Again")
    await world.write()
    assert [item["subject"] for item in fake.live()] == ["Again"]
    await world.read(view)
    assert [one["summary"] for one in await listed(http, **MANAGED)] == ["Again"]
