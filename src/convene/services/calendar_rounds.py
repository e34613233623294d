"""One round over one calendar: fetch what changed, read it, and store it with its cursor.

The remote side and the parser are asked without a transaction. A big round is stored in parts, each in a transaction
of its own, because bookings wait for the calendar's row meanwhile. The cursor comes with the last part, so a crash
replays a round and never skips one; what the round replaces or deletes serves until then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from convene.formats.parser_messages import ParsedResource
from convene.ports.calendars import CalendarProvider, Changes, Credentials, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.services.calendar_listeners import NotifyAvailability
from convene.services.calendar_notices import merged_notices, notices_of_reading
from convene.services.calendar_unread import Blocks, Fate, blocks_of, fates_of, too_large
from convene.services.event_rows import delete_rows, details_of, occurrences_of, store_rows
from convene.services.two_way_queue import queue_deleted, queue_edited
from convene.storage import booking_writes, calendars, event_writes, events
from convene.storage.booking_writes import OwnBooking
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database
from convene.storage.events import NewEvent
from convene.storage.occurrences import Stored

BEHIND = timedelta(days=42)
AHEAD = timedelta(days=400)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
OWN_UID = "@convene"
"""How the UIDs end of what is written here."""
WINDOW_STEP = timedelta(days=1)
FULL_READ_EVERY = timedelta(days=1)
# Calendars differ in their day by up to so much of it, so that those of one morning are not compared all at once for ever.
FULL_READ_SPREAD = 0.2
# A read that misses more than half of the future, and more than so many events, is believed the second time only.
VANISHING_EVENTS = 20
CONFIRM_AFTER = timedelta(minutes=5)
# What one transaction stores: a fraction of a second, during which bookings of the calendar's owner wait.
PART_EVENTS, PART_TIMES, PART_CHARACTERS = 250, 2_500, 1_000_000

OnChange = Callable[[Connection, str, str, Sequence[str], Collection[str]], Awaitable[None]]
"""(conn, org_id, account_id, calendar ids, clients): what readers are told of these calendars' events changed.

