"""What an event says to people: read, bounded, and never the reason why an event is not read."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from convene.formats.event_details import ParsedDetails, ParsedPerson
from convene.formats.icalendar import calendar_times, read_calendar
from convene.formats.icalendar_limits import MAX_ATTENDEES, MAX_DESCRIPTION, MAX_DETAILS, MAX_PERSON
from convene.formats.parser_messages import ParsedOccurrence
from convene.formats.told_occurrences import told_occurrences
from factories.icalendar_texts import calendar, event, timed

BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2027))
NINE = timed("20260105T090000", "20260105T100000")


def told(text: str, *own: str) -> tuple[list[ParsedOccurrence], list[ParsedDetails]]:
    found = read_calendar(text, BERLIN, own)
    return told_occurrences(found, calendar_times(found, WINDOW, BERLIN).occurrences, BERLIN)


def details(*lines: str, own: str = "") -> ParsedDetails:
    _, [found] = told(calendar(event(*NINE, *lines)), own)
    return found


def test_texts_are_cut_and_do_not_make_an_event_unreadable() -> None:
    found = details(
        "DESCRIPTION:" + "x" * 500_000, "LOCATION:" + "y" * 100_000, "X-ALT-DESC:" + "z" * 500_000
    )
    assert (len(found.description), found.location[:2], found.summary) == (
        MAX_DESCRIPTION,
        "yy",
        "Weekly review",
    )


def test_what_is_broken_is_left_out() -> None:
    found = details(
        "GEO:north;south",
        "URL:javascript:alert(1)",
        "CONFERENCE;VALUE=URI:tel:+1234",
        "CONFERENCE;VALUE=URI:https://meet.example.com/x",
        "CREATED:yesterday",
        "ATTENDEE:urn:uuid:1",
        "ORGANIZER:invalid:nomail",
    )
    assert (found.latitude, found.url, found.created, found.attendees, found.organizer) == (
        "",
        "",
        0,
        [],
        None,
    )
    assert found.meeting_url == "https://meet.example.com/x"


def test_people_and_their_answers() -> None:
    found = details(
        'ATTENDEE;CN="Ruiz, Ana";PARTSTAT=ACCEPTED:MAILTO:Ana@Example.org',
        "ATTENDEE;PARTSTAT=DELEGATED:mailto:bo@example.org",
        "ATTENDEE;EMAIL=cy@example.org:urn:uuid:1",
        "ORGANIZER;CN=Di:mailto:di@example.org",
        own="mailto:ana@example.org",
    )
    assert found.attendees == [
        ParsedPerson("ana@example.org", "Ruiz, Ana", "accepted"),
        ParsedPerson("bo@example.org", "", "unknown"),
        ParsedPerson("cy@example.org", "", "needs_action"),
    ]
    assert found.organizer == ParsedPerson("di@example.org", "Di")
    assert found.participation == "accepted"


def test_a_crowd_is_bounded() -> None:
    found = details(*(f"ATTENDEE;CN={'n' * 999}:mailto:p{number}@example.org" for number in range(900)))
    assert len(found.attendees) == MAX_ATTENDEES
    assert len(found.attendees[0].display_name) == MAX_PERSON


def test_all_texts_of_a_resource_together_are_bounded() -> None:
    many = [event(*NINE, "DESCRIPTION:" + "x" * 4_000, uid=f"u{number}") for number in range(500)]
    occurrences, components = told(calendar(*many))
    assert len(occurrences) == len(components) == 500
    assert sum(component.size for component in components) < MAX_DETAILS + 500 * 300
    assert (components[0].description[:1], components[-1].description) == ("x", "")
    assert {component.summary for component in components} == {"Weekly review"}


def test_busy_statuses_and_transparency() -> None:
    assert details("X-MICROSOFT-CDO-BUSYSTATUS:OOF").extended_transparency == "out_of_office"
    free = details("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE")
    assert (free.free_busy, free.transparency, free.extended_transparency) == (
        "free",
        "transparent",
        "working_elsewhere",
    )
    declined = details("ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org", own="ana@example.org")
    assert (declined.free_busy, declined.transparency, declined.participation) == (
        "free",
        "opaque",
        "declined",
    )


def test_names_stay_when_events_move_and_twins_have_their_own() -> None:
    [one], _ = told(calendar(event(*NINE)))
    [moved], _ = told(calendar(event(*timed("20260106T110000", "20260106T120000"))))
    assert one.key == moved.key
    series = event(*NINE, "RRULE:FREQ=DAILY;COUNT=3")
    late = event(
        *timed("20260106T150000", "20260106T160000"), "RECURRENCE-ID;TZID=Europe/London:20260106T090000"
    )
    plain, _ = told(calendar(series))
    changed, _ = told(calendar(series, late))
    assert sorted(item.key for item in plain) == sorted(item.key for item in changed)
    twins, _ = told(calendar(event(*NINE), event(*timed("20260107T090000", "20260107T100000"))))
    assert len({item.key for item in twins}) == 2


def test_whole_days_are_told_as_days_of_the_owner() -> None:
    [day], _ = told(calendar(event("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260331")))
    first = datetime(2026, 3, 29, tzinfo=UTC).timestamp() // 86_400
    assert (day.start_day, day.end_day) == (first, first + 2)
    assert datetime.fromtimestamp(day.start, BERLIN).isoformat() == "2026-03-29T00:00:00+01:00"
