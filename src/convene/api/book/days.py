"""Days and times as the calendar of a page shows them, in the visitor's zone."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from convene.api.book.look import Look
from convene.api.book.times import choice_value
from convene.core.local_dates import local
from convene.edge.booking_texts import Texts
from convene.services.link_times import Offer, tightest

MOST_SHOWN = 200


def days_and_times(
    offers: Sequence[Offer],
    look: Look,
    item_of: Callable[[Offer], dict[str, Any]],
    *,
    now: datetime,
    taken: Sequence[Offer] = (),
) -> dict[str, Any]:
    """Return the months' days with how many times each has, and the times of the chosen day.

    Without a chosen day it is the first one that has times. `item_of` makes of an offer what the page shows of it.
    For those that are `taken` one can wait.
    """
    by_day: dict[date, list[Offer]] = defaultdict(list)
    for offer in tightest(offers):
        by_day[local(offer.start, look.tzid).date()].append(offer)
    waits: dict[date, list[Offer]] = defaultdict(list)
    for offer in taken:
        waits[local(offer.start, look.tzid).date()].append(offer)
    today = local(now, look.tzid).date()
    days = sorted(by_day.keys() | waits.keys())
    chosen = _date(look.query.get("day", ""))
    if chosen not in days:
        chosen = None
    month = _month(look.query.get("month", "")) or (chosen or (days[0] if days else today)).replace(day=1)
    months = sorted({day.replace(day=1) for day in days} | {month})
    in_month = [day for day in days if day.replace(day=1) == month]
    shown = chosen if chosen is not None else (in_month[0] if in_month else None)
    place = months.index(month)
    do = look.query.get("do", "")
    return {
        "month": look.locale.month_year(month),
        "weekdays": look.locale.short_weekdays,
        "weeks": [
            [_cell(day, month, by_day, shown, today, look, has_list=day in waits) for day in week]
            for week in calendar.Calendar(0).monthdatescalendar(month.year, month.month)
        ],
        "previous_url": look.url(month=f"{months[place - 1]:%Y-%m}", do=do) if place > 0 else "",
        "next_url": look.url(month=f"{months[place + 1]:%Y-%m}", do=do) if place + 1 < len(months) else "",
        "day_list": [_day_item(day, by_day, look) for day in in_month],
        "is_day_chosen": chosen is not None,
        "day": look.locale.day_date(shown) if shown else "",
        "times": _times(by_day, waits, shown, look, item_of),
        "days_url": look.url(month=f"{month:%Y-%m}", do=do),
        "has_any": bool(days),
    }


def _times(
    by_day: Mapping[date, Sequence[Offer]],
    waits: Mapping[date, Sequence[Offer]],
    shown: date | None,
    look: Look,
    item_of: Callable[[Offer], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return the times of a day, those for which one can wait in their places."""
    if shown is None:
        return []
    free = [(offer.start, item_of(offer)) for offer in by_day.get(shown, ())[:MOST_SHOWN]]
    taken = [
        (offer.start, {**item_of(offer), "wait_url": look.url(wait=choice_value(offer))})
        for offer in waits.get(shown, ())
    ]
    return [item for _, item in sorted([*free, *taken], key=lambda pair: pair[0])]


def _cell(
    day: date,
    month: date,
    by_day: Mapping[date, Sequence[Offer]],
    shown: date | None,
    today: date,
    look: Look,
    *,
    has_list: bool,
) -> dict[str, Any]:
    if day.replace(day=1) != month:
        return {"number": ""}
    count = len(by_day.get(day, ()))
    return {
        "number": str(day.day),
        "count": count,
        "label": f"{look.locale.day_date(day)}, {_count(count, look.texts)}",
        "is_today": day == today,
        "is_shown": day == shown,
        "url": look.url(day=day.isoformat(), do=look.query.get("do", "")) if count or has_list else "",
    }


def _day_item(day: date, by_day: Mapping[date, Sequence[Offer]], look: Look) -> dict[str, str]:
    return {
        "label": look.locale.day_date(day),
        "count": _count(len(by_day.get(day, ())), look.texts),
        "url": look.url(day=day.isoformat(), do=look.query.get("do", "")),
    }


def _count(count: int, texts: Texts) -> str:
    if not count:
        return texts.no_times_day
    return texts.one_time if count == 1 else texts("n_times", n=count)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month(text: str) -> date | None:
    found = _date(f"{text}-01")
    return found if found is not None and 1970 <= found.year <= 2199 else None
