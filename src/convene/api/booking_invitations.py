"""`/api/bookings/{id}/invitations` and `.../proposals`: what was mailed, what came back, and other times proposed."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field, field_validator

from convene.api.context import CallerDep, PlatformDep
from convene.edge.requests import Body
from convene.edge.text import plain_text

router = APIRouter(prefix="/api/bookings", tags=["bookings"])


class Refusal(Body):
    reason: str = Field(default="", max_length=1000)

    _reason = field_validator("reason")(plain_text)


@router.get("/{booking_id}/invitations")
async def get_invitations(platform: PlatformDep, caller: CallerDep, booking_id: str) -> JSONResponse:
    """Return who was told of a meeting by mail, and what they answered."""
    return JSONResponse(await platform.mail.answers.of_booking(caller, booking_id))


@router.post("/{booking_id}/proposals/{proposal_id}/accept")
async def post_accept_proposal(
    platform: PlatformDep, caller: CallerDep, booking_id: str, proposal_id: str
) -> JSONResponse:
    """Move a meeting to when an invitee has proposed."""
    return JSONResponse(await platform.mail.answers.accept(caller, booking_id, proposal_id))


@router.post("/{booking_id}/proposals/{proposal_id}/decline")
async def post_decline_proposal(
    platform: PlatformDep,
    caller: CallerDep,
    booking_id: str,
    proposal_id: str,
    body: Refusal | None = None,
) -> JSONResponse:
    """Tell an invitee that the time they proposed does not suit."""
    wanted = body or Refusal()
    return JSONResponse(await platform.mail.answers.decline(caller, booking_id, proposal_id, wanted.reason))
