"""Who an account is and which calendars it has, in Cronofy's words. A connection is a *profile* there.

One place for it: `/v1/userinfo`, `/v1/profiles`, `/v1/calendars`, and `include_userinfo` of the events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convene.core.errors import NotFound
from convene.storage import authorizations, calendars, connections, profiles
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection

# provider_name and provider_service by the kind of a connection.
PROVIDERS: Mapping[str, tuple[str, str]] = {
    "builtin": ("cronofy", "cronofy"),
    "google": ("google", "google"),
    "microsoft": ("live_connect", "office365"),
    "caldav": ("caldav", "caldav"),
    "ics": ("ics", "ics"),
}
RELINK_PATH = "/settings/calendars"


@dataclass(frozen=True, slots=True)
class Profile:
    """A connection with its calendars, in the order in which they were found."""

    row: CalendarConnection
    calendars: Sequence[Calendar]


async def profiles_of(conn: Connection, org_id: str, account_id: str) -> list[Profile]:
    """Return an account's profiles, the built-in one first."""
    rows = await connections.list_connections(conn, org_id, account_id)
    found = await calendars.list_calendars(conn, org_id, [row.connection_id for row in rows])
    return [Profile(row, [item for item in found if item.connection_id == row.connection_id]) for row in rows]


async def userinfo(
    conn: Connection, org_id: str, client_id: str, account_id: str, *, base_url: str
) -> dict[str, Any]:
    """Return the body of `/v1/userinfo` for an account as this application may know it.

    Args:
        base_url: public address, for links on which people repair what is broken.

    Raises `NotFound` for an account that is not there.
    """
    account = await profiles.find_account(conn, org_id, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    scope = await authorizations.newest_scope(conn, org_id, client_id, account_id)
    found = await profiles_of(conn, org_id, account_id)
    return {
        "sub": account_id,
        "email": account.email,
        "name": account.name,
        "zoneinfo": account.tzid,
        "cronofy.type": "account" if account.kind == "person" else account.kind,
        "cronofy.data": {
            "authorization": {"scope": " ".join(scope), "status": "active" if scope else "revoked"},
            "profiles": [show_profile(item, base_url, with_calendars=True) for item in found],
            "conferencing_profiles": [],
        },
    }


def show_profile(profile: Profile, base_url: str, *, with_calendars: bool = False) -> dict[str, Any]:
    """Return a profile with its health, and on request its calendars with names prefixed as in userinfo."""
    row = profile.row
    shown: dict[str, Any] = {
        **names_of(row),
        "profile_connected": row.state != "needs_attention",
        "profile_initial_sync_required": row.kind != "builtin"
        and any(item.first_synced_at is None for item in profile.calendars),
    }
    if row.state == "needs_attention":
        shown["profile_relink_url"] = base_url + RELINK_PATH
    if with_calendars:
        shown["profile_calendars"] = [show_calendar(profile, item) for item in profile.calendars]
    return shown


def show_calendar(profile: Profile, item: Calendar) -> dict[str, Any]:
    """Return a calendar without its profile. The first one that was found is the primary one."""
    return {
        "calendar_id": item.calendar_id,
        "calendar_name": item.name,
        "calendar_readonly": not item.is_writable,
        "calendar_deleted": False,
        "calendar_primary": item.calendar_id == profile.calendars[0].calendar_id,
        "calendar_integrated_conferencing_available": item.is_writable,
        # Google names files of its own Drive only.
        "calendar_attachments_available": item.is_writable and profile.row.kind in ("builtin", "caldav"),
        "permission_level": "unrestricted" if item.is_writable else "sandbox",
    }


def names_of(row: CalendarConnection) -> dict[str, str]:
    """Return what a profile is called."""
    name, service = PROVIDERS[row.kind]
    return {
        "provider_name": name,
        "provider_service": service,
        "profile_id": row.connection_id,
        "profile_name": row.label,
    }
