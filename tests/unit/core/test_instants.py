"""Wall clocks and zones: the odd hours, the odd days, and names that are no zones."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import resources

import pytest

from convene.core.errors import Invalid
from convene.core.instants import (
    day_bounds,
    from_seconds,
    known_tzids,
    local_date,
    parse_tzid,
    seconds_ceil,
    seconds_floor,
    to_wall,
    tzdata_version,
    wall_datetime_to_instant,
    wall_to_instant,
    zone,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("tzid", "wall", "expected"),
    [
        ("America/New_York", "2027-03-14 01:59", "2027-03-14T06:59Z"),
        ("America/New_York", "2027-03-14 02:30", "2027-03-14T07:30Z"),  # skipped: the offset before
        ("America/New_York", "2027-03-14 03:00", "2027-03-14T07:00Z"),
        ("America/New_York", "2027-11-07 01:30", "2027-11-07T05:30Z"),  # repeated: the first
        ("America/New_York", "2027-11-07 13:00", "2027-11-07T18:00Z"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:45Z"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03T14:45Z"),  # half an hour is repeated
        ("Africa/Cairo", "2027-04-30 00:00", "2027-04-29T22:00Z"),  # midnight itself is skipped
        ("Asia/Kolkata", "2027-01-01 00:00", "2026-12-31T18:30Z"),
        ("Europe/London", "2028-02-29 12:00", "2028-02-29T12:00Z"),
    ],
)
def test_wall_times_follow_the_policy_for_skipped_and_repeated_hours(tzid, wall, expected):
    local = datetime.fromisoformat(wall)
    assert wall_datetime_to_instant(local, tzid) == at(expected)
    assert wall_to_instant(local.date(), local.hour * 60 + local.minute, tzid) == at(expected)


def test_minute_1440_is_the_midnight_that_ends_the_day():
    assert wall_to_instant(date(2027, 3, 14), 1440, "America/New_York") == at("2027-03-15T04:00Z")
    assert wall_to_instant(date(2026, 12, 31), 1440, "Europe/London") == at("2027-01-01T00:00Z")


def test_a_wall_time_with_a_zone_of_its_own_is_refused():
    with pytest.raises(ValueError, match="no zone of its own"):
        wall_datetime_to_instant(datetime(2027, 1, 1, tzinfo=UTC), "Europe/London")


@pytest.mark.parametrize(
    ("tzid", "day", "hours"),
    [
        ("Europe/London", date(2027, 3, 28), 23),
        ("Europe/London", date(2027, 10, 31), 25),
        ("Europe/London", date(2027, 6, 1), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # the date that Samoa never had
    ],
)
def test_days_are_as_long_as_the_zone_makes_them(tzid, day, hours):
    start, end = day_bounds(day, tzid)
    assert (end - start) / 3600 == hours


def test_days_follow_one_another_without_gap_or_overlap():
    days = [date.fromordinal(date(2027, 1, 1).toordinal() + number) for number in range(366)]
    for tzid in ("America/Havana", "America/Santiago", "Asia/Beirut", "Pacific/Apia"):
        bounds = [day_bounds(day, tzid) for day in days]
        assert [end for _, end in bounds[:-1]] == [start for start, _ in bounds[1:]]


def test_instants_show_on_the_wall_and_on_the_calendar():
    instant = at("2027-03-14T06:59Z")
    assert to_wall(instant, "America/New_York") == datetime(2027, 3, 14, 1, 59)
    assert to_wall(instant + 60, "America/New_York") == datetime(2027, 3, 14, 3, 0)
    assert to_wall(at("2027-11-07T06:30Z"), "America/New_York") == datetime(2027, 11, 7, 1, 30)
    assert local_date(at("2027-03-14T03:00Z"), "America/New_York") == date(2027, 3, 13)
    assert from_seconds(instant) == datetime(2027, 3, 14, 6, 59, tzinfo=UTC)


def test_fractions_of_a_second_round_the_way_they_are_asked_to():
    moment = datetime(2027, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    before = datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    assert (seconds_floor(moment), seconds_ceil(moment)) == (
        at("2027-01-01T00:00Z"),
        at("2027-01-01T00:00:01Z"),
    )
    assert (seconds_floor(before), seconds_ceil(before)) == (-1, 0)
    assert seconds_ceil(datetime(2027, 1, 1, tzinfo=UTC)) == at("2027-01-01T00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "Etc/GMT+99",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/../Europe/London",
        "Europe/London\x00",
        "localtime",
        "posixrules",
        "Factory",
        "EST5EDT4",
        "+02:00",
        "europe/london",
        "Europe",
        "",
        "Z" * 100_000,
    ],
)
def test_names_that_are_no_zones_are_refused(text):
    with pytest.raises(Invalid) as refused:
        parse_tzid(text, "participants[0].tzid")
    assert refused.value.field == "participants[0].tzid"
    assert len(refused.value.detail) < 200
    with pytest.raises(ValueError, match="not an IANA time zone"):
        zone(text)


@pytest.mark.parametrize("value", [None, 5, ["Europe/London"], {"tzid": "Europe/London"}])
def test_other_types_are_no_zones_either(value):
    with pytest.raises(Invalid):
        parse_tzid(value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("europe/london", "Europe/London"), ("New York", "America/New_York"), ("Europe/Lisbn", "Europe/Lisbon")],
)
def test_a_near_miss_is_told_what_was_meant(text, meant):
    with pytest.raises(Invalid, match=f"Did you mean {meant}"):
        parse_tzid(text)


def test_every_known_zone_loads_and_links_are_known():
    assert {"Asia/Calcutta", "Asia/Kolkata", "Etc/UTC", "UTC", "Europe/Kyiv", "Etc/GMT+12"} <= known_tzids()
    for tzid in known_tzids():
        assert parse_tzid(tzid) == tzid
        assert zone(tzid).key == tzid


def test_the_zone_database_says_its_release():
    assert tzdata_version()[:4].isdecimal()
    assert tzdata_version()[4:].isalpha()


def test_zones_come_from_the_pinned_database_and_not_from_the_machine(tmp_path):
    """A machine whose London shows Tokyo's time changes nothing once the product has started."""
    false = tmp_path / "Europe" / "London"
    false.parent.mkdir()
    false.write_bytes(resources.files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes())
    script = (
        "import convene.bootstrap\n"
        "from datetime import datetime, timedelta\n"
        "from zoneinfo import ZoneInfo\n"
        "from convene.core.instants import tzdata_version, zone\n"
        "summer = datetime(2026, 7, 1)\n"
        "print(ZoneInfo('Europe/London').utcoffset(summer), zone('Europe/London').utcoffset(summer), tzdata_version())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["1:00:00", "1:00:00", tzdata_version()]
