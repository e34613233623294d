"""A query for itineraries: several meetings after one another, each with a query of its own.

The starts of each meeting are found as for any query; `sequences` puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from convene.core.availability_query import MAX_RESULTS, Attendees, Query, find, starts_of
from convene.core.intervals import IntervalSet
from convene.core.sequences import MAX_FREE_ITEMS, MAX_ITEMS, Gap, Item, find_itineraries
from convene.core.slot_columns import Slot

__all__ = ["MAX_FREE_ITEMS", "MAX_ITEMS", "SequenceItem", "SequencedQuery", "SequencedSlot", "find_sequences"]


@dataclass(frozen=True, slots=True)
class SequenceItem:
    """One meeting of an itinerary; `before` and `after` are the gaps that it wants to its neighbours."""

    sequence_id: str
    query: Query
    ordinal: int | None = None
    before: Gap = field(default_factory=Gap)
    after: Gap = field(default_factory=Gap)


@dataclass(frozen=True, slots=True)
class SequencedQuery:
    items: tuple[SequenceItem, ...]
    max_results: int = MAX_RESULTS


@dataclass(frozen=True, slots=True)
class SequencedSlot:
    """Where one meeting of an itinerary takes place."""

    sequence_id: str
    slot: Slot


def find_sequences(
    asked: SequencedQuery, attendees: Sequence[Attendees], bounds: Sequence[IntervalSet]
) -> list[tuple[SequencedSlot, ...]]:
    """Return itineraries in order of time; see `sequences.find_itineraries` for which, where there are too many.

    `attendees` and `bounds` are given per item, as `availability_query.find` takes them.
    """
    queries = [replace(item.query, response_format="overlapping_slots") for item in asked.items]
    items = [
        Item(
            item.sequence_id,
            item.query.duration,
            starts_of(query, members, within),
            item.ordinal,
            item.before,
            item.after,
        )
        for item, query, members, within in zip(asked.items, queries, attendees, bounds, strict=True)
    ]
    found = find_itineraries(items, asked.max_results)
    chosen: list[set[int]] = [set() for _ in items]
    for itinerary in found:
        for place in itinerary:
            chosen[place.position].add(place.start)
    slots: list[Mapping[int, Slot]] = [
        {
            slot.start: slot
            for slot in find(
                replace(query, periods=None, starts=tuple(starts), max_results=len(starts)), members, within
            )
        }
        for query, members, within, starts in zip(queries, attendees, bounds, chosen, strict=True)
    ]
    return [
        tuple(
            SequencedSlot(items[place.position].sequence_id, slots[place.position][place.start])
            for place in itinerary
        )
        for itinerary in found
    ]
