"""Logos of booking pages, as browsers load them: pictures, and nothing that could be anything else."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from convene.api.context import PlatformDep
from convene.core.errors import NotFound
from convene.edge.auth import visitor_of

router = APIRouter(tags=["booking pages"], include_in_schema=False)
_HEADERS = {
    # The address is made of the content.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="logo.png"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


@router.get("/book/logos/{name}")
async def get_logo(request: Request, platform: PlatformDep, name: str) -> Response:
    """A page's logo. Pages name it; nobody else can guess it."""
    await platform.link_gate.view(visitor_of(request).ip)
    if not name.endswith(".png"):
        raise NotFound("There is nothing at this address.")
    content = await platform.page_logos.content(name.removesuffix(".png"))
    return Response(content, media_type="image/png", headers=_HEADERS)
