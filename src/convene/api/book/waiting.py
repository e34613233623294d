"""Waiting for a time that is taken: join the list, see one's place, take the time once it is offered, leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from convene.api.book.answers import ROBOTS, page_of, state_page
from convene.api.book.details import answer_names, asked, problems
from convene.api.book.gate import page_router, sent_form, visit
from convene.api.book.opened import MAX_TEXT, Opened, opened_entry, opened_link, plain
from convene.api.book.times import parse_choice, when
from convene.api.context import PlatformDep
from convene.core.booking_questions import answers_of
from convene.core.errors import Conflict, Invalid, SlotTaken
from convene.core.instants import from_seconds, seconds_floor
from convene.core.local_dates import local
from convene.edge.auth import visitor_of
from convene.security.tokens import new_secret
from convene.services.link_bookings import Visitor
from convene.services.link_refusals import LinkClosed
from convene.services.waitlist import OfferOver, Waiting
from convene.services.waitlist_offers import waitlist_minutes

router = page_router()


def wait_form(
    request: Request,
    found: Opened,
    choice: str,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    form_token: str = "",
) -> Response:
    """Return the form with which one joins the list for a time; raise `Invalid` for what is no time."""
    start = _start(choice)
    end = from_seconds(seconds_floor(start) + found.request.duration)
    values = {
        **found.values(),
        "item": {**when(start, end, found.look, found.host_tzid), "title": ""},
        "choice": choice,
        "given": given,
        "errors": {"name": "", "email": "", **(errors or {})},
        "form_token": form_token or new_secret(),
        "action": found.look.url(f"{request.url.path.removesuffix('/wait')}/wait"),
        "back_url": found.look.url(
            request.url.path.removesuffix("/wait"), day=local(start, found.look.tzid).date().isoformat()
        ),
        "minutes": waitlist_minutes(found.link),
        "detects_zone": True,
    }
    return page_of(request, found.link, "book/wait.html", values, 422 if errors else 200)


def _start(choice: str) -> datetime:
    starts = parse_choice(choice)
    if len(starts) != 1:
        raise Invalid("start", "start must name one time.")
    return starts[0]


@router.post("/book/{token}/wait")
async def post_wait(request: Request, platform: PlatformDep, token: str) -> Response:
    """Join the list for a time."""
    members = await sent_form(request, platform)
    found = await opened_link(request, platform, token, members)
    page, choice = f"/book/{token}", members.get("start", "")
    given = {name: members.get(name, "")[:MAX_TEXT] for name in ("name", "email")}
    errors = {name: text for name, text in problems(given, found).items() if name in given}
    try:
        if errors:
            return wait_form(request, found, choice, given, errors, members.get("form_token", ""))
        entry = await platform.waitlist.join(
            found.link, _start(choice), _visitor(request, found, given), members.get("form_token", "")
        )
    except LinkClosed:
        return RedirectResponse(found.look.url(page), 303)
    except Conflict as error:
        if error.code == "waitlist_full":
            return state_page(request, "wait_full", 409, found=found, back_url=found.look.url(page))
        return RedirectResponse(found.look.url(page, at=choice), 303)
    except Invalid:
        return RedirectResponse(found.look.url(page), 303)
    return RedirectResponse(found.look.url(f"/book/waitlist/{entry}"), 303, headers=ROBOTS)


def _visitor(
    request: Request, found: Opened, given: Mapping[str, str], answers: Mapping[str, str] | None = None
) -> Visitor:
    told = [plain((answers or {}).get(name, "")) for name in answer_names(found.questions)]
    return Visitor(
        name=given["name"].strip(),
        email=given["email"].strip(),
        tzid=found.look.tzid,
        locale=found.look.locale.language,
        ip=visitor_of(request).ip,
        answers=answers_of(found.questions, told) if answers is not None else (),
    )


@router.get("/book/waitlist/{token}")
async def get_place(request: Request, platform: PlatformDep, token: str) -> Response:
    """Where somebody is in the list, and the time once it is theirs to take."""
    await visit(request, platform)
    found, waiting = await opened_entry(request, platform, token)
    return _place(request, platform, found, waiting, {})


def _place(
    request: Request,
    platform: PlatformDep,
    found: Opened,
    waiting: Waiting,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    entry, texts, look = waiting.entry, found.look.texts, found.look
    state, until = entry.state, entry.offered_until
    if state == "offered" and until is not None and until <= platform.clock():
        state = "missed"
    if state == "waiting" and entry.starts_at <= platform.clock():
        state = "over"
    title, text = getattr(texts, f"wait_{state}"), ""
    if state == "waiting":
        text = texts("wait_place", n=waiting.place)
    elif state == "offered" and until is not None:
        at = local(until, look.tzid)
        text = texts("wait_offered_text", when=look.locale.time(at))
    values = {
        **found.values(),
        "title": title,
        "text": text,
        "state": state,
        "place": waiting.place,
        "item": {**when(entry.starts_at, entry.ends_at, look, found.host_tzid), "title": ""},
        "entry": entry,
        "questions": asked(found.questions, given, errors or {}),
        "claim_url": look.url(f"/book/waitlist/{waiting.token}/claim"),
        "leave_url": look.url(f"/book/waitlist/{waiting.token}/leave"),
        "again_url": look.url(platform.link_visits.link_path(found.link)),
        "asks_first": found.request.answer_within is not None,
        "detects_zone": True,
    }
    return page_of(request, found.link, "book/waitlist.html", values, 422 if errors else 200)


@router.post("/book/waitlist/{token}/claim")
async def post_claim(request: Request, platform: PlatformDep, token: str) -> Response:
    """Book the time that is offered."""
    members = await sent_form(request, platform)
    found, waiting = await opened_entry(request, platform, token, members)
    own = {"name": waiting.entry.name, "email": waiting.entry.email}
    given = {name: members.get(name, "")[:MAX_TEXT] for name in answer_names(found.questions)}
    errors = problems({**own, **given}, found)
    if errors:
        return _place(request, platform, found, waiting, given, errors)
    try:
        booked = await platform.waitlist.claim(token, _visitor(request, found, own, given))
    except (OfferOver, LinkClosed):
        return RedirectResponse(found.look.url(f"/book/waitlist/{token}"), 303)
    except (SlotTaken, Invalid):
        return state_page(
            request,
            "wait_gone",
            409,
            found=found,
            back_url=found.look.url(platform.link_visits.link_path(found.link)),
        )
    target = found.request.after_completion
    return RedirectResponse(
        target or found.look.url(f"/book/manage/{booked.manage_token}", done="1"), 303, headers=ROBOTS
    )


@router.post("/book/waitlist/{token}/leave")
async def post_leave(request: Request, platform: PlatformDep, token: str) -> Response:
    """Leave the list, or give up the time that is offered."""
    members = await sent_form(request, platform)
    found, _ = await opened_entry(request, platform, token, members)
    await platform.waitlist.leave(token)
    return RedirectResponse(found.look.url(f"/book/waitlist/{token}"), 303)
