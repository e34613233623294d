"""Errors to HTTP: one table from error classes to statuses, answered as problem details (RFC 9457).

The Cronofy-compatible surface has shapes of its own: `edge.cronofy_errors`.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from convene.core import errors
from convene.edge import cronofy_errors, loose_bodies, templates
from convene.edge.validation_words import sentence

logger = logging.getLogger(__name__)
# What matches this matches everything.
_NOWHERE = "/.nowhere/at/all"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

STATUS: dict[type[errors.ConveneError], tuple[int, str]] = {
    errors.Invalid: (422, "This cannot be accepted"),
    errors.Unauthenticated: (401, "Sign in first"),
    errors.Forbidden: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.SlotTaken: (409, "That time is taken"),
    errors.Conflict: (409, "Conflict"),
    errors.Stale: (412, "This has changed"),
    errors.RateLimited: (429, "Too many attempts"),
    errors.Unavailable: (503, "Not available right now"),
}


class Problem(BaseModel):
    """The body of every error (RFC 9457), with a stable `code`. `errors` holds `field` and `detail` of each one."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    field: str | None = None
    errors: list[dict[str, str]] | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": title,
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
    for status, title in (
        (400, "Malformed request"),
        (401, "Sign in first"),
        (403, "Not allowed"),
        (404, "Not found"),
        (409, "Conflict"),
        (412, "This has changed"),
        (413, "Too large"),
        (422, "This cannot be accepted"),
        (429, "Too many attempts"),
        (503, "Not available right now"),
    )
}
"""For `include_router`: what any call may answer besides its own success."""


def problem(status: int, title: str, code: str, detail: str = "", **fields: Any) -> JSONResponse:
    """Return a problem details answer with a stable `code`."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **fields}
    headers = {}
    if "retry_after_seconds" in fields:
        headers["Retry-After"] = str(fields["retry_after_seconds"])
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def refused(path: str, status: int, title: str, code: str, detail: str) -> JSONResponse:
    """Return a refusal in the shape that callers of this path read."""
    if cronofy_errors.speaks_cronofy(path):
        return cronofy_errors.refusal(status, code, detail)
    return problem(status, title, code, detail)


def answer(error: errors.ConveneError) -> JSONResponse:
    """Return the answer for one of our own errors."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            status, title = STATUS[kind]
            fields = dict(error.fields)
            if isinstance(error, errors.Invalid):
                fields.setdefault("errors", [{"field": error.field, "detail": error.detail}])
            return problem(status, title, error.code, error.detail, **fields)
    logger.error("unmapped error %s", error.code, exc_info=error)
    return problem(500, "Something went wrong here", "internal")


def _field(location: tuple[Any, ...]) -> str:
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header", "cookie")]
    return ".".join(parts) or "body"


def _is_read_by_a_person(request: Request) -> bool:
    """Tell whether a browser shows the answer to this request as a page."""
    is_call = request.url.path.startswith(("/api/", "/connect/", "/v1/"))
    return not is_call and "text/html" in request.headers.get("accept", "")


def _allowed(request: Request) -> list[str]:
    """Return the methods that this address answers to: what `Allow` must say (RFC 9110, section 10.2.1).

    The router stops at the first route of a path, and the page that answers GET everywhere does not count.
    """
    return [method for method in _METHODS if _is_answered(request, method)]


def _is_answered(request: Request, method: str) -> bool:
    here = {**request.scope, "method": method, "path_params": {}}
    anywhere = {**here, "path": _NOWHERE, "raw_path": _NOWHERE.encode()}
    return any(
        route.matches(dict(here))[0] is Match.FULL and route.matches(dict(anywhere))[0] is not Match.FULL
        for route in request.app.router.routes
    )


def install(app: FastAPI) -> None:
    """Make every error leave `app` as problem details."""

    @app.exception_handler(errors.ConveneError)
    async def _ours(request: Request, error: errors.ConveneError) -> JSONResponse:
        if cronofy_errors.speaks_cronofy(request.url.path):
            return cronofy_errors.answer(error)
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        if cronofy_errors.speaks_cronofy(request.url.path):
            return cronofy_errors.validation([loose_bodies.told(item) for item in error.errors()])
        fields = [_field(item["loc"]) for item in error.errors()]
        found = [
            {"field": field, "detail": sentence(field, item)}
            for field, item in zip(fields, error.errors(), strict=True)
        ]
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return problem(400, "Malformed request", "malformed", "The body is not valid JSON.")
        first = found[0]
        return problem(
            422, "This cannot be accepted", "invalid", first["detail"], field=first["field"], errors=found
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 405:
            allowed = _allowed(request)
            if not allowed:
                return await _ours(request, errors.NotFound("There is nothing at this address."))
            error = HTTPException(405, error.detail, {"Allow": ", ".join(allowed)})
        code = {400: "malformed", 404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
        if cronofy_errors.speaks_cronofy(request.url.path):
            return cronofy_errors.refusal(
                error.status_code, code, str(error.detail), dict(error.headers or {})
            )
        shown = problem(error.status_code, str(error.detail), code)
        # Such as Allow, which belongs to every 405.
        shown.headers.update(error.headers or {})
        return shown

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        logger.error("unexpected error", exc_info=error)
        if _is_read_by_a_person(request):
            return templates.refusal(
                request,
                500,
                "Something went wrong here",
                "This is our fault, not yours, and has been written down.",
                advice="Try again in a while. Tell whoever runs this installation if it stays so.",
            )
        return problem(500, "Something went wrong here", "internal", "The error has been logged.")
