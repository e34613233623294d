"""`/api/resources`: rooms and other things that are booked like people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.context import CallerDep, PlatformDep
from convene.api.identity_schemas import IdentityDep
from convene.core.errors import Invalid
from convene.edge.json_values import JsonObject
from convene.edge.requests import Body, parse_instant
from convene.identity.resources import NewResource
from convene.services.rooms import free_rooms
from convene.storage.resources import ResourceRow

router = APIRouter(prefix="/api/resources", tags=["resources"])

EXAMPLE = {
    "sub": "res_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    "name": "Fountain room",
    "email": "fountain@example.com",
    "tzid": "Europe/London",
    "seats": 8,
    "place": "2nd floor",
    "equipment": ["screen", "whiteboard"],
}
_ONE: dict[str, Any] = {"content": {"application/json": {"example": EXAMPLE}}}


class NewRoom(Body):
    name: str = Field(max_length=500)
    email: str = Field(max_length=500)
    tzid: str = Field(max_length=100)
    seats: int | None = None
    place: str = Field(default="", max_length=500)
    equipment: list[str] = Field(default_factory=list, max_length=50)


class RoomChanges(Body):
    name: str | None = Field(default=None, max_length=500)
    email: str | None = Field(default=None, max_length=500)
    tzid: str | None = Field(default=None, max_length=100)
    seats: int | None = None
    place: str | None = Field(default=None, max_length=500)
    equipment: list[str] | None = Field(default=None, max_length=50)


@router.get("", responses={200: {"content": {"application/json": {"example": {"resources": [EXAMPLE]}}}}})
async def get_resources(
    identity: IdentityDep,
    platform: PlatformDep,
    caller: CallerDep,
    start: Annotated[str | None, Query(max_length=40)] = None,
    duration_minutes: int = 30,
) -> JSONResponse:
    """List the organisation's rooms by name; with `start` also whether each is free for a meeting then."""
    rooms = await identity.resources.list_resources(caller)
    if start is None:
        return JSONResponse({"resources": [shown(room) for room in rooms]})
    free = await free_rooms(platform.availability, caller, parse_instant(start, "start"), duration_minutes)
    told = [{**shown(room), "is_free": room.account_id in free} for room in rooms]
    return JSONResponse({"resources": told})


@router.post("", status_code=201, responses={201: _ONE})
async def post_resource(identity: IdentityDep, caller: CallerDep, body: NewRoom) -> JSONResponse:
    """Add a room."""
    new = NewResource(body.name, body.email, body.tzid, body.seats, body.place, tuple(body.equipment))
    return JSONResponse(shown(await identity.resources.create(caller, new)), 201)


@router.get("/{resource_id}", responses={200: _ONE})
async def get_resource(identity: IdentityDep, caller: CallerDep, resource_id: str) -> JSONResponse:
    """Return one room."""
    return JSONResponse(shown(await identity.resources.get(caller, resource_id)))


@router.patch("/{resource_id}", responses={200: _ONE})
async def patch_resource(
    identity: IdentityDep, caller: CallerDep, resource_id: str, body: RoomChanges
) -> JSONResponse:
    """Change a room."""
    changes = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None and name != "seats":
            raise Invalid(name, f"{name} cannot be null. Leave it out to keep it.")
    return JSONResponse(shown(await identity.resources.update(caller, resource_id, changes)))


@router.delete("/{resource_id}", status_code=204)
async def delete_resource(identity: IdentityDep, caller: CallerDep, resource_id: str) -> Response:
    """Take a room out of use; meetings in it stay."""
    await identity.resources.retire(caller, resource_id)
    return Response(status_code=204)


@router.get("/{resource_id}/availability-rules")
async def get_resource_rules(platform: PlatformDep, caller: CallerDep, resource_id: str) -> JSONResponse:
    """Return when a room can be booked."""
    return JSONResponse(await platform.rules.get_of_room(caller, resource_id))


@router.put("/{resource_id}/availability-rules")
async def put_resource_rules(
    platform: PlatformDep, caller: CallerDep, resource_id: str, body: JsonObject
) -> JSONResponse:
    """Say when a room can be booked."""
    return JSONResponse(await platform.rules.put_of_room(caller, resource_id, body))


def shown(room: ResourceRow) -> dict[str, Any]:
    """Return a room as documented in docs/reference/http-api.md."""
    return {
        "sub": room.account_id,
        "name": room.name,
        "email": room.email,
        "tzid": room.tzid,
        "seats": room.seats,
        "place": room.place,
        "equipment": room.equipment,
    }
