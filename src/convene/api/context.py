"""What handlers take from the request: the platform and the answers of changes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse

from convene.core.errors import Invalid
from convene.core.permissions import Caller
from convene.edge.requests import CallerDep
from convene.services.idempotency import IdempotencyKey, Outcome, key_of
from convene.services.platform import Platform

__all__ = [
    "CallerDep",
    "IdempotencyHeader",
    "IfMatchHeader",
    "PlatformDep",
    "changed",
    "expected_revision",
    "key",
    "platform_of",
]


def platform_of(request: Request) -> Platform:
    """Return the platform that serves this application."""
    found = request.app.state.platform
    assert isinstance(found, Platform)
    return found


# FastAPI runs plain functions in a thread, which takes longer than all that this does.
async def _platform(request: Request) -> Platform:
    return platform_of(request)


PlatformDep = Annotated[Platform, Depends(_platform)]
IdempotencyHeader = Annotated[str | None, Header(alias="Idempotency-Key")]
IfMatchHeader = Annotated[str | None, Header(alias="If-Match")]


def key(caller: Caller, header: str | None, request: Request, body: Any) -> IdempotencyKey | None:
    """Return the idempotency key of this request, tied to the caller, method, path and body."""
    principal = f"{caller.account_id or ''}:{caller.credential_id or caller.kind}"
    if caller.kind == "session":
        principal = f"{caller.account_id}:session"
    return key_of(caller.org_id, principal, header, [request.method, request.url.path, body])


def expected_revision(header: str | None) -> int | None:
    """Return the revision of an `If-Match: "3"` header; None without it or with `*`."""
    if header is None or header.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', header)
    if found is None:
        raise Invalid("If-Match", 'If-Match must be the revision in quotes, such as "3".')
    return int(found.group(1))


def changed(outcome: Outcome, status: int = 200) -> JSONResponse:
    """Answer a change: the body, its revision as ETag, and whether it is a replay."""
    headers = {"ETag": f'"{outcome.body["revision"]}"'} if "revision" in outcome.body else {}
    if outcome.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    return JSONResponse(outcome.body, status, headers)
