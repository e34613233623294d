"""`/api/calendar-connections`: connect, show, change, read now, disconnect."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field, field_validator

from convene.api.context import CallerDep, PlatformDep
from convene.core.calendar_policy import (
    ConflictRule,
    Direction,
    OnDelete,
    OnMove,
    Shares,
    policy_json,
    policy_of,
)
from convene.core.errors import Invalid
from convene.edge.requests import Body, format_instant
from convene.edge.text import one_line
from convene.services.connection_views import ConnectionView
from convene.services.connections import CalendarChange
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection

router = APIRouter(prefix="/api/calendar-connections", tags=["calendar connections"])


class NewConnection(Body):
    kind: str = Field(max_length=20)
    url: str = Field(default="", max_length=2000)
    username: str = Field(default="", max_length=320)
    password: str = Field(default="", max_length=1000)
    label: str = Field(default="", max_length=100)
    access: str = Field(default="", max_length=20)

    _label = field_validator("label")(one_line)


class ChangedCalendar(Body):
    calendar_id: str = Field(max_length=64)
    is_checked: bool | None = None
    is_target: bool | None = None


class ChangedPolicy(Body):
    direction: Direction | None = None
    shares: Shares | None = None
    on_move: OnMove | None = None
    on_delete: OnDelete | None = None
    conflict_rule: ConflictRule | None = None


class ChangedConnection(Body):
    label: str | None = Field(default=None, max_length=100)
    password: str | None = Field(default=None, min_length=1, max_length=1000)
    url: str | None = Field(default=None, min_length=1, max_length=2000)
    calendars: list[ChangedCalendar] = Field(default=[], max_length=200)
    policy: ChangedPolicy | None = None

    @field_validator("label")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        return None if value is None else one_line(value)


@router.post("", status_code=201)
async def post_connection(platform: PlatformDep, caller: CallerDep, body: NewConnection) -> dict[str, Any]:
    """Connect an account at a calendar service, or subscribe to the address of a feed."""
    if body.kind == "ics":
        _require_feed(body)
    else:
        for field in ("url", "username", "password"):
            if not getattr(body, field):
                raise Invalid(field, f"{field} is needed to sign in there.")
    view = await platform.connections.connect(
        caller,
        kind=body.kind,
        url=body.url,
        username=body.username,
        password=body.password,
        label=body.label,
        access=body.access,
    )
    return as_json(view)


@router.get("")
async def get_connections(platform: PlatformDep, caller: CallerDep) -> dict[str, Any]:
    """The member's connections, the built-in calendar first."""
    return {"connections": [as_json(view) for view in await platform.connections.mine(caller)]}


@router.get("/{connection_id}")
async def get_connection(platform: PlatformDep, caller: CallerDep, connection_id: str) -> dict[str, Any]:
    """One connection."""
    return as_json(await platform.connections.get(caller, connection_id))


@router.patch("/{connection_id}")
async def patch_connection(
    platform: PlatformDep, caller: CallerDep, connection_id: str, body: ChangedConnection
) -> dict[str, Any]:
    """Rename, reconnect, choose what blocks and what is written, and how the account is used."""
    if body.policy is not None:
        view = await platform.two_way.policies.change(caller, connection_id, body.policy.model_dump())
        if not body.model_fields_set - {"policy"}:
            return as_json(view)
    changes = [CalendarChange(item.calendar_id, item.is_checked, item.is_target) for item in body.calendars]
    view = await platform.connections.change(
        caller, connection_id, label=body.label, password=body.password, url=body.url, changes=changes
    )
    return as_json(view)


@router.post("/{connection_id}/sync", status_code=202)
async def post_sync(platform: PlatformDep, caller: CallerDep, connection_id: str) -> dict[str, Any]:
    """Read the calendars now."""
    return as_json(await platform.connections.request_sync(caller, connection_id))


@router.delete("/{connection_id}", status_code=204)
async def delete_connection(
    platform: PlatformDep,
    caller: CallerDep,
    connection_id: str,
    future: Annotated[Literal["keep", "remove"], Query()] = "keep",
) -> Response:
    """Disconnect; meetings stay booked."""
    await platform.connections.disconnect(caller, connection_id, removes_future=future == "remove")
    return Response(status_code=204)


def as_json(view: ConnectionView) -> dict[str, Any]:
    """Return a connection as documented; never its secret."""
    row = view.row
    return {
        "connection_id": row.connection_id,
        "kind": row.kind,
        "label": row.label,
        "url": row.url,
        "username": row.username,
        "access": row.profile.get("access", ""),
        "state": row.state,
        "error": _error(row),
        "synced_at": format_instant(row.synced_at) if row.synced_at else None,
        "next_read_at": format_instant(row.next_poll_at) if row.next_poll_at else None,
        "progress": _progress(view),
        "waiting_writes": view.facts.waiting_writes,
        "push": view.push,
        "policy": policy_json(policy_of(row.policy)),
        "created_at": format_instant(row.created_at),
        "calendars": [_calendar(item) for item in view.calendars],
    }


def _require_feed(body: NewConnection) -> None:
    if not body.url.strip():
        raise Invalid("url", "url is needed: the address of the calendar's feed.")
    for field in ("username", "password"):
        if getattr(body, field):
            raise Invalid(field, f"{field}: a feed is read by its address alone; leave this out.")


def _progress(view: ConnectionView) -> dict[str, int] | None:
    """Return how far the first reading is; None when none is under way."""
    if view.row.state != "connecting":
        return None
    facts = view.facts
    return {
        "calendars": facts.calendars,
        "calendars_read": facts.calendars_read,
        "events_read": facts.events_read,
    }


def _error(row: CalendarConnection) -> dict[str, Any] | None:
    if not row.error_code or row.error_at is None:
        return None
    return {
        "code": row.error_code,
        "detail": row.error_detail,
        "at": format_instant(row.error_at),
        "attempts": row.attempts,
        "next_try_at": format_instant(row.next_poll_at) if row.next_poll_at else None,
    }


def _calendar(item: Calendar) -> dict[str, Any]:
    return {
        "calendar_id": item.calendar_id,
        "name": item.name,
        "color": item.color,
        "tzid": item.tzid,
        "is_writable": item.is_writable,
        "is_checked": item.is_checked,
        "is_target": item.is_target,
        "synced_at": format_instant(item.synced_at) if item.synced_at else None,
        "notices": [
            {key: notice.get(key, "") for key in ("code", "detail", "event")} for notice in item.notices
        ],
    }
