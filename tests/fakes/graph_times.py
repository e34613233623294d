"""Times as Microsoft Graph writes them (`dateTimeTimeZone`), and the occurrences of its recurrence patterns."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from fakes.graph_faults import Refused

Item = dict[str, Any]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEX = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_CUSTOM = ("tzone://Microsoft/Custom", "Customized Time Zone")


@lru_cache
def zone(name: str) -> tzinfo:
    """Return the zone of a Windows or an IANA name. A custom one is the mailbox's own affair: UTC here."""
    if name in ("UTC", "Etc/UTC", *_CUSTOM):
        return UTC
    known = WINDOWS_TO_OLSON.get(name, name)
    if known not in available_timezones():
        raise Refused(
            400, "TimeZoneNotSupportedException", f"A valid TimeZone value must be specified: {name}."
        )
    return ZoneInfo(known)


def naive(value: Mapping[str, str]) -> datetime:
    """Return the local time of a `dateTimeTimeZone`, whose fraction has up to seven digits."""
    text = value["dateTime"].rstrip("Z")
    whole, _, fraction = text.partition(".")
    return datetime.fromisoformat(whole) + timedelta(microseconds=int((fraction + "000000")[:6]))


def instant(value: Mapping[str, str]) -> datetime:
    return naive(value).replace(tzinfo=zone(value["timeZone"])).astimezone(UTC)


def told(moment: datetime, tzid: str = "UTC") -> Item:
    """Return an instant as Graph writes it in a zone."""
    local = moment.astimezone(zone(tzid)).replace(tzinfo=None)
    return {"dateTime": f"{local:%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": tzid}


def asked(text: str) -> datetime:
    """Return the instant of `startDateTime` and the like: with an offset, or UTC."""
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Refused(400, "ErrorInvalidParameter", f"{text!r} is no date and time.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def occurrences(master: Item, until: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield local date, start and end (instants) of a series' regular occurrences that begin before `until`."""
    start, end = naive(master["start"]), naive(master["end"])
    around = zone(master["start"]["timeZone"])
    bounds = master["recurrence"]["range"]
    last = date.fromisoformat(bounds["endDate"]) if bounds["type"] == "endDate" else None
    left = bounds.get("numberOfOccurrences", 0) if bounds["type"] == "numbered" else -1
    for day in _days(master["recurrence"]["pattern"], date.fromisoformat(bounds["startDate"])):
        begins = datetime.combine(day, start.time(), around).astimezone(UTC)
        if (last is not None and day > last) or begins >= until or left == 0:
            return
        ends = (datetime.combine(day, start.time()) + (end - start)).replace(tzinfo=around).astimezone(UTC)
        yield day, begins, ends
        left -= 1


def _days(pattern: Mapping[str, Any], first: date) -> Iterator[date]:
    kind, every = pattern["type"], pattern.get("interval") or 1
    names = [day.lower() for day in pattern.get("daysOfWeek") or ()]
    if kind == "daily":
        for n in range(0, 20_000, every):
            yield first + timedelta(days=n)
    elif kind == "weekly":
        begins = DAYS.index((pattern.get("firstDayOfWeek") or "sunday").lower())
        week = first - timedelta(days=(first.weekday() - begins) % 7)
        for n in range(0, 3_000, every):
            days = [week + timedelta(weeks=n, days=d) for d in range(7)]
            yield from (day for day in days if DAYS[day.weekday()] in names and day >= first)
    else:
        step = every * (12 if kind.endswith("Yearly") else 1)
        month = first.year * 12 + (pattern["month"] if kind.endswith("Yearly") else first.month) - 1
        for n in range(month, month + 1_200, step):
            day = _day_in(n // 12, n % 12 + 1, pattern, names)
            if day is not None and day >= first:
                yield day


def _day_in(year: int, month: int, pattern: Mapping[str, Any], names: list[str]) -> date | None:
    length = calendar.monthrange(year, month)[1]
    if pattern["type"].startswith("absolute"):
        # Unlike iCalendar, Exchange takes the last day of months that are too short.
        return date(year, month, min(pattern["dayOfMonth"], length))
    days = [date(year, month, day) for day in range(1, length + 1)]
    fitting = [day for day in days if DAYS[day.weekday()] in names]
    return fitting[_INDEX[pattern.get("index") or "first"]]


def check_recurrence(item: Mapping[str, Any]) -> None:
    """Refuse a recurrence that Graph could not keep."""
    found = item.get("recurrence")
    if found is None:
        return
    try:
        pattern, bounds = found["pattern"], found["range"]
        needs = {
            "daily": (),
            "weekly": ("daysOfWeek",),
            "absoluteMonthly": ("dayOfMonth",),
            "relativeMonthly": ("daysOfWeek",),
            "absoluteYearly": ("dayOfMonth", "month"),
            "relativeYearly": ("daysOfWeek", "month"),
        }[pattern["type"]]
        missing = [name for name in needs if not pattern.get(name)]
        is_bounded = {
            "noEnd": True,
            "endDate": bool(bounds.get("endDate")),
            "numbered": bool(bounds.get("numberOfOccurrences")),
        }[bounds["type"]]
        date.fromisoformat(bounds["startDate"])
        strange = [day for day in pattern.get("daysOfWeek") or () if day.lower() not in DAYS]
    except (KeyError, TypeError, ValueError):
        raise Refused(400, "ErrorPropertyValidationFailure", "The recurrence cannot be understood.") from None
    if missing or strange or not is_bounded or not pattern.get("interval"):
        raise Refused(400, "ErrorPropertyValidationFailure", f"The recurrence lacks: {missing or 'an end'}.")
