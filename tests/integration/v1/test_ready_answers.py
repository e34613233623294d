"""What is kept ready is never told once it is not true any more.

Changes are made with plain statements, as any part of the product (or nobody's) might: that versions follow is the
database's business. Every answer over HTTP is compared with one that is read from the rows at that moment.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from v1.test_availability import World, make_world, moment

from convene.api.v1.availability import render
from convene.api.v1.availability_bodies import AvailabilityBody, query_of
from convene.core.applications import Application
from convene.core.availability_query import GroupSpec, MemberSpec, Query
from convene.core.availability_query_checks import checked_query
from convene.core.member_times import KnownCalendar, MemberFacts
from convene.edge.loose_bodies import parse
from convene.identity import claims, operator
from convene.security.tokens import new_id
from convene.services import availability_query
from convene.services.availability_cache import AvailabilityCache, Kept
from convene.services.availability_ready import ReadyAnswers, view_of
from convene.settings import Settings
from convene.storage import time_changes
from convene.storage.database import Connection, execute, fetch_dicts

NAMES = ("ana", "bo", "cy")
Change = Callable[[World, Connection, random.Random], Awaitable[object]]


@pytest.fixture
async def world(db, database_url, tmp_path, clock):
    settings = Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "CONVENE_DATA": str(tmp_path),
            "CONVENE_CALLS_PER_SECOND": "100000",
            "CONVENE_CALLS_PER_MINUTE": "1000000",
        }
    )
    clock.now = moment("07:00") - timedelta(days=1)
    async with AsyncExitStack() as stack:
        yield await make_world(stack, settings, clock)


@pytest.fixture
def read(monkeypatch) -> list[list[str]]:
    """Whom rows were read for to answer, one entry each time."""
    found: list[list[str]] = []
    read_facts = availability_query.read_facts

    async def noted(conn, asker, specs, *arguments, **options):
        found.append([spec.sub for spec in specs])
        return await read_facts(conn, asker, specs, *arguments, **options)

    monkeypatch.setattr(availability_query, "read_facts", noted)
    return found


async def fresh(world: World, body: dict[str, Any]) -> bytes:
    """The answer as it is read from the rows now."""
    service = world.installation.platform.availability_queries
    asked = checked_query(query_of(parse(AvailabilityBody, body)), service.limits)
    async with world.db.transaction() as conn:
        return render(await service.answer(conn, world.asker, asked))


def tuesdays(start: str, end: str) -> str:
    return json.dumps([{"day": "tuesday", "start_time": start, "end_time": end}])


def some_hours(chance: random.Random) -> tuple[datetime, datetime]:
    start = moment("08:00") + timedelta(minutes=15 * chance.randrange(20))
    return start, start + timedelta(minutes=chance.choice([15, 45, 60]))


# -- changes


async def busy(world: World, conn: Connection, chance: random.Random) -> None:
    name, remote_id = chance.choice(NAMES), new_id("event")
    where = [world.org_id, world.calendar_ids[name], remote_id]
    await execute(
        conn,
        "INSERT INTO calendar_event (org_id, calendar_id, remote_id, uid, raw) VALUES (%s, %s, %s, 'u', '')",
        where,
    )
    await execute(
        conn,
        "INSERT INTO busy_block (org_id, calendar_id, remote_id, during, kind, calendar_num) SELECT org_id, calendar_id,"
        " %s, tstzrange(%s, %s), %s, num FROM calendar WHERE org_id = %s AND calendar_id = %s",
        [remote_id, *some_hours(chance), chance.choice(["busy", "tentative"]), *where[:2]],
    )


async def gone(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "DELETE FROM calendar_event WHERE remote_id IN (SELECT remote_id FROM calendar_event ORDER BY md5(remote_id)"
        " LIMIT %s)",
        [chance.randrange(3)],
    )


async def moved(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "UPDATE busy_block SET during = tstzrange(%s, %s), kind = 'busy' WHERE calendar_id = %s",
        [*some_hours(chance), world.calendar_ids[chance.choice(NAMES)]],
    )


async def booked(world: World, conn: Connection, chance: random.Random) -> None:
    booking_id, (start, end), name = new_id("booking"), some_hours(chance), chance.choice(NAMES)
    await execute(
        conn,
        "INSERT INTO booking (org_id, booking_id, revision, state, title, organizer_id, starts_at, ends_at, local_start,"
        " tzid, tzdata_version, changed_by, changed_at, created_at, uid) VALUES (%s, %s, 1, 'confirmed', 't', %s, %s, %s,"
        " now(), 'UTC', '', '', now(), now(), %s)",
        [world.org_id, booking_id, world.subs[name], start, end, booking_id],
    )
    await execute(
        conn,
        "INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during)"
        " SELECT org_id, %s, account_id, lane, 'organizer', tstzrange(%s, %s) FROM account WHERE account_id = %s"
        " ON CONFLICT DO NOTHING",
        [booking_id, start, end, world.subs[name]],
    )


async def written(world: World, conn: Connection, chance: random.Random) -> None:
    calendar_id = chance.choice([None, world.calendar_ids[chance.choice(NAMES)]])
    await execute(
        conn,
        "INSERT INTO booking_write (org_id, booking_id, account_id, calendar_id, desired_revision, state, changed_at)"
        " SELECT org_id, booking_id, account_id, %s, 1, 'builtin', now() FROM booking_participant"
        " ON CONFLICT (org_id, booking_id, account_id) DO UPDATE SET calendar_id = excluded.calendar_id",
        [calendar_id],
    )


async def cancelled(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "UPDATE booking_participant SET live = NOT live WHERE account_id = %s",
        [world.subs[chance.choice(NAMES)]],
    )


async def held(world: World, conn: Connection, chance: random.Random) -> None:
    now = world.installation.platform.clock()
    await execute(
        conn,
        "INSERT INTO hold VALUES (%s, %s, %s, %s, tstzrange(%s, %s), %s, %s)",
        [
            world.org_id,
            new_id("hold"),
            world.subs[chance.choice(NAMES)],
            world.subs["ana"],
            *some_hours(chance),
            now + timedelta(minutes=chance.randrange(1, 30)),
            now,
        ],
    )


async def released(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(conn, "DELETE FROM hold WHERE account_id = %s", [world.subs[chance.choice(NAMES)]])


async def hours(world: World, conn: Connection, chance: random.Random) -> None:
    periods = tuesdays(f"{chance.randrange(8, 11):02}:00", "12:00")
    await execute(
        conn,
        "INSERT INTO availability_rule (org_id, account_id, tzid, weekly_periods) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (org_id, account_id) DO UPDATE SET weekly_periods = excluded.weekly_periods, tzid = excluded.tzid",
        [
            world.org_id,
            world.subs[chance.choice(NAMES)],
            chance.choice(["Etc/UTC", "Europe/Paris"]),
            periods,
        ],
    )


async def managed_hours(world: World, conn: Connection, chance: random.Random) -> None:
    if chance.random() < 0.3:
        await execute(conn, "DELETE FROM managed_rule")
    await execute(
        conn,
        "INSERT INTO managed_rule VALUES (%s, %s, %s, 'r', 'Etc/UTC', NULL, %s, now(), now())"
        " ON CONFLICT (org_id, account_id, client_id, availability_rule_id)"
        " DO UPDATE SET weekly_periods = excluded.weekly_periods",
        [
            world.org_id,
            world.subs[chance.choice(NAMES)],
            world.client_id,
            tuesdays(f"{chance.randrange(8, 11):02}:30", "13:00"),
        ],
    )


async def single_period(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "INSERT INTO available_period (org_id, account_id, client_id, available_period_id, during, created_at,"
        " updated_at) VALUES (%s, %s, %s, %s, tstzrange(%s, %s), now(), now())"
        " ON CONFLICT (org_id, account_id, client_id, available_period_id) DO UPDATE SET during = excluded.during",
        [
            world.org_id,
            world.subs[chance.choice(NAMES)],
            world.client_id,
            f"p{chance.randrange(2)}",
            *some_hours(chance),
        ],
    )


async def checked(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "UPDATE calendar SET is_checked = NOT is_checked WHERE calendar_id = %s",
        [world.calendar_ids[chance.choice(NAMES)]],
    )


async def failing(world: World, conn: Connection, chance: random.Random) -> None:
    state = chance.choice(["ok", "needs_attention", "delayed"])
    await execute(
        conn,
        "UPDATE calendar_connection SET state = %s WHERE account_id = %s",
        [state, world.subs["cy"]],
    )


async def synced(world: World, conn: Connection, chance: random.Random) -> None:
    now = world.installation.platform.clock()
    at = chance.choice([now, now, now, None, now - timedelta(hours=23, minutes=50)])
    await execute(
        conn,
        "UPDATE calendar SET synced_at = %s, first_synced_at = coalesce(first_synced_at, %s) WHERE account_id = %s",
        [at, at, world.subs["cy"]],
    )


async def unreadable(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "UPDATE calendar_event SET problem = CASE problem WHEN '' THEN 'calendar_unknown' ELSE '' END"
        " WHERE calendar_id = %s",
        [world.calendar_ids["cy"]],
    )


async def elsewhere(world: World, conn: Connection, chance: random.Random) -> None:
    await execute(
        conn,
        "UPDATE account SET tzid = %s WHERE account_id = %s",
        [chance.choice(["Etc/UTC", "Asia/Tokyo"]), world.subs[chance.choice(NAMES)]],
    )


async def folded(world: World, conn: Connection, chance: random.Random) -> None:
    await time_changes.fold(conn)


async def later(world: World, conn: Connection, chance: random.Random) -> None:
    world.installation.platform.clock.advance(  # type: ignore[attr-defined]
        minutes=chance.choice([0.1, 3, 11, 20])
    )


CHANGES: list[Change] = [
    busy,
    busy,
    gone,
    moved,
    booked,
    written,
    cancelled,
    held,
    released,
    hours,
    managed_hours,
    single_period,
    checked,
    failing,
    synced,
    unreadable,
    elsewhere,
    folded,
    later,
    later,
]


def bodies(world: World) -> list[dict[str, Any]]:
    """Queries of many forms over two days, the first of which passes meanwhile."""
    both = {
        "query_periods": [
            {"start": "2027-01-11T06:00:00Z", "end": "2027-01-11T16:30:00Z"},
            {"start": "2027-01-12T08:00:00Z", "end": "2027-01-12T14:00:00Z"},
        ]
    }
    managed = [{"sub": name, "managed_availability": True} for name in NAMES]
    found = []
    for response_format in ("periods", "slots", "overlapping_slots"):
        told = {"response_format": response_format, **both}
        found.append(world.body(*NAMES, **told))
        found.append(world.body("ana", {"sub": "bo", "ignore_tentative": True}, **told))
        found.append(world.body(*managed[:2], **told, start_interval={"minutes": 20}))
        found.append(world.body({"sub": "ana", "calendar_ids": [world.calendar_ids["ana"]]}, **told))
        quorum = world.body(*NAMES, **told, buffer={"before": {"minutes": 10}})
        quorum["participants"][0]["required"] = 2
        found.append(quorum)
    limited = {"sub": "bo", "availability_constraints": [{"period": "day", "limit": 1}]}
    found.append(world.body(limited, **both))
    starts = [{"start": f"2027-01-12T{hour:02}:15:00Z"} for hour in range(8, 14)]
    found.append(world.body(*NAMES, query_periods="left out", query_slots=starts))
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_changes_the_next_answer_is_as_read(world: World, read, seed: int):
    chance = random.Random(seed)
    asked = bodies(world)
    async with world.db.transaction() as conn:
        await execute(
            conn, "UPDATE calendar_connection SET kind = 'caldav' WHERE account_id = %s", [world.subs["cy"]]
        )
        await synced(world, conn, random.Random(0))
    answered = from_rows = 0
    for _ in range(40):
        for _ in range(chance.randrange(3)):
            async with world.db.transaction() as conn:
                await chance.choice(CHANGES)(world, conn, chance)
        for body in chance.sample(asked, 5):
            expected = await fresh(world, body)
            before = len(read)
            answer = await world.post(body)
            assert answer.status_code == 200, answer.text
            assert answer.content == expected
            answered += 1
            from_rows += len(read) > before
    # Otherwise nothing was tried.
    assert 0 < from_rows < answered * 0.8


RULE = "INSERT INTO availability_rule (org_id, account_id, tzid, weekly_periods) VALUES (%(org)s, %(ana)s, 'UTC', %(nine)s)"
MANAGED = (
    "INSERT INTO managed_rule VALUES (%(org)s, %(ana)s, %(client)s, 'r', 'UTC', NULL, %(nine)s, now(), now())"
)
LATER = "SET weekly_periods = %(ten)s"
IN_FIRST = {"sub": "ana", "calendar_ids": ["first"]}
BOOKED = (
    "WITH made AS (INSERT INTO booking (org_id, booking_id, revision, state, title, organizer_id, starts_at, ends_at,"
    " local_start, tzid, tzdata_version, changed_by, changed_at, created_at, uid) VALUES (%(org)s, 'b', 1, 'confirmed',"
    " 't', %(ana)s, %(start)s, %(end)s, now(), 'UTC', '', '', now(), now(), 'b') RETURNING org_id, booking_id)"
    " INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during)"
    " SELECT m.org_id, m.booking_id, a.account_id, a.lane, 'organizer', tstzrange(%(start)s, %(end)s)"
    " FROM made m, account a WHERE a.account_id = %(ana)s"
)
WRITTEN = (
    "INSERT INTO booking_write (org_id, booking_id, account_id, calendar_id, desired_revision, state, changed_at)"
    " VALUES (%(org)s, 'b', %(ana)s, %(second)s, 1, 'builtin', now())"
)
EVENT = (
    "INSERT INTO calendar_event (org_id, calendar_id, remote_id, uid, raw, problem)"
    " VALUES (%(org)s, %(first)s, 'e', 'e', '', %(problem)s)"
)
BLOCK = (
    "INSERT INTO busy_block (org_id, calendar_id, remote_id, during, kind, calendar_num)"
    " SELECT org_id, calendar_id, 'e', tstzrange(%(start)s, %(end)s), 'busy', num FROM calendar"
    " WHERE calendar_id = %(first)s"
)
CALDAV = (
    "UPDATE calendar_connection SET kind = 'caldav' WHERE account_id = %(ana)s",
    "UPDATE calendar SET first_synced_at = %(now)s, synced_at = %(now)s WHERE account_id = %(ana)s",
)
HELD = "INSERT INTO hold VALUES (%(org)s, 'h', %(ana)s, %(bo)s, tstzrange(%(start)s, %(end)s), %(start)s, %(now)s)"
PERIOD = (
    "INSERT INTO available_period (org_id, account_id, client_id, available_period_id, during, created_at, updated_at)"
    " VALUES (%(org)s, %(ana)s, %(client)s, 'p', tstzrange(%(start)s, %(end)s), now(), now())"
)
EVENING = "UPDATE busy_block SET during = tstzrange('2027-01-12T16:00Z', '2027-01-12T17:00Z')"
ONE_A_DAY = {"sub": "ana", "availability_constraints": [{"period": "day", "limit": 1}]}
MANAGING = {"sub": "ana", "managed_availability": True}


@pytest.mark.parametrize(
    ("before", "change", "member"),
    [
        ([EVENT], BLOCK, "ana"),
        ([EVENT, BLOCK], "UPDATE busy_block SET during = tstzrange(%(end)s, %(end)s + interval '1h')", "ana"),
        ([EVENT, BLOCK], "DELETE FROM busy_block", "ana"),
        ([EVENT, BLOCK], "DELETE FROM calendar_event", "ana"),
        ([EVENT, BLOCK], "DELETE FROM calendar WHERE calendar_id = %(first)s", "ana"),
        ([EVENT, BLOCK], "UPDATE calendar SET is_checked = false", "ana"),
        ([EVENT, BLOCK, EVENING], "UPDATE account SET tzid = 'Asia/Tokyo'", ONE_A_DAY),
        ([], BOOKED, "ana"),
        ([BOOKED], "UPDATE booking_participant SET live = false", "ana"),
        ([BOOKED], "DELETE FROM booking_participant", "ana"),
        ([BOOKED], WRITTEN, IN_FIRST),
        ([BOOKED, WRITTEN], "UPDATE booking_write SET calendar_id = %(first)s", IN_FIRST),
        ([BOOKED, WRITTEN], "DELETE FROM booking_write", IN_FIRST),
        ([], HELD, "ana"),
        ([HELD], "UPDATE hold SET during = tstzrange(%(end)s, %(end)s + interval '1h')", "ana"),
        ([HELD], "DELETE FROM hold", "ana"),
        ([], RULE, MANAGING),
        ([RULE], f"UPDATE availability_rule {LATER}", MANAGING),
        ([RULE], "DELETE FROM availability_rule", MANAGING),
        ([], MANAGED, MANAGING),
        ([MANAGED], f"UPDATE managed_rule {LATER}", MANAGING),
        ([MANAGED], "DELETE FROM managed_rule", MANAGING),
        ([], PERIOD, MANAGING),
        (
            [PERIOD],
            "UPDATE available_period SET during = tstzrange(%(end)s, %(end)s + interval '1h')",
            MANAGING,
        ),
        ([PERIOD], "DELETE FROM available_period", MANAGING),
        ([*CALDAV], "UPDATE calendar_connection SET state = 'needs_attention'", "ana"),
        ([*CALDAV], "UPDATE calendar SET synced_at = synced_at - interval '2 days'", "ana"),
        ([*CALDAV], "UPDATE calendar SET synced_at = NULL", "ana"),
        ([*CALDAV], "UPDATE calendar SET first_synced_at = NULL", "ana"),
        ([*CALDAV], EVENT.replace("%(problem)s", "'calendar_unknown'"), "ana"),
        ([*CALDAV, EVENT], "UPDATE calendar_event SET problem = 'calendar_unknown'", "ana"),
        ([], "UPDATE calendar_connection SET kind = 'caldav'", "ana"),
    ],
)
async def test_each_change_is_told_at_once(world: World, before: list[str], change: str, member: Any):
    values = {
        "org": world.org_id,
        "client": world.client_id,
        "ana": world.subs["ana"],
        "bo": world.subs["bo"],
        "first": world.calendar_ids["ana"],
        "second": await world.second_calendar("ana"),
        "nine": tuesdays("09:00", "12:00"),
        "ten": tuesdays("10:00", "12:00"),
        "start": moment("09:30"),
        "end": moment("10:30"),
        "now": world.installation.platform.clock(),
        "problem": "",
    }
    if member is IN_FIRST:
        member = {**IN_FIRST, "calendar_ids": [world.calendar_ids["ana"]]}
    bodies = [
        world.body(member, response_format=response_format)
        for response_format in ("periods", "overlapping_slots")
    ]
    async with world.db.transaction() as conn:
        for statement in before:
            await conn.execute(statement, values)
    for body in bodies:
        told = [(await world.post(body)).content for _ in range(2)]
        assert told[0] == told[1]
        body["told"] = told[0]
    async with world.db.transaction() as conn:
        await conn.execute(change, values)
    for body in bodies:
        told_before = body.pop("told")
        answer = (await world.post(body)).content
        assert answer != told_before
        assert answer == await fresh(world, body)


async def test_only_those_who_changed_are_read_again(world: World, read):
    body = world.body(*NAMES, response_format="overlapping_slots")
    await world.post(body)
    await world.post(body)
    other = world.body("ana", "cy", response_format="overlapping_slots")
    await world.post(other)
    assert read == [[world.subs[name] for name in NAMES]]
    await world.busy("bo", "09:00", "10:00")
    await world.post(body)
    assert read[1:] == [[world.subs["bo"]]]


def some_time(chance: random.Random) -> list[dict[str, str]]:
    """One or two periods somewhere in five weeks."""
    moments = sorted(chance.sample(range(35 * 24 * 12), chance.choice([2, 4])))
    told = [
        f"{moment('00:00') + timedelta(minutes=5 * at) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        for at in moments
    ]
    return [{"start": start, "end": end} for start, end in zip(told[::2], told[1::2], strict=True)]


@pytest.mark.parametrize("seed", range(2))
async def test_periods_anywhere_are_answered_as_read(world: World, read, seed: int):
    """What is kept of some weeks is cut to what is asked, wherever that begins and ends."""
    chance = random.Random(seed)
    periods = [
        {"day": day, "start_time": "00:00", "end_time": chance.choice(["17:40", "24:00"])}
        for day in ("monday", "tuesday", "wednesday", "saturday", "sunday")
    ]
    async with world.db.transaction() as conn:
        await execute(
            conn,
            "INSERT INTO availability_rule (org_id, account_id, tzid, weekly_periods)"
            " SELECT org_id, account_id, 'America/New_York', %s FROM account",
            [json.dumps(periods)],
        )
        for at in range(300):
            start = moment("00:00") + timedelta(minutes=5 * chance.randrange(36 * 24 * 12))
            end = start + timedelta(seconds=chance.randrange(1, 9000))
            where = [world.org_id, world.calendar_ids[chance.choice(NAMES)], f"e{at}"]
            await execute(
                conn,
                "INSERT INTO calendar_event (org_id, calendar_id, remote_id, uid, raw) VALUES (%s, %s, %s, 'u', '')",
                where,
            )
            await execute(
                conn,
                "INSERT INTO busy_block (org_id, calendar_id, remote_id, during, kind, calendar_num)"
                " SELECT org_id, calendar_id, %s, tstzrange(%s, %s), %s, num FROM calendar"
                " WHERE org_id = %s AND calendar_id = %s",
                [where[2], start, end, chance.choice(["busy", "tentative"]), *where[:2]],
            )
    members = [
        {"sub": "ana", "managed_availability": True},
        {"sub": "bo", "ignore_tentative": True, "availability_constraints": [{"period": "week", "limit": 9}]},
        "cy",
    ]
    asked = before = 0
    for _ in range(40):
        body = world.body(
            *chance.sample(members, chance.randrange(1, 4)),
            query_periods=some_time(chance),
            required_duration={"minutes": chance.choice([25, 60])},
            response_format=chance.choice(["periods", "slots", "overlapping_slots"]),
            start_interval=chance.choice(["left out", {"minutes": 15}, {"minutes": 25}, {"minutes": 90}]),
            max_results=chance.choice([5, 512]),
        )
        body["participants"][0]["required"] = chance.choice(["all", 1])
        answer = await world.post(body)
        assert answer.status_code == 200, answer.text
        assert answer.content == await fresh(world, body)
        before, asked = len(read), asked + 1
    assert 0 < before < asked * 0.8


async def test_other_periods_of_weeks_that_are_known_read_nothing(world: World, read):
    told = {"response_format": "overlapping_slots"}
    week, later = (
        {"query_periods": [{"start": f"{start}T00:00:00Z", "end": f"{end}T00:00:00Z"}], **told}
        for start, end in [("2027-01-14", "2027-01-21"), ("2027-02-11", "2027-02-12")]
    )
    await world.post(world.body("ana", **week))
    for start, end in [("15T08:00", "15T19:00"), ("14T00:00", "14T02:05"), ("20T20:00", "21T00:00")]:
        inside = [{"start": f"2027-01-{start}:00Z", "end": f"2027-01-{end}:00Z"}]
        body = world.body("ana", query_periods=inside, **told)
        assert (await world.post(body)).content == await fresh(world, body)
    assert len(read) == 1
    # Another week is read with those between, so that the two do not drive each other out.
    for body in (world.body("ana", **later), world.body("ana", **week), world.body("ana", **later)):
        assert (await world.post(body)).content == await fresh(world, body)
    assert len(read) == 2


async def test_others_get_their_turn_while_many_members_are_made(clock):
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def known(specs, time):
        return {spec.sub: MemberFacts("UTC", [KnownCalendar("c")]) for spec in specs}

    subs = [f"acc_{number}" for number in range(100)]
    start = int(clock().timestamp())
    group = GroupSpec(tuple(MemberSpec(sub) for sub in subs), 100)
    asked = Query((group,), 3600, periods=((start, start + 7 * 86400),), response_format="slots")
    view = view_of(asked, ("org", "app"), clock())
    assert view is not None
    running = asyncio.create_task(others())
    await asyncio.sleep(0)
    before = turns
    found = await ReadyAnswers(AvailabilityCache(10**7)).find(view, dict.fromkeys(subs, 1), known)
    assert len(found.slots) == 7 * 24
    assert turns - before >= 10
    running.cancel()


async def test_an_open_transaction_changes_nothing_for_others(world: World, read):
    """A version that was read before a commit, with rows read after it, must not outlive that commit."""
    body = world.body("ana")
    before = (await world.post(body)).content
    async with world.db.transaction() as conn:
        await hours(world, conn, random.Random(1))
        await busy(world, conn, random.Random(3))
        assert (await world.post(body)).content == before
        assert len(read) == 1
    assert (await world.post(body)).content == await fresh(world, body)


async def test_folding_keeps_every_version(world: World):
    for start in ("09:00", "10:00", "11:00"):
        await world.busy("ana", start, start[:3] + "30")
    versions = (
        "SELECT account_id, sum(changes) AS version, count(*) AS rows FROM time_change GROUP BY account_id"
    )
    async with world.db.transaction() as conn:
        before = {row["account_id"]: row for row in await fetch_dicts(conn, versions)}
        assert await time_changes.fold(conn) > 0
        after = {row["account_id"]: row for row in await fetch_dicts(conn, versions)}
    assert {sub: row["version"] for sub, row in after.items()} == {
        sub: row["version"] for sub, row in before.items()
    }
    assert before[world.subs["ana"]]["rows"] > 2
    assert {row["rows"] for row in after.values()} == {1}


# -- credentials


async def test_a_credential_that_was_good_a_moment_ago_is_proved_each_time(world: World, clock):
    identity, body = world.installation.identity, world.body("ana")
    token, secret = world.tokens["ana"], world.secret
    for bearer in (token, secret, token, secret):
        assert (await world.post(body, bearer)).status_code == 200

    me = Application(world.org_id, world.client_id, "credentials")
    await identity.oauth.revoke(me, token=token)
    refused = await world.post(body, token)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    # Whoever is not known any more is not told what is wrong with a query either.
    await world.post(world.body("bo"), world.tokens["bo"])
    await identity.oauth.revoke(me, token=world.tokens["bo"])
    assert (await world.post({}, world.tokens["bo"])).status_code == 401

    # ana has withdrawn: her time is nothing that the application's secret opens.
    answer = await world.post(body, secret)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["participants.0.members.0.sub"])
    cys = world.body("cy")
    assert (await world.post(cys, secret)).status_code == 200
    assert (await world.post(cys, world.tokens["cy"])).status_code == 200
    clock.advance(hours=2)
    assert (await world.post(cys, world.tokens["cy"])).status_code == 401
    async with world.db.transaction() as conn:
        await execute(conn, "UPDATE oauth_client_secret SET expires_at = %s", [clock()])
    assert (await world.post(cys, secret)).status_code == 401


async def test_a_suspended_account_is_not_seen_and_its_token_is_over(world: World):
    body = world.body("bo")
    for bearer in (world.tokens["bo"], world.secret):
        assert (await world.post(body, bearer)).status_code == 200
    async with world.db.transaction() as conn:
        await execute(
            conn, "UPDATE account SET suspended_at = now() WHERE account_id = %s", [world.subs["bo"]]
        )
    assert (await world.post(body, world.tokens["bo"])).status_code == 401
    assert (await world.post(body, world.secret)).status_code == 422


async def test_scopes_are_asked_of_whoever_is_remembered(world: World):
    issued = await world.installation.identity.oauth.issue(
        operator(world.org_id), world.client_id, world.subs["ana"], "create_event"
    )
    for _ in range(2):
        assert (await world.post(world.body("ana"), issued["access_token"])).status_code == 403


# -- the cache itself


async def test_what_is_kept_stays_within_its_bound(world: World):
    service = world.installation.platform.availability_queries
    service.ready = ReadyAnswers(AvailabilityCache(20_000))
    for minutes in range(15, 75):
        for response_format in ("periods", "overlapping_slots"):
            body = world.body(*NAMES, required_duration=minutes, response_format=response_format)
            assert (await world.post(body)).content == await fresh(world, body)
            assert 0 < service.ready.cache.size <= 20_000
    assert 3 < len(service.ready.cache) < 60


def test_the_cache_drops_what_was_not_asked_for_longest(clock):
    cache = AvailabilityCache(300)
    now = clock()
    for name in "abc":
        cache.put(name, Kept(name, 1, now, None, 100))
    assert cache.get("a", 1, now) is not None
    cache.put("d", Kept("d", 1, now, None, 100))
    assert [name for name in "abcd" if cache.get(name, 1, now)] == ["a", "c", "d"]
    cache.put("d", Kept("D", 2, now, None, 250))
    assert (len(cache), cache.size) == (1, 250)
    cache.put("d", Kept("too large", 2, now, None, 301))
    assert (len(cache), cache.size) == (0, 0)


def test_the_cache_tells_nothing_of_other_versions_or_times(clock):
    cache = AvailabilityCache(300)
    now = clock()
    cache.put("a", Kept("a", 1, now, now + timedelta(minutes=1), 100))
    assert cache.get("a", 1, now) is not None
    assert cache.get("a", 2, now) is None
    assert cache.get("a", 0, now) is None
    assert cache.get("a", 1, now + timedelta(minutes=1)) is None
    assert cache.get("a", 1, now - timedelta(seconds=1)) is None


# -- calls at once


async def test_calls_at_once_share_a_statement_and_miss_no_change(world: World, monkeypatch):
    sent: list[bytes] = []
    send = claims.applications.VisibleVersions.send

    def noted(self, org_id, client_id, subs, credential, now, tell):
        sent.append(credential)
        send(self, org_id, client_id, subs, credential, now, tell)

    monkeypatch.setattr(claims.applications.VisibleVersions, "send", noted)
    body = world.body("ana", "bo")
    await world.post(body)
    sent.clear()
    for quarter in range(12):
        await world.busy("ana", f"{9 + quarter // 4:02}:{quarter % 4 * 15:02}", "12:00")
        answers = await asyncio.gather(*(world.post(body) for _ in range(6)))
        expected = await fresh(world, body)
        assert [answer.content for answer in answers] == [expected] * 6
    assert 12 <= len(sent) < 60


async def test_calls_that_share_a_statement_share_its_refusal(world: World):
    body, token = world.body("ana"), world.tokens["ana"]
    await world.post(body, token)
    me = Application(world.org_id, world.client_id, "credentials")
    await world.installation.identity.oauth.revoke(me, token=token)
    answers = await asyncio.gather(*(world.post(body, token) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [401] * 5
