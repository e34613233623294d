"""The public pages of booking links: pick a day, pick a time, say who you are, booked; later move or cancel.

Everything works without script. GET and HEAD change nothing, so that programs that open links do no harm; every form
carries a token of its own, so that one sent twice books once. Whoever has a link's address may use it; addresses are
256 random bits, and tries are counted like visits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from convene.api import book_views as views
from convene.api.context import PlatformDep
from convene.core.booking_questions import Question, answers_of, questions_of, unanswered
from convene.core.errors import Conflict, Invalid, NotFound, RateLimited, SlotTaken, Unavailable
from convene.core.instants import from_seconds, known_tzids, seconds_ceil
from convene.core.local_dates import local
from convene.core.people import checked_email, checked_line
from convene.core.scheduling_links import LinkRequest, from_json, state_of
from convene.edge.auth import visitor_of
from convene.edge.loose_bodies import body_of, query_of
from convene.edge.requests import parse_instant
from convene.edge.templates import page
from convene.security.tokens import fingerprint, new_secret
from convene.services.link_bookings import LinkClosed, Visit, Visitor
from convene.storage import links
from convene.storage.links import HostRow, LinkRow

router = APIRouter(tags=["booking pages"], include_in_schema=False)

MAX_TEXT = 1000
_ROBOTS = {"X-Robots-Tag": "noindex, nofollow"}


class _Open:
    """A link as one request sees it."""

    def __init__(
        self, link: LinkRow, request: LinkRequest, hosts: Mapping[str, HostRow], look: views.Look
    ) -> None:
        self.link = link
        self.request = request
        self.hosts = hosts
        self.look = look

    @property
    def host_tzid(self) -> str:
        return views.host_zone(self.request, self.hosts)

    @property
    def steps(self) -> dict[str, str]:
        """The title of each meeting of a sequence."""
        return {
            step.sequence_id: str(step.event.get("summary") or self.request.event.get("summary") or "")
            for step in self.request.steps
        }

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked besides name and address."""
        return questions_of(self.link.settings.get("questions", ()))

    def values(self) -> dict[str, Any]:
        """What every page of this link needs."""
        return {
            **views.common(self.look, self.link.settings),
            "heading": views.heading(self.request, self.hosts, self.link.settings, self.look),
        }


# -- the booking


@router.get("/book/manage/{token}")
async def get_booking(request: Request, platform: PlatformDep, token: str) -> Response:
    """A booking's page for its guest; with `do=reschedule` other times, with `do=cancel` the question."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        found, visit = await _managed(request, platform, token)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    doing = found.look.query.get("do", "") if _is_changeable(platform, visit) else ""
    if doing == "cancel":
        values = {
            **found.values(),
            **_meeting(found, visit),
            "action": found.look.url(f"/book/manage/{token}/cancel"),
            "back_url": found.look.url(),
        }
        return _page(request, found.link, "book/cancel.html", values)
    if doing == "reschedule":
        if found.look.query.get("at"):
            try:
                return _move_question(request, found, visit, found.look.query["at"])
            except Invalid:
                return RedirectResponse(found.look.url(do="reschedule"), 303)
        return await _pick_other(request, platform, found, visit)
    return _booking(request, platform, found, visit)


@router.post("/book/manage/{token}/move")
async def post_move(request: Request, platform: PlatformDep, token: str) -> Response:
    """Move the booking to the chosen time."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        await platform.link_gate.attempt(visitor_of(request).ip)
        members = {name: str(value) for name, value in (await body_of(request)).items()}
        found, visit = await _managed(request, platform, token, members)
        revision = members.get("revision", "")
        await platform.link_bookings.move(
            token,
            views.parse_choice(members.get("start", "")),
            int(revision) if revision.isdecimal() and len(revision) < 9 else None,
            visitor_of(request).ip,
        )
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    except SlotTaken as error:
        return _move_taken(request, found, visit, error)
    except Conflict:
        return RedirectResponse(found.look.url(f"/book/manage/{token}", changed="1"), 303)
    except Invalid:
        return RedirectResponse(found.look.url(f"/book/manage/{token}", do="reschedule"), 303)
    return RedirectResponse(found.look.url(f"/book/manage/{token}", done="moved"), 303)


