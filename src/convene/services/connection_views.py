"""A member's calendar connections as they are shown: with their calendars, what is known of their reading, and push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.core.errors import NotFound
from convene.core.ids import is_id
from convene.storage import calendars, connections
from convene.storage.calendar_push import PushHealth, push_of
from convene.storage.calendars import Calendar
from convene.storage.connection_facts import ConnectionFacts, list_facts
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection with its calendars, and what is told beside its state."""

    row: CalendarConnection
    calendars: Sequence[Calendar]
    facts: ConnectionFacts
    push: PushHealth


async def list_views(conn: Connection, org_id: str, account_id: str, now: datetime) -> list[ConnectionView]:
    """Return a member's connections, the built-in one first."""
    rows = await connections.list_connections(conn, org_id, account_id)
    return await _views(conn, org_id, rows, now)


async def get_view(
    conn: Connection, org_id: str, account_id: str, connection_id: str, now: datetime
) -> ConnectionView:
    """Return one connection of a member; `NotFound` for anybody else's."""
    row = (
        await connections.get_connection(conn, org_id, connection_id) if is_id(connection_id, "pro") else None
    )
    if row is None or row.account_id != account_id:
        raise NotFound("There is no such calendar connection.")
    [view] = await _views(conn, org_id, [row], now)
    return view


async def _views(
    conn: Connection, org_id: str, rows: Sequence[CalendarConnection], now: datetime
) -> list[ConnectionView]:
    ids = [row.connection_id for row in rows]
    found = await calendars.list_calendars(conn, org_id, ids)
    facts = await list_facts(conn, org_id, ids)
    push = await push_of(conn, org_id, ids, now)
    return [
        ConnectionView(
            row,
            [item for item in found if item.connection_id == row.connection_id],
            facts[row.connection_id],
            push[row.connection_id],
        )
        for row in rows
    ]
