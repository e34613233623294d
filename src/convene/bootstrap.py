"""The composition root: builds everything from settings, once, and closes it again in order."""

from __future__ import annotations

import asyncio
import logging
import zoneinfo
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from procrastinate import App as JobApp

from convene import __version__
from convene.api import book
from convene.api import demo as demo_routes
from convene.api.app import routers
from convene.api.v1 import app as v1
from convene.calendar_clouds import google_calendars, microsoft_calendars
from convene.connect.app import Connect, build_connect
from convene.connect.socket import SERVER_OPTIONS
from convene.edge import book_assets, openapi_examples, pages, problems, protection, templates
from convene.edge.auth import authenticate
from convene.edge.call_rates import CallRates
from convene.formats.image_process import ImageReader
from convene.formats.parser_process import CalendarParser
from convene.identity import Identity
from convene.identity.connect_key import ConnectKey
from convene.identity.installation import check_sealing_key
from convene.integrations.jitsi import UrlTemplateConferencing
from convene.integrations.public_holidays import PublicHolidays
from convene.jobs.queue import ProcrastinateQueue, make_app
from convene.jobs.tasks import register
from convene.jobs.worker import run_worker
from convene.ports.calendars import CalendarProvider
from convene.ports.runtime import Clock
from convene.providers.address_rules import AllowedTargets
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient
from convene.providers.ics import IcsProvider
from convene.providers.imap_mailbox import ImapMailbox
from convene.providers.smtp_mail import SmtpMailSender
from convene.providers.webhook_sender import HttpWebhookSender
from convene.realtime import PostgresBus
from convene.security.sealing import Sealer
from convene.services.attachments import AttachmentService
from convene.services.availability import AvailabilityService
from convene.services.availability_cache import AvailabilityCache
from convene.services.availability_query import AvailabilityQueryService
from convene.services.availability_shares import AvailabilityShareService
from convene.services.available_periods import AvailablePeriodsService
from convene.services.booked_events import BookedEvents
from convene.services.booking_pages import BookingPageService
from convene.services.bookings import BookingService
from convene.services.calendar_changes import CalendarChanges
from convene.services.calendar_feeds import CalendarFeedService
from convene.services.calendar_oauth import CalendarOAuth
from convene.services.calendar_push import CalendarPush
from convene.services.channels import ChannelService
from convene.services.connections import ConnectionService
from convene.services.event_triggers import EventTriggers
from convene.services.event_writing import EventWritingService
from convene.services.events import EventService
from convene.services.foreign_events import ForeignEventService
from convene.services.holds import HoldService
from convene.services.link_bookings import LinkBookings
from convene.services.link_changes import LinkChanges
from convene.services.link_gate import LinkGate
from convene.services.link_requests import LinkRequests
from convene.services.link_seats import LinkSeats
from convene.services.link_times import LinkTimes
from convene.services.link_visits import LinkVisits
from convene.services.links import LinkService
from convene.services.mail import build_mail
from convene.services.managed_events import ManagedEventService
from convene.services.managed_rules import ManagedRulesService
from convene.services.page_logos import PageLogoService
from convene.services.page_statistics import PageStatisticsService
from convene.services.platform import Platform
from convene.services.profiles import ProfileService
from convene.services.rules import RulesService
from convene.services.seat_moves import SeatMoves
from convene.services.smart_invites import SmartInviteService
from convene.services.sync import SyncService
from convene.services.two_way_services import build_two_way
from convene.services.waitlist import WaitlistService
from convene.services.waitlist_offers import WaitlistOffers
from convene.services.webhooks import WebhookService
from convene.services.why_not import WhyNotService
from convene.services.write_back import WriteBackService
from convene.settings import Settings
from convene.storage.database import Connection, Database
from convene.storage.embedded import EmbeddedServer
from convene.storage.migrate import migrate

logger = logging.getLogger(__name__)

# One zone database everywhere: the pinned one of the tzdata package, never what the machine happens to have.
zoneinfo.reset_tzpath(())

HOOK_PATH = "/connect/hooks/scheduling"


