"""Time set aside for a few minutes: whom it binds, how it ends, and what happens when it meets a booking."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, SlotTaken, Unavailable
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.bookings import Draft
from convene.services.holds import MAX_HOLDS, HoldDraft, HoldService
from convene.services.idempotency import key_of
from factories.platform import World, always_open, make_world

TUESDAY = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


@pytest.fixture
def holds(world: World) -> HoldService:
    return HoldService(world.db, world.clock, world.availability, world.webhooks)


async def hold(holds: HoldService, by: Caller, *others: Caller, start=TUESDAY, minutes=5, **fields):
    draft = HoldDraft([who.member_id for who in others], start, 30, minutes, **fields)
    return (await holds.place(by, draft)).body


async def book(world: World, by: Caller, *others: Caller, start=TUESDAY):
    return (
        await world.bookings.confirm(by, Draft([who.member_id for who in others], start, 30, "Talk"))
    ).body


async def offered(world: World, by: Caller, *others: Caller) -> bool:
    subs = tuple(who.member_id for who in (by, *others))
    question = Question(subs, TUESDAY, TUESDAY + HALF_HOUR, 30, flexible=(by.member_id,))
    return bool((await world.availability.find(by, question)).slots)


async def test_a_hold_is_busy_time_to_everybody_but_its_owner(world, holds):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    made = await hold(holds, ana, bo)
    assert made["participants"] == sorted([ana.member_id, bo.member_id])
    assert (made["start"], made["end"]) == ("2026-11-24T14:30:00Z", "2026-11-24T15:00:00Z")
    assert await offered(world, ana, bo)
    for asking, asked in ((chen, bo), (chen, ana), (bo, chen), (bo, ana)):
        assert not await offered(world, asking, asked)
        with pytest.raises(SlotTaken) as refused:
            await book(world, asking, asked)
        assert {item["reason"] for item in refused.value.fields["blocked_by"]} == {"busy"}
        assert refused.value.fields["alternatives"]
    with pytest.raises(SlotTaken):
        await hold(holds, chen, bo)
    # Half-open: what begins where it ends is free.
    assert (await book(world, chen, bo, start=TUESDAY + HALF_HOUR))["state"] == "confirmed"


async def test_booking_what_one_holds_uses_it_up(world, holds):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await hold(holds, ana, bo)
    later = await hold(holds, ana, bo, start=TUESDAY + timedelta(hours=2))
    made = await book(world, ana, bo)
    assert [item["hold_id"] for item in await holds.mine(ana)] == [later["hold_id"]]
    await world.bookings.cancel(bo, made["booking_id"])
    assert await offered(world, bo, ana)


async def test_a_hold_never_stands_where_a_meeting_does(world, holds):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    await book(world, ana, bo)
    for by, other in ((ana, bo), (chen, bo)):
        with pytest.raises(SlotTaken):
            await hold(holds, by, other)
    assert await holds.mine(chen) == []


async def test_a_hold_ends_to_the_millisecond_and_is_swept_away(world, holds):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    await hold(holds, ana, bo, minutes=5)
    started = world.clock.now
    for milliseconds, is_free in ((-1, False), (0, True), (1, True)):
        world.clock.now = started + timedelta(minutes=5, milliseconds=milliseconds)
        assert await offered(world, chen, bo) is is_free
        assert (await holds.mine(ana) == []) is is_free
    world.clock.now = started + timedelta(minutes=5)
    await holds.sweep()
    async with world.db.connection() as conn:
        assert (await (await conn.execute("SELECT count(*) FROM hold")).fetchone())[0] == 0


async def test_only_its_owner_gives_a_hold_back_and_it_is_told_of(world, holds):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.webhooks.subscribe(bo, "https://hooks.example.com/x", ["availability.changed"])
    sent = lambda: len(world.jobs.named("deliver_webhook"))  # noqa: E731
    before = sent()
    made = await hold(holds, ana, bo)
    assert sent() > before
    for hold_id in (made["hold_id"], "hld_" + "0" * 26, "x"):
        with pytest.raises(NotFound):
            await holds.release(bo, hold_id)
    before = sent()
    await holds.release(ana, made["hold_id"])
    assert sent() > before
    assert await offered(world, bo, ana)
    with pytest.raises(NotFound):
        await holds.release(ana, made["hold_id"])
    before = sent()
    await hold(holds, ana, bo)
    world.clock.advance(minutes=6)
    await holds.sweep()
    assert sent() >= before + 2
    before = sent()
    await holds.sweep()
    assert sent() == before


async def test_hours_and_notice_of_the_others_bind_a_hold(world, holds):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.rules.put(bo, always_open("Europe/London", minimum_notice_minutes=14 * 1440))
    with pytest.raises(SlotTaken) as refused:
        await hold(holds, ana, bo)
    assert refused.value.fields["blocked_by"] == [{"sub": bo.member_id, "reason": "minimum_notice"}]


async def test_time_off_and_full_weeks_of_others_read_as_hours_and_busy(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    absence = [{"start": "2026-11-24", "end": "2026-11-25", "note": "Dentist"}]
    await world.rules.put(bo, always_open("Europe/London", time_off=absence))
    with pytest.raises(SlotTaken) as refused:
        await book(world, ana, bo)
    assert refused.value.fields["blocked_by"] == [{"sub": bo.member_id, "reason": "outside_hours"}]
    assert "Dentist" not in str(refused.value.fields)

    await world.rules.put(bo, always_open("Europe/London", weekly_limit=1))
    friday = TUESDAY + timedelta(days=3)
    await book(world, ana, bo, start=friday)
    with pytest.raises(SlotTaken) as refused:
        await book(world, ana, bo)
    assert refused.value.fields["blocked_by"] == [{"sub": bo.member_id, "reason": "busy"}]
    assert not await offered(world, ana, bo)
    assert (await book(world, ana, bo, start=TUESDAY + timedelta(days=7)))["state"] == "confirmed"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 61}, "minutes"),
        ({"start": TUESDAY.replace(second=1)}, "start"),
        ({"start": TUESDAY + timedelta(days=400)}, "start"),
        ({"duration_minutes": 4}, "duration_minutes"),
        ({"participants": []}, "participants"),
        ({"participants": ["bo"]}, "participants"),
        ({"participants": ["acc_" + "0" * 26]}, "participants"),
        ({"resources": ["acc_" + "0" * 26]}, "resources"),
        ({"resources": ["res_" + "0" * 26]}, "resources"),
    ],
)
async def test_what_cannot_be_held_is_refused_by_the_fields_name(world, holds, changes, field):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    fields = {"participants": [bo.member_id], "start": TUESDAY, "duration_minutes": 30, **changes}
    with pytest.raises(Invalid) as refused:
        await holds.place(ana, HoldDraft(**fields))
    assert refused.value.field == field


async def test_nobody_holds_more_than_a_few_times_and_guests_may_hold(world, holds):
    ana, bo, guest = (
        await world.person("Ana"),
        await world.person("Bo"),
        await world.person("Gil", role="guest", hours=False),
    )
    for number in range(MAX_HOLDS):
        await hold(holds, ana, bo, start=TUESDAY + number * HALF_HOUR)
    with pytest.raises(Conflict) as refused:
        await hold(holds, ana, bo, start=TUESDAY + MAX_HOLDS * HALF_HOUR)
    assert refused.value.code == "too_many_holds"
    await hold(holds, guest, bo, start=TUESDAY + MAX_HOLDS * HALF_HOUR)
    reader = Caller(world.org_id, "api_key", ana.account_id, grants=frozenset({"bookings:read"}))
    with pytest.raises(Forbidden):
        await hold(holds, reader, bo)


async def test_asking_twice_with_one_key_holds_once(world, holds):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    draft = HoldDraft([bo.member_id], TUESDAY, 30)
    key = key_of(world.org_id, ana.member_id, "k1", ["hold"])
    first, second = await holds.place(ana, draft, key), await holds.place(ana, draft, key)
    assert second.is_replayed
    assert first.body == second.body
    assert len(await holds.mine(ana)) == 1


async def settled(attempt):
    """The outcome of an attempt that may be told to ask again in a moment."""
    for _ in range(50):
        try:
            return await attempt()
        except Unavailable:
            await asyncio.sleep(0.05)
        except SlotTaken:
            return None
    raise AssertionError("never answered")


async def test_of_a_hold_and_a_booking_at_once_exactly_one_succeeds(world, holds):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    for number in range(6):
        start = TUESDAY + number * HALF_HOUR
        outcomes = await asyncio.gather(
            settled(lambda start=start: hold(holds, ana, bo, start=start)),
            settled(lambda start=start: book(world, chen, bo, start=start)),
        )
        assert sum(outcome is not None for outcome in outcomes) == 1, outcomes


async def test_of_many_holds_at_once_exactly_one_succeeds(world, holds):
    bo = await world.person("Bo")
    others = [await world.person(f"Other {number}") for number in range(5)]
    outcomes = await asyncio.gather(*(settled(lambda who=who: hold(holds, who, bo)) for who in others))
    assert sum(outcome is not None for outcome in outcomes) == 1
