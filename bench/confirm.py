"""Confirmations per second through HTTP beside a bare SQL booking transaction on the same database in the same run.

The bare transaction locks two rows, inserts a booking and its two participants with ON CONFLICT DO NOTHING, and
commits. Ours authenticates, re-checks availability, writes history, webhooks and jobs as well.
Usage: python bench/confirm.py [bookings]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from load import request, run
from running import running

CONNECTIONS = 8


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with running() as (port, people):
        hosts = people["hosts"]
        first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=70)

        def booking(number: int) -> bytes:
            pair = number % 10
            (_, token), (other, _) = hosts[pair], hosts[pair + 10]
            body = {
                "participants": [other],
                "start": (first + timedelta(minutes=30 * (number // 10))).isoformat().replace("+00:00", "Z"),
                "duration_minutes": 30,
                "title": "Bench",
            }
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            return request("POST", "/api/bookings", f"127.0.0.1:{port}", headers, json.dumps(body).encode())

        ours = asyncio.run(run(port, booking, count, CONNECTIONS))
        bare = asyncio.run(bare_rate(people, count))
        print(f"through HTTP   {ours}")
        print(f"bare SQL       {bare:8.0f}/s   ratio {ours.rate / bare:.2f}")


async def bare_rate(people: dict[str, Any], count: int) -> float:
    """Transactions per second over eight connections."""
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=300)
    numbers = iter(range(count))

    async def worker() -> None:
        async with await psycopg.AsyncConnection.connect(people["conninfo"], autocommit=True) as conn:
            for number in numbers:
                pair = [people["hosts"][number % 10][0], people["hosts"][number % 10 + 10][0]]
                start = first + timedelta(minutes=30 * (number // 10))
                async with conn.transaction():
                    cursor = await conn.execute(
                        "SELECT org_id, account_id, lane FROM account WHERE account_id = ANY(%s)"
                        " ORDER BY lane FOR NO KEY UPDATE",
                        [pair],
                    )
                    rows = await cursor.fetchall()
                    await conn.execute(
                        "INSERT INTO booking (org_id, booking_id, revision, state, title, organizer_id, starts_at,"
                        " ends_at, local_start, tzid, tzdata_version, changed_by, changed_at, created_at, uid)"
                        " VALUES (%s, %s, 1, 'confirmed', 'bare', %s, %s, %s, now(), 'UTC', '', '', now(), now(), %s)",
                        [
                            rows[0][0],
                            f"bare{number}",
                            pair[0],
                            start,
                            start + timedelta(minutes=30),
                            f"bare{number}",
                        ],
                    )
                    cursor = await conn.execute(
                        "INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during)"
                        " SELECT %s, %s, a, l, 'participant', tstzrange(%s, %s)"
                        " FROM unnest(%s::text[], %s::bigint[]) AS p (a, l) ORDER BY l ON CONFLICT DO NOTHING",
                        [
                            rows[0][0],
                            f"bare{number}",
                            start,
                            start + timedelta(minutes=30),
                            [row[1] for row in rows],
                            [row[2] for row in rows],
                        ],
                    )
                    assert cursor.rowcount == 2

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
