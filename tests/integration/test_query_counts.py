"""The number of statements does not grow with the number of people or meetings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from convene.services.availability_question import Question
from convene.services.bookings import Draft
from factories.platform import World, make_world

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def world(db, clock) -> World:
    return await make_world(db, clock)


@pytest.fixture
def count(monkeypatch) -> Callable[[Callable[[], Awaitable[object]]], Awaitable[int]]:
    """Returns how many statements a call sends."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def counted(self, query, *arguments, **options):
        sent.append(str(query))
        return await execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)

    async def run(work: Callable[[], Awaitable[object]]) -> int:
        before = len(sent)
        await work()
        return len(sent) - before

    return run


async def test_availability_of_many_people(world, count):
    people = [await world.person(f"Person {number}") for number in range(12)]

    def ask(number: int) -> Callable[[], Awaitable[object]]:
        subs = tuple(who.member_id for who in people[:number])
        question = Question(subs, MORNING, MORNING + timedelta(days=5), 30)
        return lambda: world.availability.find(people[0], question)

    assert 0 < await count(ask(2)) == await count(ask(12))


async def test_lists_of_many_bookings(world, count):
    ana, bo = await world.person("Ana"), await world.person("Bo")

    async def book(number: int) -> None:
        start = MORNING + timedelta(hours=number)
        await world.bookings.confirm(ana, Draft([bo.member_id], start, 30, "Meeting"))

    def listed() -> Awaitable[list[object]]:
        return world.bookings.mine(ana, MORNING, MORNING + timedelta(days=5), 200)

    await book(0)
    few = await count(listed)
    for number in range(1, 15):
        await book(number)
    assert len(await listed()) == 15
    assert 0 < few == await count(listed)


async def test_booking_with_many_people(world, count):
    people = [await world.person(f"Person {number}") for number in range(9)]

    def booking(number: int, hour: int) -> Callable[[], Awaitable[object]]:
        subs = [who.member_id for who in people[1:number]]
        draft = Draft(subs, MORNING + timedelta(hours=hour), 30, "Meeting")
        return lambda: world.bookings.confirm(people[0], draft)

    await booking(2, 0)()
    assert 0 < await count(booking(2, 1)) == await count(booking(9, 2))
