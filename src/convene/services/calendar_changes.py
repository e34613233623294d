"""Changes of one calendar's events by applications: locked, stored, told, and put into the outbox, in one transaction.

A change counts at once: the event's row, busy time and occurrences are stored together. For a remote calendar the same
transaction says in its outbox what shall lie there; `event_writing` makes it so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from convene.core.applications import Application
from convene.core.errors import Forbidden, NotFound
from convene.core.ids import is_id
from convene.formats.parser_messages import ParsedResource
from convene.ports.calendars import CalendarProvider
from convene.ports.runtime import Clock
from convene.services.calendar_listeners import NotifyAvailability
from convene.services.event_rows import delete_rows, details_of, occurrences_of, store_rows
from convene.services.event_writing import EventWritingService
from convene.storage import calendars, connections, event_writes, events
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection
from convene.storage.events import NewEvent
from convene.storage.managed_events import HeldEvent
from convene.storage.occurrences import Stored

_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


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
class Place:
    """A calendar that the caller may write, locked, with its connection."""

    calendar: Calendar
    connection: CalendarConnection
    provider: CalendarProvider | None


class CalendarChanges:
    """Args:
    writing: the outbox towards remote calendars.
    on_change: told of every change that readers see.
    """

    def __init__(
        self,
        clock: Clock,
        providers: Mapping[str, CalendarProvider],
        writing: EventWritingService,
        *,
        notify_availability: NotifyAvailability,
        on_change: OnManagedChange,
    ) -> None:
        self.clock = clock
        self.providers = providers
        self.writing = writing
        self.notify_availability = notify_availability
        self.on_change = on_change

    async def place(self, conn: Connection, application: Application, calendar_id: str) -> Place:
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
        return Place(calendar, connection, provider)

    async def store(
        self,
        conn: Connection,
        application: Application,
        place: Place,
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

    async def remove(
        self, conn: Connection, application: Application, place: Place, found: Sequence[HeldEvent]
    ) -> None:
        """Delete events with their time, and tell."""
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
                await self.queue(conn, calendar, item.remote_id)
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

    async def queue(self, conn: Connection, calendar: Calendar, remote_id: str) -> None:
        """Have what the outbox says about an event written soon."""
        key = {"org_id": calendar.org_id, "calendar_id": calendar.calendar_id, "remote_id": remote_id}
        await self.writing.queue(conn, key)


def _title(held: HeldEvent) -> dict[str, Any]:
    """Return what to call an event when it cannot be deleted."""
    return {"summary": held.details[0].get("summary", "") if held.details else ""}
