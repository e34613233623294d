"""A booking's page for its guest: look at it, move it, cancel it, take it along as a file."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from convene.api.book.answers import ROBOTS, busy_page, page_of
from convene.api.book.choosing import move_taken, pick_other
from convene.api.book.gate import page_router, sent_form, visit
from convene.api.book.meeting import booking_page, is_changeable, meeting_values, move_question
from convene.api.book.opened import opened_booking, opened_part, plain
from convene.api.book.times import parse_choice
from convene.api.context import PlatformDep
from convene.core.errors import Conflict, Invalid, SlotTaken, Unavailable
from convene.edge.auth import visitor_of
from convene.services.link_visits import Visit

router = page_router()


@router.get("/book/manage/{token}")
async def get_booking(request: Request, platform: PlatformDep, token: str) -> Response:
    """A booking's page for its guest; with `do=reschedule` other times, with `do=cancel` the question."""
    await visit(request, platform)
    found, booked = await opened_booking(request, platform, token)
    doing = found.look.query.get("do", "") if is_changeable(platform, booked) else ""
    if doing:
        whole_url = found.look.url()
        found, booked = opened_part(found, booked)
        if not is_changeable(platform, booked) or (doing == "reschedule" and _is_several(booked)):
            return RedirectResponse(whole_url, 303)
    if doing == "cancel":
        values = {
            **found.values(),
            **meeting_values(found, booked),
            "is_asked": booked.is_requested,
            "action": found.look.url(f"/book/manage/{token}/cancel"),
            "back_url": whole_url,
        }
        return page_of(request, found.link, "book/cancel.html", values)
    if doing == "reschedule":
        if found.look.query.get("at"):
            try:
                return await move_question(request, platform, found, booked, found.look.query["at"])
            except Invalid:
                return RedirectResponse(found.look.url(do="reschedule"), 303)
        return await pick_other(request, platform, found, booked)
    return booking_page(request, platform, found, booked)


def _is_several(visit: Visit) -> bool:
    """Whether it is more than one meeting of a series: they are moved one by one."""
    return visit.is_series and len(visit.bookings) > 1


@router.post("/book/manage/{token}/move")
async def post_move(request: Request, platform: PlatformDep, token: str) -> Response:
    """Move the booking to the chosen time."""
    members = await sent_form(request, platform)
    found, whole = await opened_booking(request, platform, token, members)
    after = found.look
    found, booked = opened_part(found, whole)
    revision = members.get("revision", "")
    try:
        await platform.link_changes.move(
            token,
            parse_choice(members.get("start", "")),
            int(revision) if revision.isdecimal() and len(revision) < 9 else None,
            visitor_of(request).ip,
            members.get("of", ""),
        )
    except SlotTaken as error:
        return move_taken(request, found, booked, error)
    except Unavailable as error:
        back = found.look.url(f"/book/manage/{token}", do="reschedule", at=members.get("start", ""))
        return busy_page(request, error, found=found, back_url=back)
    except Conflict:
        return RedirectResponse(after.url(f"/book/manage/{token}", changed="1"), 303)
    except Invalid:
        return RedirectResponse(found.look.url(f"/book/manage/{token}", do="reschedule"), 303)
    return RedirectResponse(after.url(f"/book/manage/{token}", done="moved"), 303)


@router.post("/book/manage/{token}/cancel")
async def post_cancel(request: Request, platform: PlatformDep, token: str) -> Response:
    """Cancel the booking."""
    members = await sent_form(request, platform)
    found, _ = await opened_booking(request, platform, token, members)
    try:
        await platform.link_changes.cancel(
            token,
            plain(members.get("reason", "")),
            visitor_of(request).ip,
            members.get("of", ""),
            following=members.get("following") == "1",
        )
    except Unavailable as error:
        back = found.look.url(f"/book/manage/{token}", do="cancel")
        return busy_page(request, error, found=found, back_url=back)
    except Conflict:
        pass  # its page says what it is: over
    return RedirectResponse(found.look.url(f"/book/manage/{token}"), 303)


@router.get("/book/manage/{token}/calendar.ics")
async def get_calendar_file(request: Request, platform: PlatformDep, token: str) -> Response:
    """The booking as iCalendar, with the guest's own link in it."""
    await visit(request, platform)
    text = await platform.link_visits.calendar_file(token)
    return Response(
        text,
        media_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={
            "Content-Disposition": 'attachment; filename="invite.ics"',
            "Cache-Control": "no-store",
            **ROBOTS,
        },
    )
