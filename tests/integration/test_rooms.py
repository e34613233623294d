"""Rooms: kept by administrators, booked like people, never among them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, SlotTaken, Unavailable
from convene.core.permissions import Caller
from convene.identity import operator
from convene.identity.resources import NewResource
from convene.services.availability_question import Question
from convene.services.bookings import Draft
from convene.services.holds import HoldDraft, HoldService
from convene.services.rooms import free_rooms
from convene.storage import accounts, bookings
from factories.platform import World, always_open, make_world

TUESDAY = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
LATER = TUESDAY + timedelta(hours=2)


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


async def room_of(world: World, name: str, **details) -> str:
    new = NewResource(name, f"{name.lower()}@example.org", "Europe/London", **details)
    return (await world.identity.resources.create(operator(world.org_id), new)).account_id


async def book(world: World, by: Caller, *others: Caller, rooms=(), start=TUESDAY):
    draft = Draft([who.member_id for who in others], start, 30, "Talk", resources=rooms)
    return (await world.bookings.confirm(by, draft)).body


async def offered(world: World, by: Caller, *subs: str, start=TUESDAY) -> bool:
    question = Question(subs, start, start + timedelta(minutes=30), 30, suggestions=1)
    answer = await world.availability.find(by, question)
    assert {person.state for person in answer.people if person.sub.startswith("res_")} == {"ok"}
    return bool(answer.slots)


async def test_a_room_is_made_listed_changed_and_retired_by_administrators(world):
    admin, ana = await world.person("Ada", role="admin"), await world.person("Ana")
    rooms = world.identity.resources
    made = await rooms.create(
        admin,
        NewResource(" Fountain ", "Fountain@Example.org", "Europe/London", 8, "2nd floor", ("screen",) * 2),
    )
    assert (made.name, made.email, made.equipment) == ("Fountain", "Fountain@example.org", ["screen"])
    assert [room.name for room in await rooms.list_resources(ana)] == ["Fountain"]
    changed = await rooms.update(admin, made.account_id, {"name": "Well", "seats": None})
    assert await rooms.get(ana, made.account_id) == changed
    assert (changed.name, changed.seats, changed.place) == ("Well", None, "2nd floor")
    for attempt in (
        rooms.create(ana, NewResource("Den", "den@example.org", "UTC")),
        rooms.update(ana, made.account_id, {"seats": 1}),
        rooms.retire(ana, made.account_id),
        world.rules.put_of_room(ana, made.account_id, always_open("UTC")),
    ):
        with pytest.raises(Forbidden):
            await attempt
    await rooms.retire(admin, made.account_id)
    assert await rooms.list_resources(ana) == []
    for attempt in (rooms.get(ana, made.account_id), rooms.retire(admin, made.account_id)):
        with pytest.raises(NotFound):
            await attempt
    again = await rooms.create(admin, NewResource("Fountain", "fountain@example.org", "Europe/London"))
    with pytest.raises(Conflict) as refused:
        await rooms.create(admin, NewResource("Other", "FOUNTAIN@example.org", "Europe/London"))
    assert refused.value.code == "email_taken"
    assert [room.account_id for room in await rooms.list_resources(ana)] == [again.account_id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": "room"}, "email"),
        ({"tzid": "Mars"}, "tzid"),
        ({"seats": 0}, "seats"),
        ({"place": "x" * 201}, "place"),
        ({"equipment": [" "]}, "equipment"),
        ({"equipment": [str(number) for number in range(51)]}, "equipment"),
    ],
)
async def test_what_cannot_be_said_of_a_room_is_refused_by_the_fields_name(world, changes, field):
    admin = await world.person("Ada", role="admin")
    room = await room_of(world, "Fountain")
    with pytest.raises(Invalid) as refused:
        await world.identity.resources.update(admin, room, changes)
    assert refused.value.field == field


async def test_rooms_are_no_people(world):
    ana = await world.person("Ana")
    room = await room_of(world, "Fountain")
    assert [member.account_id for member in await world.identity.accounts.members(ana)] == [ana.member_id]
    with pytest.raises(NotFound):
        await world.identity.accounts.member(ana, room)
    async with world.db.connection() as conn:
        assert await accounts.find_account_by_email(conn, "fountain@example.org") is None


async def test_a_booked_room_is_named_and_taken_and_told_nothing(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    room = await room_of(world, "Fountain")
    made = await book(world, ana, bo, rooms=[room])
    assert made["resources"] == [{"sub": room, "name": "Fountain"}]
    assert [person["sub"] for person in made["participants"]] == [ana.member_id, bo.member_id]
    assert (await world.bookings.get(bo, made["booking_id"]))["resources"] == made["resources"]
    [mine] = await world.bookings.mine(ana, TUESDAY, LATER, 10)
    assert mine["resources"] == made["resources"]
    row = await world.bookings.find_row(ana, made["booking_id"])
    assert row.event_details["location"] == "Fountain"
    assert not await offered(world, ana, room)
    assert await offered(world, ana, room, start=LATER)
    async with world.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM booking_write WHERE account_id = %s", [room])
        assert (await cursor.fetchone())[0] == 0
    await world.bookings.cancel(bo, made["booking_id"])
    assert await offered(world, ana, room)


async def test_a_room_can_be_booked_by_one_person_alone_and_be_named_among_participants(world):
    ana = await world.person("Ana")
    room = await room_of(world, "Fountain")
    draft = Draft([room], TUESDAY, 30, "")
    made = (await world.bookings.confirm(ana, draft)).body
    assert made["title"] == "Ana in Fountain"
    assert made["resources"] == [{"sub": room, "name": "Fountain"}]
    moved = await world.bookings.reschedule(ana, made["booking_id"], LATER)
    assert moved.body["resources"] == made["resources"]


async def test_a_taken_room_is_refused_with_another_one_at_the_same_time(world):
    ana, bo, chen, dan = [await world.person(name) for name in ("Ana", "Bo", "Chen", "Dan")]
    wanted = await room_of(world, "Fountain", seats=6, equipment=("screen",))
    await room_of(world, "Cupboard", seats=2, equipment=("screen",))
    await room_of(world, "Barn", seats=60)
    await room_of(world, "Hall", seats=40, equipment=("screen", "stage"))
    fit = await room_of(world, "Spring", seats=8, equipment=("screen",))
    await book(world, ana, bo, rooms=[wanted])
    with pytest.raises(SlotTaken) as refused:
        await book(world, chen, dan, rooms=[wanted])
    told = refused.value.fields
    assert told["blocked_by"] == [{"sub": wanted, "reason": "busy"}]
    first, *others = told["alternatives"]
    assert first == {"start": "2026-11-24T14:30:00Z", "end": "2026-11-24T15:00:00Z", "resources": [fit]}
    assert others
    assert all("resources" not in item for item in others)
    assert (await book(world, chen, dan, rooms=first["resources"]))["state"] == "confirmed"
    # A person in the way is nothing that another room would help with.
    with pytest.raises(SlotTaken) as refused:
        await book(world, chen, bo, rooms=[wanted])
    assert all("resources" not in item for item in refused.value.fields["alternatives"])


async def test_moving_a_meeting_keeps_its_room_or_takes_another(world):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    old, new = await room_of(world, "Fountain"), await room_of(world, "Spring")
    made = await book(world, ana, bo, rooms=[old])
    await world.bookings.confirm(chen, Draft([old], LATER, 30, "Alone"))
    with pytest.raises(SlotTaken) as refused:
        await world.bookings.reschedule(bo, made["booking_id"], LATER)
    alternative = refused.value.fields["alternatives"][0]
    assert alternative["resources"] == [new]
    moved = await world.bookings.reschedule(bo, made["booking_id"], LATER, resources=[new])
    assert moved.body["resources"] == [{"sub": new, "name": "Spring"}]
    assert await offered(world, chen, old)
    # The same time in another room is a change too; so is no room.
    again = await world.bookings.reschedule(bo, made["booking_id"], LATER, resources=[])
    assert (again.body["resources"], again.body["revision"]) == ([], 3)
    row = await world.bookings.find_row(ana, made["booking_id"])
    assert row.event_details["location"] == ""
    same = await world.bookings.reschedule(bo, made["booking_id"], LATER)
    assert same.body["revision"] == 3


async def test_a_room_keeps_its_own_hours_and_its_notes_to_administrators(world):
    admin, ana, bo = (
        await world.person("Ada", role="admin"),
        await world.person("Ana"),
        await world.person("Bo"),
    )
    room = await room_of(world, "Fountain")
    closed = [{"start": "2026-11-24", "end": "2026-11-25", "note": "Painters"}]
    saved = await world.rules.put_of_room(admin, room, always_open("Europe/London", time_off=closed))
    assert saved["revision"] == 2
    assert (await world.rules.get_of_room(admin, room))["time_off"] == closed
    assert (await world.rules.get_of_room(ana, room))["time_off"] == [{**closed[0], "note": ""}]
    with pytest.raises(SlotTaken) as refused:
        await book(world, ana, bo, rooms=[room])
    assert refused.value.fields["blocked_by"] == [{"sub": room, "reason": "outside_hours"}]
    for missing in (ana.member_id, "res_" + "0" * 26):
        with pytest.raises(NotFound):
            await world.rules.get_of_room(admin, missing)
        with pytest.raises(NotFound):
            await world.rules.put_of_room(admin, missing, always_open("UTC"))


async def test_rooms_of_other_organisations_and_retired_ones_cannot_be_booked(world, db, clock):
    elsewhere = await make_world(db, clock)
    ana, bo = await world.person("Ana"), await world.person("Bo")
    foreign, old = await room_of(elsewhere, "Foreign"), await room_of(world, "Old")
    made = await book(world, ana, bo, rooms=[old], start=LATER)
    await world.identity.resources.retire(operator(world.org_id), old)
    for room in (foreign, old, "res_" + "0" * 26):
        with pytest.raises(Invalid) as refused:
            await book(world, ana, bo, rooms=[room])
        assert refused.value.field == "resources"
    with pytest.raises(Invalid):
        await world.availability.find(ana, Question((foreign,), TUESDAY, LATER, 30))
    # The meeting that was in it can still be moved and goes on naming it.
    moved = await world.bookings.reschedule(ana, made["booking_id"], LATER + timedelta(hours=1))
    assert [room["sub"] for room in moved.body["resources"]] == [old]


async def test_a_room_can_be_held(world):
    holds = HoldService(world.db, world.clock, world.availability, world.webhooks)
    ana, bo = await world.person("Ana"), await world.person("Bo")
    room = await room_of(world, "Fountain")
    made = (await holds.place(ana, HoldDraft([], TUESDAY, 30, resources=[room]))).body
    assert (made["participants"], made["resources"]) == ([ana.member_id], [room])
    assert await offered(world, ana, room)
    assert not await offered(world, bo, room)


async def test_two_bookings_of_one_room_at_once_never_both_succeed(world):
    pairs = [(await world.person(f"A{number}"), await world.person(f"B{number}")) for number in range(6)]
    room = await room_of(world, "Fountain")

    async def attempt(by: Caller, other: Caller) -> bool:
        for _ in range(50):
            try:
                await book(world, by, other, rooms=[room])
            except Unavailable:
                await asyncio.sleep(0.05)
            except SlotTaken:
                return False
            else:
                return True
        raise AssertionError("never answered")

    outcomes = await asyncio.gather(*(attempt(*pair) for pair in pairs))
    assert sum(outcomes) == 1
    async with world.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM booking_participant WHERE account_id = %s", [room])
        assert (await cursor.fetchone())[0] == 1


async def test_the_database_itself_refuses_a_room_twice(world):
    """The last guard, with the checks before it left out."""
    ana, bo = await world.person("Ana"), await world.person("Bo")
    room = await room_of(world, "Fountain")
    made = await book(world, ana, rooms=[room])
    other = await book(world, bo, ana, start=LATER)
    async with world.db.transaction() as conn:
        people = await bookings.lock_people(conn, world.org_id, [room])
        end = TUESDAY + timedelta(minutes=30)
        taken = await bookings.insert_participants(
            conn, world.org_id, other["booking_id"], bo.member_id, people, TUESDAY, end
        )
    assert not taken
    assert made["resources"][0]["sub"] == room


async def test_which_rooms_are_free_at_a_time(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    fountain, well = await room_of(world, "Fountain"), await room_of(world, "Well")
    await book(world, ana, bo, rooms=[fountain])
    service = world.availability
    assert await free_rooms(service, bo, TUESDAY, 30) == {well}
    assert await free_rooms(service, bo, TUESDAY - timedelta(minutes=30), 30) == {fountain, well}
    assert await free_rooms(service, bo, TUESDAY - timedelta(minutes=30), 60) == {well}
    assert await free_rooms(service, bo, TUESDAY - timedelta(days=30), 30) == set()
    assert await free_rooms(service, bo, TUESDAY + timedelta(days=500), 30) == set()
    with pytest.raises(Invalid):
        await free_rooms(service, bo, TUESDAY, 0)
