"""The engine answers exactly what checking every start of every member one by one answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.availability import (
    Grid,
    Group,
    Member,
    attendance,
    bits_to_starts,
    combine,
    head_counts,
    lay,
    query,
    starts_bitset,
)
from convene.core.intervals import union

MOMENT = st.integers(-500, 4_000)
INTERVALS = st.lists(
    st.tuples(MOMENT, st.integers(-2, 900)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
)
BUFFER = st.sampled_from([0, 0, 1, 59, 300])
MEMBERS = st.builds(Member, INTERVALS.map(union), INTERVALS, BUFFER, BUFFER)
GRIDS = st.builds(Grid, st.integers(-400, 400), st.sampled_from([1, 7, 60, 450]), st.integers(0, 70))
DURATIONS = st.sampled_from([1, 30, 60, 450, 1_000])


def can_meet(member: Member, start: int, duration: int) -> bool:
    """The definition, word for word."""
    end = start + duration
    if not any(opened <= start and end <= closed for opened, closed in member.windows):
        return False
    return not any(
        begins < ends and begins < end + member.buffer_after and start - member.buffer_before < ends
        for begins, ends in member.busy
    )


@settings(max_examples=600)
@given(MEMBERS, GRIDS, DURATIONS)
def test_a_bit_says_that_the_member_can_meet_then(member, grid, duration):
    bits = starts_bitset(member, grid, duration)
    expected = [start for start in grid.starts() if can_meet(member, start, duration)]
    assert bits_to_starts(bits, grid) == expected


@st.composite
def groups(draw):
    members = draw(st.lists(MEMBERS, min_size=1, max_size=9))
    return Group(tuple(members), draw(st.integers(1, len(members))))


@given(st.lists(groups(), min_size=1, max_size=3), GRIDS, DURATIONS)
def test_groups_need_enough_members_for_the_whole_slot(asked, grid, duration):
    expected = [
        start
        for start in grid.starts()
        if all(
            sum(can_meet(member, start, duration) for member in group.members) >= group.required
            for group in asked
        )
    ]
    assert bits_to_starts(query(asked, grid, duration), grid) == expected


BITSETS = st.lists(st.integers(0, 2**40 - 1), min_size=1, max_size=20)


@given(BITSETS, st.data())
def test_counting_in_bit_slices_equals_counting(bitsets, data):
    grid = Grid(0, 1, 40)
    counts = [sum(bitset >> step & 1 for bitset in bitsets) for step in range(40)]
    assert head_counts(bitsets, grid) == counts
    required = data.draw(st.integers(1, len(bitsets)))
    enough = combine(bitsets, required)
    assert bits_to_starts(enough, grid) == [step for step in range(40) if counts[step] >= required]
    assert attendance(bitsets, enough, grid) == [
        tuple(who for who, bitset in enumerate(bitsets) if bitset >> step & 1)
        for step in range(40)
        if counts[step] >= required
    ]


@given(st.integers(0, 2**300 - 1), st.integers(0, 2**300 - 1))
def test_starts_come_out_the_same_from_sparse_and_dense_answers(bits, mask):
    grid = Grid(1_000, 60, 300)
    for answer in (bits, bits & mask, bits & mask & (mask >> 7), bits | mask):
        assert bits_to_starts(answer, grid) == [
            start for step, start in enumerate(grid.starts()) if answer >> step & 1
        ]


@settings(max_examples=600)
@given(INTERVALS, GRIDS, st.integers(-50, 400), st.integers(-900, 400))
def test_laying_sets_exactly_the_points_inside(intervals, grid, earlier, later):
    bits = lay(intervals, grid, earlier, later)
    expected = [
        point
        for point in grid.starts()
        if any(start < end and start - earlier <= point < end + later for start, end in intervals)
    ]
    assert bits_to_starts(bits, grid) == expected
