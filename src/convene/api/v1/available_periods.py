"""`/v1/available_periods`: single stretches of availability that an application declares for an account."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.v1.context import ACCEPTED, AccountCaller, PlatformDep, accepted
from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.core.instants import day_bounds, from_seconds
from convene.edge.loose_bodies import LooseModel, documented, loose_body, loose_query, parse
from convene.edge.loose_types import EventTime, LooseBool, LooseEventTime, LooseZone, in_utc
from convene.services.available_periods import PeriodDraft
from convene.services.platform import Platform
from convene.storage.available_periods import AvailablePeriodRow

router = APIRouter(prefix="/v1/available_periods", tags=["available periods"])

UTC_TZID = "Etc/UTC"
EXAMPLE = {
    "available_period_id": "spring-open-day",
    "start": "2027-01-12T15:30:00Z",
    "end": "2027-01-12T17:00:00Z",
}
_PAGE: dict[str, Any] = {
    "content": {
        "application/json": {"example": {"pages": {"current": 1, "total": 1}, "available_periods": [EXAMPLE]}}
    }
}


class PeriodBody(LooseModel):
    available_period_id: str
    start: LooseEventTime
    end: LooseEventTime


class Deletion(LooseModel):
    available_period_id: str | None = None
    delete_all: LooseBool | None = None


class Selection(LooseModel):
    """Which periods; `from` and `to` are dates in `tzid`, or times."""

    from_: LooseEventTime | None = Field(default=None, alias="from")
    to: LooseEventTime | None = None
    tzid: LooseZone = UTC_TZID
    localized_times: LooseBool = False


@router.get("", openapi_extra=documented(query=Selection), responses={200: _PAGE})
async def get_periods(
    platform: PlatformDep,
    application: AccountCaller,
    selection: Annotated[Selection, Depends(loose_query(Selection))],
) -> JSONResponse:
    """Return the account's available periods, a page at a time."""
    return await page_of(platform, application, selection, 1)


@router.get("/pages/{page}", responses={200: _PAGE})
async def get_page(platform: PlatformDep, application: AccountCaller, page: str) -> JSONResponse:
    """Return a following page; its address is `pages.next_page` of the one before."""
    members = opened(page)
    number = members.pop("page", 0)
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 10_000:
        raise NotFound("There is no such page.")
    return await page_of(platform, application, parse(Selection, members), number)


@router.post("", status_code=ACCEPTED, response_class=Response, openapi_extra=documented(PeriodBody, EXAMPLE))
async def post_period(
    platform: PlatformDep,
    application: AccountCaller,
    body: Annotated[PeriodBody, Depends(loose_body(PeriodBody))],
) -> Response:
    """Create or replace an available period."""
    await platform.available_periods.put(application, draft_of(body))
    return accepted()


@router.delete(
    "",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(Deletion, {"available_period_id": EXAMPLE["available_period_id"]}),
)
async def delete_periods(
    platform: PlatformDep,
    application: AccountCaller,
    body: Annotated[Deletion, Depends(loose_body(Deletion))],
) -> Response:
    """Delete one available period, or all of them with `delete_all`."""
    if body.available_period_id is not None:
        await platform.available_periods.delete(application, body.available_period_id)
    elif body.delete_all:
        await platform.available_periods.delete_all(application)
    elif body.delete_all is False:
        raise Invalid("delete_all", "delete_all must be true where it is given")
    else:
        raise Invalid("available_period_id", "available_period_id must be specified", code="required")
    return accepted()


def draft_of(body: PeriodBody) -> PeriodDraft:
    """Return a checked body as the service takes it; whole days begin at midnight of their zone."""
    return PeriodDraft(
        body.available_period_id,
        instant_of(body.start, UTC_TZID),
        instant_of(body.end, UTC_TZID),
        body.start.tzid or UTC_TZID,
        body.end.tzid or UTC_TZID,
    )


def instant_of(time: EventTime, tzid: str) -> datetime:
    """Return a time's instant, a date's midnight in its own zone or else in `tzid`."""
    if isinstance(time.value, datetime):
        return time.value
    day: date = time.value
    return from_seconds(day_bounds(day, time.tzid or tzid)[0])


async def page_of(
    platform: Platform, application: Application, selection: Selection, number: int
) -> JSONResponse:
    """Answer one page of a selection."""
    bounds = [
        None if time is None else instant_of(time, selection.tzid) for time in (selection.from_, selection.to)
    ]
    found = await platform.available_periods.read(application, bounds[0], bounds[1], number)
    pages: dict[str, Any] = {"current": found.current, "total": found.total}
    if found.current < found.total:
        following = sealed(selection, bounds, number + 1)
        pages["next_page"] = f"{platform.bookings.base_url}/v1/available_periods/pages/{following}"
    return JSONResponse(
        {
            "pages": pages,
            "available_periods": [described(row, selection) for row in found.periods],
        }
    )


def described(row: AvailablePeriodRow, selection: Selection) -> dict[str, Any]:
    """Return a period; with `localized_times` its ends are told with their zones."""
    start, end = in_utc(row.starts_at), in_utc(row.ends_at)
    if not selection.localized_times:
        return {"available_period_id": row.available_period_id, "start": start, "end": end}
    return {
        "available_period_id": row.available_period_id,
        "start": {"time": start, "tzid": row.start_tzid},
        "end": {"time": end, "tzid": row.end_tzid},
    }


def sealed(selection: Selection, bounds: list[datetime | None], page: int) -> str:
    """Write a selection and a page number as one path segment. It holds nothing but what its reader has sent."""
    members = {
        name: in_utc(bound.astimezone(UTC))
        for name, bound in zip(("from", "to"), bounds, strict=True)
        if bound is not None
    }
    text = json.dumps({**members, "localized_times": selection.localized_times, "page": page})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(page: str) -> dict[str, Any]:
    """Read what `sealed` wrote; raises `NotFound` for anything else."""
    try:
        members = json.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise NotFound("There is no such page.")
    return members
