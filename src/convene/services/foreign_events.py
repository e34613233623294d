"""Events that applications did not write, changed by `event_uid`: edited, deleted, answered.

The change is written into the text that is held, which is read again outside of any transaction; both are stored if nobody
was quicker. A change that is given up in a remote calendar is read back from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convene.core.applications import Application
from convene.core.errors import Conflict, Invalid, NotFound, Unavailable
from convene.core.scopes import DELETE_SCOPES, WRITE_SCOPES
from convene.formats.event_content import apply_content
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.parser_messages import ParsedResource
from convene.ports.runtime import Clock
from convene.services.calendar_changes import CalendarChanges, Place
from convene.services.calendar_rounds import AHEAD, BEHIND, ResourceParser
from convene.services.event_view import ANSWER_SCOPES, EXTERNAL_WRITE_SCOPES
from convene.services.event_writing import addresses_of, mail_address
from convene.storage import event_writes, managed_events
from convene.storage.calendars import Calendar
from convene.storage.database import Connection, Database
from convene.storage.managed_events import HeldEvent

ANSWERS = ("accepted", "tentative", "declined")
_MOST_TRIES = 5


class ForeignEventService:
    def __init__(self, db: Database, clock: Clock, parser: ResourceParser, changes: CalendarChanges) -> None:
        self.db = db
        self.clock = clock
        self.parser = parser
        self.changes = changes

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
            place = await self.changes.place(conn, application, calendar_id)
            held = await self._told(conn, place.calendar, event_uid)
            self._check_external(application, held)
            await self.changes.remove(conn, application, place, [held])

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
                place = await self.changes.place(conn, application, calendar_id)
                held = await self._told(conn, place.calendar, event_uid)
            check(held)
            raw = self._changed_text(place, held, content)
            if raw is None:
                return
            resource = await self._read(place, held, raw)
            async with self.db.transaction() as conn:
                place = await self.changes.place(conn, application, calendar_id)
                if await managed_events.find_told(conn, place.calendar, event_uid) != held:
                    continue
                await self.changes.store(conn, application, place, resource, raw, managed_by=held.client_id)
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
                    await self.changes.queue(conn, place.calendar, held.remote_id)
                return
        raise Unavailable("The event keeps changing while it is written. Try again in a moment.")

    def _changed_text(self, place: Place, held: HeldEvent, content: Mapping[str, Any]) -> str | None:
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

    async def _read(self, place: Place, held: HeldEvent, raw: str) -> ParsedResource:
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

    async def _told(self, conn: Connection, calendar: Calendar, event_uid: str) -> HeldEvent:
        held = await managed_events.find_told(conn, calendar, event_uid)
        if held is None or held.booking_id is not None:
            # A meeting that was booked here belongs to all who take part in it.
            raise NotFound("There is no such event in this calendar that could be changed.")
        return held
