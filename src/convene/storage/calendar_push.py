"""Rows of `calendar_push` and `calendar_channel`: which calendars' services tell us of changes, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("calendar_push")

PushHealth = Literal["active", "unsupported", "off"]
"""Of a connection: its service tells of changes; nobody can tell of them, here or there; or it should and does not."""


@dataclass(frozen=True, slots=True)
class Push:
    """What is known of push for a calendar. `opened_at`: when a channel was last opened."""

    org_id: str
    calendar_id: str
    state: str
    error_code: str
    attempts: int
    opened_at: datetime | None
    failing_since: datetime | None
    next_at: datetime
    unannounced_at: datetime | None
    misses: int


@dataclass(frozen=True, slots=True)
class Channel:
    """An address of ours at which a service tells of a calendar. `remote_id`: what it calls the channel, "" while asked."""

    channel_id: str
    org_id: str
    calendar_id: str
    connection_id: str
    token_hash: bytes = field(repr=False)
    remote_id: str
    opened_at: datetime
    expires_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class DuePush:
    """A calendar whose push is to be looked after."""

    org_id: str
    calendar_id: str


async def push_of(
    conn: Connection, org_id: str, connection_ids: Sequence[str], now: datetime
) -> dict[str, PushHealth]:
    """Return how each of these connections is told of changes."""
    found: dict[str, PushHealth] = dict.fromkeys(connection_ids, "unsupported")
    params = {"org_id": org_id, "connection_ids": list(connection_ids), "now": now}
    cursor = await conn.execute(_SQL["push_of"], params)
    for connection_id, is_active, is_off in await cursor.fetchall():
        found[connection_id] = "off" if is_off else "active" if is_active else "unsupported"
    return found


async def list_due(conn: Connection, kinds: Sequence[str], now: datetime, limit: int = 200) -> list[DuePush]:
    """Return calendars of all organisations whose channels are to be opened, renewed or stopped."""
    params = {"kinds": list(kinds), "now": now, "limit": limit}
    return await fetch_all(conn, _SQL["due"], params, DuePush)


async def get_push(conn: Connection, org_id: str, calendar_id: str) -> Push | None:
    params = {"org_id": org_id, "calendar_id": calendar_id}
    return await fetch_one(conn, _SQL["get_push"], params, Push)


async def postpone(conn: Connection, org_id: str, calendar_id: str, next_at: datetime) -> None:
    """Leave a calendar's push alone until then, whatever its state."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "next_at": next_at}
    await execute(conn, _SQL["postpone"], params)


async def set_active(
    conn: Connection, org_id: str, calendar_id: str, *, opened_at: datetime, next_at: datetime
) -> None:
    """Record that a channel is open since `opened_at`, and when it is to be renewed."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "opened_at": opened_at, "next_at": next_at}
    await execute(conn, _SQL["set_active"], params)


async def set_failed(
    conn: Connection,
    org_id: str,
    calendar_id: str,
    *,
    state: Literal["unsupported", "failing"],
    error_code: str,
    next_at: datetime,
    now: datetime,
) -> None:
    """Record that no channel could be opened or renewed, and when to ask again."""
    await execute(
        conn,
        _SQL["set_failed"],
        {
            "org_id": org_id,
            "calendar_id": calendar_id,
            "state": state,
            "error_code": error_code,
            "next_at": next_at,
            "now": now,
        },
    )


async def delete_push(conn: Connection, org_id: str, calendar_id: str) -> None:
    """Forget what is known of push for a calendar."""
    await execute(conn, _SQL["delete_push"], {"org_id": org_id, "calendar_id": calendar_id})


async def reopen(
    conn: Connection,
    org_id: str,
    connection_id: str,
    *,
    error_code: str,
    now: datetime,
    calendar_id: str | None = None,
) -> None:
    """Have new channels opened for a connection, or one calendar of it: those that are there may be dead."""
    await execute(
        conn,
        _SQL["reopen"],
        {
            "org_id": org_id,
            "connection_id": connection_id,
            "calendar_id": calendar_id,
            "error_code": error_code,
            "now": now,
        },
    )


async def is_suspicious(
    conn: Connection, org_id: str, connection_id: str, *, now: datetime, since: datetime
) -> bool:
    """Tell whether a calendar of this connection was told of changes and is not any more (failing after `since`)."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now, "since": since}
    row = await fetch_dict(conn, _SQL["is_suspicious"], params)
    return bool(row and row["is_suspicious"])


async def note_unannounced(conn: Connection, org_id: str, calendar_id: str, now: datetime) -> None:
    """Note that a poll found changes of which no channel had told yet."""
    await execute(conn, _SQL["note_unannounced"], {"org_id": org_id, "calendar_id": calendar_id, "now": now})


async def judge_unannounced(conn: Connection, *, before: datetime, most: int, now: datetime) -> int:
    """Count as missed what no channel has told since `before`; after `most` misses in a row a new one is due."""
    return await execute(conn, _SQL["judge_unannounced"], {"before": before, "most": most, "now": now})


async def find_channel(conn: Connection, channel_id: str) -> Channel | None:
    """Return a channel by the one thing that a notification names. Check its token before anything is done for it."""
    return await fetch_one(conn, _SQL["find_channel"], {"channel_id": channel_id}, Channel)


async def list_channels(
    conn: Connection, org_id: str, connection_id: str, calendar_id: str | None = None
) -> list[Channel]:
    """Return the channels of a connection, or of one calendar of it, newest first."""
    params = {"org_id": org_id, "connection_id": connection_id, "calendar_id": calendar_id}
    return await fetch_all(conn, _SQL["list_channels"], params, Channel)


async def insert_channel(
    conn: Connection,
    org_id: str,
    calendar_id: str,
    channel_id: str,
    token_hash: bytes,
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Add a channel before its service is asked: the first notification may come before the answer does."""
    await execute(
        conn,
        _SQL["insert_channel"],
        {
            "channel_id": channel_id,
            "org_id": org_id,
            "calendar_id": calendar_id,
            "token_hash": token_hash,
            "expires_at": expires_at,
            "now": now,
        },
    )


async def confirm_channel(
    conn: Connection, channel_id: str, remote_id: str, expires_at: datetime, now: datetime
) -> Channel | None:
    """Record what the service said of a channel whose life begins now; None if it is known no more."""
    params = {"channel_id": channel_id, "remote_id": remote_id, "expires_at": expires_at, "now": now}
    await execute(conn, _SQL["confirm_channel"], params)
    return await find_channel(conn, channel_id)


async def replace_others(
    conn: Connection, org_id: str, calendar_id: str, channel_id: str, now: datetime
) -> None:
    """Let one channel of a calendar serve in place of all others."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "channel_id": channel_id, "now": now}
    await execute(conn, _SQL["replace_others"], params)


async def delete_channel(conn: Connection, channel_id: str) -> None:
    """Forget a channel: what still comes for it is a stranger's."""
    await execute(conn, _SQL["delete_channel"], {"channel_id": channel_id})


async def note_notified(conn: Connection, channel_id: str, now: datetime) -> None:
    """Record that a channel has told something."""
    await execute(conn, _SQL["note_notified"], {"channel_id": channel_id, "now": now})
