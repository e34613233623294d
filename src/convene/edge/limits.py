"""What is refused before any handler sees it: hosts that are not ours, bodies that are too large."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convene.edge.problems import refused

MAX_BODY_BYTES = 1024 * 1024
# Names that reach this very machine only; nothing is ever addressed by the Host header, so they are harmless.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def host_name(value: str) -> str:
    """Return the name in a `Host` header: lower case, without port and without the root's dot."""
    name = value.strip().lower()
    bare, colon, port = name.rpartition(":")
    if colon and port.isdigit() and not bare.endswith(":"):
        name = bare
    return name.removesuffix(".")


class AllowedHostsMiddleware:
    """Answers 421 to requests for any host but ours (DNS rebinding, poisoned links).

    Args:
        hosts: names without port; loopback names are always allowed.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = frozenset(host_name(host) for host in hosts) | _LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).getlist("host")
        if len(given) == 1 and host_name(given[0]) in self.hosts:
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "wrong host"})
            return
        detail = "This server does not answer to that host name. The operator sets CONVENE_BASE_URL or CONVENE_ALLOWED_HOSTS."
        await refused(scope["path"], 421, "Wrong host", "wrong_host", detail)(scope, receive, send)


class BodyLimitMiddleware:
    """Answers 413 when a request's body is larger than `max_bytes`, however its length was announced.

    The body is read here and handed on in one piece: small by definition, and no handler meets the limit half way.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        body = await self._read(Headers(scope=scope), receive)
        if body is None:
            detail = f"The body may have at most {self.max_bytes} bytes."
            answer = refused(scope["path"], 413, "Too large", "too_large", detail)
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> Message | None:
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self.max_bytes:
            return None
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.max_bytes:
                return None
            chunks.append(chunk)
            if not message.get("more_body", False):
                return {"type": "http.request", "body": b"".join(chunks), "more_body": False}


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
