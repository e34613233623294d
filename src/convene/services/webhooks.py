"""Webhooks out: subscriptions, events written in the change's own transaction, signed deliveries and their log."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.core.webhook_schedule import (
    CIRCUIT_FAILURES,
    LEASE,
    PROBE_EVERY,
    has_failed_for_good,
    is_success,
    next_attempt,
)
from convene.ports.runtime import Clock, JobQueue
from convene.ports.webhooks import WebhookAnswer, WebhookSender
from convene.security.sealing import Sealer, Secret
from convene.security.signatures import new_signing_secret, signed_headers
from convene.security.tokens import new_id
from convene.storage import accounts, audit, webhooks
from convene.storage.database import Connection, Database
from convene.storage.webhooks import Attempt, DeliveryRow, SubscriptionRow

EVENT_TYPES = {
    "booking.confirmed": "A meeting was booked.",
    "booking.rescheduled": "A meeting was moved.",
    "booking.cancelled": "A meeting was cancelled.",
    "booking.synced": "Only the state of participants' calendars changed.",
    "booking.reminder": "A meeting begins in ten minutes.",
    "availability.changed": "Somebody's free time changed.",
    "calendar.needs_attention": "A connected calendar cannot be read or written.",
}
MAX_SUBSCRIPTIONS = 50


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription just made, with the one and only showing of its secret."""

    row: SubscriptionRow
    secret: str


def _context(org_id: str, webhook_id: str) -> tuple[str, ...]:
    return ("webhook_subscription", org_id, webhook_id, "secret")