@router.post("/book/manage/{token}/cancel")
async def post_cancel(request: Request, platform: PlatformDep, token: str) -> Response:
    """Cancel the booking."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        await platform.link_gate.attempt(visitor_of(request).ip)
        members = {name: str(value) for name, value in (await body_of(request)).items()}
        found, _ = await _managed(request, platform, token, members)
        await platform.link_bookings.cancel(token, _plain(members.get("reason", "")), visitor_of(request).ip)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    except Conflict:
        pass
    return RedirectResponse(found.look.url(f"/book/manage/{token}"), 303)


@router.get("/book/manage/{token}/calendar.ics")
async def get_calendar_file(request: Request, platform: PlatformDep, token: str) -> Response:
    """The booking as iCalendar, with the guest's own link in it."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        text = await platform.link_bookings.calendar_file(token)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    return Response(
        text,
        media_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={
            "Content-Disposition": 'attachment; filename="invite.ics"',
            "Cache-Control": "no-store",
            **_ROBOTS,
        },
    )


# -- the link


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
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        found = await _open(request, platform, token)
        await platform.link_gate.view_link(found.link.link_id)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    if found.link.kind == "add_to_calendar":
        return _event_page(request, found)
    closed = await _closed(request, platform, found)
    if closed is not None:
        return closed
    if found.look.query.get("at"):
        try:
            return _details(request, found, found.look.query["at"], given=_prefilled(found))
        except Invalid:
            return RedirectResponse(found.look.url(), 303)
    return await _pick(request, platform, found)


@router.post("/book/{token}")
async def post_link(request: Request, platform: PlatformDep, token: str) -> Response:
    """Book the chosen time."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        await platform.link_gate.attempt(visitor_of(request).ip)
        members = {name: str(value) for name, value in (await body_of(request)).items()}
        found = await _open(request, platform, token, members)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    given = {
        name: members.get(name, "")[:MAX_TEXT]
        for name in ("name", "email", *views.answer_names(found.questions))
    }
    # One press sends no names: then it is whom the link was made for.
    if found.request.is_confirmed_at_once and not any(given.values()):
        given = _prefilled(found)
    errors = _problems(given, found)
    choice = members.get("start", "")
    if errors:
        try:
            return _details(request, found, choice, given, errors, form_token=members.get("form_token", ""))
        except Invalid:
            return RedirectResponse(found.look.url(), 303)
    return await _book(request, platform, found, choice, given, members.get("form_token", ""))


async def _book(
    request: Request,
    platform: PlatformDep,
    found: _Open,
    choice: str,
    given: Mapping[str, str],
    form_token: str,
) -> Response:
    visitor = Visitor(
        name=given["name"].strip() or found.look.texts.guest,
        email=given["email"].strip(),
        tzid=found.look.tzid,
        locale=found.look.locale.language,
        ip=visitor_of(request).ip,
        answers=answers_of(
            found.questions, [_plain(given.get(name, "")) for name in views.answer_names(found.questions)]
        ),
    )
    try:
        visit = await platform.link_bookings.book(found.link, views.parse_choice(choice), visitor, form_token)
    except SlotTaken as error:
        return _taken(request, found, choice, given, error)
    except LinkClosed:
        reopened = await _open(request, platform, request.path_params["token"])
        closed = await _closed(request, platform, reopened)
        return closed or RedirectResponse(found.look.url(), 303)
    except Invalid:
        return RedirectResponse(found.look.url(), 303)
    except Unavailable:
        return _details(
            request,
            found,
            choice,
            given,
            {"form": found.look.texts.busy_text},
            form_token=form_token,
            status=503,
        )
    return _after(found, visit)


def _after(found: _Open, visit: Visit) -> Response:
    """Send the browser to where the link wants it, else to the page of the booking."""
    target = found.request.after_completion
    return RedirectResponse(
        target or found.look.url(f"/book/manage/{visit.manage_token}", done="1"), 303, headers=_ROBOTS
    )


@router.post("/book/{token}/no-times")
async def post_no_times(request: Request, platform: PlatformDep, token: str) -> Response:
    """Tell the link's application that no time suits."""
    try:
        await platform.link_gate.view(visitor_of(request).ip)
        await platform.link_gate.attempt(visitor_of(request).ip)
        members = {name: str(value) for name, value in (await body_of(request)).items()}
        found = await _open(request, platform, token, members)
        await platform.link_gate.notice(found.link.link_id)
    except NotFound:
        return _state(request, "unknown", 404)
    except RateLimited as error:
        return _too_many(request, error)
    which = "no_times_displayed" if members.get("which") == "displayed" else "no_times_suitable"
    async with platform.db.transaction() as conn:
        await platform.bookings.events.link_callbacks.no_times(
            conn,
            found.link,
            which,
            tzid=found.look.tzid,
            message=_plain(members.get("message", "")),
        )
    if which == "no_times_displayed":
        return Response(status_code=204)
    values = {
        **found.values(),
        "title": found.look.texts.send,
        "text": found.look.texts.suggest_thanks,
        "back_url": found.look.url(f"/book/{token}"),
    }
    return _page(request, found.link, "book/state.html", values)


