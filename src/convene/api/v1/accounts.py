"""`/v1/account`, `/v1/userinfo`, `/v1/profiles`, `/v1/calendars`, `/v1/permissions`: who an account is, what it has."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from convene.api.v1.context import (
    ACCEPTED,
    AccountCaller,
    AccountOrElement,
    IdentityDep,
    PlatformDep,
    accepted,
)
from convene.core.errors import Invalid
from convene.edge.loose_bodies import LooseModel, documented, loose_body, loose_query

router = APIRouter(prefix="/v1", tags=["accounts"])

Line = Annotated[str, Field(max_length=2000)]


class NewCalendar(LooseModel):
    profile_id: Line
    name: Line
    color: Line = ""


class WantedPermission(LooseModel):
    calendar_id: Line
    permission_level: Line


class PermissionsRequest(LooseModel):
    permissions: list[WantedPermission] = Field(min_length=1, max_length=100)
    redirect_uri: Line = ""


class OfProfile(LooseModel):
    profile_id: Line = ""


class ConferencingRequest(LooseModel):
    redirect_uri: Line
    provider_name: Line = ""


PROFILE = {
    "provider_name": "cronofy",
    "provider_service": "cronofy",
    "profile_id": "pro_06hn3v8sv9d4pd0c1q2l6m0k5g",
    "profile_name": "Convene",
}
CALENDAR = {
    "calendar_id": "cal_06hn3v8sv9d4pd0c1q2l6m0k5g",
    "calendar_name": "Meetings",
    "calendar_readonly": False,
    "calendar_deleted": False,
    "calendar_primary": True,
    "calendar_integrated_conferencing_available": True,
    "calendar_attachments_available": True,
    "permission_level": "unrestricted",
}
ACCOUNT = {
    "account_id": "acc_06hn3v8sv9d4pd0c1q2l6m0k5g",
    "email": "ana@example.com",
    "name": "Ana Example",
    "scope": "read_write",
    "default_tzid": "Europe/London",
}
USERINFO = {
    "sub": ACCOUNT["account_id"],
    "email": ACCOUNT["email"],
    "name": ACCOUNT["name"],
    "zoneinfo": ACCOUNT["default_tzid"],
    "cronofy.type": "account",
    "cronofy.data": {
        "authorization": {"scope": "read_write", "status": "active"},
        "profiles": [
            {
                **PROFILE,
                "profile_connected": True,
                "profile_initial_sync_required": False,
                "profile_calendars": [CALENDAR],
            }
        ],
        "conferencing_profiles": [],
    },
}


def _shown(example: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


@router.get("/account", responses=_shown({"account": ACCOUNT}))
async def get_account(application: AccountCaller, platform: PlatformDep) -> dict[str, Any]:
    """Return the account that this access token is for."""
    return {"account": await platform.profiles.account(application)}


@router.get("/userinfo", responses=_shown(USERINFO))
async def get_userinfo(application: AccountOrElement, platform: PlatformDep) -> dict[str, Any]:
    """Return the account with its profiles and their calendars."""
    return await platform.profiles.userinfo(application)


@router.get("/profiles", responses=_shown({"profiles": [{**PROFILE, "profile_connected": True}]}))
async def get_profiles(application: AccountCaller, platform: PlatformDep) -> dict[str, Any]:
    """List the account's calendar services."""
    return {"profiles": await platform.profiles.list_profiles(application)}


@router.post("/profiles/{profile_id}/revoke", status_code=ACCEPTED, response_class=Response)
async def revoke_profile(profile_id: str, application: AccountOrElement, platform: PlatformDep) -> Response:
    """Disconnect one of the account's calendar services."""
    await platform.profiles.revoke_profile(application, profile_id)
    return accepted()


@router.get("/calendars", responses=_shown({"calendars": [{**PROFILE, **CALENDAR}]}))
async def get_calendars(application: AccountCaller, platform: PlatformDep) -> dict[str, Any]:
    """List the account's calendars."""
    return {"calendars": await platform.profiles.list_calendars(application)}


@router.get(
    "/accessible_calendars",
    openapi_extra=documented(query=OfProfile),
    responses=_shown({"accessible_calendars": [{**PROFILE, **CALENDAR}]}),
)
async def get_accessible_calendars(
    application: AccountCaller,
    platform: PlatformDep,
    query: Annotated[OfProfile, Depends(loose_query(OfProfile))],
) -> dict[str, Any]:
    """List the calendars that can be reached through one profile, or through all."""
    found = await platform.profiles.list_calendars(application, query.profile_id)
    return {"accessible_calendars": found}


@router.post(
    "/calendars",
    openapi_extra=documented(NewCalendar, {"profile_id": PROFILE["profile_id"], "name": "Travel"}),
    responses=_shown({"calendar": {**PROFILE, **CALENDAR, "calendar_name": "Travel"}}),
)
async def create_calendar(
    application: AccountCaller,
    platform: PlatformDep,
    body: Annotated[NewCalendar, Depends(loose_body(NewCalendar))],
) -> dict[str, Any]:
    """Make a calendar in a profile."""
    made = await platform.profiles.create_calendar(application, body.profile_id, body.name, body.color)
    return {"calendar": made}


@router.post(
    "/permissions",
    openapi_extra=documented(
        PermissionsRequest,
        {
            "permissions": [{"calendar_id": CALENDAR["calendar_id"], "permission_level": "unrestricted"}],
            "redirect_uri": "https://app.example.com/oauth/callback",
        },
    ),
    responses=_shown(
        {"permissions_request": {"url": "https://convene.example.com/oauth/authorize?client_id=..."}}
    ),
)
async def ask_for_permissions(
    application: AccountCaller,
    identity: IdentityDep,
    platform: PlatformDep,
    body: Annotated[PermissionsRequest, Depends(loose_body(PermissionsRequest))],
) -> Response:
    """Say where the person can allow more: what a token may do is its scope, the same for all calendars.

    The address is told also where the scope allows it already: clients look for it in every answer.
    """
    levels = {item.permission_level for item in body.permissions}
    if not levels <= {"unrestricted", "sandbox"}:
        raise Invalid("permissions", "permissions: permission_level must be unrestricted or sandbox.")
    await platform.profiles.require_own_calendars(
        application, [item.calendar_id for item in body.permissions]
    )
    redirect_uri = await identity.clients.redirect_uri_of(application, body.redirect_uri)
    query = urlencode(
        {
            "response_type": "code",
            "client_id": application.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(sorted(application.scope | {"read_write"})),
        }
    )
    url = f"{identity.base_url}/oauth/authorize?{query}"
    return JSONResponse({"permissions_request": {"url": url}})


@router.post(
    "/conferencing_service_authorizations",
    openapi_extra=documented(
        ConferencingRequest,
        {"redirect_uri": "https://app.example.com/oauth/callback", "provider_name": "zoom"},
    ),
    responses=_shown(
        {"authorization_request": {"url": "https://convene.example.com/oauth/conferencing?client_id=..."}}
    ),
)
async def ask_for_conferencing(
    application: AccountCaller,
    identity: IdentityDep,
    body: Annotated[ConferencingRequest, Depends(loose_body(ConferencingRequest))],
) -> dict[str, Any]:
    """Return a page that leads back to the application: video rooms come from this installation, for everybody."""
    redirect_uri = await identity.clients.redirect_uri_of(application, body.redirect_uri)
    query = urlencode({"client_id": application.client_id, "redirect_uri": redirect_uri})
    return {"authorization_request": {"url": f"{identity.base_url}/oauth/conferencing?{query}"}}
