"""Pages that the server renders: one environment, one stylesheet, one way to answer with them.

Templates lie in `pages/templates`, escape everything, and fail on names that they are not given. Nothing is inline: the
content security policy forbids it. The stylesheet is the front end's tokens and `pages.css` as one file, whose address
carries its content's hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from convene.edge.auth import identity_of
from convene.edge.security_headers import page_policy

_PAGES = Path(str(resources.files("convene"))) / "pages"
_STYLES = b"".join((_PAGES / "static" / name).read_bytes() for name in ("tokens.css", "pages.css"))
STYLESHEET = f"/static/pages-{hashlib.sha256(_STYLES).hexdigest()[:12]}.css"

_templates = Environment(
    loader=FileSystemLoader(_PAGES / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["stylesheet"] = STYLESHEET

router = APIRouter(include_in_schema=False)


def add_globals(**values: str) -> None:
    """Give all templates further names."""
    _templates.globals.update(values)


@router.get(STYLESHEET)
def get_stylesheet() -> Response:
    """The stylesheet of all server-rendered pages."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_STYLES, media_type="text/css", headers=headers)


def page(
    request: Request,
    template: str,
    values: dict[str, Any],
    *,
    status: int = 200,
    form_targets: Sequence[str] = (),
    ancestors: Sequence[str] = (),
    images: Sequence[str] = (),
) -> HTMLResponse:
    """Answer with a rendered template. It is never kept by caches and no script of others runs in it.

    Args:
        form_targets: origins to which the answer of a form on this page may send the browser; browsers hold
            redirects after a form against `form-action` too. Our own origin is always allowed.
        ancestors: origins that may show this page in a frame; nobody unless named.
        images: further origins from which the page shows pictures.
    """
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": page_policy(
            identity_of(request).base_url, form_targets=form_targets, ancestors=ancestors, images=images
        ),
        # Not "no-referrer": with that, browsers send `Origin: null` with our own forms where they are served by plain
        # HTTP, and the check of where a form came from would refuse them. Other origins still learn nothing.
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(_templates.get_template(template).render(values), status, headers)


def refusal(request: Request, status: int, heading: str, detail: str, *, advice: str = "") -> HTMLResponse:
    """Answer a person's browser with what is wrong and what to do about it."""
    values = {"heading": heading, "detail": detail, "advice": advice}
    return page(request, "refusal.html", values, status=status)
