"""Pages of any kind: with a link's own colours and frames, and those that say why there is nothing to book."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from convene.api.book.look import common, look_of
from convene.api.book.opened import Opened
from convene.core.errors import RateLimited, Unavailable
from convene.core.scheduling_links import from_json
from convene.edge.templates import page
from convene.storage.links import LinkRow

# Shorter waits are not counted out to people.
MOMENT_SECONDS = 5
ROBOTS = {"X-Robots-Tag": "noindex, nofollow"}


def page_of(
    request: Request, link: LinkRow | None, template: str, values: dict[str, Any], status: int = 200
) -> HTMLResponse:
    """Return a page in a link's own colours, to be framed by whom the link names."""
    settings = {} if link is None else link.settings
    targets = []
    if link is not None:
        asked = from_json(link.request)
        targets = [_origin(url) for url in (asked.after_completion,) if url]
    response = page(
        request,
        template,
        values,
        status=status,
        form_targets=targets,
        ancestors=list(settings.get("embed_origins", ())),
        images=[_origin(settings["logo_url"])] if settings.get("logo_url") else [],
    )
    response.headers.update(ROBOTS)
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def state_page(
    request: Request,
    which: str,
    status: int,
    *,
    found: Opened | None = None,
    text: str | None = None,
    back_url: str = "",
) -> HTMLResponse:
    """Return a page that says one thing; `which` names its texts."""
    look = (
        found.look
        if found
        else look_of(request.url.path, {}, request.headers.get("accept-language", ""), default_tzid="UTC")
    )
    values = found.values() if found else {**common(look, {}), "heading": None}
    values |= {
        "title": getattr(look.texts, which),
        "text": text if text is not None else getattr(look.texts, f"{which}_text"),
        "back_url": back_url,
    }
    return page_of(request, found.link if found else None, "book/state.html", values, status)


def too_many(request: Request, error: RateLimited) -> HTMLResponse:
    """Return the page that says how long to wait."""
    wait = error.fields["retry_after_seconds"]
    look = look_of(request.url.path, {}, request.headers.get("accept-language", ""), default_tzid="UTC")
    text = look.texts("too_many_text", n=wait) if wait > MOMENT_SECONDS else look.texts.too_many_soon
    response = state_page(request, "too_many", 429, text=text)
    response.headers["Retry-After"] = str(wait)
    return response


def busy_page(
    request: Request, error: Unavailable, *, found: Opened | None = None, back_url: str = ""
) -> HTMLResponse:
    """Return the page that says that nothing was changed and when to try again."""
    response = state_page(request, "try_again", 503, found=found, back_url=back_url)
    response.headers["Retry-After"] = str(error.fields["retry_after_seconds"])
    return response
