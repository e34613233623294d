"""`GET /v1/events` and `GET /v1/free_busy`: what is in an account's calendars, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.v1.context import AccountOrElement, PlatformDep
from convene.edge.loose_bodies import LooseModel, documented, loose_query
from convene.edge.loose_types import EventTime, LooseBool, LooseEventTime, LooseZone, in_utc
from convene.services.event_view import event_json, free_busy_json
from convene.services.events import MAX_CALENDARS, EventPage, EventQuestion

router = APIRouter(tags=["events"])

_UID = "evt_external_0e8t8fbh3s1pr7q2q5e0m0k5ag"
_CALENDAR = "cal_0e8t8fbh3s1pr7q2q5e0m0k5ag"
_EVENT = {
    "calendar_id": _CALENDAR,
    "event_uid": _UID,
    "summary": "Company Retreat",
    "description": "",
    "participation_status": "unknown",
    "attendees": [],
    "transparency": "opaque",
    "status": "confirmed",
    "categories": [],
    "recurring": False,
    "event_private": False,
    "start": "2027-01-12",
    "end": "2027-01-14",
    "deleted": False,
    "created": "2027-01-01T09:00:00Z",
    "updated": "2027-01-01T09:00:00Z",
    "options": {"delete": True, "update": True, "change_participation_status": False},
}
_BUSY = {
    "calendar_id": _CALENDAR,
    "event_uid": _UID,
    "start": "2027-01-12T08:00:00Z",
    "end": "2027-01-12T08:30:00Z",
    "free_busy_status": "busy",
}


def _answers(name: str, example: Any) -> dict[int | str, dict[str, Any]]:
    page = {"pages": {"current": 1, "total": 1}, name: [example]}
    return {200: {"content": {"application/json": {"example": page}}}}


class FreeBusyQuery(LooseModel):
    since: LooseEventTime | None = Field(None, alias="from")
    until: LooseEventTime | None = Field(None, alias="to")
    tzid: LooseZone
    calendar_ids: Annotated[list[str], Field(max_length=MAX_CALENDARS)] | None = None
    last_modified: LooseEventTime | None = None
    include_managed: LooseBool = False
    include_deleted: LooseBool = False
    localized_times: LooseBool = False
    include_userinfo: LooseBool = False

    def question(self, kind: Literal["events", "free_busy"]) -> EventQuestion:
        """Return what is asked for."""
        return EventQuestion(
            kind=kind,
            tzid=self.tzid,
            since=_written(self.since),
            until=_written(self.until),
            calendar_ids=self.calendar_ids,
            modified_since=_written(self.last_modified),
            include_managed=self.include_managed,
            include_deleted=self.include_deleted,
            localized_times=self.localized_times,
            include_userinfo=self.include_userinfo,
        )


class EventsQuery(FreeBusyQuery):
    only_managed: LooseBool = False
    include_geo: LooseBool = False
    include_moved: LooseBool = False

    def question(self, kind: Literal["events", "free_busy"]) -> EventQuestion:
        asked = super().question(kind)
        return msgspec.structs.replace(asked, only_managed=self.only_managed, include_geo=self.include_geo)


def _written(value: EventTime | None) -> str | None:
    if value is None:
        return None
    return in_utc(value.value) if isinstance(value.value, datetime) else value.value.isoformat()


@router.get("/v1/events", openapi_extra=documented(query=EventsQuery), responses=_answers("events", _EVENT))
async def get_events(
    platform: PlatformDep,
    application: AccountOrElement,
    query: Annotated[EventsQuery, Depends(loose_query(EventsQuery))],
) -> JSONResponse:
    """Return the events of a period, those that the application manages only where asked for."""
    page = await platform.events.first_page(application, query.question("events"))
    return await _shown(platform, application, page)


@router.get("/v1/events/pages/{page}", responses=_answers("events", _EVENT))
async def get_events_page(platform: PlatformDep, application: AccountOrElement, page: str) -> JSONResponse:
    """Return a further page, named by the one before."""
    found = await platform.events.further_page(application, "events", page)
    return await _shown(platform, application, found)


@router.get(
    "/v1/free_busy", openapi_extra=documented(query=FreeBusyQuery), responses=_answers("free_busy", _BUSY)
)
async def get_free_busy(
    platform: PlatformDep,
    application: AccountOrElement,
    query: Annotated[FreeBusyQuery, Depends(loose_query(FreeBusyQuery))],
) -> JSONResponse:
    """Return when the account is busy, without any details."""
    page = await platform.events.first_page(application, query.question("free_busy"))
    return await _shown(platform, application, page)


@router.get("/v1/free_busy/pages/{page}", responses=_answers("free_busy", _BUSY))
async def get_free_busy_page(platform: PlatformDep, application: AccountOrElement, page: str) -> JSONResponse:
    """Return a further page, named by the one before."""
    found = await platform.events.further_page(application, "free_busy", page)
    return await _shown(platform, application, found)


async def _shown(platform: PlatformDep, application: AccountOrElement, page: EventPage) -> JSONResponse:
    kind = page.question.kind
    pages: dict[str, Any] = {"current": page.current, "total": page.total}
    if page.next_token is not None:
        pages["next_page"] = f"{platform.bookings.base_url}/v1/{kind}/pages/{page.next_token}"
    if kind == "events":
        listed = [event_json(application, page, event) for event in page.events]
    else:
        listed = [free_busy_json(page, event) for event in page.events]
    answer: dict[str, Any] = {"pages": pages, kind: listed}
    if page.question.include_userinfo and page.current == 1:
        answer["userinfo"] = await platform.profiles.userinfo(application)
    return JSONResponse(answer)
