"""Calendars at services where people sign in: `/api/calendar-connections/oauth`, and where they come back to."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import Field

from convene.api.context import CallerDep, PlatformDep
from convene.core.errors import Forbidden, Unauthenticated
from convene.core.permissions import Caller
from convene.edge.requests import Body

router = APIRouter(tags=["calendar connections"])


class NewConsent(Body):
    kind: str = Field(max_length=20)
    access: Literal["busy", "read", "two_way"]
    connection_id: str = Field(default="", max_length=64)


@router.get("/api/calendar-connections/oauth")
async def get_services(platform: PlatformDep, caller: CallerDep) -> dict[str, Any]:
    """The services at which people sign in themselves, and whether they are set up here."""
    found = platform.calendar_oauth.services(caller)
    return {"services": [{"kind": item.kind, "is_ready": item.is_ready} for item in found]}


@router.post("/api/calendar-connections/oauth")
async def post_consent(platform: PlatformDep, caller: CallerDep, body: NewConsent) -> dict[str, Any]:
    """Begin to connect, or to reconnect: where to send the person."""
    url = await platform.calendar_oauth.start(caller, body.kind, body.access, body.connection_id)
    return {"authorize_url": url}


@router.get("/oauth/calendar/{kind}/callback", include_in_schema=False)
async def get_back(
    platform: PlatformDep,
    request: Request,
    kind: Annotated[Literal["google", "microsoft"], Path()],
    state: Annotated[str, Query(max_length=4000)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """Where a service sends people back to: on to their settings, which say how it went."""
    caller: Caller | None
    try:
        caller = await request.app.state.authenticate(request)
    except (Unauthenticated, Forbidden):
        caller = None
    done = await platform.calendar_oauth.finish(caller, kind, state=state, code=code, error=error)
    if done.problem:
        told = {"service": done.kind, "problem": done.problem}
    else:
        told = {
            "service": done.kind,
            "connected": done.connection_id,
            "asked": done.asked,
            "granted": done.granted,
        }
    # The code and the state stay out of histories and of what the next page is told.
    return RedirectResponse(
        f"/settings/calendars?{urlencode(told)}",
        303,
        {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
    )
