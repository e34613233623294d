"""The JSON form of working hours (docs/reference/http-api.md, "Working hours"): read with care, written plainly.

Everything that cannot be accepted is an `Invalid` that names the exact place, such as `weekly_periods[2].end_time`,
and says what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from convene.core.availability_rules import (
    DAY_NAMES,
    AvailabilityRule,
    DateOverride,
    TimePeriod,
    WeeklyPeriod,
    minute_of_day,
)
from convene.core.errors import Invalid
from convene.core.instants import FIRST_DATE, LAST_DATE, parse_tzid

MAX_PERIODS_PER_DAY = 10
MAX_DATE_OVERRIDES = 366
# Field: (smallest, largest, value when left out).
NUMBERS = {
    "buffer_before_minutes": (0, 1440, 0),
    "buffer_after_minutes": (0, 1440, 0),
    "minimum_notice_minutes": (0, 525_600, 60),
    "horizon_days": (1, 730, 60),
    "start_interval_minutes": (1, 1440, 30),
}
_DAILY_LIMIT = (1, 100)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# `revision` is the storage's: it comes back in a document that was read before, and is not part of the rule.
_FIELDS = frozenset({"tzid", "weekly_periods", "date_overrides", "daily_limit", "revision", *NUMBERS})


def parse_rule(document: object) -> AvailabilityRule:
    """Turn decoded JSON into a rule. `tzid` and `weekly_periods` must be there, the rest has defaults."""
    body = _object(document, "")
    _no_others(body, _FIELDS, "")
    if "tzid" not in body:
        raise Invalid("tzid", "tzid is missing. Say in which time zone these hours are.")
    tzid = parse_tzid(body["tzid"])
    if "weekly_periods" not in body:
        raise Invalid("weekly_periods", "weekly_periods is missing. Send an empty list for no weekly hours.")
    return AvailabilityRule(
        tzid=tzid,
        weekly_periods=_weekly_periods(body["weekly_periods"]),
        date_overrides=_date_overrides(body.get("date_overrides", [])),
        daily_limit=_daily_limit(body.get("daily_limit")),
        **{
            name: _number(body.get(name, default), low, high, name)
            for name, (low, high, default) in NUMBERS.items()
        },
    )


def dump_rule(rule: AvailabilityRule) -> dict[str, Any]:
    """The JSON document of a rule; `parse_rule` reads it back to an equal one."""
    return {
        "tzid": rule.tzid,
        "weekly_periods": _dump_weekly(rule),
        "date_overrides": _dump_overrides(rule),
        "buffer_before_minutes": rule.buffer_before_minutes,
        "buffer_after_minutes": rule.buffer_after_minutes,
        "minimum_notice_minutes": rule.minimum_notice_minutes,
        "horizon_days": rule.horizon_days,
        "start_interval_minutes": rule.start_interval_minutes,
        "daily_limit": rule.daily_limit,
    }


def _dump_weekly(rule: AvailabilityRule) -> list[dict[str, str]]:
    return [
        {"day": period.day, "start_time": period.start_time, "end_time": period.end_time}
        for period in rule.weekly_periods
    ]


def _dump_overrides(rule: AvailabilityRule) -> list[dict[str, Any]]:
    return [
        {
            "date": override.date.isoformat(),
            "periods": [
                {"start_time": period.start_time, "end_time": period.end_time} for period in override.periods
            ],
        }
        for override in rule.date_overrides
    ]


def _weekly_periods(value: object) -> tuple[WeeklyPeriod, ...]:
    days: dict[str, list[tuple[int, int]]] = {name: [] for name in DAY_NAMES}
    periods = []
    for number, item in enumerate(_list(value, "weekly_periods", MAX_PERIODS_PER_DAY * 7)):
        path = f"weekly_periods[{number}]"
        fields = _object(item, path)
        _no_others(fields, {"day", "start_time", "end_time"}, path)
        day = fields.get("day")
        if not isinstance(day, str) or day not in days:
            raise Invalid(f"{path}.day", f"{path}.day must be one of {', '.join(DAY_NAMES)}.")
        start_time, end_time = _period(fields, path, days[day], f"on {day.capitalize()}")
        periods.append(WeeklyPeriod(day, start_time, end_time))
    return tuple(periods)


def _date_overrides(value: object) -> tuple[DateOverride, ...]:
    overrides: dict[date, DateOverride] = {}
    for number, item in enumerate(_list(value, "date_overrides", MAX_DATE_OVERRIDES)):
        path = f"date_overrides[{number}]"
        fields = _object(item, path)
        _no_others(fields, {"date", "periods"}, path)
        day = _date(fields.get("date"), f"{path}.date")
        if day in overrides:
            raise Invalid(f"{path}.date", f"{path}.date repeats {day}. Put all periods of a date together.")
        if "periods" not in fields:
            raise Invalid(f"{path}.periods", f"{path}.periods is missing. Send an empty list for a day off.")
        taken: list[tuple[int, int]] = []
        periods = []
        for inner, entry in enumerate(_list(fields["periods"], f"{path}.periods", MAX_PERIODS_PER_DAY)):
            place = f"{path}.periods[{inner}]"
            times = _object(entry, place)
            _no_others(times, {"start_time", "end_time"}, place)
            periods.append(TimePeriod(*_period(times, place, taken, f"on {day}")))
        overrides[day] = DateOverride(day, tuple(periods))
    return tuple(overrides.values())


def _period(
    fields: Mapping[str, object], path: str, taken: list[tuple[int, int]], when: str
) -> tuple[str, str]:
    """Check one period against the others of its day, which `taken` collects."""
    start_time, begins = _time(fields.get("start_time"), f"{path}.start_time")
    end_time, ends = _time(fields.get("end_time"), f"{path}.end_time")
    if begins == 24 * 60:
        raise Invalid(f"{path}.start_time", f"{path}.start_time cannot be 24:00. Use 00:00 of the next day.")
    if ends <= begins:
        raise Invalid(
            f"{path}.end_time",
            f"{path}.end_time must be after start_time. Split hours that cross midnight: one period up to 24:00, "
            "another from 00:00 of the next day.",
        )
    if any(begins < other_end and other_start < ends for other_start, other_end in taken):
        raise Invalid(
            f"{path}.start_time",
            f"{path}.start_time to end_time overlaps another period {when}. Join them, or let one end before the other starts.",
        )
    if len(taken) == MAX_PERIODS_PER_DAY:
        raise Invalid(path, f"{path} is one too many {when}. At most {MAX_PERIODS_PER_DAY} fit.")
    taken.append((begins, ends))
    return start_time, end_time


def _time(value: object, path: str) -> tuple[str, int]:
    try:
        if isinstance(value, str):
            return value, minute_of_day(value)
    except ValueError:
        pass
    raise Invalid(path, f"{path} must be a time of day such as 09:00, at the latest 24:00.")


def _date(value: object, path: str) -> date:
    try:
        # fromisoformat alone would also take week dates and dates without hyphens.
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid(path, f"{path} must be a date of the calendar such as 2026-12-24.")
    if not FIRST_DATE <= day <= LAST_DATE:
        raise Invalid(path, f"{path} must lie between {FIRST_DATE} and {LAST_DATE}.")
    return day


def _number(value: object, low: int, high: int, path: str) -> int:
    # JSON true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(path, f"{path} must be a whole number from {low} to {high}.")
    return value


def _daily_limit(value: object) -> int | None:
    if value is None:
        return None
    low, high = _DAILY_LIMIT
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(
            "daily_limit", f"daily_limit must be a whole number from {low} to {high}, or null for none."
        )
    return value


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Invalid(path, f"{path or 'The document'} must be a JSON object.")
    return value


def _list(value: object, path: str, most: int) -> list[object]:
    if not isinstance(value, list):
        raise Invalid(path, f"{path} must be a list.")
    if len(value) > most:
        raise Invalid(path, f"{path} has {len(value)} entries. At most {most} fit.")
    return value


def _no_others(fields: Mapping[str, object], known: frozenset[str] | set[str], path: str) -> None:
    for name in fields:
        if name not in known:
            place = f"{path}.{name}" if path else str(name)
            raise Invalid(place[:200], f"{place[:200]} is not a field of working hours. Remove it.")
