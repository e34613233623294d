"""Who waits for taken times of booking pages. Entries are locked last, after link, people and bookings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load

_SQL = load("waitlist")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Somebody's place in the list for one time; `token` is sealed."""

    org_id: str
    entry_id: str
    link_id: str
    starts_at: datetime
    ends_at: datetime
    name: str
    email: str
    tzid: str
    locale: str
    token: bytes = field(repr=False)
    state: str
    offered_until: datetime | None
    hold_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """A time of a page for which somebody waits."""

    org_id: str
    link_id: str
    starts_at: datetime


async def insert_entry(conn: Connection, entry: EntryRow, *, token_hash: bytes, form_hash: bytes) -> None:
    params = {
        "org_id": entry.org_id,
        "entry_id": entry.entry_id,
        "link_id": entry.link_id,
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "name": entry.name,
        "email": entry.email,
        "tzid": entry.tzid,
        "locale": entry.locale,
        "token": entry.token,
        "token_hash": token_hash,
        "form_hash": form_hash,
        "now": entry.created_at,
    }
    await execute(conn, _SQL["insert_entry"], params)


async def find_by_token(conn: Connection, token_hash: bytes) -> EntryRow | None:
    """Return the entry with this token's hash, of whatever organisation."""
    return await fetch_one(conn, _SQL["find_by_token"], {"token_hash": token_hash}, EntryRow)


async def find_by_form(conn: Connection, org_id: str, link_id: str, form_hash: bytes) -> EntryRow | None:
    params = {"org_id": org_id, "link_id": link_id, "form_hash": form_hash}
    return await fetch_one(conn, _SQL["find_by_form"], params, EntryRow)


async def lock_entry(conn: Connection, entry: EntryRow) -> EntryRow | None:
    """Lock an entry and return it as it is now."""
    params = {"org_id": entry.org_id, "entry_id": entry.entry_id}
    return await fetch_one(conn, _SQL["lock_entry"], params, EntryRow)


async def lock_waiting(conn: Connection, org_id: str, link_id: str, starts_at: datetime) -> list[EntryRow]:
    """Lock and return whoever waits for a time or has been offered it, first come first."""
    params = {"org_id": org_id, "link_id": link_id, "starts_at": starts_at}
    return await fetch_all(conn, _SQL["lock_waiting"], params, EntryRow)


async def count_before(conn: Connection, entry: EntryRow) -> int:
    params = {"org_id": entry.org_id, "entry_id": entry.entry_id}
    row = await fetch_dict(conn, _SQL["count_before"], params)
    return int(row["number"]) if row else 0


async def count_waiting(
    conn: Connection, org_id: str, link_ids: Sequence[str], now: datetime
) -> dict[str, int]:
    """Return how many wait for times to come of each of these pages."""
    params = {"org_id": org_id, "link_ids": list(link_ids), "now": now}
    found = {
        row["link_id"]: int(row["number"]) for row in await fetch_dicts(conn, _SQL["count_waiting"], params)
    }
    return {link_id: found.get(link_id, 0) for link_id in link_ids}


async def set_state(
    conn: Connection, entry: EntryRow, state: str, *, offered_until: datetime | None = None, hold_id: str = ""
) -> None:
    params = {
        "org_id": entry.org_id,
        "entry_id": entry.entry_id,
        "state": state,
        "offered_until": offered_until,
        "hold_id": hold_id,
    }
    await execute(conn, _SQL["set_state"], params)


async def mark_checked(
    conn: Connection, org_id: str, link_id: str, starts_at: datetime, now: datetime
) -> None:
    params = {"org_id": org_id, "link_id": link_id, "starts_at": starts_at, "now": now}
    await execute(conn, _SQL["mark_checked"], params)


async def delete_hold(conn: Connection, org_id: str, hold_id: str) -> list[str]:
    """Give up the time that was held for an entry; return whose it is."""
    params = {"org_id": org_id, "hold_id": hold_id}
    return [row["account_id"] for row in await fetch_dicts(conn, _SQL["delete_hold"], params)]


async def list_booked(
    conn: Connection, org_id: str, link_id: str, since: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    """Return (id, start) of a link's bookings and requests that begin in `[since, until)`."""
    params = {"org_id": org_id, "link_id": link_id, "since": since, "until": until}
    return [
        (row["booking_id"], row["starts_at"]) for row in await fetch_dicts(conn, _SQL["list_booked"], params)
    ]


async def list_offered(
    conn: Connection, org_id: str, link_id: str, since: datetime, until: datetime
) -> list[tuple[str, datetime]]:
    """Return (hold, start) of a link's times that are offered to somebody in the list."""
    params = {"org_id": org_id, "link_id": link_id, "since": since, "until": until}
    return [
        (row["hold_id"], row["starts_at"]) for row in await fetch_dicts(conn, _SQL["list_offered"], params)
    ]


async def list_due(conn: Connection, now: datetime, checked_before: datetime) -> list[WaitedFor]:
    """Return up to 100 times, of all organisations, that may have to be offered to somebody."""
    params = {"now": now, "checked_before": checked_before}
    return await fetch_all(conn, _SQL["list_due"], params, WaitedFor)


async def end_past(conn: Connection, now: datetime) -> None:
    """Let nobody wait for times that have come."""
    await execute(conn, _SQL["end_past"], {"now": now})


async def prune(conn: Connection, before: datetime) -> None:
    """Forget who waited for times before this instant."""
    await execute(conn, _SQL["prune"], {"before": before})
