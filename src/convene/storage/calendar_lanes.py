"""Rows of `calendar_lane`: hints that a calendar changed and whose turn it is to read it; and how long accounts must wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("calendar_lanes")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a reader finds when its turn begins: hints received so far, and those that earlier reads have answered."""

    hints: int
    heard: int

    @property
    def is_hinted(self) -> bool:
        return self.hints > self.heard


@dataclass(frozen=True, slots=True)
class Waiting:
    """A calendar with a hint that no read has answered."""

    org_id: str
    connection_id: str
    calendar_id: str


async def hint(conn: Connection, org_id: str, calendar_id: str) -> None:
    """Note that a calendar may have changed."""
    await execute(conn, _SQL["hint"], {"org_id": org_id, "calendar_id": calendar_id})


async def begin(
    conn: Connection, org_id: str, calendar_id: str, reader: str, *, now: datetime, until: datetime
) -> Turn | None:
    """Take the turn to read a calendar until an instant; None while another reader has it."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "reader": reader, "now": now, "until": until}
    return await fetch_one(conn, _SQL["begin"], params, Turn)


async def extend(conn: Connection, org_id: str, calendar_id: str, reader: str, until: datetime) -> bool:
    """Keep the turn for longer; False if somebody else has it by now."""
    params = {"org_id": org_id, "calendar_id": calendar_id, "reader": reader, "until": until}
    return await execute(conn, _SQL["extend"], params) == 1


async def finish(conn: Connection, org_id: str, calendar_id: str, reader: str, heard: int | None) -> bool:
    """Give the turn back. `heard`: the hints that a complete read has answered, None if it failed.

    Returns whether hints are waiting still.
    """
    params = {"org_id": org_id, "calendar_id": calendar_id, "reader": reader, "heard": heard}
    row = await fetch_dict(conn, _SQL["finish"], params)
    return bool(row and row["is_waiting"])


async def is_waiting(conn: Connection, org_id: str, calendar_id: str) -> bool:
    """Tell whether a hint came since the newest complete read began."""
    row = await fetch_dict(conn, _SQL["is_waiting"], {"org_id": org_id, "calendar_id": calendar_id})
    return bool(row and row["is_waiting"])


async def list_waiting(conn: Connection, now: datetime, limit: int = 500) -> list[Waiting]:
    """Return the calendars of all organisations with hints that nobody reads after, where a read may succeed."""
    return await fetch_all(conn, _SQL["waiting"], {"now": now, "limit": limit}, Waiting)


async def throttle(conn: Connection, org_id: str, connection_id: str, until: datetime) -> None:
    """Remember that an account's service asked us to wait; a later instant stays."""
    params = {"org_id": org_id, "connection_id": connection_id, "until": until}
    await execute(conn, _SQL["throttle"], params)


async def throttled_until(
    conn: Connection, org_id: str, connection_id: str, now: datetime
) -> datetime | None:
    """Return until when an account must be left alone, None if it need not be."""
    params = {"org_id": org_id, "connection_id": connection_id, "now": now}
    row = await fetch_dict(conn, _SQL["throttled_until"], params)
    return None if row is None else row["throttle_until"]
