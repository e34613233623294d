"""The booking pages' own stylesheet, script and accent colours. Addresses carry the content, so all may be kept."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from convene.core.colors import for_dark_pages, parse_hex
from convene.core.errors import NotFound
from convene.edge.templates import add_globals

_STATIC = Path(str(resources.files("convene"))) / "pages" / "static"
_STYLES, _SCRIPT = ((_STATIC / name).read_bytes() for name in ("book.css", "book.js"))
STYLESHEET = f"/book/assets/{hashlib.sha256(_STYLES).hexdigest()[:12]}.css"
SCRIPT = f"/book/assets/{hashlib.sha256(_SCRIPT).hexdigest()[:12]}.js"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

add_globals(book_stylesheet=STYLESHEET, book_script=SCRIPT)
router = APIRouter(include_in_schema=False)


@router.get("/book/assets/{digest}.css")
def get_stylesheet(digest: str) -> Response:
    """The stylesheet of the booking pages."""
    return Response(_STYLES, media_type="text/css", headers=_FOR_EVER)


@router.get("/book/assets/{digest}.js")
def get_script(digest: str) -> Response:
    """The script of the booking pages; they work without it."""
    return Response(_SCRIPT, media_type="text/javascript", headers=_FOR_EVER)


@router.get("/book/theme/{accent}.css")
def get_theme(accent: str) -> Response:
    """An accent colour as a stylesheet: as it is on light pages, lightened on dark ones."""
    color = parse_hex(accent)
    if color is None:
        raise NotFound("There is nothing at this address.")
    text = (
        f":root{{--convene-accent:light-dark({color},{for_dark_pages(color)});"
        "--convene-on-accent:light-dark(#fff,#101615)}\n"
    )
    return Response(text, media_type="text/css", headers=_FOR_EVER)
