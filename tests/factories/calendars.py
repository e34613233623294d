"""A platform with connected calendars, over real servers: services, what they told, and shortcuts for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caldav_servers import PASSWORD, USER
from convene.core.permissions import Caller
from convene.formats.parser_process import CalendarParser
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient
from convene.providers.ics import IcsProvider
from convene.security.sealing import Sealer, SealingKey
from convene.services.channels import ChannelService
from convene.services.connection_views import ConnectionView
from convene.services.connections import ConnectionService
from convene.services.sync import SyncService
from convene.services.two_way_services import TwoWayServices, build_two_way
from convene.services.write_back import WriteBackService
from convene.storage import events
from convene.storage.database import Database
from factories.platform import BASE_URL, World, make_world


@dataclass
class Told:
    """What the services announced."""

    availability: list[str] = field(default_factory=list)
    attention: list[dict[str, Any]] = field(default_factory=list)
    synced: list[str] = field(default_factory=list)

    async def on_availability(self, conn: Any, org_id: str, subs: Sequence[str]) -> None:
        self.availability += subs

    async def on_attention(self, conn: Any, org_id: str, data: Mapping[str, Any]) -> None:
        self.attention.append(dict(data))

    async def on_synced(self, conn: Any, org_id: str, booking_id: str) -> None:
        self.synced.append(booking_id)


@dataclass
class CalendarWorld:
    world: World
    told: Told
    connections: ConnectionService
    sync: SyncService
    write_back: WriteBackService
    channels: ChannelService
    two_way: TwoWayServices

    async def connect(
        self, who: Caller, url: str, *, password: str = PASSWORD, read: bool = True
    ) -> ConnectionView:
        """Connect the test servers' account, and by default read it."""
        view = await self.connections.connect(who, kind="caldav", url=url, username=USER, password=password)
        if read:
            await self.sync.sync_connection(who.org_id, view.row.connection_id)
        return await self.view(who, view)

    async def view(self, who: Caller, view: ConnectionView) -> ConnectionView:
        return await self.connections.get(who, view.row.connection_id)

    async def read(self, view: ConnectionView) -> None:
        await self.sync.sync_connection(view.row.org_id, view.row.connection_id)

    async def busy(self, who: Caller, days: int = 60) -> list[tuple[datetime, datetime, str]]:
        now = self.world.clock()
        async with self.world.db.connection() as conn:
            found = await events.list_busy(conn, who.org_id, [who.member_id], now, now + timedelta(days=days))
        return [(row.starts_at, row.ends_at, row.kind) for row in found]

    async def run_writes(self) -> None:
        """Run the write-back jobs that were queued and those that are overdue."""
        await self.write_back.requeue_overdue()
        for args in self.world.jobs.named("write_booking"):
            await self.write_back.write(**args)
        self.world.jobs.deferred = [job for job in self.world.jobs.deferred if job[0] != "write_booking"]

    async def weigh(self) -> int:
        """Run what was queued to be decided about our events in calendars; return how many jobs there were."""
        waiting = self.world.jobs.named("weigh_event")
        self.world.jobs.deferred = [job for job in self.world.jobs.deferred if job[0] != "weigh_event"]
        for args in waiting:
            await self.two_way.weighing.weigh(**args)
        return len(waiting)


@asynccontextmanager
async def calendar_world(db: Database, clock: Any) -> AsyncIterator[CalendarWorld]:
    """Make a world whose providers may reach 127.0.0.1."""
    world, told = await make_world(db, clock), Told()
    channels = ChannelService(world.webhooks)
    sealer = Sealer([SealingKey.generate()])
    http = HttpClient(["127.0.0.1"])
    async with CalendarParser() as parser:
        providers = {"caldav": CalDavProvider(http, clock), "ics": IcsProvider(http, parser)}
        service = ConnectionService(
            db,
            clock,
            world.jobs,
            sealer,
            providers,
            notify_availability=told.on_availability,
            on_synced=told.on_synced,
            on_profile=channels.profile_changed,
        )
        two_way = build_two_way(service, world.bookings, told.on_attention)
        yield CalendarWorld(
            world,
            told,
            service,
            SyncService(
                db,
                clock,
                world.jobs,
                sealer,
                providers,
                parser,
                notify_availability=told.on_availability,
                notify_attention=told.on_attention,
                on_change=channels.events_changed,
                on_profile=channels.profile_changed,
                jitter=lambda: 0.5,
            ),
            WriteBackService(
                db,
                clock,
                world.jobs,
                sealer,
                providers,
                on_synced=told.on_synced,
                notify_attention=told.on_attention,
                conferences=two_way.conferences,
                base_url=BASE_URL,
            ),
            channels,
            two_way,
        )
    await http.close()
