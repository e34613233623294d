"""Busy time and readability as availability reads them, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from convene.security.tokens import new_id
from convene.storage import calendars, connections, events
from convene.storage.database import Connection, Database

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORG = "org_00000000000000000000000000"


async def make_account(conn: Connection, email: str) -> str:
    account_id = new_id("account")
    await conn.execute(
        "INSERT INTO organization (org_id, name, created_at) VALUES (%s, 'Org', %s) ON CONFLICT DO NOTHING",
        [ORG, NOW],
    )
    await conn.execute(
        "INSERT INTO account (org_id, account_id, email, name, tzid, role, created_at)"
        " VALUES (%s, %s, %s, 'A', 'Europe/London', 'member', %s)",
        [ORG, account_id, email, NOW],
    )
    return account_id


async def make_calendar(conn: Connection, account_id: str, *, is_checked: bool = True) -> calendars.Calendar:
    connection_id, calendar_id = new_id("connection"), new_id("calendar")
    await connections.insert_connection(
        conn,
        org_id=ORG,
        connection_id=connection_id,
        account_id=account_id,
        kind="caldav",
        label="Work",
        state="ok",
        now=NOW,
    )
    await calendars.insert_calendar(
        conn,
        org_id=ORG,
        calendar_id=calendar_id,
        connection_id=connection_id,
        account_id=account_id,
        remote_id="/a/",
        name="Work",
        tzid="Europe/London",
        is_checked=is_checked,
    )
    found = await calendars.get_calendar(conn, ORG, calendar_id)
    assert found is not None
    return found


def event(remote_id: str, *hours: int, kind: str = "busy", raw: str = "x") -> events.NewEvent:
    blocks = [(NOW + timedelta(hours=h), NOW + timedelta(hours=h + 1), kind) for h in hours]
    return events.NewEvent(remote_id, remote_id, '"1"', raw, "S", None, "", blocks)


async def test_busy_time_is_read_per_account_and_only_from_checked_calendars(db: Database) -> None:
    async with db.transaction() as conn:
        ana, bo, cy = [await make_account(conn, f"{name}@x.example") for name in ("ana", "bo", "cy")]
        work, unchecked, hers, foreign = (
            await make_calendar(conn, ana),
            await make_calendar(conn, ana, is_checked=False),
            await make_calendar(conn, bo),
            await make_calendar(conn, cy),
        )
        await events.store_events(conn, work, [event("a", 1, 30), event("b", 2, kind="tentative")], 1)
        await events.store_events(conn, unchecked, [event("a", 3)], 1)
        await events.store_events(conn, hers, [event("a", 4)], 1)
        await events.store_events(conn, foreign, [event("a", 5)], 1)
        found = await events.list_busy(conn, ORG, [ana, bo], NOW, NOW + timedelta(hours=24))
    hours = [(row.account_id, (row.starts_at - NOW) // timedelta(hours=1), row.kind) for row in found]
    assert sorted(hours) == sorted([(ana, 1, "busy"), (ana, 2, "tentative"), (bo, 4, "busy")])


async def test_intervals_are_half_open(db: Database) -> None:
    async with db.transaction() as conn:
        ana = await make_account(conn, "ana@x.example")
        work = await make_calendar(conn, ana)
        await events.store_events(conn, work, [event("a", 1)], 1)
        hour = timedelta(hours=1)
        assert await events.list_busy(conn, ORG, [ana], NOW, NOW + hour) == []
        assert await events.list_busy(conn, ORG, [ana], NOW + 2 * hour, NOW + 3 * hour) == []
        assert len(await events.list_busy(conn, ORG, [ana], NOW, NOW + 1.1 * hour)) == 1


async def test_storing_again_replaces_blocks_and_deleting_drops_them(db: Database) -> None:
    async with db.transaction() as conn:
        ana = await make_account(conn, "ana@x.example")
        work = await make_calendar(conn, ana)
        await events.store_events(conn, work, [event("a", 1), event("b", 2), event("c", 3)], 1)
        await events.store_events(conn, work, [event("a", 5)], 2)
        assert await events.delete_events(conn, work, ["c"]) == 1
        found = await events.list_busy(conn, ORG, [ana], NOW, NOW + timedelta(hours=24))
        assert [(row.starts_at - NOW) // timedelta(hours=1) for row in found] == [2, 5]
        assert await events.count_future(conn, work, ["a"], NOW + timedelta(hours=4)) == (1, 1)


async def test_the_index_answers(db: Database) -> None:
    async with db.transaction() as conn:
        ana = await make_account(conn, "ana@x.example")
        work = await make_calendar(conn, ana)
        await events.store_events(conn, work, [event(f"e{n}", n) for n in range(2000)], 1)
    async with db.connection() as conn:
        await conn.execute("ANALYZE busy_block")
        await conn.execute("ANALYZE calendar")
        cursor = await conn.execute(
            "EXPLAIN " + events._SQL["list_busy"],
            {"org_id": ORG, "account_ids": [ana], "start": NOW, "end": NOW + timedelta(hours=3)},
        )
        plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "busy_block_when" in plan, plan


@pytest.mark.parametrize(
    ("age", "unknown"), [(None, True), (timedelta(hours=23), False), (timedelta(hours=25), True)]
)
async def test_a_calendar_not_read_for_a_day_is_unknown(
    db: Database, age: timedelta | None, unknown: bool
) -> None:
    async with db.transaction() as conn:
        ana = await make_account(conn, "ana@x.example")
        work = await make_calendar(conn, ana)
        if age is not None:
            await calendars.store_round(
                conn,
                work,
                cursor={},
                generation=1,
                is_full=True,
                expanded_until=NOW,
                notices=[],
                now=NOW - age,
            )
        found = await calendars.list_readability(conn, ORG, [ana])
    assert [row.is_unknown(NOW) for row in found] == [unknown]


async def test_everybody_gets_one_builtin_calendar(db: Database) -> None:
    async with db.transaction() as conn:
        ana = await make_account(conn, "ana@x.example")
        await connections.ensure_builtin(conn, ORG, ana, "Europe/London", NOW)
        await connections.ensure_builtin(conn, ORG, ana, "Europe/London", NOW)
        found = await connections.list_connections(conn, ORG, ana)
        target = await calendars.get_target(conn, ORG, ana)
        readable = await calendars.list_readability(conn, ORG, [ana])
    assert [row.kind for row in found] == ["builtin"]
    assert target is not None
    assert target.connection_id == found[0].connection_id
    assert [row.is_unknown(NOW) for row in readable] == [False]
