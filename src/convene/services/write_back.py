"""Writing bookings into participants' calendars: exactly one event per booking and person, whatever is lost on the way.

A row of `booking_write` says what a calendar should hold; `write` makes it so and stores what happened. The event's
place follows from the booking's UID, so a write whose answer was lost is recognised by reading that place. What people
added to the event is kept: the text that is there is edited, never replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from convene.formats.icalendar_limits import CalendarRefused
from convene.ports.calendars import CalendarProvider, Credentials, ProviderError, RemoteEvent, Written
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.services.backoff import next_try
from convene.services.booking_calendar import applied_text, event_text
from convene.services.calendar_credentials import credentials_of
from convene.services.connections import OnSynced
from convene.services.sync import NotifyAttention
from convene.storage import booking_writes, bookings, calendars, connections
from convene.storage.booking_writes import Outcome, Write
from convene.storage.bookings import BookingRow, ParticipantRow
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

LEASE = timedelta(minutes=3)
RETRY_BASE, RETRY_CAP = timedelta(seconds=30), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)
# How often an event that changes under us is read anew before we wait.
MAX_CLASHES = 3


@dataclass(frozen=True, slots=True)
class _Task:
    """Everything one write needs, read in one transaction."""

    write: Write
    booking: BookingRow
    people: list[ParticipantRow]
    calendar: Calendar
    connection: CalendarConnection

    @property
    def is_cancelled(self) -> bool:
        return self.booking.state == "cancelled"


class WriteBackService:
    """Args:
    providers: by kind.
    on_synced: told, inside the storing transaction, that a receipt changed.
    base_url: where this installation's pages are, for the link in the event.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        *,
        on_synced: OnSynced,
        notify_attention: NotifyAttention,
        base_url: str,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.providers = providers
        self.on_synced = on_synced
        self.notify_attention = notify_attention
        self.base_url = base_url

    async def requeue_overdue(self) -> int:
        """Queue every write whose next try is due; return how many."""
        async with self.db.transaction() as conn:
            due = await booking_writes.list_overdue(conn, self.clock())
            for item in due:
                await self._queue(conn, item.org_id, item.booking_id, item.account_id)
        return len(due)

    async def _queue(self, conn: Connection, org_id: str, booking_id: str, account_id: str) -> None:
        args = {"org_id": org_id, "booking_id": booking_id, "account_id": account_id}
        key = f"write:{booking_id}:{account_id}"
        await self.jobs.defer(conn, "write_booking", args, queueing_lock=key)

    async def write(self, org_id: str, booking_id: str, account_id: str) -> None:
        """Bring one participant's calendar to the booking's newest revision, if that is due. Safe to call twice.

        Never raises for what the remote side does: the outcome is a state that people see.
        """
        now = self.clock()
        async with self.db.transaction() as conn:
            # The booking before its writes, as everybody who changes a booking does.
            await bookings.lock_booking(conn, org_id, booking_id)
            write = await booking_writes.lease_write(
                conn, org_id, booking_id, account_id, now=now, until=now + LEASE
            )
            task = await _load(conn, write) if write is not None else None
            if write is not None and task is None:
                # Its calendar is gone: the meeting lives here alone.
                await self._finish(conn, write, _outcome(write, "builtin", write.desired_revision))
        if task is None:
            return
        try:
            outcome = await self._carry_out(task)
        except ProviderError as error:
            outcome = self._failure(task, error)
            await self._settle(task, outcome, error)
        else:
            await self._settle(task, outcome, None)

    # -- the remote side

    async def _carry_out(self, task: _Task) -> Outcome:
        provider = self.providers.get(task.connection.kind)
        if provider is None:
            raise ProviderError(
                "permanent", "unknown_kind", "This kind of calendar is not available here any more."
            )
        if task.connection.state == "needs_attention" and task.connection.error_code == "unauthorized":
            # Asking again with a refused password would lock the person out of their own account.
            raise ProviderError("reauth", "unauthorized", task.connection.error_detail)
        credentials = credentials_of(self.sealer, task.connection)
        revision = task.booking.revision
        if task.is_cancelled:
            await self._remove(provider, credentials, task)
            return Outcome("written", revision, revision, "", "")
        found = await self._place(provider, credentials, task)
        return Outcome("written", revision, revision, found.remote_id, found.etag)

    async def _place(self, provider: CalendarProvider, credentials: Credentials, task: _Task) -> Written:
        """Make the calendar hold the event as it should be, reading what is there first."""
        collection = task.calendar.remote_id
        remote_id = task.write.remote_id or provider.event_id(collection, task.booking.uid)
        clash: ProviderError | None = None
        for _ in range(MAX_CLASHES):
            current = await provider.get_event(credentials, collection, remote_id)
            try:
                if current is None:
                    raw = event_text(task.booking, task.people, self.base_url)
                    return await provider.create_event(credentials, collection, remote_id, raw)
                return await self._edit(provider, credentials, task, current)
            except ProviderError as error:
                if error.kind not in ("conflict", "gone"):
                    raise
                # Somebody was quicker: look again at what is there now.
                clash = error
        raise ProviderError(
            "temporary", "conflict", "The event keeps changing in the calendar while it is written."
        ) from clash

    async def _edit(
        self, provider: CalendarProvider, credentials: Credentials, task: _Task, current: RemoteEvent
    ) -> Written:
        if task.booking.uid not in current.raw:
            raise ProviderError("permanent", "place_taken", "Another event lies where this meeting belongs.")
        try:
            raw = applied_text(current.raw, task.booking, task.people, self.base_url)
        except CalendarRefused as error:
            raise ProviderError("permanent", "unreadable_event", str(error)) from error
        if raw is None:
            return Written(current.remote_id, current.etag)
        return await provider.update_event(
            credentials, task.calendar.remote_id, current.remote_id, raw, current.etag
        )

    async def _remove(self, provider: CalendarProvider, credentials: Credentials, task: _Task) -> None:
        """Delete the event; one that is gone already, or was never written, is as good as deleted."""
        collection = task.calendar.remote_id
        remote_id = task.write.remote_id or provider.event_id(collection, task.booking.uid)
        for _ in range(MAX_CLASHES):
            current = await provider.get_event(credentials, collection, remote_id)
            if current is None or task.booking.uid not in current.raw:
                return
            try:
                await provider.delete_event(credentials, collection, remote_id, current.etag)
                return
            except ProviderError as error:
                if error.kind == "gone":
                    return
                if error.kind != "conflict":
                    raise
        raise ProviderError(
            "temporary", "conflict", "The event keeps changing in the calendar while it is deleted."
        )

    # -- what becomes of it

    def _failure(self, task: _Task, error: ProviderError) -> Outcome:
        """Return what a failure leads to: another try, or after three days, and for what can never work, a person."""
        now, write = self.clock(), task.write
        since = write.changed_at if write.state == "retrying" else now
        is_over = now - since >= GIVE_UP_AFTER
        if error.kind == "permanent" or is_over:
            return replace(_outcome(write, "failed", task.booking.revision), error_detail=error.detail)
        again = next_try(
            now,
            write.attempts,
            base=RETRY_BASE if error.kind != "reauth" else RETRY_CAP,
            cap=RETRY_CAP,
            retry_after_seconds=error.retry_after_seconds,
        )
        return replace(
            _outcome(write, "retrying", task.booking.revision),
            attempts=write.attempts + 1,
            error_detail=error.detail,
            next_try_at=again,
        )

    async def _settle(self, task: _Task, outcome: Outcome, error: ProviderError | None) -> None:
        now = self.clock()
        async with self.db.transaction() as conn:
            await bookings.lock_booking(conn, task.write.org_id, task.write.booking_id)
            await self._finish(conn, task.write, outcome)
            if error is None:
                return
            if error.kind == "reauth" and task.connection.state != "needs_attention":
                await connections.set_failing(
                    conn,
                    task.connection,
                    state="needs_attention",
                    code=error.code,
                    detail=error.detail,
                    next_poll_at=None,
                    now=now,
                )
                await self._tell(conn, task, error.code, error.detail)
            elif outcome.state == "failed":
                detail = (
                    f"“{task.booking.title}” could not be written to {task.calendar.name}: {error.detail}"
                )
                await self._tell(conn, task, "write_failed", detail)

    async def _finish(self, conn: Connection, write: Write, outcome: Outcome) -> None:
        """Store the outcome; if people see a difference, count it and tell."""
        state = await booking_writes.finish_write(conn, write, outcome, self.clock())
        if state is None:
            return  # the calendar was disconnected meanwhile, and its people were told then
        if state == "pending" and outcome.state != "pending":
            # Overtaken: whoever asked for the newest state found the lease taken, so the next try is queued here.
            await self._queue(conn, write.org_id, write.booking_id, write.account_id)
        if state != write.state or outcome.written_revision != write.written_revision:
            await booking_writes.bump_sync_revision(conn, write.org_id, write.booking_id)
            await self.on_synced(conn, write.org_id, write.booking_id)

    async def _tell(self, conn: Connection, task: _Task, code: str, detail: str) -> None:
        told = {
            "sub": task.write.account_id,
            "connection_id": task.connection.connection_id,
            "label": task.connection.label,
            "code": code,
            "detail": detail,
        }
        await self.notify_attention(conn, task.write.org_id, told)


def _outcome(write: Write, state: str, revision: int) -> Outcome:
    """Return an outcome that leaves what was written before as it is."""
    return Outcome(state, revision, write.written_revision, write.remote_id, write.etag)


async def _load(conn: Connection, write: Write) -> _Task | None:
    """Return all that the write needs, or None if its calendar is no more."""
    booking = await bookings.find_booking(conn, write.org_id, write.booking_id)
    calendar = (
        await calendars.get_calendar(conn, write.org_id, write.calendar_id) if write.calendar_id else None
    )
    connection = (
        await connections.get_connection(conn, write.org_id, calendar.connection_id) if calendar else None
    )
    if booking is None or calendar is None or connection is None:
        return None
    people = await bookings.list_participants(conn, write.org_id, [write.booking_id])
    return _Task(write, booking, people[write.booking_id], calendar, connection)
