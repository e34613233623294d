"""`/api/calendar-conflicts`: what a calendar and a booking say differently, side by side, and deciding about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from convene.api.context import CallerDep, PlatformDep
from convene.core.permissions import Caller
from convene.edge.requests import Body, format_instant
from convene.services.calendar_conflicts import choices_of
from convene.storage.calendar_conflicts import Conflict

router = APIRouter(prefix="/api/calendar-conflicts", tags=["calendar connections"])


class Resolution(Body):
    choice: Literal["ours", "theirs"]


@router.get("")
async def get_conflicts(
    platform: PlatformDep,
    caller: CallerDep,
    state: Annotated[Literal["open", "resolved"], Query()] = "open",
) -> dict[str, Any]:
    """The member's conflicts and proposals, newest first, at most 100."""
    found = await platform.two_way.conflicts.mine(caller, state)
    return {"items": [as_json(item, caller) for item in found]}


@router.post("/{conflict_id}/resolve")
async def post_resolve(
    platform: PlatformDep, caller: CallerDep, conflict_id: str, body: Resolution
) -> dict[str, Any]:
    """Decide for what is booked (`ours`) or what the calendar said (`theirs`)."""
    return as_json(await platform.two_way.conflicts.resolve(caller, conflict_id, body.choice), caller)


def as_json(item: Conflict, caller: Caller) -> dict[str, Any]:
    """Return a conflict as documented. Whose calendar it is others see by its owner's name alone."""
    is_mine = item.account_id == caller.member_id
    return {
        "conflict_id": item.conflict_id,
        "booking_id": item.booking_id,
        "title": item.title,
        "account": {"sub": item.account_id, "name": item.account_name},
        "connection_id": item.connection_id if is_mine else "",
        "connection_label": item.connection_label if is_mine else "",
        "calendar_name": item.calendar_name if is_mine else "",
        "kind": item.kind,
        "fields": item.fields,
        "ours": item.ours,
        "theirs": item.theirs,
        "is_proposal": item.is_proposal,
        "choices": list(choices_of(item, caller.member_id)),
        "seen_at": format_instant(item.seen_at),
        "state": item.state,
        "resolution": item.resolution,
        "resolved_at": format_instant(item.resolved_at) if item.resolved_at else None,
        "resolved_by": item.resolved_by,
    }
