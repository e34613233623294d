"""`/api/availability-rules`: working hours of the member acted for."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from convene.api.context import CallerDep, PlatformDep
from convene.edge.json_values import JsonObject

router = APIRouter(prefix="/api/availability-rules", tags=["availability"])


@router.get("")
async def get_rules(platform: PlatformDep, caller: CallerDep) -> JSONResponse:
    """Return the working hours and booking rules."""
    return JSONResponse(await platform.rules.get(caller))


@router.put("")
async def put_rules(platform: PlatformDep, caller: CallerDep, body: JsonObject) -> JSONResponse:
    """Replace the working hours and booking rules."""
    return JSONResponse(await platform.rules.put(caller, body))
