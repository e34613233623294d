"""How connected accounts do: all of an organisation for its administrators, and what hangs on one for its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convene.core.permissions import Caller
from convene.services.connections import ConnectionService
from convene.storage import booking_writes, calendar_push, connections
from convene.storage.booking_writes import Coming
from convene.storage.connections import Health

MOST_LISTED = 1_000
COMING_LISTED = 10


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """One account, and whether its service tells of changes: `active`, `unsupported` or `off`."""

    row: Health
    push: str


class CalendarHealthService:
    def __init__(self, service: ConnectionService) -> None:
        self.service = service
        self.db = service.db
        self.clock = service.clock

    async def everybody(self, caller: Caller) -> list[AccountHealth]:
        """Return all accounts of the organisation at calendar services, those in trouble first. For administrators."""
        caller.require("organization:manage")
        async with self.db.connection() as conn:
            rows = await connections.list_health(conn, caller.org_id, MOST_LISTED)
            ids = [row.connection_id for row in rows]
            push = await calendar_push.push_of(conn, caller.org_id, ids, self.clock())
        return [AccountHealth(row, push.get(row.connection_id, "off")) for row in rows]

    async def coming(self, caller: Caller, connection_id: str) -> Sequence[Coming]:
        """Return the next ten meetings that lie in a connection's calendars, each with how many there are."""
        caller.require("calendars:read")
        async with self.db.connection() as conn:
            await self.service.view(conn, caller, connection_id)
            return await booking_writes.list_coming(
                conn, caller.org_id, connection_id, self.clock(), COMING_LISTED
            )
