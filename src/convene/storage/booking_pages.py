"""Booking pages of members, their hosts, and how often they are opened. A page's link is locked before it is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load

_SQL = load("booking_pages")


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as stored; `account_id` owns it, `status` is its link's."""

    org_id: str
    link_id: str
    slug: str
    definition: dict[str, Any]
    account_id: str
    owner_name: str
    status: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PageHostRow:
    """`added_by` is None where that was not kept."""

    link_id: str
    account_id: str
    name: str
    weight: int
    joined_at: datetime
    added_by: str | None
    added_by_name: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """How often a page was opened on a UTC date, and how often without a time to offer."""

    day: date
    views: int
    without_times: int


@dataclass(frozen=True, slots=True)
class BookedRow:
    """How many bookings were made on a UTC date, and how many of them are cancelled by now."""

    day: date
    bookings: int
    cancelled: int


async def insert_page(
    conn: Connection, org_id: str, link_id: str, slug: str, definition: Mapping[str, Any]
) -> bool:
    """Add a page; False if the organisation has one with this slug."""
    params = {"org_id": org_id, "link_id": link_id, "slug": slug, "definition": Jsonb(dict(definition))}
    return await fetch_dict(conn, _SQL["insert_page"], params) is not None


async def is_slug_free(conn: Connection, org_id: str, slug: str, link_id: str = "") -> bool:
    row = await fetch_dict(conn, _SQL["is_slug_free"], {"org_id": org_id, "slug": slug, "link_id": link_id})
    return row is not None and bool(row["is_free"])


async def update_page(
    conn: Connection, org_id: str, link_id: str, slug: str, definition: Mapping[str, Any]
) -> None:
    params = {"org_id": org_id, "link_id": link_id, "slug": slug, "definition": Jsonb(dict(definition))}
    await execute(conn, _SQL["update_page"], params)


async def update_token(
    conn: Connection, org_id: str, link_id: str, *, token: bytes, token_hash: bytes
) -> None:
    """Give a page another address."""
    params = {"org_id": org_id, "link_id": link_id, "token": token, "token_hash": token_hash}
    await execute(conn, _SQL["update_token"], params)


async def delete_page(conn: Connection, org_id: str, link_id: str) -> None:
    """Remove what was set up; the link stays for those who have booked through it."""
    await execute(conn, _SQL["delete_page"], {"org_id": org_id, "link_id": link_id})


async def find_page(conn: Connection, org_id: str, link_id: str) -> PageRow | None:
    return await fetch_one(conn, _SQL["find_page"], {"org_id": org_id, "link_id": link_id}, PageRow)


async def list_pages(conn: Connection, org_id: str, account_id: str | None) -> list[PageRow]:
    """Return the pages that somebody owns or hosts, or all for None."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_pages"], params, PageRow)


async def list_hosts(conn: Connection, org_id: str, link_ids: Sequence[str]) -> dict[str, list[PageHostRow]]:
    """Return the hosts of each of these pages, in their order."""
    found: dict[str, list[PageHostRow]] = {link_id: [] for link_id in link_ids}
    params = {"org_id": org_id, "link_ids": list(link_ids)}
    for row in await fetch_all(conn, _SQL["list_hosts"], params, PageHostRow):
        found[row.link_id].append(row)
    return found


async def replace_hosts(
    conn: Connection, org_id: str, link_id: str, weights: Mapping[str, int], now: datetime, added_by: str
) -> None:
    """Make these the hosts, in this order; whoever is not one yet is added by `added_by`."""
    params = {
        "org_id": org_id,
        "link_id": link_id,
        "account_ids": list(weights),
        "weights": list(weights.values()),
        "now": now,
        "added_by": added_by,
    }
    await execute(conn, _SQL["delete_other_hosts"], params)
    await execute(conn, _SQL["upsert_hosts"], params)


async def list_starts(
    conn: Connection,
    org_id: str,
    link_id: str,
    since: datetime,
    until: datetime,
    excluded: Collection[str] = (),
) -> list[datetime]:
    """Return when a page's meetings begin that are to take place, in `[since, until)`."""
    params = {"org_id": org_id, "link_id": link_id, "since": since, "until": until}
    rows = await fetch_dicts(conn, _SQL["list_starts"], params)
    return [row["starts_at"] for row in rows if row["booking_id"] not in excluded]


async def count_taken(conn: Connection, org_id: str, link_id: str, since: datetime) -> dict[str, int]:
    """Return by account how many meetings of a page were given to it since."""
    params = {"org_id": org_id, "link_id": link_id, "since": since}
    return {row["account_id"]: row["taken"] for row in await fetch_dicts(conn, _SQL["count_taken"], params)}


async def count_view(
    conn: Connection, org_id: str, link_id: str, day: date, *, is_without_times: bool
) -> None:
    params = {"org_id": org_id, "link_id": link_id, "day": day, "without_times": int(is_without_times)}
    await execute(conn, _SQL["count_view"], params)


async def list_days(conn: Connection, org_id: str, link_id: str, since: date) -> list[DayRow]:
    params = {"org_id": org_id, "link_id": link_id, "since": since}
    return await fetch_all(conn, _SQL["list_days"], params, DayRow)


async def list_booked(conn: Connection, org_id: str, link_id: str, since: date) -> list[BookedRow]:
    params = {"org_id": org_id, "link_id": link_id, "since": since}
    return await fetch_all(conn, _SQL["list_booked"], params, BookedRow)
