"""What others would be offered with hours that are not saved yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.core.errors import Forbidden, Invalid
from convene.core.instants import from_seconds
from convene.core.permissions import Caller
from convene.services.hours_preview import Look, Preview, offered
from convene.storage import calendars
from convene.storage.database import Database, execute
from convene.storage.events import NewEvent, store_events
from factories.platform import World, always_open, make_world

DAY = datetime(2026, 11, 25, tzinfo=UTC)
MORNING = {
    **always_open("Europe/London"),
    "weekly_periods": [{"day": "wednesday", "start_time": "09:00", "end_time": "11:00"}],
    "minimum_notice_minutes": 0,
    "start_interval_minutes": 30,
}


@pytest.fixture
async def world(db: Database, clock: Any) -> World:
    return await make_world(db, clock)


async def busy(world: World, who: Caller, hour: float) -> None:
    start = DAY + timedelta(hours=hour)
    async with world.db.transaction() as conn:
        calendar = await calendars.get_target(conn, world.org_id, who.member_id)
        assert calendar is not None
        block = (start, start + timedelta(minutes=30), "busy")
        await store_events(conn, calendar, [NewEvent("x", "x@x", "", "", "Dentist", None, "", [block])], 0)


async def preview(world: World, who: Caller, viewer: Caller | None = None, rules: Any = MORNING) -> Preview:
    look = Look(viewer and viewer.member_id, DAY, DAY + timedelta(days=1), 30)
    return await offered(world.availability, who, rules, look)


def starts(found: Preview) -> list[str]:
    return [f"{from_seconds(offer.start):%H:%M}" for offer in found.slots]


async def test_a_visitor_is_offered_the_edited_hours_and_nothing_is_saved(world: World):
    ana = await world.person("Ana")
    await busy(world, ana, 9.5)
    assert starts(await preview(world, ana)) == ["09:00", "10:00", "10:30"]
    later = {**MORNING, "weekly_periods": [{"day": "wednesday", "start_time": "14:00", "end_time": "15:00"}]}
    assert starts(await preview(world, ana, rules=later)) == ["14:00", "14:30"]
    rules = await world.rules.get(ana)
    assert rules["weekly_periods"] == always_open("Europe/London")["weekly_periods"]


async def test_a_colleague_is_offered_what_their_own_calendar_leaves(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, bo, 10)
    found = await preview(world, ana, bo)
    assert starts(found) == ["09:00", "09:30", "10:30"]
    assert found.viewer is not None
    assert found.viewer.state == "ok"


async def test_a_colleague_who_shows_nothing_is_not_shown_through_it(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, bo, 10)
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE account SET sharing = 'nobody' WHERE account_id = %s", (bo.member_id,))
    found = await preview(world, ana, bo)
    assert starts(found) == ["09:00", "09:30", "10:00", "10:30"]
    assert found.viewer is not None
    assert found.viewer.state == "not_shared"


async def test_whoever_shows_nothing_offers_colleagues_nothing_but_visitors_their_hours(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE account SET sharing = 'nobody' WHERE account_id = %s", (ana.member_id,))
    found = await preview(world, ana, bo)
    assert (found.is_shared, starts(found)) == (False, [])
    assert starts(await preview(world, ana)) == ["09:00", "09:30", "10:00", "10:30"]


async def test_what_is_wrong_is_named(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    with pytest.raises(Invalid) as wrong:
        await preview(world, ana, ana)
    assert wrong.value.field == "viewer"
    with pytest.raises(Invalid) as wrong:
        await preview(world, ana, rules={**MORNING, "horizon_days": -1})
    assert wrong.value.field == "rules.horizon_days"
    elsewhere = Look("acc_0e8t8fbh3s1pr7q2q5e0m0k5ag", DAY, DAY + timedelta(days=1), 30)
    with pytest.raises(Invalid) as wrong:
        await offered(world.availability, ana, MORNING, elsewhere)
    assert wrong.value.field == "viewer"
    with pytest.raises(Forbidden):
        await preview(world, replace(bo, grants=frozenset()))
