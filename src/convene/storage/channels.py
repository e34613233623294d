"""Notification channels: rows of `webhook_subscription` that push an account's changes to an application."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load
from convene.storage.webhooks import SubscriptionRow

_SQL = load("channels")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A push that nobody has begun to send, locked."""

    delivery_id: str
    body: str


async def lock_account(conn: Connection, org_id: str, account_id: str) -> None:
    """Let one transaction at a time change an account's channels."""
    await fetch_dict(conn, _SQL["lock_account"], {"org_id": org_id, "account_id": account_id})


async def owned_calendars(
    conn: Connection, org_id: str, account_id: str, calendar_ids: Collection[str]
) -> frozenset[str]:
    """Return which of these calendars are the account's."""
    params = {"org_id": org_id, "account_id": account_id, "calendar_ids": list(calendar_ids)}
    rows = await fetch_dicts(conn, _SQL["owned_calendars"], params)
    return frozenset(row["calendar_id"] for row in rows)


async def insert_channel(
    conn: Connection,
    *,
    org_id: str,
    channel_id: str,
    account_id: str,
    client_id: str,
    url: str,
    filters: Mapping[str, Any],
    now: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "channel_id": channel_id,
        "account_id": account_id,
        "client_id": client_id,
        "url": url,
        "filters": Jsonb(dict(filters)),
        "now": now,
    }
    await execute(conn, _SQL["insert_channel"], params)


async def list_channels(
    conn: Connection, org_id: str, account_id: str, client_id: str
) -> list[SubscriptionRow]:
    """Return an application's channels for an account, oldest first; closed ones too."""
    params = {"org_id": org_id, "account_id": account_id, "client_id": client_id}
    return await fetch_all(conn, _SQL["list_channels"], params, SubscriptionRow)


async def delete_channel(
    conn: Connection, org_id: str, account_id: str, client_id: str, channel_id: str
) -> bool:
    """Remove a channel and what waits for it; False if there is none."""
    params = {"org_id": org_id, "account_id": account_id, "client_id": client_id, "channel_id": channel_id}
    return await execute(conn, _SQL["delete_channel"], params) == 1


async def list_listening(
    conn: Connection, org_id: str, account_ids: Collection[str]
) -> list[SubscriptionRow]:
    """Return the open channels of these accounts whose application may still see them."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    return await fetch_all(conn, _SQL["list_listening"], params, SubscriptionRow)


async def lock_waiting(conn: Connection, org_id: str, channel_id: str) -> Waiting | None:
    """Return a push of changes that nobody has begun to send; it is not begun before this transaction ends."""
    params = {"org_id": org_id, "channel_id": channel_id}
    return await fetch_one(conn, _SQL["lock_waiting"], params, Waiting)


async def replace_body(conn: Connection, org_id: str, delivery_id: str, body: str) -> None:
    await execute(conn, _SQL["replace_body"], {"org_id": org_id, "delivery_id": delivery_id, "body": body})


async def has_pushed_since(conn: Connection, org_id: str, channel_id: str, since: datetime) -> bool:
    """Tell whether a push of changes was written or sent after `since`."""
    params = {"org_id": org_id, "channel_id": channel_id, "since": since}
    row = await fetch_dict(conn, _SQL["has_pushed_since"], params)
    return bool(row and row["found"])


async def delete_unauthorized(conn: Connection) -> int:
    """Remove the channels of applications that may not see their account any more."""
    return await execute(conn, _SQL["delete_unauthorized"])
