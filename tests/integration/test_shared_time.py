"""Shares of free time: whom they open it to, how far, and how they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, SlotTaken
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.availability_shares import MAX_SHARES, AvailabilityShareService
from convene.services.bookings import Draft
from factories.platform import World, always_open, make_world

FROM, TO = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
OFFICE = [{"day": "tuesday", "start_time": "09:00", "end_time": "11:00"}]


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


@pytest.fixture
def shares(world: World) -> AvailabilityShareService:
    return AvailabilityShareService(world.db, world.clock)


@pytest.fixture
async def ana(world: World) -> Caller:
    """Works on Tuesdays from 9 to 11 and shows her time to nobody."""
    who = await world.person("Ana")
    await world.rules.put(who, always_open("Europe/London", weekly_periods=OFFICE))
    async with world.db.transaction() as conn:
        await conn.execute("UPDATE account SET sharing = 'nobody' WHERE account_id = %s", (who.member_id,))
    return who


@pytest.fixture
async def bo(world: World) -> Caller:
    return await world.person("Bo")


async def share(shares: AvailabilityShareService, by: Caller, *, any_hour: bool = False) -> str:
    return (await shares.share(by, FROM, TO, TO, any_hour=any_hour))["share_id"]


async def offered(world: World, by: Caller, other: Caller, share_id: str | None, start=FROM, end=TO):
    question = Question((by.member_id, other.member_id), start, end, 60, flexible=(by.member_id,))
    answer = await world.availability.find(by, question, share_id)
    return [datetime.fromtimestamp(slot.start, UTC) for slot in answer.slots], answer


async def book(world: World, by: Caller, other: Caller, share_id: str | None, start=NINE, minutes=60):
    draft = Draft([other.member_id], start, minutes, "Talk", share_id=share_id)
    return (await world.bookings.confirm(by, draft)).body


async def test_whoever_is_told_the_id_sees_free_time_and_books_in_it(world, shares, ana, bo):
    slots, answer = await offered(world, bo, ana, None)
    assert (slots, answer.people[1].state) == ([], "not_shared")
    with pytest.raises(SlotTaken):
        await book(world, bo, ana, None)
    share_id = await share(shares, ana)
    slots, answer = await offered(world, bo, ana, share_id)
    assert slots == [NINE, NINE + timedelta(minutes=30), NINE + timedelta(hours=1)]
    assert answer.people[1].state == "ok"
    assert (await book(world, bo, ana, share_id))["state"] == "confirmed"
    slots, _ = await offered(world, bo, ana, share_id)
    assert slots == [NINE + timedelta(hours=1)]
    with pytest.raises(SlotTaken) as taken:
        await book(world, bo, ana, share_id)
    assert taken.value.fields["alternatives"] == [
        {"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z"}
    ]


async def test_nothing_is_told_outside_the_days_that_are_shared(world, shares, ana, bo):
    share_id = await share(shares, ana)
    next_week = NINE + timedelta(days=7)
    slots, answer = await offered(world, bo, ana, share_id, FROM, TO + timedelta(days=14))
    assert max(slots) < TO
    assert answer.next_free == NINE
    with pytest.raises(Invalid) as refused:
        await offered(world, bo, ana, share_id, TO, TO + timedelta(days=7))
    assert refused.value.field == "from"
    with pytest.raises(Invalid) as refused:
        await book(world, bo, ana, share_id, next_week)
    assert refused.value.field == "start"
    # All that was shared is taken: the next free time is next week's, which is nobody's business.
    await book(world, bo, ana, share_id, NINE, 120)
    slots, answer = await offered(world, bo, ana, share_id)
    assert (slots, answer.next_free) == ([], None)


async def test_working_hours_hold_unless_any_hour_was_shared(world, shares, ana, bo):
    evening = NINE + timedelta(hours=10)
    with pytest.raises(SlotTaken) as taken:
        await book(world, bo, ana, await share(shares, ana), evening)
    assert taken.value.fields["blocked_by"] == [{"sub": ana.member_id, "reason": "outside_hours"}]
    everything = await share(shares, ana, any_hour=True)
    slots, _ = await offered(world, bo, ana, everything)
    assert evening in slots
    assert (await book(world, bo, ana, everything, evening))["state"] == "confirmed"


async def test_a_share_ends_by_itself_and_by_its_owner(world, shares, ana, bo, clock):
    share_id = await share(shares, ana)
    short = (await shares.share(ana, FROM, TO, clock() + timedelta(hours=1), any_hour=False))["share_id"]
    assert [item["share_id"] for item in await shares.mine(ana)] == [short, share_id]
    with pytest.raises(NotFound):
        await shares.end(bo, share_id)
    await shares.end(ana, share_id)
    clock.advance(hours=1)
    for over in (share_id, short, "shr_00000000000000000000000000", "nonsense"):
        with pytest.raises(Conflict) as refused:
            await offered(world, bo, ana, over)
        assert refused.value.code == "share_ended"
        with pytest.raises(Conflict) as refused:
            await book(world, bo, ana, over)
        assert refused.value.code == "share_ended"
    with pytest.raises(NotFound):
        await shares.end(ana, share_id)
    assert await shares.mine(ana) == []


async def test_a_share_opens_its_owners_time_alone(world, shares, ana, bo):
    chen, share_id = await world.person("Chen"), await share(shares, ana)
    for asked in (offered(world, bo, chen, share_id), book(world, bo, chen, share_id)):
        with pytest.raises(Invalid) as refused:
            await asked
        assert refused.value.field == "share"


async def test_what_cannot_be_shared_is_said(world, shares, ana, clock):
    now = clock()
    for start, end, expires_at, field in (
        (TO, FROM, TO, "end"),
        (FROM, FROM + timedelta(days=15), TO, "end"),
        (now - timedelta(days=2), now - timedelta(days=1), TO, "end"),
        (FROM, TO, now, "expires_at"),
        (FROM, TO, TO + timedelta(seconds=1), "expires_at"),
    ):
        with pytest.raises(Invalid) as refused:
            await shares.share(ana, start, end, expires_at, any_hour=False)
        assert refused.value.field == field
    stranger = Caller(ana.org_id, "api_key", ana.account_id, grants=frozenset())
    with pytest.raises(Forbidden):
        await share(shares, stranger)
    for _ in range(MAX_SHARES):
        await share(shares, ana)
    with pytest.raises(Conflict) as refused:
        await share(shares, ana)
    assert refused.value.code == "too_many_shares"
