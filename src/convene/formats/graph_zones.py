"""Time zones and times as Microsoft Graph writes them (Graph v1.0, `dateTimeTimeZone`).

Graph names zones as Windows or as IANA does, and a wall clock without an offset. A zone that nobody knows by its name
(`tzone://Microsoft/Custom`) is never needed: answers come in UTC, and the named zone only says where they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from convene.core.instants import zone
from convene.core.wall_clock import offset_at, offset_changes, wall_seconds
from convene.formats.calendar_zones import named_zone

_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "tzone://Microsoft/Utc"})
_YEARS = 3
_FRACTION = re.compile(r"\.\d+")


def iana_name(name: str) -> str:
    """Return the IANA name of the zone that Graph names, "UTC" for one that is UTC or that nobody knows."""
    found = None if name in _UTC_NAMES else named_zone(name)
    return found.key if isinstance(found, ZoneInfo) and found.key else "UTC"


@lru_cache(maxsize=256)
def windows_name(tzid: str, year: int) -> str | None:
    """Return a Windows name of an IANA zone: its own, or that of a zone whose clocks go the same from `year` on.

    Only for services that refuse IANA names. None where Windows knows no such zone.
    """
    if tzid in _UTC_NAMES:
        return "UTC"
    own = [name for name, iana in WINDOWS_TO_OLSON.items() if iana == tzid]
    if own:
        return own[0]
    clocks = _clocks(zone(tzid), year)
    return next(
        (name for name, iana in WINDOWS_TO_OLSON.items() if _clocks(zone(iana), year) == clocks), None
    )


def _clocks(found: tzinfo, year: int) -> tuple[object, ...]:
    start = wall_seconds(datetime(year, 1, 1))  # noqa: DTZ001 - counted in UTC
    return offset_at(start, found), *(offset_changes(found, year + n) for n in range(_YEARS))


def instant_of(value: Any) -> datetime | None:
    """Return the instant of a `dateTimeTimeZone`, in UTC; None if it cannot be read."""
    local = local_of(value)
    if local is None:
        return None
    name = str(value.get("timeZone") or "UTC")
    found = UTC if name in _UTC_NAMES else named_zone(name)
    try:
        # A zone nobody knows does not come where UTC was asked for; what comes with it is not guessed at.
        return None if found is None else local.replace(tzinfo=found).astimezone(UTC)
    except OverflowError:
        return None


def local_of(value: Any) -> datetime | None:
    """Return the wall clock of a `dateTimeTimeZone`, whose fraction has up to seven digits; None if it is none."""
    try:
        whole = str(value["dateTime"]).partition(".")[0].rstrip("Z")
        found = datetime.fromisoformat(whole)
    except (KeyError, TypeError, ValueError):
        return None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def date_of(item: Mapping[str, Any], name: str) -> date | None:
    """Return the first day of a whole-day event, or the day after its last: midnight, here or where it was written."""
    local = local_of(item.get(name))
    if local is None or (local.hour, local.minute) == (0, 0):
        return None if local is None else local.date()
    instant = instant_of(item.get(name))
    there = named_zone(str(item.get(f"original{name.capitalize()}TimeZone") or ""))
    return local.date() if instant is None or there is None else instant.astimezone(there).date()


def stamp_of(value: Any) -> datetime | None:
    """Return the instant of a `DateTimeOffset`, in UTC; None if it cannot be read."""
    try:
        found = datetime.fromisoformat(_FRACTION.sub("", str(value or "")))
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def told_time(value: date | datetime) -> dict[str, str]:
    """Return a time as Graph takes it: a day is its midnight in UTC, an instant the wall clock of its IANA zone."""
    if not isinstance(value, datetime):
        return {"dateTime": f"{value.isoformat()}T00:00:00", "timeZone": "UTC"}
    tzid = str(getattr(value.tzinfo, "key", "") or "UTC")
    shown = value if tzid != "UTC" else value.astimezone(UTC) if value.tzinfo else value
    return {"dateTime": shown.replace(tzinfo=None, microsecond=0).isoformat(), "timeZone": tzid}
