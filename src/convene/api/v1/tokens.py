"""`/oauth/token` and `/oauth/token/revoke`; tokens for UI elements and for linking; calendars of applications.

The token endpoint looks at nothing but the body: SDKs send useless `Authorization` headers along.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from convene.api.v1.context import (
    AccountCaller,
    CredentialsCaller,
    IdentityDep,
    KeyCaller,
    calling,
)
from convene.core.applications import Application
from convene.core.errors import Invalid, Unauthenticated
from convene.edge.cronofy_errors import OAuthRefusal
from convene.edge.loose_bodies import LooseModel, documented, loose_body
from convene.edge.loose_types import LooseBool
from convene.identity.application_tokens import ELEMENT_LIFETIME
from convene.identity.applications import Accepts

router = APIRouter(tags=["oauth"])

Line = Annotated[str, Field(max_length=4000)]
_resolve = calling(Accepts(credentials=True))
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def _client(request: Request) -> Application:
    """The application that asks the token endpoint; 400 `invalid_client` if its secret does not fit."""
    try:
        return await _resolve(request)
    except Unauthenticated as error:
        raise OAuthRefusal(
            "client_id and client_secret are missing or do not match.", code="invalid_client"
        ) from error


ClientDep = Annotated[Application, Depends(_client)]


class TokenRequest(LooseModel):
    client_id: Line
    client_secret: Line
    grant_type: Line = ""
    code: Line = ""
    redirect_uri: Line = ""
    code_verifier: Line = ""
    refresh_token: Line = ""


class Revocation(LooseModel):
    client_id: Line
    client_secret: Line
    token: Line = ""
    refresh_token: Line = ""
    sub: Line = ""
    request_pii_erasure: LooseBool = False


class ElementTokenRequest(LooseModel):
    version: Line = "1"
    permissions: list[Line]
    subs: list[Line]
    origin: Line


class ApplicationCalendar(LooseModel):
    application_calendar_id: Line


EXAMPLE_CODE = {
    "client_id": "app_06hn3v8sv9d4pd0c1q2l6m0k5g",
    "client_secret": "cvs_...",
    "grant_type": "authorization_code",
    "code": "q9y...",
    "redirect_uri": "https://app.example.com/oauth/callback",
}
EXAMPLE_ELEMENT = {
    "version": "1",
    "permissions": ["availability"],
    "subs": ["acc_06hn3v8sv9d4pd0c1q2l6m0k5g"],
    "origin": "https://app.example.com",
}
EXAMPLE_CALENDAR = {**EXAMPLE_CODE, "application_calendar_id": "office-hours"}
for name in ("grant_type", "code", "redirect_uri"):
    del EXAMPLE_CALENDAR[name]


@router.post("/oauth/token", openapi_extra=documented(TokenRequest, EXAMPLE_CODE))
async def exchange(
    application: ClientDep,
    identity: IdentityDep,
    body: Annotated[TokenRequest, Depends(loose_body(TokenRequest))],
) -> JSONResponse:
    """Exchange a code for tokens, or a refresh token for a new access token."""
    try:
        if body.grant_type == "authorization_code":
            found = await identity.oauth.exchange(
                application, body.code, body.redirect_uri, body.code_verifier
            )
        elif body.grant_type == "refresh_token":
            found = await identity.oauth.refresh(application, body.refresh_token)
        else:
            raise OAuthRefusal(
                "grant_type must be authorization_code or refresh_token.", code="unsupported_grant_type"
            )
    except Invalid as error:
        raise OAuthRefusal(error.detail, code="invalid_grant") from error
    return JSONResponse(found, headers=_NO_STORE)


@router.post(
    "/oauth/token/revoke",
    response_class=Response,
    openapi_extra=documented(
        Revocation, {"client_id": EXAMPLE_CODE["client_id"], "client_secret": "cvs_...", "token": "cvr_..."}
    ),
)
async def revoke(
    application: ClientDep,
    identity: IdentityDep,
    body: Annotated[Revocation, Depends(loose_body(Revocation))],
) -> Response:
    """End an authorization, named by one of its tokens or by its account."""
    token = body.token or body.refresh_token
    if not token and not body.sub:
        raise OAuthRefusal("Name what to revoke: token, refresh_token or sub.", code="invalid_request")
    await identity.oauth.revoke(application, token=token, sub=body.sub, is_erasing=body.request_pii_erasure)
    return Response(status_code=200, headers=_NO_STORE)


@router.post("/v1/element_tokens", openapi_extra=documented(ElementTokenRequest, EXAMPLE_ELEMENT))
async def make_element_token(
    application: KeyCaller,
    identity: IdentityDep,
    body: Annotated[ElementTokenRequest, Depends(loose_body(ElementTokenRequest))],
) -> dict[str, Any]:
    """Make a token with which UI elements on pages of one origin act for some accounts, for 18 hours."""
    if body.version != "1":
        raise Invalid("version", 'version must be "1".')
    made = await identity.application_tokens.make_element_token(
        application, body.permissions, body.subs, body.origin
    )
    return {
        "element_token": {
            "version": body.version,
            "permissions": list(made.permissions),
            "subs": list(made.subs),
            "origin": made.origin,
            "token": made.token,
            "expires_in": int(ELEMENT_LIFETIME.total_seconds()),
        }
    }


@router.post("/v1/link_tokens")
async def make_link_token(application: AccountCaller, identity: IdentityDep) -> dict[str, str]:
    """Make a token that ties the next authorization request to this account, for five minutes."""
    return {"link_token": await identity.application_tokens.make_link_token(application)}


@router.post("/v1/application_calendars", openapi_extra=documented(ApplicationCalendar, EXAMPLE_CALENDAR))
async def open_application_calendar(
    application: CredentialsCaller,
    identity: IdentityDep,
    body: Annotated[ApplicationCalendar, Depends(loose_body(ApplicationCalendar))],
) -> JSONResponse:
    """Return tokens for a calendar of the application's own; it is made the first time."""
    found = await identity.application_tokens.open_calendar(application, body.application_calendar_id)
    return JSONResponse(found, headers=_NO_STORE)
