"""Meetings booked through links, as their applications write and delete events: by names of their own.

To an application a booked meeting is an event of its own like any other. Writing it anew changes what it says, in every
calendar that it is in; with another time it moves the meeting there (`booked_times`). Deleting it cancels the booking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from convene.core.applications import Application
from convene.core.errors import Conflict, Invalid
from convene.core.permissions import Caller
from convene.services.booked_times import BookedTimes
from convene.services.booking_events import BookingEvents
from convene.services.link_changes import LinkChanges
from convene.services.link_events import said
from convene.services.link_view import attending_of
from convene.storage import bookings, links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection

_STAYS = ("guests", "seats", "series", "organizer", "attendees")
"""Members of `booking.event_details` that say who comes, not what the event says."""


class BookedEvents:
    def __init__(self, changes: LinkChanges) -> None:
        self.db = changes.db
        self.clock = changes.clock
        self.events: BookingEvents = changes.events
        self.changes = changes
        self.times = BookedTimes(changes.times.queries, changes.events, changes.clock)

    async def is_booked(
        self, conn: Connection, application: Application, calendar_id: str, event_id: str
    ) -> bool:
        """Whether the application's links have booked something under this name in this calendar."""
        return bool(await _booked(conn, application, event_id, calendar_id))

    async def edit(
        self, application: Application, calendar_id: str, event_id: str, content: Mapping[str, Any]
    ) -> None:
        """Make the booked meeting say what `content` says (complete, as `ManagedEventService.upsert` takes it).

        Raises:
            Invalid: `start` or `end`, where the meeting cannot be moved there; `attendees` or `conferencing`, where they
                are not the booking's; `attachments` and `subscriptions`, which it cannot have.
            Conflict: `several_bookings` have this name, or it was cancelled meanwhile.
        """
        async with self.db.transaction() as conn:
            found = await self._lock(conn, application, event_id, calendar_id)
            if len(found) != 1:
                raise Conflict(
                    f"{len(found)} meetings are booked under this event_id. Give each link an event_id of its own.",
                    code="several_bookings",
                )
            [row] = found
            start, end = _wanted_times(content)
            _check_kept(row, content)
            rooms = (await bookings.list_rooms(conn, row.org_id, [row.booking_id]))[row.booking_id]
            title = content["summary"] or row.title
            details = _details(row, content, application.sub, has_rooms=bool(rooms))
            if (title, details) != (row.title, {**row.event_details, "is_edited": True}):
                await links.update_event(conn, row, title, details, application.sub, self.clock())
                await self.events.follow(conn, _caller(application), row.booking_id, "edited")
            if (start, end) != (row.starts_at, row.ends_at):
                link = await links.find_link(conn, row.org_id, row.link_id or "")
                assert link is not None
                await self.times.move(conn, _caller(application), link, row, start, end)

    async def cancel(self, application: Application, event_id: str) -> None:
        """Cancel what the application's links have booked under this name in the account's calendars, if anything."""
        async with self.db.transaction() as conn:
            for row in await self._lock(conn, application, event_id, None):
                await self.changes.cancel_row(conn, row, _caller(application), "")

    async def _lock(
        self, conn: Connection, application: Application, event_id: str, calendar_id: str | None
    ) -> Sequence[BookingRow]:
        """Lock the links, the people, then the confirmed bookings of this name."""
        ids = await _booked(conn, application, event_id, calendar_id)
        if not ids:
            return []
        found = [await bookings.find_booking(conn, application.org_id, booking_id) for booking_id in ids]
        rows = [row for row in found if row is not None]
        for link_id in sorted({row.link_id for row in rows if row.link_id}):
            await links.lock_link(conn, application.org_id, link_id)
        attending = await attending_of(conn, rows)
        people = dict.fromkeys(sub for subs in attending.values() for sub in subs)
        await bookings.lock_people(conn, application.org_id, list(people))
        locked = [await bookings.lock_booking(conn, application.org_id, booking_id) for booking_id in ids]
        return [row for row in locked if row is not None and row.state == "confirmed"]


async def _booked(
    conn: Connection, application: Application, event_id: str, calendar_id: str | None
) -> list[str]:
    return await links.list_event_bookings(
        conn, application.org_id, application.client_id, application.sub, event_id, calendar_id
    )


def _caller(application: Application) -> Caller:
    return Caller(application.org_id, "system", application.sub, ip=application.ip or None)


def _wanted_times(content: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if len(content["start"]) == len("2027-01-12"):
        raise Invalid(
            "start", "start: a meeting that was booked through a link begins at a time; send one, not a date."
        )
    return datetime.fromisoformat(content["start"]), datetime.fromisoformat(content["end"])


def _check_kept(row: BookingRow, content: Mapping[str, Any]) -> None:
    """Raise `Invalid` for what an event's text cannot change: who comes, and where it is held online."""
    if content.get("subscriptions"):
        raise Invalid(
            "subscriptions",
            "subscriptions: what becomes of a meeting that was booked through a link its callback tells.",
        )
    if content.get("attachments"):
        raise Invalid(
            "attachments", "attachments: a meeting that was booked through a link cannot name files."
        )
    here = {person["email"].lower() for person in row.event_details.get("guests", ())}
    here |= {person["email"].lower() for person in row.event_details.get("attendees", ())}
    invited = {person["email"].lower() for person in content.get("attendees", ())}
    if invited - here or here & set(content.get("removed_attendees", ())):
        raise Invalid("attendees", "attendees: who comes to a meeting that was booked through a link stays.")
    held_at = (row.conferencing or {}).get("join_url", "")
    if _join_url(content.get("conferencing"), held_at) != held_at:
        raise Invalid(
            "conferencing", "conferencing: where a meeting that was booked through a link is held stays."
        )


def _join_url(wanted: Mapping[str, Any] | None, held_at: str) -> str | None:
    """Return the address that is asked for; None for one that would have to be made."""
    if wanted is None:
        return held_at
    if wanted["profile_id"] == "none":
        return ""
    return str(wanted.get("join_url") or held_at) or None


def _details(row: BookingRow, content: Mapping[str, Any], sub: str, *, has_rooms: bool) -> dict[str, Any]:
    """Return `booking.event_details` with the new text, and without what was said otherwise in this calendar."""
    before = row.event_details
    template = {name: content[name] for name in content if name != "reminders"}
    details = {name: before[name] for name in _STAYS if name in before} | said(template)
    details["is_edited"] = True  # the guest's page tells this instead of what the link says
    if "of" in before:
        details["of"] = {name: text for name, text in before["of"].items() if name != sub}
    if details.get("transparency") == "opaque" and "transparency" not in before:
        del details["transparency"]  # what every meeting is
    if has_rooms and not details.get("location") and before.get("location"):
        details["location"] = before["location"]
    reminders = before.get("reminders")
    if "reminders" in content and not content.get("reminders_create_only"):
        reminders = content["reminders"]
    return {**details, "reminders": list(reminders)} if reminders else details
