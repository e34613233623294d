"""Booking links as they arrive: Real-Time Scheduling and Sequencing, in the generous reading of this surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, WithJsonSchema

from convene.api.v1.availability_bodies import (
    AvailabilityBody,
    SequencedAvailabilityBody,
    SequenceItemBody,
    query_of,
    sequence_of,
)
from convene.api.v1.event_bodies import Color
from convene.core.colors import ENOUGH, contrast, is_readable_on_white, parse_hex
from convene.core.errors import Invalid
from convene.core.instants import HOUR
from convene.core.page_terms import DEFAULT_HOURS, MAX_HOURS
from convene.core.scheduling_links import LinkRequest, Step, Target
from convene.edge.booking_texts import LANGUAGES
from convene.edge.loose_bodies import LooseModel
from convene.edge.loose_types import LooseBool, LooseDuration, LooseEventTime, LooseZone, V1Time, plain, wrong
from convene.services.link_events import said
from convene.services.links import MAX_USES, LinkChange, LinkDraft
from convene.services.meeting_place import is_join_url

MAX_URL = 2000
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


class _LinkBody(LooseModel):
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


class SchedulingBody(_LinkBody):
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


class SequencingBody(_LinkBody):
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


def scheduling_draft(body: SchedulingBody) -> LinkDraft:
    """Return the link that is asked for; raise `Invalid` naming what cannot be."""
    event = event_of(body.event, "event")
    step = Step(query=query_of(body.availability, "availability."), event={})
    draft = _draft("scheduling", body, event, (step,))
    within = body.confirmation_hours * HOUR if body.requires_confirmation else None
    # One visitor would use up what is made for many.
    is_shared = body.seats is not None and "max_uses" not in body.model_fields_set
    max_uses = MAX_USES if is_shared else draft.max_uses
    return replace(
        draft,
        request=replace(draft.request, answer_within=within, seats=body.seats),
        max_uses=max_uses,
    )


def sequencing_draft(body: SequencingBody) -> LinkDraft:
    """Return the sequence that is asked for; the first meeting's event stands in where the whole has none."""
    steps = _steps(body.availability)
    event = event_of(body.event, "event") if body.event else dict(steps[0].event if steps else {})
    for number, step in enumerate(steps):
        if not (step.event.get("summary") or event.get("summary")):
            field = f"availability.sequence.{number}.event.summary"
            raise Invalid(field, f"{field} must be specified", code="required")
    return _draft("sequencing", body, event, steps)


def _steps(body: SequenceBody) -> tuple[Step, ...]:
    items = sequence_of(body, "availability.").items
    return tuple(
        Step(
            query=item.query,
            event=event_of(step.event, f"availability.sequence.{number}.event") if step.event else {},
            sequence_id=item.sequence_id,
            ordinal=item.ordinal,
            before=item.before,
            after=item.after,
        )
        for number, (item, step) in enumerate(zip(items, body.sequence, strict=True))
    )


def add_to_calendar_draft(body: AddToCalendarBody) -> LinkDraft:
    """Return a link that shows one event at its own time, to be put into a calendar."""
    event = event_of(body.event, "event")
    event |= {"start": plain(body.event.start), "end": plain(body.event.end)}
    if body.event.end.value.isoformat() <= body.event.start.value.isoformat():
        raise Invalid("event.end", "event.end must be later than event.start.")
    request = LinkRequest(
        event=event,
        steps=(),
        tzid=str(event.get("tzid") or body.event.start.tzid or "Etc/UTC"),
        hour_format=_hours(body.formatting),
        redirect_uri=_address(body.oauth.redirect_uri, "oauth.redirect_uri"),
    )
    return LinkDraft("add_to_calendar", request)


def change_of(body: ChangeBody | SequenceChangeBody) -> LinkChange:
    """Return what is to be changed."""
    changed: dict[str, Any] = {}
    if body.event is not None:
        changed["event"] = event_of(body.event, "event")
    if isinstance(body.availability, SequenceBody):
        changed["steps"] = _steps(body.availability)
    elif body.availability is not None:
        changed["steps"] = (Step(query=query_of(body.availability, "availability."), event={}),)
    if body.target_calendars is not None:
        changed["targets"] = _targets(body.target_calendars)
    if body.callback_urls is not None:
        changed["callback_urls"] = _named(body.callback_urls)
    if body.redirect_urls is not None:
        changed["redirect_urls"] = _redirects(body.redirect_urls)
    if body.formatting is not None:
        changed["hour_format"] = _hours(body.formatting)
    if body.minimum_notice is not None:
        changed["minimum_notice"] = body.minimum_notice * 60
    if body.selection_mode is not None:
        changed["is_confirmed_at_once"] = body.selection_mode == "no_confirm"
    if isinstance(body, ChangeBody) and body.requires_confirmation is not None:
        within = body.confirmation_hours * HOUR if body.requires_confirmation else None
        changed["answer_within"] = within
    if "seats" in body.model_fields_set and isinstance(body, ChangeBody):
        changed["seats"] = body.seats
    for name in ("event_creation", "tzid"):
        if getattr(body, name) is not None:
            changed[name] = getattr(body, name)
    return LinkChange(
        request=changed,
        settings=None if body.page is None else settings_of(body.page),
        max_uses=body.max_uses,
        opens_at=body.opens_at,
        expires_at=body.expires_at,
        clears=frozenset(
            name
            for name in ("expires_at", "opens_at")
            if name in body.model_fields_set and getattr(body, name) is None
        ),
    )


