"""Itineraries are those that trying every order and every start would find."""

from __future__ import annotations

from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.sequences import Gap, Item, find_itineraries

GAPS = st.sampled_from([Gap(), Gap(), Gap(10), Gap(5, 25), Gap(0, 40), Gap(30, 10)])


@st.composite
def sequences(draw):
    return [
        Item(
            str(number),
            draw(st.sampled_from([5, 20, 30])),
            sorted(draw(st.sets(st.integers(0, 30).map(lambda step: step * 5 + 7), max_size=7))),
            draw(st.sampled_from([None, 1, 2, 2, 3])),
            draw(GAPS),
            draw(GAPS),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


def is_in_order(items, order):
    ordinals = [items[at].ordinal for at in order if items[at].ordinal is not None]
    return ordinals == sorted(ordinals)


def brute_force(items):
    found = []
    for order in permutations(range(len(items))):
        if not is_in_order(items, order):
            continue
        for starts in product(*(items[at].starts for at in order)):
            good = True
            for k in range(1, len(order)):
                before, after = items[order[k - 1]], items[order[k]]
                gap = starts[k] - starts[k - 1] - before.duration
                good = good and all(
                    rule.minimum <= gap and (rule.maximum is None or gap <= rule.maximum)
                    for rule in (before.after, after.before)
                )
            if good:
                found.append(tuple(zip(starts, order, strict=True)))
    return sorted(found)


@settings(max_examples=400)
@given(sequences())
def test_all_itineraries_are_found(items):
    found = find_itineraries(items, 100_000)
    assert [tuple(map(tuple, itinerary)) for itinerary in found] == brute_force(items)


@settings(max_examples=200)
@given(sequences(), st.integers(1, 12))
def test_with_few_results_every_first_start_has_its_turn(items, most):
    every = brute_force(items)
    found = [tuple(map(tuple, itinerary)) for itinerary in find_itineraries(items, most)]
    assert len(found) == min(most, len(every))
    assert set(found) <= set(every)
    assert found == sorted(found)
    openings = {itinerary[0] for itinerary in every}
    assert len({itinerary[0] for itinerary in found}) == min(most, len(openings))


def test_a_long_sequence_that_cannot_be_completed_is_given_up_at_once():
    starts = range(0, 35 * 86_400, 300)
    items = [Item(str(number), 3600, starts, number) for number in range(9)]
    items.append(Item("last", 3600, [0], 10))
    assert find_itineraries(items, 512) == []
