"""Slots as columns: hundreds of them are mostly the same few sets of people, so each set is named once.

A `SlotColumns` reads like the sequence of slots that it stands for; whoever writes many of them out can take the columns
instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, overload

from convene.core.availability import Grid, flags

_LANE = 8


class Slot(NamedTuple):
    """A time at which every group has enough members; `participants` are all members who are free throughout it."""

    start: int
    end: int
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SlotColumns(Sequence[Slot]):
    """`starts`, ascending; `which` says for each of them which of `names` can, and is None if `names[0]` always can."""

    starts: Sequence[int]
    duration: int
    names: Sequence[tuple[str, ...]]
    which: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Slot]:
        for at, start in enumerate(self.starts):
            yield Slot(start, start + self.duration, self._participants(at))

    @overload
    def __getitem__(self, at: int) -> Slot: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Slot]: ...
    def __getitem__(self, at: int | slice) -> Slot | Sequence[Slot]:
        if isinstance(at, slice):
            return list(self)[at]
        start = self.starts[at]
        return Slot(start, start + self.duration, self._participants(at))

    def _participants(self, at: int) -> tuple[str, ...]:
        return self.names[0 if self.which is None else self.which[at]]


def with_presence(
    starts: Sequence[int], duration: int, subs: Sequence[str], bitsets: Sequence[int], grid: Grid
) -> SlotColumns:
    """Say of each start who is there: those of `subs` whose bitset (in the same order) has a one then.

    Eight members share a byte per step, so people are told apart by a few bytes, and only once per set.
    """
    if not starts:
        return SlotColumns((), duration, ((),))
    steps = [(start - grid.start) // grid.step for start in starts]
    # Nothing beyond the last of them is looked at.
    count = steps[-1] + 1
    within = (1 << count) - 1
    # A slice of one would come back as a number, so the last step is asked for twice and left off.
    pick = itemgetter(*steps, steps[-1])
    lanes = [
        pick(_lane([bitset & within for bitset in bitsets[at : at + _LANE]], count))
        for at in range(0, len(bitsets), _LANE)
    ]
    known: dict[tuple[int, ...], int] = {}
    which = [known.setdefault(column, len(known)) for column in list(zip(*lanes, strict=True))[:-1]]
    return SlotColumns(starts, duration, _names(known, subs), which)


def _names(columns: Iterable[tuple[int, ...]], subs: Sequence[str]) -> list[tuple[str, ...]]:
    """Who is meant by each of these columns of lanes."""
    groups = [subs[at : at + _LANE] for at in range(0, len(subs), _LANE)]
    named: list[dict[int, list[str]]] = [{} for _ in groups]
    found = []
    for column in columns:
        names: list[str] = []
        for members, group, lane in zip(column, groups, named, strict=True):
            if members not in lane:
                lane[members] = [sub for at, sub in enumerate(group) if members >> at & 1]
            names += lane[members]
        # Somebody who is in several groups is named once.
        found.append(tuple(dict.fromkeys(names)))
    return found


def _lane(bitsets: Sequence[int], count: int) -> bytes:
    """One byte per step, in which bit `n` says whether the `n`th bitset has a one."""
    total = 0
    for position, bitset in enumerate(bitsets):
        total |= int.from_bytes(flags(bitset, count), "little") << position
    return total.to_bytes(count, "little")
