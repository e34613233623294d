"""Keeping connected calendars read: whose turn it is, what a failure means, when to try again.

Polling is what correctness rests on; a push or a person's wish only makes it earlier. The states of a connection: `ok`;
`delayed` and `rate_limited` are tried again by themselves; `needs_attention` waits for its owner.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from convene.ports.calendars import CalendarProvider, Credentials, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.services.backoff import next_try
from convene.services.calendar_listing import refresh_listing
from convene.services.calendar_rounds import (
    CalendarRounds,
    OnChange,
    ResourceParser,
    RoundResult,
    nobody_listens,
)
from convene.services.calendar_tokens import CalendarTokens
from convene.services.connections import NotifyAvailability, OnProfile, queue_sync
from convene.storage import booking_writes, calendars, connections, event_writes
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

POLL_EVERY = timedelta(minutes=15)
# While a queued read waits for a worker, the sweep leaves the connection alone for so long.
QUEUED_FOR = timedelta(minutes=5)
RETRY_BASE, RETRY_CAP = timedelta(minutes=1), timedelta(hours=1)
GONE_FOR_GOOD = timedelta(hours=1)
# An address at which nothing has been for so long is asked no more.
GONE_FEED_FOR = timedelta(days=7)

NotifyAttention = Callable[[Connection, str, Mapping[str, Any]], Awaitable[None]]
"""(conn, org_id, {sub, connection_id, label, code, detail}): a person must look. Called in the storing transaction."""

# When one of these is met, the other calendars of the account would meet it too.
_CONNECTION_WIDE = frozenset(
    {
        "timeout",
        "too_slow",
        "unreachable",
        "host_not_found",
        "tls_failed",
        "rate_limited",
        "host_refused",
        "connection_lost",
    }
)


class SyncService:
    """Args:
    providers: by kind.
    jitter: returns 0 <= x < 1; spreads polls, so that a restart does not ask everybody at once.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        parser: ResourceParser,
        *,
        notify_availability: NotifyAvailability,
        notify_attention: NotifyAttention,
        on_change: OnChange = nobody_listens,
        on_profile: OnProfile | None = None,
        jitter: Callable[[], float] = random.SystemRandom().random,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.tokens = CalendarTokens(db, clock, sealer, providers)
        self.providers = providers
        self.rounds = CalendarRounds(db, clock, parser, notify_availability, on_change)
        self.notify_attention = notify_attention
        self.on_profile = on_profile
        self.jitter = jitter

    async def queue_due(self) -> int:
        """Queue a read of every connection whose turn it is; return how many."""
        now = self.clock()
        async with self.db.transaction() as conn:
            due = await connections.due_connections(conn, now)
            for item in due:
                await connections.postpone(conn, item.org_id, item.connection_id, now + QUEUED_FOR)
                await queue_sync(self.jobs, conn, item.org_id, item.connection_id)
        return len(due)

    async def sync_connection(self, org_id: str, connection_id: str) -> None:
        """Read the connection's calendars that count or are written to, and record how it went. Never raises for
        what the remote side does."""
        async with self.db.connection() as conn:
            row = await connections.get_connection(conn, org_id, connection_id)
        if row is None or row.kind not in self.providers:
            return
        provider = self.providers[row.kind]
        try:
            credentials = await self.tokens.credentials(row)
            await refresh_listing(self.db, provider, credentials, row, self.clock())
        except ProviderError as error:
            await self._failed(row, error)
            return
        async with self.db.connection() as conn:
            found = await calendars.list_calendars(conn, org_id, [connection_id])
        results: list[RoundResult] = []
        failure: ProviderError | None = None
        for calendar in found:
            if not (calendar.is_checked or calendar.is_target):
                continue
            try:
                results.append(await self.rounds.run(provider, credentials, row, calendar))
            except ProviderError as error:
                failure = await self._understood(error, provider, credentials, row, calendar)
                if failure.kind == "reauth" or failure.code in _CONNECTION_WIDE:
                    break
        if failure is None:
            await self._succeeded(row, results)
        else:
            await self._failed(row, failure)

    async def _understood(
        self,
        error: ProviderError,
        provider: CalendarProvider,
        credentials: Credentials,
        row: CalendarConnection,
        calendar: Calendar,
    ) -> ProviderError:
        """A calendar that is not found: the list of calendars tells whether it is gone or the server is confused."""
        if error.kind != "gone":
            return error
        try:
            listed = await provider.discover(credentials)
        except ProviderError as other:
            # The list is the feed itself: nothing is there.
            return self._believed_gone(row, other.code, other.detail) if other.kind == "gone" else other
        if any(item.remote_id == calendar.remote_id for item in listed.calendars):
            return ProviderError("temporary", "server_error", error.detail)
        detail = f"The calendar {calendar.name} is no longer there. Uncheck it, or bring it back."
        return self._believed_gone(row, "calendar_gone", detail)

    def _believed_gone(self, row: CalendarConnection, code: str, detail: str) -> ProviderError:
        """Believed when it is still missing after an hour; until then, and after, it is not taken for free time."""
        since = row.error_at if row.error_code == code else None
        missing = timedelta() if since is None else self.clock() - since
        if code == "feed_gone" and missing >= GONE_FEED_FOR:
            return ProviderError("reauth", code, detail)
        return ProviderError("permanent" if missing >= GONE_FOR_GOOD else "temporary", code, detail)

    async def _succeeded(self, row: CalendarConnection, results: list[RoundResult]) -> None:
        now = self.clock()
        fresh = [notice for result in results for notice in result.fresh_notices]
        async with self.db.transaction() as conn:
            # Writes before their connection: the order in which write-back takes these rows.
            if row.error_code:
                await booking_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
                await event_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
            again = _pause(results) * (0.9 + 0.2 * self.jitter())
            await connections.set_ok(conn, row, now + again, now)
            if row.state in ("connecting", "needs_attention"):
                await self._tell_applications(conn, row, is_connected=True)
            if fresh:
                names = (
                    ", ".join(dict.fromkeys(item["event"] for item in fresh if item["event"])) or "an event"
                )
                detail = f"{fresh[0]['detail']} ({names[:200]})"
                await self._tell(conn, row, fresh[0]["code"], detail)

    async def _failed(self, row: CalendarConnection, error: ProviderError) -> None:
        now = self.clock()
        state, next_poll_at = self._consequence(row, error, now)
        async with self.db.transaction() as conn:
            await connections.set_failing(
                conn,
                row,
                state=state,
                code=error.code,
                detail=error.detail,
                next_poll_at=next_poll_at,
                now=now,
            )
            if state == "needs_attention" != row.state:
                await self._tell_applications(conn, row, is_connected=False)
            is_news = (row.state, row.error_code) != (state, error.code)
            if is_news and (state == "needs_attention" or error.code == "most_events_vanished"):
                await self._tell(conn, row, error.code, error.detail)

    def _consequence(
        self, row: CalendarConnection, error: ProviderError, now: datetime
    ) -> tuple[str, datetime | None]:
        """Return the state that an error leads to, and when to try again (None: not before a person acts)."""
        again = next_try(
            now,
            row.attempts,
            base=RETRY_BASE,
            cap=RETRY_CAP,
            retry_after_seconds=error.retry_after_seconds,
        )
        if error.kind == "reauth":
            return "needs_attention", None
        if error.kind == "permanent":
            return "needs_attention", max(again, now + RETRY_CAP)
        return ("rate_limited" if error.code == "rate_limited" else "delayed"), again

    async def _tell_applications(
        self, conn: Connection, row: CalendarConnection, *, is_connected: bool
    ) -> None:
        if self.on_profile is not None:
            await self.on_profile(
                conn, row.org_id, row.account_id, row.connection_id, is_connected=is_connected
            )

    async def _tell(self, conn: Connection, row: CalendarConnection, code: str, detail: str) -> None:
        told = {
            "sub": row.account_id,
            "connection_id": row.connection_id,
            "label": row.label,
            "code": code,
            "detail": detail,
        }
        await self.notify_attention(conn, row.org_id, told)


def _pause(results: Sequence[RoundResult]) -> timedelta:
    """Return after how long to read again: as the sources wish, the most impatient one first."""
    wishes = [result.refresh_seconds for result in results]
    if not wishes or None in wishes:
        return POLL_EVERY
    return timedelta(seconds=min(wish for wish in wishes if wish is not None))
