"""A link's page: pick a time, fill in the form, book."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from convene.api.book.answers import ROBOTS, page_of, state_page
from convene.api.book.choosing import pick, taken
from convene.api.book.details import answer_names, details, prefilled, problems
from convene.api.book.gate import page_router, sent_form, visit
from convene.api.book.meeting import booking_page
from convene.api.book.opened import MAX_TEXT, Opened, opened_link, plain
from convene.api.book.repeated import Repeats, repeats_of
from convene.api.book.times import event_values, opening, parse_choice
from convene.api.book.waiting import wait_form
from convene.api.context import PlatformDep
from convene.core.booking_questions import answers_of
from convene.core.errors import Invalid, NotFound, SlotTaken, Unavailable
from convene.core.scheduling_links import state_of
from convene.edge.auth import visitor_of
from convene.services.event_file import event_file
from convene.services.link_bookings import Visitor
from convene.services.link_refusals import LinkClosed
from convene.services.link_visits import Visit
from convene.services.waitlist_offers import waitlist_minutes

router = page_router()


@router.get("/rts/{token}")
@router.get("/real_time_scheduling/{token}")
@router.get("/add_to_calendar/scheduling/{token}")
def get_older_address(request: Request, token: str) -> Response:
    """Send older forms of a link's address to its page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/book/{token}{query}", 307)


@router.get("/book/{token}")
async def get_link(request: Request, platform: PlatformDep, token: str) -> Response:
    """A link's page: days and times, or with `at` the form for one of them."""
    await visit(request, platform)
    found = await opened_link(request, platform, token)
    await platform.link_gate.view_link(found.link.link_id)
    if found.link.kind == "add_to_calendar":
        return _event_page(request, found)
    closed = await _closed(request, platform, found)
    if closed is not None:
        return closed
    if found.look.query.get("wait") and waitlist_minutes(found.link):
        try:
            return wait_form(request, found, found.look.query["wait"], prefilled(found))
        except Invalid:
            return RedirectResponse(found.look.url(), 303)
    if found.look.query.get("at"):
        try:
            return await details(request, platform, found, found.look.query["at"], given=prefilled(found))
        except Invalid:
            return RedirectResponse(found.look.url(), 303)
    return await pick(request, platform, found)


@router.get("/book/{token}/event.ics")
async def get_event_file(request: Request, platform: PlatformDep, token: str) -> Response:
    """The event of a link that is there to be put into calendars, as iCalendar; the same UID whenever it is fetched."""
    await visit(request, platform)
    found = await opened_link(request, platform, token)
    if found.link.kind != "add_to_calendar":
        raise NotFound("There is no event at this address.")
    return Response(
        event_file(found.link, found.request),
        media_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={
            "Content-Disposition": 'attachment; filename="invite.ics"',
            "Cache-Control": "no-store",
            **ROBOTS,
        },
    )


@router.post("/book/{token}")
async def post_link(request: Request, platform: PlatformDep, token: str) -> Response:
    """Book the chosen time."""
    members = await sent_form(request, platform)
    found = await opened_link(request, platform, token, members)
    given = {
        name: members.get(name, "")[:MAX_TEXT] for name in ("name", "email", *answer_names(found.questions))
    }
    # One press sends no names: then it is whom the link was made for.
    if found.request.is_confirmed_at_once and not any(given.values()):
        given = prefilled(found)
    choice, form_token = members.get("start", ""), members.get("form_token", "")
    try:
        repeats = repeats_of(found.request, members)
        errors = {} if repeats.is_asking else problems(given, found)
        if errors or repeats.is_asking or not repeats.is_listed:
            return await details(
                request, platform, found, choice, given, errors, form_token=form_token, repeats=repeats
            )
        return await _book(request, platform, found, choice, given, form_token, repeats)
    except Invalid:
        return RedirectResponse(found.look.url(), 303)


async def _book(
    request: Request,
    platform: PlatformDep,
    found: Opened,
    choice: str,
    given: Mapping[str, str],
    form_token: str,
    repeats: Repeats,
) -> Response:
    visitor = Visitor(
        name=given["name"].strip() or found.look.texts.guest,
        email=given["email"].strip(),
        tzid=found.look.tzid,
        locale=found.look.locale.language,
        ip=visitor_of(request).ip,
        answers=answers_of(
            found.questions, [plain(given.get(name, "")) for name in answer_names(found.questions)]
        ),
    )
    try:
        series = repeats.choice(choice)
        starts = parse_choice(choice) if series is None else series.starts or [series.start]
        booked = await platform.link_bookings.book(found.link, starts, visitor, form_token, series)
    except SlotTaken as error:
        if repeats.times > 1:
            said = {"form": found.look.texts.series_changed}
            return await details(
                request,
                platform,
                found,
                choice,
                given,
                said,
                form_token=form_token,
                status=409,
                repeats=repeats,
            )
        return taken(request, found, choice, given, error)
    except LinkClosed:
        reopened = await opened_link(request, platform, request.path_params["token"])
        closed = await _closed(request, platform, reopened)
        return closed or RedirectResponse(found.look.url(), 303)
    except Unavailable as error:
        again = await details(
            request,
            platform,
            found,
            choice,
            given,
            {"form": found.look.texts.busy_text},
            form_token=form_token,
            status=503,
            repeats=repeats,
        )
        again.headers["Retry-After"] = str(error.fields["retry_after_seconds"])
        return again
    return _after(found, booked)


def _after(found: Opened, booked: Visit) -> Response:
    """Send the browser to where the link wants it, else to the page of the booking."""
    target = found.request.after_completion
    return RedirectResponse(
        target or found.look.url(f"/book/manage/{booked.manage_token}", done="1"), 303, headers=ROBOTS
    )


async def _closed(request: Request, platform: PlatformDep, found: Opened) -> Response | None:
    """The page of a link that takes no bookings at this moment; None if it does."""
    link, texts = found.link, found.look.texts
    state = state_of(link.status, opens_at=link.opens_at, expires_at=link.expires_at, now=platform.clock())
    if state == "open":
        return None
    if state == "completed":
        async with platform.db.transaction() as conn:
            newest = await platform.link_visits.visit(conn, link)
        # What others have booked is nobody's business but theirs.
        if newest is None or link.max_uses > 1:
            return state_page(
                request, "used_up", 200, found=found, text=link.display_message or texts.expired_text
            )
        return booking_page(request, platform, found, newest)
    if state == "disabled":
        return state_page(
            request, "disabled", 200, found=found, text=link.display_message or texts.expired_text
        )
    if state == "not_yet_open":
        assert link.opens_at is not None
        when = opening(link.opens_at, found.look)
        return state_page(
            request, "not_yet_open", 200, found=found, text=texts("not_yet_open_text", when=when)
        )
    return state_page(request, "expired", 410, found=found)


def _event_page(request: Request, found: Opened) -> Response:
    """The page of an event with a time of its own, to be put into a calendar."""
    event = found.request.event
    values = {
        **found.values(),
        **event_values(event, found.look, found.request.tzid),
        "detects_zone": True,
        "ics_url": f"/book/{request.path_params['token']}/event.ics",
        "continue_url": found.request.redirect_uri,
    }
    return page_of(request, found.link, "book/event.html", values)
