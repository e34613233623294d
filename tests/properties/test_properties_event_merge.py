"""Merging a booking with a calendar's version: never loses a change silently, and comes to rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from convene.core.event_merge import UNITS, Version, agree, fields_of, is_same, merge, own_words, spaced

DAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
WORDS = st.sampled_from(["", "Launch", "Review", "Bring\nnotes", " Review ", "Kitchen"])
RULES = st.sampled_from(["ours", "theirs", "ask"])


@st.composite
def versions(draw: st.DrawFn) -> Version:
    start = DAY + timedelta(hours=draw(st.integers(0, 2)))
    end = start + timedelta(minutes=30 * draw(st.integers(1, 2)))
    return Version(start, end, draw(WORDS), draw(WORDS), draw(WORDS))


@given(versions(), versions())
def test_where_one_side_changed_that_side_stands_whichever_it_is(base: Version, changed: Version):
    for rule in ("ours", "theirs", "ask"):
        assert is_same(merge(base, base, changed, rule).version, changed)
        assert is_same(merge(base, changed, base, rule).version, changed)
        assert merge(base, changed, base, rule).taken == frozenset()


@given(versions(), versions(), versions(), RULES)
def test_no_change_is_lost_without_a_word(base: Version, ours: Version, theirs: Version, rule):
    merged = merge(base, ours, theirs, rule)
    for unit in UNITS:
        if not agree(unit, base, ours) and not agree(unit, merged.version, ours):
            # Ours gave way: only where the rule says so, and it is told.
            assert rule == "theirs"
            assert unit in merged.taken
        if not agree(unit, base, theirs) and not agree(unit, merged.version, theirs):
            assert unit in merged.conflicts | merged.refused
    assert not merged.taken & (merged.conflicts | merged.refused)
    assert not merged.conflicts or rule == "ask"


@given(versions(), versions(), versions(), RULES)
def test_merging_again_changes_nothing(base: Version, ours: Version, theirs: Version, rule):
    merged = merge(base, ours, theirs, rule)
    # What was taken into account is the new base: the same edit is no edit any more.
    again = merge(theirs, merged.version, theirs, rule)
    assert is_same(again.version, merged.version)
    assert again.taken | again.refused | again.conflicts == frozenset()
    # A job that dies before the base is stored comes to the same.
    repeated = merge(base, merged.version, theirs, rule)
    assert is_same(repeated.version, merged.version)


@given(versions(), versions(), versions())
def test_changes_of_different_things_come_together_from_either_side(
    base: Version, ours: Version, theirs: Version
):
    mine = replace(base, start=ours.start, end=ours.end, title=ours.title)
    other = replace(base, location=theirs.location, description=theirs.description)
    one, two = merge(base, mine, other), merge(base, other, mine)
    assert is_same(one.version, two.version)
    assert one.conflicts == two.conflicts == frozenset()


@given(versions(), versions())
def test_without_a_base_every_difference_is_a_question(ours: Version, theirs: Version):
    merged = merge(None, ours, theirs)
    assert merged.version == ours
    assert merged.conflicts == {unit for unit in UNITS if not agree(unit, ours, theirs)}
    assert fields_of(merged.conflicts) == [
        field
        for unit, names in (
            ("time", ["start", "end"]),
            ("title", ["title"]),
            ("location", ["location"]),
            ("description", ["description"]),
        )
        if unit in merged.conflicts
        for field in names
    ]


LINES = st.lists(st.sampled_from(["", "Bring notes", "And cake", "See you"]), max_size=4).map("\n".join)


@given(LINES, LINES)
def test_people_s_words_are_found_again_between_ours(words: str, added: str):
    def written(text: str) -> str:
        return (
            f"With Ana, Bo\n\n{text}\n\nJoin: https://meet.example.com/x\n\nMove or cancel: https://c.test/b"
        )

    assert spaced(own_words(written(words), words, written(words))) == spaced(words)
    assert spaced(own_words(written(words), words, written(added))) == spaced(added)
    # Who deletes our lines says nothing; who adds some around them does.
    assert spaced(own_words(written(words), words, words)) == spaced(words)
    found = own_words(written(words), words, f"Mine\n{written(words)}")
    assert spaced(found).split() == ["Mine", *words.split()]
