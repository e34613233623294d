"""`/v1/real_time_scheduling`, `/v1/real_time_sequencing` and `/v1/add_to_calendar`: booking links of applications."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from convene.api.v1.context import KeyCaller, KeyOrCredentials, PlatformDep
from convene.api.v1.link_bodies import (
    AddToCalendarBody,
    ChangeBody,
    DisableBody,
    SchedulingBody,
    SequenceChangeBody,
    SequencingBody,
)
from convene.api.v1.link_drafts import (
    add_to_calendar_draft,
    change_of,
    scheduling_draft,
    sequencing_draft,
    told,
)
from convene.core.applications import Application
from convene.core.errors import Invalid
from convene.edge.loose_bodies import LooseModel, documented, loose_body, loose_query
from convene.services.link_view import ROOTS

router = APIRouter(prefix="/v1", tags=["booking links"])

_SUB, _CALENDAR = "acc_0e8t8fbh3s1pr7q2q5e0m0k5ag", "cal_0e8t8fbh3s1pr7q2q5e0m0k5b0"
_PERIOD = {"start": "2027-01-12T09:00:00Z", "end": "2027-01-12T18:00:00Z"}
_MEMBERS = [{"members": [{"sub": _SUB}], "required": "all"}]
EXAMPLE = {
    "oauth": {"redirect_uri": "https://app.example.com/scheduled"},
    "event": {"event_id": "interview-42", "summary": "Interview", "tzid": "Europe/London"},
    "availability": {
        "participants": _MEMBERS,
        "required_duration": {"minutes": 60},
        "query_periods": [_PERIOD],
        "start_interval": {"minutes": 30},
    },
    "target_calendars": [{"sub": _SUB, "calendar_id": _CALENDAR}],
    "callback_urls": {"completed_url": "https://app.example.com/callbacks/scheduled"},
    "tzid": "Europe/London",
}
SEQUENCING_EXAMPLE = {
    "oauth": {"redirect_uri": "https://app.example.com/scheduled"},
    "event": {"event_id": "day-42", "summary": "Interview day"},
    "availability": {
        "sequence": [
            {
                "sequence_id": name,
                "ordinal": ordinal,
                "participants": _MEMBERS,
                "required_duration": {"minutes": 30},
                "event": {"event_id": f"{name}-42", "summary": name.title()},
            }
            for ordinal, name in enumerate(("screening", "interview"), 1)
        ],
        "query_periods": [_PERIOD],
    },
    "target_calendars": [{"sub": _SUB, "calendar_id": _CALENDAR}],
    "tzid": "Europe/London",
}
ADD_EXAMPLE = {
    "oauth": {"redirect_uri": "https://app.example.com/done"},
    "event": {
        "event_id": "webinar-7",
        "summary": "Webinar",
        "start": "2027-01-12T15:00:00Z",
        "end": "2027-01-12T16:00:00Z",
        "tzid": "Europe/London",
    },
}
CHANGE_EXAMPLE = {"max_uses": 5, "expires_at": "2027-01-31T00:00:00Z"}
_URL = "https://convene.example.com/book/0hDl2gJ3n9c8yT5q7wXvZbM4kR6sF1aEoUpLiNtHxYk"
_STATUS = {
    "real_time_scheduling_id": "sch_0e8t8fbh3s1pr7q2q5e0m0k5c0",
    "url": _URL,
    "status": "open",
    "event": EXAMPLE["event"],
    "max_uses": 1,
    "uses": 0,
    "revision": 1,
}


def _example(body: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": body}}}}


_ONE = _example({"real_time_scheduling": _STATUS})
_MADE = _example({"real_time_scheduling": _STATUS, "url": _URL})
_SEQUENCE_STATUS = {
    "real_time_sequencing_id": "seq_0e8t8fbh3s1pr7q2q5e0m0k5c0",
    **{name: value for name, value in _STATUS.items() if name != "real_time_scheduling_id"},
    "event": SEQUENCING_EXAMPLE["event"],
    "sequence": [],
}
_ONE_SEQUENCE = _example({"real_time_sequencing": _SEQUENCE_STATUS})
_MADE_SEQUENCE = _example({"real_time_sequencing": _SEQUENCE_STATUS, "url": _URL})


class TokenQuery(LooseModel):
    token: str


@router.post("/real_time_scheduling", openapi_extra=documented(SchedulingBody, EXAMPLE), responses=_MADE)
async def post_scheduling(
    platform: PlatformDep,
    application: KeyOrCredentials,
    body: Annotated[SchedulingBody, Depends(loose_body(SchedulingBody))],
) -> JSONResponse:
    """Make a link with which somebody books one meeting."""
    _check_callback(platform, body.callback_url)
    made = await platform.links.create(application, scheduling_draft(body))
    return JSONResponse(told(made, ROOTS["scheduling"]))


@router.get("/real_time_scheduling", openapi_extra=documented(query=TokenQuery), responses=_ONE)
async def get_scheduling_by_token(
    platform: PlatformDep,
    application: KeyCaller,
    query: Annotated[TokenQuery, Depends(loose_query(TokenQuery))],
) -> JSONResponse:
    """Return the status of the link whose address ends in `token`."""
    return await _by_token(platform, application, "scheduling", query)


@router.get("/real_time_scheduling/{link_id}", responses=_ONE)
async def get_scheduling(platform: PlatformDep, application: KeyCaller, link_id: str) -> JSONResponse:
    """Return a link's status: `open`, `completed` or `disabled`."""
    return await _by_id(platform, application, "scheduling", link_id)