# -- reading


async def _open(
    request: Request, platform: PlatformDep, token: str, members: Mapping[str, str] | None = None
) -> _Open:
    async with platform.db.transaction() as conn:
        link = await links.find_link_by_token(conn, fingerprint(token))
        if link is None:
            raise NotFound("There is no such link.")
        asked = from_json(link.request)
        hosts = await links.list_hosts(conn, link.org_id, asked.subs)
    return _Open(link, asked, hosts, _look(request, link, asked, hosts, members))


async def _managed(
    request: Request, platform: PlatformDep, token: str, members: Mapping[str, str] | None = None
) -> tuple[_Open, Visit]:
    async with platform.db.transaction() as conn:
        visit = await platform.link_bookings.managed(conn, token)
        asked = await platform.link_bookings.request_of(conn, visit)
        hosts = await links.list_hosts(conn, visit.link.org_id, asked.subs)
    look = _look(request, visit.link, asked, hosts, members, tzid=visit.guest.tzid)
    return _Open(visit.link, asked, hosts, look), visit


def _look(
    request: Request,
    link: LinkRow,
    asked: LinkRequest,
    hosts: Mapping[str, HostRow],
    members: Mapping[str, str] | None,
    tzid: str = "",
) -> views.Look:
    query = {name: str(value) for name, value in (members or query_of(request)).items()}
    return views.look_of(
        request.url.path,
        query,
        request.headers.get("accept-language", ""),
        default_tzid=tzid if tzid in known_tzids() else views.default_tzid(link, asked, hosts),
        hour_format=asked.hour_format,
        language=str(link.settings.get("locale", "")),
    )


def _is_changeable(platform: PlatformDep, visit: Visit) -> bool:
    return bool(visit.to_come(platform.clock()))


def _prefilled(found: _Open) -> dict[str, str]:
    guest = found.link.settings.get("guest", {})
    return {"name": guest.get("name", ""), "email": guest.get("email", "")}


def _problems(given: Mapping[str, str], found: _Open) -> dict[str, str]:
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
    names = views.answer_names(found.questions)
    for number in unanswered(found.questions, [given.get(name, "") for name in names]):
        problems[names[number]] = texts.answer_missing
    return problems


