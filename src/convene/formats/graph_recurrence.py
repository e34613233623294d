"""Recurrence rules as Microsoft Graph's patterns and back (RFC 5545 section 3.3.10; Graph v1.0, `patternedRecurrence`).

A pattern says less than a rule. What it cannot say is refused with the reason, never approximated. Two traps: months that
are too short (iCalendar leaves them out, Exchange takes their last day), and a first date that is none of the rule's
(iCalendar counts it, Exchange does not).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from convene.core.recurrence_rule import WEEKDAYS, BadRule, Rule, parse_rule
from convene.core.rule_expansion import rule_starts
from convene.core.wall_clock import wall_seconds
from convene.formats.calendar_zones import named_zone
from convene.formats.icalendar_limits import CalendarRefused

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEXES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_POSITIONS = {name: number for number, name in _INDEXES.items()}
_EVERY_MONTH_HAS = 28
MAX_COUNT = 999
"""The most occurrences that Graph counts."""
Pattern = dict[str, Any]


class NotExpressible(CalendarRefused):
    """Microsoft has no pattern for this; the message says what is in the way."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "recurrence_not_expressible", f"Microsoft's calendars cannot repeat like this: {reason}."
        )


# -- writing


def recurrence_of(text: str, start: date | datetime) -> dict[str, Any]:
    """Return the `patternedRecurrence` of a rule's text, for an event that begins at `start` (a day, or a wall clock that
    bears its zone). Raises `NotExpressible`.
    """
    try:
        rule = parse_rule(text)
    except BadRule as error:
        raise NotExpressible(f"{error}") from error
    day = start.date() if isinstance(start, datetime) else start
    pattern = _pattern(rule, day)
    tzid = str(getattr(start.tzinfo, "key", "") or "UTC") if isinstance(start, datetime) else "UTC"
    bounds: dict[str, Any] = {
        "startDate": day.isoformat(),
        "recurrenceTimeZone": tzid,
        **_bounds(rule, start),
    }
    # Everything but the first date follows from the pattern; the first must be one of them.
    first = wall_seconds(_local(start))
    if not rule_starts(_endless(rule), first, first, first + 1, None, 1):
        raise NotExpressible("the first date is none of those that its rule names")
    return {"pattern": pattern, "range": bounds}


def _local(start: date | datetime) -> datetime:
    return start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())


def _endless(rule: Rule) -> Rule:
    return Rule(
        rule.frequency,
        rule.interval,
        by_month=rule.by_month,
        by_month_day=rule.by_month_day,
        by_day=rule.by_day,
        by_set_position=rule.by_set_position,
        week_start=rule.week_start,
    )


def _pattern(rule: Rule, start: date) -> Pattern:
    if rule.frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise NotExpressible("it repeats within a day")
    if rule.by_hour or rule.by_minute or rule.by_second:
        raise NotExpressible("it names times of the day")
    if rule.by_week_number or rule.by_year_day:
        raise NotExpressible("it names weeks or days of the year")
    if rule.frequency in ("DAILY", "WEEKLY"):
        return _by_days(rule, start)
    return _by_months(rule, start)


def _by_days(rule: Rule, start: date) -> Pattern:
    if rule.by_month or rule.by_month_day or rule.by_set_position or any(n for n, _ in rule.by_day):
        raise NotExpressible("it leaves out some of its days or weeks")
    if rule.frequency == "DAILY" and not rule.by_day:
        return {"type": "daily", "interval": rule.interval}
    if rule.frequency == "DAILY" and rule.interval > 1:
        raise NotExpressible("it leaves out some of its days or weeks")
    weekdays = [weekday for _, weekday in rule.by_day] or [start.weekday()]
    return {
        "type": "weekly",
        "interval": rule.interval,
        "daysOfWeek": [DAYS[weekday] for weekday in weekdays],
        "firstDayOfWeek": DAYS[rule.week_start],
    }


def _by_months(rule: Rule, start: date) -> Pattern:
    is_yearly = rule.frequency == "YEARLY"
    if is_yearly and (len(rule.by_month) > 1 or ((rule.by_day or rule.by_month_day) and not rule.by_month)):
        raise NotExpressible("it takes place in several months of a year")
    if not is_yearly and rule.by_month:
        raise NotExpressible("it leaves out some of its months")
    if rule.by_day and rule.by_month_day:
        raise NotExpressible("it names weekdays and days of the month together")
    months = {"month": rule.by_month[0] if rule.by_month else start.month} if is_yearly else {}
    kind = "Yearly" if is_yearly else "Monthly"
    if rule.by_day:
        weekdays, position = _weekdays(rule)
        relative = {"daysOfWeek": [DAYS[weekday] for weekday in weekdays], "index": _INDEXES[position]}
        return {"type": f"relative{kind}", "interval": rule.interval, **relative, **months}
    if rule.by_set_position or len(rule.by_month_day) > 1:
        raise NotExpressible("it takes place on several days of a month")
    day = rule.by_month_day[0] if rule.by_month_day else start.day
    if day == -1:
        last = {"daysOfWeek": list(DAYS), "index": "last"}
        return {"type": f"relative{kind}", "interval": rule.interval, **last, **months}
    if not 1 <= day <= _EVERY_MONTH_HAS:
        raise NotExpressible("not every month has this day")
    return {"type": f"absolute{kind}", "interval": rule.interval, "dayOfMonth": day, **months}


