"""Events that applications write: upserted and deleted by their own names, or somebody else's changed by event_uid.

A change counts at once: the event's row, busy time and occurrences are stored in one transaction, with the calendar
locked. For a remote calendar the same transaction says in its outbox what shall lie there; `event_writing` makes it so,
and until then rounds of reading leave the place alone. A change that is given up there is read back from the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from convene.core.applications import Application
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from convene.core.ids import is_id
from convene.core.recurrence import MAX_INSTANCES
from convene.core.scopes import WRITE_SCOPES
from convene.core.wall_clock import DAY
from convene.formats.event_content import apply_content, content_text
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.parser_messages import Item, ParsedResource, Request
from convene.formats.parser_worker import answer_request
from convene.ports.calendars import CalendarProvider
from convene.ports.conferencing import Conferencing
from convene.ports.runtime import Clock, JobQueue
from convene.services.booked_events import BookedEvents
from convene.services.calendar_rounds import AHEAD, BEHIND, OWN_UID, ResourceParser
from convene.services.connections import NotifyAvailability
from convene.services.event_rows import delete_rows, details_of, occurrences_of, store_rows
from convene.services.event_view import ANSWER_SCOPES, EXTERNAL_WRITE_SCOPES
from convene.services.event_writing import EventWritingService, addresses_of, mail_address
from convene.services.meeting_place import meeting_place
from convene.storage import calendars, connections, event_writes, events, managed_events
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database
from convene.storage.events import NewEvent
from convene.storage.managed_events import HeldEvent
from convene.storage.occurrences import Stored

DELETE_SCOPES = ("delete_event", "write_only", "read_write", "free_busy_write")
ANSWERS = ("accepted", "tentative", "declined")
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_MOST_TRIES = 5
_OMITTED_KEEPS = ("conferencing", "attendees", "removed_attendees", "reminders")
"""Members of an application's own event that stay as they were when an upsert leaves them out."""


