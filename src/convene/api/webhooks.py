"""`/api/webhooks`: subscriptions and their delivery log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from convene.api.context import CallerDep, PlatformDep
from convene.edge.requests import Body, format_instant, parse_instant
from convene.storage.webhooks import DeliveryRow, SubscriptionRow

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])


class NewWebhook(Body):
    url: str = Field(max_length=2000)
    events: list[str] = Field(min_length=1, max_length=20)
    scope: Literal["member", "organization"] = "member"


def _subscription(row: SubscriptionRow) -> dict[str, Any]:
    return {
        "webhook_id": row.webhook_id,
        "url": row.url,
        "events": row.events,
        "scope": "organization" if row.account_id is None else "member",
        "state": row.state,
        "state_reason": row.state_reason,
        "failures": row.failures,
        "created_at": format_instant(row.created_at),
    }


def shown_delivery(row: DeliveryRow) -> dict[str, Any]:
    """Return a delivery as the log shows it."""
    return {
        "delivery_id": row.delivery_id,
        "event_id": row.event_id,
        "type": row.type,
        "state": row.state,
        "attempts": row.attempts,
        "next_try_at": format_instant(row.next_try_at) if row.next_try_at else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "last_ms": row.last_ms,
        "last_response": row.last_response,
        "created_at": format_instant(row.created_at),
        "delivered_at": format_instant(row.delivered_at) if row.delivered_at else None,
        "body": row.body,
    }


@router.post("", status_code=201)
async def post_webhook(platform: PlatformDep, caller: CallerDep, body: NewWebhook) -> JSONResponse:
    """Subscribe an address; the answer shows the signing secret once."""
    made = await platform.webhooks.subscribe(
        caller, body.url, body.events, for_organization=body.scope == "organization"
    )
    return JSONResponse({**_subscription(made.row), "secret": made.secret}, 201)


@router.get("")
async def get_webhooks(platform: PlatformDep, caller: CallerDep) -> JSONResponse:
    """Return the subscriptions."""
    rows = await platform.webhooks.subscriptions(caller)
    return JSONResponse({"webhooks": [_subscription(row) for row in rows]})


@router.get("/{webhook_id}")
async def get_webhook(platform: PlatformDep, caller: CallerDep, webhook_id: str) -> JSONResponse:
    """Return one subscription."""
    return JSONResponse(_subscription(await platform.webhooks.get(caller, webhook_id)))


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(platform: PlatformDep, caller: CallerDep, webhook_id: str) -> Response:
    """Remove a subscription and what waits for it."""
    await platform.webhooks.remove(caller, webhook_id)
    return Response(status_code=204)


@router.post("/{webhook_id}/resume")
async def post_resume(platform: PlatformDep, caller: CallerDep, webhook_id: str) -> JSONResponse:
    """Resume a subscription that was paused or disabled."""
    return JSONResponse(_subscription(await platform.webhooks.resume(caller, webhook_id)))


@router.get("/{webhook_id}/deliveries")
async def get_deliveries(
    platform: PlatformDep,
    caller: CallerDep,
    webhook_id: str,
    before: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JSONResponse:
    """Return the delivery log, newest first."""
    until = parse_instant(before, "before") if before else None
    rows = await platform.webhooks.deliveries(caller, webhook_id, until, limit)
    return JSONResponse({"deliveries": [shown_delivery(row) for row in rows]})


@router.post("/{webhook_id}/deliveries/{delivery_id}/retry", status_code=202)
async def post_retry(
    platform: PlatformDep, caller: CallerDep, webhook_id: str, delivery_id: str
) -> JSONResponse:
    """Send a delivery again at once."""
    row = await platform.webhooks.retry(caller, webhook_id, delivery_id)
    return JSONResponse(shown_delivery(row), 202)
