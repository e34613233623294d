"""Availability queries answer what looking at every member minute by minute answers, in every format."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.availability_periods import find_periods
from convene.core.availability_query import (
    Constraint,
    ExcludedEvent,
    GroupSpec,
    MemberSpec,
    Query,
    find,
    participants_at,
)
from convene.core.availability_reasons import blockers_at, member_statuses
from convene.core.availability_rules import DAY_NAMES, AvailabilityRule, WeeklyPeriod
from convene.core.intervals import clip, contains, union
from convene.core.member_times import (
    KnownCalendar,
    KnownEvent,
    KnownRule,
    MemberFacts,
    member_time,
    reach_of,
)
from properties.query_oracle import Oracle, hours_of
from properties.wall_clock_oracle import zone_changes

HOUR = 3600
# Sundays on which clocks change in New York, London and (by half an hour) on Lord Howe, and a plain Wednesday.
BASES = [
    int(datetime(*day, tzinfo=UTC).timestamp())
    for day in [(2027, 3, 14), (2027, 3, 28), (2027, 4, 3), (2027, 6, 16), (2027, 10, 31)]
]
ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
HOURS = [
    [("09:00", "17:00")],
    [("00:00", "24:00")],
    [("00:30", "02:30"), ("20:00", "24:00")],
    [("08:00", "12:10"), ("12:40", "18:00")],
]
CALENDARS = ["cal_a", "cal_b", "cal_c"]
SPAN = 30 * 60


def at(base):
    """Moments on whole minutes, often on round ones."""
    return st.one_of(st.integers(-40, SPAN), st.integers(-2, SPAN // 30).map(lambda n: n * 30)).map(
        lambda minutes: base + minutes * 60
    )


def intervals(base, most, longest=400):
    return st.lists(
        st.tuples(at(base), st.integers(0, longest)).map(lambda pair: (pair[0], pair[0] + pair[1] * 60)),
        max_size=most,
    )


@st.composite
def rules(draw):
    return AvailabilityRule(
        draw(st.sampled_from(ZONES)),
        tuple(
            WeeklyPeriod(day, start, end) for day in DAY_NAMES for start, end in draw(st.sampled_from(HOURS))
        ),
    )


NAMED = st.sampled_from([None, None, (), ("cal_a",), ("cal_b", "cal_c")])


@st.composite
def known_members(draw, base):
    events = [
        KnownEvent(
            start,
            end,
            calendar_id=draw(st.sampled_from(["", *CALENDARS])),
            kind=draw(st.sampled_from(["busy", "tentative", "unknown"])),
            is_managed=draw(st.booleans()),
            event_id=draw(st.sampled_from(["", "e1", "e2"])),
            event_uid=draw(st.sampled_from(["u1", "u2", "u3"])),
            is_booking=draw(st.booleans()),
        )
        for start, end in draw(intervals(base, 5))
    ]
    return MemberFacts(
        tzid=draw(st.sampled_from(ZONES)),
        calendars=[KnownCalendar(name, draw(st.booleans())) for name in CALENDARS],
        events=events,
        rules=[
            KnownRule(name, draw(rules()), draw(NAMED))
            for name in draw(st.sampled_from([(), ("default",), ("default", "evenings")]))
        ],
        available_periods=union(draw(intervals(base, 2))),
        time_off=union(draw(intervals(base, 1))),
    )


@st.composite
def specs(draw, sub, base):
    buffers = st.sampled_from([None, None, 0, 600, 5400])
    return MemberSpec(
        sub,
        calendar_ids=draw(NAMED),
        available_periods=draw(st.one_of(st.none(), intervals(base, 3).map(union))),
        is_managed=draw(st.booleans()),
        availability_rule_ids=draw(st.sampled_from([None, None, ("default",), ("other",)])),
        only_managed_events=draw(st.sampled_from([False, False, True])),
        ignore_tentative=draw(st.booleans()),
        buffer_before=draw(buffers),
        buffer_after=draw(buffers),
        constraints=draw(
            st.sampled_from(
                [
                    (),
                    (),
                    (Constraint("day", 1),),
                    (Constraint("week", 3, "Asia/Tokyo"), Constraint("day", 2, "UTC")),
                ]
            )
        ),
    )


@st.composite
def questions(draw, formats=("periods", "slots", "overlapping_slots")):
    base = draw(st.sampled_from(BASES))
    facts, groups = {}, []
    for group in range(draw(st.integers(1, 2))):
        members = []
        for number in range(draw(st.integers(1, 3))):
            # The same person may be asked for in several groups.
            sub = f"acc_{draw(st.sampled_from([group * 10 + number, number]))}"
            if sub in [member.sub for member in members]:
                continue
            if sub not in facts:
                facts[sub] = draw(known_members(base))
            members.append(draw(specs(sub, base)))
        groups.append(GroupSpec(tuple(members), draw(st.integers(1, len(members)))))
    is_tested = draw(st.sampled_from([False, False, False, True]))
    asked = Query(
        tuple(groups),
        duration=draw(st.sampled_from([1, 7, 30, 60, 90])) * 60,
        periods=None if is_tested else union(draw(intervals(base, 3, 1500))),
        starts=tuple(draw(st.lists(at(base), min_size=1, max_size=9))) if is_tested else None,
        response_format=draw(st.sampled_from(formats)),
        start_interval=draw(st.sampled_from([None, 5, 7, 15, 25, 60, 90, 120, 1440])),
        buffer_before=draw(st.sampled_from([0, 0, 900])),
        buffer_after=draw(st.sampled_from([0, 0, 1800])),
        max_results=draw(st.sampled_from([512, 512, 3])),
        excluded_events=draw(
            st.sampled_from([(), (), (ExcludedEvent("e1"),), (ExcludedEvent(event_uid="u2"),)])
        ),
    )
    if asked.start_interval is not None:
        asked = Query(
            **{
                **{name: getattr(asked, name) for name in Query.__dataclass_fields__},
                "start_interval": asked.start_interval * 60,
            }
        )
    now = base + draw(st.sampled_from([-48, -48, 3])) * HOUR
    return asked, facts, now, base + draw(st.sampled_from([72, 72, 20])) * HOUR, draw(st.booleans())


def read(asked, facts, is_booking):
    whole = asked.asked
    span = (whole[0][0], whole[-1][1]) if whole else (0, 0)
    return [
        [
            member_time(member, facts[member.sub], asked, span, is_booking=is_booking)
            for member in group.members
        ]
        for group in asked.groups
    ]


def answered(asked, attendees, bounds):
    if asked.response_format == "periods" and asked.starts is None:
        return find_periods(asked, attendees, bounds)
    return find(asked, attendees, bounds)


@settings(max_examples=400)
@given(questions())
def test_every_answer_is_what_looking_minute_by_minute_finds(question):
    asked, facts, now, ahead, is_booking = question
    attendees = read(asked, facts, is_booking)
    bounds = clip(asked.asked, now, ahead)
    oracle = Oracle(asked, facts, now, ahead, is_booking)
    found = answered(asked, attendees, bounds)
    assert [tuple(slot) for slot in found] == oracle.answer()

    length = asked.duration // 60
    suited = {}
    for group, minutes in zip(asked.groups, oracle.free, strict=True):
        for member, free in zip(group.members, minutes, strict=True):
            tried = {start // 60 for start in asked.starts} if asked.starts is not None else free
            is_suited = any(set(range(start, start + length)) <= free for start in tried)
            suited[member.sub] = suited.get(member.sub, True) and is_suited
    statuses = member_statuses(asked, attendees, bounds)
    assert {status.sub: status.status == "available" for status in statuses} == suited
    assert all((status.status == "available") == (status.reason is None) for status in statuses)


@settings(max_examples=200)
@given(questions(("overlapping_slots",)), st.lists(st.integers(-60, SPAN), max_size=30))
def test_a_start_is_judged_alone_as_it_is_in_a_list(question, offsets):
    asked, facts, now, ahead, is_booking = question
    attendees = read(asked, facts, is_booking)
    bounds = clip(asked.asked, now, ahead)
    oracle = Oracle(asked, facts, now, ahead, is_booking)
    permitted = oracle.permitted()
    first = asked.asked[0][0] if asked.asked else BASES[0]
    for start in [slot.start for slot in find(asked, attendees, bounds)] + [
        first + offset * 60 for offset in offsets
    ]:
        who = participants_at(asked.groups, attendees, bounds, start, asked.duration)
        assert who == permitted.get(start // 60)
        end = start + asked.duration
        if contains(bounds, start, end):
            # Somebody is there or has something against it.
            kept_away = {blocker.sub for blocker in blockers_at(attendees, bounds, start, asked.duration)}
            able = {
                member.sub
                for group, minutes in zip(asked.groups, oracle.free, strict=True)
                for member, free in zip(group.members, minutes, strict=True)
                if set(range(start // 60, end // 60)) <= free
            }
            assert kept_away | able == set(facts)


@settings(max_examples=150)
@given(questions(("periods",)))
def test_every_start_inside_a_period_can_be_booked_and_no_other(question):
    asked, facts, now, ahead, is_booking = question
    if asked.starts is not None or asked.max_results < 512:
        return
    attendees = read(asked, facts, is_booking)
    bounds = clip(asked.asked, now, ahead)
    permitted = Oracle(asked, facts, now, ahead, is_booking).permitted()
    found = find_periods(asked, attendees, bounds)
    time = union((start, end) for start, end, _ in found)
    assert all(contains(time, start * 60, start * 60 + asked.duration) for start in permitted)
    for start, end, who in found:
        assert end - start >= asked.duration
        for minute in range(start // 60, (end - asked.duration) // 60 + 1):
            assert set(who) <= set(permitted[minute])


CHANGING = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Nuuk",
    "Africa/Cairo",
    "Asia/Jerusalem",
    "Pacific/Chatham",
]


@pytest.mark.parametrize("tzid", CHANGING)
def test_rule_hours_keep_to_the_wall_through_every_change_of_the_clocks(tzid):
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2025, 2041))
    rule = AvailabilityRule(
        tzid,
        tuple(
            WeeklyPeriod(day, *hours)
            for day in DAY_NAMES
            for hours in (("00:15", "03:30"), ("09:00", "12:30"), ("22:00", "24:00"))
        ),
    )
    asked_of = MemberSpec("acc_a", is_managed=True)
    facts = MemberFacts(tzid, rules=[KnownRule("default", rule)])
    changes = zone_changes(tzid, begin, end)
    assert len(changes) >= 30
    for instant, _, _ in changes:
        middle = instant // HOUR * HOUR
        period = middle - 36 * HOUR, middle + 36 * HOUR
        asked = Query((GroupSpec((asked_of,), 1),), 1800, (period,))
        attendees = read(asked, {"acc_a": facts}, is_booking=False)
        minutes = hours_of(rule, period[0] // 60, period[1] // 60)
        expected = union((minute * 60, minute * 60 + 60) for minute in minutes)
        found = find_periods(asked, attendees, asked.asked)
        assert tuple((slot.start, slot.end) for slot in found) == tuple(
            pair for pair in expected if pair[1] - pair[0] >= 1800
        )


def test_what_is_read_reaches_as_far_as_buffers_and_counted_weeks():
    plain = MemberSpec("acc_a", buffer_after=7200)
    asked = Query((GroupSpec((plain,), 1),), 1800, ((0, HOUR),), buffer_before=600)
    assert reach_of(asked) == (600, 7200)
    counted = MemberSpec("acc_b", constraints=(Constraint("week", 1),))
    asked = Query((GroupSpec((plain, counted), 1),), 1800, ((0, HOUR),))
    assert all(reach >= 7 * 24 * HOUR for reach in reach_of(asked))
