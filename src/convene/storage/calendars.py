"""Rows of `calendar`: flags, cursors, notices, and how well each checked calendar is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("calendars")

STALE_AFTER = timedelta(hours=24)
"""A calendar not read for longer than this is unknown: nobody is offered as free on its strength."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar of a connection. `num` is its lane in the index of busy blocks."""

    org_id: str
    calendar_id: str
    num: int
    connection_id: str
    account_id: str
    remote_id: str
    name: str
    color: str
    tzid: str
    is_writable: bool
    is_checked: bool
    is_target: bool
    cursor: dict[str, Any]
    generation: int
    first_synced_at: datetime | None
    synced_at: datetime | None
    full_read_at: datetime | None
    vanished_at: datetime | None
    expanded_until: datetime | None
    notices: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Readability:
    """A checked calendar and how well it is known. `failing_since` is the first failure of the present streak.

    `is_unreadable`: what the service sends was received and could not be read.
    """

    account_id: str
    calendar_id: str
    connection_id: str
    kind: str
    label: str
    name: str
    state: str
    first_synced_at: datetime | None
    synced_at: datetime | None
    failing_since: datetime | None
    is_unreadable: bool

    @property
    def unknown_from(self) -> datetime | None:
        """When this calendar becomes unknown if it is not read again; None if it never will by itself."""
        return None if self.kind == "builtin" or self.synced_at is None else self.synced_at + STALE_AFTER

    def is_unknown(self, now: datetime) -> bool:
        """Tell whether this calendar must not be taken as free: never read, not for 24 hours, or not readable."""
        if self.kind == "builtin":
            return False
        if self.is_unreadable:
            return True
        return self.first_synced_at is None or self.synced_at is None or self.synced_at < now - STALE_AFTER


async def list_readability(conn: Connection, org_id: str, account_ids: Sequence[str]) -> list[Readability]:
    """Return the checked calendars of these accounts. An account without a row checks nothing."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    return await fetch_all(conn, _SQL["list_readability"], params, Readability)


async def insert_calendar(
    conn: Connection,
    *,
    org_id: str,
    calendar_id: str,
    connection_id: str,
    account_id: str,
    remote_id: str,
    name: str,
    tzid: str,
    color: str = "",
    is_writable: bool = True,
    is_checked: bool = True,
) -> None:
    """Add a calendar, or refresh name, colour and right to write of one that its connection has already."""
    await execute(
        conn,
        _SQL["insert_calendar"],
        {
            "org_id": org_id,
            "calendar_id": calendar_id,
            "connection_id": connection_id,
            "account_id": account_id,
            "remote_id": remote_id,
            "name": name,
            "color": color,
            "tzid": tzid,
            "is_writable": is_writable,
            "is_checked": is_checked,
        },
    )


async def list_calendars(conn: Connection, org_id: str, connection_ids: Iterable[str]) -> list[Calendar]:
    """Return the calendars of these connections in the order in which they were found."""
    params = {"org_id": org_id, "connection_ids": list(connection_ids)}
    return await fetch_all(conn, _SQL["list_calendars"], params, Calendar)


async def get_calendar(conn: Connection, org_id: str, calendar_id: str) -> Calendar | None:
    return await fetch_one(
        conn, _SQL["get_calendar"], {"org_id": org_id, "calendar_id": calendar_id}, Calendar
    )


async def lock_calendar(conn: Connection, org_id: str, calendar_id: str) -> Calendar | None:
    """Lock one calendar against other writers of its events until the transaction ends, and return it."""
    return await fetch_one(
        conn, _SQL["lock_calendar"], {"org_id": org_id, "calendar_id": calendar_id}, Calendar
    )


async def get_target(conn: Connection, org_id: str, account_id: str) -> Calendar | None:
    """Return the calendar to which this account's bookings are written."""
    return await fetch_one(conn, _SQL["get_target"], {"org_id": org_id, "account_id": account_id}, Calendar)


async def set_target(conn: Connection, org_id: str, account_id: str, calendar_id: str) -> None:
    """Make one writable calendar the account's only target."""
    await execute(conn, _SQL["clear_target"], {"org_id": org_id, "account_id": account_id})
    await execute(conn, _SQL["set_target"], {"org_id": org_id, "calendar_id": calendar_id})


async def clear_target(conn: Connection, org_id: str, account_id: str) -> None:
    """Leave the account without a target; give it another one in the same transaction."""
    await execute(conn, _SQL["clear_target"], {"org_id": org_id, "account_id": account_id})


async def set_builtin_target(conn: Connection, org_id: str, account_id: str) -> None:
    """Make the built-in calendar the target of an account that has none."""
    await execute(conn, _SQL["set_builtin_target"], {"org_id": org_id, "account_id": account_id})


async def set_checked(conn: Connection, org_id: str, calendar_id: str, is_checked: bool) -> None:
    await execute(
        conn,
        _SQL["set_checked"],
        {"org_id": org_id, "calendar_id": calendar_id, "is_checked": is_checked},
    )


async def claim_round(conn: Connection, calendar: Calendar, generation: int) -> None:
    """Begin a round that takes several transactions, with the calendar locked; `store_round` completes it."""
    await execute(
        conn,
        _SQL["claim_round"],
        {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id, "generation": generation},
    )


async def store_round(
    conn: Connection,
    calendar: Calendar,
    *,
    cursor: Mapping[str, Any],
    generation: int,
    is_full: bool,
    expanded_until: datetime,
    notices: Sequence[Mapping[str, str]],
    now: datetime,
) -> None:
    """Record a complete round: call it in the transaction that stores the last of the round's events, never apart.

    `calendar` is the row as it was before the round began.
    """
    await execute(
        conn,
        _SQL["store_round"],
        {
            "org_id": calendar.org_id,
            "calendar_id": calendar.calendar_id,
            "cursor": Jsonb(dict(cursor)),
            "generation": generation,
            "is_full": is_full,
            "full_read_at": calendar.full_read_at,
            "expanded_until": expanded_until,
            "notices": Jsonb(list(notices)),
            "now": now,
        },
    )


async def require_full_read(conn: Connection, calendar: Calendar) -> None:
    """Let the next round compare everything, whatever the cursor says."""
    params = {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id}
    await execute(conn, _SQL["require_full_read"], params)


async def note_vanished(
    conn: Connection, calendar: Calendar, vanished_at: datetime, notices: Sequence[Mapping[str, str]]
) -> None:
    """Remember that a read missed most events; a second read must confirm it before any is dropped."""
    await execute(
        conn,
        _SQL["note_vanished"],
        {
            "org_id": calendar.org_id,
            "calendar_id": calendar.calendar_id,
            "vanished_at": vanished_at,
            "notices": Jsonb(list(notices)),
        },
    )
