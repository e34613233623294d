"""Calendar connections: connect, show, choose what blocks and what is written, reconnect, disconnect.

Servers are asked before a transaction begins; what is stored is stored at once. Reading events is the business of
`services.sync`, queued here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from convene.core.calendar_policy import policy_of
from convene.core.errors import Conflict, Invalid, NotFound, RateLimited
from convene.core.permissions import Caller
from convene.ports.calendar_oauth import SignsInElsewhere
from convene.ports.calendars import CalendarProvider, Credentials, Discovery, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.security.tokens import new_id
from convene.services.calendar_credentials import (
    credentials_typed,
    is_same_account,
    secret_context,
)
from convene.services.calendar_listeners import NotifyAvailability, OnProfile, OnSynced
from convene.services.calendar_listing import store_listing
from convene.services.calendar_tokens import CalendarTokens
from convene.services.connection_leaving import Leaving
from convene.services.connection_views import ConnectionView, get_view, list_views
from convene.storage import (
    audit,
    booking_writes,
    calendars,
    connections,
    event_writes,
    rate_limits,
)
from convene.storage.calendar_push import Channel
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database
from convene.storage.rate_limits import Limit

MAX_CONNECTIONS = 20
# Trying addresses and passwords here must be no way to explore networks or guess at other people's accounts.
SIGN_INS = Limit(30, 3600)


class ClosesChannels(Protocol):
    """Takes leave of services that tell us of changes (`services.calendar_push`)."""

    async def list_channels(self, conn: Connection, row: CalendarConnection) -> list[Channel]: ...

    async def close(self, row: CalendarConnection, channels: Sequence[Channel]) -> None: ...


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What to change of one calendar; None leaves it."""

    calendar_id: str
    is_checked: bool | None = None
    is_target: bool | None = None


async def queue_sync(jobs: JobQueue, conn: Connection, org_id: str, connection_id: str) -> None:
    """Queue a read of a connection: rounds of one connection never overlap, and requests pile up to one."""
    key = f"sync:{connection_id}"
    args = {"org_id": org_id, "connection_id": connection_id}
    await jobs.defer(conn, "sync_connection", args, lock=key, queueing_lock=key)


