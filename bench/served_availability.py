"""The product in a child process with the people of the workloads, all authorized for one application.

Beside it, in the same process and behind the same middleware, a constant answer of any length. Run by
`availability_api.py`: prints one JSON line when it is ready and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from convene.bootstrap import Installation, open_installation, system_clock
from convene.core.instants import from_seconds
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.settings import Settings
from convene.storage import calendars, events
from convene.storage.events import NewEvent
from workloads import Host, Workload, load

WEEK = 7 * 86400
SETTINGS = {
    "CONVENE_LOG_LEVEL": "warning",
    "CONVENE_QUERY_DAYS": "90",
    "CONVENE_QUERY_RESULTS": "10000",
    # Nobody is to be slowed down here.
    "CONVENE_CALLS_PER_SECOND": "100000",
    "CONVENE_CALLS_PER_MINUTE": "1000000",
}


def upcoming() -> dict[str, Workload]:
    """The workloads, moved on by whole weeks if their time has come."""
    now = int(system_clock().timestamp())
    found = load()
    first = min(workload.period[0] for workload in found.values())
    shift = max(0, -(-(now + WEEK - first) // WEEK)) * WEEK
    return {name: _moved(workload, shift) for name, workload in found.items()}


def _moved(workload: Workload, shift: int) -> Workload:
    start, end = workload.period
    hosts = tuple(
        Host(host.rule, tuple((a + shift, b + shift) for a, b in host.busy)) for host in workload.hosts
    )
    return replace(workload, period=(start + shift, end + shift), hosts=hosts)


async def add_host(installation: Installation, org_id: str, name: str, host: Host) -> str:
    """Add somebody with working hours and busy times; return the account id."""
    tzid = host.rule.tzid
    new = NewPerson(email=f"{name}@bench.example", name=name, tzid=tzid)
    account = await installation.identity.accounts.create(operator(org_id), new)
    sub = account.account_id
    caller = Caller(org_id, "system", sub, grants=ROLE_GRANTS["member"])
    periods = [
        {"day": item.day, "start_time": item.start_time, "end_time": item.end_time}
        for item in host.rule.weekly_periods
    ]
    await installation.platform.rules.put(caller, {"tzid": tzid, "weekly_periods": periods})
    [view] = await installation.platform.connections.mine(caller)
    async with installation.platform.db.transaction() as conn:
        [calendar] = await calendars.list_calendars(conn, org_id, [view.row.connection_id])
        found = [
            NewEvent(
                f"e{at}",
                f"e{at}",
                "",
                "",
                "Bench",
                None,
                "",
                [(from_seconds(start), from_seconds(end), "busy")],
            )
            for at, (start, end) in enumerate(host.busy)
        ]
        await events.store_events(conn, calendar, found, generation=0)
    return sub


async def add_people(installation: Installation) -> dict[str, Any]:
    """Fill the installation; return what the caller of this program needs to ask."""
    identity = installation.identity
    org_id = (await identity.accounts.create_organization("Bench")).org_id
    client = await identity.oauth.create_client(operator(org_id), "Bench", ["https://bench.example/"])
    subs: dict[str, list[str]] = {}
    token = ""
    for name, workload in upcoming().items():
        if name == "W4q":
            subs[name] = subs["W4"]
            continue
        subs[name] = [
            await add_host(installation, org_id, f"{name.lower()}-{number}", host)
            for number, host in enumerate(workload.hosts)
        ]
        for sub in subs[name]:
            answer = await identity.oauth.issue(operator(org_id), client.client_id, sub, "read_free_busy")
            token = token or answer["access_token"]
    return {"org_id": org_id, "subs": subs, "token": token, "conninfo": installation.platform.db.conninfo}


def add_constant(app: FastAPI) -> None:
    """`POST /bench/constant?bytes=n`: authenticates nobody, reads the body, answers n bytes made beforehand."""
    kept: dict[str, bytes] = {}

    async def answer(request: Request) -> Response:
        await request.body()
        size = request.query_params["bytes"]
        body = kept.get(size) or kept.setdefault(size, b'"' + b"." * (int(size) - 2) + b'"')
        return Response(body, media_type="application/json; charset=utf-8")

    app.add_api_route("/bench/constant", answer, methods=["POST"])
    app.router.routes.insert(0, app.router.routes.pop())


async def serve(folder: str) -> None:
    settings = Settings.from_env(
        {**SETTINGS, **_database()}, {"data_dir": Path(folder), "port": int(sys.argv[1])}
    )
    async with open_installation(settings) as installation:
        told = await add_people(installation)
        add_constant(installation.app)
        server = uvicorn.Server(
            uvicorn.Config(
                installation.app,
                host="127.0.0.1",
                port=settings.port,
                log_level="warning",
                access_log=False,
                server_header=False,
            )
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.05)
        print(json.dumps(told), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving


def _database() -> dict[str, str]:
    """A server to measure instead of the embedded one, in an empty database, if one is named."""
    url = os.environ.get("DATABASE_URL")
    return {"DATABASE_URL": url} if url else {}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # So that the database's own user can get there when this runs as root.
        Path(folder).chmod(0o755)
        asyncio.run(serve(folder))


if __name__ == "__main__":
    main()
