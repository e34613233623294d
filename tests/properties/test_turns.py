"""Hosts who take turns: everybody gets their share, whoever is free, and the same choice is made every time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from convene.core.page_terms import PageTerms, Turn, in_turn, terms_json, terms_of

WEIGHTS = st.lists(st.integers(1, 10), min_size=1, max_size=8)


def terms(weights: list[int]) -> PageTerms:
    turns = {f"acc_{number}": Turn(weight) for number, weight in enumerate(weights)}
    return PageTerms("round_robin", 60, None, turns)


@given(WEIGHTS, st.integers(1, 200))
def test_nobody_is_a_whole_booking_away_from_their_share(weights: list[int], bookings: int):
    page, taken = terms(weights), Counter[str]()
    for number in range(1, bookings + 1):
        taken[in_turn(tuple(page.turns), page, taken)[0]] += 1
        for sub, turn in page.turns.items():
            assert abs(taken[sub] * sum(weights) - number * turn.weight) < sum(weights)


@given(WEIGHTS, st.data())
def test_of_those_who_are_free_somebody_is_always_chosen(weights: list[int], data: st.DataObject):
    page = terms(weights)
    taken = {sub: data.draw(st.integers(0, 50)) for sub in page.turns}
    free = data.draw(st.lists(st.sampled_from(list(page.turns)), min_size=1, unique=True))
    ordered = in_turn(tuple(free), page, taken)
    assert sorted(ordered) == sorted(free)
    # Whoever asks, in whatever order those who are free are named, the answer is the same.
    assert in_turn(tuple(reversed(free)), page, taken) == ordered


@given(WEIGHTS, st.integers(1, 30))
def test_whoever_was_away_catches_up_before_others_go_on(weights: list[int], away: int):
    """The first host is busy for a while; then nobody who is ahead of their share is chosen before them."""
    page, taken = terms([*weights, 1]), Counter[str]()
    others = tuple(page.turns)[1:]
    for _ in range(away):
        taken[in_turn(others, page, taken)[0]] += 1
    chosen = in_turn(tuple(page.turns), page, taken)[0]
    total = sum(turn.weight for turn in page.turns.values())
    assert taken[chosen] * total < (away + 1) * page.turns[chosen].weight


@given(WEIGHTS)
def test_terms_are_stored_as_they_are(weights: list[int]):
    assert terms_of(terms_json(terms(weights))) == terms(weights)
