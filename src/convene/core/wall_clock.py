"""Wall clocks: turning local times into instants, one at a time or a whole series at once.

The policy for the two odd hours of a year (RFC 5545 section 3.3.5): a local time that a spring change skips is read
with the offset before the change; a local time that an autumn change repeats means the first one. Both say the same
thing: *the offset in force before the change*. So a zone becomes a sorted list of wall-clock thresholds, and a
sorted series of local times is converted by cutting it at the thresholds and subtracting one number per piece.

Local times are whole seconds since 1970-01-01T00:00 on that wall clock; instants are seconds since the epoch (UTC).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

DAY = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


def wall_seconds(local: datetime) -> int:
    """Return the seconds that a naive `local` lies after 1970-01-01T00:00 on its own clock."""
    delta = local - _EPOCH
    return delta.days * DAY + delta.seconds


def wall_time(seconds: int) -> datetime:
    """Return the naive local time of `seconds`; OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(seconds=seconds)


def offset_at(instant: int, zone: tzinfo) -> int:
    """Return the seconds east of UTC that `zone` keeps at `instant`."""
    offset = (wall_time(instant).replace(tzinfo=UTC)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset.days * DAY + offset.seconds


def to_instant(local: int, zone: tzinfo) -> int:
    """Return the instant of one local time in `zone`, by the policy above."""
    offset = zone.utcoffset(wall_time(local).replace(tzinfo=zone))
    assert offset is not None
    return local - (offset.days * DAY + offset.seconds)


def to_wall(instant: int, zone: tzinfo) -> int:
    """Return what the wall clock of `zone` shows at `instant`."""
    return instant + offset_at(instant, zone)


def last_wall(instant: int, zone: tzinfo) -> int:
    """Return the latest local time that is not after `instant`.

    That is what the clock shows, or while it shows an hour for the second time, the end of that hour: all its local
    times mean the first time, which is past.
    """
    local = to_wall(instant, zone)
    if to_instant(local, zone) == instant:
        return local
    table = offset_table(zone, local, local)
    return table.thresholds[bisect_right(table.thresholds, local)] - 1


class OffsetTable:
    """The offsets of one zone over a span of years, indexed by wall-clock time.

    `thresholds[i]` is the first local time that uses `offsets[i + 1]`.
    """

    __slots__ = ("offsets", "thresholds")

    def __init__(self, thresholds: Sequence[int], offsets: Sequence[int]) -> None:
        self.thresholds = thresholds
        self.offsets = offsets

    def to_instant(self, local: int) -> int:
        """Convert one local time."""
        return local - self.offsets[bisect_right(self.thresholds, local)]

    def is_skipped(self, local: int) -> bool:
        """Tell whether a spring change leaves out this local time."""
        index = bisect_right(self.thresholds, local)
        if index == len(self.thresholds):
            return False
        gained = self.offsets[index + 1] - self.offsets[index]
        return gained > 0 and local >= self.thresholds[index] - gained

    def to_instants(self, local: Sequence[int]) -> list[int]:
        """Convert sorted local times. The answer may step back where a change skips an hour."""
        instants: list[int] = []
        done = 0
        for threshold, offset in zip(self.thresholds, self.offsets, strict=False):
            upto = bisect_left(local, threshold, done)
            if upto > done:
                instants += _minus(local[done:upto], offset)
                done = upto
        instants += _minus(local[done:], self.offsets[-1])
        return instants


def _minus(local: Sequence[int], offset: int) -> Sequence[int]:
    if isinstance(local, range):
        return range(local.start - offset, local.stop - offset, local.step)
    return [value - offset for value in local]


def offset_table(zone: tzinfo, first_local: int, last_local: int) -> OffsetTable:
    """Return the table of `zone` that covers the local times from `first_local` to `last_local`."""
    return _offset_table(zone, wall_time(first_local - DAY).year, wall_time(last_local + DAY).year)


@lru_cache(maxsize=512)
def _offset_table(zone: tzinfo, first_year: int, last_year: int) -> OffsetTable:
    start = wall_seconds(datetime(first_year, 1, 1))  # noqa: DTZ001
    offset = offset_at(max(start, _FIRST), zone)
    thresholds: list[int] = []
    offsets = [offset]
    for year in range(first_year, last_year + 1):
        for instant, following in offset_changes(zone, year):
            thresholds.append(instant + max(offset, following))
            offsets.append(following)
            offset = following
    return OffsetTable(tuple(thresholds), tuple(offsets))


_FIRST = wall_seconds(datetime(1, 1, 2))  # noqa: DTZ001
_LAST = wall_seconds(datetime(9999, 12, 30))  # noqa: DTZ001


@lru_cache(maxsize=4096)
def offset_changes(zone: tzinfo, year: int) -> tuple[tuple[int, int], ...]:
    """Return the changes of offset in a UTC year as (instant, new offset): one probe a day, then halving."""
    day = max(wall_seconds(datetime(year, 1, 1)), _FIRST)  # noqa: DTZ001
    stop = min(wall_seconds(datetime(year, 12, 31)) + DAY, _LAST)  # noqa: DTZ001
    changes: list[tuple[int, int]] = []
    offset = offset_at(day, zone)
    while day < stop:
        following = offset_at(day + DAY, zone)
        if following != offset:
            changes.append((_first_instant(zone, day, offset), following))
            offset = following
        day += DAY
    return tuple(changes)


def _first_instant(zone: tzinfo, day: int, offset: int) -> int:
    """Return the first instant after `day`, within a day, at which `zone` no longer keeps `offset`."""
    low, high = day, day + DAY
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high
