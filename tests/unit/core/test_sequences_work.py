"""How much a search for itineraries looks at: no more than what it answers, however many starts there are."""

from __future__ import annotations

from convene.core import sequences
from convene.core.sequences import Item, Place, find_itineraries


def test_a_search_looks_at_little_more_than_it_answers(monkeypatch):
    looked_at = 0

    def place(start: int, position: int) -> Place:
        nonlocal looked_at
        looked_at += 1
        return Place(start, position)

    monkeypatch.setattr(sequences, "Place", place)
    starts = range(0, 1000 * 60, 60)
    items = [Item(str(number), 1800, starts, number) for number in range(3)]
    assert len(find_itineraries(items, 100)) == 100
    assert looked_at <= 1000