def _weekdays(rule: Rule) -> tuple[list[int], int]:
    """Return the weekdays of a relative pattern, and which of them in a month is meant."""
    ordinals = {ordinal for ordinal, _ in rule.by_day}
    weekdays = [weekday for _, weekday in rule.by_day]
    if ordinals == {0}:
        positions = rule.by_set_position
    else:
        positions = tuple(ordinals) if len(weekdays) == 1 and not rule.by_set_position else ()
    if len(positions) != 1:
        raise NotExpressible("it takes place on several days of a month")
    if positions[0] not in _INDEXES:
        raise NotExpressible("it counts further than to the fourth or the last weekday of a month")
    return weekdays, positions[0]


def _bounds(rule: Rule, start: date | datetime) -> dict[str, Any]:
    if rule.count is not None:
        if rule.count > MAX_COUNT:
            raise NotExpressible(f"it takes place more than {MAX_COUNT} times")
        return {"type": "numbered", "numberOfOccurrences": rule.count}
    if rule.until is None:
        return {"type": "noEnd"}
    until = rule.until.local
    if rule.until.is_date or not isinstance(start, datetime):
        last = until.date()
    else:
        if rule.until.is_utc and start.tzinfo is not None:
            until = until.replace(tzinfo=UTC).astimezone(start.tzinfo).replace(tzinfo=None)
        # Graph ends with a day, whatever the hour.
        last = until.date() if until.time() >= start.time() else until.date() - timedelta(days=1)
    first = start.date() if isinstance(start, datetime) else start
    if last < first:
        raise NotExpressible("it ends before it begins")
    return {"type": "endDate", "endDate": last.isoformat()}


# -- reading


def rule_of(recurrence: Mapping[str, Any], *, is_all_day: bool, start: datetime) -> str:
    """Return the text of the rule that a `patternedRecurrence` is; ValueError if it cannot be followed.

    start: the wall clock of the first occurrence, in the zone in which the series recurs, which it bears.
    """
    try:
        parts = _parts(recurrence["pattern"])
        bounds = recurrence["range"]
        kind = bounds["type"]
        if kind == "numbered":
            parts.append(f"COUNT={int(bounds['numberOfOccurrences'])}")
        elif kind == "endDate":
            parts.append(
                f"UNTIL={_until(date.fromisoformat(bounds['endDate']), start, is_all_day=is_all_day)}"
            )
        elif kind != "noEnd":
            raise ValueError(f"an end of kind {str(kind)[:40]!r}")
    except (KeyError, TypeError) as error:
        raise ValueError(f"the pattern lacks {error}") from error
    text = ";".join(parts)
    parse_rule(text)
    return text


def _parts(pattern: Mapping[str, Any]) -> list[str]:
    kind = str(pattern["type"])
    parts = [f"INTERVAL={int(pattern.get('interval') or 1)}"]
    if kind == "daily":
        return ["FREQ=DAILY", *parts]
    if kind == "weekly":
        first = DAYS.index(str(pattern.get("firstDayOfWeek") or "sunday").lower())
        return ["FREQ=WEEKLY", *parts, f"BYDAY={_names(pattern)}", f"WKST={WEEKDAYS[first]}"]
    frequency = {"absoluteMonthly": "MONTHLY", "relativeMonthly": "MONTHLY"}.get(kind, "YEARLY")
    if frequency == "YEARLY":
        if kind not in ("absoluteYearly", "relativeYearly"):
            raise ValueError(f"a pattern of kind {kind[:40]!r}")
        parts.append(f"BYMONTH={int(pattern['month'])}")
    if kind.startswith("relative"):
        position = _POSITIONS[str(pattern.get("index") or "first").lower()]
        return [f"FREQ={frequency}", *parts, f"BYDAY={_names(pattern)}", f"BYSETPOS={position}"]
    day = int(pattern["dayOfMonth"])
    if day <= _EVERY_MONTH_HAS:
        return [f"FREQ={frequency}", *parts, f"BYMONTHDAY={day}"]
    # Where a month is too short Exchange takes its last day.
    days = ",".join(map(str, range(_EVERY_MONTH_HAS, day + 1)))
    return [f"FREQ={frequency}", *parts, f"BYMONTHDAY={days}", "BYSETPOS=-1"]


def _names(pattern: Mapping[str, Any]) -> str:
    return ",".join(WEEKDAYS[DAYS.index(str(day).lower())] for day in pattern["daysOfWeek"])


def _until(last: date, start: datetime, *, is_all_day: bool) -> str:
    if is_all_day:
        return f"{last:%Y%m%d}"
    # The end of that day where the series recurs, written in UTC as RFC 5545 wants it.
    return f"{datetime.combine(last, time(23, 59, 59), start.tzinfo).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def zone_of(recurrence: Mapping[str, Any] | None, fallback: str) -> str:
    """Return the name of the zone in which a series recurs: as its range says, if that is a zone we know."""
    name = str(((recurrence or {}).get("range") or {}).get("recurrenceTimeZone") or "")
    return name if name and named_zone(name) is not None else fallback
