"""What availability queries read: calendars and their health, busy time with what it belongs to, bookings, holds."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from convene.storage.calendars import Readability
from convene.storage.database import Connection, fetch_all
from convene.storage.named_sql import load

_SQL = load("availability_reading")


@dataclass(frozen=True, slots=True)
class CalendarHealth(Readability):
    """Any calendar of an account, checked or not, and how well it is known."""

    is_checked: bool


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Busy times of one kind in one calendar: whole seconds since 1970, in any order."""

    account_id: str
    calendar_id: str
    kind: Literal["busy", "tentative", "unknown"]
    times: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class BusyRow:
    """Busy time of one event. `is_managed` and `event_id` are told to the application that asks."""

    account_id: str
    calendar_id: str
    starts_at: datetime
    ends_at: datetime
    kind: Literal["busy", "tentative", "unknown"]
    remote_id: str
    is_managed: bool
    event_id: str


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A booking, or a hold (`booking_id` "", and `expires_at`)."""

    account_id: str
    calendar_id: str
    starts_at: datetime
    ends_at: datetime
    booking_id: str
    is_managed: bool
    event_id: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    calendar_id: str
    event_uid: str
    remote_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry of somebody's time. `kind`: busy, tentative, unknown (of a calendar), meeting (booked here) or hold."""

    kind: str
    title: str
    calendar_name: str
    starts_at: datetime
    ends_at: datetime
    booking_id: str


@dataclass(frozen=True, slots=True)
class SharedEntry:
    """One entry of somebody's time as others may know it. `shares`: details, busy or nothing (None: busy)."""

    kind: str
    shares: str | None
    title: str
    starts_at: datetime
    ends_at: datetime


async def list_calendars(conn: Connection, org_id: str, account_ids: Sequence[str]) -> list[CalendarHealth]:
    """Return all calendars of these accounts."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    return await fetch_all(conn, _SQL["list_calendars"], params, CalendarHealth)


async def list_busy_times(
    conn: Connection,
    org_id: str,
    account_ids: Sequence[str],
    calendar_ids: Collection[str],
    since: datetime,
    until: datetime,
) -> list[BusyTimes]:
    """Return when these calendars are busy with what touches `[since, until)`."""
    params = {
        "org_id": org_id,
        "account_ids": list(account_ids),
        "calendar_ids": list(calendar_ids),
        "since": since,
        "until": until,
    }
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(_SQL["list_busy_times"], params)
        rows = await cursor.fetchall()
    return [
        BusyTimes(account_id, calendar_id, kind, _pairs(times))
        for account_id, calendar_id, kind, times in rows
    ]


def _pairs(packed: bytes) -> list[tuple[int, int]]:
    seconds = array("q", packed)
    if sys.byteorder == "little":
        seconds.byteswap()
    return list(zip(seconds[::2], seconds[1::2], strict=True))


async def list_busy(
    conn: Connection,
    org_id: str,
    account_ids: Sequence[str],
    calendar_ids: Collection[str],
    since: datetime,
    until: datetime,
    client_id: str,
) -> list[BusyRow]:
    """The same event by event, as the application knows them."""
    params = {
        "org_id": org_id,
        "account_ids": list(account_ids),
        "calendar_ids": list(calendar_ids),
        "since": since,
        "until": until,
        "client_id": client_id,
    }
    return await fetch_all(conn, _SQL["list_busy"], params, BusyRow)


async def list_taken(
    conn: Connection,
    org_id: str,
    account_ids: Sequence[str],
    since: datetime,
    until: datetime,
    now: datetime,
    client_id: str | None,
    excluded_bookings: Collection[str] = (),
    excluded_holds: Collection[str] = (),
) -> list[TakenRow]:
    """Return live bookings and holds of these accounts that touch `[since, until)`."""
    params = {
        "org_id": org_id,
        "account_ids": list(account_ids),
        "since": since,
        "until": until,
        "now": now,
        "client_id": client_id,
        "excluded_bookings": list(excluded_bookings),
        "excluded_holds": list(excluded_holds),
    }
    return await fetch_all(conn, _SQL["list_taken"], params, TakenRow)


async def list_occurrences(
    conn: Connection, org_id: str, account_ids: Sequence[str], event_uids: Collection[str]
) -> list[OccurrenceRow]:
    """Return what these names stand for in the calendars of these accounts."""
    params = {"org_id": org_id, "account_ids": list(account_ids), "event_uids": list(event_uids)}
    return await fetch_all(conn, _SQL["list_occurrences"], params, OccurrenceRow)


async def list_entries(
    conn: Connection,
    org_id: str,
    account_id: str,
    since: datetime,
    until: datetime,
    now: datetime,
    excluded_booking: str = "",
) -> list[EntryRow]:
    """Return what makes an account busy in `[since, until)`, with titles: to be told to its owner alone."""
    params = _asked(org_id, account_id, since, until, now, excluded_booking)
    return await fetch_all(conn, _SQL["list_entries"], params, EntryRow)


async def list_shared_entries(
    conn: Connection,
    org_id: str,
    account_id: str,
    since: datetime,
    until: datetime,
    now: datetime,
    excluded_booking: str = "",
) -> list[SharedEntry]:
    """Return the same as other members may know it."""
    params = _asked(org_id, account_id, since, until, now, excluded_booking)
    return await fetch_all(conn, _SQL["list_shared_entries"], params, SharedEntry)


def _asked(
    org_id: str, account_id: str, since: datetime, until: datetime, now: datetime, excluded_booking: str
) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "account_id": account_id,
        "since": since,
        "until": until,
        "now": now,
        "excluded_booking": excluded_booking,
    }
