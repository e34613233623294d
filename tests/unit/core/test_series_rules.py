"""The rule by which meetings of a series follow each other, if there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from convene.core.series import occurrences, rule_of

START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "rule"),
    [
        ("weekly", "FREQ=WEEKLY;COUNT=6"),
        ("biweekly", "FREQ=WEEKLY;INTERVAL=2;COUNT=6"),
        ("monthly", "FREQ=MONTHLY;COUNT=6"),
    ],
)
@pytest.mark.parametrize("tzid", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_the_rule_of_a_series_is_found_again(frequency: str, rule: str, tzid: str) -> None:
    assert rule_of(occurrences(START, frequency, 6, tzid), tzid) == rule  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [(0,), (0, 1), (0, 7, 21), (0, 7, 14, 14), (0, 14, 7), (0, 7, 14 + 1 / 24)])
def test_what_follows_no_rule_has_none(days: tuple[float, ...]) -> None:
    assert rule_of([START + timedelta(days=day) for day in days], "UTC") == ""


def test_no_meeting_has_no_rule() -> None:
    assert rule_of([], "UTC") == ""
