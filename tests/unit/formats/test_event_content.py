"""What applications want events to say, as iCalendar: nothing typed adds a line, and what is not ours stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest

from convene.formats.event_content import apply_content, content_text, holds
from convene.formats.icalendar_limits import CalendarRefused
from factories.icalendar_texts import calendar, event, timed

STAMP = datetime(2026, 11, 20, 9, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "summary": "Board",
    "description": "",
    "location": {},
    "url": "",
    "start": "2027-01-12T15:30:00Z",
    "end": "2027-01-12T17:00:00Z",
    "start_tzid": "Europe/London",
    "end_tzid": "Europe/London",
    "transparency": "opaque",
    "event_private": False,
}


def written(**content: Any) -> icalendar.Event:
    text = content_text("u1", {**PLAIN, **content}, STAMP, "ana@example.org")
    [found] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return found


def test_nothing_that_is_typed_adds_a_line() -> None:
    evil = "x\r\nATTENDEE:mailto:evil@example.org\r\nBEGIN:VALARM"
    found = written(
        summary=evil,
        description=evil,
        location={"description": evil},
        attendees=[{"email": "a@b.c", "display_name": evil}],
    )
    assert found["ATTENDEE"] == "mailto:a@b.c"
    assert found.walk("VALARM") == []
    assert str(found["DESCRIPTION"]).startswith("x\nATTENDEE")


def test_whole_days_and_two_zones() -> None:
    day = written(start="2027-01-12", end="2027-01-14")
    assert (day["DTSTART"].dt, day["DTEND"].dt) == (date(2027, 1, 12), date(2027, 1, 14))
    flight = written(start_tzid="Europe/Berlin", end_tzid="America/New_York")
    assert [flight[name].params["TZID"] for name in ("DTSTART", "DTEND")] == [
        "Europe/Berlin",
        "America/New_York",
    ]
    assert flight["DTEND"].dt == datetime(2027, 1, 12, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("description", "place", "told"),
    [
        ("", "", ("", "https://m.example.com/a")),
        ("Hi", "Room", ("Hi\n\nJoin: https://m.example.com/a", "Room")),
        ("At {{ cronofy.conferencing.join_url }}", "Room", ("At https://m.example.com/a", "Room")),
        ("{{cronofy.conferencing.invite_block}}", "Room", ("Join: https://m.example.com/a", "Room")),
    ],
)
def test_the_video_call_is_named_where_people_look(description, place, told) -> None:
    found = written(
        description=description,
        location={"description": place},
        conferencing={"profile_id": "explicit", "join_url": "https://m.example.com/a"},
    )
    assert (str(found.get("DESCRIPTION", "")), str(found["LOCATION"])) == told
    assert str(found["CONFERENCE"]) == "https://m.example.com/a"


def test_writing_the_same_again_changes_nothing() -> None:
    content = {
        **PLAIN,
        "attendees": [{"email": "cy@example.org", "display_name": "Cy"}],
        "reminders": [10],
        "location": {"description": "Room", "lat": "51.5", "long": "-0.1"},
    }
    text = content_text("u1", content, STAMP, "ana@example.org")
    assert apply_content(text, "u1", content, STAMP.replace(hour=12), owner="ana@example.org") is None
    moved = apply_content(
        text, "u1", {**content, "end": "2027-01-12T18:00:00Z"}, STAMP, owner="ana@example.org"
    )
    assert moved is not None
    [found] = icalendar.Calendar.from_ical(moved).walk("VEVENT")
    assert (found["SEQUENCE"], len(found.walk("VALARM"))) == (1, 1)


def test_only_what_is_named_changes_and_answers_stay() -> None:
    raw = calendar(
        event(
            *timed("20261201T090000", "20261201T100000"),
            "LOCATION:Bistro",
            "COLOR:teal",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:cy@example.org",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:di@example.org",
        )
    )
    changes = {
        "summary": "New",
        "attendees": [{"email": "CY@example.org"}, {"email": "ed@example.org"}],
        "removed_attendees": ["di@example.org"],
        "reminders": [5],
        "reminders_create_only": True,
    }
    changed = apply_content(raw, "one@test", changes, STAMP)
    assert changed is not None
    [found] = icalendar.Calendar.from_ical(changed).walk("VEVENT")
    assert (str(found["SUMMARY"]), str(found["LOCATION"]), str(found["COLOR"])) == ("New", "Bistro", "teal")
    assert [(str(item), item.params["PARTSTAT"]) for item in found["ATTENDEE"]] == [
        ("mailto:cy@example.org", "ACCEPTED"),
        ("mailto:ed@example.org", "NEEDS-ACTION"),
    ]
    assert found.walk("VALARM") == []


def test_an_answer_is_given_for_the_owner_alone() -> None:
    people = "ATTENDEE;RSVP=TRUE:mailto:Ana@example.org", "ATTENDEE:mailto:bo@example.org"
    raw = calendar(event(*timed("20261201T090000", "20261201T100000"), *people))
    content = {"participation": "tentative"}
    changed = apply_content(raw, "one@test", content, STAMP, own_addresses=["mailto:ana@example.org"])
    assert changed is not None
    [found] = icalendar.Calendar.from_ical(changed).walk("VEVENT")
    assert [item.params.get("PARTSTAT") for item in found["ATTENDEE"]] == ["TENTATIVE", None]
    assert apply_content(changed, "one@test", content, STAMP, own_addresses=["ana@example.org"]) is None


def test_another_event_is_not_touched() -> None:
    raw = calendar(event(*timed("20261201T090000", "20261201T100000"), uid="else"))
    assert not holds(raw, "u1")
    assert holds(raw, "else")
    assert not holds("nothing", "u1")
    with pytest.raises(CalendarRefused):
        apply_content(raw, "u1", PLAIN, STAMP)