def event_of(body: PartialEventBody, at: str) -> dict[str, Any]:
    """Return an event as it is stored: what was sent of it and nothing else."""
    if body.attendees:
        raise Invalid(f"{at}.attendees", f"{at}.attendees is not supported: the visitor is invited.")
    if body.conferencing is not None and body.conferencing.profile_id == "explicit":
        field = f"{at}.conferencing.join_url"
        if not body.conferencing.join_url:
            raise Invalid(field, f"{field} must be specified", code="required")
        if not is_join_url(body.conferencing.join_url):
            raise Invalid(field, f"{field} must be an https address.")
    event = body.model_dump(exclude_none=True, include=set(PartialEventBody.model_fields) - {"attendees"})
    said(event)
    return event


def settings_of(body: PageBody) -> dict[str, Any]:
    """Return how the page looks, checked."""
    found = body.model_dump(exclude_none=True, exclude={"shows_seats_left"})
    if body.shows_seats_left is not None:
        found["hides_seats_left"] = not body.shows_seats_left
    # Its origin stands in a header of the page.
    if body.logo_url is not None and not (body.logo_url.isascii() and is_join_url(body.logo_url)):
        raise Invalid("page.logo_url", "page.logo_url must be an https address.")
    if body.accent_color is not None:
        color = parse_hex(body.accent_color)
        if color is None:
            raise Invalid("page.accent_color", "page.accent_color must be a colour such as #0f6a5d.")
        if not is_readable_on_white(color):
            ratio = contrast(color, "#ffffff")
            raise Invalid(
                "page.accent_color",
                f"page.accent_color: its contrast with white is {ratio:.1f}:1 and must be {ENOUGH}:1. Darken it.",
            )
        found["accent_color"] = color
    if body.locale is not None:
        language = body.locale.partition("-")[0].lower()
        if language not in LANGUAGES:
            raise Invalid("page.locale", f"page.locale must be one of: {', '.join(LANGUAGES)}.")
        found["locale"] = language
    for number, origin in enumerate(body.embed_origins or ()):
        if not _is_origin(origin):
            field = f"page.embed_origins.{number}"
            raise Invalid(field, f"{field} must be an origin such as https://example.com.")
    return found


def _draft(kind: str, body: _LinkBody, event: dict[str, Any], steps: tuple[Step, ...]) -> LinkDraft:
    callbacks = _named(body.callback_urls)
    if body.callback_url:
        callbacks.setdefault("completed_url", body.callback_url)
    request = LinkRequest(
        event=event,
        steps=steps,
        targets=None if body.target_calendars is None else _targets(body.target_calendars),
        event_creation=body.event_creation,
        tzid=str(body.tzid or event.get("tzid") or "Etc/UTC"),
        hour_format=_hours(body.formatting),
        minimum_notice=body.minimum_notice * 60,
        is_confirmed_at_once=body.selection_mode == "no_confirm",
        redirect_uri=_address(body.oauth.redirect_uri, "oauth.redirect_uri"),
        callback_urls=callbacks,
        redirect_urls=_redirects(body.redirect_urls),
    )
    settings = settings_of(body.page) if body.page else {}
    return LinkDraft(kind, request, settings, body.max_uses, body.opens_at, body.expires_at)


def _targets(bodies: list[TargetBody]) -> tuple[Target, ...]:
    return tuple(
        Target(
            body.sub,
            body.calendar_id,
            event_of(body.event, f"target_calendars.{number}.event") if body.event else {},
        )
        for number, body in enumerate(bodies)
    )


def _named(body: CallbackUrlsBody | None) -> dict[str, str]:
    return {} if body is None else {name: url for name, url in body.model_dump().items() if url}


def _redirects(body: RedirectUrlsBody | None) -> dict[str, str]:
    if body is None or not body.completed_url:
        return {}
    return {"completed_url": _address(body.completed_url, "redirect_urls.completed_url")}


def _hours(body: FormattingBody | None) -> str:
    return body.hour_format or "" if body else ""


def _address(text: str, field: str) -> str:
    """Return an address to which a visitor may be sent; raise `Invalid` for any other text."""
    try:
        parts = urlsplit(text)
        is_fine = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_fine = False
    if not is_fine or len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid(field, f"{field} must be a whole http or https address.")
    return text


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    plain_host = bool(host) and all(char.isalnum() or char in ".-" for char in host) and host.isascii()
    rebuilt = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    return plain_host and parts.scheme in ("https", "http") and text.lower() == rebuilt


def told(answer: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return the answer of a call that makes a link: nested, and with the address that older clients look for."""
    return {root: answer, "url": answer["url"]}
