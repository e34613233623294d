"""Rows of `calendar_connection`: accounts at calendar services, and the built-in calendar of every person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.security.tokens import new_id
from convene.storage import calendars
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("connections")


@dataclass(frozen=True, slots=True)
class CalendarConnection:
    """An account at a calendar service. `secret` is sealed; `error_at` is the first failure of the present streak."""

    org_id: str
    connection_id: str
    account_id: str
    kind: str
    label: str
    url: str
    username: str
    secret: bytes | None = field(repr=False)
    profile: dict[str, Any]
    state: str
    error_code: str
    error_detail: str
    error_at: datetime | None
    attempts: int
    synced_at: datetime | None
    next_poll_at: datetime | None
    created_at: datetime
    policy: dict[str, str]
    """As stored: see `core.calendar_policy.policy_of`."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an account of a person does. `waiting_writes`: meetings that its calendars do not hold as they should."""

    connection_id: str
    account_id: str
    name: str
    kind: str
    label: str
    state: str
    error_code: str
    error_detail: str
    synced_at: datetime | None
    next_poll_at: datetime | None
    calendars: int
    events: int
    waiting_writes: int
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A connection whose turn it is to be read."""

    org_id: str
    connection_id: str


async def ensure_builtin(conn: Connection, org_id: str, account_id: str, tzid: str, now: datetime) -> None:
    """Give an account its built-in calendar, as its target unless it has one. Doing it again changes nothing.

    Call it in the transaction that creates the account. Bookings of people who connect nothing live there.
    """
    await fetch_dict(conn, _SQL["lock_account"], {"org_id": org_id, "account_id": account_id})
    key = {"org_id": org_id, "account_id": account_id}
    if await fetch_one(conn, _SQL["get_builtin"], key, CalendarConnection) is None:
        connection_id, calendar_id = new_id("connection"), new_id("calendar")
        await insert_connection(
            conn,
            org_id=org_id,
            connection_id=connection_id,
            account_id=account_id,
            kind="builtin",
            label="Convene",
            state="ok",
            now=now,
        )
        await calendars.insert_calendar(
            conn,
            org_id=org_id,
            calendar_id=calendar_id,
            connection_id=connection_id,
            account_id=account_id,
            remote_id="",
            name="Meetings",
            tzid=tzid,
        )
    await calendars.set_builtin_target(conn, org_id, account_id)


async def insert_connection(
    conn: Connection,
    *,
    org_id: str,
    connection_id: str,
    account_id: str,
    kind: str,
    label: str,
    state: str,
    now: datetime,
    url: str = "",
    username: str = "",
    secret: bytes | None = None,
    profile: Mapping[str, Any] | None = None,
    next_poll_at: datetime | None = None,
) -> None:
    """Add a connection; `secret` must be sealed already."""
    await execute(
        conn,
        _SQL["insert_connection"],
        {
            "org_id": org_id,
            "connection_id": connection_id,
            "account_id": account_id,
            "kind": kind,
            "label": label,
            "url": url,
            "username": username,
            "secret": secret,
            "profile": Jsonb(dict(profile or {})),
            "state": state,
            "next_poll_at": next_poll_at,
            "created_at": now,
        },
    )


async def lock_account(conn: Connection, org_id: str, account_id: str) -> str | None:
    """Let one transaction at a time change a person's connections; return the person's zone, None if unknown."""
    row = await fetch_dict(conn, _SQL["lock_account"], {"org_id": org_id, "account_id": account_id})
    return None if row is None else str(row["tzid"])


async def get_connection(conn: Connection, org_id: str, connection_id: str) -> CalendarConnection | None:
    params = {"org_id": org_id, "connection_id": connection_id}
    return await fetch_one(conn, _SQL["get_connection"], params, CalendarConnection)


async def lock_connection(conn: Connection, org_id: str, connection_id: str) -> CalendarConnection | None:
    """Return a connection that nobody else can renew meanwhile; what hangs on it can still be written."""
    params = {"org_id": org_id, "connection_id": connection_id}
    return await fetch_one(conn, _SQL["lock_connection"], params, CalendarConnection)


async def keep_secret(conn: Connection, connection: CalendarConnection, secret: bytes) -> None:
    """Replace the sealed secret of a connection that works: its record stays."""
    params = {"org_id": connection.org_id, "connection_id": connection.connection_id, "secret": secret}
    await execute(conn, _SQL["keep_secret"], params)


async def is_account_connected(conn: Connection, kind: str, username: str) -> bool:
    """Tell whether anybody of any organisation has connected this account of a service."""
    row = await fetch_dict(conn, _SQL["is_account_connected"], {"kind": kind, "username": username})
    return bool(row and row["is_connected"])


async def list_connections(conn: Connection, org_id: str, account_id: str) -> list[CalendarConnection]:
    """Return a person's connections: the built-in one first, then by age."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_connections"], params, CalendarConnection)