def _plain(text: str) -> str:
    """What somebody typed, without characters that have no place in text."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char in "\n\t" or char.isprintable())
    return kept.strip()[:MAX_TEXT]


# -- pages


def _page(
    request: Request, link: LinkRow | None, template: str, values: dict[str, Any], status: int = 200
) -> HTMLResponse:
    settings = {} if link is None else link.settings
    targets = []
    if link is not None:
        asked = from_json(link.request)
        targets = [_origin(url) for url in (asked.after_completion,) if url]
    response = page(
        request,
        template,
        values,
        status=status,
        form_targets=targets,
        ancestors=list(settings.get("embed_origins", ())),
        images=[_origin(settings["logo_url"])] if settings.get("logo_url") else [],
    )
    response.headers.update(_ROBOTS)
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _state(
    request: Request, which: str, status: int, *, found: _Open | None = None, text: str | None = None
) -> HTMLResponse:
    look = (
        found.look
        if found
        else views.look_of(
            request.url.path, {}, request.headers.get("accept-language", ""), default_tzid="UTC"
        )
    )
    values = found.values() if found else {**views.common(look, {}), "heading": None}
    values |= {
        "title": getattr(look.texts, which),
        "text": text if text is not None else getattr(look.texts, f"{which}_text"),
        "back_url": "",
    }
    return _page(request, found.link if found else None, "book/state.html", values, status)


def _too_many(request: Request, error: RateLimited) -> HTMLResponse:
    wait = error.fields["retry_after_seconds"]
    look = views.look_of(request.url.path, {}, request.headers.get("accept-language", ""), default_tzid="UTC")
    response = _state(request, "too_many", 429, text=look.texts("too_many_text", n=wait))
    response.headers["Retry-After"] = str(wait)
    return response


async def _closed(request: Request, platform: PlatformDep, found: _Open) -> Response | None:
    """The page of a link that takes no bookings at this moment; None if it does."""
    link, texts = found.link, found.look.texts
    state = state_of(link.status, opens_at=link.opens_at, expires_at=link.expires_at, now=platform.clock())
    if state == "open":
        return None
    if state == "completed":
        async with platform.db.transaction() as conn:
            visit = await platform.link_bookings.visit(conn, link)
        # What others have booked is nobody's business but theirs.
        if visit is None or link.max_uses > 1:
            return _state(request, "used_up", 200, found=found, text=link.display_message)
        return _booking(request, platform, found, visit)
    if state == "disabled":
        return _state(request, "disabled", 200, found=found, text=link.display_message)
    if state == "not_yet_open":
        assert link.opens_at is not None
        when = views.opening(link.opens_at, found.look)
        return _state(request, "not_yet_open", 200, found=found, text=texts("not_yet_open_text", when=when))
    return _state(request, "expired", 410, found=found)


async def _pick(request: Request, platform: PlatformDep, found: _Open) -> Response:
    now = platform.clock()
    async with platform.db.transaction() as conn:
        offers = await platform.link_bookings.times.offers(
            conn, found.link, found.request, now, from_seconds(found.request.last_asked(seconds_ceil(now)))
        )
    if not set(found.look.query) - {"embed"}:  # what follows on the first look is the same visit
        await platform.page_statistics.seen(found.link, is_without_times=not offers)
    callbacks = found.request.callback_urls
    values = {
        **found.values(),
        **views.zone_values(found.look, now),
        **views.days_and_times(offers, found.look, found.host_tzid, now=now, steps=found.steps),
        "detects_zone": True,
        "is_moving": False,
        "is_at_once": found.request.is_confirmed_at_once,
        "form_token": new_secret(),
        "action": request.url.path,
        "suggest_url": f"{request.url.path}/no-times" if "no_times_suitable_url" in callbacks else "",
        "tells_empty": "no_times_displayed_url" in callbacks,
        "now_line": None,
        "back_url": "",
    }
    return _page(request, found.link, "book/pick.html", values)


def _details(
    request: Request,
    found: _Open,
    choice: str,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    form_token: str = "",
    status: int | None = None,
) -> Response:
    starts = views.parse_choice(choice)
    values = {
        **found.values(),
        **_chosen(found, starts),
        "choice": choice,
        "given": given,
        "errors": {"form": "", "name": "", "email": "", **(errors or {})},
        "questions": views.asked(found.questions, given, errors or {}),
        "form_token": form_token or new_secret(),
        "action": request.url.path,
        "detects_zone": True,
        "back_url": found.look.url(day=_local_day(found, starts)),
    }
    return _page(request, found.link, "book/details.html", values, status or (422 if errors else 200))


def _local_day(found: _Open, starts: list[Any]) -> str:
    return local(starts[0], found.look.tzid).date().isoformat()


def _chosen(found: _Open, starts: list[Any]) -> dict[str, Any]:
    """The times of a choice as they are shown above a form."""
    ordered = sorted(found.request.steps, key=lambda step: (step.ordinal is None, step.ordinal or 0))
    if len(starts) != len(ordered):
        raise Invalid("start", "start must name a time for each meeting.")
    return {
        "times_chosen": [
            {
                **views.when(
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


def _taken(
    request: Request, found: _Open, choice: str, given: Mapping[str, str], error: SlotTaken
) -> Response:
    values = {
        **found.values(),
        "given": given,
        "answers": {name: given.get(name, "") for name in views.answer_names(found.questions)},
        "form_token": new_secret(),
        "action": request.url.path,
        "is_moving": False,
        "revision": "",
        "times": [
            views.time_item(offer, found.look, found.host_tzid, found.steps)
            for offer in error.fields["offers"]
        ],
        "back_url": found.look.url(),
    }
    return _page(request, found.link, "book/taken.html", values, 409)


def _meeting(found: _Open, visit: Visit) -> dict[str, Any]:
    """What a booking's pages show of it."""
    rows = visit.bookings
    names = views.host_names(found.request, found.hosts, found.link.settings, found.look.texts)
    first = rows[0]
    details = first.event_details
    return {
        "meetings": [
            {
                **views.when(row.starts_at, row.ends_at, found.look, found.host_tzid),
                "title": row.title,
                "is_cancelled": row.state == "cancelled",
            }
            for row in rows
        ],
        "meeting_title": str(found.request.event.get("summary") or first.title),
        "hosts": names,
        "guest": visit.guest,
        "place": details.get("location", ""),
        "join_url": (first.conferencing or {}).get("join_url", ""),
        "reason": first.reason if visit.is_cancelled else "",
        "revision": sum(row.revision for row in rows),
    }


