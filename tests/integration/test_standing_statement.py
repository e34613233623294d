"""A standing statement answers everybody with what was asked, from what was committed before, whatever else happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg import OperationalError
from psycopg.errors import DivisionByZero

from convene.storage.database import Database
from convene.storage.standing_statement import StandingStatement

TYPES = {"number": "int", "wait": "float8"}
SQL = (
    "SELECT 100 / %(number)s, pg_backend_pid(), (SELECT max(version) FROM counted), pg_sleep(%(wait)s)::text"
)


@pytest.fixture
async def counted(db: Database) -> AsyncIterator[StandingStatement]:
    async with db.connection() as conn:
        await conn.execute("CREATE TABLE counted (version int)")
    yield db.standing(SQL, TYPES)
    async with db.connection() as conn:
        await conn.execute("DROP TABLE counted")


async def ask(statement: StandingStatement, number: int, wait: float = 0) -> int:
    [[quotient, *_]] = await statement.ask([str(number).encode(), str(wait).encode()])
    return int(quotient or 0)


async def test_everybody_gets_the_answer_to_their_own_question(counted: StandingStatement):
    numbers = [number % 50 + 1 for number in range(400)]
    assert await asyncio.gather(*(ask(counted, number) for number in numbers)) == [
        100 // number for number in numbers
    ]


async def test_what_fails_fails_alone(counted: StandingStatement):
    found = await asyncio.gather(*(ask(counted, number % 3) for number in range(9)), return_exceptions=True)
    assert [isinstance(one, DivisionByZero) for one in found] == [True, False, False] * 3
    assert found[1::3] + found[2::3] == [100] * 3 + [50] * 3


async def test_who_leaves_leaves_the_others_theirs(counted: StandingStatement):
    await ask(counted, 1)
    asked = [asyncio.create_task(ask(counted, number, 0.02)) for number in range(1, 9)]
    await asyncio.sleep(0)
    for task in asked[::2]:
        task.cancel()
    assert await asyncio.gather(*asked[1::2]) == [50, 25, 16, 12]


async def test_an_answer_knows_all_that_was_committed_before_it_was_asked(
    db: Database, counted: StandingStatement
):
    for version in range(20):
        async with db.connection() as conn:
            await conn.execute("INSERT INTO counted VALUES (%s)", [version])
        answers = await asyncio.gather(*(counted.ask([b"1", b"0"]) for _ in range(3)))
        assert [answer[0][2] for answer in answers] == [str(version).encode()] * 3


async def test_a_connection_that_was_ended_is_opened_again(db: Database, counted: StandingStatement):
    [[_, before, *_]] = await counted.ask([b"1", b"0"])
    async with db.connection() as conn:
        await conn.execute("SELECT pg_terminate_backend(%s, 5000)", [int(before or 0)])
    asked = await asyncio.gather(*(counted.ask([b"1", b"0"]) for _ in range(5)))
    after = {answer[0][1] for answer in asked}
    assert len(after) == 1
    assert after != {before}


async def test_who_waits_when_it_ends_is_answered_by_the_next(db: Database, counted: StandingStatement):
    [[_, before, *_]] = await counted.ask([b"1", b"0"])
    asked = [asyncio.create_task(ask(counted, number, 0.2)) for number in (1, 2, 4)]
    await asyncio.sleep(0)
    async with db.connection() as conn:
        await conn.execute("SELECT pg_terminate_backend(%s, 5000)", [int(before or 0)])
    assert await asyncio.gather(*asked) == [100, 50, 25]


async def test_without_a_server_it_says_so():
    nowhere = StandingStatement("postgresql://postgres@127.0.0.1:1/postgres", "", SQL, TYPES)
    for _ in range(2):
        with pytest.raises(OperationalError):
            await ask(nowhere, 1)
    await nowhere.close()
