"""Keeping connected calendars read: whose turn it is, what a failure means, when to try again.

Polling is what correctness rests on; a push or a person's wish only makes it earlier. The states of a connection: `ok`;
`delayed` and `rate_limited` are tried again by themselves; `needs_attention` waits for its owner. Each calendar is read in
its lane (`calendar_lanes`), as part of its account or alone when somebody says that it changed.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from convene.ports.calendars import CalendarProvider, Credentials, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.services.backoff import next_try
from convene.services.calendar_lanes import LEASE, CalendarLanes, Read, asks_to_wait
from convene.services.calendar_listeners import NotifyAvailability, OnProfile
from convene.services.calendar_listing import refresh_listing
from convene.services.calendar_rounds import (
    CalendarRounds,
    OnChange,
    ResourceParser,
    RoundResult,
    nobody_listens,
)
from convene.services.calendar_tokens import CalendarTokens
from convene.services.connections import queue_sync
from convene.storage import (
    booking_writes,
    calendar_lanes,
    calendar_push,
    calendars,
    connections,
    event_writes,
)
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

POLL_EVERY = timedelta(minutes=15)
# After an error, and while a calendar that was told of changes is not any more, for a day.
POLL_WHEN_SUSPICIOUS = timedelta(minutes=2)
SUSPICIOUS_FOR = timedelta(days=1)
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
        self.tokens = CalendarTokens(db, clock, sealer, providers, "background")
        self.providers = providers
        self.lanes = CalendarLanes(db, clock, jobs)
        self.rounds = CalendarRounds(db, clock, jobs, parser, notify_availability, on_change)
        self.notify_attention = notify_attention
        self.on_profile = on_profile
        self.jitter = jitter

    async def queue_due(self) -> int:
        """Queue a read of every connection whose turn it is, and of calendars whose hints were lost; return how many
        connections.
        """
        await self.lanes.queue_waiting()
        now = self.clock()
        async with self.db.transaction() as conn:
            due = await connections.due_connections(conn, now)
            for item in due:
                await connections.postpone(conn, item.org_id, item.connection_id, now + QUEUED_FOR)
                await queue_sync(self.jobs, conn, item.org_id, item.connection_id)
        return len(due)

    async def read_calendar(self, org_id: str, connection_id: str, calendar_id: str) -> None:
        """Read one calendar of which somebody said that it changed, unless a read since then has answered that."""
        if await self.lanes.is_waiting(org_id, calendar_id):
            await self.sync_connection(org_id, connection_id, {calendar_id})

    async def sync_connection(
        self, org_id: str, connection_id: str, calendar_ids: Collection[str] | None = None
    ) -> None:
        """Read the connection's calendars that count or are written to, and record how it went. Never raises for
        what the remote side does.

        With `calendar_ids` only those are read, and only while the account is well: else its next try reads them all.
        """
        now = self.clock()
        async with self.db.connection() as conn:
            row = await connections.get_connection(conn, org_id, connection_id)
            wait_until = await calendar_lanes.throttled_until(conn, org_id, connection_id, now)
        if row is None or row.kind not in self.providers or (calendar_ids is not None and row.state != "ok"):
            return
        if wait_until is not None:
            async with self.db.transaction() as conn:
                await connections.postpone(conn, org_id, connection_id, wait_until)
            return
        provider = self.providers[row.kind]
        try:
            credentials = await self.tokens.credentials(row)
            if calendar_ids is None:
                await refresh_listing(self.db, provider, credentials, row, now)
        except ProviderError as error:
            await self._failed(row, error)
            return
        reads, failure = await self._read_all(provider, credentials, row, calendar_ids)
        if failure is not None:
            await self._failed(row, failure)
        else:
            await self._succeeded(row, reads, is_partial=calendar_ids is not None)

    async def _read_all(
        self,
        provider: CalendarProvider,
        credentials: Credentials,
        row: CalendarConnection,
        calendar_ids: Collection[str] | None,
    ) -> tuple[list[Read | None], ProviderError | None]:
        """Read one calendar after the other; return what was read (None: somebody else reads it) and what failed."""
        async with self.db.connection() as conn:
            found = await calendars.list_calendars(conn, row.org_id, [row.connection_id])
        reads: list[Read | None] = []
        failure: ProviderError | None = None
        for calendar in found:
            if not (calendar.is_checked or calendar.is_target):
                continue
            if calendar_ids is not None and calendar.calendar_id not in calendar_ids:
                continue
            try:
                reads.append(await self._read(provider, credentials, row, calendar))
            except ProviderError as error:
                failure = await self._understood(error, provider, credentials, row, calendar)
                if failure.kind == "reauth" or failure.code in _CONNECTION_WIDE:
                    break
        return reads, failure

    async def _read(
        self,
        provider: CalendarProvider,
        credentials: Credentials,
        row: CalendarConnection,
        calendar: Calendar,
    ) -> Read | None:
        async def read() -> RoundResult:
            async with self.db.connection() as conn:
                # As it is now that it is our turn: another reader may have stored a round since it was listed.
                current = await calendars.get_calendar(conn, calendar.org_id, calendar.calendar_id)
            if current is None:
                return RoundResult(False, (), is_stored=False)
            return await self.rounds.run(provider, credentials, row, current)

        found = await self.lanes.run(calendar, read)
        is_known = calendar.first_synced_at is not None and calendar.full_read_at is not None
        if found is not None and found.result.has_changed and is_known and not found.was_hinted:
            async with self.db.transaction() as conn:
                await calendar_push.note_unannounced(
                    conn, calendar.org_id, calendar.calendar_id, self.clock()
                )
        return found

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

    async def _succeeded(
        self, row: CalendarConnection, reads: Sequence[Read | None], *, is_partial: bool
    ) -> None:
        now = self.clock()
        fresh = [notice for read in reads if read is not None for notice in read.result.fresh_notices]
        async with self.db.transaction() as conn:
            if not is_partial:
                await self._record_success(conn, row, reads, now)
            if fresh:
                names = (
                    ", ".join(dict.fromkeys(item["event"] for item in fresh if item["event"])) or "an event"
                )
                detail = f"{fresh[0]['detail']} ({names[:200]})"
                await self._tell(conn, row, fresh[0]["code"], detail)

    async def _record_success(
        self, conn: Connection, row: CalendarConnection, reads: Sequence[Read | None], now: datetime
    ) -> None:
        # Writes before their connection: the order in which write-back takes these rows.
        if row.error_code:
            await booking_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
            await event_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
        is_suspicious = bool(row.error_code) or await calendar_push.is_suspicious(
            conn, row.org_id, row.connection_id, now=now, since=now - SUSPICIOUS_FOR
        )
        again = _pause(reads, is_suspicious=is_suspicious) * (0.9 + 0.2 * self.jitter())
        await connections.set_ok(conn, row, now + again, now)
        if row.state in ("connecting", "needs_attention"):
            await self._tell_applications(conn, row, is_connected=True)
            # Services drop the channels of those who withdraw their consent, and say nothing.
            await calendar_push.reopen(conn, row.org_id, row.connection_id, error_code="reconnected", now=now)

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
            if asks_to_wait(error) and next_poll_at is not None:
                await calendar_lanes.throttle(conn, row.org_id, row.connection_id, next_poll_at)
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


def _pause(reads: Sequence[Read | None], *, is_suspicious: bool) -> timedelta:
    """Return after how long to read again: as the sources wish, the most impatient one first."""
    if None in reads:
        # Somebody else reads it, or died doing so: then its turn is over in so long.
        return LEASE
    wishes = [read.result.refresh_seconds for read in reads if read is not None]
    if not wishes or None in wishes:
        return POLL_WHEN_SUSPICIOUS if is_suspicious else POLL_EVERY
    return timedelta(seconds=min(wish for wish in wishes if wish is not None))