def system_clock() -> datetime:
    """The present. The only place where the wall clock is read; everything else is handed a `Clock`."""
    return datetime.now(UTC)  # noqa: TID251


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation: the web application, the jobs, and what they share."""

    settings: Settings
    app: FastAPI
    jobs: JobApp
    platform: Platform
    identity: Identity
    connect: Connect
    parser: CalendarParser

    async def run_worker(self) -> None:
        """Run background work until cancelled."""
        await run_worker(self.jobs, self.platform, self.identity, concurrency=self.settings.jobs_concurrency)


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[str]:
    """The connection string of the database: `DATABASE_URL`, else the embedded server while the block runs."""
    if settings.database_url is not None:
        yield settings.database_url.reveal()
        return
    server = EmbeddedServer(settings.database_dir, bin_dir=settings.postgres_bin)
    await asyncio.to_thread(server.start)
    try:
        yield server.conninfo
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def open_installation(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    base_url: str | None = None,
    is_demo: bool = False,
) -> AsyncIterator[Installation]:
    """Open the database, bring it to the newest schema and build everything on it; close it all at the end."""
    async with AsyncExitStack() as stack:
        conninfo = await stack.enter_async_context(database_of(settings))
        for name in await migrate(conninfo):
            logger.info("migrated %s", name)
        db = Database(conninfo, max_size=settings.database_connections)
        await db.open()
        stack.push_async_callback(db.close)
        sealer = Sealer(settings.sealing_keys())
        await check_sealing_key(db, sealer)
        bus = PostgresBus(conninfo)
        await bus.start()
        stack.push_async_callback(bus.close)
        parser = CalendarParser()
        stack.push_async_callback(parser.close)
        client = HttpClient(settings.allow_private_targets)
        stack.push_async_callback(client.close)
        jobs = make_app(conninfo)
        await stack.enter_async_context(jobs.open_async())

        url = (base_url or settings.base_url).rstrip("/")
        app = FastAPI(title="Convene", version=__version__, docs_url=None, redoc_url=None)
        in_memory = httpx.ASGITransport(app)
        internal = httpx.AsyncClient(transport=in_memory, base_url=url, timeout=15)
        stack.push_async_callback(internal.aclose)
        identity = Identity(db, clock, sealer, url, bus)
        sender = HttpWebhookSender(client, AllowedTargets(settings.allow_private_targets), internal)
        queue = ProcrastinateQueue(jobs)
        platform = build_platform(settings, db, clock, queue, sealer, sender, client, parser, url, identity)
        register(jobs, platform)
        connect = build_connect(
            db=db,
            clock=clock,
            bus=bus,
            scheduling_transport=httpx.AsyncHTTPTransport() if settings.scheduling_url else in_memory,
            scheduling_url=settings.scheduling_url or url,
            service_key=ConnectKey(db, identity.keys, sealer, clock).service_key,
            hook_secrets=platform.webhooks.connect_secrets,
            base_url=url,
        )
        assemble(app, platform, identity, connect, settings, url, is_demo=is_demo)
        await identity.warm_up()
        await connect.start()
        stack.push_async_callback(connect.stop)
        yield Installation(settings, app, jobs, platform, identity, connect, parser)


def build_platform(
    settings: Settings,
    db: Database,
    clock: Clock,
    queue: ProcrastinateQueue,
    sealer: Sealer,
    sender: HttpWebhookSender,
    client: HttpClient,
    parser: CalendarParser,
    base_url: str,
    identity: Identity,
) -> Platform:
    """Give every service what it needs."""
    webhooks = WebhookService(
        db,
        clock,
        queue,
        sealer,
        sender,
        client_secrets=identity.applications.live_secrets,
        internal_url=HOOK_PATH,
    )
    channels = ChannelService(webhooks)
    availability = AvailabilityService(db, clock)
    availability_queries = AvailabilityQueryService(
        db,
        clock,
        identity.claims,
        settings.query_limits,
        AvailabilityCache(settings.availability_cache_bytes),
    )
    bookings = BookingService(
        db,
        clock,
        queue,
        availability,
        webhooks,
        UrlTemplateConferencing(settings.conferencing_url),
        base_url,
    )

    attachments = AttachmentService(db, clock, sealer, base_url)
    booking_pages = BookingPageService(db, clock, sealer, base_url)
    event_triggers = EventTriggers(webhooks)

    async def notify_availability(conn: Connection, org_id: str, subs: Sequence[str]) -> None:
        await webhooks.emit(conn, org_id, "availability.changed", {"subs": list(subs)}, subs)

    async def notify_attention(conn: Connection, org_id: str, data: Mapping[str, Any]) -> None:
        await webhooks.emit(conn, org_id, "calendar.needs_attention", data, [data["sub"]])

    providers: dict[str, CalendarProvider] = {
        "caldav": CalDavProvider(client, clock),
        "google": google_calendars(client, settings, clock),
        "ics": IcsProvider(client, parser),
        "microsoft": microsoft_calendars(client, settings, clock),
    }
    link_times = LinkTimes(availability_queries, clock)
    link_visits = LinkVisits(db, clock, sealer, base_url)
    link_seats = LinkSeats(clock, bookings.events, sealer)
    link_bookings = LinkBookings(
        bookings, link_times, bookings.events.link_callbacks, link_visits, link_seats
    )
    waitlist_offers = WaitlistOffers(clock, webhooks, link_times, base_url)
    bookings.events.on_freed = waitlist_offers.freed
    seat_moves = SeatMoves(link_bookings, link_times, link_seats)
    link_changes = LinkChanges(bookings, link_times, link_visits, seat_moves)
    event_writing = EventWritingService(
        db, clock, queue, sealer, providers, notify_attention=notify_attention
    )
    connection_service = ConnectionService(
        db,
        clock,
        queue,
        sealer,
        providers,
        notify_availability=notify_availability,
        on_synced=bookings.announce_synced,
        on_profile=channels.profile_changed,
    )
    two_way = build_two_way(connection_service, bookings, notify_attention)
    push = CalendarPush(db, clock, queue, connection_service.tokens, providers, settings.push_url)
    connection_service.push = push
    calendar_changes = CalendarChanges(
        clock,
        providers,
        event_writing,
        notify_availability=notify_availability,
        on_change=channels.changed,
    )
    return Platform(
        db=db,
        clock=clock,
        jobs=queue,
        attachments=attachments,
        availability=availability,
        availability_queries=availability_queries,
        availability_shares=AvailabilityShareService(db, clock),
        available_periods=AvailablePeriodsService(db, clock, webhooks),
        booking_pages=booking_pages,
        bookings=bookings,
        calendar_feeds=CalendarFeedService(db, clock, sealer, base_url),
        calendar_oauth=CalendarOAuth(db, clock, queue, sealer, providers, connection_service, base_url),
        channels=channels,
        connections=connection_service,
        event_triggers=event_triggers,
        event_writing=event_writing,
        events=EventService(db, clock),
        holidays=PublicHolidays(),
        holds=HoldService(db, clock, availability, webhooks),
        foreign_events=ForeignEventService(db, clock, parser, calendar_changes),
        managed_events=ManagedEventService(
            db,
            clock,
            UrlTemplateConferencing(settings.conferencing_url),
            calendar_changes,
            BookedEvents(link_changes),
            event_triggers,
            attachments,
        ),
        link_bookings=link_bookings,
        link_changes=link_changes,
        link_requests=LinkRequests(bookings),
        link_gate=LinkGate(db, clock),
        link_visits=link_visits,
        links=LinkService(
            db, clock, sealer, identity.applications, webhooks, base_url, settings.query_limits
        ),
        mail=build_mail(
            bookings,
            waitlist_offers,
            queue,
            sealer,
            SmtpMailSender(settings.mail.smtp, settings.mail.timeout_seconds),
            settings.mail.sender,
            ImapMailbox(settings.mail.imap, clock, settings.mail.timeout_seconds),
            parser.read_mail,
        ),
        managed_rules=ManagedRulesService(db, clock, webhooks),
        page_logos=PageLogoService(db, booking_pages, ImageReader()),
        page_statistics=PageStatisticsService(db, clock, booking_pages),
        profiles=ProfileService(
            db, clock, queue, sealer, providers, connection_service, notify_availability, base_url
        ),
        push=push,
        rules=RulesService(db, webhooks),
        smart_invites=SmartInviteService(db, clock, webhooks, parser.read_reply, base_url),
        sync=SyncService(
            db,
            clock,
            queue,
            sealer,
            providers,
            parser,
            notify_availability=notify_availability,
            notify_attention=notify_attention,
            on_change=channels.events_changed,
            on_profile=channels.profile_changed,
        ),
        two_way=two_way,
        waitlist=WaitlistService(link_bookings, waitlist_offers),
        webhooks=webhooks,
        why_not=WhyNotService(availability),
        write_back=WriteBackService(
            db,
            clock,
            queue,
            sealer,
            providers,
            on_synced=bookings.announce_synced,
            notify_attention=notify_attention,
            conferences=two_way.conferences,
            base_url=base_url,
        ),
    )


def assemble(
    app: FastAPI,
    platform: Platform,
    identity: Identity,
    connect: Connect,
    settings: Settings,
    base_url: str,
    *,
    is_demo: bool,
) -> None:
    """Put all routes and protections into one application."""
    app.state.platform = platform
    app.state.identity = identity
    app.state.authenticate = authenticate
    app.state.call_rates = CallRates(settings.calls_per_second, settings.calls_per_minute)
    problems.install(app)
    # Routes are looked through in this order: those that are called most come first.
    for router in v1.routers():
        app.include_router(router, responses=v1.RESPONSES)
    for router in routers():
        app.include_router(router, responses=problems.RESPONSES)
    if is_demo:
        app.include_router(demo_routes.router)
    app.include_router(connect.router, responses=problems.RESPONSES)
    app.include_router(templates.router)
    app.include_router(book_assets.router)
    app.include_router(book.router)
    here = Path(__file__).parent
    openapi_examples.install(app, *(here / part / "openapi_examples.json" for part in ("api", "connect")))
    pages.install(app, web_dist())
    protection.install(app, base_url=base_url, allowed_hosts=settings.other_hosts)


def web_dist() -> Path:
    """Where the built front end lies, inside the package."""
    return Path(str(resources.files("convene"))) / "web_dist"


async def serve(settings: Settings, *, is_demo: bool = False) -> None:
    """Run everything in this process until it is told to stop: database if embedded, web, API, worker."""
    async with open_installation(settings, is_demo=is_demo) as installation:
        await run_server(installation)


async def run_server(installation: Installation) -> None:
    """Serve the installation's application with its worker beside it."""
    settings = installation.settings
    server = uvicorn.Server(
        uvicorn.Config(
            installation.app,
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies) or None,
            **SERVER_OPTIONS,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
        )
    )
    worker = asyncio.create_task(installation.run_worker())
    try:
        await server.serve()
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
