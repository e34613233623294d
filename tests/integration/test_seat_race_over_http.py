"""Two hundred visitors who want one of eight seats, over HTTP against the real server: eight have one, in one meeting."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import psycopg

from factories.platform import always_open
from serving import ServedConvene

VISITORS, SEATS, AT_ONCE = 200, 8, 50
SLOT = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=7)


async def visit(server: ServedConvene, path: str, number: int) -> int:
    """Send the form from a network of one's own, again when it is said that many book at this moment."""
    form = {
        "start": SLOT.isoformat().replace("+00:00", "Z"),
        "form_token": secrets.token_hex(16),
        "name": f"Visitor {number}",
        "email": f"visitor{number}@example.org",
    }
    # All of 127/8 is this machine.
    transport = httpx.AsyncHTTPTransport(local_address=f"127.9.{number}.1")
    async with httpx.AsyncClient(
        base_url=server.url, timeout=30, transport=transport, trust_env=False
    ) as client:
        for _ in range(20):
            answer = await client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
            if answer.status_code != 503:
                return answer.status_code
            await asyncio.sleep(float(answer.headers["retry-after"]))
    return 503


async def test_two_hundred_visitors_for_eight_seats(tmp_path, empty_database_url):
    server = ServedConvene(tmp_path, empty_database_url)
    server.start()
    try:
        _, token = await asyncio.to_thread(server.person, "Ana")
        with server.client(token) as ana:
            assert ana.put("/api/availability-rules", json=always_open("Europe/London")).status_code == 200
            made = ana.post("/api/booking-pages", json={"name": "Yoga", "seats": SEATS})
            assert made.status_code == 201, made.text
            path = made.json()["url"].removeprefix(server.url)
            gate = asyncio.Semaphore(AT_ONCE)

            async def attempt(number: int) -> int:
                async with gate:
                    return await visit(server, path, number)

            statuses = Counter(await asyncio.gather(*(attempt(number) for number in range(VISITORS))))
            assert statuses == {303: SEATS, 409: VISITORS - SEATS}
            when = {"from": SLOT.isoformat(), "to": (SLOT + timedelta(hours=1)).isoformat()}
            [meeting] = ana.get("/api/bookings", params=when).json()["bookings"]
        assert len(meeting["guests"]) == SEATS
        assert meeting["revision"] == SEATS, "one for each who came"
        with psycopg.connect(empty_database_url) as conn:
            counts = "SELECT (SELECT count(*) FROM booking), (SELECT count(*) FROM booking_guest)"
            assert conn.execute(counts).fetchone() == (1, SEATS)
    finally:
        server.stop()
