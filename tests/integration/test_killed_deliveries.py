"""kill -9 at a hundred random moments of booking and delivering: nothing acknowledged is lost, nothing goes untold."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from convene.security.sealing import Sealer, SealingKey
from factories.platform import make_world
from serving import free_port

KILLS = 100


async def test_a_hundred_kills_lose_nothing(db, database_url, clock):
    world = await make_world(db, clock)
    key = SealingKey.generate()
    world.webhooks.sealer = Sealer([key])
    ana, bo = await world.person("Ana"), await world.person("Bo")
    port = free_port()
    await world.webhooks.subscribe(bo, f"http://127.0.0.1:{port}/hook", ["booking.confirmed"])
    given = {
        "database_url": database_url,
        "key": key.format(),
        "org_id": world.org_id,
        "ana": ana.member_id,
        "bo": bo.member_id,
        "port": str(port),
        "first": (
            datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
        ).isoformat(),
        "kills": str(KILLS),
        "seed": "20261120",
    }
    program = Path(__file__).with_name("killed_deliveries.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), json.dumps(given), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(told)

    async with db.connection() as conn:
        cursor = await conn.execute("SELECT booking_id FROM booking")
        committed = {row[0] for row in await cursor.fetchall()}
        cursor = await conn.execute("SELECT state, count(*) FROM webhook_delivery GROUP BY state")
        states = dict(await cursor.fetchall())
    assert len(found["acknowledged"]) > KILLS // 4, "too few bookings to mean anything"
    assert set(found["acknowledged"]) <= committed
    assert states == {"delivered": len(committed)}
    sent = Counter(event_id for event_id, _ in found["received"])
    assert {booking_id for _, booking_id in found["received"]} == committed
    assert sum(count - 1 for count in sent.values()) <= 4 * KILLS
