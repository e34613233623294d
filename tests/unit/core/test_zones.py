"""Zones as a browser is told of them."""

from __future__ import annotations

from datetime import datetime

import pytest

from convene.core.zones import Transition, ZoneInfoRange, describe_zone


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_the_offset_at_the_beginning_and_every_change_inside():
    assert describe_zone(
        "America/New_York", at("2026-11-20T00:00Z"), at("2027-12-01T00:00Z")
    ) == ZoneInfoRange(
        "America/New_York",
        -300,
        (Transition(at("2027-03-14T07:00Z"), -240), Transition(at("2027-11-07T06:00Z"), -300)),
    )


def test_a_change_at_the_very_beginning_is_the_offset_and_one_at_the_end_is_outside():
    change = at("2027-03-28T01:00Z")
    assert describe_zone("Europe/London", change, change + 86_400) == ZoneInfoRange("Europe/London", 60, ())
    assert describe_zone("Europe/London", change - 86_400, change) == ZoneInfoRange("Europe/London", 0, ())
    assert describe_zone("Europe/London", change - 86_400, change + 1).transitions == (
        Transition(change, 60),
    )


def test_a_ramadan_pause_has_two_changes_within_weeks():
    described = describe_zone("Africa/Casablanca", at("2025-02-20T00:00Z"), at("2025-05-01T00:00Z"))
    assert described.offset_minutes == 60
    assert described.transitions == (
        Transition(at("2025-02-23T02:00Z"), 0),
        Transition(at("2025-04-06T02:00Z"), 60),
    )


def test_a_zone_without_changes_and_an_empty_range():
    assert describe_zone("Asia/Kolkata", at("2026-01-01T00:00Z"), at("2030-01-01T00:00Z")).transitions == ()
    assert describe_zone("Asia/Kolkata", 0, 0) == ZoneInfoRange("Asia/Kolkata", 330, ())


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="not an IANA time zone"):
        describe_zone("Mars/Olympus", 0, 1)
