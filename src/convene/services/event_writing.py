"""Writing applications' events into remote calendars: exactly one event at the place that follows from its UID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convene.formats.event_content import apply_content, content_text, holds
from convene.services.calendar_writing import CalendarWriting, Task, unchanged
from convene.services.connections import queue_sync
from convene.storage import calendars, connections, event_writes
from convene.storage.calendar_writes import Key, Outcome
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection
from convene.storage.event_writes import EventWrite


@dataclass(frozen=True, slots=True)
class _EventIntent:
    """What an application wants to lie at a place; changes to somebody else's event are not written where it is gone."""

    write: EventWrite
    addresses: Sequence[str]

    @property
    def uid(self) -> str:
        return self.write.uid

    @property
    def title(self) -> str:
        return str(self.write.content.get("summary") or "An event")

    @property
    def is_removed(self) -> bool:
        return self.write.is_removed

    @property
    def creates(self) -> bool:
        # A change alone makes no event.
        return self.write.client_id is not None and {"summary", "start"} <= self.write.content.keys()

    def lies_in(self, raw: str) -> bool:
        return holds(raw, self.uid)

    def text(self) -> str:
        return content_text(self.uid, self.write.content, self.write.changed_at, mail_address(self.addresses))

    def applied(self, raw: str) -> str | None:
        return apply_content(
            raw,
            self.uid,
            self.write.content,
            self.write.changed_at,
            owner=mail_address(self.addresses),
            own_addresses=self.addresses,
        )


class EventWritingService(CalendarWriting[EventWrite]):
    outbox = event_writes.OUTBOX
    job = "write_event"

    async def write(self, org_id: str, calendar_id: str, remote_id: str) -> None:
        """Make one place of a remote calendar hold what it shall, if that is due. Safe to call twice."""
        await self.carry_out({"org_id": org_id, "calendar_id": calendar_id, "remote_id": remote_id})

    async def lock(self, conn: Connection, key: Key) -> None:
        # The calendar before its writes, as everybody does who changes its events.
        await calendars.lock_calendar(conn, key["org_id"], key["calendar_id"])

    async def load(self, conn: Connection, write: EventWrite) -> Task[EventWrite] | None:
        calendar = await calendars.get_calendar(conn, write.org_id, write.calendar_id)
        connection = (
            await connections.get_connection(conn, write.org_id, calendar.connection_id) if calendar else None
        )
        if calendar is None or connection is None:
            return None
        intent = _EventIntent(write, addresses_of(connection))
        return Task(write, intent, write.desired_revision, calendar, connection)

    async def abandoned(self, conn: Connection, write: EventWrite) -> Outcome:
        return unchanged(write, "failed", write.desired_revision)

    async def settled(self, conn: Connection, write: EventWrite, state: str, outcome: Outcome) -> None:
        """Once a write is given up, what the calendar itself holds counts again."""
        if state != "failed":
            return
        calendar = await calendars.get_calendar(conn, write.org_id, write.calendar_id)
        if calendar is not None:
            await event_writes.forget_etag(conn, calendar, write.remote_id)
            await calendars.require_full_read(conn, calendar)
            await queue_sync(self.jobs, conn, write.org_id, calendar.connection_id)


def addresses_of(connection: CalendarConnection) -> list[str]:
    """Return the calendar addresses of a connection's owner."""
    return [str(item) for item in connection.profile.get("addresses", [])]


def mail_address(addresses: Sequence[str]) -> str:
    """Return the first mail address among calendar addresses, or ""."""
    mails = (item.removeprefix("mailto:") for item in addresses if item.lower().startswith("mailto:"))
    return next(mails, "")
