"""Microsoft Graph's JSON as iCalendar text and back: zones, whole days, privacy, answers, and what a change sends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from convene.core.freebusy import busy_kind
from convene.formats.graph_events import (
    inherited,
    is_place,
    own_place,
    place_of,
    resource_text,
    times_only,
    transaction_id,
    uid_of,
)
from convene.formats.graph_items import (
    answer_of,
    changed_members,
    item_of,
    says_the_same,
    with_windows_zones,
)
from convene.formats.graph_zones import (
    date_of,
    iana_name,
    instant_of,
    local_of,
    stamp_of,
    told_time,
    windows_name,
)
from convene.formats.icalendar import read_calendar
from convene.formats.icalendar_limits import CalendarRefused

OWNER = "ana@contoso.example"
EVENT = {
    "id": "AA1=",
    "@odata.etag": 'W/"1"',
    "iCalUId": "uid-1",
    "subject": "Review; of plans, all",
    "body": {"contentType": "text", "content": "First line\r\nsecond\r\n"},
    "start": {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"},
    "originalStartTimeZone": "W. Europe Standard Time",
    "originalEndTimeZone": "W. Europe Standard Time",
    "isAllDay": False,
    "showAs": "busy",
    "type": "singleInstance",
}


def lines(**members: object) -> list[str]:
    return resource_text({**EVENT, **members}, owner=OWNER).replace("\r\n ", "").splitlines()


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Europe/Vienna", "Europe/Vienna"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("tzone://Microsoft/Custom", "UTC"),
        ("Customized Time Zone", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("", "UTC"),
    ],
)
def test_zones_have_names_of_two_kinds(name, iana):
    assert iana_name(name) == iana


@pytest.mark.parametrize(
    ("tzid", "windows"),
    [("Europe/Berlin", "W. Europe Standard Time"), ("Asia/Kolkata", "India Standard Time"), ("UTC", "UTC")],
)
def test_windows_has_names_of_its_own(tzid, windows):
    assert windows_name(tzid, 2026) == windows


def test_a_zone_without_a_windows_name_takes_that_of_one_with_the_same_clocks():
    found = windows_name("Europe/Vienna", 2026)
    assert ZoneInfo(iana_name(found)).utcoffset(datetime(2026, 7, 1)) == ZoneInfo("Europe/Vienna").utcoffset(
        datetime(2026, 7, 1)
    )


def test_times_are_read_with_their_seven_digits():
    nine = {"dateTime": "2026-12-01T09:00:00.1234567", "timeZone": "W. Europe Standard Time"}
    assert instant_of(nine) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert stamp_of("2026-12-01T09:00:00.1234567Z") == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert stamp_of("2026-12-01T09:00:00+01:00") == datetime(2026, 12, 1, 8, tzinfo=UTC)
    for broken in (
        None,
        {},
        {"dateTime": "tomorrow"},
        {"dateTime": "2026-12-01T09:00", "timeZone": "Nowhere"},
    ):
        assert instant_of(broken) is None
    assert (local_of(None), stamp_of("soon"), stamp_of(None)) == (None, None, None)
    assert instant_of({"dateTime": "0001-01-01T00:00:00", "timeZone": "Asia/Tokyo"}) is None


def test_whole_days_are_days_also_where_they_come_as_instants():
    midnight = {"dateTime": "2026-12-01T00:00:00.0000000", "timeZone": "UTC"}
    moved = {"dateTime": "2026-11-30T23:00:00.0000000", "timeZone": "UTC"}
    for start in (midnight, moved):
        item = {"start": start, "originalStartTimeZone": "W. Europe Standard Time"}
        assert date_of(item, "start") == date(2026, 12, 1)
    assert told_time(date(2026, 12, 1)) == {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"}
    end = {"dateTime": "2026-12-02T00:00:00", "timeZone": "UTC"}
    found = lines(isAllDay=True, start=midnight, end=end)
    assert {"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"} <= set(found)


def test_text_is_one_event_that_is_read_as_it_was_meant():
    found = lines(categories=["Red, blue"], location={"displayName": "Room 1"}, sensitivity="personal")
    assert "DTSTART;TZID=Europe/Berlin:20261201T100000" in found
    assert "SUMMARY:Review\\; of plans\\, all" in found
    assert "DESCRIPTION:First line\\nsecond" in found
    assert {"CATEGORIES:Red\\, blue", "LOCATION:Room 1", "CLASS:PRIVATE", "UID:uid-1"} <= set(found)
    hostile = lines(subject="x\r\nATTENDEE:mailto:eve@evil.example", location={"displayName": "a\nb"})
    assert sum(line.startswith(("ATTENDEE", "b")) for line in hostile) == 0


def test_html_that_nobody_asked_for_is_not_told():
    html = {"contentType": "html", "content": "<b>Hello</b>"}
    assert "DESCRIPTION:Hello" in lines(body=html, bodyPreview="Hello")


def test_an_event_without_a_start_has_none_and_an_unknown_rule_is_none_that_is_followed():
    assert not any(line.startswith("DTSTART") for line in lines(start=None))
    strange = {"pattern": {"type": "lunar"}, "range": {"type": "noEnd"}}
    assert "RRULE:FREQ=UNKNOWN" in lines(recurrence=strange)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({}, "busy"),
        ({"showAs": "oof"}, "busy"),
        ({"showAs": "unknown"}, "busy"),
        ({"showAs": "tentative"}, "tentative"),
        ({"showAs": "free"}, None),
        ({"showAs": "workingElsewhere"}, None),
        ({"isCancelled": True}, None),
        ({"responseStatus": {"response": "declined"}}, None),
        ({"responseStatus": {"response": "notResponded"}}, "tentative"),
        ({"responseStatus": {"response": "tentativelyAccepted"}}, "tentative"),
        ({"responseStatus": {"response": "accepted"}}, "busy"),
        ({"responseStatus": {"response": "declined"}, "isOrganizer": True}, "busy"),
    ],
)
def test_what_outlook_shows_is_what_counts(members, kind):
    text = resource_text(times_only({**EVENT, **members}), owner=OWNER)
    [series] = read_calendar(text, ZoneInfo("Europe/Berlin"), [OWNER]).series
    assert busy_kind(series.master) == kind


def test_an_occurrence_takes_from_its_series_what_it_lacks_and_nothing_else():
    master = {**EVENT, "id": "AAm=", "type": "seriesMaster", "recurrence": {"x": 1}, "transactionId": "other"}
    bare = {
        "id": "AAo=",
        "seriesMasterId": "AAm=",
        "type": "occurrence",
        "start": EVENT["start"],
        "end": EVENT["end"],
    }
    found = inherited({**bare, "iCalUId": "its-own"}, master)
    assert (found["subject"], found["iCalUId"]) == (EVENT["subject"], "uid-1")
    assert not {"recurrence", "transactionId", "@odata.etag"} & found.keys()
    assert "RECURRENCE-ID:20261201T090000Z" in resource_text(found)


# -- places


def test_places_follow_from_uids_and_fit():
    for uid in ("b@convene", "x" * 54, "x" * 55, "ü", "a/b", ""):
        place = place_of(uid)
        assert is_place(place)
        assert len(transaction_id(place, 9)) <= 64
        assert own_place({"transactionId": transaction_id(place, 3)}) == place
    assert uid_of({"transactionId": "convene:b@convene~2"}) == "b@convene"
    assert uid_of({"transactionId": place_of("a/b")}) == ""
    for stranger in ("localevent:1", "convene:", "convene:a/b", "convene:=short", None):
        assert own_place({"transactionId": stranger}) == ""


# -- writing


def text(*more: str, start: str = "DTSTART:20261201T090000Z", end: str = "DTEND:20261201T100000Z") -> str:
    inner = [
        "UID:b@convene",
        "DTSTAMP:20261120T090000Z",
        start,
        end,
        "SUMMARY:Review; of plans, all".replace(";", "\\;").replace(",", "\\,"),
        *more,
    ]
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:x",
            "BEGIN:VEVENT",
            *inner,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def test_a_text_becomes_an_event():
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT10M", "END:VALARM"]
    item = item_of(text("CLASS:CONFIDENTIAL", "STATUS:TENTATIVE", "X-CONVENE-BOOKING:bkg_1", *alarm))
    assert (item["sensitivity"], item["showAs"], item["reminderMinutesBeforeStart"]) == (
        "confidential",
        "tentative",
        10,
    )
    assert item["start"] == {"dateTime": "2026-12-01T09:00:00", "timeZone": "UTC"}
    assert [entry["value"] for entry in item["singleValueExtendedProperties"]] == [
        "convene:b@convene",
        '{"booking": "bkg_1", "uid": "b@convene"}',
    ]
    day = item_of(text(start="DTSTART;VALUE=DATE:20261201", end="X-NONE:1"))
    assert (day["isAllDay"], day["end"]["dateTime"]) == (True, "2026-12-02T00:00:00")


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (lambda raw: raw, set()),
        (lambda raw: raw.replace("SUMMARY:Review", "SUMMARY:View"), {"subject"}),
        (lambda raw: raw.replace("T100000", "T103000").replace("T110000", "T113000"), {"start", "end"}),
        (lambda raw: raw.replace("TRANSP:OPAQUE", "TRANSP:TRANSPARENT"), {"showAs"}),
        (lambda raw: raw.replace("CLASS:PRIVATE\r\n", ""), {"sensitivity"}),
        (lambda raw: raw.replace("second", "third"), {"body"}),
        (lambda raw: raw.replace("First line", "First\u00a0line  "), set()),
        (
            lambda raw: raw.replace("END:VEVENT", "ATTENDEE:mailto:cy@contoso.example\r\nEND:VEVENT"),
            {"attendees"},
        ),
        (lambda raw: raw.replace("END:VEVENT", "RRULE:FREQ=DAILY\r\nEND:VEVENT"), {"recurrence"}),
        (
            lambda raw: raw.replace("END:VEVENT", "X-CONVENE-REVISION:4\r\nEND:VEVENT"),
            {"singleValueExtendedProperties"},
        ),
        (lambda raw: raw.replace("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"), set()),
    ],
)
def test_only_what_differs_is_sent(edit, changed):
    people = [
        {
            "emailAddress": {"name": "Bo", "address": "bo@contoso.example"},
            "type": "optional",
            "status": {"response": "accepted"},
        }
    ]
    current = {**EVENT, "sensitivity": "private", "attendees": people}
    raw = resource_text(current, owner=OWNER).replace("\r\n ", "")
    found = changed_members(current, edit(raw), owner=OWNER)
    assert set(found) == changed
    assert found.get("attendees", people)[:1] == people


def test_whole_days_lose_their_hours_and_hours_their_days():
    raw = resource_text(EVENT).replace("\r\n ", "")
    day = raw.replace("DTSTART;TZID=Europe/Berlin:20261201T100000", "DTSTART;VALUE=DATE:20261201")
    day = day.replace("DTEND;TZID=Europe/Berlin:20261201T110000", "DTEND;VALUE=DATE:20261202")
    found = changed_members(EVENT, day)
    assert (found["isAllDay"], found["start"]["dateTime"]) == (True, "2026-12-01T00:00:00")
    assert not says_the_same(EVENT, day)
    assert says_the_same(EVENT, raw)


def test_an_answer_is_news_only_once():
    invited = {**EVENT, "responseStatus": {"response": "notResponded"}, "isOrganizer": False}
    raw = resource_text(invited, owner=OWNER).replace("\r\n ", "")
    assert answer_of(invited, raw, owner=OWNER) == ""
    assert answer_of(invited, raw.replace("NEEDS-ACTION", "DECLINED"), owner=OWNER) == "decline"
    assert answer_of(invited, raw.replace("NEEDS-ACTION", "TENTATIVE"), owner=OWNER) == "tentativelyAccept"


@pytest.mark.parametrize(
    "more",
    [
        "RDATE:20261203T090000Z",
        "EXRULE:FREQ=DAILY",
        "EXDATE:20261203T090000Z",
        "RRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY",
    ],
)
def test_what_a_pattern_cannot_hold_beside_its_rule_is_refused(more):
    rule = "" if more.startswith("RRULE") else "RRULE:FREQ=DAILY"
    with pytest.raises(CalendarRefused, match="cannot repeat like this"):
        item_of(text(*filter(None, (rule, more))))


def test_windows_names_replace_all_of_them_or_none():
    body = {"start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "Europe/Paris"}, "subject": "x"}
    bounds = {"startDate": "2026-12-01", "recurrenceTimeZone": "Europe/Paris"}
    found = with_windows_zones({**body, "recurrence": {"pattern": {}, "range": bounds}})
    assert (
        found["start"]["timeZone"]
        == found["recurrence"]["range"]["recurrenceTimeZone"]
        == "Romance Standard Time"
    )
    assert body["start"]["timeZone"] == "Europe/Paris"
    assert with_windows_zones({"subject": "x"}) is None
