"""Writing events: `/v1/calendars/{calendar_id}/events`, `DELETE /v1/events`, answers to invitations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from convene.api.v1.context import ACCEPTED, AccountCaller, PlatformDep, accepted
from convene.api.v1.event_bodies import Answer, BulkDeletion, Deletion, EventBody, EventChange
from convene.core.applications import Application
from convene.core.errors import Invalid
from convene.edge.loose_bodies import body_of, documented, loose_body, parse, query_of
from convene.services.platform import Platform

router = APIRouter(tags=["events"])

EXAMPLE = {
    "event_id": "board-2027-01",
    "summary": "Board meeting",
    "description": "Discuss plans for the next quarter.",
    "start": "2027-01-12T15:30:00Z",
    "end": "2027-01-12T17:00:00Z",
    "tzid": "Europe/London",
    "location": {"description": "Board room"},
    "reminders": [{"minutes": 30}],
}


async def members_of(request: Request) -> dict[str, Any]:
    """Return the body's members; bodies of two kinds share these calls."""
    return await body_of(request)


Members = Annotated[dict[str, Any], Depends(members_of)]


@router.post(
    "/v1/calendars/{calendar_id}/events",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(EventBody, EXAMPLE),
)
async def post_event(
    platform: PlatformDep, application: AccountCaller, calendar_id: str, members: Members
) -> Response:
    """Create or update the event that the application calls `event_id`, or change the one that `event_uid` names."""
    await write_event(platform, application, calendar_id, members)
    return accepted()


@router.delete(
    "/v1/calendars/{calendar_id}/events",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(Deletion, {"event_id": EXAMPLE["event_id"]}),
)
async def delete_event(
    platform: PlatformDep, application: AccountCaller, calendar_id: str, members: Members
) -> Response:
    """Delete an event; one of the application's own that is not there is as good as deleted."""
    await remove_event(platform, application, calendar_id, members)
    return accepted()


@router.delete(
    "/v1/events",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(BulkDeletion, {"delete_all": True}),
)
async def delete_events(
    platform: PlatformDep, application: AccountCaller, request: Request, members: Members
) -> Response:
    """Delete all events that the application manages, everywhere or in some calendars."""
    asked = parse(BulkDeletion, {**query_of(request), **members})
    if not asked.delete_all and not asked.calendar_ids:
        raise Invalid("delete_all", "delete_all or calendar_ids must be specified", code="required")
    await platform.managed_events.delete_all(application, None if asked.delete_all else asked.calendar_ids)
    return accepted()


@router.post(
    "/v1/calendars/{calendar_id}/events/{event_uid}/participation_status",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(Answer, {"status": "accepted"}),
)
async def post_participation_status(
    platform: PlatformDep,
    application: AccountCaller,
    calendar_id: str,
    event_uid: str,
    body: Annotated[Answer, Depends(loose_body(Answer))],
) -> Response:
    """Answer an invitation for the account."""
    await platform.foreign_events.answer(application, calendar_id, event_uid, body.status)
    return accepted()


async def write_event(
    platform: Platform, application: Application, calendar_id: str, members: Mapping[str, Any]
) -> None:
    """Upsert by `event_id` or change by `event_uid`."""
    uid = members.get("event_uid")
    if uid is not None and members.get("event_id") is None:
        if not isinstance(uid, str):
            raise Invalid("event_uid", "event_uid must be text")
        content = parse(EventChange, members).content()
        await platform.foreign_events.edit(application, calendar_id, uid, content)
        return
    event = parse(EventBody, members)
    await platform.managed_events.upsert(application, calendar_id, event.event_id, event.content())


async def remove_event(
    platform: Platform, application: Application, calendar_id: str, members: Mapping[str, Any]
) -> None:
    """Delete by `event_id` or `event_uid`."""
    asked = parse(Deletion, members)
    if asked.event_id is not None:
        await platform.managed_events.delete(application, calendar_id, asked.event_id)
    elif asked.event_uid is not None:
        await platform.foreign_events.delete_external(application, calendar_id, asked.event_uid)
    else:
        raise Invalid("event_id", "event_id must be specified", code="required")
