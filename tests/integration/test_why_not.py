"""Why a time cannot be booked, as far as the asker may know; and times for some people and enough of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.core.errors import Forbidden, Invalid, NotFound
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.bookings import Draft
from convene.services.why_not import WhyNotService
from convene.storage import calendars, connections
from convene.storage.database import Database, execute
from convene.storage.events import NewEvent, store_events
from factories.platform import World, always_open, make_world

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
async def world(db: Database, clock: Any) -> World:
    return await make_world(db, clock)


async def busy(
    world: World, who: Caller, start: datetime, minutes: int, kind: str = "busy", title: str = "Dentist"
) -> None:
    async with world.db.transaction() as conn:
        calendar = await calendars.get_target(conn, world.org_id, who.member_id)
        assert calendar is not None
        block = (start, start + timedelta(minutes=minutes), kind)
        event = NewEvent(f"{start}", f"{start}@x", "", "", title, None, "", [block])
        await store_events(conn, calendar, [event], 0)


def question(*who: Caller, start: datetime = AT, minutes: int = 30, **more: Any) -> Question:
    subs = tuple(one.member_id for one in who)
    return Question(subs, start, start + timedelta(minutes=minutes), minutes, **more)


async def why(world: World, asker: Caller, *who: Caller, **more: Any) -> list[list[str]]:
    found = await WhyNotService(world.availability).explain(asker, question(*who, **more))
    reasons = [[reason.reason for reason in person.reasons] for person in found.people]
    assert found.is_free == (not any(reasons))
    return reasons


async def test_one_is_told_ones_own_entry_and_of_others_that_they_are_busy(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, ana, AT - timedelta(minutes=30), 60, "tentative")
    await busy(world, bo, AT, 60, title="Secret")
    service = WhyNotService(world.availability)
    found = await service.explain(ana, question(ana, bo))
    own, other = (person.reasons[0] for person in found.people)
    assert (own.reason, own.detail) == ("busy", "You are busy then.")
    assert (own.since, own.until) == (AT - timedelta(minutes=30), AT + timedelta(minutes=30))
    assert [(entry.kind, entry.title) for entry in own.entries] == [("tentative", "Dentist")]
    assert (other.reason, other.detail) == ("busy", "Bo is busy then.")
    assert (other.since, other.until, other.entries) == (None, None, ())
    assert [offer.start for offer in found.alternatives] == [
        int(moment.timestamp())
        for moment in (AT - timedelta(hours=1), AT + timedelta(hours=1), AT - timedelta(minutes=90))
    ]


@pytest.mark.parametrize(
    ("shares", "reason", "titles"),
    [("busy", "busy", []), ("details", "busy", ["Dentist"]), ("nothing", "outside_hours", [])],
)
async def test_others_learn_what_the_owner_of_an_account_shares(world: World, shares, reason, titles):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, bo, AT, 60)
    async with world.db.transaction() as conn:
        calendar = await calendars.get_target(conn, world.org_id, bo.member_id)
        assert calendar is not None
        await connections.set_policy(conn, world.org_id, calendar.connection_id, {"shares": shares})
    service = WhyNotService(world.availability)
    (found,) = (await service.explain(ana, question(bo))).people[0].reasons
    assert (found.reason, [entry.title for entry in found.entries]) == (reason, titles)
    # A meeting is booked here, not the account's own.
    await world.bookings.confirm(bo, Draft((ana.member_id,), AT + timedelta(hours=1), 30, "Launch chat"))
    later = question(bo, start=AT + timedelta(minutes=45), minutes=30)
    (found,) = (await service.explain(ana, later)).people[0].reasons
    assert (found.reason, [entry.title for entry in found.entries]) == ("busy", titles)
    # What is marked as private has no title for others.
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE calendar_event SET details = '[{\"is_private\": true}]'", {})
    (found,) = (await service.explain(ana, question(bo))).people[0].reasons
    assert list(found.entries) == []


async def test_meetings_and_holds_have_their_kind(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    draft = Draft((bo.member_id,), AT, 30, "Launch chat")
    made = (await world.bookings.confirm(ana, draft)).body
    service = WhyNotService(world.availability)
    found = await service.explain(ana, question(ana))
    (entry,) = found.people[0].reasons[0].entries
    assert (entry.kind, entry.title, entry.booking_id) == ("meeting", "Launch chat", made["booking_id"])
    moved = await service.explain(ana, question(ana, bo, excluded_booking=made["booking_id"]))
    assert moved.is_free
    assert moved.alternatives == ()

    later = AT + timedelta(hours=3)
    async with world.db.transaction() as conn:
        await execute(
            conn,
            "INSERT INTO hold VALUES (%s, 'hld_x', %s, %s, tstzrange(%s, %s), %s, %s)",
            [
                world.org_id,
                ana.member_id,
                bo.member_id,
                later,
                later + timedelta(hours=1),
                world.clock() + timedelta(minutes=5),
                world.clock(),
            ],
        )
    found = await service.explain(ana, question(ana, start=later))
    assert [entry.kind for entry in found.people[0].reasons[0].entries] == ["hold"]


async def test_rules_are_named_to_their_owner_and_veiled_to_others(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, bo, AT - timedelta(hours=2), 120)
    day = AT.date().isoformat()
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"weekly_periods": []}, "outside_hours", "outside_hours"),
        ({"minimum_notice_minutes": 20_000}, "minimum_notice", "minimum_notice"),
        ({"horizon_days": 1}, "horizon", "horizon"),
        ({"buffer_before_minutes": 15}, "buffer", "busy"),
        (
            {"time_off": [{"start": day, "end": (AT + timedelta(days=1)).date().isoformat(), "note": "Spa"}]},
            "time_off",
            "outside_hours",
        ),
    ]
    for changes, told_to_bo, told_to_ana in cases:
        await world.rules.put(bo, always_open("Europe/London", **changes))
        assert await why(world, bo, bo) == [[told_to_bo]]
        assert await why(world, ana, bo) == [[told_to_ana]]
    await world.rules.put(bo, always_open("Europe/London"))
    assert await why(world, ana, bo) == [[]]
    past = world.clock() - timedelta(hours=1)
    assert await why(world, ana, bo, start=past) == [["past"]]
    assert await why(world, ana, bo, start=world.clock() + timedelta(days=391)) == [["horizon"]]


async def test_who_shares_nothing_and_who_cannot_be_read_is_said(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE account SET sharing = 'nobody' WHERE account_id = %s", [bo.member_id])
    assert await why(world, ana, ana, bo) == [[], ["not_shared"]]


async def test_it_asks_what_listing_asks(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    await busy(world, bo, AT, 60)
    await world.rules.put(bo, always_open("Europe/London", buffer_after_minutes=20, minimum_notice_minutes=3))
    start = AT - timedelta(hours=3)
    listed = Question(
        (ana.member_id, bo.member_id), start, AT + timedelta(hours=3), 30, start_interval_minutes=10
    )
    offered = {offer.start for offer in (await world.availability.find(ana, listed)).slots}
    for step in range(34):
        moment = start + timedelta(minutes=10 * step)
        reasons = await why(world, ana, ana, bo, start=moment)
        assert (int(moment.timestamp()) in offered) == (reasons == [[], []])


async def test_refusals(world: World):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    service = WhyNotService(world.availability)
    with pytest.raises(Invalid, match="flexible"):
        await service.explain(ana, question(ana, bo, flexible=(bo.member_id,)))
    with pytest.raises(Invalid, match="duration_minutes"):
        await service.explain(ana, question(ana, minutes=2))
    with pytest.raises(NotFound):
        await service.explain(ana, question(ana, excluded_booking="bkg_" + "0" * 26))
    with pytest.raises(Forbidden):
        await service.explain(Caller(world.org_id, "session", ana.member_id), question(ana))


# -- quorum


async def test_a_slot_says_how_many_of_the_others_could_come_and_who_would_miss(world: World):
    ana, bo, cy, dee = [await world.person(name) for name in ("Ana", "Bo", "Cy", "Dee")]
    await busy(world, bo, AT, 60)
    await busy(world, cy, AT + timedelta(minutes=30), 60)
    asked = Question(
        (ana.member_id,),
        AT,
        AT + timedelta(hours=2),
        30,
        quorum_of=(bo.member_id, cy.member_id, dee.member_id),
        quorum=2,
    )
    found = await world.availability.find(ana, asked)
    assert [offer.missing for offer in found.slots] == [
        (bo.member_id,),
        (cy.member_id,),
        (),
    ]
    assert [offer.start for offer in found.slots] == [int(AT.timestamp()) + 1800 * step for step in (0, 2, 3)]
    # Where all could come is what is suggested.
    assert {item.start for item in found.suggestions} == {found.slots[2].start}
    half_past = AT + timedelta(minutes=30)
    why_not = await WhyNotService(world.availability).explain(
        ana,
        Question(
            asked.participants,
            half_past,
            half_past + timedelta(minutes=30),
            30,
            quorum_of=asked.quorum_of,
            quorum=2,
        ),
    )
    assert not why_not.is_free
    assert [bool(person.reasons) for person in why_not.people] == [False, True, True, False]
    assert why_not.alternatives


async def test_people_of_a_quorum_who_cannot_be_seen_never_count(world: World):
    ana, bo, cy = [await world.person(name) for name in ("Ana", "Bo", "Cy")]
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE account SET sharing = 'nobody' WHERE account_id = %s", [bo.member_id])
    others = (bo.member_id, cy.member_id)

    async def slots(quorum: int) -> Any:
        asked = Question((ana.member_id,), AT, AT + timedelta(hours=1), 30, quorum_of=others, quorum=quorum)
        return await world.availability.find(ana, asked)

    assert [offer.missing for offer in (await slots(1)).slots] == [(bo.member_id,)] * 2
    none = await slots(2)
    assert (list(none.slots), none.next_free) == ([], None)


@pytest.mark.parametrize(
    ("quorum_of", "quorum", "field"),
    [
        (("acc_" + "0" * 26,), 1, "quorum_of"),
        (("nobody",), 1, "quorum_of"),
        (("bo",), 2, "quorum"),
        (("bo",), 0, "quorum"),
        ((), 1, "quorum_of"),
        (("ana",), 1, "quorum_of"),
    ],
)
async def test_quorums_that_make_no_sense_are_refused(world: World, quorum_of, quorum, field):
    ana, bo = await world.person("Ana"), await world.person("Bo")
    named = {"ana": ana.member_id, "bo": bo.member_id}
    others = tuple(named.get(one, one) for one in quorum_of)
    asked = Question((ana.member_id,), AT, AT + timedelta(hours=1), 30, quorum_of=others, quorum=quorum)
    with pytest.raises(Invalid) as refused:
        await world.availability.find(ana, asked)
    assert refused.value.field == field
