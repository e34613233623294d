"""`/api/availability-shares`: free time shown for a few days to whoever is told the share's id."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from convene.api.context import CallerDep, PlatformDep
from convene.edge.requests import Body, Instant

router = APIRouter(prefix="/api/availability-shares", tags=["availability"])

EXAMPLE = {
    "share_id": "shr_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    "sub": "acc_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    "start": "2026-11-23T00:00:00Z",
    "end": "2026-11-28T00:00:00Z",
    "any_hour": False,
    "expires_at": "2026-11-28T00:00:00Z",
}
_ONE: dict[str, Any] = {"content": {"application/json": {"example": EXAMPLE}}}


class NewShare(Body):
    start: Instant
    end: Instant
    expires_at: Instant
    any_hour: bool = False


@router.post("", status_code=201, responses={201: _ONE})
async def post_share(platform: PlatformDep, caller: CallerDep, body: NewShare) -> JSONResponse:
    """Show one's free time in a period to whoever is told the share's id."""
    made = await platform.availability_shares.share(
        caller, body.start, body.end, body.expires_at, any_hour=body.any_hour
    )
    return JSONResponse(made, 201)


@router.get("", responses={200: {"content": {"application/json": {"example": {"shares": [EXAMPLE]}}}}})
async def get_shares(platform: PlatformDep, caller: CallerDep) -> JSONResponse:
    """Return the member's shares that are not over."""
    return JSONResponse({"shares": await platform.availability_shares.mine(caller)})


@router.delete("/{share_id}", status_code=204)
async def delete_share(platform: PlatformDep, caller: CallerDep, share_id: str) -> Response:
    """Stop sharing."""
    await platform.availability_shares.end(caller, share_id)
    return Response(status_code=204)
