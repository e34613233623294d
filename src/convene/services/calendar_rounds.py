"""One round over one calendar: fetch what changed, read it, and store it in one transaction with its cursor.

The remote side and the parser are asked without a transaction. What is stored is a whole round or nothing, so a crash
replays a round and never skips one. A full read carries a new generation; the rows of the old one serve until it is
complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from convene.core.instants import from_seconds
from convene.formats.parser_messages import ParsedResource
from convene.ports.calendars import CalendarProvider, Changes, Credentials, ProviderError
from convene.ports.runtime import Clock
from convene.services.calendar_notices import TOO_LARGE, merged_notices, notices_of_own, notices_of_reading
from convene.services.connections import NotifyAvailability
from convene.storage import booking_writes, calendars, events
from convene.storage.booking_writes import OwnBooking
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database
from convene.storage.events import NewEvent

BEHIND = timedelta(days=7)
AHEAD = timedelta(days=400)
WINDOW_STEP = timedelta(days=1)
FULL_READ_EVERY = timedelta(days=3)
# A read that misses more than half of the future, and more than so many events, is believed the second time only.
VANISHING_EVENTS = 20
CONFIRM_AFTER = timedelta(minutes=5)
STORE_BATCH = 500


class ResourceParser(Protocol):
    """Reads strangers' iCalendar in a limited process of its own; one broken item loses only itself."""

    async def read(
        self,
        items: Sequence[tuple[str, str]],
        calendar_tzid: str,
        window_start: datetime,
        window_end: datetime,
        own_addresses: Sequence[str],
    ) -> Sequence[ParsedResource]: ...


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What a stored round brought. `fresh_notices` are those that the owner has not been told of."""

    has_changed: bool
    fresh_notices: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Fetched:
    changes: Changes
    resources: Sequence[ParsedResource]
    etags: Mapping[str, tuple[str, str]]
    expanded_until: datetime


class CalendarRounds:
    """Args:
    parser: reads iCalendar text.
    notify_availability: told, inside the storing transaction, whose busy time changed.
    """

    def __init__(
        self, db: Database, clock: Clock, parser: ResourceParser, notify_availability: NotifyAvailability
    ) -> None:
        self.db = db
        self.clock = clock
        self.parser = parser
        self.notify_availability = notify_availability

    async def run(
        self,
        provider: CalendarProvider,
        credentials: Credentials,
        connection: CalendarConnection,
        calendar: Calendar,
    ) -> RoundResult:
        """Bring one calendar up to date.

        Raises:
            ProviderError: nothing was stored. Code `most_events_vanished` (temporary) asks for a second read.
        """
        fetched = await self._fetch(provider, credentials, connection, calendar)
        async with self.db.transaction() as conn:
            current = await calendars.lock_calendar(conn, calendar.org_id, calendar.calendar_id)
            if current is None or current.generation != calendar.generation:
                # Disconnected, or another round was stored meanwhile: this one describes an older state.
                return RoundResult(False, ())
            doubt = await self._doubt(conn, current, fetched)
            if doubt is None:
                return await self._store(conn, current, fetched)
        raise doubt

    async def _fetch(
        self,
        provider: CalendarProvider,
        credentials: Credentials,
        connection: CalendarConnection,
        calendar: Calendar,
    ) -> _Fetched:
        now = self.clock()
        async with self.db.connection() as conn:
            known = await events.list_known(conn, calendar)
        cursor = {} if _needs_full_read(calendar, now) else calendar.cursor
        changes = await provider.changes(credentials, calendar.remote_id, dict(cursor), known)
        texts = {event.remote_id: (event.etag, event.raw) for event in changes.changed}
        until = calendar.expanded_until
        if until is None or until < now + AHEAD - WINDOW_STEP:
            until = now + AHEAD
            texts = await self._with_expandable(calendar, changes, texts)
        items = [(remote_id, raw) for remote_id, (_, raw) in texts.items() if raw]
        addresses = [str(item) for item in connection.profile.get("addresses", [])]
        # Blocks reach to the end of the newest window, which the older rows share within a day.
        read = (
            await self.parser.read(items, calendar.tzid, now - BEHIND, now + AHEAD, addresses)
            if items
            else ()
        )
        return _Fetched(changes, read, texts, until)

    async def _with_expandable(
        self, calendar: Calendar, changes: Changes, texts: dict[str, tuple[str, str]]
    ) -> dict[str, tuple[str, str]]:
        """Add what the moved window may change: repeating events and those beyond the old window."""
        async with self.db.connection() as conn:
            held = await events.list_expandable(conn, calendar)
        gone = set(changes.deleted)
        if changes.is_full:
            gone |= {event.remote_id for event in held}.difference(changes.unchanged, texts)
        extra = {event.remote_id: (event.etag, event.raw) for event in held if event.remote_id not in gone}
        return {**extra, **texts}

    async def _doubt(self, conn: Connection, calendar: Calendar, fetched: _Fetched) -> ProviderError | None:
        """Tell whether too much vanished at once to be believed the first time (and remember having seen it)."""
        now = self.clock()
        vanishing = await _vanishing(conn, calendar, fetched.changes)
        total, lost = await events.count_future(conn, calendar, vanishing, now)
        if lost <= VANISHING_EVENTS or lost * 2 <= total:
            return None
        if calendar.vanished_at is not None and now - calendar.vanished_at >= CONFIRM_AFTER:
            return None
        seen_at = calendar.vanished_at or now
        await calendars.note_vanished(conn, calendar, seen_at, calendar.notices)
        return ProviderError(
            "temporary",
            "most_events_vanished",
            f"{lost} of {total} coming events of {calendar.name} are missing. They are kept until a second read agrees.",
            retry_after_seconds=(seen_at + CONFIRM_AFTER - now).total_seconds(),
        )

    async def _store(self, conn: Connection, calendar: Calendar, fetched: _Fetched) -> RoundResult:
        now, changes = self.clock(), fetched.changes
        generation = calendar.generation + 1
        before = await events.busy_digest(conn, calendar)
        own = await self._own(conn, calendar, fetched.resources)
        found = _new_events(fetched, own)
        for begin in range(0, len(found), STORE_BATCH):
            await events.store_events(conn, calendar, found[begin : begin + STORE_BATCH], generation)
        deleted_own = await self._remove(conn, calendar, changes, generation)
        fresh = [
            *notices_of_reading(fetched.resources),
            *[{**TOO_LARGE, "remote_id": key} for key, (_, raw) in fetched.etags.items() if not raw],
            *notices_of_own(calendar, fetched.resources, own, deleted_own),
        ]
        notices = merged_notices(
            calendar.notices, fresh, touched=set(fetched.etags), gone=set(changes.deleted)
        )
        await calendars.store_round(
            conn,
            calendar,
            cursor=changes.cursor,
            generation=generation,
            is_full=changes.is_full,
            expanded_until=fetched.expanded_until,
            notices=notices,
            now=now,
        )
        has_changed = calendar.first_synced_at is None or before != await events.busy_digest(conn, calendar)
        if has_changed and calendar.is_checked:
            await self.notify_availability(conn, calendar.org_id, [calendar.account_id])
        told = {(item.get("remote_id"), item["code"]) for item in calendar.notices}
        untold = [item for item in notices if (item.get("remote_id"), item["code"]) not in told]
        return RoundResult(has_changed, untold)

    async def _own(
        self, conn: Connection, calendar: Calendar, resources: Sequence[ParsedResource]
    ) -> dict[str, OwnBooking]:
        """Return the account's own bookings among the resources, by UID: a copied tag alone proves nothing."""
        uids = [resource.uid for resource in resources if resource.uid]
        rows = await booking_writes.list_own(conn, calendar.org_id, calendar.account_id, uids) if uids else []
        return {row.uid: row for row in rows}

    async def _remove(
        self, conn: Connection, calendar: Calendar, changes: Changes, generation: int
    ) -> list[OwnBooking]:
        """Delete what is gone and return our own bookings among it."""
        gone = await _vanishing(conn, calendar, changes)
        own = await booking_writes.list_own_at(
            conn, calendar.org_id, calendar.calendar_id, gone, self.clock()
        )
        if changes.is_full:
            await events.stamp_events(conn, calendar, changes.unchanged, generation)
            await events.delete_older(conn, calendar, generation)
        else:
            await events.delete_events(conn, calendar, gone)
        return own


