"""`/api/holds`: time set aside for a few minutes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.context import CallerDep, IdempotencyHeader, PlatformDep, changed, key
from convene.edge.requests import Body, Instant
from convene.services.holds import HoldDraft

router = APIRouter(prefix="/api/holds", tags=["bookings"])

EXAMPLE = {
    "hold_id": "hld_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    "start": "2026-11-24T14:30:00Z",
    "end": "2026-11-24T15:00:00Z",
    "participants": ["acc_0e8t8fbh3s1pr7q2q5e0m0k5ag", "acc_0e8t8fbi61l3v7q2q5e0m0k5ag"],
    "resources": [],
    "expires_at": "2026-11-24T09:05:00Z",
}
_ONE: dict[str, Any] = {"content": {"application/json": {"example": EXAMPLE}}}


class NewHold(Body):
    participants: list[str] = Field(default_factory=list, max_length=50)
    resources: list[str] = Field(default_factory=list, max_length=50)
    start: Instant
    duration_minutes: int
    minutes: int = 5


@router.post("", status_code=201, responses={201: _ONE})
async def post_hold(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    body: NewHold,
    idempotency_key: IdempotencyHeader = None,
) -> JSONResponse:
    """Set a time aside."""
    draft = HoldDraft(body.participants, body.start, body.duration_minutes, body.minutes, body.resources)
    outcome = await platform.holds.place(
        caller, draft, key(caller, idempotency_key, request, body.model_dump(mode="json"))
    )
    return changed(outcome, 201)


@router.get("", responses={200: {"content": {"application/json": {"example": {"holds": [EXAMPLE]}}}}})
async def get_holds(platform: PlatformDep, caller: CallerDep) -> JSONResponse:
    """Return the member's live holds."""
    return JSONResponse({"holds": await platform.holds.mine(caller)})


@router.delete("/{hold_id}", status_code=204)
async def delete_hold(platform: PlatformDep, caller: CallerDep, hold_id: str) -> Response:
    """Give a hold back before it ends."""
    await platform.holds.release(caller, hold_id)
    return Response(status_code=204)
