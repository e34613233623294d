"""Offers and reasons on examples: who is bound to what, and what a refused time is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from convene.core.availability_rules import AvailabilityRule, WeeklyPeriod, default_rule
from convene.core.slots import Blocker, Offer, Person, explain, last_bookable, nearest, next_free, offers

HALF_HOUR = 1800
HOUR = 3600
DAY = 86_400


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


# A Monday.
NOW = at("2026-11-23T08:00Z")
TODAY = (at("2026-11-23T00:00Z"), at("2026-11-24T00:00Z"))
ANA = replace(default_rule("Europe/London"), minimum_notice_minutes=0)
BO = replace(default_rule("America/New_York"), minimum_notice_minutes=0)


def starts(found: list[Offer]) -> list[float]:
    """Hours after midnight UTC."""
    return [(offer.start - TODAY[0]) / HOUR for offer in found]


def test_bound_people_meet_where_their_hours_overlap():
    found = offers([Person("ana", ANA), Person("bo", BO)], TODAY, HOUR, HOUR, NOW)
    assert starts(found) == [14, 15, 16]
    assert found[0] == Offer(at("2026-11-23T14:00Z"), at("2026-11-23T15:00Z"), ())


def test_whoever_books_agrees_to_early_hours_and_is_told_of_them():
    found = offers([Person("ana", ANA), Person("bo", BO, is_flexible=True)], TODAY, HOUR, HOUR, NOW)
    assert starts(found) == [9, 10, 11, 12, 13, 14, 15, 16]
    assert [offer.outside_hours for offer in found] == [("bo",)] * 5 + [()] * 3


def test_flexible_people_are_bound_by_their_calendar_their_buffers_and_the_present():
    rule = replace(BO, minimum_notice_minutes=10_000, horizon_days=1, daily_limit=1, buffer_after_minutes=30)
    bo = Person("bo", rule, [(TODAY[0] + 10 * HOUR, TODAY[0] + 11 * HOUR)], True, [TODAY[0]])
    assert starts(offers([bo], TODAY, HOUR, HOUR, NOW)) == [8, *range(11, 24)]
    assert explain([bo], TODAY[0] + 9 * HOUR, HOUR, NOW) == [
        Blocker("bo", "buffer", TODAY[0] + 10 * HOUR, TODAY[0] + 11 * HOUR)
    ]


def test_the_grid_begins_with_the_period():
    period = (at("2026-11-23T09:10Z"), at("2026-11-23T10:40Z"))
    assert [
        offer.start - period[0] for offer in offers([Person("ana", ANA)], period, HALF_HOUR, 900, NOW)
    ] == [
        0,
        900,
        1800,
        2700,
        3600,
    ]


def test_a_start_now_is_offered_and_one_a_second_ago_is_past():
    ana = Person("ana", ANA)
    now = at("2026-11-23T10:00Z")
    assert starts(offers([ana], TODAY, HOUR, HOUR, now))[0] == 10
    assert starts(offers([ana], TODAY, HOUR, HOUR, now + 1))[0] == 11
    assert explain([ana], now - 1, HOUR, now) == [Blocker("ana", "past", None, now)]


def test_every_reason_has_its_name_and_its_bounds():
    rule = replace(
        ANA,
        minimum_notice_minutes=120,
        horizon_days=1,
        daily_limit=2,
        buffer_before_minutes=15,
    )
    meetings = [(TODAY[0] + hour * HOUR, TODAY[0] + hour * HOUR + HOUR) for hour in (11, 14)]
    ana = Person("ana", rule, meetings)
    full = replace(ana, busy=(), meeting_starts=[start for start, _ in meetings])

    def reasons(person: Person, hour: float) -> list[Blocker]:
        return explain([person], TODAY[0] + int(hour * HOUR), HOUR, NOW)

    assert reasons(ana, 13) == []
    assert reasons(ana, 9) == [Blocker("ana", "minimum_notice", None, NOW + 2 * HOUR)]
    assert reasons(ana, 10.5) == [Blocker("ana", "busy", *meetings[0])]
    assert reasons(ana, 12) == [Blocker("ana", "buffer", *meetings[0])]
    assert reasons(ana, 16.5) == [Blocker("ana", "outside_hours")]
    assert reasons(full, 12) == [Blocker("ana", "daily_limit", *TODAY)]
    assert reasons(full, 24 + 12) == []
    assert reasons(ana, 48 + 12) == [Blocker("ana", "horizon", TODAY[0] + 2 * DAY, None)]
    assert [blocker.reason for blocker in reasons(full, 8)] == [
        "minimum_notice",
        "outside_hours",
        "daily_limit",
    ]


def test_reasons_come_for_everybody_in_order():
    busy = [(TODAY[0] + 10 * HOUR, TODAY[0] + 11 * HOUR)]
    found = explain([Person("ana", ANA, busy), Person("bo", BO, busy)], busy[0][0], HOUR, NOW)
    assert [(blocker.sub, blocker.reason) for blocker in found] == [
        ("ana", "busy"),
        ("bo", "outside_hours"),
        ("bo", "busy"),
    ]


def test_the_daily_limit_counts_local_days():
    # 23 November in Auckland is 22 November 11:00 to 23 November 11:00 in UTC.
    rule = AvailabilityRule(
        "Pacific/Auckland",
        tuple(WeeklyPeriod(day, "00:00", "24:00") for day in ("sunday", "monday", "tuesday")),
        minimum_notice_minutes=0,
        daily_limit=1,
    )
    kiri = Person("kiri", rule, meeting_starts=[at("2026-11-22T23:00Z")])
    found = offers([kiri], TODAY, HOUR, HOUR, TODAY[0])
    assert starts(found) == list(range(11, 24))


def test_nearest_are_the_closest_and_the_earlier_of_two():
    listed = [Offer(start, start + 1) for start in (0, 10, 20, 30)]
    assert [offer.start for offer in nearest(listed, 15)] == [10, 20, 0]
    assert nearest([], 15) == []


def test_the_next_free_start_is_found_far_away_and_not_invented():
    ana = Person("ana", replace(ANA, horizon_days=365), [(TODAY[0], TODAY[0] + 100 * DAY)])
    period = (TODAY[0], TODAY[0] + 200 * DAY)
    assert next_free([ana], period, HOUR, 900, NOW) == at("2027-03-03T09:00Z")
    assert next_free([ana], (TODAY[0], TODAY[0] + 100 * DAY), HOUR, 900, NOW) is None
    assert next_free([ana], (TODAY[0], TODAY[0]), HOUR, 900, NOW) is None


def test_the_nearest_horizon_ends_the_search():
    people = [
        Person("ana", replace(ANA, horizon_days=10)),
        Person("bo", replace(BO, horizon_days=3)),
        Person("cy", replace(ANA, horizon_days=1), is_flexible=True),
    ]
    assert last_bookable(people, NOW) == at("2026-11-27T05:00Z")
    assert last_bookable(people[2:], NOW) is None


def test_the_horizon_ends_at_midnight_sharp():
    periods = tuple(WeeklyPeriod(day, "00:00", "24:00") for day in ("monday", "tuesday", "wednesday"))
    ana = Person("ana", AvailabilityRule("Europe/London", periods, minimum_notice_minutes=0, horizon_days=1))
    end = TODAY[0] + 2 * DAY
    assert offers([ana], (TODAY[0], end + DAY), HOUR, 900, NOW)[-1].start == end - 900
    assert explain([ana], end - 1, HOUR, NOW) == []
    assert explain([ana], end, HOUR, NOW) == [Blocker("ana", "horizon", end, None)]


def test_offers_and_reasons_agree_where_midnight_comes_twice():
    # In Newfoundland, on 7 November 2010 at 00:01, it became 23:01 of the day before.
    periods = tuple(WeeklyPeriod(day, "00:00", "24:00") for day in ("saturday", "sunday"))
    rule = AvailabilityRule("America/St_Johns", periods, minimum_notice_minutes=0, daily_limit=1)
    period = (at("2010-11-07T00:00Z"), at("2010-11-07T06:00Z"))
    for meeting in ("2010-11-07T18:00Z", "2010-11-06T18:00Z"):
        people = [Person("joe", rule, meeting_starts=[at(meeting)])]
        found = offers(people, period, 60, 60, period[0])
        assert 0 < len(found) < 360
        assert [offer.start for offer in found] == [
            start for start in range(*period, 60) if not explain(people, start, 60, period[0])
        ]


def test_nobody_and_no_time_are_mistakes_of_the_caller():
    with pytest.raises(ValueError, match="somebody"):
        offers([], TODAY, HOUR, HOUR, NOW)
    with pytest.raises(ValueError, match="duration"):
        explain([Person("ana", ANA)], NOW, 0, NOW)
