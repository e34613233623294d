"""Answers to a free-busy-query (RFC 4791 section 7.10; VFREEBUSY of RFC 5545), and their times as events that say nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from convene.core.events import Duration, ExtraDate
from convene.core.wall_clock import wall_seconds
from convene.formats.content_lines import Component, Line, decode, read_components
from convene.formats.event_editing import PRODUCT
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.icalendar_values import read_period

_WHOLE = frozenset({"FREEBUSY"})


class BusyTime(NamedTuple):
    """A stretch of time `[start, end)` in seconds since the epoch."""

    start: int
    end: int
    is_tentative: bool = False


def read_free_busy(body: bytes) -> list[BusyTime]:
    """Return the busy times of an answer, by start; those of a kind that touch are one.

    Free times and kinds that are not known are told apart: an unknown kind is busy (RFC 5545 section 3.2.9). Raises
    `CalendarRefused` if it is no calendar, and `ValueError` if a time cannot be read: half of the times are not taken.
    """
    found: list[BusyTime] = []
    for component in _answers(read_components(decode(body), _WHOLE)):
        for line in component.all("FREEBUSY"):
            kind = line.parameter("FBTYPE").upper()
            if kind != "FREE":
                found += _times(line, is_tentative=kind == "BUSY-TENTATIVE")
    return joined(found)


def _answers(calendars: Sequence[Component]) -> Iterator[Component]:
    """A calendar without a VFREEBUSY is no answer; one with an empty VFREEBUSY says that all is free."""
    answers = [part for calendar in calendars for part in calendar.children if part.name == "VFREEBUSY"]
    if not answers:
        raise CalendarRefused("no_free_busy", "The answer tells no busy times.")
    yield from answers


def _times(line: Line, *, is_tentative: bool) -> Iterator[BusyTime]:
    for text in line.value.split(","):
        if text.strip():
            period = read_period(text, "", lambda _: UTC)
            start = wall_seconds(period.start.local)
            yield BusyTime(start, max(start, _end(period, start)), is_tentative)


def _end(period: ExtraDate, start: int) -> int:
    if period.end is None:
        return start
    if isinstance(period.end, Duration):
        return start + period.end.days * 86_400 + period.end.seconds
    return wall_seconds(period.end.local)


def joined(times: Iterable[BusyTime]) -> list[BusyTime]:
    """Return times by start, where those of a kind overlap or touch as one; empty ones are left out."""
    kept: dict[bool, list[BusyTime]] = {False: [], True: []}
    for time in sorted(times):
        of_kind = kept[time.is_tentative]
        if time.end <= time.start:
            continue
        if of_kind and time.start <= of_kind[-1].end:
            of_kind[-1] = of_kind[-1]._replace(end=max(of_kind[-1].end, time.end))
        else:
            of_kind.append(time)
    return sorted([*kept[False], *kept[True]])


def busy_event(time: BusyTime) -> tuple[str, str]:
    """Return a name that stays as long as the time does, and a VCALENDAR with an event that has this time and no more."""
    start, end = (
        f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at):%Y%m%dT%H%M%SZ}" for at in time[:2]
    )
    name = f"{start}-{end}" + ("-tentative" if time.is_tentative else "")
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "BEGIN:VEVENT", f"UID:busy-{name}", f"DTSTAMP:{start}",
        f"DTSTART:{start}", f"DTEND:{end}", f"STATUS:{'TENTATIVE' if time.is_tentative else 'CONFIRMED'}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return name, "\r\n".join(lines)
