"""`POST /v1/batch`: up to fifty writes in one call, each judged and answered by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.v1.available_periods import Deletion as PeriodDeletion
from convene.api.v1.available_periods import PeriodBody, draft_of
from convene.api.v1.context import ACCEPTED, AccountCaller, PlatformDep
from convene.api.v1.event_bodies import BatchEntry
from convene.api.v1.event_writing import EXAMPLE as EVENT
from convene.api.v1.event_writing import remove_event, write_event
from convene.core.applications import Application
from convene.core.errors import ConveneError, Invalid
from convene.edge import cronofy_errors
from convene.edge.loose_bodies import LooseModel, documented, loose_body, parse
from convene.services.platform import Platform

router = APIRouter(tags=["batch"])

MAX_ENTRIES = 50
MULTI_STATUS = 207
_EVENTS = re.compile(r"/v1/calendars/([^/?#]+)/events/?")
_PERIODS = re.compile(r"/v1/available_periods/?")
_ENTRY = {
    "method": "POST",
    "relative_url": "/v1/calendars/cal_0e8t8fbh3s1pr7q2q5e0m0k5ag/events",
    "data": EVENT,
}

Action = Callable[[Platform, Application, re.Match[str], Mapping[str, Any]], Awaitable[None]]


class BatchBody(LooseModel):
    batch: Annotated[list[BatchEntry], Field(min_length=1)]


@router.post(
    "/v1/batch",
    status_code=MULTI_STATUS,
    openapi_extra=documented(BatchBody, {"batch": [_ENTRY]}),
    responses={
        MULTI_STATUS: {"content": {"application/json": {"example": {"batch": [{"status": ACCEPTED}]}}}}
    },
)
async def post_batch(
    platform: PlatformDep,
    application: AccountCaller,
    body: Annotated[BatchBody, Depends(loose_body(BatchBody))],
) -> JSONResponse:
    """Do every entry in order; what fails fails alone."""
    if len(body.batch) > MAX_ENTRIES:
        raise Invalid("batch", f"batch: at most {MAX_ENTRIES} entries", code="too_many")
    return JSONResponse(
        {"batch": [await _entry(platform, application, entry) for entry in body.batch]}, MULTI_STATUS
    )


async def _entry(platform: Platform, application: Application, entry: BatchEntry) -> dict[str, Any]:
    """Do one entry. Success is always 202: SDKs take 200 for a failure."""
    try:
        action, match = _action(entry)
        await action(platform, application, match, entry.data)
    except ConveneError as error:
        answer = cronofy_errors.answer(error)
        return {"status": answer.status_code, "data": json.loads(bytes(answer.body))}
    return {"status": ACCEPTED}


def _action(entry: BatchEntry) -> tuple[Action, re.Match[str]]:
    for pattern, method, action in _ACTIONS:
        match = pattern.fullmatch(entry.relative_url)
        if match is not None and method == entry.method.upper():
            return action, match
    raise Invalid("relative_url", "relative_url and method must name a write of events or available periods")


async def _write_event(
    platform: Platform, application: Application, match: re.Match[str], data: Mapping[str, Any]
) -> None:
    await write_event(platform, application, match[1], data)


async def _remove_event(
    platform: Platform, application: Application, match: re.Match[str], data: Mapping[str, Any]
) -> None:
    await remove_event(platform, application, match[1], data)


async def _write_period(
    platform: Platform, application: Application, _match: re.Match[str], data: Mapping[str, Any]
) -> None:
    await platform.available_periods.put(application, draft_of(parse(PeriodBody, data)))


async def _remove_period(
    platform: Platform, application: Application, _match: re.Match[str], data: Mapping[str, Any]
) -> None:
    asked = parse(PeriodDeletion, data)
    if asked.available_period_id is None:
        raise Invalid("available_period_id", "available_period_id must be specified", code="required")
    await platform.available_periods.delete(application, asked.available_period_id)


_ACTIONS: tuple[tuple[re.Pattern[str], str, Action], ...] = (
    (_EVENTS, "POST", _write_event),
    (_EVENTS, "DELETE", _remove_event),
    (_PERIODS, "POST", _write_period),
    (_PERIODS, "DELETE", _remove_period),
)
