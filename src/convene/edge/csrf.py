"""Requests that change something must come from our own pages, or from programs that are no browser.

Browsers say where a request was started: `Sec-Fetch-Site` on trustworthy addresses, `Origin` on all (Fetch standard).
A page elsewhere can forge neither, nor can it send `Authorization: Bearer` without a permission that we never give
(`edge.cors`), so such requests pass. GET and HEAD change nothing anywhere, which is why link scanners are harmless.

Where cookies never count there is nothing to forge: the Cronofy-compatible surface takes credentials that are in the
request itself, and is called from foreign pages by elements with a token of their own.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from convene.edge.auth import bearer_of, cookie_name
from convene.edge.problems import problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_COOKIES = ("/v1/", "/oauth/token")
_COOKIES = tuple(cookie_name(is_https=is_https) + "=" for is_https in (True, False))


def is_own_origin(headers: Headers, own_origin: str) -> bool | None:
    """Tell whether a browser started this request on our own pages; None if it does not say (not a browser)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return None
    return origin == own_origin or urlsplit(origin).netloc == headers.get("host", "")


class CsrfMiddleware:
    """Answers 403 `cross_origin` to state-changing requests and sockets that foreign pages start.

    Args:
        own_origin: scheme, host and port of the installation's public address.
    """

    def __init__(self, app: ASGIApp, own_origin: str) -> None:
        self.app = app
        self.own_origin = own_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._may_pass(scope):
            answer = problem(
                403,
                "Not allowed",
                "cross_origin",
                "This request was not started on Convene's own pages. Programs send Authorization: Bearer.",
            )
            await answer(scope, receive, send)
            return
        if scope["type"] == "websocket" and is_own_origin(Headers(scope=scope), self.own_origin) is False:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "cross origin"})
            return
        await self.app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if scope["path"].startswith(WITHOUT_COOKIES):
            return True
        if scope["method"] in SAFE_METHODS or bearer_of(headers.get("authorization")) is not None:
            return True
        is_own = is_own_origin(headers, self.own_origin)
        if is_own is None:
            return not any(part.strip().startswith(_COOKIES) for part in headers.get("cookie", "").split(";"))
        return is_own
