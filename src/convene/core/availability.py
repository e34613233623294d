"""The engine: who can start a meeting when, as one bit per grid step and member in Python integers.

Bit `i` of a member's bitset says that a meeting of the asked duration may start at `grid.start + i * grid.step`: the
whole of `[start, start + duration)` lies inside one of the member's windows and nothing busy meets
`[start - buffer_before, start + duration + buffer_after)`. Buffers look at busy time only and may leave the window.

The bits stand for *permitted starts*, not for free time. A window `[a, b)` permits the starts `[a, b - duration]`; a busy
time `[a, b)` forbids the starts strictly between `a - duration - buffer_after` and `b + buffer_before`. Both are laid on
the grid by exact integer division, so boundaries at any second give exact answers whatever the step, nothing has to be
rounded, and no slot is ever stitched together from two people's halves. "All" is AND, "any" is OR, "at least k" counts
in bit slices: columns of all grid steps are added at once, like a carry-save adder in hardware.

Times are epoch seconds, UTC. Nothing here knows zones, rules or the present.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import compress
from operator import and_, or_

from convene.core.intervals import Interval, IntervalSet

# Finding runs of ones costs about this many times what passing over one grid step does (measured).
_RUN_COST = 20
# Head-counts are added in lanes of one byte.
_LANE_MAX = 255
_BIT_OF_DIGIT = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True, slots=True)
class Grid:
    """The starts that are asked about: `start + i * step` for `i` in `range(count)`; seconds."""

    start: int
    step: int
    count: int

    def __post_init__(self) -> None:
        if self.step <= 0 or self.count < 0:
            raise ValueError("a grid has a positive step and no negative count")

    @classmethod
    def over(cls, period: Interval, duration: int, step: int) -> Grid:
        """The grid aligned to the period's start whose meetings all end inside the period."""
        start, end = period
        return cls(start, step, max(0, (end - duration - start) // step + 1))

    @property
    def full(self) -> int:
        """The bitset in which every start is permitted."""
        return (1 << self.count) - 1

    def span(self, duration: int) -> Interval:
        """All the time that meetings on this grid can touch."""
        if not self.count:
            return self.start, self.start
        return self.start, self.start + (self.count - 1) * self.step + duration

    def starts(self) -> range:
        return range(self.start, self.start + self.count * self.step, self.step)


@dataclass(frozen=True, slots=True)
class Member:
    """One person (or room) to the engine.

    `windows` is a set (see `core.intervals`: sorted, touching ones joined); `busy` may come in any order and overlap,
    empty intervals in it block nothing. Buffers are seconds.
    """

    windows: IntervalSet
    busy: Sequence[Interval] = ()
    buffer_before: int = 0
    buffer_after: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Members of whom at least `required` must be free, the same ones throughout the slot."""

    members: tuple[Member, ...]
    required: int


def lay(intervals: Iterable[Interval], grid: Grid, earlier: int = 0, later: int = 0) -> int:
    """The grid points inside any `[start - earlier, end + later)`; either may be negative. Empty intervals lay nothing."""
    step, count = grid.step, grid.count
    # ceil((t - grid.start) / step), the shift included.
    from_start = step - 1 - grid.start - earlier
    from_end = step - 1 - grid.start + later
    pieces: list[bytes] = []
    done = 0
    for start, end in sorted(intervals) if count else ():
        if start >= end:
            continue
        first = (start + from_start) // step
        after = (end + from_end) // step
        if after <= done or after <= first:
            continue
        if first > done:
            if first >= count:
                break
            pieces.append(b"0" * (first - done))
            done = first
        if after >= count:
            pieces.append(b"1" * (count - done))
            break
        pieces.append(b"1" * (after - done))
        done = after
    if not pieces:
        return 0
    # The first step is the lowest bit, so the digits are read backwards.
    return int(b"".join(pieces)[::-1], 2)


def starts_bitset(member: Member, grid: Grid, duration: int) -> int:
    """The starts on `grid` at which `member` can meet for `duration` seconds. Keep it while none of these changes."""
    if duration <= 0:
        raise ValueError("a meeting has a positive duration")
    permitted = lay(member.windows, grid, 0, 1 - duration)
    if not permitted:
        return 0
    earlier = duration + member.buffer_after - 1
    return permitted & ~lay(member.busy, grid, earlier, member.buffer_before)


def combine(bitsets: Sequence[int], required: int) -> int:
    """The starts at which at least `required` of the bitsets have a one."""
    if not 1 <= required <= len(bitsets):
        raise ValueError(f"{required} of {len(bitsets)} cannot be required")
    if required == len(bitsets):
        return reduce(and_, bitsets)
    if required == 1:
        return reduce(or_, bitsets)
    return _at_least(_planes(bitsets), required)


def query(groups: Sequence[Group], grid: Grid, duration: int) -> int:
    """The starts at which every group has enough members free."""
    bits = grid.full
    for group in groups:
        if not bits:
            break
        bits &= combine([starts_bitset(member, grid, duration) for member in group.members], group.required)
    return bits


def bits_to_starts(bits: int, grid: Grid) -> list[int]:
    """The instants of all ones, ascending."""
    digits = bin(bits)[:1:-1]
    runs = (bits & ~(bits << 1)).bit_count()
    if runs * _RUN_COST > len(digits):
        return list(compress(grid.starts(), digits.encode().translate(_BIT_OF_DIGIT)))
    starts: list[int] = []
    origin, step = grid.start, grid.step
    first = digits.find("1") if bits else -1
    while first >= 0:
        after = digits.find("0", first)
        if after < 0:
            after = len(digits)
        starts.extend(range(origin + first * step, origin + after * step, step))
        first = digits.find("1", after)
    return starts


def head_counts(bitsets: Sequence[int], grid: Grid) -> list[int]:
    """How many are free, for every step of the grid."""
    chunks = [bitsets[at : at + _LANE_MAX] for at in range(0, len(bitsets), _LANE_MAX)]
    lanes = [_lane_sums(chunk, grid.count) for chunk in chunks]
    if len(lanes) == 1:
        return list(lanes[0])
    return [sum(column) for column in zip(*lanes, strict=True)] if lanes else [0] * grid.count


def attendance(bitsets: Sequence[int], bits: int, grid: Grid) -> list[tuple[int, ...]]:
    """For every one in `bits`, ascending: the positions in `bitsets` of those who are free then."""
    rows = [flags(bitset, grid.count) for bitset in bitsets]
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    answers: list[tuple[int, ...]] = []
    for column in compress(zip(*rows, strict=True), flags(bits, grid.count)):
        who = known.get(column)
        if who is None:
            who = known[column] = tuple(compress(range(len(rows)), column))
        answers.append(who)
    return answers


def _planes(bitsets: Sequence[int]) -> list[int]:
    """Add up all bitsets column by column: plane `p` holds bit `p` of every column's sum.

    Full adders turn three values of one weight into one of that weight and a carry of the next, until each weight has
    a single value left: about one adder per member, each a handful of operations on whole bitsets.
    """
    planes: list[int] = []
    weight = list(bitsets)
    while weight:
        carries: list[int] = []
        while len(weight) >= 3:
            a, b, c = weight.pop(), weight.pop(), weight.pop()
            either = a ^ b
            weight.append(either ^ c)
            carries.append((a & b) | (either & c))
        if len(weight) == 2:
            a, b = weight
            weight = [a ^ b]
            carries.append(a & b)
        planes.append(weight[0])
        weight = carries
    return planes


def _at_least(planes: Sequence[int], required: int) -> int:
    """Compare every column's sum with a constant, from the lowest bit up."""
    # `fits` is "the bits so far are >= those of `required`"; nothing compared yet is equal, hence all ones.
    fits = -1
    for position, plane in enumerate(planes):
        fits = plane & fits if required >> position & 1 else plane | fits
    return fits if not required >> len(planes) else 0


def flags(bits: int, count: int) -> bytes:
    """One byte, 0 or 1, per grid step."""
    return bin(bits)[:1:-1].encode().translate(_BIT_OF_DIGIT).ljust(count, b"\x00")


def _lane_sums(bitsets: Sequence[int], count: int) -> bytes:
    """Sums per grid step of at most 255 bitsets: the planes spread to a byte per step and added as one integer."""
    total = 0
    for position, plane in enumerate(_planes(bitsets)):
        total += int.from_bytes(flags(plane, count), "little") << position
    return total.to_bytes(count, "little")
