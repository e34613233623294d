"""Typed values of iCalendar properties (RFC 5545 section 3.3): dates, times, durations, periods, text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from convene.core.events import Duration, EventTime, ExtraDate
from convene.formats.content_lines import Line

ZoneReader = Callable[[str], tzinfo | None]
"""Turns a TZID into a zone; None means the calendar owner's zone."""

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?([Zz])?)?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?", re.ASCII
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read_time(text: str, tzid: str, zones: ZoneReader) -> EventTime:
    """Read a DATE or DATE-TIME. A `Z` wins over a TZID; a date has no zone. ValueError if it is neither."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text.strip()[:40]!r} is not a date or time")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if match[4] is None:
        return EventTime(datetime(year, month, day), None, is_date=True)  # noqa: DTZ001 - wall clocks have none
    second = min(int(match[6] or 0), 59)  # a leap second is read as the one before it
    local = datetime(year, month, day, int(match[4]), int(match[5]), second)  # noqa: DTZ001
    if match[7]:
        return EventTime(local, UTC)
    return EventTime(local, zones(tzid) if tzid else None)


def read_line_time(line: Line, zones: ZoneReader) -> EventTime:
    """Read the time of a property such as DTSTART."""
    return read_time(line.value, line.parameter("TZID"), zones)


def read_times(line: Line, zones: ZoneReader) -> list[EventTime]:
    """Read a comma-separated list such as EXDATE."""
    tzid = line.parameter("TZID")
    return [read_time(item, tzid, zones) for item in line.value.split(",") if item.strip()]


def read_extra_dates(line: Line, zones: ZoneReader) -> list[ExtraDate]:
    """Read an RDATE: dates, times or periods."""
    tzid = line.parameter("TZID")
    return [read_period(item, tzid, zones) for item in line.value.split(",") if item.strip()]


def read_period(text: str, tzid: str, zones: ZoneReader) -> ExtraDate:
    """Read `start`, `start/end` or `start/duration`."""
    start, slash, end = text.strip().partition("/")
    if not slash:
        return ExtraDate(read_time(start, tzid, zones))
    if end.lstrip("+-").upper().startswith("P"):
        return ExtraDate(read_time(start, tzid, zones), read_duration(end))
    return ExtraDate(read_time(start, tzid, zones), read_time(end, tzid, zones))


def read_duration(text: str) -> Duration:
    """Read a DURATION; a negative one becomes none at all. ValueError if it is none."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()[1:]):
        raise ValueError(f"{text.strip()[:40]!r} is not a duration")
    if match[1] == "-":
        return Duration()
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups()[1:])
    return Duration(weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)


def read_offset(text: str) -> int:
    """Read a UTC-OFFSET such as `+0530` as seconds. ValueError beyond a day or if it is none."""
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)(\d\d)?", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"{text.strip()[:40]!r} is not an offset")
    seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4] or 0)
    if seconds >= 86_400:
        raise ValueError(f"{text.strip()[:40]!r} is more than a day")
    return -seconds if match[1] == "-" else seconds


def read_text(value: str, limit: int) -> str:
    """Undo the escapes of a TEXT value and cut it to `limit` characters, without control characters."""
    text = _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value[: limit * 2])
    return "".join(char if char.isprintable() else " " for char in text)[:limit].strip()


def read_paragraphs(value: str, limit: int) -> str:
    """Undo the escapes of a TEXT value that may have several lines; like `read_text`, but line ends and tabs stay."""
    text = _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value[: limit * 2])
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)[:limit].strip()
