"""Feeds of a person's own calendar: private addresses that calendar programs read without signing in.

Whoever knows an address can read it, so it is random, sealed, shown to its owner alone, and ends when its owner renews
or revokes it. A feed holds a bounded window and is made when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.core.errors import Conflict, Invalid, NotFound, RateLimited
from convene.core.ids import is_id
from convene.core.instants import seconds_ceil, seconds_floor
from convene.core.intervals import clip, union
from convene.core.permissions import Caller
from convene.formats.calendar_feed import FeedEvent, busy_feed, full_feed
from convene.identity.accounts import require_person
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.booking_calendar import meeting_of
from convene.services.link_gate import network_of
from convene.storage import accounts, audit, bookings, calendar_feeds, events, rate_limits
from convene.storage.calendar_feeds import CalendarFeed, Detail, OtherEvent
from convene.storage.connections import lock_account
from convene.storage.database import Connection, Database
from convene.storage.rate_limits import Limit

BEHIND, AHEAD = timedelta(days=30), timedelta(days=365)
MAX_FEEDS = 10
MAX_EVENTS = 5_000
PATH = "/feeds/"
# Programs ask every few minutes at most; each person may have several.
READS_OF_FEED = Limit(120, 3600)
READS_FROM_NETWORK = Limit(120, 60)
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed as its owner sees it. `url` is its secret address."""

    row: CalendarFeed
    url: str


@dataclass(frozen=True, slots=True)
class FeedText:
    """What is at a feed's address now. `etag` changes with it and only with it."""

    text: str
    etag: str


