"""Writing into remote calendars: exactly one event at one place, whatever is lost on the way.

A row of an outbox says what a place shall hold; `write` makes it so and stores what happened. The place follows from the
event's UID, so a write whose answer was lost is recognised by reading that place. What people added to the event is
kept: the text that is there is edited, never replaced. Bookings (`write_back`) and applications' events
(`event_writing`) each have an outbox; how a write is leased, tried again and given up is said here alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from convene.formats.icalendar_limits import CalendarRefused
from convene.ports.calendars import CalendarProvider, Credentials, ProviderError, RemoteEvent, Written
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.services.backoff import next_try
from convene.services.calendar_lanes import asks_to_wait
from convene.services.calendar_tokens import CalendarTokens
from convene.services.sync import NotifyAttention
from convene.storage import calendar_lanes, connections
from convene.storage.calendar_writes import Key, Leased, Outbox, Outcome
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

LEASE = timedelta(minutes=3)
RETRY_BASE, RETRY_CAP = timedelta(seconds=30), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)
# Reconnecting makes what waits due at once; this is for what that misses.
WAITING_CAP = timedelta(days=1)
RATE_LIMITED = "rate_limited"
_REFUSED = frozenset({"unauthorized", "invalid_grant", "missing_scope"})
# How often an event that changes under us is read anew before we wait.
MAX_CLASHES = 3

W = TypeVar("W", bound=Leased)


class Intent(Protocol):
    """What a place in a calendar shall hold.

    title: what people call it. is_removed: nothing. creates: whether it is written where nothing lies.
    """

    @property
    def uid(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def is_removed(self) -> bool: ...
    @property
    def creates(self) -> bool: ...

    def lies_in(self, raw: str) -> bool:
        """Tell whether a text that was found there is this event."""
        ...

    def text(self) -> str:
        """Return the event for a place that holds nothing yet."""
        ...

    def applied(self, raw: str) -> str | None:
        """Return a fetched event with this written into it, None if it says so already. Raises `CalendarRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class Task(Generic[W]):
    """Everything one write needs, read in one transaction. `revision` is the one that is tried."""

    write: W
    intent: Intent
    revision: int
    calendar: Calendar
    connection: CalendarConnection


class CalendarWriting(ABC, Generic[W]):
    """One outbox and its worker.

    Args:
    providers: by kind.
    notify_attention: told, inside the storing transaction, that a person must look.
    """

    outbox: ClassVar[Outbox]  # type: ignore[type-arg]
    job: ClassVar[str]

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        *,
        notify_attention: NotifyAttention,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.tokens = CalendarTokens(db, clock, sealer, providers, "write_back")
        self.providers = providers
        self.notify_attention = notify_attention

    # -- what an outbox knows of its rows

    @abstractmethod
    async def lock(self, conn: Connection, key: Key) -> None:
        """Lock what is locked before the write itself, in the order of all who touch these rows."""

    @abstractmethod
    async def load(self, conn: Connection, write: W) -> Task[W] | None:
        """Return all that the write needs, or None if its calendar is no more."""

    @abstractmethod
    async def abandoned(self, conn: Connection, write: W) -> Outcome:
        """Return what becomes of a write whose calendar is no more."""

    @abstractmethod
    async def settled(self, conn: Connection, write: W, state: str, outcome: Outcome) -> None:
        """Follow an outcome that was stored, in the same transaction. `state` is what the row says now."""

    async def found(self, task: Task[W], current: RemoteEvent | None) -> None:
        """Look at what lies at the place before it is written, None for nothing. Raises `ProviderError` to stop."""

    def remembered(self, task: Task[W], raw: str) -> Mapping[str, Any] | None:
        """Return what `settled` shall keep of the event that the place holds now."""
        return None

    # -- the life of a write

    async def requeue_overdue(self) -> int:
        """Queue every write whose next try is due; return how many."""
        async with self.db.transaction() as conn:
            due = await self.outbox.list_overdue(conn, self.clock())
            for key in due:
                await self.queue(conn, key)
        return len(due)

    async def queue(self, conn: Connection, key: Key) -> None:
        """Queue one write, at most once while it waits."""
        name = "write:" + ":".join(key[column] for column in self.outbox.key if column != "org_id")
        await self.jobs.defer(conn, self.job, dict(key), queueing_lock=name)

    async def carry_out(self, key: Key) -> None:
        """Make a place hold what it shall, if that is due. Safe to call twice.

        Never raises for what the remote side does: the outcome is a state that people see.
        """
        now = self.clock()
        async with self.db.transaction() as conn:
            await self.lock(conn, key)
            write = await self.outbox.lease(conn, key, now=now, until=now + LEASE)
            task = await self.load(conn, write) if write is not None else None
            if write is not None and task is None:
                await self._finish(conn, write, await self.abandoned(conn, write))
        if task is None:
            return
        try:
            outcome = await self._reach(task)
        except ProviderError as error:
            await self._settle(task, self._failure(task, error), error)
        else:
            await self._settle(task, outcome, None)

    # -- the remote side

    async def _reach(self, task: Task[W]) -> Outcome:
        provider = self.providers.get(task.connection.kind)
        if provider is None:
            raise ProviderError(
                "permanent", "unknown_kind", "This kind of calendar is not available here any more."
            )
        if task.connection.state == "needs_attention" and task.connection.error_code in _REFUSED:
            # Asking again with a refused password would lock the person out of their own account.
            raise ProviderError("reauth", task.connection.error_code, task.connection.error_detail)
        await self._check_throttle(task.connection)
        credentials = await self.tokens.credentials(task.connection)
        place = task.write.remote_id or provider.event_id(task.calendar.remote_id, task.intent.uid)
        if task.intent.is_removed:
            await self._remove(provider, credentials, task, place)
            return Outcome("written", task.revision, task.revision, self._kept_place(task), "")
        found = await self._place(provider, credentials, task, place)
        kept = None if found.raw is None else self.remembered(task, found.raw)
        return Outcome("written", task.revision, task.revision, found.remote_id, found.etag, kept=kept)

    async def _check_throttle(self, connection: CalendarConnection) -> None:
        """Leave an account alone whose service asked us to wait: what is due becomes due then."""
        now = self.clock()
        async with self.db.connection() as conn:
            until = await calendar_lanes.throttled_until(
                conn, connection.org_id, connection.connection_id, now
            )
        if until is not None:
            detail = f"{connection.label or 'The calendar service'} asks us to wait."
            wait = (until - now).total_seconds()
            raise ProviderError("temporary", RATE_LIMITED, detail, retry_after_seconds=wait)

    def _kept_place(self, task: Task[W]) -> str:
        """Return the place that a row keeps after its event was removed: its key, or none."""
        return task.write.remote_id if "remote_id" in self.outbox.key else ""

    async def _place(
        self, provider: CalendarProvider, credentials: Credentials, task: Task[W], place: str
    ) -> Written:
        """Make the calendar hold the event as it should be, reading what is there first; `raw` is what it holds then."""
        collection = task.calendar.remote_id
        clash: ProviderError | None = None
        for _ in range(MAX_CLASHES):
            current = await provider.get_event(credentials, collection, place)
            await self.found(task, current)
            try:
                if current is not None:
                    return await self._edit(provider, credentials, task, current)
                if not task.intent.creates:
                    return Written(place, "")
                text = task.intent.text()
                written = await provider.create_event(credentials, collection, place, text)
                return replace(written, raw=written.raw or text)
            except ProviderError as error:
                if error.kind not in ("conflict", "gone"):
                    raise
                # Somebody was quicker: look again at what is there now.
                clash = error
        raise ProviderError(
            "temporary", "conflict", "The event keeps changing in the calendar while it is written."
        ) from clash

    async def _edit(
        self, provider: CalendarProvider, credentials: Credentials, task: Task[W], current: RemoteEvent
    ) -> Written:
        if not task.intent.lies_in(current.raw):
            raise ProviderError("permanent", "place_taken", "Another event lies where this one belongs.")
        try:
            raw = task.intent.applied(current.raw)
        except CalendarRefused as error:
            raise ProviderError("permanent", "unreadable_event", str(error)) from error
        if raw is None:
            return Written(current.remote_id, current.etag, current.raw)
        written = await provider.update_event(
            credentials, task.calendar.remote_id, current.remote_id, raw, current.etag
        )
        return replace(written, raw=written.raw or raw)

    async def _remove(
        self, provider: CalendarProvider, credentials: Credentials, task: Task[W], place: str
    ) -> None:
        """Delete the event; one that is gone already, or was never written, is as good as deleted."""
        collection = task.calendar.remote_id
        for _ in range(MAX_CLASHES):
            current = await provider.get_event(credentials, collection, place)
            if current is None or not task.intent.lies_in(current.raw):
                return
            try:
                await provider.delete_event(credentials, collection, place, current.etag)
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

    def _failure(self, task: Task[W], error: ProviderError) -> Outcome:
        """Return what a failure leads to: another try, or after three days, and for what can never work, a person.

        What waits for its owner to reconnect is never given up: nothing else would take a cancelled meeting out of their
        calendar when they are back.
        """
        now, write = self.clock(), task.write
        since = write.changed_at if write.state == "retrying" else now
        is_late = now - since >= GIVE_UP_AFTER
        waits = error.kind == "reauth"
        held = unchanged(write, "failed", task.revision)
        if error.kind == "permanent" or (is_late and not waits):
            return replace(held, error_detail=error.detail)
        again = next_try(
            now,
            write.attempts,
            base=RETRY_CAP if waits else RETRY_BASE,
            cap=WAITING_CAP if is_late else RETRY_CAP,
            retry_after_seconds=error.retry_after_seconds,
        )
        return replace(
            held,
            state="retrying",
            # Being asked to wait says nothing of this write.
            attempts=write.attempts + (error.code != RATE_LIMITED),
            error_detail=error.detail,
            next_try_at=again,
        )

    async def _settle(self, task: Task[W], outcome: Outcome, error: ProviderError | None) -> None:
        now = self.clock()
        async with self.db.transaction() as conn:
            await self.lock(conn, self.outbox.key_of(task.write))
            await self._finish(conn, task.write, outcome)
            if error is None:
                return
            if asks_to_wait(error) and outcome.next_try_at is not None:
                place = (task.connection.org_id, task.connection.connection_id)
                await calendar_lanes.throttle(conn, *place, outcome.next_try_at)
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
                detail = f"“{task.intent.title}” could not be written to {task.calendar.name}: {error.detail}"
                await self._tell(conn, task, "write_failed", detail)

    async def _finish(self, conn: Connection, write: W, outcome: Outcome) -> None:
        """Store the outcome and let the outbox follow it."""
        state = await self.outbox.finish(conn, write, outcome, self.clock())
        if state is None:
            return  # the calendar was disconnected meanwhile, and its people were told then
        if state == "pending" and outcome.state != "pending":
            # Overtaken: whoever asked for the newest state found the lease taken, so the next try is queued here.
            await self.queue(conn, self.outbox.key_of(write))
        await self.settled(conn, write, state, outcome)

    async def _tell(self, conn: Connection, task: Task[W], code: str, detail: str) -> None:
        told = {
            "sub": task.write.account_id,
            "connection_id": task.connection.connection_id,
            "label": task.connection.label,
            "code": code,
            "detail": detail,
        }
        await self.notify_attention(conn, task.write.org_id, told)


def unchanged(write: Leased, state: str, revision: int) -> Outcome:
    """Return an outcome that leaves what was written before as it is."""
    return Outcome(state, revision, write.written_revision, write.remote_id, write.etag)
