"""Working hours: the JSON that is taken, what is refused and how, and the windows that follow."""

from __future__ import annotations

import copy
from datetime import date, datetime

import pytest

from convene.core.availability_rules import (
    AvailabilityRule,
    DateOverride,
    TimePeriod,
    WeeklyPeriod,
    default_rule,
    horizon_end,
    working_windows,
)
from convene.core.availability_rules_json import dump_rule, parse_rule, parse_weekly_periods
from convene.core.errors import Invalid

DOCUMENT = {
    "tzid": "Europe/London",
    "weekly_periods": [
        {"day": "monday", "start_time": "09:00", "end_time": "12:30"},
        {"day": "monday", "start_time": "13:00", "end_time": "17:30"},
        {"day": "sunday", "start_time": "20:00", "end_time": "24:00"},
    ],
    "date_overrides": [
        {"date": "2026-12-24", "periods": [], "name": "Christmas Eve"},
        {"date": "2026-11-27", "periods": [{"start_time": "10:00", "end_time": "14:00"}]},
    ],
    "buffer_before_minutes": 5,
    "buffer_after_minutes": 10,
    "minimum_notice_minutes": 120,
    "horizon_days": 30,
    "start_interval_minutes": 15,
    "daily_limit": 4,
    "weekly_limit": 12,
    "time_off": [
        {"start": "2026-12-21", "end": "2027-01-02", "note": "Skiing"},
        {"start": "2026-11-25T12:00:00Z", "end": "2026-11-25T15:30:00Z", "note": ""},
    ],
    "travel": [{"start": "2027-03-01", "end": "2027-03-08", "tzid": "Asia/Tokyo"}],
}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def weekly(tzid: str, *periods: tuple[str, str, str]) -> AvailabilityRule:
    return AvailabilityRule(tzid, tuple(WeeklyPeriod(*period) for period in periods))


def test_a_document_is_read_and_written_back_unchanged():
    rule = parse_rule(DOCUMENT)
    assert rule.weekly_periods[0] == WeeklyPeriod("monday", "09:00", "12:30")
    assert rule.date_overrides[1] == DateOverride(date(2026, 11, 27), (TimePeriod("10:00", "14:00"),))
    assert rule.daily_limit == 4
    assert dump_rule(rule) == DOCUMENT


def test_what_is_left_out_has_the_documented_value_and_a_revision_may_stay_in():
    rule = parse_rule({"tzid": "Asia/Tokyo", "weekly_periods": [], "revision": 7})
    assert dump_rule(rule) == {
        "tzid": "Asia/Tokyo",
        "weekly_periods": [],
        "date_overrides": [],
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "minimum_notice_minutes": 60,
        "horizon_days": 60,
        "start_interval_minutes": 30,
        "daily_limit": None,
        "weekly_limit": None,
        "time_off": [],
        "travel": [],
    }


def change(path: str, value: object) -> dict:
    """The document with one place replaced; `path` as errors name it."""
    document = copy.deepcopy(DOCUMENT)
    steps = path.replace("[", ".").replace("]", "").split(".")
    target = document
    for step in steps[:-1]:
        target = target[int(step)] if isinstance(target, list) else target[step]
    last = steps[-1]
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
    return document


PERIOD = {"day": "monday", "start_time": "09:00", "end_time": "10:00"}