class OnManagedChange(Protocol):
    """Told, in the transaction that changes it, that an application changed events of a calendar."""

    async def __call__(
        self,
        conn: Connection,
        org_id: str,
        account_id: str,
        calendar_ids: Sequence[str],
        *,
        managed_by: str | None = None,
        changed_by: str | None = None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Place:
    """A calendar that the caller may write, locked, with its connection."""

    calendar: Calendar
    connection: CalendarConnection
    provider: CalendarProvider | None


class ManagedEventService:
    """Args:
    writing: the outbox towards remote calendars.
    on_change: told of every change that readers see.
    booked: what was booked through the application's links under an event's name.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        providers: Mapping[str, CalendarProvider],
        parser: ResourceParser,
        conferencing: Conferencing,
        writing: EventWritingService,
        *,
        notify_availability: NotifyAvailability,
        on_change: OnManagedChange,
        booked: BookedEvents,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.providers = providers
        self.parser = parser
        self.conferencing = conferencing
        self.writing = writing
        self.notify_availability = notify_availability
        self.on_change = on_change
        self.booked = booked

    # -- an application's own events

    async def upsert(
        self, application: Application, calendar_id: str, event_id: str, content: Mapping[str, Any]
    ) -> None:
        """Create the event that the application calls `event_id`, or make it say what `content` says.

        `content` is checked (`api.v1.event_bodies`) and complete but for the members that stay when left out.

        Raises:
            Forbidden: scope, or the calendar is read-only. NotFound: no such calendar of this account.
            Invalid, Conflict: it was booked through a link, which decides its time (`BookedEvents.edit`).
        """
        application.require_scope(*WRITE_SCOPES)
        async with self.db.transaction() as conn:
            place = await self._place(conn, application, calendar_id)
            held = await managed_events.find_managed(conn, place.calendar, application.client_id, event_id)
            is_booked = held is None and await self.booked.is_booked(conn, application, calendar_id, event_id)
            if not is_booked:
                await self._put(conn, application, place, event_id, held, content)
        if is_booked:  # after the calendar's lock is given back: bookings lock people before calendars
            await self.booked.edit(application, calendar_id, event_id, content)

    async def _put(
        self,
        conn: Connection,
        application: Application,
        place: _Place,
        event_id: str,
        held: HeldEvent | None,
        content: Mapping[str, Any],
    ) -> None:
        calendar, now = place.calendar, self.clock()
        uid, remote_id = self._named(application, place, event_id)
        if held is not None:
            uid, remote_id = held.uid, held.remote_id
        wanted = self._completed(place, content, held.content if held else None)
        addresses = addresses_of(place.connection)
        raw = content_text(uid, wanted, now, mail_address(addresses))
        resource = _own_text_read(calendar, remote_id, raw, addresses)
        await self._store(conn, application, place, resource, raw, managed_by=application.client_id)
        await managed_events.set_managed(
            conn, calendar, remote_id, client_id=application.client_id, event_id=event_id, content=wanted
        )
        if place.provider is not None:
            await event_writes.put_write(
                conn,
                calendar,
                remote_id,
                uid=uid,
                content=wanted,
                now=now,
                client_id=application.client_id,
                event_id=event_id,
            )
            await self._queue(conn, calendar, remote_id)

    def _named(self, application: Application, place: _Place, event_id: str) -> tuple[str, str]:
        """Return the UID and the place of an application's event: the same for the same name, always."""
        calendar = place.calendar
        name = f"{calendar.org_id}\n{calendar.calendar_id}\n{application.client_id}\n{event_id}"
        uid = sha256(name.encode()).hexdigest()[:40] + OWN_UID
        if place.provider is not None:
            return uid, place.provider.event_id(calendar.remote_id, uid)
        return uid, f"convene-{uid.partition('@')[0]}.ics"

    def _completed(
        self, place: _Place, content: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return what an event shall say from now on."""
        wanted = dict(content)
        for name in _OMITTED_KEEPS:
            if name not in wanted and before and name in before:
                wanted[name] = before[name]
        if content.get("attendees") and is_id(place.calendar.account_id, "apc"):
            raise Invalid("attendees", "attendees cannot be invited from an application calendar.")
        if before and before.get("attendees") and "attendees" in content:
            removed = set(wanted.get("removed_attendees", ()))
            invited = {
                person["email"].lower(): person for person in (*before["attendees"], *wanted["attendees"])
            }
            wanted["attendees"] = [item for email, item in invited.items() if email not in removed]
        wanted["conferencing"] = self._conference(wanted.get("conferencing"), before)
        return wanted

    def _conference(
        self, wanted: Mapping[str, Any] | None, before: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        """Return where the video call is: `explicit` brings its address, any other profile is the installation's."""
        if not wanted or wanted.get("profile_id") == "none":
            return None
        if wanted.get("join_url"):
            return dict(wanted)
        made = (before or {}).get("conferencing") or {}
        if made.get("profile_id") == wanted["profile_id"] and made.get("join_url"):
            return dict(made)
        place = meeting_place(self.conferencing, True)
        if place is None:
            raise Invalid(
                "conferencing", "conferencing: this installation has no provider; send an explicit join_url."
            )
        return {**wanted, "join_url": place["join_url"], "provider_description": place["provider"]}

    async def delete(self, application: Application, calendar_id: str, event_id: str) -> None:
        """Delete the event that the application calls `event_id`; one that is not there is as good as deleted."""
        application.require_scope(*DELETE_SCOPES)
        async with self.db.transaction() as conn:
            place = await self._place(conn, application, calendar_id)
            held = await managed_events.find_managed(conn, place.calendar, application.client_id, event_id)
            if held is not None:
                await self._remove(conn, application, place, [held])
        if held is None:  # after the calendar's lock is given back: bookings lock people before calendars
            await self.booked.cancel(application, event_id)

    async def delete_all(self, application: Application, calendar_ids: Sequence[str] | None) -> None:
        """Delete all events that the application manages, in all of the account's calendars or in these.

        Raises:
            Invalid: `calendar_ids` names a calendar of somebody else.
        """
        application.require_scope(*DELETE_SCOPES)
        async with self.db.connection() as conn:
            rows = await connections.list_connections(conn, application.org_id, application.sub)
            found = await calendars.list_calendars(
                conn, application.org_id, [row.connection_id for row in rows]
            )
        held = {item.calendar_id: item for item in found}
        unknown = [item for item in calendar_ids or () if item not in held]
        if unknown:
            raise Invalid(
                "calendar_ids", f"calendar_ids: {unknown[0][:60]!r} is no calendar of this account."
            )
        for calendar_id in held if calendar_ids is None else dict.fromkeys(calendar_ids):
            if not held[calendar_id].is_writable:
                continue
            async with self.db.transaction() as conn:
                place = await self._place(conn, application, calendar_id)
                mine = await managed_events.list_managed(conn, place.calendar, application.client_id)
                await self._remove(conn, application, place, mine)

    # -- anybody's events

    async def edit(
        self, application: Application, calendar_id: str, event_uid: str, content: Mapping[str, Any]
    ) -> None:
        """Change an event that somebody else wrote; only the members of `content` change.

        Raises:
            Forbidden: a scope is missing, or the event is a meeting booked here. NotFound: no such event.
            Invalid: `event_uid` names one occurrence of a series.
        """
        application.require_scope(*WRITE_SCOPES)

        def check(held: HeldEvent) -> None:
            self._check_external(application, held)

        await self._change(application, calendar_id, event_uid, content, check)

    async def delete_external(self, application: Application, calendar_id: str, event_uid: str) -> None:
        """Delete an event by the name under which it is read. Raises as `edit` does."""
        application.require_scope(*DELETE_SCOPES)
        async with self.db.transaction() as conn:
            place = await self._place(conn, application, calendar_id)
            held = await self._told(conn, place.calendar, event_uid)
            self._check_external(application, held)
            await self._remove(conn, application, place, [held])

    async def answer(
        self, application: Application, calendar_id: str, event_uid: str, participation: str
    ) -> None:
        """Answer an invitation for the account; of a series, all of it.

        Raises:
            Invalid: `status`, if it is none of accepted, tentative, declined, or nobody invited the account.
        """
        application.require_scope(*ANSWER_SCOPES)
        if participation not in ANSWERS:
            raise Invalid("status", f"status must be one of: {', '.join(ANSWERS)}.")

        def check(held: HeldEvent) -> None:
            if not any(item.get("participation") for item in held.details):
                raise Invalid("status", "status: this account is not among the event's attendees.")

        await self._change(application, calendar_id, event_uid, {"participation": participation}, check)

    def _check_external(self, application: Application, held: HeldEvent) -> None:
        if held.client_id == application.client_id:
            return
        application.require_scope(*EXTERNAL_WRITE_SCOPES)
        if len(held.details) != 1 or held.details[0].get("is_recurring"):
            raise Invalid(
                "event_uid", "event_uid: events of a series can be changed in their own calendar only."
            )

    async def _change(
        self,
        application: Application,
        calendar_id: str,
        event_uid: str,
        content: Mapping[str, Any],
        check: Any,
    ) -> None:
        """Write a change into the text that is held, read it again outside of any transaction, and store both."""
        for _ in range(_MOST_TRIES):
            async with self.db.transaction() as conn:
                place = await self._place(conn, application, calendar_id)
                held = await self._told(conn, place.calendar, event_uid)
            check(held)
            raw = self._changed_text(place, held, content)
            if raw is None:
                return
            resource = await self._read(place, held, raw)
            async with self.db.transaction() as conn:
                place = await self._place(conn, application, calendar_id)
                if await managed_events.find_told(conn, place.calendar, event_uid) != held:
                    continue
                await self._store(conn, application, place, resource, raw, managed_by=held.client_id)
                if held.client_id and held.event_id and held.content is not None:
                    await managed_events.set_managed(
                        conn,
                        place.calendar,
                        held.remote_id,
                        client_id=held.client_id,
                        event_id=held.event_id,
                        content={**held.content, **content},
                    )
                if place.provider is not None:
                    await event_writes.put_write(
                        conn,
                        place.calendar,
                        held.remote_id,
                        uid=held.uid,
                        content=dict(content),
                        now=self.clock(),
                    )
                    await self._queue(conn, place.calendar, held.remote_id)
                return
        raise Unavailable("The event keeps changing while it is written. Try again in a moment.")

    def _changed_text(self, place: _Place, held: HeldEvent, content: Mapping[str, Any]) -> str | None:
        addresses = addresses_of(place.connection)
        try:
            return apply_content(
                held.raw,
                held.uid,
                content,
                self.clock(),
                owner=mail_address(addresses),
                own_addresses=addresses,
            )
        except CalendarRefused as error:
            raise Conflict(f"The event in the calendar cannot be changed: {error}") from error

    async def _read(self, place: _Place, held: HeldEvent, raw: str) -> ParsedResource:
        now = self.clock()
        [resource] = await self.parser.read(
            [(held.remote_id, raw)],
            place.calendar.tzid,
            now - BEHIND,
            now + AHEAD,
            addresses_of(place.connection),
        )
        if resource.problem:
            raise Conflict("The event in the calendar cannot be read as it would be after this change.")
        return resource

    # -- the common part

    async def _place(self, conn: Connection, application: Application, calendar_id: str) -> _Place:
        """Lock a calendar of the application's account that can be written."""
        sub = application.sub
        calendar = (
            await calendars.lock_calendar(conn, application.org_id, calendar_id)
            if is_id(calendar_id, "cal")
            else None
        )
        if calendar is None or calendar.account_id != sub:
            raise NotFound("There is no such calendar.")
        connection = await connections.get_connection(conn, application.org_id, calendar.connection_id)
        if connection is None:
            raise NotFound("There is no such calendar.")
        provider = self.providers.get(connection.kind)
        if not calendar.is_writable or (provider is None and connection.kind != "builtin"):
            raise Forbidden(f"{calendar.name} is read-only.", code="calendar_readonly")
        return _Place(calendar, connection, provider)

    async def _told(self, conn: Connection, calendar: Calendar, event_uid: str) -> HeldEvent:
        held = await managed_events.find_told(conn, calendar, event_uid)
        if held is None or held.booking_id is not None:
            # A meeting that was booked here belongs to all who take part in it.
            raise NotFound("There is no such event in this calendar that could be changed.")
        return held

    async def _store(
        self,
        conn: Connection,
        application: Application,
        place: _Place,
        resource: ParsedResource,
        raw: str,
        *,
        managed_by: str | None,
    ) -> None:
        """Store an event as it shall be, with its time, and tell."""
        calendar = place.calendar
        before = await events.list_blocks(conn, calendar, [resource.remote_id])
        blocks = [
            (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), kind)
            for start, end, kind in resource.blocks
        ]
        new = NewEvent(
            resource.remote_id,
            resource.uid,
            "",
            raw,
            resource.summary,
            None,
            "",
            blocks,
            details_of(resource),
            occurrences_of(resource, calendar),
        )
        stored = await store_rows(
            conn, calendar, [new], calendar.generation, now=self.clock(), window_start=_ALWAYS
        )
        changed_time = sorted(before.get(resource.remote_id, [])) != sorted(blocks)
        await self._tell(conn, application, calendar, stored, managed_by, changed_time=changed_time)

    async def _remove(
        self, conn: Connection, application: Application, place: _Place, found: Sequence[HeldEvent]
    ) -> None:
        calendar, now = place.calendar, self.clock()
        remote_ids = [item.remote_id for item in found]
        before = await events.list_blocks(conn, calendar, remote_ids)
        stored = await delete_rows(conn, calendar, remote_ids, now=now, window_start=_ALWAYS)
        if place.provider is not None:
            for item in found:
                await event_writes.put_write(
                    conn,
                    calendar,
                    item.remote_id,
                    uid=item.uid,
                    content=item.content or _title(item),
                    now=now,
                    client_id=item.client_id,
                    event_id=item.event_id,
                    is_removed=True,
                )
                await self._queue(conn, calendar, item.remote_id)
        owners = {item.client_id for item in found}
        managed_by = application.client_id if owners == {application.client_id} else None
        await self._tell(conn, application, calendar, stored, managed_by, changed_time=bool(before))

    async def _tell(
        self,
        conn: Connection,
        application: Application,
        calendar: Calendar,
        stored: Stored,
        managed_by: str | None,
        *,
        changed_time: bool,
    ) -> None:
        if changed_time and calendar.is_checked:
            await self.notify_availability(conn, calendar.org_id, [calendar.account_id])
        if stored.changed:
            await self.on_change(
                conn,
                calendar.org_id,
                calendar.account_id,
                [calendar.calendar_id],
                managed_by=managed_by,
                changed_by=application.client_id,
            )

    async def _queue(self, conn: Connection, calendar: Calendar, remote_id: str) -> None:
        key = {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id, "remote_id": remote_id}
        await self.writing.queue(conn, key)


def _own_text_read(calendar: Calendar, remote_id: str, raw: str, addresses: Sequence[str]) -> ParsedResource:
    """Read a text of our own making as those of strangers are read, without a process between."""
    everything = int(timedelta(days=366 * 300).total_seconds())
    request = Request(
        [Item(remote_id, raw)], calendar.tzid, -DAY, everything, list(addresses), MAX_INSTANCES, cpu_seconds=0
    )
    [resource] = answer_request(request).resources
    assert not resource.problem, resource.notices
    return resource


def _title(held: HeldEvent) -> dict[str, Any]:
    """Return what to call an event when it cannot be deleted."""
    return {"summary": held.details[0].get("summary", "") if held.details else ""}
