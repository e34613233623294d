"""What a link stores, who attends of a group, and when a link is open."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core.availability_query import Constraint, ExcludedEvent, GroupSpec, MemberSpec, Query
from convene.core.colors import contrast, for_dark_pages, is_readable_on_white, parse_hex
from convene.core.local_dates import LANGUAGES, locale_of
from convene.core.scheduling_links import (
    LinkRequest,
    Step,
    Target,
    chosen_members,
    from_json,
    kept_to,
    left_with,
    shown_query,
    state_of,
    to_json,
)
from convene.core.sequences import Gap
from convene.core.zone_choices import present_name, zone_choices, zone_names
from convene.edge.booking_texts import TEXTS

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def group(names: str, required: int) -> GroupSpec:
    return GroupSpec(tuple(MemberSpec(name) for name in names), required)


def request(*groups: GroupSpec) -> LinkRequest:
    member = MemberSpec(
        "x",
        calendar_ids=(),
        available_periods=((1, 2),),
        is_managed=True,
        availability_rule_ids=("default",),
        only_managed_events=True,
        ignore_tentative=True,
        buffer_before=60,
        constraints=(Constraint("week", 3, "Asia/Tokyo"),),
    )
    query = Query(
        groups or (GroupSpec((member,), 1),),
        1800,
        periods=((0, 3600), (7200, 9000)),
        start_interval=900,
        buffer_after=300,
        excluded_events=(ExcludedEvent(event_uid="u"),),
    )
    step = Step(query, {"summary": "Talk"}, "1", 2, Gap(60, None), Gap(0, 600))
    return LinkRequest(
        event={"summary": "Talk", "reminders": [{"minutes": 5}]},
        steps=(step,),
        targets=(Target("x", "cal_x", {"summary": "Other"}),),
        event_creation="single",
        tzid="Europe/London",
        hour_format="h",
        minimum_notice=3600,
        is_confirmed_at_once=True,
        redirect_uri="https://app.example.com/",
        callback_urls={"completed_url": "https://app.example.com/c"},
        redirect_urls={"completed_url": "https://app.example.com/r"},
    )


def test_a_stored_request_comes_back_as_it_was():
    for one in (request(), LinkRequest(event={"summary": "x"}, steps=())):
        assert from_json(json.loads(json.dumps(to_json(one)))) == one


@pytest.mark.parametrize(
    ("groups", "free", "chosen"),
    [
        ([group("ab", 2)], "ab", "ab"),
        ([group("ab", 2)], "a", None),
        ([group("abc", 1)], "cb", "b"),
        ([group("abc", 2)], "cba", "ab"),
        ([group("ab", 2), group("rst", 1)], "abst", "abs"),
        ([group("ab", 1), group("bc", 1)], "bc", "b"),
        ([group("ab", 1), group("bc", 1)], "ac", "ac"),
        ([group("ab", 1)], "", None),
    ],
)
def test_of_each_group_come_as_many_as_it_requires(groups, free, chosen):
    found = chosen_members(groups, tuple(free))
    assert found == (None if chosen is None else tuple(chosen))


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcdef"), min_size=1), st.integers(1, 6)), min_size=1, max_size=3
    ),
    st.sets(st.sampled_from("abcdef")),
)
def test_whoever_is_chosen_is_free_and_enough(drawn, free):
    groups = [group("".join(sorted(names)), min(required, len(names))) for names, required in drawn]
    found = chosen_members(groups, tuple(free))
    counts = [len(free & {member.sub for member in item.members}) for item in groups]
    assert (found is None) == any(count < item.required for count, item in zip(counts, groups, strict=True))
    if found is not None:
        assert set(found) <= free
        assert len(set(found)) == len(found)
        for item in groups:
            assert len(set(found) & {member.sub for member in item.members}) >= item.required


def test_a_moved_meeting_keeps_its_people_and_a_link_those_who_are_left():
    whole = request(group("abc", 2), group("rs", 1))
    kept = kept_to(whole, {"1": ["b", "c", "s"]}).steps[0].query.groups
    assert [("".join(member.sub for member in item.members), item.required) for item in kept] == [
        ("bc", 2),
        ("s", 1),
    ]
    assert left_with(whole, set("abr")) is not None
    assert left_with(whole, set("ar")) is None


def test_a_link_is_open_between_its_beginning_and_its_end():
    hour = timedelta(hours=1)
    assert state_of("open", opens_at=None, expires_at=None, now=NOW) == "open"
    assert state_of("open", opens_at=NOW, expires_at=NOW + hour, now=NOW) == "open"
    assert state_of("open", opens_at=NOW + hour, expires_at=None, now=NOW) == "not_yet_open"
    assert state_of("open", opens_at=None, expires_at=NOW, now=NOW) == "expired"
    assert state_of("completed", opens_at=None, expires_at=NOW, now=NOW) == "completed"
    assert state_of("disabled", opens_at=None, expires_at=NOW, now=NOW) == "disabled"


def test_a_query_for_periods_is_shown_as_starts_every_half_hour():
    asked = request().steps[0].query
    assert shown_query(asked).response_format == "overlapping_slots"
    assert shown_query(asked).start_interval == 900
    assert shown_query(Query(asked.groups, 1800, periods=((0, 1),))).start_interval == 1800


def test_accents_can_be_read_on_light_and_dark_pages():
    assert parse_hex("#ABC") == "#aabbcc"
    assert parse_hex("red") is None
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert not is_readable_on_white("#777777")
    for accent in ("#000000", "#0f6a5d", "#7a1fa2", "#b00020", "#0000ff"):
        assert is_readable_on_white(accent)
        assert contrast(for_dark_pages(accent), "#101615") >= 4.5


def test_every_text_is_there_in_every_language_with_the_same_gaps():
    assert set(TEXTS) == set(LANGUAGES)
    for name, english in TEXTS["en"].items():
        gaps = {field for _, field, _, _ in string.Formatter().parse(english) if field}
        for language in LANGUAGES:
            text = TEXTS[language][name]
            assert text.strip(), (language, name)
            assert {field for _, field, _, _ in string.Formatter().parse(text) if field} == gaps, (
                language,
                name,
            )


@pytest.mark.parametrize(
    ("accepted", "fixed", "hours", "expected"),
    [
        ("", "", "", ("en", "en", False)),
        ("en-US,en;q=0.9", "", "", ("en", "en-us", True)),
        ("en-US,en;q=0.9", "", "H", ("en", "en-us", False)),
        ("ja, de;q=0.3, fr;q=0.8", "", "", ("fr", "fr", False)),
        ("de-AT", "fr", "h", ("fr", "fr", True)),
        ("fr-CA;q=x, nl;q=0", "", "", ("en", "en", False)),
    ],
)
def test_the_language_is_the_best_that_is_spoken(accepted, fixed, hours, expected):
    found = locale_of(accepted, fixed, hours)
    assert (found.language, found.tag, found.is_12_hours) == expected


def test_a_clock_of_twelve_hours_has_no_zero():
    twelve = locale_of("en-US")
    assert [twelve.time(datetime(2026, 1, 1, hour, 5)) for hour in (0, 11, 12, 23)] == [
        "12:05 am",
        "11:05 am",
        "12:05 pm",
        "11:05 pm",
    ]


def test_zones_are_chosen_by_their_present_names():
    assert present_name("Asia/Calcutta") == "Asia/Kolkata"
    assert present_name("Europe/London") == "Europe/London"
    listed = {tzid for _, zones in zone_choices(NOW, "Europe/London") for tzid, _ in zones}
    assert listed == set(zone_names())
    assert dict(zone_choices(NOW, "Asia/Kolkata")[0][1]).keys() <= listed
    assert zone_choices(NOW, "EST5EDT")[0] == ("", (("EST5EDT", "EST5EDT (GMT-5)"),))
