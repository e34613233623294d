"""The product in a child process with two busy people, a constant answer beside it, and nothing else running.

Run by the benchmarks; prints one JSON line when it is ready and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import Response

from convene.bootstrap import Installation, open_installation, system_clock
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from convene.storage import calendars, events
from convene.storage.events import NewEvent

BUSY_EACH = 300


async def person(installation: Installation, org_id: str, name: str) -> tuple[str, str]:
    """Add somebody with 300 busy times in the next 60 days; return the account id and a token."""
    new = NewPerson(email=f"{name}@bench.example", name=name, tzid="Europe/London")
    account = await installation.identity.accounts.create(operator(org_id), new)
    sub = account.account_id
    token = await installation.identity.keys.issue_personal_token(operator(org_id), sub, "bench")
    caller = Caller(org_id, "system", sub, grants=ROLE_GRANTS["member"])
    [view] = await installation.platform.connections.mine(caller)
    chance = random.Random(name)
    today = system_clock().replace(hour=0, minute=0, second=0, microsecond=0)
    blocks = []
    for _ in range(BUSY_EACH):
        start = today + timedelta(minutes=15 * chance.randrange(4 * 24 * 60))
        blocks.append((start, start + timedelta(minutes=30), "busy"))
    async with installation.platform.db.transaction() as conn:
        [calendar] = await calendars.list_calendars(conn, org_id, [view.row.connection_id])
        event = NewEvent("bench", "bench", "", "", "Bench", None, "", blocks)
        await events.store_events(conn, calendar, [event], generation=0)
    return sub, token.secret.reveal()


async def always_open(installation: Installation, org_id: str, sub: str) -> None:
    """Let this person be booked at any minute of the next year."""
    caller = Caller(org_id, "system", sub, grants=ROLE_GRANTS["member"])
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    await installation.platform.rules.put(
        caller,
        {
            "tzid": "Europe/London",
            "weekly_periods": [{"day": day, "start_time": "00:00", "end_time": "24:00"} for day in days],
            "date_overrides": [],
            "buffer_before_minutes": 0,
            "buffer_after_minutes": 0,
            "minimum_notice_minutes": 0,
            "horizon_days": 365,
            "start_interval_minutes": 15,
            "daily_limit": None,
        },
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # So that the database's own user can get there when this runs as root.
        Path(folder).chmod(0o755)
        asyncio.run(serve(folder))


async def serve(folder: str) -> None:
    settings = Settings.from_env(
        {"CONVENE_LOG_LEVEL": "warning"}, {"data_dir": Path(folder), "port": int(sys.argv[1])}
    )
    async with open_installation(settings) as installation:
        org_id = (await installation.identity.accounts.create_organization("Bench")).org_id
        ana = await person(installation, org_id, "ana")
        bo = await person(installation, org_id, "bo")
        hosts = [await person(installation, org_id, f"host{number}") for number in range(20)]
        for sub, _ in hosts:
            await always_open(installation, org_id, sub)
        app = installation.app
        constant: dict[str, bytes] = {"body": b"{}"}

        async def answer() -> Response:
            return Response(constant["body"], media_type="application/json")

        async def keep(size: int) -> Response:
            constant["body"] = b" " * size
            return Response(b"{}", media_type="application/json")

        app.router.routes.insert(0, app.router.routes.pop(_add(app, "/bench/constant", answer)))
        app.router.routes.insert(0, app.router.routes.pop(_add(app, "/bench/keep", keep)))
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="warning", access_log=False)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.05)
        conninfo = installation.platform.db.conninfo
        now = datetime.now(UTC).isoformat()
        print(
            json.dumps({"ana": ana, "bo": bo, "hosts": hosts, "conninfo": conninfo, "now": now}),
            flush=True,
        )
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving


def _add(app: object, path: str, handler: object) -> int:
    app.add_api_route(path, handler, methods=["GET"])  # type: ignore[attr-defined]
    return len(app.router.routes) - 1  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