def _booking(request: Request, platform: PlatformDep, found: _Open, visit: Visit) -> Response:
    """The page of a booking: when, who, where, and what can be done with it."""
    look, texts = found.look, found.look.texts
    token = visit.manage_token
    is_over = not any(row.ends_at > platform.clock() for row in visit.bookings)
    done = look.query.get("done", "")
    title = texts.booked if done == "1" else texts.moved if done == "moved" else texts.your_meeting
    if visit.is_cancelled:
        title = texts.is_cancelled
    elif is_over:
        title = texts.is_over
    before = visit.bookings[0].previous if not visit.is_cancelled else None
    values = {
        **found.values(),
        **_meeting(found, visit),
        "title": title,
        "is_cancelled": visit.is_cancelled,
        "is_changeable": _is_changeable(platform, visit),
        "has_changed": look.query.get("changed") == "1",
        "before": _before(before, found) if before else "",
        "links": [] if visit.is_cancelled or is_over else platform.link_bookings.calendar_links(visit),
        "ics_url": f"/book/manage/{token}/calendar.ics",
        "reschedule_url": look.url(f"/book/manage/{token}", do="reschedule"),
        "cancel_url": look.url(f"/book/manage/{token}", do="cancel"),
        "continue_url": found.request.redirect_uri if done == "1" else "",
    }
    return _page(request, found.link, "book/booking.html", values)


def _before(previous: Mapping[str, str], found: _Open) -> str:
    start, end = (parse_instant(previous[name], name) for name in ("start", "end"))
    told = views.when(start, end, found.look, found.look.tzid)
    return f"{told['date']}, {told['time']}"


async def _pick_other(request: Request, platform: PlatformDep, found: _Open, visit: Visit) -> Response:
    now = platform.clock()
    async with platform.db.transaction() as conn:
        offers = await platform.link_bookings.times.offers(
            conn,
            found.link,
            found.request,
            now,
            from_seconds(found.request.last_asked(seconds_ceil(now))),
            excluded=[row.booking_id for row in visit.bookings],
        )
    current = [row.starts_at for row in visit.to_come(now)]
    others = [offer for offer in offers if [part.start for part in offer.parts] != current]
    told = views.when(visit.bookings[0].starts_at, visit.bookings[-1].ends_at, found.look, found.host_tzid)
    values = {
        **found.values(),
        **views.zone_values(found.look, now),
        **views.days_and_times(others, found.look, found.host_tzid, now=now, steps=found.steps),
        "is_moving": True,
        "is_at_once": False,
        "form_token": "",
        "action": request.url.path,
        "suggest_url": "",
        "tells_empty": False,
        "now_line": f"{told['date']}, {told['time']}",
        "back_url": found.look.url(),
    }
    return _page(request, found.link, "book/pick.html", values)


def _move_question(request: Request, found: _Open, visit: Visit, choice: str) -> Response:
    values = {
        **found.values(),
        **_meeting(found, visit),
        **_chosen(found, views.parse_choice(choice)),
        "choice": choice,
        "action": f"{request.url.path}/move",
        "back_url": found.look.url(do="reschedule"),
    }
    return _page(request, found.link, "book/move.html", values)


def _move_taken(request: Request, found: _Open, visit: Visit, error: SlotTaken) -> Response:
    manage = request.url.path.removesuffix("/move")
    values = {
        **found.values(),
        "given": {},
        "answers": {},
        "form_token": "",
        "action": request.url.path,
        "is_moving": True,
        "revision": sum(row.revision for row in visit.bookings),
        "times": [
            views.time_item(offer, found.look, found.host_tzid, found.steps)
            for offer in error.fields["offers"]
        ],
        "back_url": found.look.url(manage, do="reschedule"),
    }
    return _page(request, found.link, "book/taken.html", values, 409)


def _event_page(request: Request, found: _Open) -> Response:
    """The page of an event with a time of its own, to be put into a calendar."""
    event = found.request.event
    values = {
        **found.values(),
        **views.event_values(event, found.look, found.request.tzid),
        "detects_zone": True,
        "continue_url": found.request.redirect_uri,
    }
    return _page(request, found.link, "book/event.html", values)
