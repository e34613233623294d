"""The built front end: hashed assets that may be kept for ever, and one page for every address that people open.

The booking elements (`elements.js` and its parts) are the only files that pages of other origins may load. Files travel
compressed where the build has left a `.gz` beside them; answers of the API never do, because they mix secrets with what
others have sent.
"""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from convene.core.errors import NotFound

MISSING = (
    "The front end has not been built. Run `make setup`, or install a released wheel, which contains it.\n"
)
API_PREFIXES = ("api/", "connect/api/", "connect/hooks/", "v1/", "oauth/", "enterprise_connect/", "static/")
# A module script is fetched with CORS, and a page that isolates itself loads only what says that it may.
FOR_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
# gzip or *, unless it is refused with q=0.
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?:1|0\.0*[1-9])[\d.]*\s*)?(?:,|$)", re.IGNORECASE)
ELEMENTS = ("elements.js", "elements-api.js")
ELEMENT_PARTS = "elements/"
PAGES = {"elements": "elements.html"}
"""Addresses with a page of their own; every other one is the app's."""


def sent(path: Path, request: Headers, headers: Mapping[str, str]) -> FileResponse:
    """Return a file, compressed if it is there in that form and the browser takes it (RFC 9110, section 12.5.3)."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = path.with_name(path.name + ".gz")
    told = dict(headers)
    if packed.is_file():
        told["Vary"] = "Accept-Encoding"
        if _GZIP.search(request.get("accept-encoding", "")):
            path, told["Content-Encoding"] = packed, "gzip"
    return FileResponse(path, media_type=kind, headers=told, stat_result=path.stat())


class _Assets(StaticFiles):
    """Files whose names carry their content's hash."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = sent(Path(full_path), Headers(scope=scope), {})
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            if path.replace("\\", "/").startswith(ELEMENT_PARTS):
                response.headers.update(FOR_ANYBODY)
        return response


def _file(web_dist: Path, path: str) -> Path | None:
    """Return the file that an address names, None if it is none of ours or cannot even be a file's name."""
    try:
        found = (web_dist / path).resolve()
        return found if path and found.is_file() and found.is_relative_to(web_dist.resolve()) else None
    except (OSError, ValueError):
        return None


def install(app: FastAPI, web_dist: Path) -> None:
    """Serve `web_dist` from `app`, after all its other routes."""
    if (web_dist / "static").is_dir():
        app.mount("/static", _Assets(directory=web_dist / "static"), name="static")
    router = APIRouter(include_in_schema=False)

    # Not async: it looks at the disk, and so runs on a thread.
    @router.get("/{path:path}")
    def get_page(path: str, request: Request) -> Response:
        if path.startswith(API_PREFIXES):
            raise NotFound("There is nothing at this address.")
        found = _file(web_dist, PAGES.get(path, path))
        if found is not None:
            shared = FOR_ANYBODY if path in ELEMENTS else {}
            return sent(found, request.headers, {"Cache-Control": "no-cache"} | shared)
        index = web_dist / "index.html"
        if not index.is_file():
            return PlainTextResponse(MISSING, 503)
        return sent(index, request.headers, {"Cache-Control": "no-cache"})

    app.include_router(router)