@router.post(
    "/real_time_scheduling/{link_id}/disable",
    openapi_extra=documented(DisableBody, {"display_message": "The position has been filled."}),
    responses=_ONE,
)
async def post_scheduling_disable(
    platform: PlatformDep,
    application: KeyCaller,
    link_id: str,
    body: Annotated[DisableBody, Depends(loose_body(DisableBody))],
) -> JSONResponse:
    """Let a link take no bookings any more."""
    return await _disable(platform, application, "scheduling", link_id, body)


@router.patch(
    "/real_time_scheduling/{link_id}", openapi_extra=documented(ChangeBody, CHANGE_EXAMPLE), responses=_ONE
)
async def patch_scheduling(
    platform: PlatformDep,
    application: KeyCaller,
    link_id: str,
    body: Annotated[ChangeBody, Depends(loose_body(ChangeBody))],
) -> JSONResponse:
    """Change a link. Cronofy has no such call."""
    changed = await platform.links.change(application, "scheduling", link_id, change_of(body))
    return JSONResponse({ROOTS["scheduling"]: changed})


@router.post(
    "/real_time_sequencing",
    openapi_extra=documented(SequencingBody, SEQUENCING_EXAMPLE),
    responses=_MADE_SEQUENCE,
)
async def post_sequencing(
    platform: PlatformDep,
    application: KeyOrCredentials,
    body: Annotated[SequencingBody, Depends(loose_body(SequencingBody))],
) -> JSONResponse:
    """Make a link with which somebody books several meetings, one after the other."""
    _check_callback(platform, body.callback_url)
    made = await platform.links.create(application, sequencing_draft(body))
    return JSONResponse(told(made, ROOTS["sequencing"]))


@router.get("/real_time_sequencing", openapi_extra=documented(query=TokenQuery), responses=_ONE_SEQUENCE)
async def get_sequencing_by_token(
    platform: PlatformDep,
    application: KeyCaller,
    query: Annotated[TokenQuery, Depends(loose_query(TokenQuery))],
) -> JSONResponse:
    """Return the status of the sequence whose address ends in `token`."""
    return await _by_token(platform, application, "sequencing", query)


@router.get("/real_time_sequencing/{link_id}", responses=_ONE_SEQUENCE)
async def get_sequencing(platform: PlatformDep, application: KeyCaller, link_id: str) -> JSONResponse:
    """Return the status of a sequence."""
    return await _by_id(platform, application, "sequencing", link_id)


@router.post(
    "/real_time_sequencing/{link_id}/disable",
    openapi_extra=documented(DisableBody, {"display_message": "The position has been filled."}),
    responses=_ONE_SEQUENCE,
)
async def post_sequencing_disable(
    platform: PlatformDep,
    application: KeyCaller,
    link_id: str,
    body: Annotated[DisableBody, Depends(loose_body(DisableBody))],
) -> JSONResponse:
    """Let a sequence take no bookings any more."""
    return await _disable(platform, application, "sequencing", link_id, body)


@router.patch(
    "/real_time_sequencing/{link_id}",
    openapi_extra=documented(SequenceChangeBody, CHANGE_EXAMPLE),
    responses=_ONE_SEQUENCE,
)
async def patch_sequencing(
    platform: PlatformDep,
    application: KeyCaller,
    link_id: str,
    body: Annotated[SequenceChangeBody, Depends(loose_body(SequenceChangeBody))],
) -> JSONResponse:
    """Change a sequence. Cronofy has no such call."""
    changed = await platform.links.change(application, "sequencing", link_id, change_of(body))
    return JSONResponse({ROOTS["sequencing"]: changed})


@router.post(
    "/add_to_calendar",
    openapi_extra=documented(AddToCalendarBody, ADD_EXAMPLE),
    responses=_example({"url": _URL}),
)
async def post_add_to_calendar(
    platform: PlatformDep,
    application: KeyOrCredentials,
    body: Annotated[AddToCalendarBody, Depends(loose_body(AddToCalendarBody))],
) -> JSONResponse:
    """Make a page with which somebody puts one event into their calendar."""
    made = await platform.links.create(application, add_to_calendar_draft(body))
    return JSONResponse({"url": made["url"]})


def _check_callback(platform: PlatformDep, url: str | None) -> None:
    if url:
        platform.webhooks.check_url(url, "callback_url")


async def _by_token(
    platform: PlatformDep, application: Application, kind: str, query: TokenQuery
) -> JSONResponse:
    if not query.token:
        raise Invalid("token", "token must be specified", code="required")
    return JSONResponse({ROOTS[kind]: await platform.links.get_by_token(application, kind, query.token)})


async def _by_id(platform: PlatformDep, application: Application, kind: str, link_id: str) -> JSONResponse:
    return JSONResponse({ROOTS[kind]: await platform.links.get(application, kind, link_id)})


async def _disable(
    platform: PlatformDep, application: Application, kind: str, link_id: str, body: DisableBody
) -> JSONResponse:
    found = await platform.links.disable(application, kind, link_id, body.display_message)
    return JSONResponse({ROOTS[kind]: found})
