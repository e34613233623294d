"""Half-open intervals `[start, end)` of integers (seconds since the epoch, UTC): union, intersect, subtract, pad.

A *set* is a tuple of `(start, end)` pairs, sorted, disjoint, not touching, none empty. Every function here takes
sequences in any order unless it says otherwise and returns such a set.
"""

from __future__ import annotations

Interval = tuple[int, int]
IntervalSet = tuple[Interval, ...]
