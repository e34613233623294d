"""What applications send about events, checked field by field, and as it is stored (`formats.event_content`)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from convene.core.attachments import MAX_OF_EVENT
from convene.core.errors import Invalid
from convene.core.instants import day_bounds
from convene.edge.loose_bodies import LooseModel
from convene.edge.loose_types import (
    EventTime,
    LooseBool,
    LooseDuration,
    LooseEventTime,
    LooseZone,
    in_utc,
    wrong,
)
from convene.services.meeting_place import is_join_url

MAX_EVENT_ID, MAX_SUMMARY, MAX_DESCRIPTION = 256, 1_024, 4_096
MAX_REMINDERS, MAX_REMINDER_MINUTES, MAX_INVITED = 5, 40_320, 200
_EMAIL = re.compile(r"[^\s@<>\",;:]{1,64}@[^\s@<>\",;:]{1,190}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_ADDRESS = re.compile(r"https?://[^\s]+")


def _text_id(value: object) -> object:
    """Names of applications for their events are text; SDKs also send numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _matching(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value and pattern.fullmatch(value) is None:
            raise wrong("format", f"must be {what}")
        return value

    return AfterValidator(check)


def _coordinate(value: object) -> object:
    try:
        number = float(str(value))
    except ValueError:
        raise wrong("coordinate", "must be degrees such as 51.5") from None
    if not -180 <= number <= 180:
        raise wrong("coordinate", "must lie between -180 and 180 degrees")
    return str(value).strip()


EventId = Annotated[str, BeforeValidator(_text_id), Field(min_length=1, max_length=MAX_EVENT_ID)]
Email = Annotated[str, _matching(_EMAIL, "a mail address")]
Address = Annotated[str, Field(max_length=2_048), _matching(_ADDRESS, "an http or https address")]
Color = Annotated[str, _matching(_COLOR, "a colour such as #5ea8d8")]


def _none_at_all(value: object) -> None:
    if value not in (None, []):
        raise wrong("attachments", "is for events that your application writes by event_id only")


NoAttachments = Annotated[
    None,
    BeforeValidator(_none_at_all),
    WithJsonSchema({"type": "array", "maxItems": 0, "items": {}}),
]
"""Where events name no files: refused rather than lost."""
Degrees = Annotated[str, BeforeValidator(_coordinate)]


class Location(LooseModel):
    description: Annotated[str, Field(max_length=1_024)] = ""
    lat: Degrees | None = None
    long: Degrees | None = None


class Reminder(LooseModel):
    minutes: Annotated[int, Field(ge=0, le=MAX_REMINDER_MINUTES)]


class Attendee(LooseModel):
    email: Email
    display_name: Annotated[str, Field(max_length=254)] = ""


class Attendees(LooseModel):
    invite: Annotated[list[Attendee], Field(default_factory=list, max_length=MAX_INVITED)]
    remove: Annotated[list[Attendee], Field(default_factory=list, max_length=MAX_INVITED)]
    reject: Annotated[list[Attendee], Field(default_factory=list, max_length=MAX_INVITED)]


class ConferencingBody(LooseModel):
    profile_id: Annotated[str, Field(min_length=1, max_length=128)]
    provider_description: Annotated[str, Field(max_length=254)] = ""
    join_url: str = ""


Anchor = Literal["event_start", "event_end"]


class Transition(LooseModel):
    """A time around the event: `offset` minutes before or after its beginning or end."""

    before: Anchor | None = None
    after: Anchor | None = None
    offset: LooseDuration = 0

    @model_validator(mode="after")
    def _one_side(self) -> Transition:
        if (self.before is None) == (self.after is None):
            raise wrong("transition", "must have either before or after: event_start or event_end")
        return self

    def told(self) -> dict[str, Any]:
        side = {"before": self.before} if self.before is not None else {"after": self.after}
        return {**side, "offset": {"minutes": self.offset}}


class Interaction(LooseModel):
    type: Literal["conferencing_assigned"]


class Subscription(LooseModel):
    """An address that is to be told of an event."""

    type: Literal["webhook"]
    uri: Address
    transitions: Annotated[list[Transition], Field(default_factory=list, max_length=10)]
    interactions: Annotated[list[Interaction], Field(default_factory=list, max_length=10)]

    def told(self) -> dict[str, Any]:
        return {
            "uri": self.uri,
            "transitions": [item.told() for item in self.transitions],
            "interactions": [item.type for item in self.interactions],
        }


class AttachmentName(LooseModel):
    """A file that was sent to `/v1/attachments` before."""

    attachment_id: Annotated[str, Field(max_length=64)]


class _EventText(LooseModel):
    """What all events say."""

    keeps_null: ClassVar[frozenset[str]] = frozenset({"url", "color", "description", "location"})

    summary: Annotated[str, Field(max_length=MAX_SUMMARY)] | None = None
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION)] | None = None
    start: LooseEventTime | None = None
    end: LooseEventTime | None = None
    tzid: LooseZone = "Etc/UTC"
    location: Location | None = None
    url: Address | None = None
    reminders: Annotated[list[Reminder], Field(max_length=MAX_REMINDERS)] | None = None
    reminders_create_only: LooseBool = False
    transparency: Literal["opaque", "transparent"] | None = None
    color: Color | None = None
    event_private: LooseBool | None = None
    attendees: Attendees | None = None
    conferencing: ConferencingBody | None = None

    def content(self) -> dict[str, Any]:
        """Return what was sent. Raises `Invalid` naming the field."""
        sent = self.model_fields_set
        found: dict[str, Any] = {}
        for name in ("summary", "description", "url", "color"):
            if name in sent:
                found[name] = getattr(self, name) or ""
        if "location" in sent:
            found["location"] = {} if self.location is None else self.location.model_dump(exclude_none=True)
        for name in ("transparency", "event_private"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        if self.reminders is not None:
            found["reminders"] = [item.minutes for item in self.reminders]
            found["reminders_create_only"] = self.reminders_create_only
        if self.attendees is not None:
            found["attendees"] = [item.model_dump() for item in self.attendees.invite]
            gone = (*self.attendees.remove, *self.attendees.reject)
            found["removed_attendees"] = [item.email.lower() for item in gone]
        if self.conferencing is not None:
            found["conferencing"] = self._conferencing(self.conferencing)
        if self.start is not None or self.end is not None:
            found |= self._times()
        return found

    def _conferencing(self, wanted: ConferencingBody) -> dict[str, Any]:
        if wanted.profile_id == "explicit" and not is_join_url(wanted.join_url):
            raise Invalid("conferencing.join_url", "conferencing.join_url must be an https address")
        if wanted.profile_id != "explicit" and wanted.join_url:
            raise Invalid(
                "conferencing.join_url", "conferencing.join_url goes with the profile_id explicit only"
            )
        return wanted.model_dump()

    def _times(self) -> dict[str, Any]:
        for name in ("start", "end"):
            if getattr(self, name) is None:
                raise Invalid(name, f"{name} must be specified", code="required")
        start, end = self.start, self.end
        assert start is not None
        assert end is not None
        if start.is_date != end.is_date:
            raise Invalid("end", "end must be a date where start is one, and a time where it is not")
        if not _instant(start, self.tzid) < _instant(end, self.tzid):
            raise Invalid("end", "end must lie after start")
        return {
            "start": _plain(start),
            "end": _plain(end),
            "start_tzid": start.tzid or self.tzid,
            "end_tzid": end.tzid or self.tzid,
        }


class EventChange(_EventText):
    """An event of somebody else, named by `event_uid`: what is left out stays."""

    attachments: NoAttachments = None


class EventBody(_EventText):
    """An application's own event, named by `event_id`: what is left out is removed, with a few exceptions."""

    event_id: EventId
    summary: Annotated[str, Field(max_length=MAX_SUMMARY)]
    start: LooseEventTime
    end: LooseEventTime
    subscriptions: Annotated[list[Subscription], Field(max_length=10)] | None = None
    attachments: Annotated[list[AttachmentName], Field(default_factory=list, max_length=MAX_OF_EVENT)]

    def content(self) -> dict[str, Any]:
        """Return all that the event says, and who is to be told of it if that was sent."""
        empty = {
            "description": "",
            "url": "",
            "color": "",
            "location": {},
            "transparency": "opaque",
            "event_private": False,
        }
        found = {**empty, **super().content()}
        found["attachments"] = [item.attachment_id for item in self.attachments]
        if self.subscriptions is not None:
            found["subscriptions"] = [item.told() for item in self.subscriptions]
        return found


class Deletion(LooseModel):
    event_id: EventId | None = None
    event_uid: str | None = None


class BulkDeletion(LooseModel):
    delete_all: LooseBool = False
    calendar_ids: Annotated[list[str], Field(max_length=200)] | None = None


class Answer(LooseModel):
    status: Annotated[str, Field(max_length=40)]


class BatchEntry(LooseModel):
    method: str
    relative_url: Annotated[str, Field(max_length=2_048)]
    data: dict[str, Any] = Field(default_factory=dict)


def _instant(value: EventTime, tzid: str) -> float:
    if isinstance(value.value, datetime):
        return value.value.timestamp()
    return day_bounds(value.value, value.tzid or tzid)[0]


def _plain(value: EventTime) -> str:
    return in_utc(value.value) if isinstance(value.value, datetime) else value.value.isoformat()
