"""`/api/bookings`: book, read, move, cancel, answer requests, and try again to write into calendars."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, field_validator

from convene.api.context import (
    CallerDep,
    IdempotencyHeader,
    IfMatchHeader,
    PlatformDep,
    changed,
    expected_revision,
    key,
)
from convene.core.errors import Invalid
from convene.edge.requests import Body, Instant, parse_instant
from convene.edge.text import one_line, plain_text
from convene.services.booking_calendar import calendar_file
from convene.services.bookings import Draft

router = APIRouter(prefix="/api/bookings", tags=["bookings"])


class NewBooking(Body):
    participants: list[str] = Field(default_factory=list, max_length=50)
    resources: list[str] = Field(default_factory=list, max_length=50)
    start: Instant
    duration_minutes: int
    title: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=4000)
    conferencing: bool | str = True
    origin: dict[str, Any] | None = None
    share: str | None = Field(default=None, max_length=40)

    _title = field_validator("title")(one_line)
    _note = field_validator("note")(plain_text)


class Move(Body):
    start: Instant
    duration_minutes: int | None = None
    resources: list[str] | None = Field(default=None, max_length=50)
    message: str = Field(default="", max_length=1000)

    _message = field_validator("message")(plain_text)


class Cancellation(Body):
    reason: str = Field(default="", max_length=1000)

    _reason = field_validator("reason")(plain_text)


@router.post("", status_code=201)
async def post_booking(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    body: NewBooking,
    idempotency_key: IdempotencyHeader = None,
) -> JSONResponse:
    """Book a meeting."""
    if body.origin is not None and len(json.dumps(body.origin, ensure_ascii=False).encode()) > 2048:
        raise Invalid("origin", "origin may hold at most 2 KB.")
    draft = Draft(
        body.participants,
        body.start,
        body.duration_minutes,
        body.title,
        body.note,
        body.conferencing,
        body.origin,
        body.resources,
        body.share,
    )
    outcome = await platform.bookings.confirm(
        caller, draft, key(caller, idempotency_key, request, body.model_dump(mode="json"))
    )
    return changed(outcome, 201)


@router.get("")
async def get_bookings(
    platform: PlatformDep,
    caller: CallerDep,
    from_: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    to: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JSONResponse:
    """Return the member's bookings in a range; without one those of the next year."""
    since = parse_instant(from_, "from") if from_ else platform.clock()
    until = parse_instant(to, "to") if to else since + timedelta(days=366)
    if until <= since:
        raise Invalid("to", "to must be later than from.")
    return JSONResponse({"bookings": await platform.bookings.mine(caller, since, until, limit)})


@router.get("/{booking_id}")
async def get_booking(platform: PlatformDep, caller: CallerDep, booking_id: str) -> JSONResponse:
    """Return one booking with its history."""
    found = await platform.bookings.get(caller, booking_id)
    return JSONResponse(found, headers={"ETag": f'"{found["revision"]}"'})


@router.get(
    "/{booking_id}/calendar.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
async def get_calendar_file(platform: PlatformDep, caller: CallerDep, booking_id: str) -> Response:
    """Return the meeting as iCalendar."""
    row = await platform.bookings.find_row(caller, booking_id)
    return Response(
        calendar_file(row, platform.bookings.base_url, platform.clock()),
        media_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": 'attachment; filename="invite.ics"'},
    )


@router.post("/{booking_id}/reschedule")
async def post_reschedule(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    booking_id: str,
    body: Move,
    idempotency_key: IdempotencyHeader = None,
    if_match: IfMatchHeader = None,
) -> JSONResponse:
    """Move a meeting."""
    outcome = await platform.bookings.reschedule(
        caller,
        booking_id,
        body.start,
        body.duration_minutes,
        body.message,
        resources=body.resources,
        expected_revision=expected_revision(if_match),
        key=key(caller, idempotency_key, request, body.model_dump(mode="json")),
    )
    return changed(outcome)


@router.post("/{booking_id}/cancel")
async def post_cancel(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    booking_id: str,
    body: Cancellation | None = None,
    idempotency_key: IdempotencyHeader = None,
    if_match: IfMatchHeader = None,
) -> JSONResponse:
    """Cancel a meeting."""
    wanted = body or Cancellation()
    outcome = await platform.bookings.cancel(
        caller,
        booking_id,
        wanted.reason,
        expected_revision=expected_revision(if_match),
        key=key(caller, idempotency_key, request, wanted.model_dump(mode="json")),
    )
    return changed(outcome)


@router.post("/{booking_id}/accept")
async def post_accept(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    booking_id: str,
    idempotency_key: IdempotencyHeader = None,
    if_match: IfMatchHeader = None,
) -> JSONResponse:
    """Accept a request: it becomes a meeting."""
    outcome = await platform.link_requests.accept(
        caller,
        booking_id,
        expected_revision=expected_revision(if_match),
        key=key(caller, idempotency_key, request, {}),
    )
    return changed(outcome)


@router.post("/{booking_id}/decline")
async def post_decline(
    request: Request,
    platform: PlatformDep,
    caller: CallerDep,
    booking_id: str,
    body: Cancellation | None = None,
    idempotency_key: IdempotencyHeader = None,
    if_match: IfMatchHeader = None,
) -> JSONResponse:
    """Decline a request; whoever asked reads the reason."""
    wanted = body or Cancellation()
    outcome = await platform.link_requests.decline(
        caller,
        booking_id,
        wanted.reason,
        expected_revision=expected_revision(if_match),
        key=key(caller, idempotency_key, request, wanted.model_dump(mode="json")),
    )
    return changed(outcome)


@router.post("/{booking_id}/retry-calendar", status_code=202)
async def post_retry_calendar(platform: PlatformDep, caller: CallerDep, booking_id: str) -> JSONResponse:
    """Try again at once to write a meeting into its participants' calendars."""
    found = await platform.bookings.retry_calendar(caller, booking_id)
    return JSONResponse(found, 202, {"ETag": f'"{found["revision"]}"'})
