"""Rows of `calendar_conflict`: what a calendar and a booking say differently, and how people have decided.

Locks: the booking before its conflicts, as with its writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("calendar_conflicts")


@dataclass(frozen=True, slots=True)
class NewConflict:
    """A question about a booking in one account's calendar. `theirs` is None where the event was deleted there."""

    org_id: str
    conflict_id: str
    booking_id: str
    account_id: str
    connection_id: str
    connection_label: str
    calendar_name: str
    kind: str
    fields: Sequence[str]
    ours: Mapping[str, str]
    theirs: Mapping[str, str] | None
    is_proposal: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stored question, open or resolved. `account_id` and `account_name`: in whose calendar."""

    org_id: str
    conflict_id: str
    booking_id: str
    title: str
    account_id: str
    account_name: str
    connection_id: str
    connection_label: str
    calendar_name: str
    kind: str
    fields: list[str]
    ours: dict[str, str]
    theirs: dict[str, str] | None
    is_proposal: bool
    seen_at: datetime
    state: str
    resolution: str | None
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another time that a participant wishes for a booking; RFC 3339 in UTC."""

    booking_id: str
    conflict_id: str
    account_id: str
    name: str
    start: str
    end: str


async def open_conflict(conn: Connection, new: NewConflict, now: datetime) -> str:
    """Ask, or ask anew where the same is open already; return the id of the question."""
    params: dict[str, Any] = {
        "org_id": new.org_id,
        "conflict_id": new.conflict_id,
        "booking_id": new.booking_id,
        "account_id": new.account_id,
        "connection_id": new.connection_id,
        "connection_label": new.connection_label,
        "calendar_name": new.calendar_name,
        "kind": new.kind,
        "fields": list(new.fields),
        "ours": Jsonb(dict(new.ours)),
        "theirs": None if new.theirs is None else Jsonb(dict(new.theirs)),
        "is_proposal": new.is_proposal,
        "seen_at": now,
    }
    row = await fetch_dict(conn, _SQL["open_conflict"], params)
    assert row is not None
    return str(row["conflict_id"])


async def list_conflicts(
    conn: Connection, org_id: str, account_id: str, state: str, now: datetime, limit: int
) -> list[Conflict]:
    """Return what this person may decide, or what was decided, newest first."""
    params = {"org_id": org_id, "account_id": account_id, "state": state, "now": now, "limit": limit}
    return await fetch_all(conn, _SQL["list_conflicts"], params, Conflict)


async def get_conflict(conn: Connection, org_id: str, account_id: str, conflict_id: str) -> Conflict | None:
    """Return a conflict that this person may see, or None."""
    params = {"org_id": org_id, "account_id": account_id, "conflict_id": conflict_id}
    return await fetch_one(conn, _SQL["get_conflict"], params, Conflict)


async def resolve_conflict(
    conn: Connection, conflict: Conflict, *, resolution: str, resolved_by: str, now: datetime
) -> bool:
    """Record a decision; False if somebody was quicker."""
    params = {
        "org_id": conflict.org_id,
        "conflict_id": conflict.conflict_id,
        "resolution": resolution,
        "resolved_by": resolved_by,
        "now": now,
    }
    return await execute(conn, _SQL["resolve_conflict"], params) == 1


async def is_deletion_open(conn: Connection, org_id: str, booking_id: str, account_id: str) -> bool:
    """Tell whether the owner of a calendar is still asked what the deletion of an event there means."""
    params = {"org_id": org_id, "booking_id": booking_id, "account_id": account_id}
    row = await fetch_dict(conn, _SQL["is_deletion_open"], params)
    return bool(row and row["is_open"])


async def close_of_connection(
    conn: Connection, org_id: str, connection_id: str, resolved_by: str, now: datetime
) -> None:
    """Let what a connection asks be decided for what is booked: it is used no more."""
    params = {"org_id": org_id, "connection_id": connection_id, "resolved_by": resolved_by, "now": now}
    await execute(conn, _SQL["close_of_connection"], params)


async def close_deletion(
    conn: Connection, org_id: str, booking_id: str, account_id: str, now: datetime
) -> bool:
    """Take a deleted event that is there again for its owner's answer; False if nothing was asked."""
    params = {"org_id": org_id, "booking_id": booking_id, "account_id": account_id, "now": now}
    return await execute(conn, _SQL["close_deletion"], params) == 1


async def list_proposals(conn: Connection, org_id: str, booking_ids: Sequence[str]) -> dict[str, Proposal]:
    """Return the open proposal of each booking that has one."""
    params = {"org_id": org_id, "booking_ids": list(booking_ids)}
    rows = await fetch_all(conn, _SQL["list_proposals"], params, Proposal)
    return {row.booking_id: row for row in rows}
