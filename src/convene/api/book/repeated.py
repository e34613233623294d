"""Several meetings of one visit: the dates that a visitor confirms, and each of them on the page of the booking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.api.book.opened import Opened
from convene.api.book.times import parse_choice, when
from convene.core.errors import Invalid
from convene.core.local_dates import local
from convene.core.scheduling_links import LinkRequest
from convene.core.series import SeriesChoice
from convene.edge.requests import format_instant, parse_instant
from convene.services.link_series import Occurrence
from convene.services.link_visits import Visit
from convene.services.platform import Platform

SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Repeats:
    """What a form says about how often: `times`, and what it chose for each date that it has listed."""

    times: int
    given: Mapping[str, str]
    is_asking: bool = False
    """The form only asks for the dates of another number."""

    @property
    def is_listed(self) -> bool:
        """Whether the visitor has seen the dates: one needs no list."""
        return self.times == 1 or self.given.get("listed") == str(self.times)

    def choice(self, start: str) -> SeriesChoice | None:
        """Return what was confirmed; None for a single meeting. Raises `Invalid` for what is no time."""
        if self.times == 1:
            return None
        [first] = parse_choice(start)[:1]
        told = [self.given.get(name, "") for name in names(self.times)]
        left_out = ("", SKIP)
        return SeriesChoice(
            first, tuple(None if text in left_out else parse_instant(text, "start") for text in told)
        )


def names(times: int) -> list[str]:
    """Return what the form's fields for the dates are called."""
    return [f"on_{number}" for number in range(times)]


def repeats_of(request: LinkRequest, members: Mapping[str, str]) -> Repeats:
    """Return how often a form wants to book; raise `Invalid` for more than the page allows, before anything is read."""
    text = members.get("times") or "1"
    most = request.recurrence.max_count if request.recurrence else 1
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= most):
        raise Invalid("times", f"times must be 1 to {most}.")
    times = int(text)
    kept = {name: members.get(name, "")[:40] for name in ("listed", *names(times))}
    return Repeats(times, kept, members.get("press") == "dates")


async def series_values(
    platform: Platform, found: Opened, starts: Sequence[datetime], repeats: Repeats
) -> dict[str, Any]:
    """Return what the form shows of how often and when."""
    recurrence, texts = found.request.recurrence, found.look.texts
    if recurrence is None:
        return {"repeats": [], "dates": []}
    words = f"times_{recurrence.frequency}"
    values: dict[str, Any] = {
        "repeats": [
            (number, texts.once if number == 1 else texts(words, n=number))
            for number in range(1, recurrence.max_count + 1)
        ],
        "times": repeats.times,
        "dates": [],
    }
    if repeats.times > 1:
        async with platform.db.transaction() as conn:
            listed = await platform.link_bookings.series.listed(
                conn, found.link, found.request, starts[0], repeats.times
            )
        fields = zip(names(repeats.times), listed, strict=True)
        values["dates"] = [_date(found, name, item, repeats.given) for name, item in fields]
        values["free"] = sum(item.is_free for item in listed)
    return values


def _date(found: Opened, name: str, item: Occurrence, given: Mapping[str, str]) -> dict[str, Any]:
    told = when(item.start, item.end, found.look, found.host_tzid)
    near = [(format_instant(start), _clock(found, item.start, start)) for start in item.nearest]
    chosen = given.get(name, "")
    return {
        **told,
        "name": name,
        "value": told["iso"] if item.is_free else "",
        "is_free": item.is_free,
        "nearest": near,
        "chosen": chosen if chosen in [value for value, _ in near] else "",
    }


def _clock(found: Opened, wanted: datetime, start: datetime) -> str:
    """The time of another start on the day, with its date where the visitor's day is another."""
    here = local(start, found.look.tzid)
    is_same = here.date() == local(wanted, found.look.tzid).date()
    day = "" if is_same else f"{found.look.locale.day_date(here.date())}, "
    return day + found.look.locale.time(here)


def one_by_one(found: Opened, visit: Visit, now: datetime) -> dict[str, dict[str, str]]:
    """Return by booking where each meeting of a series that is still to come is moved and cancelled."""
    path = f"/book/manage/{visit.manage_token}"
    rows = visit.to_come(now) if visit.is_series else ()
    return {
        row.booking_id: {
            "move_url": found.look.url(path, do="reschedule", of=row.booking_id),
            "cancel_url": found.look.url(path, do="cancel", of=row.booking_id),
            "following_url": found.look.url(path, do="cancel", of=row.booking_id, following="1")
            if row is not rows[-1]
            else "",
        }
        for row in rows
    }
