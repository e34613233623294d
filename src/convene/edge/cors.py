"""Which foreign pages may call us (CORS, Fetch standard section 3.3): those that a UI element was given a token for.

A token in `?et=` names one origin, and only pages of that origin may call `/v1` with it and read the answer. Nobody may
send `Authorization` or cookies from elsewhere. An expired token still says whose page it is, so that the page may read
why it is refused.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convene.edge.auth import identity_of
from convene.security.sealing import Secret

PREFIX = "/v1/"
METHODS = "GET, POST, OPTIONS"
HEADERS = "content-type, cronofy-element"
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After"
_KEPT_SECONDS = "600"


class CorsMiddleware:
    """Answers preflights and marks answers for the origin of an element token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        is_allowed = origin is not None and origin == await self._origin(scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(origin if is_allowed else None)(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if is_allowed:
                    answer["Access-Control-Allow-Origin"] = str(origin)
                    answer["Access-Control-Expose-Headers"] = EXPOSED
            await send(message)

        await self.app(scope, receive, send_marked)

    async def _origin(self, scope: Scope) -> str | None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        token = query.get("et", [""])[-1]
        if not token:
            return None
        return await identity_of(HTTPConnection(scope)).applications.origin_of_element(Secret(token))

    def _preflight(self, origin: str | None) -> Response:
        headers = {"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
        if origin is not None:
            headers |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": HEADERS,
                "Access-Control-Max-Age": _KEPT_SECONDS,
            }
        return Response(status_code=204, headers=headers)
