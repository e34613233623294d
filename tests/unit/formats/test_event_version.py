"""Reading back what a calendar holds of a booking's event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from convene.formats.event_version import plain_text, read_held
from convene.formats.icalendar_limits import CalendarRefused

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


def held(*lines: str, addresses: tuple[str, ...] = ()):
    body = "\r\n".join(("BEGIN:VEVENT", "UID:one@convene", *lines, "END:VEVENT"))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}\r\nEND:VCALENDAR\r\n"
    return read_held(text, "one@convene", "bkg_one", addresses)


def test_a_timed_event():
    found = held(
        "DTSTART:20261201T143000Z",
        "DURATION:PT45M",
        "SUMMARY:Launch\\, chat",
        "LOCATION: Kitchen",
        "DESCRIPTION:One\\nTwo",
    )
    assert (found.start, found.end) == (START, START.replace(hour=15, minute=15))
    assert (found.title, found.location, found.description) == ("Launch, chat", "Kitchen", "One\nTwo")
    assert found.answer == ""


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"),
        ("DTSTART:20261201T143000", "DTEND:20261201T150000"),
        ("DTSTART:20261201T143000Z", "DTEND:20261201T150000Z", "RRULE:FREQ=DAILY"),
        ("DTSTART:20261201T143000Z",),
        ("SUMMARY:no time at all",),
    ],
)
def test_what_is_no_single_time(lines: tuple[str, ...]):
    found = held(*lines)
    assert (found.start, found.end) == (None, None)


def test_its_owners_answer():
    found = held(
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@example.com",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:Ana@Example.com",
        addresses=("mailto:ana@example.com",),
    )
    assert found.answer == "declined"
    assert held("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:a@b.c", addresses=("mailto:a@b.c",)).answer == ""


def test_another_event_is_none_of_ours():
    with pytest.raises(CalendarRefused):
        read_held("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n", "one", "bkg", ())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("One<br>Two", "One\nTwo"),
        ('<p>See <a href="https://x.test/?a=1&amp;b">this</a></p>', "See this\n"),
        ("AT&amp;T", "AT&amp;T"),
        ("AT&amp;T<br/>", "AT&T\n"),
    ],
)
def test_markup_of_calendars_own_editors(text: str, plain: str):
    assert plain_text(text) == plain