class WebhookService:
    """Args:
    jitter: returns 0 <= x < 1; spreads retries.
    internal_url: where Connect of this installation listens (a path); None if it does not run here.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        sender: WebhookSender,
        jitter: Callable[[], float] = random.SystemRandom().random,
        internal_url: str | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.sender = sender
        self.jitter = jitter
        self.internal_url = internal_url

    # -- subscriptions

    async def subscribe(
        self, caller: Caller, url: str, events: Sequence[str], *, for_organization: bool = False
    ) -> NewSubscription:
        """Make a subscription that sees the caller's bookings, or the whole organisation's for an administrator.

        Raises:
            Invalid: `url` is not an https address outside, `events` names an unknown type.
            Forbidden: without `webhooks:manage`, or `organization:manage` for the organisation's.
        """
        caller.require("webhooks:manage")
        if for_organization:
            caller.require("organization:manage")
        unknown = [name for name in events if name not in EVENT_TYPES]
        if unknown or not events:
            wrong = f"{unknown[0]} is not an event." if unknown else "Name at least one event."
            raise Invalid("events", f"{wrong} Known: {', '.join(EVENT_TYPES)}.")
        self.sender.check(url)
        account_id = None if for_organization or caller.account_id is None else caller.account_id
        if account_id is None:
            caller.require("organization:manage")
        async with self.db.transaction() as conn:
            if await webhooks.count_subscriptions(conn, caller.org_id, account_id) >= MAX_SUBSCRIPTIONS:
                raise Invalid("url", f"There are {MAX_SUBSCRIPTIONS} subscriptions already. Remove one.")
            made = await self.insert(conn, caller.org_id, url, sorted(set(events)), account_id=account_id)
            await audit.append(
                conn,
                caller,
                "webhook.created",
                target=made.row.webhook_id,
                detail={"url": url, "events": sorted(set(events))},
                now=self.clock(),
            )
        return made

    async def insert(
        self,
        conn: Connection,
        org_id: str,
        url: str,
        events: Sequence[str],
        *,
        account_id: str | None = None,
        is_internal: bool = False,
    ) -> NewSubscription:
        """Store a subscription with a fresh secret in the caller's transaction."""
        webhook_id = new_id("webhook")
        secret = new_signing_secret()
        await webhooks.insert_subscription(
            conn,
            org_id=org_id,
            webhook_id=webhook_id,
            account_id=account_id,
            url=url,
            events=events,
            secret=self.sealer.seal(secret, *_context(org_id, webhook_id)),
            is_internal=is_internal,
            now=self.clock(),
        )
        row = await webhooks.find_subscription(conn, org_id, webhook_id)
        assert row is not None
        return NewSubscription(row, secret)

    async def register_connect(self, conn: Connection, org_id: str) -> None:
        """See to it that Connect hears of everything in this organisation, in the caller's transaction."""
        if self.internal_url is None or await webhooks.find_internal(conn, org_id) is not None:
            return
        await accounts.lock_organization(conn, org_id)
        if await webhooks.find_internal(conn, org_id) is None:
            await self.insert(conn, org_id, self.internal_url, list(EVENT_TYPES), is_internal=True)

    async def connect_secrets(self, org_id: str) -> Sequence[Secret]:
        """Return the secrets with which Connect checks what it hears about this organisation."""
        async with self.db.connection() as conn:
            row = await webhooks.find_internal(conn, org_id)
        return [] if row is None else [self.secret_of(row)]

    def secret_of(self, row: SubscriptionRow) -> Secret:
        return self.sealer.open(row.secret, *_context(row.org_id, row.webhook_id))

    async def subscriptions(self, caller: Caller) -> Sequence[SubscriptionRow]:
        """Return the caller's subscriptions, and the organisation's for an administrator."""
        caller.require("webhooks:manage")
        account_id = None if "organization:manage" in caller.grants else caller.member_id
        async with self.db.connection() as conn:
            return await webhooks.list_subscriptions(conn, caller.org_id, account_id)

    async def get(self, caller: Caller, webhook_id: str) -> SubscriptionRow:
        async with self.db.connection() as conn:
            return await self._allowed(conn, caller, webhook_id)

    async def remove(self, caller: Caller, webhook_id: str) -> None:
        async with self.db.transaction() as conn:
            await self._allowed(conn, caller, webhook_id)
            await webhooks.delete_subscription(conn, caller.org_id, webhook_id)
            await audit.append(
                conn, caller, "webhook.removed", target=webhook_id, detail={}, now=self.clock()
            )

    async def resume(self, caller: Caller, webhook_id: str) -> SubscriptionRow:
        """Make a paused or disabled subscription active again; what waits is tried at its time."""
        async with self.db.transaction() as conn:
            await self._allowed(conn, caller, webhook_id)
            await webhooks.update_state(conn, caller.org_id, webhook_id, "active")
            return await self._allowed(conn, caller, webhook_id)

    async def deliveries(
        self, caller: Caller, webhook_id: str, before: datetime | None, limit: int = 50
    ) -> Sequence[DeliveryRow]:
        async with self.db.connection() as conn:
            await self._allowed(conn, caller, webhook_id)
            return await webhooks.list_deliveries(conn, caller.org_id, webhook_id, before, limit)

    async def retry(self, caller: Caller, webhook_id: str, delivery_id: str) -> DeliveryRow:
        """Send one delivery again at once, with its old id."""
        async with self.db.transaction() as conn:
            await self._allowed(conn, caller, webhook_id)
            row = await webhooks.retry_delivery(conn, caller.org_id, webhook_id, delivery_id, self.clock())
            if row is None:
                raise NotFound("There is no such delivery.")
            await self._defer(conn, row.org_id, row.delivery_id)
        return row

    async def _allowed(self, conn: Connection, caller: Caller, webhook_id: str) -> SubscriptionRow:
        caller.require("webhooks:manage")
        row = await webhooks.find_subscription(conn, caller.org_id, webhook_id)
        # A key that acts for nobody has no account; neither has the organisation's subscription, which is not its own.
        is_own = row is not None and row.account_id is not None and row.account_id == caller.account_id
        may = is_own or "organization:manage" in caller.grants
        if row is None or row.is_internal or not may:
            raise NotFound("There is no such webhook.")
        return row

    # -- events

    async def emit(
        self,
        conn: Connection,
        org_id: str,
        type_: str,
        data: Mapping[str, Any],
        concerned: Sequence[str],
        *,
        event_id: str | None = None,
    ) -> None:
        """Write an event for its subscribers in the caller's transaction; jobs send it after the commit.

        With an `event_id` of its own, an event is written once however often it is emitted.
        """
        await self.register_connect(conn, org_id)
        now = self.clock()
        event_id = event_id or new_id("event")
        body = json.dumps(
            {
                "event_id": event_id,
                "type": type_,
                "organization_id": org_id,
                "occurred_at": now.isoformat().replace("+00:00", "Z"),
                "data": data,
            },
            separators=(",", ":"),
        )
        for delivery_id in await webhooks.insert_deliveries(
            conn,
            org_id=org_id,
            event_id=event_id,
            type_=type_,
            body=body,
            concerned=concerned,
            now=now,
        ):
            await self._defer(conn, org_id, delivery_id)

    async def _defer(
        self, conn: Connection, org_id: str, delivery_id: str, at: datetime | None = None
    ) -> None:
        await self.jobs.defer(conn, "deliver_webhook", {"org_id": org_id, "delivery_id": delivery_id}, at=at)

    # -- deliveries

    async def deliver(self, org_id: str, delivery_id: str) -> None:
        """Send one delivery if it is due, and write down what came of it. Safe to call twice and at once."""
        now = self.clock()
        async with self.db.transaction() as conn:
            delivery = await webhooks.lease_delivery(conn, org_id, delivery_id, now, now + LEASE)
            if delivery is None:
                return
            target = await webhooks.find_subscription(conn, org_id, delivery.webhook_id)
            is_suspended = await webhooks.is_suspended(conn, org_id, delivery.webhook_id)
        if target is None:
            return
        if target.state == "disabled" or is_suspended:
            why = "the subscription is disabled"
            if is_suspended:
                why = "the member who made the subscription is suspended"
            gone = Attempt("failed", None, None, why, None, "", None, 1)
            async with self.db.transaction() as conn:
                await webhooks.finish_delivery(conn, org_id, delivery_id, gone)
            return
        answer = await self._post(target, delivery, now)
        await self._settle(target, delivery, answer, started_at=now)

    async def _post(self, target: SubscriptionRow, delivery: DeliveryRow, now: datetime) -> WebhookAnswer:
        body = delivery.body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "Convene-Webhooks/1",
            **signed_headers([self.secret_of(target)], delivery.event_id, int(now.timestamp()), body),
        }
        return await self.sender.post(target.url, headers, body, is_internal=target.is_internal)

    async def _settle(
        self,
        target: SubscriptionRow,
        delivery: DeliveryRow,
        answer: WebhookAnswer,
        *,
        started_at: datetime,
    ) -> None:
        now = self.clock()
        ms = int((now - started_at) / timedelta(milliseconds=1))
        async with self.db.transaction() as conn:
            if is_success(answer.status):
                attempt = Attempt("delivered", None, answer.status, "", ms, answer.excerpt[:1024], now)
                await webhooks.count_success(conn, target.org_id, target.webhook_id)
                await webhooks.finish_delivery(conn, target.org_id, delivery.delivery_id, attempt)
                return
            after = await webhooks.count_failure(conn, target.org_id, target.webhook_id, now)
            again = next_attempt(delivery.attempts, now, self.jitter(), answer.retry_after_seconds)
            if after is not None and after.failures >= CIRCUIT_FAILURES and again is not None:
                again = max(again, now + PROBE_EVERY)
            if answer.status == 410:
                again = None
                await webhooks.update_state(
                    conn, target.org_id, target.webhook_id, "disabled", "the receiver answered 410 Gone"
                )
            elif after is not None and has_failed_for_good(after.first_failure_at, now):
                await webhooks.update_state(
                    conn, target.org_id, target.webhook_id, "disabled", "no success for five days"
                )
            attempt = Attempt(
                "pending" if again else "failed",
                again,
                answer.status,
                answer.error,
                ms,
                answer.excerpt[:1024],
                None,
            )
            await webhooks.finish_delivery(conn, target.org_id, delivery.delivery_id, attempt)
            if again is not None:
                await self._defer(conn, target.org_id, delivery.delivery_id, at=again)

    async def requeue_overdue(self) -> int:
        """Queue again what should have been sent half a minute ago: its job died or was lost."""
        now = self.clock()
        async with self.db.transaction() as conn:
            due = await webhooks.list_due(conn, now - timedelta(seconds=30))
            for org_id, delivery_id in due:
                await self.jobs.defer(
                    conn,
                    "deliver_webhook",
                    {"org_id": org_id, "delivery_id": delivery_id},
                    queueing_lock=f"webhook:{delivery_id}",
                )
        return len(due)

    async def prune(self) -> None:
        """Forget finished deliveries after 30 days."""
        async with self.db.transaction() as conn:
            await webhooks.prune(conn, self.clock() - timedelta(days=30))
