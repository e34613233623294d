"""Addresses as they come in: no NUL, and HEAD wherever there is GET."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convene.edge.problems import refused


class SoundAddressMiddleware:
    """Answers 400 to addresses with the character U+0000, which no path, id or text of ours can hold."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\x00" in scope["path"] or b"%00" in scope["query_string"]):
            detail = "The address contains the character U+0000 (%00), which is not allowed."
            answer = refused(scope["path"], 400, "Malformed request", "malformed", detail)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


class HeadMiddleware:
    """Answers HEAD as GET without its body (RFC 9110, section 9.3.2): probes and caches ask so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)
