"""Suggestions: few, explainable, on different days, and true to their reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from convene.core.availability_rules import default_rule
from convene.core.availability_rules_json import parse_rule
from convene.core.instants import local_date, to_wall
from convene.core.slots import Offer, Person, offers
from convene.core.suggestions import Suggestion, suggest

HOUR = 3600
DAY = 86_400
LONDON = "Europe/London"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


# A Monday, before anybody starts to work.
NOW = at("2026-11-23T06:00Z")
WEEKS = (at("2026-11-23T00:00Z"), at("2026-12-14T00:00Z"))
ANA = Person("ana", default_rule(LONDON))
BO = Person("bo", default_rule("America/New_York"))


def ask(
    *people: Person, now: int = NOW, period=WEEKS, limit: int = 3, tzid: str = LONDON
) -> list[Suggestion]:
    return suggest(offers(people, period, 1800, 900, now), people, now, tzid, limit)


def local(found: list[Suggestion]) -> list[tuple[str, str]]:
    return [(f"{to_wall(suggestion.start, LONDON):%a %H:%M}", suggestion.reason) for suggestion in found]


def busy(*hours: tuple[str, str, str]) -> list[tuple[int, int]]:
    return [(at(f"2026-11-{day}T{start}Z"), at(f"2026-11-{day}T{end}Z")) for day, start, end in hours]


def test_an_empty_calendar_gets_the_soonest_times_that_keep_the_day_whole():
    assert local(ask(ANA)) == [
        ("Mon 09:00", "soonest"),
        ("Tue 09:00", "keeps_a_long_block"),
        ("Wed 09:00", "both_in_hours"),
    ]


def test_a_time_beside_another_meeting_is_preferred_and_says_so():
    ana = replace(ANA, busy=busy(("24", "10:00", "11:00")))
    found = local(ask(ana))
    assert found[0] == ("Mon 09:00", "soonest")
    assert found[1] == ("Tue 09:30", "next_to_other_meetings")


def test_lunch_is_kept_free_while_anything_else_will_do():
    ana = replace(ANA, busy=busy(("23", "09:00", "12:00"), ("23", "14:00", "17:00")))
    assert local(ask(ana))[0] == ("Mon 13:00", "soonest")
    lunch_only = (at("2026-11-23T12:00Z"), at("2026-11-23T12:30Z"))
    assert local(ask(ANA, period=lunch_only)) == [("Mon 12:00", "soonest")]


def test_lunch_is_the_last_choice_for_the_others_too():
    taken = busy(("24", "09:00", "12:00"), ("24", "13:00", "15:00"), ("24", "15:30", "17:00"))
    rest = (at("2026-11-25T00:00Z"), at("2026-12-14T00:00Z"))
    assert local(ask(replace(ANA, busy=[*taken, rest]), limit=2))[1] == (
        "Tue 15:00",
        "next_to_other_meetings",
    )


def test_the_lunch_of_everybody_counts():
    found = ask(ANA, BO)
    assert all(not 12 <= to_wall(suggestion.start, "America/New_York").hour < 13 for suggestion in found)


def test_hours_of_flexible_people_are_respected_while_others_offer_such_times():
    bo = replace(BO, is_flexible=True)
    found = ask(ANA, bo)
    assert local(found)[0] == ("Mon 14:00", "soonest")
    assert all(to_wall(suggestion.start, "America/New_York").hour >= 9 for suggestion in found)


def test_where_nothing_lies_in_hours_times_are_still_suggested():
    night = replace(default_rule("Pacific/Auckland"), minimum_notice_minutes=0)
    found = ask(ANA, Person("kiri", night, is_flexible=True))
    assert len(found) == 3
    assert "both_in_hours" not in {suggestion.reason for suggestion in found}


def test_suggestions_fall_into_the_next_three_working_days():
    friday = at("2026-11-27T06:00Z")
    days = {to_wall(suggestion.start, LONDON).strftime("%a") for suggestion in ask(ANA, now=friday)}
    assert days == {"Fri", "Mon", "Tue"}


def test_a_meeting_to_be_beside_is_not_worth_waiting_a_week_for():
    ana = replace(ANA, busy=[(at("2026-12-01T10:00Z"), at("2026-12-01T11:00Z"))])
    days = {to_wall(suggestion.start, LONDON).day for suggestion in ask(ana)}
    assert days == {23, 24, 25}


def test_a_block_of_three_hours_keeps_two_in_one_piece():
    # Bo can from 14:00 London time; the soonest on Tuesday would leave Ana an hour and an hour and a half.
    rule = parse_rule(
        {
            "tzid": LONDON,
            "weekly_periods": [
                {"day": "monday", "start_time": "14:00", "end_time": "14:30"},
                {"day": "tuesday", "start_time": "13:00", "end_time": "16:00"},
            ],
        }
    )
    found = ask(Person("ana", rule), BO, period=(WEEKS[0], WEEKS[0] + 3 * DAY))
    assert local(found) == [("Mon 14:00", "soonest"), ("Tue 15:00", "keeps_a_long_block")]


def test_a_free_stretch_is_not_broken_in_the_middle():
    # Three free hours on Monday; the rest of the week is taken.
    taken = busy(("23", "09:00", "13:00"), ("23", "16:00", "17:00"))
    rest = (at("2026-11-24T00:00Z"), at("2026-12-14T00:00Z"))
    ana = replace(ANA, busy=[*taken, rest])
    assert local(ask(ana)) == [("Mon 13:00", "soonest"), ("Mon 15:30", "next_to_other_meetings")]


def test_at_least_two_days_even_if_one_is_far_better():
    ana = replace(ANA, busy=[(at("2026-11-24T00:00Z"), at("2026-12-11T16:30Z"))])
    found = ask(ana)
    assert {local_date(suggestion.start, LONDON).day for suggestion in found} == {23, 11}


def test_days_are_those_of_the_viewer():
    # In Kiritimati, 14 hours ahead, London's afternoon is tomorrow morning.
    choices = [Offer(start, start + 1800) for start in (at("2026-11-23T09:00Z"), at("2026-11-23T11:00Z"))]
    found = suggest(choices, [ANA], NOW, "Pacific/Kiritimati")
    assert {local_date(suggestion.start, "Pacific/Kiritimati").day for suggestion in found} == {23, 24}


def test_neighbours_over_midnight_are_still_two_days():
    choices = [Offer(start, start + 1800) for start in (at("2026-11-23T23:30Z"), at("2026-11-24T00:00Z"))]
    ana = replace(ANA, is_flexible=True)
    assert len(suggest(choices, [ana], NOW, LONDON)) == 2


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_never_more_than_asked_for(limit):
    assert len(ask(ANA, limit=limit)) == limit


def test_nothing_to_choose_from():
    assert suggest([], [ANA], NOW, LONDON) == []


def test_a_grid_of_single_minutes_gives_the_same_suggestions_as_one_of_quarters():
    ana = replace(ANA, busy=busy(("24", "09:00", "13:30"), ("25", "09:00", "15:30")))

    def on_grid_of(minutes: int) -> list[tuple[str, str]]:
        return local(suggest(offers([ana], WEEKS, 1800, minutes * 60, NOW), [ana], NOW, LONDON))

    assert on_grid_of(1) == on_grid_of(15) == on_grid_of(30)


def test_people_far_apart_share_the_early_and_late_hours():
    open_all_day = [
        {"day": day, "start_time": "00:00", "end_time": "24:00"}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ]
    ana = Person("ana", parse_rule({"tzid": LONDON, "weekly_periods": open_all_day}))
    bo = Person("bo", parse_rule({"tzid": "America/Los_Angeles", "weekly_periods": open_all_day}))
    found = ask(ana, bo, period=(WEEKS[0], WEEKS[0] + 2 * DAY))
    fair = [suggestion for suggestion in found if suggestion.reason == "fair_across_zones"]
    assert fair
    for suggestion in fair:
        distances = []
        for tzid in (LONDON, "America/Los_Angeles"):
            wall = to_wall(suggestion.start + 900, tzid)
            hours = abs(wall.hour + wall.minute / 60 - 13)
            distances.append(min(hours, 24 - hours))
        assert abs(distances[0] - distances[1]) <= 2


def test_of_times_outside_ones_hours_those_in_the_night_come_last():
    # Bo's one free hour of a day is at 19:00 London time on Tuesday, and at 03:00 on Wednesday.
    flexible = replace(ANA, is_flexible=True)
    choices = [
        Offer(start, start + 1800, ("ana",)) for start in (at("2026-11-24T03:00Z"), at("2026-11-25T19:00Z"))
    ]
    found = suggest(choices, [flexible, BO], NOW, LONDON, limit=1)
    assert found[0].reason == "soonest"
    both = suggest(
        [Offer(NOW + 3 * HOUR, NOW + 3 * HOUR + 1800), *choices], [flexible, BO], NOW, LONDON, limit=2
    )
    assert local(both)[1][0] == "Wed 19:00"
