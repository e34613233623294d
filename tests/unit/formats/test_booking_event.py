"""Bookings as events: any calendar reads back what we meant, and nothing that others put there is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convene.core.recurrence import own_time
from convene.formats.booking_event import BookedMeeting, Person, apply_booking, booking_event, clean
from convene.formats.icalendar import read_calendar
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.timezone_text import timezone_component

BERLIN = ZoneInfo("Europe/Berlin")
MEETING = BookedMeeting(
    uid="bkg_0123@convene",
    booking_id="bkg_0123",
    revision=1,
    title="Launch chat",
    start=datetime(2026, 11, 24, 14, 30, tzinfo=UTC),
    end=datetime(2026, 11, 24, 15, 0, tzinfo=UTC),
    tzid="America/New_York",
    stamp=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    description="Bring numbers\n\nJoin: https://meet.example/x\n\nMove or cancel: https://convene.example/bookings/bkg_0123",
    join_url="https://meet.example/x",
    manage_url="https://convene.example/bookings/bkg_0123",
)
PEOPLE = {
    "organizer": Person("Bo Lind", "bo@example.org"),
    "attendees": (Person("Ana Ruiz", "ana@example.org", "needs-action"),),
}


def parsed(text: str) -> icalendar.Event:
    """Read with the library, not with our own reader."""
    calendar = icalendar.Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    return event


def test_what_a_calendar_reads() -> None:
    text = booking_event(MEETING)
    event = parsed(text)
    assert event.start == MEETING.start
    assert event.end == MEETING.end
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert str(event["SUMMARY"]) == "Launch chat"
    assert str(event["DESCRIPTION"]) == MEETING.description
    assert str(event["LOCATION"]) == str(event["CONFERENCE"]) == "https://meet.example/x"
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert str(event["URL"]) == MEETING.manage_url
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (
        "bkg_0123@convene",
        0,
        "CONFIRMED",
    )
    assert "ATTENDEE" not in event
    assert "METHOD" not in text


def test_our_own_reader_finds_the_tags() -> None:
    [series] = read_calendar(booking_event(replace(MEETING, revision=7)), BERLIN).series
    assert series.master is not None
    assert (series.master.booking_id, series.master.booking_revision, series.master.sequence) == (
        "bkg_0123",
        7,
        6,
    )
    assert own_time(series.master, BERLIN) == (int(MEETING.start.timestamp()), int(MEETING.end.timestamp()))


def test_lines_are_folded_at_75_octets_and_end_with_crlf() -> None:
    text = booking_event(replace(MEETING, title="Grüße " * 40, **PEOPLE))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    assert str(parsed(text)["SUMMARY"]) == "Grüße " * 40


def test_people_are_told_by_us_and_not_by_the_server() -> None:
    event = parsed(booking_event(replace(MEETING, **PEOPLE), method="REQUEST"))
    assert str(event["ORGANIZER"]) == "mailto:bo@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert {event[name].params["SCHEDULE-AGENT"] for name in ("ORGANIZER", "ATTENDEE")} == {"CLIENT"}


@pytest.mark.parametrize("method", ["PUBLISH", "REQUEST", "CANCEL"])
def test_method(method: str) -> None:
    calendar = icalendar.Calendar.from_ical(booking_event(MEETING, method=method))
    assert str(calendar["METHOD"]) == method


def test_in_utc_without_a_zone() -> None:
    text = booking_event(MEETING, in_utc=True)
    assert "DTSTART:20261124T143000Z" in text
    assert "VTIMEZONE" not in text
    assert "VTIMEZONE" not in booking_event(replace(MEETING, tzid="UTC"))


def test_cancelled() -> None:
    assert str(parsed(booking_event(replace(MEETING, is_cancelled=True)))["STATUS"]) == "CANCELLED"


# Nothing typed becomes a line of its own

NASTY = [
    "a\r\nBEGIN:VEVENT\r\nX:1",
    "a\nATTENDEE:mailto:x@y",
    "\\n\\N\\;\\,\\\\",
    'quote " and ; and : and ,',
    "\x00\x07\x1b",
    "\u2028\u2029\x85",
    "half \ud83d",
    " \n  ",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_breaks_out(text: str) -> None:
    check_round_trip(text)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.text(st.characters(codec="utf-8"), max_size=120))
def test_no_random_text_breaks_out(text: str) -> None:
    check_round_trip(text)


def check_round_trip(text: str) -> None:
    """Every field carries the text, and the event has the same properties as one with harmless texts."""
    person = Person(text, "ana@example.org")
    harmless = Person("Ana", "ana@example.org")
    meeting = replace(
        MEETING, title=text, description=text, booking_id=text, organizer=person, attendees=(person,)
    )
    event = parsed(booking_event(meeting))
    usual = parsed(booking_event(replace(MEETING, organizer=harmless, attendees=(harmless,))))
    carried = clean(text).replace("\\N", "\n")  # which the library takes for an escaped line end
    assert str(event.get("SUMMARY", "")) == carried
    assert str(event.get("DESCRIPTION", "")) == carried
    assert set(usual) - set(event) <= {"SUMMARY", "DESCRIPTION", "X-CONVENE-BOOKING"}
    assert set(event) <= set(usual)
    assert len(event.subcomponents) == 0
    [series] = read_calendar(booking_event(meeting), BERLIN).series
    assert series.uid == MEETING.uid


# Changing what lies in a calendar

MOVED = replace(
    MEETING, revision=2, start=MEETING.start + timedelta(days=1), end=MEETING.end + timedelta(days=1)
)
PERSONAL = """X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Cafe:geo:51.5,-0.1
COLOR:tomato
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Leave now
TRIGGER:-PT45M
X-WR-ALARMUID:9A1
END:VALARM
END:VEVENT""".replace("\n", "\r\n")


def kept(text: str) -> str:
    return text.replace("END:VEVENT", PERSONAL)


def test_moving_keeps_what_others_added() -> None:
    text = apply_booking(kept(booking_event(MEETING)), MOVED)
    assert text is not None
    event = parsed(text)
    assert (event.start, event.end, event["SEQUENCE"]) == (MOVED.start, MOVED.end, 1)
    assert str(event["COLOR"]) == "tomato"
    assert str(event["X-APPLE-STRUCTURED-LOCATION"]) == "geo:51.5,-0.1"
    [alarm] = event.walk("VALARM")
    assert str(alarm["X-WR-ALARMUID"]) == "9A1"
    assert text.count("BEGIN:VTIMEZONE") == 1


def test_applying_twice_changes_nothing() -> None:
    once = apply_booking(kept(booking_event(MEETING)), MOVED)
    assert once is not None
    assert apply_booking(once, MOVED) is None
    assert apply_booking(booking_event(MEETING), MEETING) is None


def test_a_time_that_was_moved_there_is_put_back_with_a_higher_sequence() -> None:
    theirs = booking_event(MOVED).replace("SEQUENCE:1", "SEQUENCE:8")
    text = apply_booking(theirs, replace(MEETING, revision=3))
    assert text is not None
    event = parsed(text)
    assert (event.start, event["SEQUENCE"]) == (MEETING.start, 9)


def test_a_rule_or_duration_added_there_goes_when_the_time_is_written() -> None:
    theirs = booking_event(MEETING).replace("STATUS:", "RRULE:FREQ=DAILY\r\nSTATUS:")
    text = apply_booking(theirs, MEETING)
    assert text is not None
    assert "RRULE:FREQ=DAILY" not in text
    lasting = booking_event(MEETING).replace("DTEND;TZID=America/New_York:20261124T100000", "DURATION:PT3H")
    text = apply_booking(lasting, MEETING)
    assert text is not None
    assert parsed(text).end == MEETING.end
    assert "DURATION" not in text


def test_words_of_the_owner_can_stay() -> None:
    theirs = (
        booking_event(MEETING)
        .replace("SUMMARY:Launch chat", "SUMMARY:Launch!!")
        .replace("LOCATION:https://meet.example/x", "LOCATION:Room 4")
    )
    text = apply_booking(theirs, MOVED, keep_text=True)
    assert text is not None
    assert (str(parsed(text)["SUMMARY"]), str(parsed(text)["LOCATION"])) == ("Launch!!", "Room 4")
    text = apply_booking(theirs, MOVED)
    assert text is not None
    assert (str(parsed(text)["SUMMARY"]), str(parsed(text)["LOCATION"])) == ("Launch chat", "Room 4")


def test_guests_whom_the_owner_added_stay() -> None:
    theirs = booking_event(replace(MEETING, **PEOPLE)).replace(
        "ORGANIZER", "ATTENDEE;CN=Guest:mailto:guest@example.org\r\nORGANIZER", 1
    )
    text = apply_booking(theirs, replace(MOVED, **PEOPLE))
    assert text is not None
    assert {str(attendee) for attendee in parsed(text)["ATTENDEE"]} == {
        "mailto:ana@example.org",
        "mailto:guest@example.org",
    }


def test_cancelling_in_place() -> None:
    text = apply_booking(booking_event(MEETING), replace(MEETING, revision=2, is_cancelled=True))
    assert text is not None
    assert (str(parsed(text)["STATUS"]), parsed(text)["SEQUENCE"]) == ("CANCELLED", 1)


def test_found_by_its_tag_when_the_server_changed_the_uid() -> None:
    renamed = booking_event(MEETING).replace("UID:bkg_0123@convene", "UID:server-made")
    text = apply_booking(renamed, MOVED)
    assert text is not None
    assert str(parsed(text)["UID"]) == "server-made"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (booking_event(replace(MEETING, uid="other", booking_id="bkg_9")), "not_this_event"),
        ("<html></html>", "not_a_calendar"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "not_this_event"),
        (kept(booking_event(MEETING)) + "X" * 1_100_000, "too_complex"),
        (booking_event(MEETING).replace("STATUS:", "BEGIN:A\r\n" * 9 + "STATUS:"), "too_complex"),
    ],
)
def test_what_cannot_be_changed_is_refused(text: str, code: str) -> None:
    with pytest.raises(CalendarRefused) as refusal:
        apply_booking(text, MOVED)
    assert refusal.value.code == code


# Zones written out

WRITTEN_ZONES = [
    "Europe/London",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Santiago",
    "Europe/Dublin",
    "Asia/Gaza",
]


@pytest.mark.parametrize("tzid", WRITTEN_ZONES)
def test_a_written_zone_is_the_real_one(tzid: str) -> None:
    """A program that knows no zone names comes to the same instants for two years."""
    lines = timezone_component(tzid, 2026).to_ical().decode().replace(f"TZID:{tzid}", "TZID:Nameless")
    zone = ZoneInfo(tzid)
    for number in range(0, 2 * 365 * 24, 11):
        local = datetime(2026, 1, 1) + timedelta(hours=number)
        if number % 37 == 0 or local.hour < 4:
            event = f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART;TZID=Nameless:{local:%Y%m%dT%H%M%S}\r\nEND:VEVENT\r\n"
            lines += event
    read = read_calendar(f"BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n", BERLIN)
    assert not read.notices
    for series in read.series:
        assert series.master is not None
        assert own_time(series.master, BERLIN)[0] == int(
            series.master.start.local.replace(tzinfo=zone).timestamp()
        )


def test_yearly_changes_are_written_as_rules() -> None:
    text = timezone_component("Europe/London", 2026).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
    assert "DTSTART:20250330T010000" in text
