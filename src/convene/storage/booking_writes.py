"""Rows of `booking_write`: what each participant's calendar should hold of a booking, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.calendar_writes import Outbox
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
    base: dict[str, str] | None
    """What the calendar said when both sides last agreed; None before the first write."""
    keeps_text: bool
    """Whether the owner words title and description in this calendar."""


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
class Copy:
    """One participant's copy of a booking, for comparing: what it was when both sides last agreed (`base`).

    held_etag, is_held: of its event as the newest round of reading has stored it. keeps_text: its owner words title and
    description there.
    """

    org_id: str
    booking_id: str
    account_id: str
    calendar_id: str
    remote_id: str
    etag: str
    state: str
    desired_revision: int
    written_revision: int
    base: dict[str, str] | None
    keeps_text: bool
    leased_until: datetime | None
    held_etag: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """A meeting to come; `total` is how many there are."""

    booking_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    total: int


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


async def get_copy(conn: Connection, org_id: str, booking_id: str, account_id: str) -> Copy | None:
    """Return one participant's copy, None if there is none."""
    return await fetch_one(conn, _SQL["get_copy"], _key(org_id, booking_id, account_id), Copy)


async def set_base(
    conn: Connection,
    org_id: str,
    booking_id: str,
    account_id: str,
    base: Mapping[str, str] | None,
    *,
    etag: str | None = None,
    keeps_text: bool | None = None,
) -> None:
    """Remember what a calendar holds as taken into account; `keeps_text`: whether its owner words it from now on."""
    told: dict[str, Any] = {
        "base": None if base is None else Jsonb(dict(base)),
        "etag": etag,
        "keeps_text": keeps_text,
    }
    await execute(conn, _SQL["set_base"], {**_key(org_id, booking_id, account_id), **told})


async def rewrite(conn: Connection, org_id: str, booking_id: str, account_id: str, now: datetime) -> bool:
    """Let a copy be written again as the booking is; False if it lives here alone. Queue the write yourself."""
    params = {**_key(org_id, booking_id, account_id), "now": now}
    return bool(await fetch_all(conn, _SQL["rewrite"], params, WriteKey))


async def wait_for_owner(
    conn: Connection, org_id: str, booking_id: str, account_id: str, detail: str, now: datetime
) -> None:
    """Write nothing to a copy until its owner has decided; `detail` says what is asked."""
    params = {**_key(org_id, booking_id, account_id), "detail": detail, "now": now}
    await execute(conn, _SQL["wait_for_owner"], params)


async def count_copies(conn: Connection, org_id: str, calendar_id: str, now: datetime) -> int:
    """Return how many meetings to come were written into a calendar."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "now": now}
    row = await fetch_dict(conn, _SQL["count_copies"], params)
    return int(row["count"]) if row else 0


async def list_coming(
    conn: Connection, org_id: str, connection_id: str, now: datetime, limit: int
) -> list[Coming]:
    """Return the next meetings that lie in a connection's calendars, each with how many there are in all."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now, "limit": limit}
    return await fetch_all(conn, _SQL["list_coming"], params, Coming)


def _key(org_id: str, booking_id: str, account_id: str) -> dict[str, str]:
    return {"org_id": org_id, "booking_id": booking_id, "account_id": account_id}
