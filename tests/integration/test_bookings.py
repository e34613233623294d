"""Confirm, move and cancel on a real database: what is taken, what is told, what is refused."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.errors import Conflict, Invalid, NotFound, SlotTaken, Stale, Unavailable
from convene.core.permissions import Caller
from convene.security.tokens import new_id
from convene.services.availability_question import Question
from convene.services.bookings import Draft
from convene.services.idempotency import key_of
from factories.platform import World, always_open, make_world

TUESDAY = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


async def book(world: World, by: Caller, *others: Caller, start=TUESDAY, minutes=30, **fields):
    draft = Draft(
        [who.member_id for who in others], start, minutes, fields.pop("title", "Launch chat"), **fields
    )
    return (await world.bookings.confirm(by, draft)).body


async def answered(attempt, tries=50):
    """Ask again while the answer is "in a moment": on a busy machine the queue for a lock may be long."""
    for _ in range(tries):
        try:
            return await attempt()
        except Unavailable:
            await asyncio.sleep(0.05)
        except Conflict as refusal:
            if refusal.code != "idempotency_in_flight":
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("never answered")


async def overlaps(world: World) -> int:
    async with world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT count(*) FROM booking_participant a JOIN booking_participant b"
            " ON a.lane = b.lane AND a.booking_id < b.booking_id AND a.live AND b.live AND a.during && b.during"
        )
        return (await cursor.fetchone())[0]


async def test_a_booking_says_everything_that_its_readers_need(world):
    ana, bo = await world.person("Ana Ruiz", "America/New_York"), await world.person("Bo Lind")
    made = await book(world, bo, ana, note="the launch")
    assert made["revision"] == 1
    assert made["state"] == "confirmed"
    assert (made["start"], made["end"], made["duration_minutes"]) == (
        "2026-11-24T14:30:00Z",
        "2026-11-24T15:00:00Z",
        30,
    )
    assert [(p["sub"], p["role"]) for p in made["participants"]] == [
        (bo.member_id, "organizer"),
        (ana.member_id, "participant"),
    ]
    assert made["conferencing"]["join_url"].startswith("https://meet.jit.si/convene-")
    assert made["links"]["manage"].endswith("/bookings/" + made["booking_id"])
    assert (await world.bookings.get(ana, made["booking_id"]))["history"][0]["action"] == "confirmed"
    [mine] = await world.bookings.mine(ana, TUESDAY, TUESDAY + timedelta(hours=1), 10)
    assert mine["booking_id"] == made["booking_id"]


async def test_what_is_booked_is_no_longer_offered_and_is_refused_with_the_nearest_times(world):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    await book(world, bo, ana)
    question = Question(
        (ana.member_id, chen.member_id), TUESDAY - timedelta(hours=1), TUESDAY + timedelta(hours=1), 30
    )
    offered = [slot.start for slot in (await world.availability.find(chen, question)).slots]
    assert int(TUESDAY.timestamp()) not in offered
    with pytest.raises(SlotTaken) as refusal:
        await book(world, chen, ana)
    assert refusal.value.fields["blocked_by"] == [{"sub": ana.member_id, "reason": "busy"}]
    assert [item["start"] for item in refusal.value.fields["alternatives"]] == [
        "2026-11-24T14:00:00Z",
        "2026-11-24T15:00:00Z",
        "2026-11-24T13:30:00Z",
    ]


async def test_every_offer_can_be_booked_and_nothing_else_of_the_grid(world):
    ana = await world.person("Ana", "America/New_York")
    bo = await world.person("Bo")
    hours = [{"day": "tuesday", "start_time": "09:00", "end_time": "10:30"}]
    await world.rules.put(
        ana,
        always_open(
            "America/New_York", weekly_periods=hours, buffer_before_minutes=15, start_interval_minutes=15
        ),
    )
    await book(world, bo, ana, start=datetime(2026, 11, 24, 15, 0, tzinfo=UTC), minutes=15)
    start = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    answer = await world.availability.find(
        bo,
        Question(
            (bo.member_id, ana.member_id),
            start,
            start + timedelta(hours=4),
            15,
            flexible=(bo.member_id,),
            start_interval_minutes=15,
        ),
    )
    offered = {slot.start for slot in answer.slots}
    booked = set()
    for step in range(16):
        when = start + timedelta(minutes=15 * step)
        try:
            made = await book(world, bo, ana, start=when, minutes=15)
        except SlotTaken:
            continue
        booked.add(int(when.timestamp()))
        await world.bookings.cancel(bo, made["booking_id"])
    assert booked == offered
    assert len(offered) == 4


async def test_moving_keeps_the_booking_and_tells_where_it_was(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)
    later = TUESDAY + timedelta(days=1)
    moved = (await world.bookings.reschedule(ana, made["booking_id"], later, message="sorry")).body
    assert (moved["revision"], moved["start"], moved["changed_by"]) == (
        2,
        "2026-11-25T14:30:00Z",
        ana.member_id,
    )
    assert moved["previous"] == {"start": made["start"], "end": made["end"]}
    assert moved["reason"] == "sorry"
    again = (await world.bookings.reschedule(ana, made["booking_id"], later)).body
    assert again["revision"] == 2
    await book(world, bo, ana)  # the old time is free again


async def test_a_meeting_can_move_into_its_own_time_but_not_into_another(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana, minutes=60)
    half = TUESDAY + timedelta(minutes=30)
    assert (await world.bookings.reschedule(bo, made["booking_id"], half)).body["revision"] == 2
    other = await book(world, bo, ana, start=TUESDAY + timedelta(hours=3))
    with pytest.raises(SlotTaken):
        await world.bookings.reschedule(bo, other["booking_id"], half)
    assert (await world.bookings.get(bo, other["booking_id"]))["start"] == other["start"]


async def test_a_stale_revision_changes_nothing(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)
    await world.bookings.reschedule(ana, made["booking_id"], TUESDAY + timedelta(days=1))
    with pytest.raises(Stale) as refusal:
        await world.bookings.cancel(bo, made["booking_id"], expected_revision=1)
    assert refusal.value.fields["revision"] == 2
    assert (await world.bookings.get(bo, made["booking_id"]))["state"] == "confirmed"


async def test_cancelling_frees_the_time_once_and_for_all(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)
    gone = (await world.bookings.cancel(ana, made["booking_id"], "sick today")).body
    assert (gone["state"], gone["revision"], gone["reason"]) == ("cancelled", 2, "sick today")
    assert (await world.bookings.cancel(bo, made["booking_id"])).body["revision"] == 2
    with pytest.raises(Conflict) as refusal:
        await world.bookings.reschedule(bo, made["booking_id"], TUESDAY + timedelta(days=1))
    assert refusal.value.code == "already_cancelled"
    await book(world, bo, ana)


async def test_only_participants_see_or_change_a_booking(world):
    ana, bo, eve = [await world.person(name) for name in ("Ana", "Bo", "Eve")]
    made = await book(world, bo, ana)
    for attempt in (
        world.bookings.get(eve, made["booking_id"]),
        world.bookings.cancel(eve, made["booking_id"]),
        world.bookings.reschedule(eve, made["booking_id"], TUESDAY + timedelta(days=1)),
        world.bookings.get(bo, "bkg_nonsense"),
    ):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"minutes": 4}, "duration_minutes"),
        ({"minutes": 1441}, "duration_minutes"),
        ({"start": TUESDAY + timedelta(seconds=1)}, "start"),
        ({"start": TUESDAY + timedelta(days=4000)}, "start"),
        ({"conferencing": "javascript:alert(1)"}, "conferencing"),
    ],
)
async def test_bad_input_names_its_field(world, change, field):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    with pytest.raises(Invalid) as refusal:
        await book(world, bo, ana, **change)
    assert refusal.value.field == field


async def test_strangers_and_oneself_cannot_be_booked(world, db, clock):
    bo = await world.person("Bo")
    stranger = await (await make_world(db, clock)).person("Other")
    for others in ((stranger,), (bo,)):
        with pytest.raises(Invalid) as refusal:
            await book(world, bo, *others)
        assert refusal.value.field == "participants"


async def test_the_past_and_a_person_who_shares_nothing_are_refused_with_the_reason(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    with pytest.raises(SlotTaken) as refusal:
        await book(world, bo, ana, start=datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    assert {item["reason"] for item in refusal.value.fields["blocked_by"]} == {"past"}
    async with world.db.transaction() as conn:
        await conn.execute("UPDATE account SET sharing = 'nobody' WHERE account_id = %s", [ana.member_id])
    with pytest.raises(SlotTaken) as refusal:
        await book(world, bo, ana)
    assert refusal.value.fields["blocked_by"] == [{"sub": ana.member_id, "reason": "not_shared"}]


async def test_a_repeated_request_with_its_key_books_once(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    draft = Draft([ana.member_id], TUESDAY, 30, "Launch chat")
    key = key_of(world.org_id, "bo", "one", ["POST", "x"])
    answers = await asyncio.gather(
        *(answered(lambda: world.bookings.confirm(bo, draft, key)) for _ in range(8))
    )
    assert len({answer.body["booking_id"] for answer in answers}) == 1
    assert sum(not answer.is_replayed for answer in answers) == 1
    with pytest.raises(Invalid) as refusal:
        await world.bookings.confirm(bo, draft, key_of(world.org_id, "bo", "one", ["POST", "y"]))
    assert refusal.value.code == "idempotency_key_reused"


async def test_a_refused_request_does_not_use_up_its_key(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    first = await book(world, bo, ana)
    draft = Draft([ana.member_id], TUESDAY, 30, "Second")
    key = key_of(world.org_id, "bo", "two", ["POST", "x"])
    with pytest.raises(SlotTaken):
        await world.bookings.confirm(bo, draft, key)
    await world.bookings.cancel(bo, first["booking_id"])
    assert not (await world.bookings.confirm(bo, draft, key)).is_replayed


async def test_two_hundred_racers_for_one_slot_have_one_winner(world):
    ana = await world.person("Ana")
    racers = [await world.person(f"Racer {number}", hours=False) for number in range(20)]

    async def attempt(who):
        try:
            return (await answered(lambda: book(world, who, ana)))["booking_id"]
        except SlotTaken as refusal:
            return refusal.fields["blocked_by"]

    results = await asyncio.gather(*(attempt(racers[number % 20]) for number in range(200)))
    assert len([result for result in results if isinstance(result, str)]) == 1
    assert await overlaps(world) == 0


async def test_crossing_pairs_never_deadlock_and_never_half_meet(world):
    people = [await world.person(f"Person {number}") for number in range(6)]

    async def attempt(number):
        one, two = people[number % 6], people[(number * 5 + 1) % 6]
        if one is two:
            return None
        try:
            start = TUESDAY + timedelta(minutes=15 * (number % 4))
            return await answered(lambda: book(world, one, two, start=start))
        except SlotTaken:
            return None

    made = [result for result in await asyncio.gather(*(attempt(number) for number in range(120))) if result]
    assert made
    assert await overlaps(world) == 0
    async with world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT count(*), (SELECT count(*) FROM booking) FROM booking_participant"
        )
        assert await cursor.fetchone() == (2 * len(made), len(made))


async def test_moves_that_race_end_as_one_after_the_other(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)

    async def move(number):
        try:
            await answered(
                lambda: world.bookings.reschedule(
                    bo if number % 2 else ana,
                    made["booking_id"],
                    TUESDAY + timedelta(hours=number + 1),
                    expected_revision=1,
                )
            )
        except Stale:
            return 0
        return 1

    assert sum(await asyncio.gather(*(move(number) for number in range(10)))) == 1
    found = await world.bookings.get(bo, made["booking_id"])
    assert found["revision"] == 2
    assert len(found["history"]) == 2


async def test_the_constraint_is_the_last_guard(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)
    async with world.db.connection() as conn:
        with pytest.raises(Exception, match="booking_participant_no_overlap"):
            await conn.execute(
                "INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during)"
                " SELECT org_id, booking_id, 'acc_x', lane, role, during FROM booking_participant"
                " WHERE account_id = %s",
                [ana.member_id],
            )
    assert made["state"] == "confirmed"


async def test_every_change_is_told_in_full_with_its_revision(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.webhooks.subscribe(
        ana, "https://example.org/hook", ["booking.confirmed", "booking.cancelled"]
    )
    made = await book(world, bo, ana)
    await world.bookings.reschedule(bo, made["booking_id"], TUESDAY + timedelta(days=1))
    await world.bookings.cancel(bo, made["booking_id"])
    for job in world.jobs.named("deliver_webhook"):
        await world.webhooks.deliver(**job)
    told = [json.loads(body) for _, _, body in world.sender.received]
    assert [(event["type"], event["data"]["booking"]["revision"]) for event in told] == [
        ("booking.confirmed", 1),
        ("booking.cancelled", 3),
    ]
    assert told[0]["data"]["booking"] == made


async def test_nobody_is_told_of_other_peoples_meetings(world):
    ana, bo, eve = [await world.person(name) for name in ("Ana", "Bo", "Eve")]
    await world.webhooks.subscribe(eve, "https://example.org/hook", ["booking.confirmed"])
    await book(world, bo, ana)
    assert world.jobs.named("deliver_webhook") == []


async def test_a_reminder_belongs_to_one_revision(world, clock):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.webhooks.subscribe(bo, "https://example.org/hook", ["booking.reminder"])
    made = await book(world, bo, ana)
    [(_, first, at)] = [job for job in world.jobs.deferred if job[0] == "send_reminder"]
    assert at == TUESDAY - timedelta(minutes=10)
    await world.bookings.reschedule(bo, made["booking_id"], TUESDAY + timedelta(hours=1))
    await world.bookings.remind(**first)
    assert world.jobs.named("deliver_webhook") == []
    await world.bookings.remind(**{**first, "revision": 2})
    assert len(world.jobs.named("deliver_webhook")) == 1
    clock.advance(days=30)
    await world.bookings.remind(**{**first, "revision": 2})
    assert len(world.jobs.named("deliver_webhook")) == 1


async def free_starts(world: World, by: Caller, *others: Caller, **fields):
    question = Question(
        tuple(who.member_id for who in others), TUESDAY, TUESDAY + timedelta(hours=2), 30, **fields
    )
    return [slot.start for slot in (await world.availability.find(by, question)).slots]


async def test_a_foreign_meeting_cannot_be_left_out_to_see_behind_it(world):
    ana, bo, eve = [await world.person(name) for name in ("Ana", "Bo", "Eve")]
    made = await book(world, bo, ana)
    assert len(await free_starts(world, ana, bo, excluded_booking=made["booking_id"])) == 4
    for meeting in (made["booking_id"], new_id("booking"), "bkg_\x00", ""):
        with pytest.raises(NotFound):
            await free_starts(world, eve, bo, excluded_booking=meeting)
    key = Caller(org_id=world.org_id, kind="api_key", grants=frozenset({"availability:read"}))
    with pytest.raises(NotFound):
        await free_starts(world, key, bo, excluded_booking=made["booking_id"])
    assert len(await free_starts(world, eve, bo)) == 3


async def test_only_ones_own_hours_can_be_set_aside(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.rules.put(ana, always_open("Europe/London", weekly_periods=[]))
    assert await free_starts(world, bo, ana, bo) == []
    with pytest.raises(Invalid) as refused:
        await free_starts(world, bo, ana, bo, flexible=(bo.member_id, ana.member_id))
    assert refused.value.field == "flexible"
    assert len(await free_starts(world, ana, ana, bo, flexible=(ana.member_id,))) == 4


async def test_a_time_long_past_is_refused_with_times_to_come(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    with pytest.raises(SlotTaken) as refused:
        await book(world, bo, ana, start=datetime(2020, 1, 1, tzinfo=UTC))
    assert refused.value.fields["alternatives"][0]["start"] == "2026-11-20T09:00:00Z"


async def suspend(world: World, who: Caller) -> None:
    async with world.db.connection() as conn:
        await conn.execute("UPDATE account SET suspended_at = now() WHERE account_id = %s", [who.member_id])


async def test_a_meeting_can_be_moved_when_somebody_has_left(world):
    ana, bo, cy, di = [await world.person(name) for name in ("Ana", "Bo", "Cy", "Di")]
    made = await book(world, bo, ana, cy)
    later = TUESDAY + timedelta(hours=1)
    await book(world, di, cy, start=later)
    await suspend(world, cy)
    question = Question(
        (bo.member_id, ana.member_id, cy.member_id),
        later,
        later + timedelta(hours=1),
        30,
        excluded_booking=made["booking_id"],
    )
    answer = await world.availability.find(bo, question)
    assert len(answer.slots) == 2
    assert [person.name for person in answer.people] == ["Bo", "Ana"]
    moved = (await world.bookings.reschedule(ana, made["booking_id"], later)).body
    assert moved["revision"] == 2
    assert {person["name"] for person in moved["participants"]} == {"Ana", "Bo", "Cy"}
    assert await overlaps(world) == 0
    with pytest.raises(Invalid):
        await free_starts(world, bo, ana, cy)


async def test_a_meeting_with_nobody_left_is_not_moved_but_cancelled(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    made = await book(world, bo, ana)
    await suspend(world, ana)
    with pytest.raises(Conflict) as refused:
        await world.bookings.reschedule(bo, made["booking_id"], TUESDAY + timedelta(hours=1))
    assert refused.value.code == "conflict"
    assert (await world.bookings.cancel(bo, made["booking_id"])).body["state"] == "cancelled"


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https:///room",
        "http://meet.example/a",
        "javascript:alert(1)",
        "https://ana:secret@meet.example/a",
        "https://meet.example@evil.example/",
        "https://[::1",
        "https://meet.example/a b",
        "https://meet.example/a\nb",
        "https://meet.example/\u202egnp.exe",
        "https://meet.example/" + "a" * 2000,
    ],
)
async def test_a_place_to_meet_is_a_plain_https_address(world, address):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    with pytest.raises(Invalid) as refused:
        await book(world, bo, ana, conferencing=address)
    assert refused.value.field == "conferencing"
    made = await book(world, bo, ana, conferencing="https://meet.example:8443/a?b=c#d")
    assert made["conferencing"]["join_url"] == "https://meet.example:8443/a?b=c#d"


async def test_nobody_is_known_to_be_free_further_than_calendars_are_read(world, clock):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    far = clock() + timedelta(days=391)
    question = Question((ana.member_id, bo.member_id), far, far + timedelta(days=2), 30)
    answer = await world.availability.find(bo, question)
    assert (answer.slots, answer.next_free) == ([], None)
    with pytest.raises(Invalid) as refusal:
        await book(world, bo, ana, start=far)
    assert refusal.value.field == "start"


async def test_others_buffers_and_limits_are_told_as_busy_only(world):
    ana, bo, chen = [await world.person(name) for name in ("Ana", "Bo", "Chen")]
    await world.rules.put(ana, always_open("Europe/London", buffer_after_minutes=30, daily_limit=1))
    await book(world, bo, ana)
    with pytest.raises(SlotTaken) as refusal:
        await book(world, chen, ana, start=TUESDAY - timedelta(minutes=30))
    assert refusal.value.fields["blocked_by"] == [{"sub": ana.member_id, "reason": "busy"}]


async def test_a_reminder_that_runs_twice_is_told_once(world):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await world.webhooks.subscribe(bo, "https://example.org/hook", ["booking.reminder"])
    made = await book(world, bo, ana)
    for _ in range(2):
        await world.bookings.remind(world.org_id, made["booking_id"], 1)
    assert len(world.jobs.named("deliver_webhook")) == 1
