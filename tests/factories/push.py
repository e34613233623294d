"""Push beside connected calendars: the service that keeps channels, and the addresses at which services tell of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from convene.api import push as push_routes
from convene.edge import problems, protection
from convene.services.calendar_push import CalendarPush
from convene.services.platform import Platform
from convene.storage import calendar_push
from convene.storage.calendar_push import PushHealth
from factories.calendars import CalendarWorld

ADDRESS = "https://convene.example.com"


@dataclass
class PushWorld:
    """`client` is the internet: it reaches the receivers as services do."""

    place: CalendarWorld
    push: CalendarPush
    client: httpx.AsyncClient

    async def run(self) -> int:
        """Look after every channel that is due; return how many calendars that were."""
        await self.push.queue_due()
        jobs = self.place.world.jobs
        due = {tuple(args.items()) for args in jobs.named("look_after_push")}
        jobs.deferred = [job for job in jobs.deferred if job[0] != "look_after_push"]
        for args in due:
            await self.push.look_after(**dict(args))
        return len(due)

    async def run_reads(self) -> int:
        """Run the reads that hints queued; return how many there were."""
        jobs = self.place.world.jobs
        waiting = {tuple(args.items()) for args in jobs.named("read_calendar")}
        jobs.deferred = [job for job in jobs.deferred if job[0] != "read_calendar"]
        for args in waiting:
            await self.place.sync.read_calendar(**dict(args))
        return len(waiting)

    async def health(self, org_id: str, connection_id: str) -> PushHealth:
        async with self.place.world.db.connection() as conn:
            found = await calendar_push.push_of(conn, org_id, [connection_id], self.place.world.clock())
        return found[connection_id]


@asynccontextmanager
async def push_world(place: CalendarWorld, address: str | None = ADDRESS) -> AsyncIterator[PushWorld]:
    """Give a world channels."""
    world, service = place.world, place.connections
    push = CalendarPush(
        world.db, world.clock, world.jobs, service.tokens, service.providers, address, jitter=lambda: 0.5
    )
    service.push = push
    # The receivers ask nothing else of the platform.
    platform = object.__new__(Platform)
    object.__setattr__(platform, "push", push)
    app = FastAPI()
    app.state.platform = platform
    problems.install(app)
    app.include_router(push_routes.router)
    protection.install(app, base_url=ADDRESS)
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 4321))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield PushWorld(place, push, client)