@pytest.mark.parametrize(
    ("path", "value", "field", "remedy"),
    [
        ("tzid", "Etc/GMT+99", "tzid", "Did you mean Etc/GMT\\+9"),
        ("tzid", None, "tzid", "IANA"),
        ("weekly_periods", {}, "weekly_periods", "a list"),
        ("weekly_periods[1]", "monday", "weekly_periods[1]", "JSON object"),
        ("weekly_periods[1].day", "Monday", "weekly_periods[1].day", "one of monday, tuesday"),
        ("weekly_periods[1].day", 1, "weekly_periods[1].day", "one of monday"),
        ("weekly_periods[2].end_time", "19:00", "weekly_periods[2].end_time", "cross midnight"),
        ("weekly_periods[2].end_time", "20:00", "weekly_periods[2].end_time", "after start_time"),
        ("weekly_periods[2].end_time", "24:01", "weekly_periods[2].end_time", "time of day"),
        ("weekly_periods[2].end_time", "9:00", "weekly_periods[2].end_time", "time of day"),
        ("weekly_periods[2].end_time", "23:60", "weekly_periods[2].end_time", "time of day"),
        ("weekly_periods[2].end_time", "²³:00", "weekly_periods[2].end_time", "time of day"),
        ("weekly_periods[2].end_time", 24, "weekly_periods[2].end_time", "time of day"),
        ("weekly_periods[2].start_time", "24:00", "weekly_periods[2].start_time", "next day"),
        (
            "weekly_periods[1].start_time",
            "12:29",
            "weekly_periods[1].start_time",
            "overlaps another .* on Monday",
        ),
        ("weekly_periods[0].note", "x", "weekly_periods[0].note", "Remove it"),
        ("weekly_periods", [PERIOD] * 71, "weekly_periods", "At most 70"),
        ("date_overrides[1].date", "2026-12-24", "date_overrides[1].date", "repeats 2026-12-24"),
        ("date_overrides[1].date", "2027-02-29", "date_overrides[1].date", "date of the calendar"),
        ("date_overrides[1].date", "20261224", "date_overrides[1].date", "date of the calendar"),
        (
            "date_overrides[1].date",
            "9999-12-31",
            "date_overrides[1].date",
            "between 1970-01-01 and 2199-12-31",
        ),
        ("date_overrides[1].periods", None, "date_overrides[1].periods", "a list"),
        (
            "date_overrides[1].periods[0].end_time",
            "09:00",
            "date_overrides[1].periods[0].end_time",
            "after start_time",
        ),
        ("date_overrides", [{"date": "2026-12-24"}], "date_overrides[0].periods", "empty list for a day off"),
        (
            "date_overrides",
            [{"date": f"2026-01-{n:02}", "periods": []} for n in range(1, 32)] * 12,
            "date_overrides",
            "At most 366",
        ),
        ("buffer_before_minutes", -1, "buffer_before_minutes", "from 0 to 1440"),
        ("buffer_after_minutes", 1441, "buffer_after_minutes", "from 0 to 1440"),
        ("buffer_after_minutes", True, "buffer_after_minutes", "whole number"),
        ("minimum_notice_minutes", 10**18, "minimum_notice_minutes", "from 0 to 525600"),
        ("horizon_days", 0, "horizon_days", "from 1 to 730"),
        ("horizon_days", 30.0, "horizon_days", "whole number"),
        ("start_interval_minutes", 0, "start_interval_minutes", "from 1 to 1440"),
        ("start_interval_minutes", "15", "start_interval_minutes", "whole number"),
        ("daily_limit", 0, "daily_limit", "or null"),
        ("weekly_limit", 501, "weekly_limit", "from 1 to 500, or null"),
        ("date_overrides[0].name", 5, "date_overrides[0].name", "must be text"),
        ("date_overrides[0].name", "x" * 201, "date_overrides[0].name", "at most 200"),
        ("time_off", None, "time_off", "a list"),
        ("time_off[0]", "2026-12-24", "time_off[0]", "JSON object"),
        ("time_off[0].end", "2026-12-21", "time_off[0].end", "For a single day, end is the next date"),
        ("time_off[0].end", "2026-12-22T00:00:00Z", "time_off[0].end", "a date if start is one"),
        ("time_off[1].end", "2026-11-25T12:00:00Z", "time_off[1].end", "later than start"),
        ("time_off[1].start", "2026-11-25T12:00:00+01:00", "time_off[1].start", "UTC with Z"),
        ("time_off[1].start", "2026-11-31T12:00:00Z", "time_off[1].start", "time of the calendar"),
        ("time_off[1].start", "0001-01-01T00:00:00Z", "time_off[1].start", "must lie between"),
        ("time_off[1].note", None, "time_off[1].note", "must be text"),
        ("time_off[1].note", "a\nb", "time_off[1].note", "control characters"),
        ("time_off[1].reason", "x", "time_off[1].reason", "Remove it"),
        ("time_off", [{"start": "2026-12-21", "end": "2026-12-22"}] * 201, "time_off", "At most 200"),
        ("travel[0].tzid", "Tokyo", "travel[0].tzid", "Did you mean Asia/Tokyo"),
        ("travel[0].end", "2027-03-01", "travel[0].end", "later than start"),
        ("travel[0].start", "2027-03-01T00:00:00Z", "travel[0].start", "date of the calendar"),
        (
            "travel",
            [
                {"start": "2027-03-01", "end": "2027-03-08", "tzid": "Asia/Tokyo"},
                {"start": "2027-03-07", "end": "2027-03-09", "tzid": "Asia/Seoul"},
            ],
            "travel[1].start",
            "overlaps other travel",
        ),
        ("colour", "red", "colour", "not a field"),
    ],
)
def test_what_cannot_be_taken_names_its_place_and_the_remedy(path, value, field, remedy):
    with pytest.raises(Invalid, match=remedy) as refused:
        parse_rule(change(path, value))
    assert refused.value.field == field
    assert field in refused.value.detail


