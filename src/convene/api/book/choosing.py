"""The page of days and times, to book or to move; and the nearest times when one was just taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from convene.api.book.answers import page_of
from convene.api.book.days import days_and_times
from convene.api.book.details import answer_names
from convene.api.book.look import zone_values
from convene.api.book.opened import Opened
from convene.api.book.times import when
from convene.core.errors import SlotTaken
from convene.core.instants import from_seconds, seconds_ceil
from convene.core.local_dates import zone_label
from convene.core.scheduling_links import LinkRequest
from convene.security.tokens import new_secret
from convene.services.link_times import Offer
from convene.services.link_visits import AROUND, Visit
from convene.services.platform import Platform


async def pick(request: Request, platform: Platform, found: Opened) -> Response:
    """Return the page of what can be booked."""
    now = platform.clock()
    until = from_seconds(found.request.last_asked(seconds_ceil(now)))
    async with platform.db.transaction() as conn:
        offers = await platform.link_bookings.times.offers(conn, found.link, found.request, now, until)
        waited_for = await platform.waitlist.taken(conn, found.link, found.request, now, until, offers)
    if not set(found.look.query) - {"embed"}:  # what follows on the first look is the same visit
        await platform.page_statistics.seen(found.link, is_without_times=not offers)
    callbacks = found.request.callback_urls
    values = {
        **found.values(),
        **zone_values(found.look, now),
        **days_and_times(offers, found.look, found.time_item, now=now, taken=waited_for),
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
    return page_of(request, found.link, "book/pick.html", values)


def taken(
    request: Request, found: Opened, choice: str, given: Mapping[str, str], error: SlotTaken
) -> Response:
    """Return the nearest times when the chosen one is gone, with what was typed."""
    values = {
        **found.values(),
        "given": given,
        "answers": {name: given.get(name, "") for name in answer_names(found.questions)},
        "form_token": new_secret(),
        "action": request.url.path,
        "is_moving": False,
        "revision": "",
        **_nearest(found, error.fields["offers"]),
        "back_url": found.look.url(),
    }
    return page_of(request, found.link, "book/taken.html", values, 409)


def _nearest(found: Opened, offers: Sequence[Offer]) -> dict[str, Any]:
    """Return times to choose from, and the zone of their clock."""
    zone = zone_label(found.look.tzid, offers[0].start) if offers else ""
    return {"times": [found.time_item(offer) for offer in offers], "zone": zone}


async def pick_other(request: Request, platform: Platform, found: Opened, visit: Visit) -> Response:
    """Return the page of where a booking can be moved."""
    now = platform.clock()
    async with platform.db.transaction() as conn:
        asked = await platform.link_visits.choices_of(conn, visit)
        offers = await platform.link_bookings.times.offers(
            conn,
            found.link,
            asked,
            *_window(visit, asked, now),
            excluded=visit.freed,
        )
    current = [row.starts_at for row in visit.to_come(now)]
    others = [offer for offer in offers if [part.start for part in offer.parts] != current]
    told = when(visit.bookings[0].starts_at, visit.bookings[-1].ends_at, found.look, found.host_tzid)
    values = {
        **found.values(),
        **zone_values(found.look, now),
        **days_and_times(others, found.look, found.time_item, now=now),
        "is_moving": True,
        "is_at_once": False,
        "form_token": "",
        "action": request.url.path,
        "suggest_url": "",
        "tells_empty": False,
        "now_line": f"{told['date']}, {told['time']}",
        "back_url": found.look.url(),
    }
    return page_of(request, found.link, "book/pick.html", values)


def _window(visit: Visit, asked: LinkRequest, now: datetime) -> tuple[datetime, datetime]:
    """From when to when other times are looked for."""
    if visit.is_series:
        at = visit.bookings[0].starts_at
        return max(now, at - AROUND), at + AROUND
    return now, from_seconds(asked.last_asked(seconds_ceil(now)))


def move_taken(request: Request, found: Opened, visit: Visit, error: SlotTaken) -> Response:
    """Return the nearest times when a booking could not be moved."""
    manage = request.url.path.removesuffix("/move")
    others = [offer for offer in error.fields["offers"] if offer.start != visit.bookings[0].starts_at]
    values = {
        **found.values(),
        "given": {},
        "answers": {},
        "form_token": "",
        "action": request.url.path,
        "is_moving": True,
        "revision": visit.stamp,
        **_nearest(found, others),
        "back_url": found.look.url(manage, do="reschedule"),
    }
    return page_of(request, found.link, "book/taken.html", values, 409)
