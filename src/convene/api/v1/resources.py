"""`/v1/resources`: the rooms that an application may put into queries and bookings."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from convene.api.identity_schemas import IdentityDep
from convene.api.v1.context import AccountCaller

router = APIRouter(prefix="/v1/resources", tags=["resources"])

EXAMPLE = {
    "sub": "res_0e8t8fbh3s1pr7q2q5e0m0k5ag",
    "email": "fountain@example.com",
    "name": "Fountain room",
    "seats": 8,
    "place": "2nd floor",
    "equipment": ["screen", "whiteboard"],
}
_MANY: dict[str, Any] = {"content": {"application/json": {"example": {"resources": [EXAMPLE]}}}}


@router.get("", responses={200: _MANY})
async def get_resources(identity: IdentityDep, application: AccountCaller) -> JSONResponse:
    """Return the organisation's rooms."""
    rooms = await identity.resources.of_organization(application.org_id)
    return JSONResponse(
        {
            "resources": [
                {
                    "sub": room.account_id,
                    "email": room.email,
                    "name": room.name,
                    "seats": room.seats,
                    "place": room.place,
                    "equipment": room.equipment,
                }
                for room in rooms
            ]
        }
    )
