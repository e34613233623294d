"""Racing for time over HTTP against the real server: one winner, no overlap, no half meeting, nobody stuck."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from factories.platform import always_open
from serving import ServedConvene

RACERS = 2000
AT_ONCE = 100
SLOT = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=7)


@pytest.fixture
def served(tmp_path, empty_database_url) -> Iterator[tuple[ServedConvene, str]]:
    server = ServedConvene(tmp_path, empty_database_url)
    server.start()
    yield server, empty_database_url
    server.stop()


def people_of(server: ServedConvene, count: int) -> list[tuple[str, str]]:
    people = [server.person(f"Person {number}") for number in range(count)]
    for _, token in people:
        with server.client(token) as client:
            assert client.put("/api/availability-rules", json=always_open("Europe/London")).status_code == 200
    return people


async def race(server: ServedConvene, attempts) -> Counter[int]:
    """Send all bookings, a hundred at a time, and count the statuses. 503 says "in a moment": so ask again then."""
    gate = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=server.url, timeout=30, limits=limits, trust_env=False) as client:

        async def attempt(token: str, other: str, start: datetime) -> int:
            body = {
                "participants": [other],
                "start": start.isoformat().replace("+00:00", "Z"),
                "duration_minutes": 30,
                "title": "Race",
            }
            # What a careful client does: one key per attempt, and the same again if the answer is lost.
            headers = {"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(16)}
            async with gate:
                for _ in range(20):
                    try:
                        answer = await client.post("/api/bookings", json=body, headers=headers)
                    except httpx.TransportError:
                        continue
                    if answer.status_code != 503:
                        return answer.status_code
                    await asyncio.sleep(float(answer.headers["retry-after"]))
                return 503

        return Counter(await asyncio.gather(*(attempt(*one) for one in attempts)))


def integrity(database_url: str) -> tuple[int, int, int]:
    """(overlapping pairs, bookings, participants)."""
    with psycopg.connect(database_url) as conn:
        overlapping = conn.execute(
            "SELECT count(*) FROM booking_participant a JOIN booking_participant b ON a.lane = b.lane"
            " AND a.booking_id < b.booking_id AND a.live AND b.live AND a.during && b.during"
        ).fetchone()[0]
        bookings = conn.execute("SELECT count(*) FROM booking").fetchone()[0]
        people = conn.execute("SELECT count(*) FROM booking_participant").fetchone()[0]
    return overlapping, bookings, people


async def test_two_thousand_racers_for_one_slot(served):
    server, database_url = served
    (ana, _), *racers = await asyncio.to_thread(people_of, server, 9)
    attempts = [(racers[number % 8][1], ana, SLOT) for number in range(RACERS)]
    statuses = await race(server, attempts)
    assert statuses == {201: 1, 409: RACERS - 1}
    assert integrity(database_url) == (0, 1, 2)


async def test_crossing_pairs_over_a_few_slots(served):
    server, database_url = served
    people = await asyncio.to_thread(people_of, server, 6)
    attempts = []
    for number in range(600):
        one, two = people[number % 6], people[(number * 5 + 1) % 6]
        if one is not two:
            attempts.append((one[1], two[0], SLOT + timedelta(minutes=15 * (number % 6))))
    statuses = await race(server, attempts)
    assert set(statuses) == {201, 409}
    overlapping, bookings, participants = integrity(database_url)
    assert (overlapping, participants) == (0, 2 * bookings)
    assert bookings == statuses[201]
