"""Feeds of people's own calendars: what is at their addresses, for whom, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from icalendar import Calendar

from caldav_servers import event_text
from convene.bootstrap import open_installation
from convene.formats.icalendar import read_calendar
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from factories.access_world import World
from factories.platform import always_open
from fakes.feed_server import feed_server

PATH = "/api/calendar-feeds"
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
async def world(db, database_url: str, tmp_path, clock) -> AsyncIterator[World]:
    env = {
        "DATABASE_URL": database_url,
        "CONVENE_DATA": str(tmp_path),
        "CONVENE_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
    }
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(open_installation(Settings.from_env(env), clock=clock))
        people = installation.identity.accounts
        org_id = (await people.create_organization("Globex")).org_id
        made = [
            await people.create(
                operator(org_id), NewPerson(f"{name}@example.com", name.title(), "Europe/Berlin", role),
                password="correct horse battery",
            )
            for name, role in (("ana", "owner"), ("bo", "member"))
        ]  # fmt: skip
        yield World(installation, made[0], made[1], made[1], {}, stack)


@pytest.fixture
async def ana(world: World) -> httpx.AsyncClient:
    client = await world.token(world.ana)
    for person in (client, await world.token(world.bo)):
        assert (await person.put("/api/availability-rules", json=always_open("Europe/Berlin"))).is_success
    return client


@pytest.fixture
async def anybody(world: World) -> httpx.AsyncClient:
    return await world.client()


async def make(client: httpx.AsyncClient, detail: str, **fields: object) -> dict[str, str]:
    answer = await client.post(PATH, json={"name": "Ana's time", "detail": detail, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def book(
    world: World, client: httpx.AsyncClient, hour: int, title: str = "Secret plan"
) -> dict[str, str]:
    answer = await client.post(
        "/api/bookings",
        json={
            "participants": [world.ana.account_id, world.bo.account_id],
            "start": f"{TUESDAY:%Y-%m-%d}T{hour:02}:00:00Z",
            "duration_minutes": 60,
            "title": title,
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def connect_feed(world: World, client: httpx.AsyncClient, address: str) -> None:
    answer = await client.post("/api/calendar-connections", json={"kind": "ics", "url": address})
    assert answer.status_code == 201, answer.text
    assert "private-" not in answer.text
    await world.installation.platform.sync.sync_connection(world.ana.org_id, answer.json()["connection_id"])


def events(text: str) -> list[object]:
    return Calendar.from_ical(text).walk("VEVENT")


async def test_a_full_feed_tells_the_meetings(world, ana, anybody):
    booked = await book(world, ana, 14)
    feed = await make(ana, "full")
    answer = await anybody.get(feed["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert "set-cookie" not in answer.headers
    calendar = Calendar.from_ical(answer.text)
    assert str(calendar["X-WR-CALNAME"]) == "Ana's time"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(minutes=15)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    [event] = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == "Secret plan"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["DTSTART"].dt == TUESDAY.replace(hour=14)
    assert "Bo" in str(event["DESCRIPTION"])
    # Our own reader takes it for what it is.
    assert [series.master.uid for series in read_calendar(answer.text, UTC).series] == [str(event["UID"])]
    await ana.post(f"/api/bookings/{booked['booking_id']}/cancel", json={})
    assert events((await anybody.get(feed["url"])).text) == []


async def test_a_busy_feed_tells_when_and_nothing_else(world, ana, anybody):
    booked = [await book(world, ana, 14), await book(world, ana, 15, "Another"), await book(world, ana, 18)]
    async with feed_server() as other:
        other.put("a", event_text("private-uid", "20261124T153000Z", "20261124T163000Z", summary="Dentist"))
        await connect_feed(world, ana, other.address)
    text = (await anybody.get((await make(ana, "busy"))["url"])).text
    found = events(text)
    assert [(event["DTSTART"].dt.hour, event["DTEND"].dt.hour, event["DTEND"].dt.minute) for event in found] == [
        (14, 16, 30), (18, 19, 0),
    ]  # fmt: skip
    assert {str(event["SUMMARY"]) for event in found} == {"Busy"}
    for word in ("Secret", "Another", "Dentist", "private-uid", "Bo", "Berlin", world.ana.account_id):
        assert word not in text
    assert not any(item["booking_id"] in text for item in booked)
    # Two feeds of one calendar cannot be matched by their UIDs.
    second = (await anybody.get((await make(ana, "busy"))["url"])).text
    assert not {str(event["UID"]) for event in found} & {str(event["UID"]) for event in events(second)}


async def test_a_full_feed_leaves_out_connected_calendars_unless_asked(world, ana, anybody):
    await book(world, ana, 9)
    async with feed_server() as other:
        other.put("a", event_text("u", "20261124T153000Z", "20261124T163000Z", summary="Dentist"))
        other.put(
            "p", event_text("p", "20261125T153000Z", "20261125T163000Z", summary="Hush", CLASS="PRIVATE")
        )
        text = event_text(
            "d", "20261126T100000Z", "20261126T110000Z", summary="Holiday", TRANSP="TRANSPARENT"
        )
        other.put("d", text.replace("DTSTART:20261126T100000Z", "DTSTART;VALUE=DATE:20261126").replace(
            "DTEND:20261126T110000Z", "DTEND;VALUE=DATE:20261127"
        ))  # fmt: skip
        await connect_feed(world, ana, other.address)
    plain = events((await anybody.get((await make(ana, "full"))["url"])).text)
    assert [str(event["SUMMARY"]) for event in plain] == ["Secret plan"]
    text = (await anybody.get((await make(ana, "full", with_calendars=True))["url"])).text
    assert {str(event["SUMMARY"]): str(event["TRANSP"]) for event in events(text)} == {
        "Secret plan": "OPAQUE", "Dentist": "OPAQUE", "Busy": "OPAQUE", "Holiday": "TRANSPARENT",
    }  # fmt: skip
    assert [str(event["DTSTART"].to_ical(), "ascii") for event in events(text)][-1] == "20261126"
    assert "Hush" not in text
    without = events((await anybody.get((await make(ana, "busy", with_calendars=False))["url"])).text)
    assert len(without) == 1


async def test_what_is_unchanged_is_not_sent_again(world, ana, anybody, clock):
    await book(world, ana, 14)
    for detail in ("busy", "full"):
        url = (await make(ana, detail))["url"]
        etag = (await anybody.get(url)).headers["etag"]
        clock.advance(hours=3)
        for given in (etag, f'"x", W/{etag}', "*"):
            again = await anybody.get(url, headers={"If-None-Match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    await book(world, ana, 16)
    assert (await anybody.get(url, headers={"If-None-Match": etag})).status_code == 200


async def test_only_a_window_is_told(world, ana, anybody, clock):
    await book(world, ana, 14)
    for detail in ("busy", "full"):
        url = (await make(ana, detail))["url"]
        assert len(events((await anybody.get(url)).text)) == 1
        clock.advance(days=29)
        assert len(events((await anybody.get(url)).text)) == 1
        clock.advance(days=6)
        assert events((await anybody.get(url)).text) == []
        clock.advance(days=-35)


async def test_an_address_ends_when_its_owner_says_so(world, ana, anybody):
    feed = await make(ana, "full")
    renewed = (await ana.post(f"{PATH}/{feed['feed_id']}/renew")).json()
    assert renewed["url"] != feed["url"]
    assert (await anybody.get(feed["url"])).status_code == 404
    assert (await anybody.get(renewed["url"])).status_code == 200
    # Shown again to its owner, and when it was read.
    [listed] = (await ana.get(PATH)).json()["feeds"]
    assert (listed["url"], listed["read_at"] is None) == (renewed["url"], False)
    assert (await ana.delete(f"{PATH}/{feed['feed_id']}")).status_code == 204
    gone, never = await anybody.get(renewed["url"]), await anybody.get("/feeds/" + "x" * 43 + ".ics")
    assert (gone.status_code, gone.json()["detail"]) == (404, never.json()["detail"])


async def test_whoever_may_not_sign_in_has_no_feeds(world, ana, anybody):
    feed = await make(await world.token(world.bo), "full")
    assert (await anybody.get(feed["url"])).status_code == 200
    suspended = await ana.patch(f"/api/members/{world.bo.account_id}", json={"suspended": True})
    assert suspended.is_success, suspended.text
    assert (await anybody.get(feed["url"])).status_code == 404


async def test_the_address_is_kept_as_hash_and_sealed(world, ana):
    token = (await make(ana, "full"))["url"].rpartition("/")[2].removesuffix(".ics")
    async with world.installation.platform.db.connection() as conn:
        cursor = await conn.execute("SELECT calendar_feed::text AS row FROM calendar_feed")
        audited = await conn.execute("SELECT string_agg(audit::text, ' ') AS row FROM audit")
        kept = str(await cursor.fetchone()) + str(await audited.fetchone())
    assert token not in kept
    assert token.encode().hex() not in kept
    assert "calendar_feed.created" in kept


async def test_too_many_reads_wait_and_too_many_feeds_are_refused(world, ana, anybody):
    for _ in range(9):
        await make(ana, "busy")
    feed = await make(ana, "busy")
    refused = await ana.post(PATH, json={"name": "One more", "detail": "busy"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    statuses = [(await anybody.get(feed["url"])).status_code for _ in range(125)]
    assert statuses.count(429) >= 3
    assert statuses[0] == 200
    assert "retry-after" in (await anybody.get(feed["url"])).headers


@pytest.mark.parametrize(
    "body",
    [{"name": "", "detail": "busy"}, {"name": "A", "detail": "titles"}, {"detail": "busy"}, {"name": "A\nB" * 60, "detail": "busy"}],
)  # fmt: skip
async def test_bad_input_names_its_field(ana, body):
    answer = await ana.post(PATH, json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] in ("name", "detail")


async def test_a_feed_can_be_subscribed_to_by_another_installation(world, ana, anybody):
    """What we write is what we read."""
    await book(world, ana, 14)
    text = (await anybody.get((await make(ana, "busy"))["url"])).text
    async with feed_server() as server:
        server.body = text.encode()
        bo = await world.token(world.bo)
        made = await bo.post("/api/calendar-connections", json={"kind": "ics", "url": server.address})
        assert made.status_code == 201, made.text
        assert made.json()["label"] == "Ana's time"