class ConnectionService:
    """Args:
    providers: by kind (`caldav`, ...).
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        *,
        notify_availability: NotifyAvailability,
        on_synced: OnSynced,
        on_profile: OnProfile | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.providers = providers
        self.tokens = CalendarTokens(db, clock, sealer, providers)
        self.notify_availability = notify_availability
        self.on_synced = on_synced
        self.on_profile = on_profile
        self.push: ClosesChannels | None = None
        self.leaving = Leaving(
            self.tokens,
            providers,
            notify_availability=notify_availability,
            on_synced=on_synced,
            on_profile=on_profile,
        )

    # -- reading

    async def mine(self, caller: Caller) -> list[ConnectionView]:
        """Return the member's connections, the built-in one first."""
        caller.require("calendars:read")
        async with self.db.connection() as conn:
            return await list_views(conn, caller.org_id, caller.member_id, self.clock())

    async def get(self, caller: Caller, connection_id: str) -> ConnectionView:
        """Return one connection of the member; `NotFound` for anybody else's."""
        caller.require("calendars:read")
        async with self.db.connection() as conn:
            return await self.view(conn, caller, connection_id)

    async def view(self, conn: Connection, caller: Caller, connection_id: str) -> ConnectionView:
        """Return one connection of the member as it is in this transaction; `NotFound` for anybody else's."""
        return await get_view(conn, caller.org_id, caller.member_id, connection_id, self.clock())

    # -- connecting

    async def connect(
        self,
        caller: Caller,
        *,
        kind: str,
        url: str,
        username: str,
        password: str,
        label: str = "",
        access: str = "",
    ) -> ConnectionView:
        """Sign in, list the calendars and remember them; every one blocks, the first writable may become the target.

        A feed (`ics`) has only a `url`, which is kept sealed. access: `busy` for an account (`caldav`) of which nothing
        but busy times is asked for.

        Raises:
            Invalid: `url` (not reachable, nothing there, not allowed, cannot tell busy times alone), `password` (refused),
                `kind`, `access`.
            Conflict: connected already, or too many connections.
        """
        caller.require("calendars:write")
        provider = self.providers.get(kind)
        if provider is None or isinstance(provider, SignsInElsewhere):
            typable = (
                name for name, one in sorted(self.providers.items()) if not isinstance(one, SignsInElsewhere)
            )
            raise Invalid("kind", f"kind must be one of: {', '.join(typable)}.")
        if access not in (("", "busy") if kind == "caldav" else ("",)):
            raise Invalid("access", "access may be busy, for an account of kind caldav, or left out.")
        typed = credentials_typed(kind, url, username, password, access)
        await self._check_room(caller, kind, typed)
        found = await self._discovered(caller, provider, typed)
        return await self.remember(
            caller, kind, typed, label or typed.username or found.calendars[0].name, found
        )

    async def remember(
        self, caller: Caller, kind: str, typed: Credentials, label: str, found: Discovery
    ) -> ConnectionView:
        """Store a new connection with what discovery found, and queue its first read. Raises as `connect` does."""
        connection_id, now = new_id("connection"), self.clock()
        async with self.db.transaction() as conn:
            if await connections.lock_account(conn, caller.org_id, caller.member_id) is None:
                raise NotFound("There is no such account.")
            await self._check_room_in(conn, caller, kind, typed)
            await connections.insert_connection(
                conn,
                org_id=caller.org_id,
                connection_id=connection_id,
                account_id=caller.member_id,
                kind=kind,
                label=label,
                url=typed.url,
                username=typed.username,
                secret=self.sealer.seal(typed.secret, *secret_context(caller.org_id, connection_id)),
                state="connecting",
                next_poll_at=now,
                now=now,
            )
            await self._list(conn, caller, connection_id, found)
            await self._adopt_target(conn, caller, connection_id)
            await queue_sync(self.jobs, conn, caller.org_id, connection_id)
            # A calendar that was never read is not free.
            await self.notify_availability(conn, caller.org_id, [caller.member_id])
            await audit.append(
                conn,
                caller,
                "calendar_connection.created",
                now=now,
                target=connection_id,
                detail={"kind": kind, "url": typed.url, "calendars": len(found.calendars)},
            )
            return await self.view(conn, caller, connection_id)

    async def _discovered(
        self, caller: Caller, provider: CalendarProvider, credentials: Credentials
    ) -> Discovery:
        """Discover, with failures as errors of the request's fields. Attempts are counted per person."""
        async with self.db.transaction() as conn:
            bucket = f"calendar_sign_in:{caller.org_id}:{caller.member_id}"
            wait = await rate_limits.take(conn, bucket, SIGN_INS, self.clock())
        if wait:
            raise RateLimited(
                "Too many attempts to connect a calendar. Wait a little.", retry_after_seconds=wait
            )
        try:
            return await provider.discover(credentials)
        except ProviderError as error:
            field = "password" if error.kind == "reauth" else "url"
            raise Invalid(field, error.detail, reason=error.code) from error

    async def _check_room(self, caller: Caller, kind: str, typed: Credentials) -> None:
        async with self.db.connection() as conn:
            await self._check_room_in(conn, caller, kind, typed)

    async def _check_room_in(self, conn: Connection, caller: Caller, kind: str, typed: Credentials) -> None:
        rows = await connections.list_connections(conn, caller.org_id, caller.member_id)
        if sum(row.kind != "builtin" for row in rows) >= MAX_CONNECTIONS:
            raise Conflict(f"At most {MAX_CONNECTIONS} calendar connections. Disconnect one first.")
        for row in rows:
            if is_same_account(self.sealer, row, kind, typed):
                told = (
                    "This address is subscribed to already."
                    if kind == "ics"
                    else "This account is connected already. Change its password there instead."
                )
                raise Conflict(told, connection_id=row.connection_id)

    async def _list(
        self, conn: Connection, caller: Caller, connection_id: str, found: Discovery, *, blocks: bool = True
    ) -> None:
        await store_listing(
            conn,
            org_id=caller.org_id,
            account_id=caller.member_id,
            connection_id=connection_id,
            found=found,
            now=self.clock(),
            blocks=blocks,
        )

    async def _adopt_target(self, conn: Connection, caller: Caller, connection_id: str) -> None:
        """Write bookings to the first real calendar that a person connects, if nothing real was chosen before."""
        target = await calendars.get_target(conn, caller.org_id, caller.member_id)
        if target is not None:
            place = await connections.get_connection(conn, caller.org_id, target.connection_id)
            if place is not None and place.kind != "builtin":
                return
        for item in await calendars.list_calendars(conn, caller.org_id, [connection_id]):
            if item.is_writable:
                await calendars.set_target(conn, caller.org_id, caller.member_id, item.calendar_id)
                return

    # -- changing

    async def change(
        self,
        caller: Caller,
        connection_id: str,
        *,
        label: str | None = None,
        password: str | None = None,
        url: str | None = None,
        changes: Sequence[CalendarChange] = (),
    ) -> ConnectionView:
        """Rename, reconnect with a new password (a feed: with a new address), choose which calendars block and which
        one is written.

        Raises:
            Invalid: `password` (refused), `url` (not reachable), `calendars` (not of this connection, read-only).
        """
        caller.require("calendars:write")
        async with self.db.connection() as conn:
            view = await self.view(conn, caller, connection_id)
        typed = _typed_anew(view.row, password, url)
        found = await self._tried(caller, view.row, typed) if typed is not None else None
        now = self.clock()
        async with self.db.transaction() as conn:
            await connections.lock_account(conn, caller.org_id, caller.member_id)
            view = await self.view(conn, caller, connection_id)
            if typed is not None:
                await booking_writes.OUTBOX.wake(conn, caller.org_id, connection_id, now)
                await event_writes.OUTBOX.wake(conn, caller.org_id, connection_id, now)
            if label is not None:
                await connections.set_label(conn, caller.org_id, connection_id, label or view.row.username)
            if typed is not None and found is not None:
                sealed = self.sealer.seal(typed.secret, *secret_context(caller.org_id, connection_id))
                await connections.set_secret(conn, view.row, sealed, now, url=typed.url)
                blocks = policy_of(view.row.policy).reads
                await self._list(conn, caller, connection_id, found, blocks=blocks)
                await queue_sync(self.jobs, conn, caller.org_id, connection_id)
            if changes:
                await self._choose(conn, caller, view, changes)
            await audit.append(
                conn,
                caller,
                "calendar_connection.changed",
                now=now,
                target=connection_id,
                detail={"reconnected": typed is not None, "calendars": len(changes)},
            )
            return await self.view(conn, caller, connection_id)

    async def _tried(self, caller: Caller, row: CalendarConnection, typed: Credentials) -> Discovery:
        provider = self.providers.get(row.kind)
        if provider is None:
            raise Invalid("password", "This calendar needs no password.")
        return await self._discovered(caller, provider, typed)

    async def _choose(
        self, conn: Connection, caller: Caller, view: ConnectionView, changes: Sequence[CalendarChange]
    ) -> None:
        held = {item.calendar_id: item for item in view.calendars}
        policy = policy_of(view.row.policy)
        for change in changes:
            if change.is_checked and not policy.reads:
                raise Invalid(
                    "calendars", "calendars: this account is written to only; its events do not block."
                )
            if change.is_target and not policy.writes:
                raise Invalid(
                    "calendars", "calendars: this account is only read; meetings are not written there."
                )
            item = held.get(change.calendar_id)
            if item is None:
                raise Invalid(
                    "calendars", f"calendars: {change.calendar_id[:40]!r} is not in this connection."
                )
            if change.is_checked is not None:
                await calendars.set_checked(conn, caller.org_id, item.calendar_id, change.is_checked)
            if change.is_target:
                if not item.is_writable:
                    raise Invalid(
                        "calendars", f"calendars: {item.name} is read-only; pick one that can be written."
                    )
                await calendars.set_target(conn, caller.org_id, caller.member_id, item.calendar_id)
            elif change.is_target is False and item.is_target:
                await calendars.clear_target(conn, caller.org_id, caller.member_id)
                await calendars.set_builtin_target(conn, caller.org_id, caller.member_id)
        if view.row.kind != "builtin" and any(change.is_checked for change in changes):
            await queue_sync(self.jobs, conn, caller.org_id, view.row.connection_id)
        if any(change.is_checked is not None for change in changes):
            await self.notify_availability(conn, caller.org_id, [caller.member_id])

    async def request_sync(self, caller: Caller, connection_id: str) -> ConnectionView:
        """Queue a read of everything now."""
        caller.require("calendars:write")
        async with self.db.transaction() as conn:
            view = await self.view(conn, caller, connection_id)
            if view.row.kind != "builtin":
                await queue_sync(self.jobs, conn, caller.org_id, connection_id)
            return view

    # -- disconnecting

    async def disconnect(self, caller: Caller, connection_id: str, *, removes_future: bool = False) -> None:
        """Forget a connection and its secret at once. Meetings stay booked.

        With `removes_future`, events of meetings to come are deleted there afterwards, as far as the server lets us
        within 20 seconds.

        Raises:
            Conflict: the built-in calendar stays.
        """
        caller.require("calendars:write")
        now = self.clock()
        async with self.db.transaction() as conn:
            await connections.lock_account(conn, caller.org_id, caller.member_id)
            view = await self.view(conn, caller, connection_id)
            if view.row.kind == "builtin":
                raise Conflict("The built-in calendar cannot be disconnected.")
            placed = await booking_writes.list_placed(conn, caller.org_id, connection_id, now)
            channels = await self.push.list_channels(conn, view.row) if self.push is not None else []
            await self.leaving.forget(conn, caller, view.row, placed, now)
            await audit.append(
                conn,
                caller,
                "calendar_connection.removed",
                now=now,
                target=connection_id,
                detail={"kind": view.row.kind, "removes_future": removes_future},
            )
        if removes_future and placed:
            await self.leaving.remove_events(view.row, placed)
        if self.push is not None and channels:
            await self.push.close(view.row, channels)
        await self.tokens.give_back(view.row)


def _typed_anew(row: CalendarConnection, password: str | None, url: str | None) -> Credentials | None:
    """Return the credentials with which to reconnect, None if nothing of them changes."""
    if row.kind == "ics":
        if password is not None:
            raise Invalid("password", "password: a feed has none; give its new address as url.")
        return None if url is None else credentials_typed(row.kind, url, "", "")
    if url is not None:
        raise Invalid("url", "url: the address of an account stays; connect the other one besides.")
    if password is None:
        return None
    return credentials_typed(row.kind, row.url, row.username, password, row.profile.get("access", ""))
