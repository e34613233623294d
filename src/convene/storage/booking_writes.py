"""Rows of `booking_write`: what each participant's calendar should hold of a booking, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.calendar_writes import Outbox
from convene.storage.database import Connection, execute, fetch_all
from convene.storage.named_sql import load

_SQL = load("booking_writes")


@dataclass(frozen=True, slots=True)
class Write:
    """One participant's copy of a booking. `changed_at` is when `state` last changed; `leased_until` names the lease."""

    org_id: str
    booking_id: str
    account_id: str
    calendar_id: str | None
    remote_id: str
    etag: str
    desired_revision: int
    written_revision: int
    state: str
    attempts: int
    changed_at: datetime
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class WriteKey:
    org_id: str
    booking_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A booking's event in a calendar that is about to go away."""

    booking_id: str
    account_id: str
    calendar_id: str
    remote_id: str
    etag: str
    calendar_remote_id: str
    uid: str


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A booking recognised among a calendar's events."""

    booking_id: str
    uid: str
    state: str
    title: str
    starts_at: datetime
    ends_at: datetime
    calendar_id: str
    remote_id: str
    etag: str
    write_state: str


OUTBOX = Outbox("booking_write", ("org_id", "booking_id", "account_id"), Write)


async def bump_sync_revision(conn: Connection, org_id: str, booking_id: str) -> None:
    """Count a change of a calendar's receipt: call it in the transaction that stores the change."""
    await execute(conn, _SQL["bump_sync_revision"], {"org_id": org_id, "booking_id": booking_id})


async def retry_writes(conn: Connection, org_id: str, booking_id: str, now: datetime) -> list[WriteKey]:
    """Make what failed or waits of one booking due at once and return it. The caller has locked the booking."""
    params = {"org_id": org_id, "booking_id": booking_id, "now": now}
    return await fetch_all(conn, _SQL["retry_writes"], params, WriteKey)


async def list_placed(conn: Connection, org_id: str, connection_id: str, now: datetime) -> list[Placed]:
    """Return the events of bookings to come that lie in a connection's calendars."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now}
    return await fetch_all(conn, _SQL["list_placed"], params, Placed)


async def detach_writes(conn: Connection, org_id: str, connection_id: str, now: datetime) -> None:
    """Let a connection's bookings live in the built-in calendar from now on."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now}
    await execute(conn, _SQL["detach_writes"], params)


async def list_own(conn: Connection, org_id: str, account_id: str, uids: Sequence[str]) -> list[OwnBooking]:
    """Return the account's bookings that have one of these UIDs."""
    params = {"org_id": org_id, "account_id": account_id, "uids": list(uids)}
    return await fetch_all(conn, _SQL["list_own"], params, OwnBooking)


async def list_own_at(
    conn: Connection, org_id: str, calendar_id: str, remote_ids: Sequence[str], now: datetime
) -> list[OwnBooking]:
    """Return the confirmed bookings to come that were written at these places."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "remote_ids": list(remote_ids), "now": now}
    return await fetch_all(conn, _SQL["list_own_at"], params, OwnBooking)
