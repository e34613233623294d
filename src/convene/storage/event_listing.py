"""Reading events page by page, as applications are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from convene.storage.database import Connection, fetch_all
from convene.storage.named_sql import load

_SQL = load("event_listing")

FIRST = datetime(1, 1, 1, tzinfo=UTC)
"""Before every event: where the first page begins."""


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which row a page begins."""

    starts_at: datetime = FIRST
    calendar_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are asked for. Instants half-open; dates are those on which the period's whole days lie.

    with_external, with_managed: those that the application `client_id` does not manage, and those that it does.
    with_unknown, with_requests: time that could not be read, and meetings that a host has yet to accept.
    is_unbounded: its managed events are told whenever they are.
    """

    org_id: str
    account_id: str
    client_id: str
    calendar_ids: Sequence[str]
    builtin_id: str
    since: datetime
    until: datetime
    since_date: date
    until_date: date
    is_unbounded: bool
    with_external: bool
    with_managed: bool
    with_deleted: bool
    with_unknown: bool
    with_requests: bool
    modified_since: datetime | None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """One occurrence. `name` orders those of one start; `remaining` counts this row's page and all later ones.

    kind: busy, tentative, free or unknown. booking_id: of a meeting made here, else "". event_id: the application's own
    name for it.
    """

    calendar_id: str
    name: str
    event_uid: str
    event_id: str | None
    remote_id: str
    component: int
    starts_at: datetime
    ends_at: datetime
    start_date: date | None
    end_date: date | None
    kind: str
    created_at: datetime
    updated_at: datetime
    is_deleted: bool
    booking_id: str
    summary: str
    is_recurring: bool
    remaining: int


@dataclass(frozen=True, slots=True)
class ComponentRow:
    calendar_id: str
    remote_id: str
    uid: str
    component: int
    details: dict[str, Any]
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BookingDetails:
    booking_id: str
    title: str
    note: str
    tzid: str
    conferencing: dict[str, Any] | None
    uid: str
    event_details: dict[str, Any]
    people: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ReadableCalendar:
    calendar_id: str
    tzid: str
    is_writable: bool
    kind: str


async def list_page(conn: Connection, selection: Selection, after: Position, limit: int) -> list[ListedEvent]:
    """Return up to `limit` occurrences behind a position, by start."""
    params = {
        **{name: getattr(selection, name) for name in Selection.__slots__},
        "calendar_ids": list(selection.calendar_ids),
        "after_start": after.starts_at,
        "after_calendar": after.calendar_id,
        "after_name": after.name,
        "limit": limit,
    }
    return await fetch_all(conn, _SQL["list_page"], params, ListedEvent)


async def list_details(
    conn: Connection, org_id: str, events: Sequence[ListedEvent]
) -> dict[tuple[str, str, int], ComponentRow]:
    """Return what is said about the components of these occurrences, by calendar, resource and component."""
    wanted = [event for event in events if event.remote_id and event.event_uid]
    if not wanted:
        return {}
    params = {
        "org_id": org_id,
        "calendar_ids": [event.calendar_id for event in wanted],
        "remote_ids": [event.remote_id for event in wanted],
        "components": [event.component for event in wanted],
    }
    rows = await fetch_all(conn, _SQL["list_details"], params, ComponentRow)
    return {(row.calendar_id, row.remote_id, row.component): row for row in rows}


async def list_booking_details(
    conn: Connection, org_id: str, booking_ids: Sequence[str]
) -> dict[str, BookingDetails]:
    """Return what is said about these bookings, by id."""
    if not booking_ids:
        return {}
    params = {"org_id": org_id, "booking_ids": list(booking_ids)}
    rows = await fetch_all(conn, _SQL["list_booking_details"], params, BookingDetails)
    return {row.booking_id: row for row in rows}


async def list_readable(conn: Connection, org_id: str, account_id: str) -> list[ReadableCalendar]:
    """Return an account's calendars in the order in which they were found."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_readable"], params, ReadableCalendar)
