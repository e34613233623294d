"""Queries that are read the quick way are read as the generous way reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convene.api.v1.availability import EXAMPLE
from convene.api.v1.availability_bodies import AvailabilityBody, query_of
from convene.api.v1.availability_plain import plain_query
from convene.edge.loose_bodies import json_members, parse

TIMES = st.sampled_from(
    [
        "2027-01-12T09:00:00Z",
        "2027-01-12T18:00:00.25Z",
        "2027-01-12T18:00:00+02:00",
        "2027-01-12T18:00:00",
        "2027-01-12",
        "1969-01-12T18:00:00Z",
        "soon",
        "",
        None,
        5,
        {"time": "2027-01-12T10:00:00Z"},
    ]
)
NUMBERS = st.one_of(
    st.integers(-2, 60), st.sampled_from([1.0, 1.5, True, None, "30", "x", 10**30, 527_041, [], {}])
)
DURATIONS = st.one_of(
    st.fixed_dictionaries({"minutes": NUMBERS}),
    st.fixed_dictionaries({}, optional={"minutes": NUMBERS, "hours": NUMBERS, "minimum": NUMBERS}),
    NUMBERS,
)
MEMBERS = st.fixed_dictionaries(
    {"sub": st.sampled_from(["acc_a", "acc_b", "", "a\x00", "ä", "\ud800", "a\n", None, 5])},
    optional={
        "managed_availability": st.sampled_from([True, False, None, "true", "True", 1, "x"]),
        "calendar_ids": st.sampled_from([[], ["c"], None]),
        "ignore_tentative": st.booleans(),
        "unheard": st.just(1),
    },
)
REQUIRED = st.one_of(st.sampled_from(["all", "2", "any", None, True]), st.integers(-1, 3))
BODIES = st.fixed_dictionaries(
    {
        "participants": st.lists(
            st.fixed_dictionaries(
                {"members": st.lists(MEMBERS, max_size=3)}, optional={"required": REQUIRED}
            ),
            max_size=2,
        ),
        "required_duration": DURATIONS,
        "query_periods": st.lists(
            st.fixed_dictionaries({"start": TIMES, "end": TIMES}, optional={"unheard": TIMES}), max_size=3
        ),
    },
    optional={
        "start_interval": DURATIONS,
        "buffer": st.fixed_dictionaries({}, optional={"before": DURATIONS, "after": DURATIONS}),
        "response_format": st.sampled_from(["periods", "slots", "overlapping_slots", "x", None]),
        "max_results": NUMBERS,
        "include_member_statuses": st.booleans(),
        "available_periods": st.just([]),
    },
)
GOOD: dict[str, Any] = {
    "participants": [
        {"members": [{"sub": "acc_a", "managed_availability": True}, {"sub": "ä"}], "required": 1},
        {"members": [{"sub": "acc_b"}]},
    ],
    "required_duration": {"minutes": 30},
    "start_interval": {"minutes": 15},
    "query_periods": [{"start": "2027-01-12T09:00:00.5Z", "end": "2027-01-12T18:00:00+02:00"}],
    "buffer": {"before": {"minutes": 5}},
    "response_format": "slots",
    "max_results": 10,
}


def generous(raw: bytes):
    return query_of(parse(AvailabilityBody, json_members(raw)))


@pytest.mark.parametrize("body", [EXAMPLE, GOOD])
def test_what_most_programs_send_is_plain(body):
    raw = json.dumps(body).encode()
    assert plain_query(raw) == generous(raw)


@given(BODIES)
@example({**GOOD, "start_interval": {"minutes": 1.0}})
def test_whatever_is_plain_is_read_as_ever(body):
    raw = json.dumps(body).encode()
    found = plain_query(raw)
    if found is not None:
        assert found == generous(raw)


@given(
    st.sampled_from(["required_duration", "start_interval", "max_results", "buffer", "participants"]),
    DURATIONS,
)
def test_one_strange_field_is_no_reason_to_guess(field, value):
    raw = json.dumps({**GOOD, field: value}).encode()
    found = plain_query(raw)
    if found is not None:
        assert found == generous(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"participants": 1}',
        "\ufeff{}".encode(),
        json.dumps(GOOD).encode("utf-16"),
    ],
)
def test_what_is_no_query_is_not_plain(raw):
    assert plain_query(raw) is None


def test_names_that_come_twice_count_the_last_time():
    raw = json.dumps(GOOD).replace('"max_results": 10', '"max_results": 10, "max_results": 3').encode()
    found = plain_query(raw)
    assert found is not None
    assert found.max_results == 3
    assert found == generous(raw)
