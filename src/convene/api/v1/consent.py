"""`/oauth/authorize` and `/enterprise_connect/oauth/authorize`: the page on which a person lets an application in.

The page works without script. Its form carries the request along, which is read anew from there: what was shown and what
is granted cannot differ, since both come from the same parameters of the same kind of check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from convene.api.v1.context import IdentityDep
from convene.core.errors import Forbidden, Unauthenticated
from convene.core.permissions import Caller
from convene.core.scopes import words_of
from convene.edge import templates
from convene.edge.auth import clear_session_cookie, session_token_of, visitor_of
from convene.identity import Identity
from convene.identity.callers import Credentials
from convene.identity.consent import ConsentKind, ConsentRequest, NoWayBack, SentBack
from convene.security.sealing import Secret

router = APIRouter(tags=["oauth"])
Parameters = Mapping[str, Sequence[str]]

_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}},
    303: {"description": "To the sign-in page, or back to the application"},
}
_TEXT = {"type": "string"}
# Whose answer this is in the providers' own words; it only helps the person along.
PROVIDERS = {
    "google": "Google",
    "apple": "Apple iCloud",
    "office365": "Microsoft 365",
    "exchange": "Exchange",
    "live_connect": "Outlook.com",
    "caldav": "CalDAV",
}
DECISION = "decision"


def _documented(*names: str) -> dict[str, Any]:
    required = {"response_type", "client_id", "redirect_uri", "scope"}
    return {
        "parameters": [
            {"name": name, "in": "query", "required": name in required, "schema": _TEXT} for name in names
        ]
    }


_COMMON = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {DECISION: {"type": "string", "enum": ["allow", "deny", "switch"]}},
                    "required": [DECISION],
                }
            }
        },
    }
}


@router.get(
    "/oauth/authorize",
    responses=_PAGE,
    response_class=Response,
    openapi_extra=_documented(*_COMMON, "provider_name", "avoid_linking", "link_token"),
)
async def ask(request: Request, identity: IdentityDep) -> Response:
    """Ask the person who is signed in to let an application act for them."""
    return await _ask("account", request, identity)


@router.post("/oauth/authorize", responses=_PAGE, response_class=Response, openapi_extra=_FORM)
async def decide(request: Request, identity: IdentityDep) -> Response:
    """Take the person's answer from the page, and send the browser back to the application."""
    return await _decide("account", request, identity)


@router.get(
    "/enterprise_connect/oauth/authorize",
    responses=_PAGE,
    response_class=Response,
    openapi_extra=_documented(*_COMMON, "delegated_scope"),
)
async def ask_organization(request: Request, identity: IdentityDep) -> Response:
    """Ask an administrator to let an application act for the organisation's people."""
    return await _ask("service_account", request, identity)


@router.post(
    "/enterprise_connect/oauth/authorize", responses=_PAGE, response_class=Response, openapi_extra=_FORM
)
async def decide_for_organization(request: Request, identity: IdentityDep) -> Response:
    """Take the administrator's answer from the page, and send the browser back to the application."""
    return await _decide("service_account", request, identity)


@router.get(
    "/oauth/conferencing",
    responses={200: _PAGE[200]},
    response_class=Response,
    openapi_extra=_documented("client_id", "redirect_uri"),
)
async def show_conferencing(request: Request, identity: IdentityDep) -> Response:
    """Tell a person whom an application sent to connect a video service that there is none to connect."""
    query = request.query_params
    try:
        client, redirect_uri = await identity.consent.destination(
            query.get("client_id", ""), query.get("redirect_uri", "")
        )
    except NoWayBack as error:
        return _no_way_back(request, error)
    values = {"application": client.name, "redirect_uri": redirect_uri}
    return templates.page(request, "conferencing.html", values)


@router.get("/.well-known/oauth-authorization-server", tags=["oauth"])
async def get_metadata(identity: IdentityDep) -> dict[str, Any]:
    """Describe this authorization server (RFC 8414)."""
    base = identity.base_url
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/token/revoke",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


async def _ask(kind: ConsentKind, request: Request, identity: Identity) -> Response:
    given = parse_qs(request.url.query, keep_blank_values=True)
    try:
        asked = await identity.consent.read(kind, given)
    except NoWayBack as error:
        return _no_way_back(request, error)
    except SentBack as error:
        return RedirectResponse(error.location, 303)
    caller = await _signed_in(request, identity)
    if caller is None:
        return _to_sign_in(request, given)
    try:
        await identity.consent.may_decide(caller, asked)
    except Forbidden as error:
        return _may_not(request, error)
    return await _page(request, identity, caller, asked, given)


async def _decide(kind: ConsentKind, request: Request, identity: Identity) -> Response:
    given = {name: list(values) for name, values in parse_qs(await _form(request)).items()}
    decision = (given.pop(DECISION, None) or [""])[0]
    try:
        asked = await identity.consent.read(kind, given)
    except NoWayBack as error:
        return _no_way_back(request, error)
    except SentBack as error:
        return RedirectResponse(error.location, 303)
    caller = await _signed_in(request, identity)
    if caller is None:
        return _to_sign_in(request, given)
    if decision == "switch":
        await identity.sessions.sign_out(caller)
        answer = _to_sign_in(request, given)
        clear_session_cookie(answer, request)
        return answer
    if decision == "deny":
        return RedirectResponse(identity.consent.deny(asked), 303)
    if decision != "allow":
        return RedirectResponse(_again(request, given), 303)
    try:
        return RedirectResponse(await identity.consent.allow(caller, asked), 303)
    except Forbidden as error:
        return _may_not(request, error)


async def _form(request: Request) -> str:
    return (await request.body()).decode("utf-8", "replace")


async def _signed_in(request: Request, identity: Identity) -> Caller | None:
    """Return who is signed in with this browser. Tokens and keys cannot give consent for anybody."""
    session = session_token_of(request)
    try:
        return await identity.callers.authenticate(
            Credentials(session=None if session is None else Secret(session), ip=visitor_of(request).ip)
        )
    except Unauthenticated:
        return None


def _again(request: Request, given: Parameters) -> str:
    return f"{request.url.path}?{urlencode(given, doseq=True)}"


def _to_sign_in(request: Request, given: Parameters) -> Response:
    return RedirectResponse(f"/signin?{urlencode({'next': _again(request, given)})}", 303)


async def _page(
    request: Request, identity: Identity, caller: Caller, asked: ConsentRequest, given: Parameters
) -> Response:
    account, organization = await identity.accounts.me(caller)
    values = {
        "application": asked.client.name,
        "account": account,
        "organization": organization.name,
        "is_service": asked.kind == "service_account",
        "sentences": words_of(asked.scope),
        "delegated_sentences": words_of(asked.delegated_scope, of_others=True),
        "destination": asked.origin,
        "provider": PROVIDERS.get(asked.provider_name, "") if asked.kind == "account" else "",
        "fields": [(name, value) for name, values in given.items() for value in values if value],
        "path": request.url.path,
    }
    return templates.page(request, "consent.html", values, form_targets=[asked.origin])


def _no_way_back(request: Request, error: NoWayBack) -> Response:
    return templates.refusal(
        request,
        400,
        "This link does not work",
        error.detail,
        advice="Nothing was allowed. Tell the people who make the application, or your administrator.",
    )


def _may_not(request: Request, error: Forbidden) -> Response:
    return templates.refusal(
        request, 403, "You cannot allow this", error.detail, advice="Nothing was allowed."
    )
