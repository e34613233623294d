"""`/api/applications/{client_id}/deliveries`: what an application was sent, for administrators.

Pushes to its channels and callbacks to addresses that it named. The secrets that sign them are never shown.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from convene.api.context import CallerDep, PlatformDep
from convene.api.webhooks import shown_delivery
from convene.edge.requests import parse_instant
from convene.storage.webhooks import ClientDelivery

router = APIRouter(prefix="/api/applications", tags=["applications"])


def _shown(row: ClientDelivery) -> dict[str, Any]:
    return {
        **shown_delivery(row),
        "receiver": {
            "receiver_id": row.webhook_id,
            "kind": row.kind,
            "url": row.url,
            "sub": row.account_id,
            "state": row.receiver_state,
            "state_reason": row.receiver_state_reason,
        },
    }


@router.get("/{client_id}/deliveries")
async def get_client_deliveries(
    platform: PlatformDep,
    caller: CallerDep,
    client_id: str,
    before: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JSONResponse:
    """Return what an application was sent, newest first, each with its receiver."""
    until = parse_instant(before, "before") if before else None
    rows = await platform.webhooks.client_deliveries(caller, client_id, until, limit)
    return JSONResponse({"deliveries": [_shown(row) for row in rows]})


@router.post("/{client_id}/deliveries/{client_delivery_id}/retry", status_code=202)
async def post_client_retry(
    platform: PlatformDep, caller: CallerDep, client_id: str, client_delivery_id: str
) -> JSONResponse:
    """Send a delivery again at once; a receiver that was closed is opened for it."""
    row = await platform.webhooks.retry_client_delivery(caller, client_id, client_delivery_id)
    return JSONResponse(shown_delivery(row), 202)