def test_eleven_periods_of_one_day_are_too_many():
    periods = [{"day": "friday", "start_time": f"{h:02}:00", "end_time": f"{h:02}:30"} for h in range(11)]
    with pytest.raises(Invalid) as refused:
        parse_rule({"tzid": "UTC", "weekly_periods": periods})
    assert refused.value.field == "weekly_periods[10]"


@pytest.mark.parametrize("missing", ["tzid", "weekly_periods"])
def test_the_two_fields_that_must_be_there(missing):
    with pytest.raises(Invalid, match="is missing") as refused:
        parse_rule({name: value for name, value in DOCUMENT.items() if name != missing})
    assert refused.value.field == missing


@pytest.mark.parametrize("document", [None, [], "rules", 5])
def test_something_else_than_an_object_is_refused(document):
    with pytest.raises(Invalid):
        parse_rule(document)


def test_hours_stay_at_the_same_wall_time_across_a_change():
    rule = weekly("America/Chicago", ("monday", "09:30", "12:30"), ("friday", "09:30", "12:30"))
    assert working_windows(rule, at("2027-03-12T00:00Z"), at("2027-03-16T00:00Z")) == (
        (at("2027-03-12T15:30Z"), at("2027-03-12T18:30Z")),
        (at("2027-03-15T14:30Z"), at("2027-03-15T17:30Z")),
    )


def test_afternoon_hours_on_the_change_day_itself_are_right():
    rule = weekly("America/New_York", ("sunday", "13:00", "17:00"))
    spring = working_windows(rule, at("2027-03-14T00:00Z"), at("2027-03-15T00:00Z"))
    autumn = working_windows(rule, at("2027-11-07T00:00Z"), at("2027-11-08T00:00Z"))
    assert spring == ((at("2027-03-14T17:00Z"), at("2027-03-14T21:00Z")),)
    assert autumn == ((at("2027-11-07T18:00Z"), at("2027-11-07T22:00Z")),)


def test_a_whole_change_day_is_23_or_25_hours_long():
    rule = weekly("Europe/London", ("sunday", "00:00", "24:00"))
    for day, hours in (("2027-03-28", 23), ("2027-10-31", 25)):
        ((start, end),) = working_windows(
            rule, at(f"{day}T00:00Z") - 86_400, at(f"{day}T00:00Z") + 2 * 86_400
        )
        assert (end - start) / 3600 == hours


def test_hours_up_to_midnight_and_from_midnight_are_one_window():
    rule = weekly("Europe/London", ("friday", "22:00", "24:00"), ("saturday", "00:00", "02:00"))
    windows = working_windows(rule, at("2026-11-26T00:00Z"), at("2026-11-30T00:00Z"))
    assert windows == ((at("2026-11-27T22:00Z"), at("2026-11-28T02:00Z")),)


def test_sunday_night_joins_monday_morning_although_a_week_lies_between():
    rule = weekly("Asia/Tokyo", ("sunday", "23:00", "24:00"), ("monday", "00:00", "01:00"))
    windows = working_windows(rule, at("2026-11-20T00:00Z"), at("2026-11-24T00:00Z"))
    assert windows == ((at("2026-11-22T14:00Z"), at("2026-11-22T16:00Z")),)


