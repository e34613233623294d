"""The engine on examples that can be read: buffers, edges, quorums, head-counts, and nonsense refused."""

from __future__ import annotations

import pytest

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

HOUR = 3600


def starts(member: Member, grid: Grid, duration: int) -> list[float]:
    """In hours."""
    return [start / HOUR for start in bits_to_starts(starts_bitset(member, grid, duration), grid)]


def test_buffers_look_at_busy_time_only_and_may_leave_the_window():
    nine_to_one = ((9 * HOUR, 13 * HOUR),)
    busy = [(10 * HOUR, 10 * HOUR + 1800)]
    member = Member(nine_to_one, busy, buffer_before=1800, buffer_after=900)
    grid = Grid.over(nine_to_one[0], HOUR, 900)
    assert starts(member, grid, HOUR) == [11, 11.25, 11.5, 11.75, 12]


def test_a_meeting_may_touch_busy_time_but_not_by_a_second_more():
    day = ((0, 24 * HOUR),)
    grid = Grid(0, HOUR, 24)
    assert starts(Member(day, [(2 * HOUR, 3 * HOUR)]), grid, HOUR) == [0, 1, *range(3, 24)]
    assert starts(Member(day, [(2 * HOUR - 1, 3 * HOUR + 1)]), grid, HOUR) == [0, *range(4, 24)]


def test_no_slot_is_stitched_together_from_two_people():
    morning, noon = Member(((0, HOUR),)), Member(((HOUR, 2 * HOUR),))
    grid = Grid(0, 1800, 4)
    bits = query([Group((morning, noon), 1)], grid, HOUR)
    assert bits_to_starts(bits, grid) == [0, HOUR]


def test_all_groups_have_to_agree():
    day, morning = Member(((0, 24 * HOUR),)), Member(((8 * HOUR, 12 * HOUR),))
    late, room = Member(((11 * HOUR, 20 * HOUR),)), Member(((10 * HOUR, 12 * HOUR),))
    grid = Grid(0, HOUR, 24)
    bits = query([Group((day, morning), 2), Group((late, room), 1)], grid, HOUR)
    assert bits_to_starts(bits, grid) == [10 * HOUR, 11 * HOUR]
    assert query([Group((day,), 1), Group((Member(()),), 1)], grid, HOUR) == 0
    assert query([], grid, HOUR) == grid.full


def test_an_endless_meeting_costs_no_endless_memory():
    grid = Grid(0, 60, 10)
    assert lay([(-(10**18), 10**18)], grid) == grid.full
    assert lay([(300, 10**18)], grid) == 0b1111100000


def test_more_than_255_heads_are_counted():
    grid = Grid(0, 60, 3)
    assert head_counts([0b101] * 600 + [0b010], grid) == [600, 1, 600]
    assert head_counts([], grid) == [0, 0, 0]


def test_attendance_names_everybody_who_is_free_not_just_enough():
    grid = Grid(0, 60, 4)
    assert attendance([0b0111, 0b0110, 0b1100], 0b0110, grid) == [(0, 1), (0, 1, 2)]


@pytest.mark.parametrize("required", [0, -1, 3])
def test_a_quorum_that_cannot_be_is_refused(required):
    with pytest.raises(ValueError, match="cannot be required"):
        combine([1, 1], required)


def test_a_meeting_without_length_and_a_grid_without_step_are_refused():
    with pytest.raises(ValueError, match="positive duration"):
        starts_bitset(Member(()), Grid(0, 60, 1), 0)
    with pytest.raises(ValueError, match="positive step"):
        Grid(0, 0, 1)


def test_a_period_shorter_than_the_meeting_has_no_grid():
    grid = Grid.over((0, HOUR - 1), HOUR, 900)
    assert grid.count == 0
    assert grid.span(HOUR) == (0, 0)
    assert starts_bitset(Member(((0, HOUR),)), grid, HOUR) == 0
    assert Grid.over((0, HOUR), HOUR, 900).count == 1