clients: the applications whose managed events are among them. Called in the transaction that changes it.
"""


async def nobody_listens(
    conn: Connection, org_id: str, account_id: str, calendar_ids: Sequence[str], clients: Collection[str]
) -> None:
    """An `OnChange` for installations without notification channels."""


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
    """What a stored round brought. `fresh_notices` are those that the owner has not been told of.

    refresh_seconds: after how long the calendar's source wishes to be asked again, if it says so. is_stored: false where
    the round was overtaken, and what it read was left alone.
    """

    has_changed: bool
    fresh_notices: Sequence[Mapping[str, str]]
    refresh_seconds: int | None = None
    is_stored: bool = True


@dataclass(frozen=True, slots=True)
class _Fetched:
    changes: Changes
    resources: Mapping[str, ParsedResource]
    texts: Mapping[str, tuple[str, str]]
    began_at: datetime
    expanded_until: datetime

    @property
    def window_start(self) -> datetime:
        return self.began_at - BEHIND


class CalendarRounds:
    """Args:
    parser: reads iCalendar text.
    notify_availability: told, inside the storing transaction, whose busy time changed.
    on_change: told there that events changed, also where nobody's time did.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        parser: ResourceParser,
        notify_availability: NotifyAvailability,
        on_change: OnChange = nobody_listens,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.parser = parser
        self.notify_availability = notify_availability
        self.on_change = on_change

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
        parts, generation = _parts(fetched), calendar.generation + 1
        before = ""
        fresh: list[dict[str, str]] = []
        for number, part in enumerate(parts, 1):
            is_first, is_last = number == 1, number == len(parts)
            async with self.db.transaction() as conn:
                if is_first:
                    before = await events.busy_digest(conn, calendar)
                current = await calendars.lock_calendar(conn, calendar.org_id, calendar.calendar_id)
                if current is None or current.generation != (calendar.generation if is_first else generation):
                    # Disconnected, or another round began meanwhile: this one describes an older state.
                    return RoundResult(False, (), fetched.changes.refresh_seconds, is_stored=False)
                doubt = await self._doubt(conn, current, fetched) if is_first else None
                if doubt is None:
                    told, stored = await self._store(conn, current, fetched, part, generation)
                    fresh += told
                    # With each part: a round that dies half-way has told of what it stored.
                    await self._announce(conn, calendar, stored)
                    if is_last:
                        return await self._complete(conn, calendar, current, fetched, before, fresh)
                    if is_first:
                        await calendars.claim_round(conn, calendar, generation)
            if doubt is not None:
                raise doubt
        raise AssertionError("a round has at least one part")

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

        async def stored(remote_ids: Sequence[str]) -> Mapping[str, str]:
            async with self.db.connection() as conn:
                return await events.list_texts(conn, calendar, remote_ids)

        changes = await provider.changes(credentials, calendar.remote_id, dict(cursor), known, stored)
        texts = {event.remote_id: (event.etag, event.raw) for event in changes.changed}
        until = calendar.expanded_until
        if until is None or until < now + AHEAD - WINDOW_STEP:
            until = now + AHEAD
            texts = await self._with_expandable(calendar, changes, texts)
        items = [(remote_id, raw) for remote_id, (_, raw) in texts.items() if raw]
        addresses = [str(item) for item in connection.profile.get("addresses", [])]
        # Blocks reach to the end of the newest window, which the older rows share within a day.
        read = await self._read(items, calendar, addresses, now - BEHIND, now + AHEAD)
        outside = {item.remote_id for item in read if _is_ours_outside(item)}
        if outside:
            # What applications wrote is told of whenever it is.
            ours = [item for item in items if item[0] in outside]
            wide = await self._read(ours, calendar, addresses, ALWAYS[0], ALWAYS[1])
            read = [*(item for item in read if item.remote_id not in outside), *wide]
        resources = [*read, *(too_large(remote_id) for remote_id, (_, raw) in texts.items() if not raw)]
        return _Fetched(changes, {item.remote_id: item for item in resources}, texts, now, until)

    async def _read(
        self,
        items: Sequence[tuple[str, str]],
        calendar: Calendar,
        addresses: Sequence[str],
        start: datetime,
        end: datetime,
    ) -> Sequence[ParsedResource]:
        return await self.parser.read(items, calendar.tzid, start, end, addresses) if items else ()

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
        vanishing = await _vanishing(conn, calendar, fetched)
        total, lost = await events.count_future(conn, calendar, vanishing, now)
        is_most = lost > VANISHING_EVENTS and lost * 2 > total
        if not is_most and not (fetched.changes.is_doubtful and lost):
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

    async def _store(
        self,
        conn: Connection,
        calendar: Calendar,
        fetched: _Fetched,
        part: Sequence[str],
        generation: int,
    ) -> tuple[list[dict[str, str]], Stored]:
        """Store some of what was fetched; return what its owner should know, and what changed."""
        ahead = await event_writes.list_ahead(conn, calendar, fetched.began_at)
        resources = [fetched.resources[remote_id] for remote_id in part if remote_id not in ahead]
        own = await self._own(conn, calendar, resources)
        unread = [item.remote_id for item in resources if item.problem]
        held = await events.list_blocks(conn, calendar, unread) if unread else {}
        fates = fates_of(resources, held, own)
        found = [
            _new_event(item, fetched.texts[item.remote_id], calendar, own, held, fates) for item in resources
        ]
        stored = await store_rows(
            conn, calendar, found, generation, now=self.clock(), window_start=fetched.window_start
        )
        await queue_edited(self.jobs, conn, calendar, list(own.values()), fetched.texts)
        return notices_of_reading(resources, fates), stored

    async def _complete(
        self,
        conn: Connection,
        calendar: Calendar,
        current: Calendar,
        fetched: _Fetched,
        before: str,
        fresh: Sequence[Mapping[str, str]],
    ) -> RoundResult:
        """Delete what is gone and store the cursor. `calendar` is the row before the round, `current` the locked one."""
        changes, generation = fetched.changes, calendar.generation + 1
        deleted_own, gone = await self._remove(conn, current, fetched)
        is_doubted = current.vanished_at is not None or changes.is_doubtful
        await queue_deleted(self.jobs, conn, current, deleted_own, self.clock(), is_doubted=is_doubted)
        notices = merged_notices(
            current.notices,
            fresh,
            touched=set(fetched.texts),
            gone=set(changes.deleted),
        )
        await calendars.store_round(
            conn,
            calendar,
            cursor=changes.cursor,
            generation=generation,
            is_full=changes.is_full,
            expanded_until=fetched.expanded_until,
            notices=notices,
            now=self.clock(),
        )
        ahead = await event_writes.list_ahead(conn, calendar, fetched.began_at)
        if ahead.intersection(fetched.texts) or (changes.is_full and ahead):
            # Passed over for what is being written: the next round compares, whatever the cursor says.
            await calendars.require_full_read(conn, calendar)
        await self._announce(conn, calendar, gone)
        # After a round that died half-way nobody was told of the half that was stored.
        is_after_gap = calendar.first_synced_at is None or calendar.full_read_at is None
        has_changed = is_after_gap or before != await events.busy_digest(conn, calendar)
        if has_changed and current.is_checked:
            await self.notify_availability(conn, calendar.org_id, [calendar.account_id])
        told = {(item.get("remote_id"), item["code"]) for item in current.notices}
        untold = [item for item in notices if (item.get("remote_id"), item["code"]) not in told]
        return RoundResult(has_changed, untold, changes.refresh_seconds)

    async def _announce(self, conn: Connection, calendar: Calendar, stored: Stored) -> None:
        if stored.changed:
            place = (calendar.org_id, calendar.account_id, [calendar.calendar_id])
            await self.on_change(conn, *place, stored.clients)

    async def _own(
        self, conn: Connection, calendar: Calendar, resources: Sequence[ParsedResource]
    ) -> dict[str, OwnBooking]:
        """Return the account's own bookings among the resources, by UID: a copied tag alone proves nothing."""
        uids = [resource.uid for resource in resources if resource.uid]
        rows = await booking_writes.list_own(conn, calendar.org_id, calendar.account_id, uids) if uids else []
        return {row.uid: row for row in rows}

    async def _remove(
        self, conn: Connection, calendar: Calendar, fetched: _Fetched
    ) -> tuple[list[OwnBooking], Stored]:
        """Delete what is gone; return our own bookings among it, and what changed for readers."""
        gone = await _vanishing(conn, calendar, fetched)
        own = await booking_writes.list_own_at(
            conn, calendar.org_id, calendar.calendar_id, gone, self.clock()
        )
        stored = await delete_rows(conn, calendar, gone, now=self.clock(), window_start=fetched.window_start)
        return own, stored


