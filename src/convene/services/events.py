"""Reading events and free/busy time for applications, page by page.

A page begins behind the last row of the one before (start, calendar, name), so that nothing is told twice and nothing
is left out that was there all the time, whatever changes meanwhile. A page's name carries the whole question.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec

from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.core.instants import day_bounds, from_seconds, zone
from convene.ports.runtime import Clock
from convene.storage import event_listing
from convene.storage.database import Connection, Database
from convene.storage.event_listing import (
    BookingDetails,
    ComponentRow,
    ListedEvent,
    Position,
    ReadableCalendar,
    Selection,
)

PAGE_SIZE = 100
MAX_CALENDARS = 200
# What is told where no period is asked for.
DEFAULT_BEHIND, DEFAULT_AHEAD = timedelta(days=42), timedelta(days=201)
EVENT_SCOPES = ("read_events", "read_only", "read_write")
FREE_BUSY_SCOPES = (*EVENT_SCOPES, "read_free_busy", "free_busy", "free_busy_write")
_LAST_TOKEN = 32_768


class EventQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an application asks for.

    kind: events or free_busy. since, until: a date (YYYY-MM-DD, a day in `tzid`) or an instant; None for the default.
    modified_since: only what was written since then.
    """

    kind: Literal["events", "free_busy"]
    tzid: str
    since: str | None = None
    until: str | None = None
    calendar_ids: list[str] | None = None
    modified_since: str | None = None
    only_managed: bool = False
    include_managed: bool = False
    include_deleted: bool = False
    include_geo: bool = False
    localized_times: bool = False
    include_userinfo: bool = False


