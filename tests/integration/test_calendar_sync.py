"""Reading connected calendars from a real CalDAV server into busy time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import Radicale, event_text
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.connections import CalendarChange
from convene.storage import calendars, connections
from factories.calendars import CalendarWorld, calendar_world
from fakes.faulty_proxy import FaultyProxy, faulty_proxy

DAY = datetime(2026, 12, 1, tzinfo=UTC)
TEN, ELEVEN = DAY.replace(hour=10), DAY.replace(hour=11)


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "Europe/London")


@pytest.fixture
async def proxy(radicale: Radicale) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(radicale.url) as found:
        yield found


async def state_of(place: CalendarWorld, who: Caller) -> str:
    """Return how availability sees a person."""
    now = place.world.clock()
    question = Question((who.member_id,), now, now + timedelta(days=1), 30)
    found = await place.world.availability.find(who, question)
    return found.people[0].state


async def test_busy_time_follows_the_remote_calendar(place, ana, radicale):
    radicale.put("a.ics", event_text("a"))
    radicale.put("free.ics", event_text("free", TRANSP="TRANSPARENT"))
    radicale.put(
        "series.ics", event_text("s", "20261202T090000Z", "20261202T093000Z", RRULE="FREQ=DAILY;COUNT=3")
    )
    view = await place.connect(ana, radicale.url)
    assert view.row.state == "ok"
    assert [start for start, _, _ in await place.busy(ana)] == [
        TEN, *[DAY.replace(day=n, hour=9) for n in (2, 3, 4)],
    ]  # fmt: skip
    radicale.put("a.ics", event_text("a", "20261201T120000Z", "20261201T130000Z"))
    radicale.delete("series.ics")
    await place.read(view)
    assert await place.busy(ana) == [(TEN + timedelta(hours=2), ELEVEN + timedelta(hours=2), "busy")]
    assert place.told.attention == []


async def test_availability_is_told_of_changes_and_of_nothing_else(place, ana, radicale):
    radicale.put("a.ics", event_text("a"))
    view = await place.connect(ana, radicale.url)
    place.told.availability.clear()
    await place.read(view)
    radicale.put("a.ics", event_text("a", summary="Another title"))
    await place.read(view)
    assert place.told.availability == []
    radicale.put("b.ics", event_text("b", "20261203T100000Z", "20261203T110000Z"))
    await place.read(view)
    assert place.told.availability == [ana.member_id]


async def test_nobody_is_free_before_the_first_read(place, ana, radicale):
    assert await state_of(place, ana) == "ok"
    view = await place.connect(ana, radicale.url, read=False)
    assert view.row.state == "connecting"
    assert await state_of(place, ana) == "unknown"
    await place.read(view)
    assert await state_of(place, ana) == "ok"


async def test_a_broken_event_loses_only_itself(place, ana, radicale, proxy):
    radicale.put("good.ics", event_text("good"))
    radicale.put("odd.ics", event_text("odd", "20261202T100000Z", "20261202T110000Z", summary="Odd one"))
    # Servers check what they are given, so the damage happens on the way back.
    proxy.faults.replaced[b"SUMMARY:Odd one"] = b"RRULE:FREQ=NEVER\nSUMMARY:Odd one"
    view = await place.connect(ana, proxy.url)
    assert view.row.state == "ok"
    assert (TEN, ELEVEN, "busy") in await place.busy(ana)
    notices = view.calendars[0].notices
    assert [notice["event"] for notice in notices] == ["Odd one"]
    assert [told["code"] for told in place.told.attention] == [notices[0]["code"]]
    await place.read(view)
    assert len(place.told.attention) == 1
    radicale.delete("odd.ics")
    await place.read(view)
    assert (await place.view(ana, view)).calendars[0].notices == []


async def test_tasks_are_left_alone(place, ana, radicale):
    task = event_text("task").replace("VEVENT", "VTODO").replace("DTEND", "DUE")
    radicale.put("task.ics", task)
    held = radicale.get("task.ics")
    radicale.put("event.ics", event_text("a", "20261202T100000Z", "20261202T110000Z"))
    view = await place.connect(ana, radicale.url)
    assert (view.row.state, view.calendars[0].notices) == ("ok", [])
    assert [start.day for start, _, _ in await place.busy(ana)] == [2]
    assert radicale.get("task.ics") == held


async def test_a_wrong_password_needs_a_person(place, ana, radicale, clock):
    radicale.put("a.ics", event_text("a"))
    view = await place.connect(ana, radicale.url)
    radicale.set_password("changed")
    radicale.stop()
    radicale.start()
    await place.read(view)
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code, row.next_poll_at) == ("needs_attention", "unauthorized", None)
    await place.read(view)
    assert [told["code"] for told in place.told.attention] == ["unauthorized"]
    assert (await place.busy(ana)) == [(TEN, ELEVEN, "busy")]
    clock.advance(hours=1)
    assert await state_of(place, ana) == "unknown"
    assert await place.sync.queue_due() == 0
    await place.connections.change(ana, view.row.connection_id, password="changed")
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "ok"
    assert await state_of(place, ana) == "ok"


async def test_an_outage_is_waited_for_with_growing_patience(place, ana, radicale, clock):
    radicale.put("a.ics", event_text("a"))
    view = await place.connect(ana, radicale.url)
    radicale.stop()
    waits = []
    for _ in range(8):
        await place.read(view)
        row = (await place.view(ana, view)).row
        assert row.state == "delayed"
        waits.append((row.next_poll_at - clock()) // timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert row.error_at == clock()
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]
    assert place.told.attention == []
    assert await state_of(place, ana) == "ok"
    clock.advance(hours=25)
    assert await state_of(place, ana) == "unknown"
    radicale.start()
    await place.read(view)
    assert await state_of(place, ana) == "ok"
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code, row.attempts, row.error_at) == ("ok", "", 0, None)


async def test_a_server_that_asks_to_wait_is_obeyed(place, ana, proxy, clock):
    view = await place.connect(ana, proxy.url)
    proxy.faults.statuses = [429]
    proxy.faults.retry_after = "1800"
    await place.read(view)
    row = (await place.view(ana, view)).row
    assert (row.state, row.next_poll_at) == ("rate_limited", clock() + timedelta(minutes=30))


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.8, 0.99])
async def test_half_an_answer_changes_nothing(place, ana, radicale, proxy, cut):
    for n in range(3):
        radicale.put(f"e{n}.ics", event_text(f"u{n}", f"2026120{n + 1}T100000Z", f"2026120{n + 1}T110000Z"))
    view = await place.connect(ana, proxy.url)
    before = await place.busy(ana)
    cursor = (await place.view(ana, view)).calendars[0].cursor
    radicale.delete("e1.ics")
    proxy.faults.cut_at = cut
    await place.read(view)
    after = await place.view(ana, view)
    assert (after.row.state, after.calendars[0].cursor) == ("delayed", cursor)
    assert await place.busy(ana) == before
    proxy.faults.cut_at = None
    await place.read(view)
    assert len(await place.busy(ana)) == 2


async def test_a_calendar_that_seems_emptied_is_believed_the_second_time(place, ana, radicale, clock):
    names = [f"e{n}.ics" for n in range(22)]
    for n, name in enumerate(names):
        radicale.put(name, event_text(name, f"202612{n + 1:02}T100000Z", f"202612{n + 1:02}T110000Z"))
    view = await place.connect(ana, radicale.url)
    assert len(await place.busy(ana)) == 22
    radicale.remove_calendars()
    radicale.make_calendar()
    await place.read(view)
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code) == ("delayed", "most_events_vanished")
    assert row.next_poll_at == clock() + timedelta(minutes=5)
    assert len(await place.busy(ana)) == 22
    assert [told["code"] for told in place.told.attention] == ["most_events_vanished"]
    await place.read(view)
    assert len(await place.busy(ana)) == 22
    clock.advance(minutes=6)
    await place.read(view)
    assert await place.busy(ana) == []
    assert (await place.view(ana, view)).row.state == "ok"


async def test_events_that_come_back_were_never_gone(place, ana, radicale, clock):
    texts = {
        f"e{n}.ics": event_text(f"e{n}", f"202612{n + 1:02}T100000Z", f"202612{n + 1:02}T110000Z")
        for n in range(22)
    }
    for name, text in texts.items():
        radicale.put(name, text)
    view = await place.connect(ana, radicale.url)
    radicale.remove_calendars()
    radicale.make_calendar()
    await place.read(view)
    for name, text in texts.items():
        radicale.put(name, text)
    clock.advance(minutes=6)
    place.told.availability.clear()
    await place.read(view)
    assert len(await place.busy(ana)) == 22
    assert place.told.availability == []
    assert (await place.view(ana, view)).calendars[0].vanished_at is None


async def test_a_removed_calendar_is_never_free_time(place, ana, radicale, clock):
    radicale.put("a.ics", event_text("a"))
    radicale.make_calendar("other", "Other")
    view = await place.connect(ana, radicale.url)
    with radicale._client() as client:
        client.delete(radicale.calendar_url)
    await place.read(view)
    row = (await place.view(ana, view)).row
    assert (row.state, row.error_code) == ("delayed", "calendar_gone")
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]
    clock.advance(hours=2)
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "needs_attention"
    assert [told["code"] for told in place.told.attention] == ["calendar_gone"]
    clock.advance(hours=25)
    assert await state_of(place, ana) == "unknown"
    gone = next(item for item in view.calendars if item.name == "Work")
    await place.connections.change(
        ana,
        view.row.connection_id,
        changes=[CalendarChange(gone.calendar_id, is_checked=False, is_target=False)],
    )
    await place.read(view)
    assert await state_of(place, ana) == "ok"


async def test_the_window_moves_with_the_days(place, ana, radicale, clock):
    radicale.put("yearly.ics", event_text("y", "20261201T100000Z", "20261201T110000Z", RRULE="FREQ=MONTHLY"))
    radicale.put("far.ics", event_text("far", "20280501T100000Z", "20280501T110000Z"))
    view = await place.connect(ana, radicale.url)
    first = len(await place.busy(ana, 800))
    clock.advance(days=200)
    await place.read(view)
    found = [start for start, _, _ in await place.busy(ana, 800)]
    assert len(found) > first - 7
    assert datetime(2028, 5, 1, 10, tzinfo=UTC) in found
    assert max(found) > clock() + timedelta(days=320)


async def test_everything_is_compared_every_day(place, ana, radicale, proxy, clock):
    radicale.put("a.ics", event_text("a"))
    radicale.put("b.ics", event_text("b", "20261202T100000Z", "20261202T110000Z"))
    view = await place.connect(ana, proxy.url)
    first = (await place.view(ana, view)).calendars[0]
    radicale.delete("b.ics")
    # A server that has lost the deletion says that nothing changed since this token.
    with radicale._client() as client:
        from lxml import etree

        from convene.providers.caldav_xml import sync_collection

        answer = client.request("REPORT", radicale.calendar_url, content=sync_collection(""))
        token = etree.fromstring(answer.content).findtext("{DAV:}sync-token")
    async with place.world.db.transaction() as conn:
        await conn.execute(
            "UPDATE calendar SET cursor = jsonb_build_object('v', 1, 'token', %s::text) WHERE calendar_id = %s",
            [token, first.calendar_id],
        )
    await place.read(view)
    assert len(await place.busy(ana)) == 2
    clock.advance(days=1, minutes=1)
    await place.read(view)
    assert len(await place.busy(ana)) == 1


async def test_due_connections_are_queued_once(place, ana, radicale, clock):
    view = await place.connect(ana, radicale.url)
    place.world.jobs.deferred.clear()
    assert await place.sync.queue_due() == 0
    clock.advance(minutes=17)
    assert await place.sync.queue_due() == 1
    assert await place.sync.queue_due() == 0
    assert place.world.jobs.named("sync_connection") == [
        {"org_id": ana.org_id, "connection_id": view.row.connection_id}
    ]
    # A job that got lost is found again.
    clock.advance(minutes=6)
    assert await place.sync.queue_due() == 1


async def test_unchecked_calendars_are_not_read(place, ana, radicale):
    radicale.make_calendar("private")
    radicale.put("a.ics", event_text("a"), f"{radicale.url}ana/private/")
    view = await place.connect(ana, radicale.url, read=False)
    private = next(item for item in view.calendars if item.remote_id.endswith("/private/"))
    async with place.world.db.transaction() as conn:
        await calendars.set_checked(conn, ana.org_id, private.calendar_id, False)
        row = await connections.get_connection(conn, ana.org_id, view.row.connection_id)
    assert row is not None
    await place.read(view)
    assert await place.busy(ana) == []
    assert await state_of(place, ana) == "ok"


async def test_calendars_added_later_are_found_and_block(place, ana, radicale, clock):
    view = await place.connect(ana, radicale.url)
    new = radicale.make_calendar("new", "New")
    radicale.put("a.ics", event_text("a"), new)
    await place.read(view)
    assert [item.name for item in (await place.view(ana, view)).calendars] == ["Work"]
    clock.advance(hours=25)
    await place.read(view)
    found = (await place.view(ana, view)).calendars
    assert [(item.name, item.is_checked, item.is_target) for item in found] == [
        ("Work", True, True),
        ("New", True, False),
    ]
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]


async def test_a_round_that_breaks_while_it_is_stored_leaves_no_trace(place, ana, radicale, monkeypatch):
    radicale.put("a.ics", event_text("a"))
    view = await place.connect(ana, radicale.url)
    before = (await place.view(ana, view)).calendars[0]
    radicale.put("b.ics", event_text("b", "20261202T100000Z", "20261202T110000Z"))

    async def breaks(*_: object) -> None:
        raise RuntimeError("the process is killed here")

    monkeypatch.setattr(place.sync.rounds, "notify_availability", breaks)
    with pytest.raises(RuntimeError):
        await place.read(view)
    assert (await place.view(ana, view)).calendars[0] == before
    assert len(await place.busy(ana)) == 1
    monkeypatch.undo()
    await place.read(view)
    assert len(await place.busy(ana)) == 2


async def test_rounds_at_once_store_one_truth(place, ana, radicale):
    for n in range(5):
        radicale.put(f"e{n}.ics", event_text(f"u{n}", f"2026120{n + 1}T100000Z", f"2026120{n + 1}T110000Z"))
    view = await place.connect(ana, radicale.url, read=False)
    await asyncio.gather(*[place.read(view) for _ in range(4)])
    assert len(await place.busy(ana)) == 5
    assert (await place.view(ana, view)).row.state == "ok"


async def test_a_dead_cursor_is_nobodys_news(place, ana, radicale):
    for n in range(25):
        radicale.put(
            f"e{n}.ics", event_text(f"u{n}", f"202612{n + 1:02}T100000Z", f"202612{n + 1:02}T110000Z")
        )
    view = await place.connect(ana, radicale.url)
    before = await place.busy(ana)
    place.told.availability.clear()
    async with place.world.db.transaction() as conn:
        await conn.execute(
            """UPDATE calendar SET cursor = '{"v": 1, "token": "data:,dead"}' WHERE remote_id <> ''"""
        )
    await place.read(view)
    found = (await place.view(ana, view)).calendars[0]
    assert found.cursor["token"] != "data:,dead"
    assert await place.busy(ana) == before
    assert (place.told.availability, place.told.attention) == ([], [])
