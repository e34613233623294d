"""What the owner of a connection is shown beside its state: how far its first reading is, and what waits to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convene.storage.database import Connection, fetch_all
from convene.storage.named_sql import load

_SQL = load("connection_facts")


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """`calendars` are those that are read, `calendars_read` those of them that were read at least once.

    `events_read` is counted while the connection is `connecting` only. `waiting_writes`: meetings that its calendars do
    not hold yet.
    """

    connection_id: str
    calendars: int
    calendars_read: int
    events_read: int
    waiting_writes: int


async def list_facts(
    conn: Connection, org_id: str, connection_ids: Sequence[str]
) -> dict[str, ConnectionFacts]:
    """Return the facts of some connections, by id."""
    params = {"org_id": org_id, "connection_ids": list(connection_ids)}
    rows = await fetch_all(conn, _SQL["list_facts"], params, ConnectionFacts)
    return {row.connection_id: row for row in rows}
