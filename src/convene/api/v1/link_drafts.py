"""From the bodies of booking links to what the service makes of them, with everything checked that a body says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from convene.api.v1.availability_bodies import query_of, sequence_of
from convene.api.v1.link_bodies import (
    AddToCalendarBody,
    CallbackUrlsBody,
    ChangeBody,
    FormattingBody,
    LinkBody,
    PageBody,
    PartialEventBody,
    RedirectUrlsBody,
    SchedulingBody,
    SequenceBody,
    SequenceChangeBody,
    SequencingBody,
    TargetBody,
)
from convene.core.errors import Invalid
from convene.core.instants import HOUR
from convene.core.page_look import check_address, check_origin, checked_accent, checked_language
from convene.core.scheduling_links import LinkRequest, Step, Target
from convene.edge.loose_types import plain
from convene.services.link_events import said
from convene.services.links import MAX_USES, LinkChange, LinkDraft
from convene.services.meeting_place import is_join_url


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
        found["accent_color"] = checked_accent(body.accent_color, "page.accent_color")
    if body.locale is not None:
        found["locale"] = checked_language(body.locale, "page.locale")
    for number, origin in enumerate(body.embed_origins or ()):
        check_origin(origin, f"page.embed_origins.{number}")
    return found


def _draft(kind: str, body: LinkBody, event: dict[str, Any], steps: tuple[Step, ...]) -> LinkDraft:
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
    check_address(text, field, ("http", "https"))
    return text


def told(answer: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return the answer of a call that makes a link: nested, and with the address that older clients look for."""
    return {root: answer, "url": answer["url"]}
