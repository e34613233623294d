"""Rows of `calendar_feed`, and what a feed tells of calendars that were connected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("calendar_feeds")
Detail = Literal["busy", "full"]


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """An address at which somebody's calendar can be read. `token` is sealed, `token_hash` what it is found by."""

    org_id: str
    feed_id: str
    account_id: str
    name: str
    detail: Detail
    with_calendars: bool
    token: bytes = field(repr=False)
    token_hash: bytes = field(repr=False)
    created_at: datetime
    renewed_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An occurrence in a connected calendar; `summary` is empty where it is private. Whole days have dates."""

    event_uid: str
    starts_at: datetime
    ends_at: datetime
    start_date: date | None
    end_date: date | None
    kind: str
    updated_at: datetime
    summary: str


async def insert_feed(
    conn: Connection,
    *,
    org_id: str,
    feed_id: str,
    account_id: str,
    name: str,
    detail: Detail,
    with_calendars: bool,
    token: bytes,
    token_hash: bytes,
    now: datetime,
) -> None:
    """Add a feed; `token` must be sealed already."""
    params = {
        "org_id": org_id,
        "feed_id": feed_id,
        "account_id": account_id,
        "name": name,
        "detail": detail,
        "with_calendars": with_calendars,
        "token": token,
        "token_hash": token_hash,
        "now": now,
    }
    await execute(conn, _SQL["insert_feed"], params)


async def list_feeds(conn: Connection, org_id: str, account_id: str) -> list[CalendarFeed]:
    """Return a person's feeds, the oldest first."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_feeds"], params, CalendarFeed)


async def get_feed(conn: Connection, org_id: str, feed_id: str) -> CalendarFeed | None:
    return await fetch_one(conn, _SQL["get_feed"], {"org_id": org_id, "feed_id": feed_id}, CalendarFeed)


async def find_feed(conn: Connection, token_hash: bytes) -> CalendarFeed | None:
    """Return the feed at an address, None if there is none or its owner is suspended."""
    return await fetch_one(conn, _SQL["find_feed"], {"token_hash": token_hash}, CalendarFeed)


async def renew_feed(
    conn: Connection, feed: CalendarFeed, *, token: bytes, token_hash: bytes, now: datetime
) -> None:
    """Give a feed another address in the place of its present one."""
    params = {
        "org_id": feed.org_id,
        "feed_id": feed.feed_id,
        "token": token,
        "token_hash": token_hash,
        "now": now,
    }
    await execute(conn, _SQL["renew_feed"], params)


async def delete_feed(conn: Connection, feed: CalendarFeed) -> None:
    await execute(conn, _SQL["delete_feed"], {"org_id": feed.org_id, "feed_id": feed.feed_id})


async def note_read(conn: Connection, feed: CalendarFeed, now: datetime) -> None:
    """Remember that a feed was read."""
    params = {"org_id": feed.org_id, "feed_id": feed.feed_id, "now": now}
    await execute(conn, _SQL["note_read"], params)


async def list_others(
    conn: Connection, feed: CalendarFeed, since: datetime, until: datetime, limit: int
) -> list[OtherEvent]:
    """Return what lies in the owner's checked calendars and was not booked here, by start."""
    params = {
        "org_id": feed.org_id,
        "account_id": feed.account_id,
        "since": since,
        "until": until,
        "limit": limit,
    }
    return await fetch_all(conn, _SQL["list_others"], params, OtherEvent)
