"""Local times become instants as the zone database says, also in the two odd hours of a year."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core.wall_clock import (
    last_wall,
    offset_table,
    to_instant,
    to_wall,
    wall_seconds,
    wall_time,
)

LONDON = ZoneInfo("Europe/London")
ZONES = sorted(available_timezones() - {"Factory", "localtime"})


def at(text: str) -> int:
    return wall_seconds(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-01-10T09:00", "2026-01-10T09:00"),
        ("2026-07-10T09:00", "2026-07-10T08:00"),
        ("2026-03-29T00:59:59", "2026-03-29T00:59:59"),
        ("2026-03-29T01:30", "2026-03-29T01:30"),  # skipped: the offset before the change
        ("2026-03-29T02:00", "2026-03-29T01:00"),
        ("2026-10-25T01:30", "2026-10-25T00:30"),  # twice: the first
        ("2026-10-25T02:00", "2026-10-25T02:00"),
    ],
)
def test_london(local: str, instant: str) -> None:
    table = offset_table(LONDON, at("2026-01-01T00:00"), at("2026-12-31T00:00"))
    assert to_instant(at(local), LONDON) == at(instant)
    assert table.to_instant(at(local)) == at(instant)
    assert table.to_instants([at(local)]) == [at(instant)]


def test_only_skipped_times_are_skipped() -> None:
    table = offset_table(LONDON, at("2026-01-01T00:00"), at("2026-12-31T00:00"))
    hours = [at(f"2026-03-29T{hour:02}:{minute}") for hour in range(24) for minute in ("00", "59")]
    assert [wall_time(hour).isoformat() for hour in hours if table.is_skipped(hour)] == [
        "2026-03-29T01:00:00",
        "2026-03-29T01:59:00",
    ]
    assert not table.is_skipped(at("2026-10-25T01:30"))


def test_last_wall_covers_a_repeated_hour() -> None:
    assert last_wall(at("2026-10-25T00:10"), LONDON) == at("2026-10-25T01:10")
    assert last_wall(at("2026-10-25T01:10"), LONDON) == at("2026-10-25T01:59:59")
    assert last_wall(at("2026-10-25T02:00"), LONDON) == at("2026-10-25T02:00")


@given(
    name=st.sampled_from(ZONES),
    starts=st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)), min_size=1, max_size=20),
)
def test_a_table_agrees_with_the_zone_database(name: str, starts: list[datetime]) -> None:
    zone = ZoneInfo(name)
    local = sorted(wall_seconds(start) for start in starts)
    expected = [int(wall_time(time).replace(tzinfo=zone).astimezone(UTC).timestamp()) for time in local]
    table = offset_table(zone, local[0], local[-1])
    assert table.to_instants(local) == expected
    assert [table.to_instant(time) for time in local] == expected
    assert [to_instant(time, zone) for time in local] == expected


@pytest.mark.parametrize("name", ZONES[::7])
def test_every_change_is_found(name: str) -> None:
    zone = ZoneInfo(name)
    table = offset_table(zone, at("2025-01-01T00:00"), at("2028-01-01T00:00"))
    hours = range(at("2025-01-01T00:00"), at("2028-01-01T00:00"), 7200)
    expected = [int(wall_time(hour).replace(tzinfo=zone).timestamp()) for hour in hours]
    assert table.to_instants(hours) == expected


@given(st.sampled_from(ZONES), st.integers(at("1950-01-01T00:00"), at("2090-01-01T00:00")))
def test_there_and_back(name: str, instant: int) -> None:
    zone = ZoneInfo(name)
    local = to_wall(instant, zone)
    assert to_instant(local, zone) <= instant
    assert to_wall(to_instant(local, zone), zone) == local