class CalendarFeedService:
    """Args:
    base_url: where people reach this installation.
    """

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, base_url: str) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.base_url = base_url

    # -- owners

    async def mine(self, caller: Caller) -> list[FeedView]:
        """Return the person's feeds with their addresses, the oldest first."""
        account_id = _owner(caller, "calendars:read")
        async with self.db.connection() as conn:
            rows = await calendar_feeds.list_feeds(conn, caller.org_id, account_id)
        return [self._view(row) for row in rows]

    async def create(self, caller: Caller, *, name: str, detail: Detail, with_calendars: bool) -> FeedView:
        """Make a feed.

        with_calendars: also of what lies in the calendars that its owner has connected.

        Raises:
            Invalid: `name`.
            Conflict: too many feeds.
        """
        account_id = _owner(caller, "calendars:write")
        if not name:
            raise Invalid("name", "name is needed: it is what the calendar is called where it is read.")
        feed_id, token, now = new_id("feed"), new_secret(), self.clock()
        async with self.db.transaction() as conn:
            await lock_account(conn, caller.org_id, account_id)
            if len(await calendar_feeds.list_feeds(conn, caller.org_id, account_id)) >= MAX_FEEDS:
                raise Conflict(f"At most {MAX_FEEDS} feeds. Revoke one first.")
            await calendar_feeds.insert_feed(
                conn,
                org_id=caller.org_id,
                feed_id=feed_id,
                account_id=account_id,
                name=name,
                detail=detail,
                with_calendars=with_calendars,
                token=self.sealer.seal(token, *_context(caller.org_id, feed_id)),
                token_hash=fingerprint(token),
                now=now,
            )
            told = {"detail": detail, "with_calendars": with_calendars}
            await audit.append(conn, caller, "calendar_feed.created", now=now, target=feed_id, detail=told)
            return self._view(await self._mine(conn, caller, feed_id))

    async def renew(self, caller: Caller, feed_id: str) -> FeedView:
        """Give a feed a new address; the one before ends at once."""
        _owner(caller, "calendars:write")
        token, now = new_secret(), self.clock()
        async with self.db.transaction() as conn:
            row = await self._mine(conn, caller, feed_id)
            sealed = self.sealer.seal(token, *_context(caller.org_id, feed_id))
            await calendar_feeds.renew_feed(conn, row, token=sealed, token_hash=fingerprint(token), now=now)
            await audit.append(conn, caller, "calendar_feed.renewed", now=now, target=feed_id)
            return self._view(await self._mine(conn, caller, feed_id))

    async def revoke(self, caller: Caller, feed_id: str) -> None:
        """Remove a feed; nothing is at its address from now on."""
        _owner(caller, "calendars:write")
        async with self.db.transaction() as conn:
            await calendar_feeds.delete_feed(conn, await self._mine(conn, caller, feed_id))
            await audit.append(conn, caller, "calendar_feed.revoked", now=self.clock(), target=feed_id)

    async def _mine(self, conn: Connection, caller: Caller, feed_id: str) -> CalendarFeed:
        row = await calendar_feeds.get_feed(conn, caller.org_id, feed_id) if is_id(feed_id, "fed") else None
        if row is None or row.account_id != caller.account_id:
            raise NotFound("There is no such feed.")
        return row

    def _view(self, row: CalendarFeed) -> FeedView:
        token = self.sealer.open(row.token, *_context(row.org_id, row.feed_id)).reveal()
        return FeedView(row, f"{self.base_url}{PATH}{token}.ics")

    # -- readers

    async def read(self, token: str, ip: str) -> FeedText:
        """Return what is at an address, for whoever knows it.

        Raises:
            NotFound: nothing is there, or not any more.
            RateLimited: it is asked for too often, by all or from this network.
        """
        now = self.clock()
        await self._count(f"feeds:ip:{network_of(ip)}", READS_FROM_NETWORK, now)
        async with self.db.connection() as conn:
            row = await calendar_feeds.find_feed(conn, fingerprint(token))
        if row is None:
            raise NotFound("There is no calendar at this address, or not any more.")
        await self._count(f"feeds:{row.feed_id}", READS_OF_FEED, now)
        # From midnight to midnight, so that an hour that passes changes nothing.
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since, until = today - BEHIND, today + AHEAD
        async with self.db.transaction() as conn:
            if row.read_at is None or row.read_at < now - _NOTED_EVERY:
                await calendar_feeds.note_read(conn, row, now)
            text = await (self._full if row.detail == "full" else self._busy)(conn, row, since, until)
        return FeedText(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')

    async def _count(self, bucket: str, limit: Limit, now: datetime) -> None:
        async with self.db.transaction() as conn:
            wait = await rate_limits.take(conn, bucket, limit, now)
        if wait:
            raise RateLimited("This calendar is asked for too often.", retry_after_seconds=wait)

    async def _full(self, conn: Connection, feed: CalendarFeed, since: datetime, until: datetime) -> str:
        owner = await accounts.find_account(conn, feed.org_id, feed.account_id)
        booked = await bookings.list_bookings(conn, feed.org_id, feed.account_id, since, until, MAX_EVENTS)
        rows = [row for row in booked if row.state == "confirmed"]
        people = await bookings.list_participants(conn, feed.org_id, [row.booking_id for row in rows])
        meetings = [meeting_of(row, people[row.booking_id], self.base_url, feed.account_id) for row in rows]
        others: Sequence[OtherEvent] = ()
        if feed.with_calendars:
            others = await calendar_feeds.list_others(conn, feed, since, until, MAX_EVENTS)
        return full_feed(
            feed.name,
            meetings,
            [_event(feed, other) for other in others],
            tzid=owner.tzid if owner else "UTC",
            since=since,
        )

    async def _busy(self, conn: Connection, feed: CalendarFeed, since: datetime, until: datetime) -> str:
        meetings = await bookings.list_meetings(conn, feed.org_id, [feed.account_id], since, until)
        found = [(row.starts_at, row.ends_at) for row in meetings]
        if feed.with_calendars:
            busy = await events.list_busy(conn, feed.org_id, [feed.account_id], since, until)
            found += [(row.starts_at, row.ends_at) for row in busy]
        merged = union((seconds_floor(start), seconds_ceil(end)) for start, end in found)
        window = clip(merged, seconds_floor(since), seconds_floor(until))
        return busy_feed(feed.name, window[:MAX_EVENTS], salt=feed.token_hash, stamp=feed.renewed_at)


def _owner(caller: Caller, grant: str) -> str:
    """Return whose feeds these are: addresses that open a person's calendar are for that person alone."""
    caller.require(grant)
    return require_person(caller)


def _context(org_id: str, feed_id: str) -> tuple[str, str, str, str]:
    """Return what a feed's secret is bound to."""
    return ("calendar_feed", org_id, feed_id, "token")


def _event(feed: CalendarFeed, other: OtherEvent) -> FeedEvent:
    key = hashlib.sha256(feed.token_hash + other.event_uid.encode()).hexdigest()[:32]
    whole_days = other.start_date is not None and other.end_date is not None
    return FeedEvent(
        key,
        other.summary or "Busy",
        (other.start_date if whole_days else None) or other.starts_at,
        (other.end_date if whole_days else None) or other.ends_at,
        other.updated_at,
        is_free=other.kind == "free",
        is_tentative=other.kind == "tentative",
    )
