"""`/healthz` (the process answers), `/readyz` (it can work), `/metrics` (Prometheus text format)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from convene.api.context import PlatformDep
from convene.core.errors import Unavailable
from convene.storage import health

router = APIRouter(tags=["health"])

HELP = {
    "webhooks_pending": "Webhook deliveries that have not succeeded yet.",
    "webhooks_oldest_seconds": "Age of the oldest delivery that has not succeeded yet.",
    "channels_open": "Notification channels of applications.",
    "channels_closed": "Notification channels that their receiver or its failures have closed.",
    "calendar_writes_open": "Meetings not yet written to a participant's calendar.",
    "calendar_writes_failed": "Meetings that could not be written to a participant's calendar.",
    "connections_needing_attention": "Calendar connections whose owner must act.",
    "connections_delayed": "Calendar connections that are late.",
    "connections": "Calendar connections to other services.",
    "bookings_ahead": "Confirmed meetings that have not ended.",
    "jobs_waiting": "Jobs that are due.",
    "jobs_stalled": "Jobs of workers that are gone.",
    "jobs_failed": "Jobs that were put aside.",
}


@router.get("/healthz")
async def get_healthz() -> JSONResponse:
    """Tell that this process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def get_readyz(platform: PlatformDep) -> JSONResponse:
    """Tell whether the database can be reached."""
    try:
        async with platform.db.connection() as conn:
            await conn.execute("SELECT 1")
    except (Unavailable, OSError) as error:
        return JSONResponse({"status": "unavailable", "detail": str(error)}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(platform: PlatformDep) -> PlainTextResponse:
    """Return the installation's figures."""
    async with platform.db.connection() as conn:
        found = await health.figures(conn, platform.clock())
    lines = []
    for name, value in found.items():
        lines += [
            f"# HELP convene_{name} {HELP[name]}",
            f"# TYPE convene_{name} gauge",
            f"convene_{name} {value:g}",
        ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
