"""`/v1/availability_rules`: weekly hours that an application keeps for an account."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from convene.api.v1.context import ACCEPTED, AccountOrElement, PlatformDep, accepted
from convene.core.applications import Application
from convene.core.errors import Invalid
from convene.edge.loose_bodies import LooseModel, documented, loose_body
from convene.edge.loose_types import LooseZone
from convene.services.managed_rules import RuleDraft

router = APIRouter(prefix="/v1/availability_rules", tags=["availability rules"])

EXAMPLE = {
    "availability_rule_id": "default",
    "tzid": "America/Chicago",
    "calendar_ids": ["cal_0e8t8fbh3s1pr7q2q5e0m0k5ag"],
    "weekly_periods": [
        {"day": "monday", "start_time": "09:30", "end_time": "12:30"},
        {"day": "monday", "start_time": "14:00", "end_time": "17:00"},
        {"day": "wednesday", "start_time": "09:30", "end_time": "12:30"},
    ],
}
_ONE: dict[str, Any] = {"content": {"application/json": {"example": {"availability_rule": EXAMPLE}}}}
_MANY: dict[str, Any] = {"content": {"application/json": {"example": {"availability_rules": [EXAMPLE]}}}}


class WeeklyPeriodBody(LooseModel):
    day: str
    start_time: str
    end_time: str


class RuleBody(LooseModel):
    availability_rule_id: str
    tzid: LooseZone
    calendar_ids: list[str] | None = None
    weekly_periods: list[WeeklyPeriodBody]


def managing(application: AccountOrElement) -> Application:
    """The application, if it may manage availability."""
    application.require_permission("managed_availability")
    return application


Managing = Annotated[Application, Depends(managing)]


@router.get("", responses={200: _MANY})
async def get_rules(platform: PlatformDep, application: Managing) -> JSONResponse:
    """Return the account's availability rules."""
    return JSONResponse({"availability_rules": await platform.managed_rules.list_rules(application)})


@router.post("", openapi_extra=documented(RuleBody, EXAMPLE), responses={200: _ONE})
async def post_rule(
    platform: PlatformDep,
    application: Managing,
    body: Annotated[RuleBody, Depends(loose_body(RuleBody))],
) -> JSONResponse:
    """Create or replace an availability rule."""
    draft = RuleDraft(
        body.availability_rule_id,
        body.tzid,
        [{**period.model_dump(), "day": period.day.strip().lower()} for period in body.weekly_periods],
        body.calendar_ids,
    )
    try:
        found = await platform.managed_rules.put(application, draft)
    except Invalid as error:
        raise dotted(error) from error
    return JSONResponse({"availability_rule": found})


@router.get("/{availability_rule_id}", responses={200: _ONE})
async def get_rule(platform: PlatformDep, application: Managing, availability_rule_id: str) -> JSONResponse:
    """Return one availability rule; 404 if it was never saved."""
    return JSONResponse(
        {"availability_rule": await platform.managed_rules.get(application, availability_rule_id)}
    )


@router.delete("/{availability_rule_id}", status_code=ACCEPTED, response_class=Response)
async def delete_rule(platform: PlatformDep, application: Managing, availability_rule_id: str) -> Response:
    """Delete an availability rule."""
    await platform.managed_rules.delete(application, availability_rule_id)
    return accepted()


def dotted(error: Invalid) -> Invalid:
    """Name the place as this surface does: `weekly_periods.2.end_time`."""
    field = re.sub(r"\[(\d+)\]", r".\1", error.field)
    return Invalid(field, error.detail.replace(error.field, field), code=error.code)
