"""Changing how a connected account is used, and what follows at once from each choice.

Reading only: its meetings live in the built-in calendar from then on; what lies at the service is left alone. Writing only:
none of its calendars blocks any more. Back from that: those that are its owner's own do.
"""

from __future__ import annotations

from collections.abc import Mapping

from convene.core.calendar_policy import Policy, changed_policy, policy_json, policy_of
from convene.core.errors import Conflict
from convene.core.permissions import Caller
from convene.services.connection_views import ConnectionView
from convene.services.connections import ConnectionService, queue_sync
from convene.storage import audit, booking_writes, bookings, calendar_conflicts, calendars, connections
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection


class ConnectionPolicies:
    def __init__(self, service: ConnectionService) -> None:
        self.service = service
        self.db = service.db
        self.clock = service.clock

    async def change(
        self, caller: Caller, connection_id: str, changes: Mapping[str, str | None]
    ) -> ConnectionView:
        """Change some choices of a connection; None leaves one.

        Raises:
            NotFound: anybody else's connection.
            Invalid: `policy.<member>`.
            Conflict: the built-in calendar has no choices.
        """
        caller.require("calendars:write")
        async with self.db.transaction() as conn:
            await connections.lock_account(conn, caller.org_id, caller.member_id)
            view = await self.service.view(conn, caller, connection_id)
            row, before = view.row, policy_of(view.row.policy)
            after = changed_policy(before, changes)
            if row.kind == "builtin":
                raise Conflict("The built-in calendar is read and written always.")
            if after != before:
                await connections.set_policy(conn, row.org_id, row.connection_id, policy_json(after))
                await self._follow(conn, caller, view, before, after)
                told = {f"from_{name}": word for name, word in policy_json(before).items()}
                told |= {f"to_{name}": word for name, word in policy_json(after).items()}
                await audit.append(
                    conn,
                    caller,
                    "calendar_connection.policy_changed",
                    now=self.clock(),
                    target=connection_id,
                    detail=told,
                )
            return await self.service.view(conn, caller, connection_id)

    async def _follow(
        self, conn: Connection, caller: Caller, view: ConnectionView, before: Policy, after: Policy
    ) -> None:
        if before.writes and not after.writes:
            await self._stop_writing(conn, caller, view.row)
        if before.reads != after.reads:
            for item in view.calendars:
                # A colleague's calendar that is shown beside takes nobody's time: it was not checked, and is not now.
                is_checked = after.reads and (item.is_writable or view.row.kind == "ics")
                await calendars.set_checked(conn, caller.org_id, item.calendar_id, is_checked)
            await self.service.notify_availability(conn, caller.org_id, [caller.member_id])
        if after.reads:
            await queue_sync(self.service.jobs, conn, caller.org_id, view.row.connection_id)

    async def _stop_writing(self, conn: Connection, caller: Caller, row: CalendarConnection) -> None:
        now = self.clock()
        placed = await booking_writes.list_placed(conn, row.org_id, row.connection_id, now)
        # The order of all who touch these rows: bookings, their writes, connections.
        ids = sorted({item.booking_id for item in placed})
        for booking_id in ids:
            await bookings.lock_booking(conn, row.org_id, booking_id)
        await booking_writes.detach_writes(conn, row.org_id, row.connection_id, now)
        await calendar_conflicts.close_of_connection(
            conn, row.org_id, row.connection_id, caller.member_id, now
        )
        target = await calendars.get_target(conn, row.org_id, row.account_id)
        if target is not None and target.connection_id == row.connection_id:
            await calendars.clear_target(conn, row.org_id, row.account_id)
            await calendars.set_builtin_target(conn, row.org_id, row.account_id)
        for booking_id in ids:
            await booking_writes.bump_sync_revision(conn, row.org_id, booking_id)
            await self.service.on_synced(conn, row.org_id, booking_id)
