"""Notification channels: an application hears that something in an account's calendars changed, and then reads it.

A push names no event, only the time since which to read (`changes_since`). One that waits stands for all that changes
meanwhile. Deliveries, retries and the log are those of webhooks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.security.tokens import new_id
from convene.services.webhooks import WebhookService
from convene.storage import channels, webhooks
from convene.storage.database import Connection
from convene.storage.webhooks import SubscriptionRow

MAX_CHANNELS = 128
MAX_CALENDARS = 200
# A burst of changes becomes a push for the first and one for the rest.
BREATH = timedelta(seconds=2)
# Readers ask by the times at which rows were written, shortly before their writer came here.
OVERLAP = timedelta(seconds=5)


class ChannelService:
    """Makes channels and says what happens in accounts."""

    def __init__(self, webhooks_: WebhookService) -> None:
        self.webhooks = webhooks_
        self.db = webhooks_.db
        self.clock = webhooks_.clock

    async def create(
        self,
        application: Application,
        callback_url: str,
        *,
        calendar_ids: Sequence[str] | None = None,
        only_managed: bool = False,
    ) -> SubscriptionRow:
        """Return the channel with this address and these filters: a new one, or the one that is there.

        A new channel, and one that was closed and opens again, is sent a `verification`.

        Raises:
            Invalid: `callback_url` may not be called; `filters.calendar_ids` is empty or names somebody else's
                calendar; there are 128 channels.
        """
        self.webhooks.check_url(callback_url)
        key = (application.org_id, application.sub, application.client_id)
        async with self.db.transaction() as conn:
            filters = await self._filters(conn, application, calendar_ids, only_managed=only_managed)
            await channels.lock_account(conn, application.org_id, application.sub)
            there = await channels.list_channels(conn, *key)
            same = [row for row in there if (row.url, row.filters) == (callback_url, filters)]
            if same and same[0].state != "disabled":
                return same[0]
            if same:
                channel_id = same[0].webhook_id
                await webhooks.update_state(conn, application.org_id, channel_id, "active")
            elif len(there) >= MAX_CHANNELS:
                raise Invalid("callback_url", f"There are {MAX_CHANNELS} channels already. Close one first.")
            else:
                channel_id = new_id("channel")
                await channels.insert_channel(
                    conn,
                    org_id=application.org_id,
                    channel_id=channel_id,
                    account_id=application.sub,
                    client_id=application.client_id,
                    url=callback_url,
                    filters=filters,
                    now=self.clock(),
                )
            row = await webhooks.find_subscription(conn, application.org_id, channel_id)
            assert row is not None
            await self._push(conn, row, {"type": "verification"})
        return row

    async def _filters(
        self,
        conn: Connection,
        application: Application,
        calendar_ids: Sequence[str] | None,
        *,
        only_managed: bool,
    ) -> dict[str, Any]:
        """Return what is not the default, in one order, so that equal channels are equal."""
        found: dict[str, Any] = {}
        if calendar_ids is not None:
            wanted = sorted(set(calendar_ids))
            field = "filters.calendar_ids"
            if not 1 <= len(wanted) <= MAX_CALENDARS:
                raise Invalid(
                    field, f"{field} must name 1 to {MAX_CALENDARS} calendars; leave it out for all."
                )
            owned = await channels.owned_calendars(conn, application.org_id, application.sub, wanted)
            unknown = [item for item in wanted if item not in owned]
            if unknown:
                raise Invalid(field, f"{field}: {unknown[0][:60]!r} is no calendar of this account.")
            found["calendar_ids"] = wanted
        if only_managed:
            found["only_managed"] = True
        return found

    async def mine(self, application: Application) -> Sequence[SubscriptionRow]:
        """Return the application's channels for its account, oldest first."""
        async with self.db.connection() as conn:
            return await channels.list_channels(
                conn, application.org_id, application.sub, application.client_id
            )

    async def close(self, application: Application, channel_id: str) -> None:
        """Remove a channel; `NotFound` if the application has none of this name for the account."""
        async with self.db.transaction() as conn:
            key = (application.org_id, application.sub, application.client_id)
            if not await channels.delete_channel(conn, *key, channel_id):
                raise NotFound("There is no such channel.")

    # -- what happens

    async def changed(
        self,
        conn: Connection,
        org_id: str,
        account_id: str,
        calendar_ids: Collection[str],
        *,
        managed_by: str | None = None,
        changed_by: str | None = None,
        since: datetime | None = None,
    ) -> None:
        """Tell an account's channels, in the changing transaction, that events of these calendars changed.

        Args:
            calendar_ids: empty if they are not known: then every channel hears.
            managed_by: the application that manages the event, if one does.
            changed_by: the application that made the change; it knows.
            since: when the first of the changed rows was written; now, if not given.
        """
        await self._tell(
            conn,
            org_id,
            {account_id: calendar_ids},
            clients=() if managed_by is None else (managed_by,),
            changed_by=changed_by,
            since=since,
        )

    async def events_changed(
        self,
        conn: Connection,
        org_id: str,
        account_id: str,
        calendar_ids: Sequence[str],
        clients: Collection[str],
    ) -> None:
        """The same for a round of reading, in which events of several applications (`clients`) may have changed."""
        await self._tell(conn, org_id, {account_id: calendar_ids}, clients=clients)

    async def bookings_changed(
        self, conn: Connection, org_id: str, calendars: Mapping[str, Collection[str]]
    ) -> None:
        """The same for a booking of several people: account -> the calendars it stands in."""
        await self._tell(conn, org_id, calendars)

    async def profile_changed(
        self, conn: Connection, org_id: str, account_id: str, profile_id: str, *, is_connected: bool
    ) -> None:
        """Tell an account's channels that a calendar connection works again, or needs its owner."""
        type_ = "profile_connected" if is_connected else "profile_disconnected"
        for row in await channels.list_listening(conn, org_id, [account_id]):
            await self._push(conn, row, {"type": type_, "profile_id": profile_id})

    async def prune(self) -> None:
        """Forget the channels of applications whose authorization was withdrawn."""
        async with self.db.transaction() as conn:
            await channels.delete_unauthorized(conn)

    async def _tell(
        self,
        conn: Connection,
        org_id: str,
        calendars: Mapping[str, Collection[str]],
        *,
        clients: Collection[str] = (),
        changed_by: str | None = None,
        since: datetime | None = None,
    ) -> None:
        if not calendars:
            return
        now = self.clock()
        first = since or now
        for row in await channels.list_listening(conn, org_id, list(calendars)):
            assert row.account_id is not None
            if row.client_id != changed_by and _hears(row, calendars[row.account_id], clients):
                await self._push_change(conn, row, first - OVERLAP, now)

    async def _push_change(
        self, conn: Connection, row: SubscriptionRow, since: datetime, now: datetime
    ) -> None:
        notification = {"type": "change", "changes_since": _written(since)}
        waiting = await channels.lock_waiting(conn, row.org_id, row.webhook_id)
        if waiting is None:
            is_burst = await channels.has_pushed_since(conn, row.org_id, row.webhook_id, now - BREATH)
            await self._push(conn, row, notification, at=now + BREATH if is_burst else None)
        elif notification["changes_since"] < json.loads(waiting.body)["notification"]["changes_since"]:
            # Whoever was here first began later.
            body = json.dumps(_body(row, notification), separators=(",", ":"))
            await channels.replace_body(conn, row.org_id, waiting.delivery_id, body)

    async def _push(
        self,
        conn: Connection,
        row: SubscriptionRow,
        notification: Mapping[str, str],
        at: datetime | None = None,
    ) -> None:
        await self.webhooks.deliver_later(conn, row, notification["type"], _body(row, notification), at=at)


def described(row: SubscriptionRow) -> dict[str, Any]:
    """Return a channel as it is named in pushes."""
    return {"channel_id": row.webhook_id, "callback_url": row.url, "filters": row.filters}


def _body(row: SubscriptionRow, notification: Mapping[str, str]) -> dict[str, Any]:
    return {"notification": dict(notification), "channel": described(row)}


def _hears(row: SubscriptionRow, calendar_ids: Collection[str], clients: Collection[str]) -> bool:
    wanted = row.filters.get("calendar_ids")
    if wanted and calendar_ids and not set(wanted).intersection(calendar_ids):
        return False
    return row.client_id in clients or not row.filters.get("only_managed")


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
