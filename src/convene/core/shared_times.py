"""Free time that is shared in a conversation: its days, its times as starts and ends, and whether they still hold.

Shared times are periods of free time on a grid of quarter hours, disjoint and in order. They say nothing of what fills
the rest, not even whether it is a meeting or the evening.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from convene.core.errors import Invalid
from convene.core.instants import from_seconds, wall_to_instant, zone

DAYS = (1, 3, 7)
STEP_MINUTES = 15

Times = Sequence[tuple[datetime, datetime]]


def checked_days(days: int, field: str = "days") -> int:
    """Return how many days are shared; raises `Invalid` for other numbers than 1, 3 and 7."""
    if days not in DAYS:
        raise Invalid(field, f"{field} must be 1, 3 or 7.")
    return days


def shared_days(now: datetime, tzid: str, days: int) -> tuple[datetime, datetime]:
    """Return the period of `days` local dates in `tzid`, today the first, from midnight to midnight."""
    today = now.astimezone(zone(tzid)).date()
    first, last = (wall_to_instant(today + timedelta(days=count), 0, tzid) for count in (0, days))
    return from_seconds(first), from_seconds(last)


def merged(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return what several times cover together, disjoint and in order."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(times):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def is_inside(times: Times, start: datetime, end: datetime) -> bool:
    """Tell whether `[start, end)` lies in one of the (disjoint) times."""
    return any(free_from <= start and end <= free_to for free_from, free_to in times)


def have_changed(shared: Times, present: Times, now: datetime) -> bool:
    """Tell whether times that were shared are others now.

    That the first of them draw nearer, and fall short of the owner's notice, is no change: it is time that passes. So
    both are looked at from the first time that is free now.
    """
    since = max(now, present[0][0]) if present else now
    return _after(shared, since) != _after(present, since)


def _after(times: Times, since: datetime) -> list[tuple[datetime, datetime]]:
    return [(max(start, since), end) for start, end in times if end > since]


def sentence(name: str, start: datetime, end: datetime, tzid: str, *, is_over: bool = False) -> str:
    """Return what the message of a share says without its times, which are shown to nobody but who may see them."""
    if is_over:
        return f"{name} shared free time here. It is no longer shared."
    first, last = (at.astimezone(zone(tzid)) for at in (start, end - timedelta(seconds=1)))
    if first.date() == last.date():
        return f"{name} shares free time on {_date(first)}."
    return f"{name} shares free time from {_date(first)} to {_date(last)}."


def _date(day: datetime) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def utc(text: str) -> datetime:
    """Return an instant that was written as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
