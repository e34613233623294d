"""`/api/calendar-connections/health` and what is lost with a connection."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from convene.api.context import CallerDep, PlatformDep
from convene.edge.requests import format_instant
from convene.services.calendar_health import AccountHealth

router = APIRouter(prefix="/api/calendar-connections", tags=["calendar connections"])


@router.get("/health")
async def get_health(platform: PlatformDep, caller: CallerDep) -> dict[str, Any]:
    """How all accounts of the organisation do, those in trouble first. For administrators."""
    return {"items": [_health(item) for item in await platform.two_way.health.everybody(caller)]}


@router.get("/{connection_id}/future-bookings")
async def get_future_bookings(platform: PlatformDep, caller: CallerDep, connection_id: str) -> dict[str, Any]:
    """The meetings to come that lie in this connection's calendars."""
    found = await platform.two_way.health.coming(caller, connection_id)
    return {
        "count": found[0].total if found else 0,
        "items": [
            {
                "booking_id": item.booking_id,
                "title": item.title,
                "start": format_instant(item.starts_at),
                "end": format_instant(item.ends_at),
            }
            for item in found
        ],
    }


def _health(item: AccountHealth) -> dict[str, Any]:
    row = item.row
    return {
        "connection_id": row.connection_id,
        "account_id": row.account_id,
        "name": row.name,
        "kind": row.kind,
        "label": row.label,
        "state": row.state,
        "error_code": row.error_code,
        "error_detail": row.error_detail,
        "last_synced_at": format_instant(row.synced_at) if row.synced_at else None,
        "next_poll_at": format_instant(row.next_poll_at) if row.next_poll_at else None,
        "push": item.push,
        "calendars": row.calendars,
        "events": row.events,
        "waiting_writes": row.waiting_writes,
        "oldest_waiting_at": format_instant(row.oldest_waiting_at) if row.oldest_waiting_at else None,
    }
