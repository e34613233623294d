"""The bus over a real PostgreSQL: keys reach other processes, coalesced, and again after a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from convene.realtime import EVERYTHING, PostgresBus, payloads


class Ear:
    """Collects what a bus says and lets a test wait for it."""

    def __init__(self, bus: PostgresBus) -> None:
        self.calls: list[frozenset[str]] = []
        self.heard: set[str] = set()
        self._news = asyncio.Event()
        self.end = bus.subscribe(self._hear)

    def _hear(self, keys: frozenset[str]) -> None:
        self.calls.append(keys)
        self.heard |= keys
        self._news.set()

    async def wait_for(self, *keys: str) -> None:
        async with asyncio.timeout(10):
            while not self.heard.issuperset(keys):
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[tuple[PostgresBus, PostgresBus]]:
    buses = PostgresBus(database_url, channel="test"), PostgresBus(database_url, channel="test")
    for bus in buses:
        await bus.start()
        await bus.listening()
    yield buses
    for bus in buses:
        await bus.close()


async def test_keys_reach_the_own_process_and_the_other(two: tuple[PostgresBus, PostgresBus]) -> None:
    here, there = Ear(two[0]), Ear(two[1])
    two[0].publish(["org_a/cnv_1", "org_a/acc_1"])
    await here.wait_for("org_a/cnv_1", "org_a/acc_1")
    await there.wait_for("org_a/cnv_1", "org_a/acc_1")


async def test_many_publishes_become_few_wake_ups(two: tuple[PostgresBus, PostgresBus]) -> None:
    here, there = Ear(two[0]), Ear(two[1])
    for number in range(300):
        two[0].wake(f"org_a/cnv_{number % 3}")
    two[0].wake("last")
    await here.wait_for("last")
    await there.wait_for("last", "org_a/cnv_0", "org_a/cnv_1", "org_a/cnv_2")
    assert len(here.calls) <= 3
    assert len(there.calls) <= 6


async def test_more_keys_than_one_payload_holds_all_arrive(two: tuple[PostgresBus, PostgresBus]) -> None:
    there = Ear(two[1])
    keys = [f"org_{'x' * 26}/cnv_{number:026d}" for number in range(500)]
    two[0].publish(keys)
    await there.wait_for(*keys)


async def test_a_flood_of_keys_becomes_the_key_for_all(two: tuple[PostgresBus, PostgresBus]) -> None:
    there = Ear(two[1])
    two[0].publish([f"key_{number}" for number in range(5000)])
    await there.wait_for(EVERYTHING)
    assert len(there.heard) < 100


async def test_a_lost_listener_comes_back_and_wakes_everybody(
    two: tuple[PostgresBus, PostgresBus], database_url: str
) -> None:
    there = Ear(two[1])
    ours = "FROM pg_stat_activity WHERE application_name = 'convene bus' AND datname = current_database()"
    with psycopg.connect(database_url, autocommit=True) as conn:
        # Both connections of both buses; the notifying ones may still be on their way.
        while conn.execute(f"SELECT count(*) {ours}").fetchone() != (4,):  # noqa: ASYNC110 (only the server knows)
            await asyncio.sleep(0.01)
        conn.execute(f"SELECT pg_terminate_backend(pid) {ours}")
    await there.wait_for(EVERYTHING)
    two[0].wake("after")
    await there.wait_for("after")


async def test_a_failing_subscriber_leaves_the_others_awake(two: tuple[PostgresBus, PostgresBus]) -> None:
    def broken(keys: frozenset[str]) -> None:
        raise RuntimeError("broken on purpose")

    two[0].subscribe(broken)
    here = Ear(two[0])
    two[0].wake("news")
    await here.wait_for("news")


async def test_an_ended_subscription_hears_nothing(two: tuple[PostgresBus, PostgresBus]) -> None:
    gone, here = Ear(two[0]), Ear(two[0])
    gone.end()
    two[0].wake("news")
    await here.wait_for("news")
    assert "news" not in gone.heard


def test_payloads_stay_below_what_postgresql_takes() -> None:
    keys = {f"org_{'x' * 26}/cnv_{number:026d}" for number in range(1000)}
    packed = payloads(keys)
    assert max(len(line.encode()) for line in packed) < 7990
    assert {key for line in packed for key in line.split()} == keys
