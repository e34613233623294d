"""The form for one chosen time: who the visitor is, what else is asked, and what is wrong with the answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response

from convene.api.book.answers import page_of
from convene.api.book.opened import Opened
from convene.api.book.repeated import Repeats, series_values
from convene.api.book.times import parse_choice, when
from convene.core.booking_questions import Question, unanswered
from convene.core.errors import Invalid
from convene.core.instants import from_seconds
from convene.core.local_dates import local
from convene.core.people import checked_email, checked_line
from convene.core.scheduling_links import Step
from convene.security.tokens import new_secret
from convene.services.platform import Platform

ONCE = Repeats(1, {})


def answer_names(questions: Sequence[Question]) -> list[str]:
    """Return what the form's fields for the answers are called."""
    return [f"answer_{number}" for number in range(len(questions))]


def asked(
    questions: Sequence[Question], given: Mapping[str, str], errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the fields in which the questions are answered."""
    return [
        {**question.to_json(), "field": name, "value": given.get(name, ""), "error": errors.get(name, "")}
        for question, name in zip(questions, answer_names(questions), strict=True)
    ]


def prefilled(found: Opened) -> dict[str, str]:
    """Return what the form says at first: whom the link was made for, if anybody."""
    guest = found.link.settings.get("guest", {})
    return {"name": guest.get("name", ""), "email": guest.get("email", "")}


def problems(given: Mapping[str, str], found: Opened) -> dict[str, str]:
    """Return what is wrong with a form, by field; nothing is asked of a link that is booked at one press."""
    texts, problems = found.look.texts, {}
    if found.request.is_confirmed_at_once and not any(given.values()):
        return {}
    if not given["name"].strip():
        problems["name"] = texts.name_missing
    else:
        try:
            checked_line(given["name"], "name", max_length=100)
        except Invalid:
            problems["name"] = texts.name_wrong
    try:
        checked_email(given["email"])
    except Invalid:
        problems["email"] = texts.email_missing
    names = answer_names(found.questions)
    for number in unanswered(found.questions, [given.get(name, "") for name in names]):
        problems[names[number]] = texts.answer_missing
    return problems


async def details(
    request: Request,
    platform: Platform,
    found: Opened,
    choice: str,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    form_token: str = "",
    status: int | None = None,
    repeats: Repeats = ONCE,
) -> Response:
    """Return the form for a choice; raise `Invalid` for a choice that the link does not offer."""
    starts = parse_choice(choice)
    values = {
        **found.values(),
        **await chosen_times(platform, found, starts),
        "seats": await _seats_left(platform, found, starts),
        **await series_values(platform, found, starts, repeats),
        "choice": choice,
        "given": given,
        "errors": {"form": "", "name": "", "email": "", **(errors or {})},
        "questions": asked(found.questions, given, errors or {}),
        "form_token": form_token or new_secret(),
        "action": request.url.path,
        "asks_first": found.request.answer_within is not None,
        "detects_zone": True,
        "back_url": found.look.url(day=_local_day(found, starts)),
    }
    return page_of(request, found.link, "book/details.html", values, status or (422 if errors else 200))


async def _seats_left(platform: Platform, found: Opened, starts: Sequence[datetime]) -> str:
    """How many seats the chosen time has; "" if it is not shared, or gone."""
    if found.request.seats is None:
        return ""
    until = starts[0] + timedelta(seconds=1)
    async with platform.db.transaction() as conn:
        offers = await platform.link_bookings.times.offers(conn, found.link, found.request, starts[0], until)
    return found.seats_left(offers[0]) if offers else ""


def _local_day(found: Opened, starts: Sequence[datetime]) -> str:
    return local(starts[0], found.look.tzid).date().isoformat()


async def chosen_times(
    platform: Platform, found: Opened, starts: Sequence[datetime], excluded: Collection[str] = ()
) -> dict[str, Any]:
    """Return the times of a choice as they are shown above a form; `excluded` as in `LinkTimes.offers`."""
    ordered = await _in_order(platform, found, starts, excluded)
    return {
        "times_chosen": [
            {
                **when(
                    start,
                    from_seconds(int(start.timestamp()) + step.query.duration),
                    found.look,
                    found.host_tzid,
                ),
                "title": found.steps[step.sequence_id] if len(ordered) > 1 else "",
            }
            for step, start in zip(ordered, starts, strict=True)
        ]
    }


async def _in_order(
    platform: Platform, found: Opened, starts: Sequence[datetime], excluded: Collection[str]
) -> Sequence[Step]:
    """Return which meeting each start is of. Meetings without a place of their own come as they fit that day."""
    steps = found.request.steps
    if len(starts) != len(steps):
        raise Invalid("start", "start must name a time for each meeting.")
    places = {step.ordinal for step in steps}
    if len(steps) == 1 or (None not in places and len(places) == len(steps)):
        return sorted(steps, key=lambda step: step.ordinal or 0)
    async with platform.db.transaction() as conn:
        ordered = await platform.link_bookings.times.steps_at(
            conn, found.link, found.request, starts, excluded
        )
    if ordered is None:
        raise Invalid("start", "start is not among the times of this link.")
    return ordered
