"""Rows of `calendar_event` and `busy_block`: what calendars hold and when it makes people busy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts
from convene.storage.named_sql import load
from convene.storage.occurrences import NewOccurrence

_SQL = load("events")

UNKNOWN_CALENDAR = "calendar_unknown"


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A time at which an account is busy (`kind`: busy, tentative or unknown), half-open, UTC."""

    account_id: str
    starts_at: datetime
    ends_at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Event:
    """One remote resource as received. `booking_id` names the booking that it was written for."""

    remote_id: str
    uid: str
    etag: str
    raw: str
    summary: str
    booking_id: str | None
    generation: int
    problem: str


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A resource to store with its busy time and occurrences inside the expanded window.

    `occurrences` None leaves those that are held: the resource could not be read.

    `problem` is "" if it was read; `UNKNOWN_CALENDAR` makes the whole calendar's owner unknown to availability.
    """

    remote_id: str
    uid: str
    etag: str
    raw: str
    summary: str
    booking_id: str | None
    problem: str
    blocks: Sequence[tuple[datetime, datetime, str]]
    details: Sequence[dict[str, Any]] = ()
    occurrences: Sequence[NewOccurrence] | None = None


async def list_busy(
    conn: Connection, org_id: str, account_ids: Sequence[str], start: datetime, end: datetime
) -> list[BusyTime]:
    """Return the busy times of these accounts' checked calendars that touch `[start, end)`.

    Bookings made here are not among them. Rows may overlap and are sorted by account and start.
    """
    params = {"org_id": org_id, "account_ids": list(account_ids), "start": start, "end": end}
    return await fetch_all(conn, _SQL["list_busy"], params, BusyTime)


def _key(calendar: Calendar) -> dict[str, Any]:
    return {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id}


async def list_known(conn: Connection, calendar: Calendar) -> dict[str, str]:
    """Return remote id -> etag of everything held of a calendar."""
    rows = await fetch_dicts(conn, _SQL["list_known"], _key(calendar))
    return {row["remote_id"]: row["etag"] for row in rows}


async def list_texts(conn: Connection, calendar: Calendar, remote_ids: Sequence[str]) -> dict[str, str]:
    """Return remote id -> text of those of these resources that are held."""
    params = {**_key(calendar), "remote_ids": list(remote_ids)}
    rows = await fetch_dicts(conn, _SQL["list_texts"], params)
    return {row["remote_id"]: row["raw"] for row in rows}


async def list_expandable(conn: Connection, calendar: Calendar) -> list[Event]:
    """Return the resources whose busy time depends on where the window lies."""
    return await fetch_all(conn, _SQL["list_expandable"], _key(calendar), Event)


async def store_events(
    conn: Connection, calendar: Calendar, found: Sequence[NewEvent], generation: int
) -> None:
    """Insert or replace resources with what is said about them and their busy blocks.

    Their occurrences are stored beside (`storage.occurrences`), those that go before this, those that come after.
    """
    if not found:
        return
    remote_ids = [event.remote_id for event in found]
    await execute(
        conn,
        _SQL["upsert_events"],
        {
            **_key(calendar),
            "generation": generation,
            "remote_ids": remote_ids,
            "uids": [event.uid for event in found],
            "etags": [event.etag for event in found],
            "raws": [event.raw for event in found],
            "summaries": [event.summary for event in found],
            "booking_ids": [event.booking_id for event in found],
            "problems": [event.problem for event in found],
            "details": [Jsonb(list(event.details)) for event in found],
        },
    )
    await execute(conn, _SQL["clear_blocks"], {**_key(calendar), "remote_ids": remote_ids})
    blocks = [(event.remote_id, *block) for event in found for block in event.blocks]
    if blocks:
        await execute(
            conn,
            _SQL["insert_blocks"],
            {
                **_key(calendar),
                "calendar_num": calendar.num,
                "remote_ids": [block[0] for block in blocks],
                "starts": [block[1] for block in blocks],
                "ends": [block[2] for block in blocks],
                "kinds": [block[3] for block in blocks],
            },
        )


async def list_blocks(
    conn: Connection, calendar: Calendar, remote_ids: Collection[str]
) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """Return the busy time held of these resources; those without any are left out."""
    rows = await fetch_dicts(conn, _SQL["list_blocks"], {**_key(calendar), "remote_ids": list(remote_ids)})
    found: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for row in rows:
        found.setdefault(row["remote_id"], []).append((row["starts_at"], row["ends_at"], row["kind"]))
    return found


async def delete_events(conn: Connection, calendar: Calendar, remote_ids: Collection[str]) -> int:
    params = {**_key(calendar), "remote_ids": list(remote_ids)}
    return await execute(conn, _SQL["delete_events"], params)


async def busy_digest(conn: Connection, calendar: Calendar) -> str:
    """Return a digest of a calendar's busy time, equal for equal busy time."""
    row = await fetch_dict(conn, _SQL["list_busy_hash"], _key(calendar))
    return str(row["digest"]) if row else ""


async def count_future(
    conn: Connection, calendar: Calendar, remote_ids: Collection[str], now: datetime
) -> tuple[int, int]:
    """Return how many resources have time after `now`: of all, and of those named."""
    params = {**_key(calendar), "remote_ids": list(remote_ids), "now": now}
    row = await fetch_dict(conn, _SQL["count_future"], params)
    return (int(row["total"]), int(row["named"])) if row else (0, 0)
