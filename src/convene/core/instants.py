"""Instants and wall clocks: the one place where a zone's rules are applied.

An *instant* is an int, whole seconds since 1970-01-01T00:00Z. A *wall time* is a local date and a time of day and
means nothing without its IANA zone; it is resolved for its own date, never by adding a fixed offset:

- skipped by a change to summer time: taken with the offset before the gap (02:30 becomes 03:30);
- occurring twice: the first of the two.

That is what RFC 5545 section 3.3.5 asks of calendar programs and what PEP 495 calls `fold=0`. Zone rules come from the
`tzdata` package alone, whatever the machine has installed, so that `tzdata_version` tells the truth.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.resources
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from convene.core.errors import Invalid
from convene.core.intervals import Interval

MINUTE = 60
HOUR = 3600
DAY = 86_400

FIRST_DATE = date(1970, 1, 1)
LAST_DATE = date(2199, 12, 31)
_EPOCH_ORDINAL = FIRST_DATE.toordinal()
# Neither tells where somebody is: one means "not configured", the other is a file on some systems.
_NOT_A_PLACE = frozenset({"Factory", "localtime"})
_LONGEST_TZID = 64


@lru_cache(maxsize=1)
def known_tzids() -> frozenset[str]:
    """Every IANA zone name that is accepted, links such as `Asia/Calcutta` included."""
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text("ascii").split()
    return frozenset(listed) - _NOT_A_PLACE


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """The release of the zone database that every answer rests on, such as `2026a`."""
    return str(importlib.import_module("tzdata").IANA_VERSION)


def parse_tzid(text: object, field: str = "tzid") -> str:
    """Return `text` if it names an IANA zone, exactly as the database spells it.

    Raises `Invalid` naming `field`; a near miss is told what was probably meant.
    """
    if isinstance(text, str) and text in known_tzids():
        return text
    guess = _probably_meant(text) if isinstance(text, str) and len(text) <= _LONGEST_TZID else None
    hint = f"Did you mean {guess}?" if guess else "Use an IANA time zone name such as Europe/London."
    raise Invalid(field, f"{field} is not a known time zone. {hint}")


def _probably_meant(text: str) -> str | None:
    """The zone that `text` misspells, or whose city it names."""
    by_folded_name = {tzid.rsplit("/", 1)[-1].casefold(): tzid for tzid in known_tzids()}
    by_folded_name |= {tzid.casefold(): tzid for tzid in known_tzids()}
    folded = text.strip().replace(" ", "_").casefold()
    near = difflib.get_close_matches(folded, by_folded_name, n=1, cutoff=0.85)
    return by_folded_name[near[0]] if near else None


@lru_cache(maxsize=1024)
def zone(tzid: str) -> ZoneInfo:
    """The rules of an IANA zone. Raises `ValueError` for any other text, so no name ever becomes a file path."""
    if tzid not in known_tzids():
        raise ValueError(f"not an IANA time zone: {tzid[:_LONGEST_TZID]!r}")
    data = importlib.resources.files("tzdata").joinpath("zoneinfo", *tzid.split("/"))
    with data.open("rb") as file:
        return ZoneInfo.from_file(file, key=tzid)


def offset_at(instant: int, tzid: str) -> int:
    """Seconds that `tzid` is ahead of UTC at `instant`."""
    offset = datetime.fromtimestamp(instant, zone(tzid)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def wall_to_instant(day: date, minute: int, tzid: str) -> int:
    """Resolve `minute` (0..1440) of the local date `day`; 1440 is the midnight with which the next date begins."""
    return resolve_wall(day.toordinal(), minute, zone(tzid))


def resolve_wall(ordinal: int, minute: int, rules: ZoneInfo) -> int:
    """`wall_to_instant` for a proleptic ordinal and zone rules at hand: the form that loops use."""
    if minute == 24 * 60:
        ordinal, minute = ordinal + 1, 0
    day = date.fromordinal(ordinal)
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=rules)
    offset = wall.utcoffset()
    assert offset is not None
    return (ordinal - _EPOCH_ORDINAL) * DAY + minute * MINUTE - (offset.days * DAY + offset.seconds)


def wall_datetime_to_instant(wall: datetime, tzid: str) -> int:
    """Resolve a naive local `wall` in `tzid` by the policy above. Raises `ValueError` if it carries a zone itself."""
    if wall.tzinfo is not None:
        raise ValueError("a wall time carries no zone of its own")
    return seconds_floor(wall.replace(tzinfo=zone(tzid), fold=0))


def to_wall(instant: int, tzid: str) -> datetime:
    """What a clock in `tzid` shows at `instant`, as a naive datetime."""
    return datetime.fromtimestamp(instant, zone(tzid)).replace(tzinfo=None, fold=0)


def local_date(instant: int, tzid: str) -> date:
    """The date that a calendar in `tzid` shows at `instant`."""
    return datetime.fromtimestamp(instant, zone(tzid)).date()


def day_bounds(day: date, tzid: str) -> Interval:
    """The instants `[midnight, next midnight)` of a local date.

    23 or 25 hours long on change days; empty for a date that the zone never had (Samoa, 2011-12-30).
    """
    rules = zone(tzid)
    ordinal = day.toordinal()
    return resolve_wall(ordinal, 0, rules), resolve_wall(ordinal + 1, 0, rules)


def seconds_floor(moment: datetime) -> int:
    """Whole seconds of an aware datetime, rounded down: for starts of busy time and ends of windows."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def seconds_ceil(moment: datetime) -> int:
    """Whole seconds of an aware datetime, rounded up: for `now`, ends of busy time and starts of windows."""
    return -((datetime(1970, 1, 1, tzinfo=UTC) - moment) // timedelta(seconds=1))


def from_seconds(instant: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return datetime.fromtimestamp(instant, UTC)
