"""What handlers of the Cronofy-compatible surface take from a request: the application that calls, and how it may.

One dependency per row of the authentication matrix (docs/reference/v1-api.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from convene.api.context import PlatformDep
from convene.core.applications import Application
from convene.core.errors import Forbidden, Invalid, RateLimited, Unauthenticated
from convene.edge.auth import bearer_of, identity_of, visitor_of
from convene.edge.call_rates import STATE, CallRates
from convene.edge.loose_bodies import body_of
from convene.identity import Identity
from convene.identity.applications import Accepts, Presented
from convene.identity.claims import Claim
from convene.security.sealing import Secret

__all__ = [
    "ACCEPTED",
    "AccountCaller",
    "AccountOrElement",
    "AnyCaller",
    "CredentialsCaller",
    "IdentityDep",
    "KeyCaller",
    "KeyOrCredentials",
    "PlatformDep",
    "TokenOrKey",
    "accepted",
]


async def _identity(request: Request) -> Identity:
    return identity_of(request)


IdentityDep = Annotated[Identity, Depends(_identity)]
T = TypeVar("T")
Resolver = Callable[[Request], Awaitable[Application]]


def calling(accepts: Accepts) -> Resolver:
    """Return a dependency that resolves the application from the credentials a call accepts."""

    async def resolve(request: Request) -> Application:
        given = await _presented(request, accepts)
        application = await identity_of(request).applications.resolve(given, accepts)
        count_call(request, application)
        _check_origin(request, application)
        return application

    return resolve


async def _presented(request: Request, accepts: Accepts) -> Presented:
    bearer = bearer_of(request.headers.get("authorization"))
    members = await body_of(request) if accepts.credentials else {}
    secret = members.get("client_secret")
    token = request.query_params.get("et")
    # Cronofy asks elements to name themselves; a bare link with `?et=` in it is no element.
    is_element = bool(request.headers.get("cronofy-element"))
    return Presented(
        bearer=None if bearer is None else Secret(bearer),
        client_id=str(members.get("client_id") or ""),
        client_secret=Secret(secret) if isinstance(secret, str) and secret else None,
        element_token=Secret(token) if token and is_element and accepts.element else None,
        ip=visitor_of(request).ip,
    )


async def answered_claim(request: Request, accepts: Accepts, answer: Callable[[Claim], Awaitable[T]]) -> T:
    """Answer a call that proves its credential itself (`identity.claims`).

    If it cannot be answered, the credential is resolved as for any other call, and the answer tried again: so every
    refusal is given to somebody who is known, for the first reason that there is.
    """
    claims, given = identity_of(request).claims, await _presented(request, accepts)
    claim = await claims.claim(given, accepts)
    count_call(request, claim.application)
    _check_origin(request, claim.application)
    if claim.credential is not None:
        try:
            return await answer(claim)
        except (Invalid, Unauthenticated, Forbidden):
            claim = await claims.prove(given, accepts)
    return await answer(claim)


def count_call(request: Request, application: Application) -> None:
    """Count a call against its application's limits; raise `RateLimited` beyond them."""
    rates = request.app.state.call_rates
    assert isinstance(rates, CallRates)
    try:
        setattr(request.state, STATE, rates.take(application.client_id))
    except RateLimited:
        setattr(request.state, STATE, rates.headers(application.client_id))
        raise


def _check_origin(request: Request, application: Application) -> None:
    """An element token works on pages of its own origin only. Browsers leave `Origin` out on that very origin."""
    origin = request.headers.get("origin")
    if application.kind == "element" and origin not in (None, application.origin):
        raise Unauthenticated(
            "This element token was made for pages of another origin.", code="invalid_token"
        )


AccountCaller = Annotated[Application, Depends(calling(Accepts(access_token=True)))]
"""An account's access token."""
AccountOrElement = Annotated[Application, Depends(calling(Accepts(access_token=True, element=True)))]
"""That, or an element token in `?et=`; ask `require_permission`."""
ANY = Accepts(access_token=True, api_key=True, element=True)
AnyCaller = Annotated[Application, Depends(calling(ANY))]
"""Availability: an access token, a client secret as Bearer, or an element token."""
KeyCaller = Annotated[Application, Depends(calling(Accepts(api_key=True)))]
"""A client secret as Bearer."""
TokenOrKey = Annotated[Application, Depends(calling(Accepts(access_token=True, api_key=True)))]
"""An account's access token, or a client secret as Bearer."""
KeyOrCredentials = Annotated[Application, Depends(calling(Accepts(api_key=True, credentials=True)))]
"""A client secret as Bearer, or client_id and client_secret in the body."""
CredentialsCaller = Annotated[Application, Depends(calling(Accepts(credentials=True)))]
"""client_id and client_secret in the body, whatever else is sent."""

ACCEPTED = 202


def accepted() -> Response:
    """Answer 202 with an empty body."""
    return Response(status_code=ACCEPTED)
