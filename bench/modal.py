"""The booking modal's request beside a constant answer of the same size from the same server.

Fourteen days for two people with 300 busy times each, as the modal asks when it opens: authentication, four reads of the
database, the engine, suggestions, zones, JSON. Usage: python bench/modal.py [requests]
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta

import httpx

from load import request, run
from running import running

CONNECTIONS = (1, 8)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with running() as (port, people):
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        (ana, _), (bo, token) = people["ana"], people["bo"]
        start, end = (
            moment.isoformat().replace("+00:00", "Z") for moment in (midnight, midnight + timedelta(days=14))
        )
        path = f"/api/availability?participants={bo},{ana}&flexible={bo}&from={start}&to={end}&duration_minutes=30"
        headers = {"authorization": f"Bearer {token}"}
        host = f"127.0.0.1:{port}"
        answer = httpx.get(f"http://{host}{path}", headers=headers, trust_env=False).raise_for_status()
        size, slots = len(answer.content), len(answer.json()["slots"])
        httpx.get(f"http://{host}/bench/keep?size={size}", trust_env=False).raise_for_status()
        asked = request("GET", path, host, headers)
        constant = request("GET", "/bench/constant", host, headers)
        print(f"{slots} slots, {size} bytes")
        for connections in CONNECTIONS:
            asyncio.run(run(port, lambda _: asked, count // 4, connections))
            ours = asyncio.run(run(port, lambda _: asked, count, connections))
            theirs = asyncio.run(run(port, lambda _: constant, count * 4, connections))
            print(f"{connections} connections   modal    {ours}")
            print(f"{connections} connections   constant {theirs}   ratio {ours.rate / theirs.rate:.2f}")


if __name__ == "__main__":
    main()
