"""One lane per calendar: never two readers at once, and no hint that it changed is ever lost.

Whoever hears of a change counts a hint and queues a read; many hints leave one read waiting. A reader takes the calendar's
turn, remembers how many hints had come before it looked, and answers those alone: what comes while it reads is read after
it, once. Turns are leases that a living reader keeps renewing. Should one be lost to a pause longer than that, the
calendar's generation lets only one of the two store (`calendar_rounds`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from convene.ports.calendars import ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.tokens import new_secret
from convene.services.calendar_rounds import RoundResult
from convene.storage import calendar_lanes
from convene.storage.calendars import Calendar
from convene.storage.database import Connection, Database

LEASE = timedelta(minutes=2)
_RENEW_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Read:
    """A round that was run in its lane. `was_hinted`: somebody had said that there is something."""

    result: RoundResult
    was_hinted: bool


def asks_to_wait(error: ProviderError) -> bool:
    """Tell whether a service asks an account to wait: 503 alone may be an outage, which is tried again sooner."""
    is_told = error.retry_after_seconds is not None or error.status in (403, 429)
    return error.code == "rate_limited" and is_told


async def queue_read(
    jobs: JobQueue, conn: Connection, org_id: str, connection_id: str, calendar_id: str
) -> None:
    """Queue a read of one calendar that was hinted at: one waits at most, and one runs at a time."""
    key = f"read:{calendar_id}"
    args = {"org_id": org_id, "connection_id": connection_id, "calendar_id": calendar_id}
    await jobs.defer(conn, "read_calendar", args, lock=key, queueing_lock=key)


class CalendarLanes:
    """Args:
    jobs: where reads wait.
    """

    def __init__(self, db: Database, clock: Clock, jobs: JobQueue) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs

    async def hint(self, conn: Connection, org_id: str, connection_id: str, calendar_id: str) -> None:
        """Note in the caller's transaction that a calendar may have changed, and queue a read of it."""
        await calendar_lanes.hint(conn, org_id, calendar_id)
        await queue_read(self.jobs, conn, org_id, connection_id, calendar_id)

    async def is_waiting(self, org_id: str, calendar_id: str) -> bool:
        """Tell whether a hint came since the newest complete read began."""
        async with self.db.connection() as conn:
            return await calendar_lanes.is_waiting(conn, org_id, calendar_id)

    async def queue_waiting(self) -> int:
        """Queue the reads of hints whose jobs were lost; return how many. Accounts that fail wait for their next try."""
        async with self.db.transaction() as conn:
            found = await calendar_lanes.list_waiting(conn, self.clock())
            for item in found:
                await queue_read(self.jobs, conn, item.org_id, item.connection_id, item.calendar_id)
        return len(found)

    async def run(self, calendar: Calendar, work: Callable[[], Awaitable[RoundResult]]) -> Read | None:
        """Run a round of a calendar when it is nobody else's turn; None if it is. Raises what `work` raises."""
        reader = new_secret()
        now = self.clock()
        async with self.db.transaction() as conn:
            turn = await calendar_lanes.begin(
                conn, calendar.org_id, calendar.calendar_id, reader, now=now, until=now + LEASE
            )
        if turn is None:
            return None
        heard: int | None = None
        renewal = asyncio.create_task(self._renew(calendar, reader))
        try:
            result = await work()
            # A round that stored nothing has answered nothing.
            heard = turn.hints if result.is_stored else None
            return Read(result, turn.is_hinted)
        finally:
            renewal.cancel()
            with suppress(asyncio.CancelledError):
                await renewal
            await self._finish(calendar, reader, heard)

    async def _renew(self, calendar: Calendar, reader: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            until = self.clock() + LEASE
            async with self.db.transaction() as conn:
                if not await calendar_lanes.extend(
                    conn, calendar.org_id, calendar.calendar_id, reader, until
                ):
                    return

    async def _finish(self, calendar: Calendar, reader: str, heard: int | None) -> None:
        async with self.db.transaction() as conn:
            is_waiting = await calendar_lanes.finish(
                conn, calendar.org_id, calendar.calendar_id, reader, heard
            )
            # After a failure the account's next try reads it.
            if is_waiting and heard is not None:
                await queue_read(
                    self.jobs, conn, calendar.org_id, calendar.connection_id, calendar.calendar_id
                )
