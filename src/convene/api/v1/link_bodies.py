"""Booking links as they arrive: Real-Time Scheduling and Sequencing, in the generous reading of this surface."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, WithJsonSchema

from convene.api.v1.availability_bodies import (
    AvailabilityBody,
    SequencedAvailabilityBody,
    SequenceItemBody,
)
from convene.api.v1.event_bodies import Color, NoAttachments
from convene.core.page_look import MAX_URL
from convene.core.page_terms import DEFAULT_HOURS, MAX_HOURS
from convene.edge.loose_bodies import LooseModel
from convene.edge.loose_types import LooseBool, LooseDuration, LooseEventTime, LooseZone, V1Time, wrong

MAX_ORIGINS = 20
_HOURS = {"h": "h", "12": "h", "H": "H", "24": "H"}


def _hour_format(value: object) -> object:
    if str(value) not in _HOURS:
        raise wrong("hour_format", 'must be "h" for 12 hours or "H" for 24')
    return _HOURS[str(value)]


HourFormat = Annotated[
    str, BeforeValidator(_hour_format), WithJsonSchema({"type": "string", "enum": ["h", "H"]})
]


class OauthBody(LooseModel):
    redirect_uri: str


class LocationBody(LooseModel):
    description: str | None = Field(default=None, max_length=1024)
    lat: str | float | None = None
    long: str | float | None = None


class ReminderBody(LooseModel):
    minutes: int = Field(ge=0, le=40_320)


class ConferencingBody(LooseModel):
    profile_id: str
    provider_description: str | None = None
    join_url: str | None = None


class PartialEventBody(LooseModel):
    """What a target calendar or a step of a sequence says differently."""

    event_id: str | None = Field(default=None, max_length=255)
    summary: str | None = Field(default=None, max_length=1024)
    description: str | None = Field(default=None, max_length=4096)
    tzid: LooseZone | None = None
    location: LocationBody | None = None
    url: str | None = Field(default=None, max_length=MAX_URL)
    transparency: Literal["opaque", "transparent"] | None = None
    reminders: list[ReminderBody] | None = Field(default=None, max_length=5)
    color: Color | None = None
    event_private: bool | None = None
    conferencing: ConferencingBody | None = None
    attendees: dict[str, Any] | None = None
    attachments: NoAttachments = None


class LinkEventBody(PartialEventBody):
    summary: str = Field(min_length=1, max_length=1024)


class TimedEventBody(LinkEventBody):
    start: LooseEventTime
    end: LooseEventTime


class TargetBody(LooseModel):
    sub: str
    calendar_id: str
    event: PartialEventBody | None = None


class CallbackUrlsBody(LooseModel):
    completed_url: str | None = None
    no_times_suitable_url: str | None = None
    no_times_displayed_url: str | None = None


class RedirectUrlsBody(LooseModel):
    completed_url: str | None = None


class FormattingBody(LooseModel):
    hour_format: HourFormat | None = None


class GuestBody(LooseModel):
    """Who is expected: fills in the form, and stands for the visitor where one press books."""

    name: str = Field(default="", max_length=100)
    email: str = Field(default="", max_length=254)


class PageBody(LooseModel):
    """How the page looks; ours."""

    host_name: str | None = Field(default=None, max_length=100)
    intro: str | None = Field(default=None, max_length=1000)
    logo_url: str | None = Field(default=None, max_length=MAX_URL)
    accent_color: str | None = None
    locale: str | None = None
    embed_origins: list[str] | None = Field(default=None, max_length=MAX_ORIGINS)
    guest: GuestBody | None = None
    shows_seats_left: bool | None = None


class LinkBody(LooseModel):
    """What both kinds of links have in common."""

    oauth: OauthBody
    target_calendars: list[TargetBody] | None = Field(default=None, max_length=100)
    event_creation: Literal["default", "single"] = "default"
    callback_url: str | None = Field(default=None, json_schema_extra={"deprecated": True})
    callback_urls: CallbackUrlsBody | None = None
    redirect_urls: RedirectUrlsBody | None = None
    tzid: LooseZone | None = None
    formatting: FormattingBody | None = None
    minimum_notice: LooseDuration = 0
    selection_mode: Literal["confirm", "no_confirm"] | None = None
    max_uses: int = 1
    opens_at: V1Time | None = None
    expires_at: V1Time | None = None
    page: PageBody | None = None


class SchedulingBody(LinkBody):
    """`seats` is ours: so many visitors share one meeting."""

    event: LinkEventBody
    availability: AvailabilityBody
    requires_confirmation: LooseBool = False
    confirmation_hours: int = Field(default=DEFAULT_HOURS, ge=1, le=MAX_HOURS)
    seats: int | None = None


class StepBody(SequenceItemBody):
    event: PartialEventBody | None = None


class SequenceBody(SequencedAvailabilityBody):
    sequence: list[StepBody]


class SequencingBody(LinkBody):
    event: LinkEventBody | None = None
    # An SDK spells it without its third i.
    availability: SequenceBody = Field(validation_alias=AliasChoices("availability", "availablity"))


class AddToCalendarBody(LooseModel):
    oauth: OauthBody
    event: TimedEventBody
    formatting: FormattingBody | None = None


class _ChangeBody(LooseModel):
    """A change of a link; what is not sent stays. `null` takes an end or a beginning away."""

    keeps_null = frozenset({"expires_at", "opens_at"})
    event: LinkEventBody | None = None
    target_calendars: list[TargetBody] | None = Field(default=None, max_length=100)
    event_creation: Literal["default", "single"] | None = None
    callback_urls: CallbackUrlsBody | None = None
    redirect_urls: RedirectUrlsBody | None = None
    tzid: LooseZone | None = None
    formatting: FormattingBody | None = None
    minimum_notice: LooseDuration | None = None
    selection_mode: Literal["confirm", "no_confirm"] | None = None
    max_uses: int | None = None
    opens_at: V1Time | None = None
    expires_at: V1Time | None = None
    page: PageBody | None = None


class ChangeBody(_ChangeBody):
    keeps_null = frozenset({"expires_at", "opens_at", "seats"})
    availability: AvailabilityBody | None = None
    requires_confirmation: LooseBool | None = None
    confirmation_hours: int = Field(default=DEFAULT_HOURS, ge=1, le=MAX_HOURS)
    seats: int | None = None


class SequenceChangeBody(_ChangeBody):
    availability: SequenceBody | None = Field(
        default=None, validation_alias=AliasChoices("availability", "availablity")
    )


class DisableBody(LooseModel):
    display_message: str = ""
