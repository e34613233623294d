"""Headers that tell browsers what our answers may do, on every answer.

Pages run scripts and styles of this origin only: nothing inline, nothing evaluated, and HTML only through Lit's own
Trusted Types policy. Anything that is not a page may do nothing at all. A handler that sets a header itself keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PRIVATE = ("/api/", "/connect/api/", "/enterprise_connect/", "/oauth/", "/v1/")


def page_policy(
    base_url: str,
    *,
    form_targets: Sequence[str] = (),
    ancestors: Sequence[str] = (),
    images: Sequence[str] = (),
) -> str:
    """Return the content security policy of our pages.

    Args:
        form_targets: further origins at which a form, or the redirect that answers it, may end.
        ancestors: origins that may show the page in a frame; without any nobody may.
        images: further origins from which the page shows pictures.
    """
    parts = urlsplit(base_url)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' data:", *images)),
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "manifest-src 'self'",
            "base-uri 'none'",
            " ".join(("form-action 'self'", *form_targets)),
            " ".join(("frame-ancestors", *(ancestors or ["'none'"]))),
            "require-trusted-types-for 'script'",
            "trusted-types lit-html 'allow-duplicates'",
        )
    )


class SecurityHeadersMiddleware:
    """Adds the headers. `base_url` is the installation's public address."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self.page_policy = page_policy(base_url)
        self.everywhere = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        }
        if base_url.startswith("https://"):
            self.everywhere["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_private = scope["path"].startswith(_PRIVATE)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.everywhere.items():
                    headers.setdefault(name, value)
                is_page = headers.get("content-type", "").startswith("text/html")
                headers.setdefault("Content-Security-Policy", self.page_policy if is_page else _NOTHING)
                if is_private:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