def _needs_full_read(calendar: Calendar, now: datetime) -> bool:
    """Servers may answer a token they have forgotten as if nothing had changed, so all is compared once a day."""
    # Multiples of the golden ratio: the most even spread of any count of calendars.
    share = 1 - FULL_READ_SPREAD * (calendar.num * 0.6180339887498949 % 1)
    return (
        calendar.full_read_at is None
        or calendar.full_read_at < now - FULL_READ_EVERY * share
        or calendar.vanished_at is not None
    )


async def _vanishing(conn: Connection, calendar: Calendar, fetched: _Fetched) -> list[str]:
    """Return what is held and not there any more; not what we are about to write, or wrote meanwhile."""
    changes = fetched.changes
    ahead = await event_writes.list_ahead(conn, calendar, fetched.began_at)
    if not changes.is_full:
        return [remote_id for remote_id in changes.deleted if remote_id not in ahead]
    held = await events.list_known(conn, calendar)
    there = {event.remote_id for event in changes.changed}.union(changes.unchanged, ahead)
    return [remote_id for remote_id in held if remote_id not in there]


def _is_ours_outside(resource: ParsedResource) -> bool:
    """Tell whether an application's event lies outside the window."""
    is_single = not resource.problem and not resource.is_recurring
    return is_single and not resource.occurrences and bool(resource.start) and resource.uid.endswith(OWN_UID)


def _parts(fetched: _Fetched) -> list[list[str]]:
    """Cut what was fetched into parts that are each stored quickly; at least one, which may be empty."""
    parts: list[list[str]] = [[]]
    times = characters = 0
    for remote_id, (_, raw) in fetched.texts.items():
        resource = fetched.resources[remote_id]
        more = max(len(resource.blocks), len(resource.occurrences))
        is_full = times + more > PART_TIMES or characters + len(raw) > PART_CHARACTERS
        if parts[-1] and (is_full or len(parts[-1]) == PART_EVENTS):
            parts.append([])
            times = characters = 0
        parts[-1].append(remote_id)
        times, characters = times + more, characters + len(raw)
    return parts


def _new_event(
    resource: ParsedResource,
    text: tuple[str, str],
    calendar: Calendar,
    own: Mapping[str, OwnBooking],
    held: Mapping[str, Blocks],
    fates: Mapping[str, Fate],
) -> NewEvent:
    """Join a text and what was read of it. Our own bookings make nobody busy here: they are counted elsewhere."""
    etag, raw = text
    ours = own.get(resource.uid)
    is_unknown = fates.get(resource.remote_id) == "calendar_unknown"
    return NewEvent(
        resource.remote_id,
        resource.uid,
        etag,
        _storable(raw),
        _storable(resource.summary),
        ours.booking_id if ours else None,
        events.UNKNOWN_CALENDAR if is_unknown else resource.problem,
        () if ours else blocks_of(resource, held),
        details_of(resource),
        None if resource.problem else occurrences_of(resource, calendar),
    )


def _storable(text: str) -> str:
    """PostgreSQL keeps every character but one."""
    return text.replace("\x00", "\ufffd")
