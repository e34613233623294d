"""What becomes of meetings and of what was written when a calendar account is disconnected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import anyio

from convene.core.permissions import Caller
from convene.ports.calendars import CalendarProvider, ProviderError
from convene.services.calendar_listeners import NotifyAvailability, OnProfile, OnSynced
from convene.services.calendar_tokens import CalendarTokens
from convene.storage import booking_writes, bookings, calendar_conflicts, calendars, connections
from convene.storage.booking_writes import Placed
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection

REMOVAL_SECONDS = 20.0


class Leaving:
    """Args:
    providers: by kind.
    """

    def __init__(
        self,
        tokens: CalendarTokens,
        providers: Mapping[str, CalendarProvider],
        *,
        notify_availability: NotifyAvailability,
        on_synced: OnSynced,
        on_profile: OnProfile | None,
    ) -> None:
        self.tokens = tokens
        self.providers = providers
        self.notify_availability = notify_availability
        self.on_synced = on_synced
        self.on_profile = on_profile

    async def forget(
        self,
        conn: Connection,
        caller: Caller,
        row: CalendarConnection,
        placed: Sequence[Placed],
        now: datetime,
    ) -> None:
        """Delete a connection of the caller's; meetings live in the built-in calendar from then on."""
        org_id, account_id, connection_id = row.org_id, caller.member_id, row.connection_id
        # The order of all who touch these rows: bookings, their writes, connections.
        for booking_id in sorted({item.booking_id for item in placed}):
            await bookings.lock_booking(conn, org_id, booking_id)
        await booking_writes.detach_writes(conn, org_id, connection_id, now)
        await calendar_conflicts.close_of_connection(conn, org_id, connection_id, account_id, now)
        await connections.delete_connection(conn, org_id, connection_id)
        await calendars.set_builtin_target(conn, org_id, account_id)
        for item in placed:
            await booking_writes.bump_sync_revision(conn, org_id, item.booking_id)
            await self.on_synced(conn, org_id, item.booking_id)
        await self.notify_availability(conn, org_id, [account_id])
        if self.on_profile is not None:
            await self.on_profile(conn, org_id, account_id, connection_id, is_connected=False)

    async def remove_events(self, row: CalendarConnection, placed: Sequence[Placed]) -> None:
        """Delete events of ours at the service, as far as it lets us within 20 seconds."""
        provider = self.providers[row.kind]
        with anyio.move_on_after(REMOVAL_SECONDS):
            for item in placed:
                try:
                    credentials = await self.tokens.credentials(row)
                    place = item.remote_id or provider.event_id(item.calendar_remote_id, item.uid)
                    await provider.delete_event(credentials, item.calendar_remote_id, place, "")
                except ProviderError as error:
                    if error.kind == "reauth":
                        return
