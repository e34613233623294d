"""The JSON form of working hours (docs/reference/http-api.md, "Working hours"): read with care, written plainly.

Everything that cannot be accepted is an `Invalid` that names the exact place, such as `weekly_periods[2].end_time`,
and says what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from convene.core.availability_rules import (
    DAY_NAMES,
    AvailabilityRule,
    DateOverride,
    TimePeriod,
    WeeklyPeriod,
    joined_periods,
    minute_of_day,
)
from convene.core.errors import Invalid
from convene.core.instants import parse_tzid
from convene.core.json_fields import json_date, json_list, json_number, json_object, no_others
from convene.core.people import checked_line
from convene.core.time_off_json import dump_time_off, dump_travel, parse_time_off, parse_travel

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
# Field: (smallest, largest); null, which is also the default, stands for no limit.
LIMITS = {"daily_limit": (1, 100), "weekly_limit": (1, 500)}
MAX_HOLIDAY_NAME = 200
# `revision` is the storage's: it comes back in a document that was read before, and is not part of the rule.
_FIELDS = frozenset(
    {"tzid", "weekly_periods", "date_overrides", "time_off", "travel", "revision", *LIMITS, *NUMBERS}
)


def parse_rule(document: object) -> AvailabilityRule:
    """Turn decoded JSON into a rule. `tzid` and `weekly_periods` must be there, the rest has defaults."""
    body = json_object(document, "")
    no_others(body, _FIELDS, "")
    if "tzid" not in body:
        raise Invalid("tzid", "tzid is missing. Say in which time zone these hours are.")
    tzid = parse_tzid(body["tzid"])
    if "weekly_periods" not in body:
        raise Invalid("weekly_periods", "weekly_periods is missing. Send an empty list for no weekly hours.")
    return AvailabilityRule(
        tzid=tzid,
        weekly_periods=parse_weekly_periods(body["weekly_periods"]),
        date_overrides=_date_overrides(body.get("date_overrides", [])),
        time_off=parse_time_off(body.get("time_off", [])),
        travel=parse_travel(body.get("travel", [])),
        daily_limit=_limit(body, "daily_limit"),
        weekly_limit=_limit(body, "weekly_limit"),
        **{
            name: json_number(body.get(name, default), low, high, name)
            for name, (low, high, default) in NUMBERS.items()
        },
    )


def dump_rule(rule: AvailabilityRule) -> dict[str, Any]:
    """The JSON document of a rule; `parse_rule` reads it back to an equal one."""
    return {
        "tzid": rule.tzid,
        "weekly_periods": dump_weekly_periods(rule.weekly_periods),
        "date_overrides": _dump_overrides(rule),
        "buffer_before_minutes": rule.buffer_before_minutes,
        "buffer_after_minutes": rule.buffer_after_minutes,
        "minimum_notice_minutes": rule.minimum_notice_minutes,
        "horizon_days": rule.horizon_days,
        "start_interval_minutes": rule.start_interval_minutes,
        "daily_limit": rule.daily_limit,
        "weekly_limit": rule.weekly_limit,
        "time_off": dump_time_off(rule.time_off),
        "travel": dump_travel(rule.travel),
    }


def dump_weekly_periods(periods: Iterable[WeeklyPeriod]) -> list[dict[str, str]]:
    """Write what `parse_weekly_periods` reads."""
    return [
        {"day": period.day, "start_time": period.start_time, "end_time": period.end_time}
        for period in periods
    ]


def _dump_overrides(rule: AvailabilityRule) -> list[dict[str, Any]]:
    return [
        {
            "date": override.date.isoformat(),
            "periods": [
                {"start_time": period.start_time, "end_time": period.end_time} for period in override.periods
            ],
            **({"name": override.name} if override.name else {}),
        }
        for override in rule.date_overrides
    ]


def parse_weekly_periods(value: object, *, may_overlap: bool = False) -> tuple[WeeklyPeriod, ...]:
    """Read the list `weekly_periods`. Overlapping periods of a day are refused, or joined where they `may_overlap`."""
    days: dict[str, list[tuple[int, int]]] = {name: [] for name in DAY_NAMES}
    periods = []
    for number, item in enumerate(json_list(value, "weekly_periods", MAX_PERIODS_PER_DAY * 7)):
        path = f"weekly_periods[{number}]"
        fields = json_object(item, path)
        no_others(fields, {"day", "start_time", "end_time"}, path)
        day = fields.get("day")
        if not isinstance(day, str) or day not in days:
            raise Invalid(f"{path}.day", f"{path}.day must be one of {', '.join(DAY_NAMES)}.")
        taken = [] if may_overlap else days[day]
        start_time, end_time = _period(fields, path, taken, f"on {day.capitalize()}")
        periods.append(WeeklyPeriod(day, start_time, end_time))
    return joined_periods(periods) if may_overlap else tuple(periods)


def _date_overrides(value: object) -> tuple[DateOverride, ...]:
    overrides: dict[date, DateOverride] = {}
    for number, item in enumerate(json_list(value, "date_overrides", MAX_DATE_OVERRIDES)):
        path = f"date_overrides[{number}]"
        fields = json_object(item, path)
        no_others(fields, {"date", "periods", "name"}, path)
        day = json_date(fields.get("date"), f"{path}.date")
        if day in overrides:
            raise Invalid(f"{path}.date", f"{path}.date repeats {day}. Put all periods of a date together.")
        if "periods" not in fields:
            raise Invalid(f"{path}.periods", f"{path}.periods is missing. Send an empty list for a day off.")
        taken: list[tuple[int, int]] = []
        periods = []
        for inner, entry in enumerate(json_list(fields["periods"], f"{path}.periods", MAX_PERIODS_PER_DAY)):
            place = f"{path}.periods[{inner}]"
            times = json_object(entry, place)
            no_others(times, {"start_time", "end_time"}, place)
            periods.append(TimePeriod(*_period(times, place, taken, f"on {day}")))
        name = fields.get("name", "")
        if not isinstance(name, str):
            raise Invalid(f"{path}.name", f"{path}.name must be text.")
        name = checked_line(name, f"{path}.name", max_length=MAX_HOLIDAY_NAME)
        overrides[day] = DateOverride(day, tuple(periods), name)
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


def _limit(body: Mapping[str, object], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    low, high = LIMITS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(name, f"{name} must be a whole number from {low} to {high}, or null for none.")
    return value
