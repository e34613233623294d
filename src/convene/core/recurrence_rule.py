"""One recurrence rule (RFC 5545 section 3.3.10): its text read strictly into a value.

Strict, because a rule that is half understood gives wrong free time: whoever expands a series treats a refused rule
as time that is not known to be free.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_MAX_INTERVAL = 1_000_000


class BadRule(ValueError):
    """The text is not a rule that can be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class Until:
    """The last moment of a rule: `local` as written; in UTC if `is_utc`; a whole day if `is_date`."""

    local: datetime
    is_utc: bool
    is_date: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule. Weekdays are 0 (Monday) to 6; `by_day` pairs are (ordinal or 0, weekday)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: Until | None = None
    by_month: tuple[int, ...] = ()
    by_week_number: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_set_position: tuple[int, ...] = ()
    week_start: int = 0


def parse_rule(text: str) -> Rule:
    """Read the value of an RRULE or EXRULE property. Raises BadRule."""
    parts: dict[str, str] = {}
    for part in text.strip().strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals:
            raise BadRule(f"the part {part[:40]!r} has no value")
        parts[name.strip().upper()] = value.strip().upper()
    if parts.get("FREQ") not in FREQUENCIES:
        raise BadRule(f"FREQ is {parts.get('FREQ', 'missing')[:40]}")
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN" or parts.get("SKIP", "OMIT") != "OMIT":
        raise BadRule("only the Gregorian calendar without SKIP can be followed (RFC 7529)")
    fields: dict[str, Any] = {
        name: read(parts[part]) for part, (name, read) in _PARTS.items() if part in parts
    }
    unknown = [part for part in parts if part not in _KNOWN and not part.startswith("X-")]
    if unknown:
        raise BadRule(f"the part {unknown[0][:40]} is not known")
    return Rule(frequency=parts["FREQ"], **fields)


def _numbers(low: int, high: int, *, signed: bool = False) -> Callable[[str], tuple[int, ...]]:
    def read(text: str) -> tuple[int, ...]:
        found = set()
        for item in text.split(","):
            number = _integer(item)
            if not (low <= number <= high or (signed and low <= -number <= high)):
                raise BadRule(f"{number} is not between {low} and {high}")
            found.add(number)
        return tuple(sorted(found))

    return read


def _integer(text: str) -> int:
    try:
        return int(text[:12])
    except ValueError:
        raise BadRule(f"{text[:40]!r} is not a number") from None


def _interval(text: str) -> int:
    interval = _integer(text)
    if interval < 1:
        raise BadRule("INTERVAL must be at least 1")
    return min(interval, _MAX_INTERVAL)


def _count(text: str) -> int | None:
    count = _integer(text)
    if count == 0:
        raise BadRule("COUNT must be at least 1")
    return count if count > 0 else None  # some producers write -1 for "no end"


def _days(text: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for item in text.split(","):
        match = _BYDAY.fullmatch(item.strip())
        if match is None:
            raise BadRule(f"{item[:40]!r} is not a weekday")
        ordinal = int(match[1] or 0)
        if abs(ordinal) > 53 or (match[1] and ordinal == 0):
            raise BadRule(f"{item[:40]!r} has no such ordinal")
        found.add((ordinal, WEEKDAYS.index(match[2])))
    return tuple(sorted(found))


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise BadRule(f"WKST is {text[:40]!r}")
    return WEEKDAYS.index(text)


def _until(text: str) -> Until:
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise BadRule(f"UNTIL is {text[:40]!r}")
    try:
        local = datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise BadRule(f"UNTIL is {text[:40]!r}, which is no date") from None
    return Until(local=local, is_utc=bool(match[3]), is_date=match[2] is None)


_PARTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "INTERVAL": ("interval", _interval),
    "COUNT": ("count", _count),
    "UNTIL": ("until", _until),
    "BYMONTH": ("by_month", _numbers(1, 12)),
    "BYWEEKNO": ("by_week_number", _numbers(1, 53, signed=True)),
    "BYYEARDAY": ("by_year_day", _numbers(1, 366, signed=True)),
    "BYMONTHDAY": ("by_month_day", _numbers(1, 31, signed=True)),
    "BYDAY": ("by_day", _days),
    "BYHOUR": ("by_hour", _numbers(0, 23)),
    "BYMINUTE": ("by_minute", _numbers(0, 59)),
    "BYSECOND": ("by_second", _numbers(0, 60)),
    "BYSETPOS": ("by_set_position", _numbers(1, 366, signed=True)),
    "WKST": ("week_start", _weekday),
}
_KNOWN = {"FREQ", "RSCALE", "SKIP", *_PARTS}
