"""What a booking page stores, what its address is called, and which answers it takes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.core.booking_pages import Host, check_hosts, checked_slug, definition_of, request_of, slug_of
from convene.core.booking_questions import Question, answers_of, checked_questions, questions_of, unanswered
from convene.core.errors import Invalid
from convene.core.scheduling_links import from_json, kept_to, to_json

LEAST = {"name": "Intro call", "tzid": "Europe/London"}
TWO = [Host("acc_a", 2, 5), Host("acc_b")]


@given(st.text(max_size=120))
def test_every_name_makes_a_slug(name: str):
    assert checked_slug(slug_of(name)) == slug_of(name)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Intro call", "intro-call"),
        ("Café & Crème!", "cafe-creme"),
        ("面会", "meeting"),
        ("x" * 99, "x" * 60),
    ],
)
def test_slugs_can_be_read(name: str, slug: str):
    assert slug_of(name) == slug


@pytest.mark.parametrize("slug", ["", "-a", "a-", "a--b", "A", "ä", "a/b", "a" * 61])
def test_what_could_not_stand_in_an_address_is_no_slug(slug: str):
    with pytest.raises(Invalid):
        checked_slug(slug)


def test_a_page_and_its_request_are_stored_as_they_are():
    page = definition_of(
        {**LEAST, "mode": "quorum", "quorum": 1, "questions": [{"label": "Why?"}], "conferencing": False}
    )
    assert definition_of(json.loads(json.dumps(page.to_json()))) == page
    request = request_of(page, TWO)
    assert from_json(json.loads(json.dumps(to_json(request)))) == request


@pytest.mark.parametrize(
    ("mode", "required"), [("collective", 2), ("round_robin", 1), ("quorum", 1), ("one_on_one", 2)]
)
def test_a_mode_says_how_many_of_the_hosts_come(mode: str, required: int):
    page = definition_of({**LEAST, "mode": mode, "quorum": 1})
    assert request_of(page, TWO).steps[0].query.groups[0].required == required


def test_a_meeting_is_moved_with_its_host_who_has_left_the_page():
    request = request_of(definition_of({**LEAST, "mode": "round_robin"}), TWO)
    kept = kept_to(request, {"": ["acc_gone"]})
    assert [
        (group.required, [member.sub for member in group.members]) for group in kept.steps[0].query.groups
    ] == [(1, ["acc_gone"])]


@pytest.mark.parametrize(
    ("mode", "hosts"),
    [
        ("one_on_one", TWO),
        ("collective", []),
        ("collective", [Host("acc_a"), Host("acc_a")]),
        ("round_robin", [Host("acc_a", 11)]),
        ("quorum", TWO),
    ],
)
def test_hosts_must_be_able_to_hold_the_meetings(mode: str, hosts: list[Host]):
    with pytest.raises(Invalid):
        check_hosts(definition_of({**LEAST, "mode": mode}), hosts)


def test_answers_are_kept_with_their_questions():
    asked = checked_questions(
        [
            {"label": "Company", "is_required": True},
            {"label": "Topic", "kind": "choice", "choices": ["Sales", "Support"]},
            {"label": "Agreed", "kind": "yes_no"},
        ]
    )
    assert questions_of([question.to_json() for question in asked]) == asked
    assert unanswered(asked, [" ", "Other", ""]) == [0, 1]
    assert unanswered(asked, ["Globex", "", ""]) == []
    assert answers_of(asked, ["Globex ", "", "anything"]) == [
        {"label": "Company", "answer": "Globex"},
        {"label": "Agreed", "answer": "yes"},
    ]


@pytest.mark.parametrize(
    "given_",
    [
        [{"label": " "}],
        [{"label": "A", "kind": "choice", "choices": ["one", "one"]}],
        [{"label": "A", "choices": ["one", "two"]}],
        [{"label": "A"}, {"label": "A"}],
        [{"label": str(number)} for number in range(11)],
    ],
)
def test_questions_that_cannot_be_asked_are_refused(given_: list[dict[str, object]]):
    with pytest.raises(Invalid):
        checked_questions(given_)


def test_a_question_without_choices_is_a_line():
    assert checked_questions([{"label": "Why?"}]) == (Question("Why?"),)
