"""What counts of a resource that was received and could not be read: it is never taken for free time.

In this order: what it was when it could be read last (together with what its lines still tell); else what its lines
tell; else, if it is a whole calendar, everything is unknown. Only a single event of which nothing at all can be told
does not block, and its owner is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from convene.core.freebusy import Block, BusyKind, merge_blocks
from convene.core.instants import from_seconds, seconds_ceil, seconds_floor
from convene.formats.parser_messages import ParsedResource, refused
from convene.storage.booking_writes import OwnBooking

Fate = Literal["ours", "kept", "blocked", "calendar_unknown", "time_unknown"]
Blocks = Sequence[tuple[datetime, datetime, str]]


def too_large(remote_id: str) -> ParsedResource:
    """Return what stands for a resource that was too large to be fetched."""
    return refused(remote_id, "too_large", "This event is too large to be read.")


def fates_of(
    resources: Sequence[ParsedResource], held: Mapping[str, Blocks], own: Mapping[str, OwnBooking]
) -> dict[str, Fate]:
    """Return what becomes of those resources that could not be read, by remote id. `held`: the time held of them."""
    return {item.remote_id: _fate(item, held, own) for item in resources if item.problem}


def _fate(item: ParsedResource, held: Mapping[str, Blocks], own: Mapping[str, OwnBooking]) -> Fate:
    if item.uid in own:
        return "ours"
    if held.get(item.remote_id):
        return "kept"
    if item.is_whole_calendar:
        return "calendar_unknown"
    return "blocked" if item.is_time_known or item.blocks else "time_unknown"


def blocks_of(item: ParsedResource, held: Mapping[str, Blocks]) -> Blocks:
    """Return the time that counts of a resource: what was read, and for one that could not be, what was held too."""
    read = [(from_seconds(start), from_seconds(end), kind) for start, end, kind in item.blocks]
    if not item.problem or not held.get(item.remote_id):
        return read
    both = [_block(*block) for block in [*held[item.remote_id], *read]]
    window = min(block.start for block in both), max(block.end for block in both)
    return [(from_seconds(start), from_seconds(end), kind) for start, end, kind in merge_blocks(both, window)]


def _block(start: datetime, end: datetime, kind: str) -> Block:
    known: Mapping[str, BusyKind] = {"busy": "busy", "tentative": "tentative"}
    return Block(seconds_floor(start), seconds_ceil(end), known.get(kind, "unknown"))