def test_an_override_replaces_the_hours_of_its_date_only():
    rule = parse_rule(DOCUMENT)
    assert working_windows(rule, at("2026-12-24T00:00Z"), at("2026-12-25T00:00Z")) == ()
    assert working_windows(rule, at("2026-11-27T00:00Z"), at("2026-11-28T00:00Z")) == (
        (at("2026-11-27T10:00Z"), at("2026-11-27T14:00Z")),
    )


def test_on_travelled_dates_the_same_hours_are_read_from_the_clocks_there():
    rule = parse_rule(
        {
            "tzid": "Europe/London",
            "weekly_periods": [
                {"day": day, "start_time": "09:00", "end_time": "17:00"}
                for day in ("monday", "tuesday", "wednesday")
            ],
            "travel": [{"start": "2027-03-02", "end": "2027-03-03", "tzid": "Asia/Tokyo"}],
        }
    )
    assert working_windows(rule, at("2027-03-01T00:00Z"), at("2027-03-04T00:00Z")) == (
        (at("2027-03-01T09:00Z"), at("2027-03-01T17:00Z")),
        (at("2027-03-02T00:00Z"), at("2027-03-02T08:00Z")),
        (at("2027-03-03T09:00Z"), at("2027-03-03T17:00Z")),
    )


def test_time_off_ends_with_the_midnight_before_the_first_day_back_wherever_that_is():
    rule = parse_rule(
        {
            "tzid": "Europe/London",
            "weekly_periods": [
                {"day": day, "start_time": "00:00", "end_time": "24:00"}
                for day in ("monday", "tuesday", "wednesday")
            ],
            "travel": [{"start": "2027-03-02", "end": "2027-03-03", "tzid": "America/New_York"}],
            "time_off": [{"start": "2027-03-01", "end": "2027-03-03"}],
        }
    )
    # Off on Monday in London and on Tuesday in New York, where it is Wednesday five hours later.
    assert working_windows(rule, at("2027-03-01T00:00Z"), at("2027-03-04T00:00Z")) == (
        (at("2027-03-03T05:00Z"), at("2027-03-04T00:00Z")),
    )


def test_periods_that_overlap_are_joined_where_that_is_allowed():
    periods = [
        {"day": "tuesday", "start_time": "09:00", "end_time": "12:00"},
        {"day": "monday", "start_time": "23:00", "end_time": "24:00"},
        {"day": "tuesday", "start_time": "11:00", "end_time": "13:30"},
    ]
    assert parse_weekly_periods(periods, may_overlap=True) == (
        WeeklyPeriod("monday", "23:00", "24:00"),
        WeeklyPeriod("tuesday", "09:00", "13:30"),
    )


def test_a_date_that_the_zone_never_had_has_no_hours_and_lends_none_to_its_neighbours():
    rule = weekly("Pacific/Apia", ("friday", "09:00", "17:00"))
    assert working_windows(rule, at("2011-12-28T00:00Z"), at("2012-01-02T00:00Z")) == ()


def test_the_horizon_ends_with_a_local_day():
    rule = AvailabilityRule("America/New_York", (), horizon_days=2)
    # Still Friday evening in New York: today, tomorrow and Sunday, which has 23 hours.
    assert horizon_end(rule, at("2027-03-13T02:00Z")) == at("2027-03-15T04:00Z")


def test_the_hours_of_somebody_who_said_nothing():
    windows = working_windows(default_rule("Europe/Berlin"), at("2026-11-20T00:00Z"), at("2026-11-24T00:00Z"))
    assert windows == (
        (at("2026-11-20T08:00Z"), at("2026-11-20T16:00Z")),
        (at("2026-11-23T08:00Z"), at("2026-11-23T16:00Z")),
    )


def test_nothing_is_asked_nothing_is_answered():
    rule = default_rule("UTC")
    assert working_windows(rule, 100, 100) == ()
    assert working_windows(rule, 200, 100) == ()
