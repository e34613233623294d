"""CalDAV accounts connected for busy times alone: nothing else is asked for, stored or written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from lxml import etree

from caldav_servers import PASSWORD, USER, Radicale, event_text
from convene.core.errors import Invalid
from convene.core.permissions import Caller
from factories.calendars import CalendarWorld, calendar_world
from fakes.faulty_proxy import FaultyProxy, faulty_proxy

TEN, ELEVEN = datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 11, tzinfo=UTC)


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


async def connected(place: CalendarWorld, who: Caller, url: str):
    view = await place.connections.connect(
        who, kind="caldav", url=url, username=USER, password=PASSWORD, access="busy"
    )
    await place.read(view)
    return await place.view(who, view)


async def test_only_busy_times_are_asked_for_and_kept(place, ana, radicale, proxy):
    radicale.put("a.ics", event_text("a", summary="A secret", LOCATION="Somewhere hidden"))
    view = await connected(place, ana, proxy.url)
    assert (view.row.state, view.row.profile["access"]) == ("ok", "busy")
    assert [(item.is_writable, item.is_target, item.is_checked) for item in view.calendars] == [
        (False, False, True)
    ]
    assert await place.busy(ana) == [(TEN, ELEVEN, "busy")]
    reports = {
        etree.QName(etree.fromstring(request.body)).localname
        for request in proxy.raw.requests
        if request.method == "REPORT"
    }
    assert reports == {"free-busy-query"}
    assert proxy.count("GET") == 0
    async with place.world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT raw || summary || details::text FROM calendar_event, event_occurrence"
        )
        kept = " ".join(str(row) for row in await cursor.fetchall())
    assert "busy-20261201T100000Z" in kept
    assert "secret" not in kept
    assert "hidden" not in kept


async def test_they_follow_the_calendar_and_roll_with_time(place, ana, radicale, clock):
    radicale.put("a.ics", event_text("a"))
    radicale.put("far.ics", event_text("far", "20280110T100000Z", "20280110T110000Z"))
    view = await connected(place, ana, radicale.url)
    assert await place.busy(ana, 500) == [(TEN, ELEVEN, "busy")]
    radicale.put("a.ics", event_text("a", "20261201T120000Z", "20261201T130000Z", STATUS="TENTATIVE"))
    await place.read(view)
    assert [(start.hour, kind) for start, _, kind in await place.busy(ana)] == [(12, "tentative")]
    clock.advance(days=60)
    await place.read(view)
    assert [start.year for start, _, _ in await place.busy(ana, 500)] == [2028]


async def test_a_new_password_reads_no_more_than_before(place, ana, radicale):
    radicale.put("a.ics", event_text("a", summary="A secret"))
    view = await connected(place, ana, radicale.url)
    radicale.set_password("another")
    radicale.stop()
    radicale.start()
    view = await place.connections.change(ana, view.row.connection_id, password="another")
    await place.read(view)
    view = await place.view(ana, view)
    assert (view.row.state, view.row.profile["access"], view.calendars[0].is_writable) == (
        "ok",
        "busy",
        False,
    )


async def test_a_server_that_cannot_tell_them_is_named(place, ana, proxy):
    proxy.faults.unknown_reports = {"free-busy-query"}
    with pytest.raises(Invalid) as caught:
        await connected(place, ana, proxy.url)
    assert (caught.value.field, caught.value.fields["reason"]) == ("url", "no_free_busy")
    with pytest.raises(Invalid) as caught:
        await place.connections.connect(
            ana, kind="caldav", url=proxy.url, username=USER, password=PASSWORD, access="read"
        )
    assert caught.value.field == "access"
