"""Times for some people and enough of others are those at which somebody counting heads would agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.slots import Quorum, next_free, offers
from properties.test_properties_slots import NOON, may_book, person_lists


@settings(max_examples=200)
@given(
    person_lists(),
    person_lists(),
    st.data(),
    st.integers(-20 * 3600, 20 * 3600),
    st.integers(0, 30 * 3600),
    st.sampled_from([300, 1800, 3600]),
    st.sampled_from([900, 1800]),
)
def test_offers_with_a_quorum_count_heads(people, others, data, skip, length, duration, interval):
    required = data.draw(st.integers(1, len(others)))
    unseen = frozenset(data.draw(st.sets(st.sampled_from([person.sub for person in others]))))
    period, now = (NOON + skip, NOON + skip + length), NOON
    quorum = Quorum(others, required, unseen)

    expected = []
    for start in range(period[0], period[1] - duration + 1, interval):
        if not all(may_book(person, start, start + duration, now) for person in people):
            continue
        missing = tuple(
            person.sub
            for person in others
            if person.sub in unseen or not may_book(person, start, start + duration, now)
        )
        if len(others) - len(missing) >= required:
            expected.append((start, missing))

    found = offers(people, period, duration, interval, now, quorum)
    assert [(offer.start, offer.missing) for offer in found] == expected
    first = next_free(people, period, duration, interval, now, quorum)
    assert first == (expected[0][0] if expected else None)
    without = {offer.start: offer.outside_hours for offer in offers(people, period, duration, interval, now)}
    assert all(offer.outside_hours == without[offer.start] for offer in found)
