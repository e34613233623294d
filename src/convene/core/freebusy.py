"""What an occurrence does to somebody's free time (RFC 5545 section 3.8.2.7, RFC 5546, Microsoft's busy status)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from convene.core.events import Event
from convene.core.intervals import Interval, clip, subtract
from convene.core.recurrence import Expansion

BusyKind = Literal["busy", "tentative", "unknown"]


class Block(NamedTuple):
    """A stretch of time `[start, end)`, in seconds since the epoch, that is not plainly free."""

    start: int
    end: int
    kind: BusyKind


def busy_kind(event: Event) -> BusyKind | None:
    """Return what the event does to its owner's time, or None if it leaves it free.

    Cancelled, declined and transparent events do not block. An explicit TRANSP wins over Microsoft's busy status,
    which other programs carry along unchanged when they edit; the status decides where TRANSP is silent.
    """
    if event.status == "cancelled" or event.participation == "declined" or is_transparent(event):
        return None
    if (
        event.status == "tentative"
        or event.busy_status == "tentative"
        or event.participation in {"tentative", "needs-action"}
    ):
        return "tentative"
    return "busy"


def is_transparent(event: Event) -> bool:
    """Tell whether the event says itself that it takes no time."""
    if event.transparency != "opaque" and event.busy_status in {"free", "workingelsewhere"}:
        return True
    return event.transparency == "transparent"


def busy_blocks(expansion: Expansion, window: Interval) -> list[Block]:
    """Return the blocks of one series inside `window`, cut to it, by start; overlapping ones of a kind are joined."""
    spans: dict[BusyKind, list[Interval]] = {}
    kinds: dict[int, BusyKind | None] = {}
    for start, end, _, _, event in expansion.occurrences:
        key = id(event)
        if key not in kinds:
            kinds[key] = busy_kind(event)
        kind = kinds[key]
        if kind is not None:
            spans.setdefault(kind, []).append((start, end))
    for start, end, event in expansion.unknown:
        if busy_kind(event) is not None:
            spans.setdefault("unknown", []).append((start, end))
    return merge_blocks((Block(start, end, kind) for kind in spans for start, end in spans[kind]), window)


def free_busy(blocks: Iterable[Block], window: Interval) -> list[Block]:
    """Return what others may be told of somebody's blocks inside `window`, by start: disjoint, `busy` or `tentative`.

    Overlapping blocks become one, busy wins over tentative, and what could not be read is busy: how many events lie
    behind a stretch of time is not told.
    """
    kinds: dict[bool, list[Interval]] = {True: [], False: []}
    for start, end, kind in blocks:
        kinds[kind == "tentative"].append((start, end))
    busy = clip(kinds[False], *window)
    tentative = subtract(clip(kinds[True], *window), busy)
    told = [Block(start, end, "busy") for start, end in busy]
    return sorted(told + [Block(start, end, "tentative") for start, end in tentative])


def merge_blocks(blocks: Iterable[Block], window: Interval) -> list[Block]:
    """Cut blocks to `window`, drop empty ones and join those of one kind that overlap or touch."""
    opens, closes = window
    merged: list[Block] = []
    newest: dict[BusyKind, int] = {}
    for block in sorted(blocks):
        start, end = max(block.start, opens), min(block.end, closes)
        if start >= end:
            continue
        index = newest.get(block.kind)
        if index is not None and start <= merged[index].end:
            if end > merged[index].end:
                merged[index] = merged[index]._replace(end=end)
        else:
            newest[block.kind] = len(merged)
            merged.append(Block(start, end, block.kind))
    return merged
