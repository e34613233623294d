"""Sending what was written down: signed deliveries, their retries and their log. Rows are the truth, jobs only say when
to look."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

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
from convene.security.signatures import (
    CRONOFY_HEADER,
    cronofy_hmac,
    signed_headers,
    signing_secret_of,
)
from convene.security.tokens import new_id
from convene.storage import webhooks
from convene.storage.database import Connection, Database
from convene.storage.webhooks import Attempt, DeliveryRow, SubscriptionRow

_JSON, _JSON_OF_CALLBACKS = "application/json", "application/json; charset=utf-8"

ClientSecrets = Callable[[Connection, str, str], Awaitable[Sequence[Secret]]]
"""(conn, org_id, client_id): the live secrets of an application, newest first."""


def secret_context(org_id: str, webhook_id: str) -> tuple[str, ...]:
    """Return what a sealed webhook secret is bound to."""
    return ("webhook_subscription", org_id, webhook_id, "secret")


class Deliveries:
    """Args:
    client_secrets: with what an application checks what it is sent.
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
        client_secrets: ClientSecrets,
        jitter: Callable[[], float] = random.SystemRandom().random,
        internal_url: str | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.sender = sender
        self.client_secrets = client_secrets
        self.jitter = jitter
        self.internal_url = internal_url

    def secret_of(self, row: SubscriptionRow) -> Secret:
        """Return the secret of a `webhook`; the other kinds are signed with their application's."""
        assert row.secret is not None
        return self.sealer.open(row.secret, *secret_context(row.org_id, row.webhook_id))

    async def deliver_later(
        self,
        conn: Connection,
        row: SubscriptionRow,
        type_: str,
        body: Mapping[str, Any],
        *,
        at: datetime | None = None,
    ) -> None:
        """Write one delivery to one receiver, to be sent at once or not before `at`."""
        now = self.clock()
        event_id = new_id("event")
        delivery_id = f"{event_id}.{row.webhook_id}"
        await webhooks.insert_delivery(
            conn,
            org_id=row.org_id,
            delivery_id=delivery_id,
            webhook_id=row.webhook_id,
            event_id=event_id,
            type_=type_,
            body=json.dumps(body, separators=(",", ":")),
            next_try_at=at or now,
            now=now,
        )
        await self._defer(conn, row.org_id, delivery_id, at=at)

    async def _defer(
        self, conn: Connection, org_id: str, delivery_id: str, at: datetime | None = None
    ) -> None:
        await self.jobs.defer(conn, "deliver_webhook", {"org_id": org_id, "delivery_id": delivery_id}, at=at)

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
        headers = {"content-type": _JSON, "user-agent": "Convene-Webhooks/1"}
        if target.client_id is None:
            secrets: Sequence[Secret | str] = [self.secret_of(target)]
        else:
            async with self.db.connection() as conn:
                of_client = await self.client_secrets(conn, target.org_id, target.client_id)
            if not of_client:
                return WebhookAnswer(None, "the application has no secret to sign with")
            headers["content-type"] = _JSON_OF_CALLBACKS
            headers[CRONOFY_HEADER] = cronofy_hmac(of_client, body)
            secrets = [signing_secret_of(secret) for secret in of_client]
        headers |= signed_headers(secrets, delivery.event_id, int(now.timestamp()), body)
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
