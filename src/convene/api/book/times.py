"""Times in the visitor's zone, and in the host's where their clocks differ; choices as values of buttons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from convene.api.book.look import Look
from convene.core.errors import Invalid
from convene.core.local_dates import local, zone_label
from convene.edge.requests import format_instant, parse_instant
from convene.formats.calendar_links import LINK_NAMES, calendar_links
from convene.services.link_times import Offer, Part


def choice_value(offer: Offer) -> str:
    """Return an offer as the value of a button: the starts of its meetings."""
    return ",".join(format_instant(part.start) for part in offer.parts)


def parse_choice(text: str) -> list[datetime]:
    """Return the starts in a button's value; raise `Invalid` for anything else."""
    starts = [parse_instant(item, "start") for item in text.split(",") if item][:20]
    if not starts or starts != sorted(starts):
        raise Invalid("start", "start must name a time for each meeting.")
    return starts


def when(start: datetime, end: datetime, look: Look, host_tzid: str) -> dict[str, str]:
    """Return a meeting's time in the visitor's zone, and in the host's if their clocks differ then."""
    begins, ends = local(start, look.tzid), local(end, look.tzid)
    found = {
        "iso": format_instant(start),
        "date": look.locale.long_date(begins.date()),
        "time": look.locale.span(begins, ends),
        "zone": zone_label(look.tzid, start),
        "host": "",
    }
    theirs = local(start, host_tzid)
    if theirs.utcoffset() != begins.utcoffset():
        span = look.locale.span(theirs, local(end, host_tzid))
        date_ = "" if theirs.date() == begins.date() else f"{look.locale.day_date(theirs.date())}, "
        found["host"] = f"{date_}{span} · {zone_label(host_tzid, start)}"
    return found


def time_item(
    offer: Offer, look: Look, host_tzid: str, steps: Mapping[str, str], seats: str = ""
) -> dict[str, Any]:
    """Return one time to choose: on the visitor's clock, on the host's, and its meetings if it has several.

    `seats` says how many are left.
    """
    begins = local(offer.start, look.tzid)
    theirs = local(offer.start, host_tzid)
    host = ""
    if theirs.utcoffset() != begins.utcoffset():
        city = host_tzid.rsplit("/", 1)[-1].replace("_", " ")
        host = look.texts("host_time", time=look.locale.time(theirs), city=city)
        if theirs.date() != begins.date():
            host = f"{look.locale.day_date(theirs.date())}, {host}"
    return {
        "value": choice_value(offer),
        "iso": format_instant(offer.start),
        "label": look.locale.time(begins),
        "date": look.locale.long_date(begins.date()),
        "host": host,
        "seats": seats,
        "parts": [
            {
                "time": _part_time(part, begins, look),
                "title": steps.get(part.sequence_id, ""),
            }
            for part in offer.parts
        ]
        if len(offer.parts) > 1
        else [],
        "url": look.url(at=choice_value(offer), do=look.query.get("do", "")),
    }


def _part_time(part: Part, begins: datetime, look: Look) -> str:
    """Return when one meeting of several is; its date too if that is another day than the first one's."""
    starts, ends = local(part.start, look.tzid), local(part.end, look.tzid)
    day = "" if starts.date() == begins.date() else f"{look.locale.day_date(starts.date())}, "
    return day + look.locale.span(starts, ends)


def opening(value: datetime, look: Look) -> str:
    """Return when a link opens, in words."""
    at = local(value.astimezone(UTC) + timedelta(), look.tzid)
    return f"{look.locale.long_date(at.date())}, {look.locale.time(at)} · {zone_label(look.tzid, value)}"


def event_values(event: Mapping[str, Any], look: Look, tzid: str) -> dict[str, Any]:
    """Return what the page of an event with a time of its own shows."""
    texts = look.texts
    starts, ends = str(event["start"]), str(event["end"])
    location = event.get("location") or {}
    begins: datetime | date
    finishes: datetime | date
    if len(starts) == 10:
        begins, finishes = date.fromisoformat(starts), date.fromisoformat(ends)
        first, last = begins, finishes - timedelta(days=1)
        days = look.locale.long_date(first)
        told = {
            "title": "",
            "iso": starts,
            "date": days if last <= first else f"{days} – {look.locale.long_date(last)}",
            "time": "",
            "zone": "",
            "host": "",
        }
    else:
        at, until = parse_instant(starts, "start"), parse_instant(ends, "end")
        told = {"title": "", **when(at, until, look, tzid)}
        begins, finishes = at, until
    found = calendar_links(
        title=str(event["summary"]),
        start=begins,
        end=finishes,
        details=str(event.get("description") or ""),
        location=str(location.get("description") or ""),
        tzid=tzid,
    )
    return {"item": told, "links": [(LINK_NAMES[name], url) for name, url in found.items()], "texts": texts}
