"""What a browser needs to show a range of time in somebody's zone without a zone database of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from convene.core.instants import DAY, MINUTE, offset_at

# Since 1970 no zone has changed twice within seven days, and no zone comes back to an offset within a stride of three.
_STRIDE = 3 * DAY


@dataclass(frozen=True, slots=True)
class Transition:
    """From the instant `at` on, local time is `offset_minutes` ahead of UTC."""

    at: int
    offset_minutes: int


@dataclass(frozen=True, slots=True)
class ZoneInfoRange:
    """A zone over `[start, end)`: the offset it begins with and every change inside."""

    tzid: str
    offset_minutes: int
    transitions: tuple[Transition, ...]


@lru_cache(maxsize=1024)
def describe_zone(tzid: str, start: int, end: int) -> ZoneInfoRange:
    """The offset of `tzid` at `start` and its changes in `(start, end)`, each to the second.

    Offsets are whole minutes; the one zone since 1970 with odd seconds (Liberia, until 1972) is rounded down.
    Raises `ValueError` for an unknown zone.
    """
    first = offset_at(start, tzid)
    transitions: list[Transition] = []
    at, offset = start, first
    while at < end - 1:
        ahead = min(at + _STRIDE, end - 1)
        offset_ahead = offset_at(ahead, tzid)
        if offset_ahead != offset:
            transitions.append(Transition(_change_between(tzid, at, ahead), offset_ahead // MINUTE))
        at, offset = ahead, offset_ahead
    return ZoneInfoRange(tzid, first // MINUTE, tuple(transitions))


def _change_between(tzid: str, before: int, after: int) -> int:
    """Halve `(before, after]` down to the second at which the offset of `before` no longer holds."""
    offset = offset_at(before, tzid)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(middle, tzid) == offset:
            before = middle
        else:
            after = middle
    return after