async def due_connections(conn: Connection, now: datetime, limit: int = 500) -> list[Due]:
    """Return the connections of all organisations whose next read is due, longest waiting first."""
    return await fetch_all(conn, _SQL["due_connections"], {"now": now, "limit": limit}, Due)


async def set_ok(
    conn: Connection, connection: CalendarConnection, next_poll_at: datetime, now: datetime
) -> None:
    """Record a complete round over all calendars and forget past errors."""
    await execute(
        conn,
        _SQL["set_ok"],
        {
            "org_id": connection.org_id,
            "connection_id": connection.connection_id,
            "now": now,
            "next_poll_at": next_poll_at,
        },
    )


async def set_failing(
    conn: Connection,
    connection: CalendarConnection,
    *,
    state: str,
    code: str,
    detail: str,
    next_poll_at: datetime | None,
    now: datetime,
) -> None:
    """Record a failed round. Without `next_poll_at` nothing is tried until a person acts."""
    await execute(
        conn,
        _SQL["set_failing"],
        {
            "org_id": connection.org_id,
            "connection_id": connection.connection_id,
            "state": state,
            "code": code,
            "detail": detail,
            "next_poll_at": next_poll_at,
            "now": now,
        },
    )


async def postpone(conn: Connection, org_id: str, connection_id: str, next_poll_at: datetime) -> None:
    """Move a connection's next read, so that a sweep does not pick it again at once."""
    params = {"org_id": org_id, "connection_id": connection_id, "next_poll_at": next_poll_at}
    await execute(conn, _SQL["postpone"], params)


async def set_policy(conn: Connection, org_id: str, connection_id: str, policy: Mapping[str, str]) -> None:
    params = {"org_id": org_id, "connection_id": connection_id, "policy": Jsonb(dict(policy))}
    await execute(conn, _SQL["set_policy"], params)


async def list_health(conn: Connection, org_id: str, limit: int) -> list[Health]:
    """Return how the organisation's accounts at calendar services do, those in trouble first."""
    return await fetch_all(conn, _SQL["list_health"], {"org_id": org_id, "limit": limit}, Health)


async def set_label(conn: Connection, org_id: str, connection_id: str, label: str) -> None:
    params = {"org_id": org_id, "connection_id": connection_id, "label": label}
    await execute(conn, _SQL["set_label"], params)


async def set_profile(conn: Connection, org_id: str, connection_id: str, profile: Mapping[str, Any]) -> None:
    """Keep what discovery found."""
    params = {"org_id": org_id, "connection_id": connection_id, "profile": Jsonb(dict(profile))}
    await execute(conn, _SQL["set_profile"], params)


async def set_secret(
    conn: Connection,
    connection: CalendarConnection,
    secret: bytes,
    now: datetime,
    *,
    url: str,
) -> None:
    """Replace the sealed secret, and the address, after they were tried, and start again with a clean record."""
    await execute(
        conn,
        _SQL["set_secret"],
        {
            "org_id": connection.org_id,
            "connection_id": connection.connection_id,
            "secret": secret,
            "url": url,
            "now": now,
        },
    )


async def delete_connection(conn: Connection, org_id: str, connection_id: str) -> None:
    """Forget a connection: its secret, calendars, events and busy time."""
    await execute(conn, _SQL["delete_connection"], {"org_id": org_id, "connection_id": connection_id})
