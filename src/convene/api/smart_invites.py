"""`/api/smart-invites/reply`: answers to invitations, handed in by whoever reads the organizer's mailbox."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from convene.api.context import CallerDep, PlatformDep
from convene.core.errors import Invalid
from convene.services.smart_invites import described, described_person

router = APIRouter(prefix="/api/smart-invites", tags=["smart invites"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/calendar": {"schema": {"type": "string"}, "example": "BEGIN:VCALENDAR\r\n..."}},
    }
}


@router.post("/reply", openapi_extra=_BODY)
async def post_reply(platform: PlatformDep, caller: CallerDep, request: Request) -> JSONResponse:
    """Record an answer: the `text/calendar` part of a mail, with METHOD REPLY or COUNTER."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    caller.require("smart_invites:write")
    if kind != "text/calendar":
        raise Invalid("content-type", "content-type must be text/calendar.")
    found = await platform.smart_invites.record_reply(caller, await request.body())
    shown = described(found.row, found.row.method, found.people)
    return JSONResponse(
        {
            "client_id": found.row.client_id,
            **{name: shown[name] for name in ("smart_invite_id", "recipient", "recipients") if name in shown},
            "recorded": [described_person(person) for person in found.replies],
        }
    )
