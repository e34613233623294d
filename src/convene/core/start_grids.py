"""Where meetings may start: grids on the clock in UTC.

An interval of up to an hour counts from the hour, so that the minute of a start is divisible by it; a longer one from
midnight UTC. Without an interval, overlapping slots start every thirty minutes, and slots that follow one another where
free time begins, on the next five minutes. Seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from convene.core.availability import Grid
from convene.core.instants import DAY, HOUR
from convene.core.intervals import IntervalSet

DEFAULT_INTERVAL = 1800
OWN_START = 300


@dataclass(frozen=True, slots=True)
class StartGrid:
    """A grid fine enough for all starts, and in `mask` those of its points that are starts.

    `is_own_start`: every point is one, but a slot that does not follow on another begins on multiples of `OWN_START`.
    """

    grid: Grid
    mask: int
    is_own_start: bool = False


def grid_of(
    bounds: IntervalSet, duration: int, interval: int | None, *, is_overlapping: bool
) -> StartGrid | None:
    """The starts of meetings inside `bounds` (which they need not all fit into); None if nothing is left to ask."""
    if not bounds:
        return None
    if interval is None and not is_overlapping:
        grid = _points(bounds, duration, gcd(OWN_START, duration))
        return StartGrid(grid, grid.full, is_own_start=True)
    interval = interval or DEFAULT_INTERVAL
    unit = HOUR if interval <= HOUR else DAY
    grid = _points(bounds, duration, gcd(interval, unit))
    return StartGrid(grid, grid_mask(grid, interval))


def grid_mask(grid: Grid, interval: int) -> int:
    """The points of `grid`, whose step divides both the unit and the interval, on which meetings may start."""
    unit = HOUR if interval <= HOUR else DAY
    if unit % interval == 0 and grid.step == interval:
        return grid.full
    per_unit = unit // grid.step
    pattern = "".join("1" if at * grid.step % interval == 0 else "0" for at in range(per_unit))
    first = grid.start % unit // grid.step
    digits = (pattern[first:] + pattern * (grid.count // per_unit + 1))[: grid.count]
    return int(digits[::-1], 2) if digits else 0


def _points(bounds: IntervalSet, duration: int, step: int) -> Grid:
    start = -(-bounds[0][0] // step) * step
    return Grid.over((start, bounds[-1][1]), duration, step)