class _Place(msgspec.Struct, array_like=True, frozen=True):
    """A page in what a question asks for: the instant of the question, the page's number, and what it begins behind."""

    question: EventQuestion
    now: datetime
    number: int
    starts_at: datetime
    calendar_id: str
    name: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page. `next_token` names the next one; `details` and `bookings` say what there is to say about `events`."""

    question: EventQuestion
    events: Sequence[ListedEvent]
    details: dict[tuple[str, str, int], ComponentRow]
    bookings: dict[str, BookingDetails]
    calendars: dict[str, ReadableCalendar]
    current: int
    total: int
    next_token: str | None


class EventService:
    def __init__(self, db: Database, clock: Clock, page_size: int = PAGE_SIZE) -> None:
        self.db = db
        self.clock = clock
        self.page_size = page_size

    async def first_page(self, application: Application, question: EventQuestion) -> EventPage:
        """Return the first page of the application's account.

        Raises:
            Forbidden: the token reads no events, or only free/busy time.
            Invalid: `from`, `to`, `calendar_ids`.
        """
        return await self._page(application, _Place(question, self.clock(), 1, event_listing.FIRST, "", ""))

    async def further_page(
        self, application: Application, kind: Literal["events", "free_busy"], token: str
    ) -> EventPage:
        """Return the page that an earlier one named; `NotFound` if nothing is called that."""
        place = _read(token)
        if place is None or place.question.kind != kind:
            raise NotFound("There is no such page. Ask again without one.")
        return await self._page(application, place)

    async def _page(self, application: Application, place: _Place) -> EventPage:
        question = place.question
        is_free_busy = question.kind == "free_busy"
        application.require_scope(*(FREE_BUSY_SCOPES if is_free_busy else EVENT_SCOPES))
        application.require_permission("agenda")
        async with self.db.transaction() as conn:
            readable = await event_listing.list_readable(conn, application.org_id, application.sub)
            selection = _selection(application, question, readable, place.now)
            after = Position(place.starts_at, place.calendar_id, place.name)
            found = await event_listing.list_page(conn, selection, after, self.page_size)
            details, bookings = await self._said(conn, application, found) if not is_free_busy else ({}, {})
        remaining = found[0].remaining if found else 0
        pages = max(1, -(-remaining // self.page_size))
        has_more = remaining > len(found)
        return EventPage(
            question=question,
            events=found,
            details=details,
            bookings=bookings,
            calendars={item.calendar_id: item for item in readable},
            current=place.number,
            total=place.number - 1 + pages,
            next_token=_written(place, found[-1]) if has_more else None,
        )

    async def _said(
        self, conn: Connection, application: Application, found: Sequence[ListedEvent]
    ) -> tuple[dict[tuple[str, str, int], ComponentRow], dict[str, BookingDetails]]:
        details = await event_listing.list_details(conn, application.org_id, found)
        booking_ids = sorted({event.booking_id for event in found if event.booking_id})
        return details, await event_listing.list_booking_details(conn, application.org_id, booking_ids)


def _selection(
    application: Application, question: EventQuestion, readable: Sequence[ReadableCalendar], now: datetime
) -> Selection:
    since, since_date = _bound(question.since, question.tzid, now - DEFAULT_BEHIND, "from")
    until, until_date = _bound(question.until, question.tzid, now + DEFAULT_AHEAD, "to")
    if until <= since:
        raise Invalid("to", "to must lie after from.")
    held = [item.calendar_id for item in readable]
    wanted = held if question.calendar_ids is None else question.calendar_ids
    unknown = [item for item in wanted if item not in held]
    if unknown:
        raise Invalid(
            "calendar_ids",
            f"calendar_ids: {unknown[0][:60]!r} is no calendar of this account.",
            code="not_found",
        )
    return Selection(
        org_id=application.org_id,
        account_id=application.sub,
        client_id=application.client_id,
        calendar_ids=wanted,
        builtin_id=next((item.calendar_id for item in readable if item.kind == "builtin"), ""),
        since=since,
        until=until,
        since_date=since_date,
        until_date=until_date,
        is_unbounded=question.since is None and question.until is None,
        with_external=not question.only_managed,
        with_managed=question.only_managed or question.include_managed,
        with_deleted=question.include_deleted,
        with_unknown=question.kind == "free_busy"
        and question.modified_since is None
        and not question.only_managed,
        with_requests=question.kind == "free_busy",
        modified_since=None
        if question.modified_since is None
        else _instant(question.modified_since, question.tzid),
    )


def _bound(text: str | None, tzid: str, default: datetime, field: str) -> tuple[datetime, date]:
    """Return an end of the period as an instant, and the first date whose day begins no earlier in the zone."""
    instant = default if text is None else _instant(text, tzid)
    try:
        local = instant.astimezone(zone(tzid))
    except OverflowError:
        raise Invalid(field, f"{field} is too far away.") from None
    starts_day = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return instant, local.date() if starts_day else local.date() + timedelta(days=1)


def _instant(text: str, tzid: str) -> datetime:
    """Return the instant of a time, or of the midnight with which a date begins in a zone."""
    if len(text) == len("2027-01-12"):
        return from_seconds(day_bounds(date.fromisoformat(text), tzid)[0])
    return datetime.fromisoformat(text).astimezone(UTC)


def _written(place: _Place, last: ListedEvent) -> str:
    after = _Place(place.question, place.now, place.number + 1, last.starts_at, last.calendar_id, last.name)
    return base64.urlsafe_b64encode(msgspec.json.encode(after)).decode().rstrip("=")


def _read(token: str) -> _Place | None:
    if len(token) > _LAST_TOKEN:
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        place = msgspec.json.decode(raw, type=_Place)
        question = place.question
        zone(question.tzid)
        for text in (question.since, question.until, question.modified_since):
            if text is not None and not 1970 <= _instant(text, question.tzid).year <= 2200:
                return None
        is_aware = place.now.tzinfo is not None and place.starts_at.tzinfo is not None
        is_sound = 1 < place.number < 1_000_000 and is_aware and 1970 <= place.now.year <= 2199
        is_short = (
            len(question.calendar_ids or ()) <= MAX_CALENDARS and "\x00" not in place.name + place.calendar_id
        )
        return place if is_sound and is_short else None
    except (binascii.Error, msgspec.DecodeError, ValueError, OverflowError, LookupError, TypeError):
        return None
