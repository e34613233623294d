"""From a request to its caller: the session cookie, Bearer tokens, `Convene-Acting-For`; and the cookie's way back.

A Bearer token is sent on purpose, so it decides alone when there is one. Other `Authorization` schemes are left to
whatever proxy asked for them.
"""

from __future__ import annotations

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from convene.core.permissions import Caller
from convene.identity import Identity
from convene.identity.callers import Credentials
from convene.identity.sessions import ABSOLUTE, SignedIn, Visitor
from convene.security.sealing import Secret

ACTING_FOR_HEADER = "convene-acting-for"
_COOKIE = "convene_session"


def cookie_name(*, is_https: bool) -> str:
    """Return the session cookie's name. `__Host-` binds it to this very host and to https (RFC 6265bis)."""
    return f"__Host-{_COOKIE}" if is_https else _COOKIE


def bearer_of(authorization: str | None) -> str | None:
    """Return the token of an `Authorization: Bearer` header, or None for anything else."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def identity_of(connection: HTTPConnection) -> Identity:
    """Return the identity layer that serves this application."""
    found = connection.app.state.identity
    assert isinstance(found, Identity)
    return found


def session_token_of(connection: HTTPConnection) -> str | None:
    """Return the token in the session cookie, or None."""
    return connection.cookies.get(cookie_name(is_https=identity_of(connection).is_https)) or None


def visitor_of(connection: HTTPConnection) -> Visitor:
    """Return where a request comes from."""
    ip = connection.client.host if connection.client else ""
    return Visitor(ip=ip, user_agent=connection.headers.get("user-agent", ""))


async def authenticate(request: Request) -> Caller:
    """Return the caller of a request; raise `Unauthenticated` or `Forbidden`. This is `app.state.authenticate`."""
    bearer = bearer_of(request.headers.get("authorization"))
    session = session_token_of(request)
    given = Credentials(
        bearer=None if bearer is None else Secret(bearer),
        session=None if session is None else Secret(session),
        acting_for=request.headers.get(ACTING_FOR_HEADER),
        ip=visitor_of(request).ip,
    )
    return await identity_of(request).callers.authenticate(given)


def set_session_cookie(response: Response, request: Request, signed_in: SignedIn) -> None:
    """Give the browser its session."""
    is_https = identity_of(request).is_https
    response.set_cookie(
        cookie_name(is_https=is_https),
        signed_in.token.reveal(),
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, request: Request) -> None:
    """Take the session back from the browser."""
    is_https = identity_of(request).is_https
    response.delete_cookie(
        cookie_name(is_https=is_https), path="/", secure=is_https, httponly=True, samesite="lax"
    )
