"""Connecting, choosing, reconnecting and disconnecting calendars."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from caldav_servers import PASSWORD, USER, Radicale
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from convene.core.permissions import Caller
from convene.services.connection_views import ConnectionView
from convene.services.connections import CalendarChange
from convene.storage.rate_limits import Limit
from factories.calendars import CalendarWorld, calendar_world


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz")


def targets(views: list[ConnectionView]) -> list[tuple[str, str]]:
    return [(view.row.kind, item.name) for view in views for item in view.calendars if item.is_target]


async def test_connecting_finds_everything_and_takes_over_the_writing(place, ana, radicale):
    radicale.make_calendar("private", "Private")
    before = await place.connections.mine(ana)
    assert targets(before) == [("builtin", "Meetings")]
    view = await place.connect(ana, radicale.url, read=False)
    assert view.row.state == "connecting"
    assert {(item.name, item.is_checked) for item in view.calendars} == {("Work", True), ("Private", True)}
    after = await place.connections.mine(ana)
    assert [item.row.kind for item in after] == ["builtin", "caldav"]
    assert len(targets(after)) == 1
    assert targets(after)[0][0] == "caldav"
    assert place.world.jobs.named("sync_connection") == [
        {"org_id": ana.org_id, "connection_id": view.row.connection_id}
    ]
    assert place.told.availability == [ana.member_id]


async def test_a_second_connection_leaves_the_target(place, ana, radicale):
    await place.connect(ana, radicale.url, read=False)
    chosen = targets(await place.connections.mine(ana))
    await place.connect(ana, radicale.url + USER + "/", read=False)
    assert targets(await place.connections.mine(ana)) == chosen


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"url": "http://127.0.0.1:1/"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "no host at all"}, "url"),
        ({"kind": "google"}, "kind"),
    ],
)
async def test_what_cannot_be_connected_is_named_and_leaves_nothing(place, ana, radicale, changed, field):
    given = {"kind": "caldav", "url": radicale.url, "username": USER, "password": PASSWORD, **changed}
    with pytest.raises(Invalid) as caught:
        await place.connections.connect(ana, **given)
    assert caught.value.field == field
    assert PASSWORD not in caught.value.detail
    assert [view.row.kind for view in await place.connections.mine(ana)] == ["builtin"]
    assert place.world.jobs.named("sync_connection") == []


async def test_an_account_without_calendars_is_refused(place, ana, radicale):
    radicale.remove_calendars()
    with pytest.raises(Invalid) as caught:
        await place.connect(ana, radicale.url)
    assert caught.value.field == "url"


async def test_the_same_account_is_connected_once_even_in_a_race(place, ana, radicale):
    tries = [place.connect(ana, radicale.url, read=False) for _ in range(4)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(item, ConnectionView) for item in found) == 1
    assert sum(isinstance(item, Conflict) for item in found) == 3
    assert len(await place.connections.mine(ana)) == 2


async def test_the_secret_is_sealed_to_its_row(place, ana, radicale):
    view = await place.connect(ana, radicale.url, read=False)
    async with place.world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT row_to_json(c)::text, secret FROM calendar_connection c WHERE kind = 'caldav'"
        )
        text, secret = await cursor.fetchone()
        cursor = await conn.execute("SELECT coalesce(string_agg(detail::text, ''), '') FROM audit")
        (audit,) = await cursor.fetchone()
    assert PASSWORD not in text
    assert PASSWORD.encode() not in bytes(secret)
    assert PASSWORD not in audit
    assert PASSWORD not in repr(view)


async def test_others_may_not_even_know(place, ana, radicale):
    bo = await place.world.person("Bo Lind")
    view = await place.connect(ana, radicale.url, read=False)
    key = view.row.connection_id
    for call in (
        place.connections.get(bo, key),
        place.connections.change(bo, key, label="mine"),
        place.connections.request_sync(bo, key),
        place.connections.disconnect(bo, key),
        place.connections.get(ana, "pro_0"),
        place.connections.get(ana, "'; DROP TABLE calendar; --"),
    ):
        with pytest.raises(NotFound):
            await call
    guest = await place.world.person("Cy", role="guest", hours=False)
    with pytest.raises(Forbidden):
        await place.connections.mine(guest)
    with pytest.raises(Forbidden):
        await place.connect(guest, radicale.url)


async def test_choosing_what_blocks_and_what_is_written(place, ana, radicale):
    radicale.make_calendar("private", "Private")
    view = await place.connect(ana, radicale.url)
    by_name = {item.name: item.calendar_id for item in view.calendars}
    place.told.availability.clear()
    changed = await place.connections.change(
        ana,
        view.row.connection_id,
        label="Home",
        changes=[
            CalendarChange(by_name["Private"], is_target=True),
            CalendarChange(by_name["Work"], is_checked=False),
        ],
    )
    assert changed.row.label == "Home"
    assert targets([changed]) == [("caldav", "Private")]
    assert {item.name for item in changed.calendars if item.is_checked} == {"Private"}
    assert place.told.availability == [ana.member_id]
    back = await place.connections.change(
        ana, view.row.connection_id, changes=[CalendarChange(by_name["Private"], is_target=False)]
    )
    assert targets([back]) == []
    assert targets(await place.connections.mine(ana)) == [("builtin", "Meetings")]


async def test_choices_are_checked_and_nothing_is_half_done(place, ana, radicale):
    view = await place.connect(ana, radicale.url)
    mine = await place.connections.mine(ana)
    builtin = mine[0].calendars[0].calendar_id
    async with place.world.db.transaction() as conn:
        await conn.execute(
            "UPDATE calendar SET is_writable = false, is_target = false WHERE connection_id = %s",
            [view.row.connection_id],
        )
    for change in (
        CalendarChange(builtin, is_checked=False),
        CalendarChange(view.calendars[0].calendar_id, is_target=True),
    ):
        with pytest.raises(Invalid) as caught:
            await place.connections.change(
                ana,
                view.row.connection_id,
                label="half",
                changes=[CalendarChange(view.calendars[0].calendar_id, is_checked=False), change],
            )
        assert caught.value.field == "calendars"
    after = await place.view(ana, view)
    assert (after.row.label, after.calendars[0].is_checked) == (view.row.label, True)


async def test_a_new_password_is_tried_before_it_is_kept(place, ana, radicale):
    view = await place.connect(ana, radicale.url)
    with pytest.raises(Invalid) as caught:
        await place.connections.change(ana, view.row.connection_id, password="wrong")
    assert caught.value.field == "password"
    await place.read(view)
    assert (await place.view(ana, view)).row.state == "ok"


async def test_disconnecting_forgets_everything(place, ana, radicale):
    view = await place.connect(ana, radicale.url)
    await place.connections.disconnect(ana, view.row.connection_id)
    assert targets(await place.connections.mine(ana)) == [("builtin", "Meetings")]
    with pytest.raises(NotFound):
        await place.view(ana, view)
    async with place.world.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM calendar_connection WHERE secret IS NOT NULL")
        assert (await cursor.fetchone())[0] == 0
        cursor = await conn.execute("SELECT array_agg(action ORDER BY seq) FROM audit")
        actions = (await cursor.fetchone())[0]
    assert actions[-2:] == ["calendar_connection.created", "calendar_connection.removed"]
    # A read that was queued before finds nothing to do.
    await place.read(view)


async def test_the_builtin_calendar_stays(place, ana):
    [builtin] = await place.connections.mine(ana)
    with pytest.raises(Conflict):
        await place.connections.disconnect(ana, builtin.row.connection_id)
    await place.connections.request_sync(ana, builtin.row.connection_id)
    assert place.world.jobs.named("sync_connection") == []


async def test_there_is_a_limit(place, ana, radicale: Radicale, monkeypatch):
    monkeypatch.setattr("convene.services.connections.MAX_CONNECTIONS", 1)
    await place.connect(ana, radicale.url, read=False)
    with pytest.raises(Conflict):
        await place.connect(ana, radicale.url + USER + "/", read=False)


async def test_guessing_is_slowed_down(place, ana, radicale, clock, monkeypatch):
    monkeypatch.setattr("convene.services.connections.SIGN_INS", Limit(2, 3600))
    for _ in range(2):
        with pytest.raises(Invalid):
            await place.connect(ana, radicale.url, password="wrong")
    with pytest.raises(RateLimited) as caught:
        await place.connect(ana, radicale.url)
    assert 0 < caught.value.fields["retry_after_seconds"] <= 1800
    clock.advance(minutes=31)
    await place.connect(ana, radicale.url)
