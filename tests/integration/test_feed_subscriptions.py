"""Calendars subscribed to by address: from a feed's server to busy time, and what becomes of it when the feed fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import event_text
from convene.core.errors import Conflict, Invalid
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.connection_views import ConnectionView
from convene.services.connections import CalendarChange
from convene.storage import audit, connections
from factories.calendars import CalendarWorld, calendar_world
from fakes.feed_server import SECRET_PATH, Feed, feed_server

TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
ELEVEN = TEN + timedelta(hours=1)


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "Europe/London")


@pytest.fixture
async def feed() -> AsyncIterator[Feed]:
    async with feed_server() as found:
        yield found


async def subscribe(place: CalendarWorld, who: Caller, feed: Feed, *, label: str = "") -> ConnectionView:
    view = await place.connections.connect(
        who, kind="ics", url=feed.address, username="", password="", label=label
    )
    await place.read(view)
    return await place.view(who, view)


async def state_of(place: CalendarWorld, who: Caller) -> str:
    now = place.world.clock()
    question = Question((who.member_id,), now, now + timedelta(days=1), 30)
    return (await place.world.availability.find(who, question)).people[0].state


async def test_a_feed_blocks_time_and_is_never_written(place, ana, feed):
    feed.head = ["X-WR-CALNAME:Team trips", "X-WR-TIMEZONE:Europe/Berlin", "COLOR:tomato"]
    feed.put("a", event_text("a"))
    feed.put("floating", event_text("f", "20261202T090000", "20261202T100000"))
    view = await subscribe(place, ana, feed)
    [calendar] = view.calendars
    assert (view.row.state, view.row.label, calendar.name, calendar.color, calendar.tzid) == (
        "ok", "Team trips", "Team trips", "#ff6347", "Europe/Berlin",
    )  # fmt: skip
    assert (calendar.is_checked, calendar.is_writable, calendar.is_target) == (True, False, False)
    # A floating time is one of the feed's zone.
    berlin = datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert [start for start, _, _ in await place.busy(ana)] == [TEN, berlin]
    with pytest.raises(Invalid, match="read-only"):
        await place.connections.change(
            ana, view.row.connection_id, changes=[CalendarChange(calendar.calendar_id, is_target=True)]
        )


async def test_the_address_is_sealed_and_told_to_nobody(place, ana, feed):
    view = await subscribe(place, ana, feed)
    assert view.row.url == f"{feed.url}/…"
    async with place.world.db.connection() as conn:
        row = await connections.get_connection(conn, ana.org_id, view.row.connection_id)
        entries = await audit.list_entries(conn, ana.org_id, None, 50)
    assert row is not None
    secret = SECRET_PATH.strip("/").encode()
    assert secret not in (row.secret or b"")
    assert secret.decode() not in repr(row) + repr(entries)


async def test_one_address_is_subscribed_to_once_but_two_of_a_host_are_two(place, ana, feed):
    view = await subscribe(place, ana, feed)
    with pytest.raises(Conflict) as caught:
        await subscribe(place, ana, feed)
    assert caught.value.fields["connection_id"] == view.row.connection_id
    other = await place.connections.connect(
        ana, kind="ics", url=feed.url + "/another.ics", username="", password=""
    )
    assert other.row.connection_id != view.row.connection_id


async def test_what_is_no_feed_is_refused_at_once(place, ana, feed):
    feed.body, feed.content_type = b"<!doctype html><title>Sign in</title>", "text/html"
    with pytest.raises(Invalid, match="web page") as caught:
        await subscribe(place, ana, feed)
    assert caught.value.field == "url"
    assert [view.row.kind for view in await place.connections.mine(ana)] == ["builtin"]


async def test_changes_arrive_and_the_feed_says_when_it_is_read(place, ana, feed, clock):
    feed.head = ["REFRESH-INTERVAL;VALUE=DURATION:PT6H"]
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    assert view.row.next_poll_at == clock() + timedelta(hours=6)
    requests = len(feed.raw.requests)
    await place.read(view)
    assert len(feed.raw.requests) == requests + 1
    feed.put("a", event_text("a", "20261201T120000Z", "20261201T130000Z"))
    await place.read(view)
    assert await place.busy(ana) == [(TEN + timedelta(hours=2), ELEVEN + timedelta(hours=2), "busy")]
    feed.events.clear()
    feed.put("b", event_text("b"))
    await place.read(view)
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]


async def test_a_feed_that_is_suddenly_empty_is_believed_the_second_time(place, ana, feed, clock):
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    feed.delete("a")
    await place.read(view)
    view = await place.view(ana, view)
    assert (view.row.state, view.row.error_code) == ("delayed", "most_events_vanished")
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]
    clock.advance(minutes=6)
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "ok"
    assert await place.busy(ana) == []


@pytest.mark.parametrize("fault", ["cut short", "web page", "error", "refused"])
async def test_what_was_read_stays_while_the_feed_fails(place, ana, feed, fault):
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    if fault == "cut short":
        feed.body = feed.text().encode()[:-10]
    elif fault == "web page":
        feed.body = b"<html>Sign in"
    else:
        feed.status = 500 if fault == "error" else 403
    await place.read(view)
    view = await place.view(ana, view)
    told = {"cut short": "delayed", "error": "delayed"}
    assert view.row.state == told.get(fault, "needs_attention")
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]
    # A person is told of what waits for them, and not of what passes.
    assert bool(place.told.attention) is (view.row.state == "needs_attention")
    feed.body, feed.status = None, 200
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "ok"


async def test_a_feed_that_is_gone_needs_attention_and_is_asked_no_more_after_a_week(place, ana, feed, clock):
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    feed.status = 404
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "delayed"
    clock.advance(hours=2)
    await place.read(view)
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code) == ("needs_attention", "feed_gone")
    assert row.next_poll_at is not None
    assert await state_of(place, ana) == "unknown"
    clock.advance(days=7)
    await place.read(view)
    assert (await place.view(ana, view)).row.next_poll_at is None
    assert [item["code"] for item in place.told.attention] == ["feed_gone"]


async def test_a_new_address_brings_it_back(place, ana, feed):
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    feed.status = 403
    await place.read(view)
    with pytest.raises(Invalid) as caught:
        await place.connections.change(ana, view.row.connection_id, url=feed.url + "/new.ics")
    assert caught.value.field == "url"
    feed.status = 200
    view = await place.connections.change(ana, view.row.connection_id, url=feed.url + "/new.ics")
    await place.read(view)
    assert feed.raw.requests[-1].path == "/new.ics"
    assert (await place.view(ana, view)).row.state == "ok"
    with pytest.raises(Invalid, match="password"):
        await place.connections.change(ana, view.row.connection_id, password="x")


async def test_disconnecting_forgets_it(place, ana, feed):
    feed.put("a", event_text("a"))
    view = await subscribe(place, ana, feed)
    await place.connections.disconnect(ana, view.row.connection_id, removes_future=True)
    assert await place.busy(ana) == []
    assert [found.row.kind for found in await place.connections.mine(ana)] == ["builtin"]


async def test_calendar_bombs_cost_one_event_and_no_other_feed(place, ana, feed):
    feed.put("a", event_text("a"))
    feed.put("seconds", event_text("s", RRULE="FREQ=SECONDLY"))
    feed.put("dates", event_text("d", EXDATE=",".join(["20261201T100000Z"] * 200_000)))
    view = await subscribe(place, ana, feed)
    assert view.row.state == "ok"
    assert {notice["code"] for notice in view.calendars[0].notices}
    assert (TEN, ELEVEN) in [(max(start, TEN), min(end, ELEVEN)) for start, end, _ in await place.busy(ana)]


async def test_two_events_under_one_uid_both_count_unless_one_is_older(place, ana, feed):
    later = event_text("same", "20261203T100000Z", "20261203T110000Z")
    feed.put("a", event_text("same"))
    feed.put("b", later)
    view = await subscribe(place, ana, feed)
    assert [start.day for start, _, _ in await place.busy(ana)] == [1, 3]
    feed.put("b", later.replace("UID:same", "SEQUENCE:3\r\nUID:same"))
    await place.read(view)
    assert [start.day for start, _, _ in await place.busy(ana)] == [3]
