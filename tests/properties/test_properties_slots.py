"""What is offered can be booked, what is not offered has a reason, and both follow the rules word for word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.availability_rules import DAY_NAMES, AvailabilityRule, TimeOff, Travel, WeeklyPeriod
from convene.core.instants import zone
from convene.core.slots import Person, explain, last_bookable, nearest, next_free, offers
from properties.wall_clock_oracle import absences, regular_minutes

# The night before New York's clocks go forward, two weeks before Europe's.
NOON = int(datetime(2027, 3, 13, 12, tzinfo=UTC).timestamp())
HOURS = [
    [("09:00", "17:00")],
    [("00:00", "24:00")],
    [("09:00", "12:00"), ("12:00", "13:30"), ("20:00", "24:00")],
    [("00:00", "03:15"), ("22:00", "24:00")],
]
ZONES = ["America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Chatham"]
ABSENCES = [
    (),
    (),
    (TimeOff(date(2027, 3, 14), date(2027, 3, 15)),),
    (TimeOff(NOON + 5 * 3600 + 17, NOON + 9 * 3600), TimeOff(date(2027, 3, 16), date(2027, 4, 1))),
]
JOURNEYS = [
    (),
    (),
    (Travel(date(2027, 3, 14), date(2027, 3, 15), "Asia/Tokyo"),),
    (
        Travel(date(2027, 3, 12), date(2027, 3, 14), "Pacific/Kiritimati"),
        Travel(date(2027, 3, 14), date(2027, 3, 20), "Pacific/Pago_Pago"),
    ),
]
SECONDS = st.integers(-30 * 3600, 60 * 3600)


@st.composite
def person_lists(draw):
    people = []
    for number in range(draw(st.integers(1, 4))):
        rule = AvailabilityRule(
            draw(st.sampled_from(ZONES)),
            tuple(
                WeeklyPeriod(day, start, end)
                for day in DAY_NAMES
                for start, end in draw(st.sampled_from(HOURS))
            ),
            (),
            buffer_before_minutes=draw(st.sampled_from([0, 10, 90])),
            buffer_after_minutes=draw(st.sampled_from([0, 5, 60])),
            minimum_notice_minutes=draw(st.sampled_from([0, 60, 1440])),
            horizon_days=draw(st.sampled_from([1, 2, 60])),
            daily_limit=draw(st.sampled_from([None, 1, 2])),
            weekly_limit=draw(st.sampled_from([None, None, 1, 3])),
            time_off=draw(st.sampled_from(ABSENCES)),
            travel=draw(st.sampled_from(JOURNEYS)),
        )
        busy = draw(st.lists(st.tuples(SECONDS, st.integers(0, 9_000)), max_size=5))
        meetings = draw(st.lists(SECONDS, max_size=4))
        people.append(
            Person(
                f"acc_{number}",
                rule,
                [(NOON + start, NOON + start + length) for start, length in busy],
                is_flexible=draw(st.booleans()),
                meeting_starts=[NOON + start for start in meetings],
            )
        )
    return people


@cache
def regular_minutes_at_work(rule: AvailabilityRule) -> set[int]:
    return regular_minutes(rule, NOON - 3 * 86_400, NOON + 5 * 86_400)


def hours_only(rule: AvailabilityRule) -> AvailabilityRule:
    """What hours depend on, so that the scans of one rule serve many examples."""
    return AvailabilityRule(rule.tzid, rule.weekly_periods, time_off=rule.time_off, travel=rule.travel)


def is_off(person: Person, start: int, end: int) -> bool:
    return any(begins < end and start < ends for begins, ends in absences(person.rule))


def is_at_work(person: Person, start: int, end: int) -> bool:
    # Time off may begin at any second, the rest at whole minutes.
    return has_hours(person, start, end) and not is_off(person, start, end)


def has_hours(person: Person, start: int, end: int) -> bool:
    minutes = regular_minutes_at_work(hours_only(person.rule))
    return all(minute in minutes for minute in range(start // 60, (end - 1) // 60 + 1))


def may_book(person: Person, start: int, end: int, now: int) -> bool:
    """The promises of a person, one after the other, by the clock on the wall."""
    rule = person.rule
    for begins, ends in person.busy:
        if (
            begins < ends
            and begins < end + rule.buffer_after_minutes * 60
            and ends > start - rule.buffer_before_minutes * 60
        ):
            return False
    if start < now:
        return False
    if person.is_flexible:
        return True

    def local(instant):
        return datetime.fromtimestamp(instant, zone(rule.tzid)).date()

    def monday(instant):
        return local(instant) - timedelta(days=local(instant).weekday())

    same_week = sum(monday(meeting) == monday(start) for meeting in person.meeting_starts)
    same_day = sum(local(meeting) == local(start) for meeting in person.meeting_starts)
    return (
        is_at_work(person, start, end)
        and start >= now + rule.minimum_notice_minutes * 60
        and local(start) <= local(now) + timedelta(days=rule.horizon_days)
        and (rule.daily_limit is None or same_day < rule.daily_limit)
        and (rule.weekly_limit is None or same_week < rule.weekly_limit)
    )


@settings(max_examples=250)
@given(
    person_lists(),
    st.integers(-20 * 3600, 20 * 3600),
    st.integers(0, 40 * 3600),
    st.sampled_from([300, 1800, 3600, 5 * 3600]),
    st.sampled_from([300, 900, 1800, 4000]),
    st.integers(-3 * 3600, 3 * 3600),
)
def test_offers_are_the_starts_that_keep_every_promise(people, skip, length, duration, interval, age):
    period, now = (NOON + skip, NOON + skip + length), NOON + age
    found = offers(people, period, duration, interval, now)
    asked = range(period[0], period[1] - duration + 1, interval)

    expected = [
        start for start in asked if all(may_book(person, start, start + duration, now) for person in people)
    ]
    assert [offer.start for offer in found] == expected
    assert all(offer.end - offer.start == duration for offer in found)
    for offer in found:
        assert offer.outside_hours == tuple(
            person.sub
            for person in people
            if person.is_flexible and not is_at_work(person, offer.start, offer.end)
        )

    bookable = [start for start in asked if not explain(people, start, duration, now)]
    assert bookable == expected
    assert next_free(people, period, duration, interval, now) == next(iter(expected), None)
    end = last_bookable(people, now)
    assert end is None or all(start < end for start in expected)
    assert (
        nearest(found, NOON)[:1]
        == sorted(found, key=lambda offer: (abs(offer.start - NOON), offer.start))[:1]
    )


@settings(max_examples=150)
@given(person_lists(), SECONDS, st.sampled_from([60, 1800, 7200]), st.integers(-3600, 3600))
def test_every_reason_is_true_and_ends_when_it_says(people, skip, duration, age):
    start, now = NOON + skip, NOON + age
    by_sub = {person.sub: person for person in people}
    for blocker in explain(people, start, duration, now):
        person = by_sub[blocker.sub]
        if blocker.reason in {"past", "minimum_notice"}:
            assert start < blocker.until
        elif blocker.reason == "horizon":
            assert start >= blocker.since
        elif blocker.reason in {"daily_limit", "weekly_limit"}:
            assert blocker.since <= start < blocker.until
        elif blocker.reason in {"busy", "time_off"}:
            assert blocker.since < start + duration
            assert blocker.until > start
        elif blocker.reason == "buffer":
            assert blocker.until <= start or blocker.since >= start + duration
            assert not any(a < b and a < start + duration and b > start for a, b in person.busy)
        else:
            assert blocker.reason == "outside_hours"
            assert not has_hours(person, start, start + duration)
