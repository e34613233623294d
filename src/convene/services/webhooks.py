"""Webhooks out: subscriptions, events written in the change's own transaction, and the log of their deliveries.

Three kinds share deliveries, retries and log: what members and administrators subscribe to, the push channels of
applications (`services.channels`), and the addresses that applications name in their calls (`send_callback`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.security.sealing import Secret
from convene.security.signatures import new_signing_secret
from convene.security.tokens import new_id
from convene.services.webhook_deliveries import Deliveries, secret_context
from convene.storage import accounts, audit, oauth, webhooks
from convene.storage.database import Connection
from convene.storage.webhooks import ClientDelivery, DeliveryRow, SubscriptionRow

EVENT_TYPES = {
    "booking.requested": "Somebody asks for a meeting; a host accepts or declines it.",
    "booking.confirmed": "A meeting was booked, or the request for it accepted.",
    "booking.series": "Somebody booked several meetings at once; each is told of by itself too.",
    "booking.declined": "A request for a meeting was declined, or nobody answered it in time.",
    "booking.rescheduled": "A meeting was moved.",
    "booking.cancelled": "A meeting was cancelled.",
    "booking.edited": "What a meeting says was changed, not its time.",
    "booking.answered": "Somebody who was invited by mail has accepted, declined or proposed another time.",
    "booking.synced": "Only the state of participants' calendars changed.",
    "booking.reminder": "A meeting begins in ten minutes.",
    "waitlist.offered": "A time for which somebody waits is free, and held for them.",
    "availability.changed": "Somebody's free time changed.",
    "calendar.needs_attention": "A connected calendar cannot be read or written.",
}
MAX_SUBSCRIPTIONS = 50
MAX_URL = 2000


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """A subscription just made, with the one and only showing of its secret."""

    row: SubscriptionRow
    secret: str


class WebhookService(Deliveries):
    """Everything about webhooks: subscriptions, events, what applications are told, and (inherited) sending."""

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
            secret=self.sealer.seal(secret, *secret_context(org_id, webhook_id)),
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
        if row is None or row.kind != "webhook" or row.is_internal or not may:
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

    # -- applications

    def check_url(self, url: str, field: str = "callback_url") -> None:
        """Raise `Invalid` naming `field` for an address that may never be called."""
        if len(url) > MAX_URL:
            raise Invalid(field, f"{field} may have {MAX_URL} characters at most.")
        try:
            self.sender.check(url)
        except Invalid as error:
            raise Invalid(field, f"{field} must be an https address outside: {error.detail}") from error

    async def send_callback(
        self, conn: Connection, org_id: str, client_id: str, url: str, type_: str, body: Mapping[str, Any]
    ) -> None:
        """Write what an application is told at an address it named, in the caller's transaction; a job sends it.

        `type_` stands in the log; `body` is sent as it is. Check the address with `check_url` when it is named.
        """
        row = await webhooks.ensure_callback(
            conn,
            org_id=org_id,
            webhook_id=new_id("webhook"),
            client_id=client_id,
            url=url,
            now=self.clock(),
        )
        await self.deliver_later(conn, row, type_, body)

    async def client_deliveries(
        self, caller: Caller, client_id: str, before: datetime | None, limit: int = 50
    ) -> Sequence[ClientDelivery]:
        """Return what an application of the caller's organisation was sent, newest first."""
        async with self.db.connection() as conn:
            await self._require_client(conn, caller, client_id)
            return await webhooks.list_client_deliveries(conn, caller.org_id, client_id, before, limit)

    async def retry_client_delivery(self, caller: Caller, client_id: str, delivery_id: str) -> DeliveryRow:
        """Send one delivery to an application again at once, with its old id; a closed receiver is opened for it."""
        async with self.db.transaction() as conn:
            await self._require_client(conn, caller, client_id)
            webhook_id = await webhooks.find_client_receiver(conn, caller.org_id, client_id, delivery_id)
            if webhook_id is None:
                raise NotFound("There is no such delivery.")
            await webhooks.update_state(conn, caller.org_id, webhook_id, "active")
            row = await webhooks.retry_delivery(conn, caller.org_id, webhook_id, delivery_id, self.clock())
            assert row is not None
            await self._defer(conn, row.org_id, row.delivery_id)
            await audit.append(
                conn,
                caller,
                "delivery.retried",
                target=client_id,
                detail={"delivery": delivery_id},
                now=self.clock(),
            )
        return row

    async def _require_client(self, conn: Connection, caller: Caller, client_id: str) -> None:
        caller.require("organization:manage")
        client = await oauth.find_client(conn, client_id)
        if client is None or client.org_id != caller.org_id:
            raise NotFound("There is no such application.")
