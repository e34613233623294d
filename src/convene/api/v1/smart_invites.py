"""`/v1/smart_invites`: invitations that an application mails, and what people answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.v1.context import KeyCaller, PlatformDep
from convene.api.v1.event_bodies import NoAttachments
from convene.core.errors import Invalid
from convene.edge.loose_bodies import LooseModel, documented, loose_body, loose_query
from convene.edge.loose_types import EventTime, LooseBool, LooseEventTime, LooseZone, plain
from convene.services.smart_invites import InviteDraft, InviteView, described

router = APIRouter(prefix="/v1/smart_invites", tags=["smart invites"])

EXAMPLE = {
    "smart_invite_id": "board-meeting-17",
    "recipient": {"email": "guest@example.com"},
    "organizer": {"name": "Globex", "email": "meetings@globex.example"},
    "event": {
        "summary": "Board meeting",
        "description": "Plans for the next quarter.",
        "start": {"time": "2027-01-12T09:00:00Z", "tzid": "Europe/London"},
        "end": {"time": "2027-01-12T10:00:00Z", "tzid": "Europe/London"},
        "location": {"description": "Board room"},
    },
    "callback_url": "https://app.example.com/invites",
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    **EXAMPLE,
                    "method": "request",
                    "recipient": {"email": "guest@example.com", "status": "pending"},
                    "replies": [],
                    "attachments": {"icalendar": "BEGIN:VCALENDAR\r\n..."},
                }
            }
        }
    }
}


class RecipientBody(LooseModel):
    email: str


class OrganizerBody(LooseModel):
    name: Annotated[str, Field(max_length=200)] = ""
    email: str = ""


class LocationBody(LooseModel):
    description: Annotated[str, Field(max_length=1024)] = ""
    lat: Annotated[str, Field(max_length=20, pattern=r"^-?\d{1,2}(\.\d+)?$")] | None = None
    long: Annotated[str, Field(max_length=20, pattern=r"^-?\d{1,3}(\.\d+)?$")] | None = None


class ReminderBody(LooseModel):
    minutes: Annotated[int, Field(ge=0, le=40_320)]


class InviteEventBody(LooseModel):
    summary: Annotated[str, Field(min_length=1, max_length=1024)]
    description: Annotated[str, Field(max_length=4096)] = ""
    start: LooseEventTime
    end: LooseEventTime
    tzid: LooseZone | None = None
    location: LocationBody | None = None
    url: Annotated[str, Field(max_length=2000)] = ""
    reminders: list[ReminderBody] = Field(default_factory=list, max_length=5)
    transparency: Literal["opaque", "transparent"] | None = None
    event_private: LooseBool | None = None
    recurrence: Any = None
    attachments: NoAttachments = None


class SmartInviteBody(LooseModel):
    smart_invite_id: Annotated[str, Field(min_length=1, max_length=255)]
    method: Literal["request", "cancel", "remove"] = "request"
    recipient: RecipientBody | None = None
    recipients: list[RecipientBody] | None = None
    event: InviteEventBody | None = None
    callback_url: str | None = None
    organizer: OrganizerBody | None = None


class SmartInviteQuery(LooseModel):
    smart_invite_id: str
    recipient_email: str | None = None


def _drafted(body: SmartInviteBody) -> InviteDraft:
    if body.recipient is not None and body.recipients is not None:
        raise Invalid("recipients", "recipients: name either recipient or recipients, not both.")
    several = [person.email for person in body.recipients or ()]
    return InviteDraft(
        smart_invite_id=body.smart_invite_id,
        recipients=several if body.recipient is None else [body.recipient.email],
        is_single=body.recipient is not None,
        event=None if body.event is None else _event(body.event),
        callback_url=body.callback_url,
        organizer=None if body.organizer is None else body.organizer.model_dump(),
    )


def _event(body: InviteEventBody) -> dict[str, Any]:
    if body.recurrence is not None:
        raise Invalid("event.recurrence", "event.recurrence: repeating events cannot be invited to yet.")
    if body.start.is_date != body.end.is_date:
        raise Invalid("event.end", "event.end: must be a date if event.start is one, else a time.")
    if not _is_before(body.start.value, body.end.value):
        raise Invalid("event.end", "event.end: must lie after event.start.")
    found = body.model_dump(exclude={"start", "end", "recurrence"}, exclude_none=True, exclude_defaults=True)
    return {**found, "start": _time(body.start), "end": _time(body.end)}


def _is_before(start: date, end: date) -> bool:
    return start < end


def _time(value: EventTime) -> Any:
    return {"time": plain(value), "tzid": value.tzid} if value.tzid else plain(value)


def _shown(view: InviteView) -> dict[str, Any]:
    return {
        **described(view.row, view.method, view.people),
        "attachments": {"icalendar": view.icalendar},
    }


@router.post("", openapi_extra=documented(SmartInviteBody, EXAMPLE), responses=_ANSWER)
async def post_smart_invite(
    platform: PlatformDep,
    application: KeyCaller,
    body: Annotated[SmartInviteBody, Depends(loose_body(SmartInviteBody))],
) -> JSONResponse:
    """Make, change or cancel an invitation, or take people off it; mail `attachments.icalendar` yourself."""
    draft = _drafted(body)
    invites = platform.smart_invites
    use = {"request": invites.put, "cancel": invites.cancel, "remove": invites.remove}[body.method]
    return JSONResponse(_shown(await use(application, draft)))


@router.get("", openapi_extra=documented(query=SmartInviteQuery), responses=_ANSWER)
async def get_smart_invite(
    platform: PlatformDep,
    application: KeyCaller,
    query: Annotated[SmartInviteQuery, Depends(loose_query(SmartInviteQuery))],
) -> JSONResponse:
    """Return an invitation and what people answered."""
    view = await platform.smart_invites.get(application, query.smart_invite_id, query.recipient_email)
    return JSONResponse(_shown(view))
