"""When colleagues are busy, as their organisation lets one know (Graph v1.0, `calendar: getSchedule`).

Not for personal accounts. Whoever cannot be told of is unknown, and unknown is never free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from convene.formats.graph_zones import instant_of
from convene.ports.calendars import BusyTime, ColleagueTimes
from convene.providers.microsoft_session import Session, failure, json_of

MAX_ADDRESSES = 20
MAX_SPAN = timedelta(days=62)
_KINDS: dict[str, Literal["busy", "tentative"] | None] = {
    "free": None,
    "workingElsewhere": None,
    "tentative": "tentative",
}


async def free_busy(
    session: Session, addresses: Sequence[str], start: datetime, end: datetime
) -> dict[str, ColleagueTimes]:
    """Return the busy times of each address within [start, end). Raises `ProviderError`."""
    found: dict[str, ColleagueTimes] = {}
    asked = list(dict.fromkeys(addresses))
    for first in range(0, len(asked), MAX_ADDRESSES):
        some = asked[first : first + MAX_ADDRESSES]
        told: dict[str, list[ColleagueTimes]] = {address: [] for address in some}
        for span in _spans(start.astimezone(UTC), end.astimezone(UTC)):
            answers = await _ask(session, some, *span)
            for address in some:
                told[address].append(answers.get(address.lower(), ColleagueTimes(problem="not_answered")))
        found |= {address: _joined(parts) for address, parts in told.items()}
    return found


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + MAX_SPAN, end)
        start += MAX_SPAN


async def _ask(
    session: Session, addresses: Sequence[str], start: datetime, end: datetime
) -> dict[str, ColleagueTimes]:
    times = {
        name: {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for name, moment in (("startTime", start), ("endTime", end))
    }
    body = {"schedules": list(addresses), **times, "availabilityViewInterval": 15}
    answer = await session.request("POST", session.address("/me/calendar/getSchedule"), body=body)
    if answer.status != 200:
        raise failure(answer)
    entries = [entry for entry in json_of(answer).get("value") or () if isinstance(entry, dict)]
    return {str(entry.get("scheduleId")).lower(): _times(entry, start, end) for entry in entries}


def _times(entry: Mapping[str, Any], start: datetime, end: datetime) -> ColleagueTimes:
    error = entry.get("error")
    if error is not None or entry.get("scheduleItems") is None:
        return ColleagueTimes(problem=str((error or {}).get("responseCode") or "unknown")[:80])
    busy = []
    for item in entry["scheduleItems"]:
        kind = _KINDS.get(str(item.get("status")), "busy")
        begins, ends = instant_of(item.get("start")), instant_of(item.get("end"))
        if begins is None or ends is None:
            return ColleagueTimes(problem="unreadable")
        if kind is not None and max(begins, start) < min(ends, end):
            busy.append(BusyTime(max(begins, start), min(ends, end), kind))
    return ColleagueTimes(tuple(sorted(busy, key=lambda time: (time.start, time.end))))


def _joined(parts: Sequence[ColleagueTimes]) -> ColleagueTimes:
    problem = next((part.problem for part in parts if part.problem), "")
    if problem:
        return ColleagueTimes(problem=problem)
    return ColleagueTimes(tuple(time for part in parts for time in part.busy))
