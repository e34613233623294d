"""A time zone that a calendar defines for itself (VTIMEZONE, RFC 5545 section 3.6.5), for names nobody else knows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from convene.core.recurrence_rule import parse_rule
from convene.core.rule_expansion import rule_starts
from convene.core.wall_clock import wall_seconds
from convene.formats.content_lines import Component
from convene.formats.icalendar_limits import MAX_OBSERVANCES
from convene.formats.icalendar_values import read_offset, read_times

_FIRST = wall_seconds(datetime(1970, 1, 1))  # noqa: DTZ001
_LAST = wall_seconds(datetime(2100, 1, 1))  # noqa: DTZ001
_MAX_CHANGES = 1_000


class EmbeddedZone(tzinfo):
    """A zone made of changes: (instant, offset afterwards), sorted; `before` is the offset ahead of the first."""

    def __init__(self, name: str, before: int, changes: list[tuple[int, int]]) -> None:
        self._name = name
        self._instants = [instant for instant, _ in changes]
        self._offsets = [before, *(offset for _, offset in changes)]
        # On the wall clock a repeated time means the earlier instant unless fold says otherwise.
        pairs = list(zip(self._instants, self._offsets, self._offsets[1:], strict=False))
        self._walls = (
            [instant + max(old, new) for instant, old, new in pairs],
            [instant + min(old, new) for instant, old, new in pairs],
        )

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        if dt is None:
            return None
        walls = self._walls[1 if dt.fold else 0]
        return timedelta(seconds=self._offsets[bisect_right(walls, wall_seconds(dt.replace(tzinfo=None)))])

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str:
        return self._name

    def fromutc(self, dt: datetime) -> datetime:
        instant = wall_seconds(dt.replace(tzinfo=None))
        offset = timedelta(seconds=self._offsets[bisect_right(self._instants, instant)])
        local = (dt.replace(tzinfo=None) + offset).replace(tzinfo=self)
        return local if local.utcoffset() == offset else local.replace(fold=1)


def read_embedded_zone(definition: Component, name: str) -> EmbeddedZone:
    """Read a VTIMEZONE. ValueError if it has no readable part or too many."""
    parts = [part for part in definition.children if part.name in {"STANDARD", "DAYLIGHT"}]
    if not parts:
        raise ValueError("it has no STANDARD or DAYLIGHT part")
    if len(parts) > MAX_OBSERVANCES:
        raise ValueError(f"it has more than {MAX_OBSERVANCES} parts")
    found = sorted(change for part in parts for change in _changes(part))
    if len(found) > _MAX_CHANGES:
        raise ValueError("it changes too often")
    return EmbeddedZone(name, found[0][1], [(instant, after) for instant, _, after in found])


def _changes(part: Component) -> Iterator[tuple[int, int, int]]:
    """Yield (instant, offset before, offset after) for every onset of one part."""
    start = part.first("DTSTART")
    if start is None:
        raise ValueError("a part has no DTSTART")
    before, after = read_offset(part.text("TZOFFSETFROM")), read_offset(part.text("TZOFFSETTO"))
    first = wall_seconds(read_times(start, _no_zone)[0].local)
    onsets = {first}
    for line in part.all("RRULE"):
        rule = parse_rule(line.value)
        until = None
        if rule.until is not None:
            until = wall_seconds(rule.until.local) + (before if rule.until.is_utc else 0)
        low = max(first, _FIRST) if rule.count is None else first
        onsets.update(rule_starts(rule, first, low, _LAST, until, _MAX_CHANGES))
    for line in part.all("RDATE"):
        onsets.update(wall_seconds(time.local) for time in read_times(line, _no_zone))
    for onset in sorted(onsets):
        yield onset - before, before, after


def _no_zone(_tzid: str) -> tzinfo:
    return UTC
