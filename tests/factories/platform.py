"""A whole platform on a test database, and people in it, without a worker: tests run jobs when they want to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import Identity
from convene.integrations.jitsi import UrlTemplateConferencing
from convene.ports.webhooks import WebhookAnswer
from convene.security.sealing import Sealer, SealingKey
from convene.security.tokens import new_id
from convene.services.availability import AvailabilityService
from convene.services.bookings import BookingService
from convene.services.rules import RulesService
from convene.services.webhooks import WebhookService
from convene.storage import accounts
from convene.storage.connections import ensure_builtin
from convene.storage.database import Database

BASE_URL = "http://convene.test"


@dataclass
class RecordedJobs:
    """Keeps jobs as `(name, args, at)` when their transaction commits is not checked here; see the worker's tests."""

    deferred: list[tuple[str, dict[str, Any], datetime | None]] = field(default_factory=list)

    async def defer(
        self, conn: Any, name: str, args: Mapping[str, Any], *, at: datetime | None = None, **_: Any
    ) -> None:
        self.deferred.append((name, dict(args), at))

    def named(self, name: str) -> list[dict[str, Any]]:
        return [args for job, args, _ in self.deferred if job == name]


@dataclass
class RecordingSender:
    """A receiver of webhooks that answers what it is told to."""

    answers: list[WebhookAnswer] = field(default_factory=list)
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def check(self, url: str) -> None:
        return None

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, is_internal: bool
    ) -> WebhookAnswer:
        self.received.append((url, dict(headers), body))
        return self.answers.pop(0) if self.answers else WebhookAnswer(200)


@dataclass
class World:
    """Services over one database with one organisation."""

    db: Database
    clock: Any
    org_id: str
    jobs: RecordedJobs
    sender: RecordingSender
    availability: AvailabilityService
    bookings: BookingService
    webhooks: WebhookService
    rules: RulesService
    identity: Identity

    async def person(
        self, name: str, tzid: str = "Europe/London", role: str = "member", hours: bool = True
    ) -> Caller:
        """Add a person with a built-in calendar; by default working from 00:00 to 24:00 every day."""
        account_id = new_id("account")
        async with self.db.transaction() as conn:
            await accounts.insert_account(
                conn,
                org_id=self.org_id,
                account_id=account_id,
                email=f"{account_id}@example.org",
                name=name,
                tzid=tzid,
                role=role,
                password_hash=None,
                now=self.clock(),
            )
            await ensure_builtin(conn, self.org_id, account_id, tzid, self.clock())
        who = Caller(
            org_id=self.org_id,
            kind="session",
            account_id=account_id,
            role=role,
            grants=ROLE_GRANTS[role],
        )
        if hours:
            await self.rules.put(who, always_open(tzid))
        return who


def always_open(tzid: str, **changes: Any) -> dict[str, Any]:
    """Rules that allow every minute of every day."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {
        "tzid": tzid,
        "weekly_periods": [{"day": day, "start_time": "00:00", "end_time": "24:00"} for day in days],
        "date_overrides": [],
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "minimum_notice_minutes": 0,
        "horizon_days": 365,
        "start_interval_minutes": 30,
        "daily_limit": None,
        **changes,
    }


async def make_world(db: Database, clock: Any) -> World:
    """Return services over `db` with one new organisation."""
    org_id = new_id("organization")
    async with db.transaction() as conn:
        await accounts.insert_organization(conn, org_id, "Globex", clock())
    jobs, sender = RecordedJobs(), RecordingSender()
    sealer = Sealer([SealingKey.generate()])
    identity = Identity(db, clock, sealer, BASE_URL)
    webhooks = WebhookService(
        db, clock, jobs, sealer, sender, identity.applications.live_secrets, jitter=lambda: 0.5
    )
    availability = AvailabilityService(db, clock)
    conferencing = UrlTemplateConferencing("https://meet.jit.si/{room}")
    bookings = BookingService(db, clock, jobs, availability, webhooks, conferencing, BASE_URL)
    return World(
        db,
        clock,
        org_id,
        jobs,
        sender,
        availability,
        bookings,
        webhooks,
        RulesService(db, webhooks),
        identity,
    )
