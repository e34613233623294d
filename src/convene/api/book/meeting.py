"""What the page of a booking shows: when, who, where, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from convene.api.book.answering import answer_of, answer_words
from convene.api.book.answers import page_of
from convene.api.book.details import chosen_times
from convene.api.book.headings import host_names
from convene.api.book.opened import Opened
from convene.api.book.repeated import one_by_one
from convene.api.book.times import parse_choice, when
from convene.core.scheduling_links import state_of
from convene.edge.booking_texts import Texts
from convene.edge.requests import parse_instant
from convene.services.link_visits import Visit
from convene.services.platform import Platform
from convene.storage.bookings import BookingRow


def is_changeable(platform: Platform, visit: Visit) -> bool:
    """Whether any of a visit's meetings can still be moved or cancelled."""
    return bool(visit.to_come(platform.clock()))


def meeting_values(found: Opened, visit: Visit) -> dict[str, Any]:
    """What a booking's pages show of it."""
    rows = visit.bookings
    texts = found.look.texts
    names = host_names(found.request, found.hosts, found.link.settings, texts)
    first = rows[0]
    details = first.event_details
    return {
        "meetings": [
            {
                **when(row.starts_at, row.ends_at, found.look, found.host_tzid),
                "title": row.title,
                "is_cancelled": visit.has_left or row.is_off,
                "booking_id": row.booking_id,
            }
            for row in rows
        ],
        "heading": _heading_of(found, first) if first.event_details.get("is_edited") else found.heading,
        "meeting_title": first.title
        if len(rows) == 1
        else str(found.request.event.get("summary") or first.title),
        "hosts": names,
        "guest": visit.guest,
        "place": details.get("location", ""),
        "join_url": (first.conferencing or {}).get("join_url", ""),
        "reason": visit.guest.left_reason if visit.has_left else first.reason if visit.is_cancelled else "",
        "revision": visit.stamp,
        "is_seated": visit.is_seated,
        "words": words_of(texts, visit),
        "of": found.look.also,
        "is_series": visit.is_series,
    }


def words_of(texts: Texts, visit: Visit) -> dict[str, str]:
    """What moving and cancelling is called: of a meeting that others share it is the guest's own seat."""
    names = ("reschedule", "cancel", "cancel_question", "cancel_reason", "move_question", "move_to")
    words = {name: getattr(texts, f"seat_{name}" if visit.is_seated else name) for name in names}
    if visit.is_series and len(visit.bookings) > 1:
        words |= {name: getattr(texts, f"series_{name}") for name in ("cancel", "cancel_question", "keep")}
    return {"keep": texts.keep, **words}


def _heading_of(found: Opened, row: BookingRow) -> dict[str, Any]:
    """What a meeting is about whose text was written anew since it was booked."""
    details = row.event_details
    told = {"description": details.get("description", ""), "place": details.get("location", "")}
    # Of a sequence the title stands for all of its meetings.
    return {**found.heading, **({"title": row.title, **told} if len(found.request.steps) == 1 else {})}


def booking_page(request: Request, platform: Platform, found: Opened, visit: Visit) -> Response:
    """The page of a booking: when, who, where, and what can be done with it."""
    look, texts = found.look, found.look.texts
    token = visit.manage_token
    is_over = not any(row.ends_at > platform.clock() for row in visit.bookings)
    done = look.query.get("done", "")
    answer = answer_of(visit, platform.clock())
    is_off = visit.is_cancelled or answer == "unanswered"
    shown = meeting_values(found, visit)
    if answer:
        title, text = answer_words(answer, visit, found, shown["hosts"])
    elif visit.is_cancelled or is_over:
        off = texts.seat_cancelled if visit.has_left else texts.is_cancelled
        title, text = (off if visit.is_cancelled else texts.is_over), ""
    else:
        asks = found.request.answer_within is not None
        usual = texts.is_confirmed if asks else texts.booked if done == "1" else texts.your_meeting
        moved = texts.seat_moved if visit.is_seated else texts.moved
        title, text = (moved if done == "moved" else usual), ""
    previous = visit.guest.previous if visit.is_seated else visit.bookings[0].previous
    before = None if is_off or visit.is_series else previous
    values = {
        **found.values(),
        **shown,
        "one_by_one": one_by_one(found, visit, platform.clock()),
        "title": title,
        "text": text,
        "is_cancelled": is_off,
        "is_asked": answer == "asked",
        "again_url": _again(platform, found) if answer in ("declined", "unanswered") else "",
        "is_changeable": is_changeable(platform, visit) and answer != "unanswered",
        "has_changed": look.query.get("changed") == "1",
        "before": _before(before, found) if before else "",
        "links": []
        if is_off or is_over or visit.is_requested
        else platform.link_visits.calendar_links(visit),
        "ics_url": f"/book/manage/{token}/calendar.ics",
        "reschedule_url": look.url(f"/book/manage/{token}", do="reschedule"),
        "cancel_url": look.url(f"/book/manage/{token}", do="cancel"),
        "continue_url": found.request.redirect_uri if done == "1" else "",
    }
    return page_of(request, found.link, "book/booking.html", values)


def _again(platform: Platform, found: Opened) -> str:
    """Where the same link can be booked again; "" if it cannot."""
    link = found.link
    state = state_of(link.status, opens_at=link.opens_at, expires_at=link.expires_at, now=platform.clock())
    return found.look.url(platform.link_visits.link_path(link)) if state == "open" else ""


def _before(previous: Mapping[str, str], found: Opened) -> str:
    start, end = (parse_instant(previous[name], name) for name in ("start", "end"))
    told = when(start, end, found.look, found.look.tzid)
    return f"{told['date']}, {told['time']}"


async def move_question(
    request: Request, platform: Platform, found: Opened, visit: Visit, choice: str
) -> Response:
    """Ask whether to move the booking to a time; raise `Invalid` for one that is not offered."""
    values = {
        **found.values(),
        **meeting_values(found, visit),
        **await chosen_times(platform, found, parse_choice(choice), visit.freed),
        "choice": choice,
        "action": f"{request.url.path}/move",
        "back_url": found.look.url(do="reschedule"),
    }
    return page_of(request, found.link, "book/move.html", values)
