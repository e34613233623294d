"""Errors in the shapes that Cronofy's SDKs read, for the paths that they call.

422 carries `{"errors": {field: [{"key", "description"}]}}`; 400, 401 and 403 the members of RFC 6749 section 5.2.
Elements take any body with `errors` for a failed validation, so no other status has it.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi.responses import JSONResponse

from convene.core import errors

logger = logging.getLogger(__name__)

PREFIXES = ("/v1/", "/oauth/", "/enterprise_connect/")
_STATUS: dict[type[errors.ConveneError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}
_CODES = {"unauthenticated": "invalid_token", "forbidden": "insufficient_scope"}


class OAuthRefusal(errors.ConveneError):
    """The token endpoint refuses: 400 with a code of RFC 6749 section 5.2 (`invalid_grant`...)."""

    code = "invalid_request"


def speaks_cronofy(path: str) -> bool:
    """Tell whether errors of this path take Cronofy's shapes."""
    return path.startswith(PREFIXES)


def refusal(status: int, code: str, description: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return `{"error", "error_description"}`."""
    return JSONResponse({"error": code, "error_description": description}, status, headers)


def validation(problems: list[dict[str, str]]) -> JSONResponse:
    """Return 422 for `[{"field", "key", "description"}]`."""
    found: dict[str, list[dict[str, str]]] = {}
    for item in problems:
        found.setdefault(item["field"], []).append({"key": item["key"], "description": item["description"]})
    return JSONResponse({"errors": found}, 422)


def answer(error: errors.ConveneError) -> JSONResponse:
    """Return the answer for one of our own errors."""
    if isinstance(error, OAuthRefusal):
        return refusal(400, error.code, error.detail)
    if isinstance(error, errors.Invalid):
        several: Any = error.fields.get("errors")
        one = {"field": error.field, "key": f"errors.{error.code}", "description": error.detail}
        return validation(several or [one])
    for kind in type(error).__mro__:
        status = _STATUS.get(kind)
        if status is not None:
            return refusal(status, _CODES.get(error.code, error.code), error.detail, _headers(status, error))
    logger.error("unmapped error %s", error.code, exc_info=error)
    return refusal(500, "internal", "Something went wrong here. The error has been logged.")


def _headers(status: int, error: errors.ConveneError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if "retry_after_seconds" in error.fields:
        headers["Retry-After"] = str(error.fields["retry_after_seconds"])
    return headers
