"""Events that applications write, upserted and deleted by their own names.

An event under a name is the same for good, so that writing it twice makes one. What an application's links have booked
under a name is written and deleted under it too (`booked_events`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from convene.core.applications import Application
from convene.core.errors import Invalid
from convene.core.ids import is_id
from convene.core.recurrence import MAX_INSTANCES
from convene.core.scopes import DELETE_SCOPES, WRITE_SCOPES
from convene.core.wall_clock import DAY
from convene.formats.event_content import content_text
from convene.formats.parser_messages import Item, ParsedResource, Request
from convene.formats.parser_worker import answer_request
from convene.ports.conferencing import Conferencing
from convene.ports.runtime import Clock
from convene.services.attachments import AttachmentService
from convene.services.booked_events import BookedEvents
from convene.services.calendar_changes import CalendarChanges, Place
from convene.services.calendar_rounds import OWN_UID
from convene.services.event_triggers import EventTriggers
from convene.services.event_writing import addresses_of, mail_address
from convene.services.meeting_place import meeting_place
from convene.storage import attachments, calendars, connections, event_writes, managed_events
from convene.storage.calendars import Calendar
from convene.storage.database import Connection, Database
from convene.storage.managed_events import HeldEvent

_OMITTED_KEEPS = ("conferencing", "attendees", "removed_attendees", "reminders")
"""Members of an application's own event that stay as they were when an upsert leaves them out."""


class ManagedEventService:
    """Args:
    booked: what was booked through the application's links under an event's name.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        conferencing: Conferencing,
        changes: CalendarChanges,
        booked: BookedEvents,
        triggers: EventTriggers,
        files: AttachmentService,
    ) -> None:
        self.db = db
        self.clock = clock
        self.conferencing = conferencing
        self.changes = changes
        self.booked = booked
        self.triggers = triggers
        self.files = files

    async def upsert(
        self, application: Application, calendar_id: str, event_id: str, content: Mapping[str, Any]
    ) -> None:
        """Create the event that the application calls `event_id`, or make it say what `content` says.

        `content` is checked (`api.v1.event_bodies`) and complete but for the members that stay when left out;
        `attachments` are ids.

        Raises:
            Forbidden: scope, or the calendar is read-only. NotFound: no such calendar of this account.
            Invalid: names an attachment that is not the application's.
            Invalid, Conflict: it was booked through a link, which decides its time (`BookedEvents.edit`).
        """
        application.require_scope(*WRITE_SCOPES)
        self.triggers.check(content.get("subscriptions", ()))
        async with self.db.transaction() as conn:
            place = await self.changes.place(conn, application, calendar_id)
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
        place: Place,
        event_id: str,
        held: HeldEvent | None,
        content: Mapping[str, Any],
    ) -> None:
        calendar, now = place.calendar, self.clock()
        uid, remote_id = self._named(application, place, event_id)
        if held is not None:
            uid, remote_id = held.uid, held.remote_id
        subscriptions = content.get("subscriptions")
        told = {name: value for name, value in content.items() if name != "subscriptions"}
        named = content.get("attachments", ())
        told["attachments"] = await self.files.named(conn, application, named)
        wanted = self._completed(place, told, held.content if held else None)
        addresses = addresses_of(place.connection)
        raw = content_text(uid, wanted, now, mail_address(addresses))
        resource = _own_text_read(calendar, remote_id, raw, addresses)
        await self.changes.store(conn, application, place, resource, raw, managed_by=application.client_id)
        await managed_events.set_managed(
            conn, calendar, remote_id, client_id=application.client_id, event_id=event_id, content=wanted
        )
        await attachments.set_event(
            conn, calendar, remote_id, [item["attachment_id"] for item in told["attachments"]]
        )
        if subscriptions is not None or held is None:
            watched = (application.client_id, event_id, wanted, subscriptions or ())
            await self.triggers.put(conn, calendar, *watched)
            if _join_url(wanted) not in ("", _join_url(held.content if held else None)):
                await self.triggers.assigned(conn, calendar, *watched)
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
            await self.changes.queue(conn, calendar, remote_id)

    def _named(self, application: Application, place: Place, event_id: str) -> tuple[str, str]:
        """Return the UID and the place of an application's event: the same for the same name, always."""
        calendar = place.calendar
        name = f"{calendar.org_id}\n{calendar.calendar_id}\n{application.client_id}\n{event_id}"
        uid = sha256(name.encode()).hexdigest()[:40] + OWN_UID
        if place.provider is not None:
            return uid, place.provider.event_id(calendar.remote_id, uid)
        return uid, f"convene-{uid.partition('@')[0]}.ics"

    def _completed(
        self, place: Place, content: Mapping[str, Any], before: Mapping[str, Any] | None
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
            place = await self.changes.place(conn, application, calendar_id)
            held = await managed_events.find_managed(conn, place.calendar, application.client_id, event_id)
            if held is not None:
                await self.changes.remove(conn, application, place, [held])
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
                place = await self.changes.place(conn, application, calendar_id)
                mine = await managed_events.list_managed(conn, place.calendar, application.client_id)
                await self.changes.remove(conn, application, place, mine)


def _own_text_read(calendar: Calendar, remote_id: str, raw: str, addresses: Sequence[str]) -> ParsedResource:
    """Read a text of our own making as those of strangers are read, without a process between."""
    everything = int(timedelta(days=366 * 300).total_seconds())
    request = Request(
        [Item(remote_id, raw)], calendar.tzid, -DAY, everything, list(addresses), MAX_INSTANCES, cpu_seconds=0
    )
    [resource] = answer_request(request).resources
    assert not resource.problem, resource.notices
    return resource


def _join_url(content: Mapping[str, Any] | None) -> str:
    return str(((content or {}).get("conferencing") or {}).get("join_url") or "")
