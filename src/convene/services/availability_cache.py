"""Parts of answers that are kept ready in this process, each with what it was made from.

Nothing here is trusted by age. Whoever looks something up has just read the versions of the accounts that it is about
(`time_change`, migration 0008: they grow in the transaction of every change), and gets only what was made at exactly
those versions, and not after the moment from which time alone would change it. A version must be read before the rows
that something is made from: then it can be too old for its content, never too new.

What was not asked for longest goes first when there is no room. Not for several threads: an event loop has one.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# What one entry takes beside its content: key, bookkeeping, its place in the dictionary (measured, rounded up).
ENTRY_BYTES = 1024
# One interval of a set: a tuple of two integers, and its place in the set.
_INTERVAL_BYTES = 8 + 56 + 2 * 32


@dataclass(frozen=True, slots=True)
class Kept:
    """`value` holds from `made_at` until `until` (None: for ever) as long as the version is `version`."""

    value: Any
    version: Hashable
    made_at: datetime
    until: datetime | None
    size: int

    def holds(self, now: datetime) -> bool:
        return self.made_at <= now and (self.until is None or now < self.until)


class AvailabilityCache:
    """Args:
    max_bytes: bound on what everything kept takes together; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, version: Hashable, now: datetime) -> Kept | None:
        """Return what was made at this very version, if it still holds."""
        found = self.latest(key, now)
        return None if found is None or found.version != version else found

    def latest(self, key: Hashable, now: datetime) -> Kept | None:
        """Return what time has not made untrue, whatever its version: to be told only if that proves to be right."""
        found = self._kept.get(key)
        if found is None or not found.holds(now):
            return None
        self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep this in the place of what was kept before; drop what was not asked for longest as far as needed."""
        before = self._kept.pop(key, None)
        if before is not None:
            self.size -= before.size
        if kept.size > self.max_bytes:
            return
        self._kept[key] = kept
        self.size += kept.size
        while self.size > self.max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.size -= dropped.size


def bytes_of_intervals(intervals: Iterable[Any]) -> int:
    """Return about what a set of intervals takes."""
    return 64 + _INTERVAL_BYTES * sum(1 for _ in intervals)


def bytes_of_bits(bits: int) -> int:
    """Return what a bitset takes."""
    return sys.getsizeof(bits)
