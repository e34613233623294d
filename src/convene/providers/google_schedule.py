"""When colleagues are busy, as they let one know (Calendar API v3, `freebusy.query`).

Google answers 200 also where it does not know: whoever has errors in place of times is unknown, and unknown is never free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from convene.ports.calendars import BusyTime, ColleagueTimes
from convene.providers.google_session import Session, failure, json_of

MAX_CALENDARS = 50
MAX_SPAN = timedelta(days=30)
_PREFIX = "https://www.googleapis.com/auth/calendar"
OPENS = frozenset({_PREFIX, f"{_PREFIX}.readonly", f"{_PREFIX}.freebusy", f"{_PREFIX}.events.freebusy"})
"""The scopes with which Google answers; to read or write events is none of them."""
NOT_GRANTED = "not_granted"


async def free_busy(
    session: Session, addresses: Sequence[str], start: datetime, end: datetime
) -> dict[str, ColleagueTimes]:
    """Return the busy times of each address within [start, end). Raises `ProviderError`."""
    asked = list(dict.fromkeys(addresses))
    if not session.credentials.scope & OPENS:
        return {address: ColleagueTimes(problem=NOT_GRANTED) for address in asked}
    found: dict[str, ColleagueTimes] = {}
    for first in range(0, len(asked), MAX_CALENDARS):
        some = asked[first : first + MAX_CALENDARS]
        parts = [
            await _ask(session, some, *span) for span in _spans(start.astimezone(UTC), end.astimezone(UTC))
        ]
        found |= {address: _joined([part[address] for part in parts]) for address in some}
    return found


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + MAX_SPAN, end)
        start += MAX_SPAN


async def _ask(
    session: Session, addresses: Sequence[str], start: datetime, end: datetime
) -> dict[str, ColleagueTimes]:
    body = {
        "timeMin": start.isoformat(),
        "timeMax": end.isoformat(),
        "timeZone": "UTC",
        "calendarExpansionMax": MAX_CALENDARS,
        "items": [{"id": address} for address in addresses],
    }
    answer = await session.request("POST", "/freeBusy", body=body)
    if answer.status != 200:
        raise failure(answer)
    told = json_of(answer).get("calendars")
    entries = told if isinstance(told, dict) else {}
    return {address: _times(entries.get(address), start, end) for address in addresses}


def _times(entry: Any, start: datetime, end: datetime) -> ColleagueTimes:
    if not isinstance(entry, dict):
        return ColleagueTimes(problem="not_answered")
    errors = entry.get("errors")
    if errors:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        return ColleagueTimes(problem=str(first.get("reason") or "unknown")[:80])
    if not isinstance(entry.get("busy"), list):
        return ColleagueTimes(problem="unreadable")
    busy = []
    for item in entry["busy"]:
        time = _time(item)
        if time is None:
            return ColleagueTimes(problem="unreadable")
        if max(time.start, start) < min(time.end, end):
            busy.append(BusyTime(max(time.start, start), min(time.end, end)))
    return ColleagueTimes(tuple(busy))


def _time(item: Any) -> BusyTime | None:
    try:
        start, end = (datetime.fromisoformat(item[name]).astimezone(UTC) for name in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        return None
    return BusyTime(start, end)


def _joined(parts: Sequence[ColleagueTimes]) -> ColleagueTimes:
    """Join the answers to consecutive spans; what is busy across the border of two is one time."""
    problem = next((part.problem for part in parts if part.problem), "")
    if problem:
        return ColleagueTimes(problem=problem)
    joined: list[BusyTime] = []
    for time in sorted((time for part in parts for time in part.busy), key=lambda one: (one.start, one.end)):
        if joined and time.start <= joined[-1].end:
            joined[-1] = BusyTime(joined[-1].start, max(joined[-1].end, time.end))
        else:
            joined.append(time)
    return ColleagueTimes(tuple(joined))