def _needs_full_read(calendar: Calendar, now: datetime) -> bool:
    """Servers may answer a token they have forgotten as if nothing had changed, so all is compared now and then."""
    return (
        calendar.full_read_at is None
        or calendar.full_read_at < now - FULL_READ_EVERY
        or calendar.vanished_at is not None
    )


async def _vanishing(conn: Connection, calendar: Calendar, changes: Changes) -> list[str]:
    if not changes.is_full:
        return list(changes.deleted)
    held = await events.list_known(conn, calendar)
    there = {event.remote_id for event in changes.changed}
    return [remote_id for remote_id in held if remote_id not in there.union(changes.unchanged)]


def _new_events(fetched: _Fetched, own: Mapping[str, OwnBooking]) -> list[NewEvent]:
    """Join texts and what was read of them. Our own bookings make nobody busy here: they are counted elsewhere."""
    found: list[NewEvent] = []
    read = {resource.remote_id: resource for resource in fetched.resources}
    for remote_id, (etag, raw) in fetched.etags.items():
        resource = read.get(remote_id)
        if resource is None:
            found.append(NewEvent(remote_id, "", etag, _storable(raw), "", None, "unreadable", ()))
            continue
        ours = own.get(resource.uid)
        found.append(
            NewEvent(
                remote_id,
                resource.uid,
                etag,
                _storable(raw),
                _storable(resource.summary),
                ours.booking_id if ours else None,
                resource.problem,
                () if ours else [(from_seconds(b[0]), from_seconds(b[1]), b[2]) for b in resource.blocks],
            )
        )
    return found


def _storable(text: str) -> str:
    """PostgreSQL keeps every character but one."""
    return text.replace("\x00", "\ufffd")
