"""Rows of `booking_write`: what each participant's calendar should hold of a booking, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write ended, for the revision that was tried."""

    state: str
    revision: int
    written_revision: int
    remote_id: str
    etag: str
    attempts: int = 0
    error_detail: str = ""
    next_try_at: datetime | None = None


def _key(write: Write) -> dict[str, str]:
    return {"org_id": write.org_id, "booking_id": write.booking_id, "account_id": write.account_id}


async def lease_write(
    conn: Connection, org_id: str, booking_id: str, account_id: str, *, now: datetime, until: datetime
) -> Write | None:
    """Take a due write until `until`; None if there is none or somebody else has it."""
    params = {
        "org_id": org_id,
        "booking_id": booking_id,
        "account_id": account_id,
        "now": now,
        "until": until,
    }
    return await fetch_one(conn, _SQL["lease_write"], params, Write)


async def finish_write(conn: Connection, write: Write, outcome: Outcome, now: datetime) -> str | None:
    """Store an outcome, give the lease back and return the resulting state.

    `pending` again if a newer revision waits or anything else happened during the lease; None if the write was
    detached from its calendar meanwhile, and nothing is stored.
    """
    params = {
        **_key(write),
        "state": outcome.state,
        "revision": outcome.revision,
        "written_revision": outcome.written_revision,
        "remote_id": outcome.remote_id,
        "etag": outcome.etag,
        "attempts": outcome.attempts,
        "error_detail": outcome.error_detail,
        "next_try_at": outcome.next_try_at,
        "leased_until": write.leased_until,
        "now": now,
    }
    row = await fetch_dict(conn, _SQL["finish_write"], params)
    return str(row["state"]) if row else None


async def bump_sync_revision(conn: Connection, org_id: str, booking_id: str) -> None:
    """Count a change of a calendar's receipt: call it in the transaction that stores the change."""
    await execute(conn, _SQL["bump_sync_revision"], {"org_id": org_id, "booking_id": booking_id})


async def list_overdue(conn: Connection, now: datetime, limit: int = 500) -> list[WriteKey]:
    """Return the writes of all organisations whose next try is due."""
    return await fetch_all(conn, _SQL["list_overdue"], {"now": now, "limit": limit}, WriteKey)


async def wake_writes(conn: Connection, org_id: str, connection_id: str, now: datetime) -> int:
    """Make what waits for a connection due at once; return how many."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now}
    return await execute(conn, _SQL["wake_writes"], params)


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
