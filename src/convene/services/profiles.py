"""What applications read and change about an account's calendars: profiles, calendars, new calendars."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convene.core.applications import Application
from convene.core.errors import Conflict, Invalid, NotFound, Unavailable
from convene.core.people import checked_line
from convene.ports.calendars import CalendarProvider, MakesCalendars, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.security.tokens import new_id
from convene.services.calendar_listeners import NotifyAvailability
from convene.services.calendar_listing import MAX_CALENDARS, store_listing
from convene.services.calendar_tokens import CalendarTokens
from convene.services.connections import ConnectionService, queue_sync
from convene.services.userinfo import Profile, names_of, profiles_of, show_calendar, show_profile, userinfo
from convene.storage import audit, authorizations, calendars, connections, profiles
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

READS_ACCOUNT = ("read_account", "read_only", "write_only", "read_write", "free_busy", "free_busy_write")
READS_CALENDARS = ("list_calendars", *READS_ACCOUNT[1:])
MAKES_CALENDARS = ("create_calendar", "write_only", "read_write")
CHANGES_ACCOUNT = ("write_only", "read_write")
"""Scopes of which one is needed. To disconnect a calendar it takes one that reaches beyond an application's own events."""

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


class ProfileService:
    """Args:
    providers: by kind (`caldav`, ...).
    base_url: public address.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        connection_service: ConnectionService,
        notify_availability: NotifyAvailability,
        base_url: str,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.tokens = CalendarTokens(db, clock, sealer, providers)
        self.providers = providers
        self.connections = connection_service
        self.notify_availability = notify_availability
        self.base_url = base_url.rstrip("/")

    async def account(self, application: Application) -> dict[str, Any]:
        """Return the body of `/v1/account`."""
        application.require_scope(*READS_ACCOUNT)
        async with self.db.connection() as conn:
            found = await profiles.find_account(conn, application.org_id, application.sub)
        if found is None:
            raise NotFound("There is no such account.")
        return {
            "account_id": found.account_id,
            "email": found.email,
            "name": found.name,
            "scope": " ".join(sorted(application.scope)),
            "default_tzid": found.tzid,
        }

    async def userinfo(self, application: Application) -> dict[str, Any]:
        """Return the body of `/v1/userinfo`, of an account or of a service account."""
        application.require_permission("agenda", "account_management", "managed_availability")
        org_id, client_id = application.org_id, application.client_id
        async with self.db.connection() as conn:
            if application.service_account_id is None:
                return await userinfo(conn, org_id, client_id, application.sub, base_url=self.base_url)
            held = await authorizations.find_service_account(conn, org_id, client_id)
        if held is None:
            raise NotFound("There is no such service account.")
        return {
            "sub": held.service_account_id,
            "cronofy.type": "service_account",
            "cronofy.data": {
                "authorization": {
                    "scope": " ".join(held.scope),
                    "status": "active",
                    "delegated_scope": " ".join(held.delegated_scope),
                },
                "service_account": {
                    "provider_name": "cronofy",
                    "domain": self.base_url.partition("://")[2].partition("/")[0],
                },
            },
        }

    async def list_profiles(self, application: Application) -> list[dict[str, Any]]:
        """Return the account's profiles without their calendars."""
        application.require_scope(*READS_CALENDARS)
        return [show_profile(item, self.base_url) for item in await self._profiles(application)]

    async def list_calendars(self, application: Application, profile_id: str = "") -> list[dict[str, Any]]:
        """Return the account's calendars, of all profiles or of one."""
        application.require_scope(*READS_CALENDARS)
        found = await self._profiles(application)
        if profile_id:
            found = [_profile(found, profile_id)]
        return [
            {**names_of(item.row), **show_calendar(item, calendar)}
            for item in found
            for calendar in item.calendars
        ]

    async def _profiles(self, application: Application) -> list[Profile]:
        async with self.db.connection() as conn:
            return await profiles_of(conn, application.org_id, application.sub)

    # -- changing

    async def create_calendar(
        self, application: Application, profile_id: str, name: str, color: str
    ) -> dict[str, Any]:
        """Make a calendar in a profile, there and here; return it.

        Raises `Invalid`: `profile_id` (not the account's, cannot make calendars), `name` (taken), `color`.
        """
        application.require_scope(*MAKES_CALENDARS)
        name = checked_line(name, "name", max_length=200)
        if not name:
            raise Invalid("name", "name must be specified", code="required")
        if color and _COLOR.fullmatch(color) is None:
            raise Invalid("color", "color must be written as #RRGGBB.")
        profile = _profile(await self._profiles(application), profile_id)
        _require_new(profile, name)
        if profile.row.kind == "builtin":
            return await self._create_here(application, profile.row, name, color)
        return await self._create_there(application, profile.row, name, color)

    async def _create_here(
        self, application: Application, row: CalendarConnection, name: str, color: str
    ) -> dict[str, Any]:
        calendar_id = new_id("calendar")
        async with self.db.transaction() as conn:
            tzid = await connections.lock_account(conn, row.org_id, row.account_id) or "Etc/UTC"
            await self._require_room(conn, application, row, name)
            await calendars.insert_calendar(
                conn,
                org_id=row.org_id,
                calendar_id=calendar_id,
                connection_id=row.connection_id,
                account_id=row.account_id,
                remote_id=calendar_id,
                name=name,
                color=color,
                tzid=tzid,
            )
            return await self._made(conn, application, row, calendar_id)

    async def _create_there(
        self, application: Application, row: CalendarConnection, name: str, color: str
    ) -> dict[str, Any]:
        provider = self.providers.get(row.kind)
        if not isinstance(provider, MakesCalendars):
            raise Invalid(
                "profile_id",
                f"profile_id: calendars of {row.label} can be made at the service itself only.",
                code="not_supported",
            )
        async with self.db.connection() as conn:
            await self._require_room(conn, application, row, name)
        credentials = await self.tokens.credentials(row)
        try:
            remote_id = await provider.create_calendar(credentials, row.profile, name, color)
            found = await provider.discover(credentials)
        except ProviderError as error:
            if error.kind == "temporary":
                raise Unavailable(error.detail) from error
            raise Invalid("profile_id", f"profile_id: {error.detail}", code="not_supported") from error
        async with self.db.transaction() as conn:
            await connections.lock_account(conn, row.org_id, row.account_id)
            await store_listing(
                conn,
                org_id=row.org_id,
                account_id=row.account_id,
                connection_id=row.connection_id,
                found=found,
                now=self.clock(),
            )
            await queue_sync(self.jobs, conn, row.org_id, row.connection_id)
            # What was never read is not free.
            await self.notify_availability(conn, row.org_id, [row.account_id])
            listed = await calendars.list_calendars(conn, row.org_id, [row.connection_id])
            made = next((item for item in listed if item.remote_id == remote_id), None)
            if made is None:
                raise Unavailable("The calendar was made, but the service does not list it yet.")
            return await self._made(conn, application, row, made.calendar_id)

    async def _require_room(
        self, conn: Connection, application: Application, row: CalendarConnection, name: str
    ) -> None:
        """Look again where it counts: nobody made one of this name meanwhile, and there is room for another."""
        _require_new(_profile(await profiles_of(conn, row.org_id, application.sub), row.connection_id), name)
        if await profiles.count_calendars(conn, row.org_id, row.connection_id) >= MAX_CALENDARS:
            raise Invalid("profile_id", f"profile_id: {MAX_CALENDARS} calendars of one profile are the most.")

    async def _made(
        self, conn: Connection, application: Application, row: CalendarConnection, calendar_id: str
    ) -> dict[str, Any]:
        await audit.append(
            conn,
            application.caller(),
            "calendar.created",
            now=self.clock(),
            target=calendar_id,
            detail={"profile": row.connection_id, "client": application.client_id},
        )
        found = await calendars.get_calendar(conn, row.org_id, calendar_id)
        assert found is not None
        profile = _profile(await profiles_of(conn, row.org_id, row.account_id), row.connection_id)
        return {**names_of(row), **show_calendar(profile, found)}

    async def revoke_profile(self, application: Application, profile_id: str) -> None:
        """Disconnect one of the account's calendar services. Raises `Invalid` for the built-in one."""
        application.require_permission("account_management")
        application.require_scope(*CHANGES_ACCOUNT)
        caller = application.caller("calendars:read", "calendars:write")
        try:
            await self.connections.disconnect(caller, profile_id)
        except Conflict as error:
            raise Invalid("profile_id", f"profile_id: {error.detail}") from error

    async def require_own_calendars(self, application: Application, calendar_ids: list[str]) -> None:
        """Raise `Invalid` naming `permissions` unless all of these calendars are the account's, and can be written."""
        profiles_ = await self._profiles(application)
        known = {item.calendar_id: item for profile in profiles_ for item in profile.calendars}
        for calendar_id in calendar_ids:
            if calendar_id not in known:
                raise Invalid("permissions", f"permissions: {calendar_id[:60]!r} is not of this account.")
            if not known[calendar_id].is_writable:
                raise Invalid(
                    "permissions", f"permissions: {known[calendar_id].name} is read-only at its service."
                )


def _profile(found: list[Profile], profile_id: str) -> Profile:
    for item in found:
        if item.row.connection_id == profile_id:
            return item
    raise Invalid("profile_id", "profile_id is not one of this account's profiles.", code="not_found")


def _require_new(profile: Profile, name: str) -> None:
    if any(_is_called(item, name) for item in profile.calendars):
        raise Invalid(
            "name",
            f"name: there is a calendar {name!r} in this profile already.",
            code="duplicate_calendar_name",
        )


def _is_called(calendar: Calendar, name: str) -> bool:
    return calendar.name.casefold() == name.casefold()
