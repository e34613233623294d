"""Reading calendar text: what programs really write, in their zones, and what must be refused."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest

from convene.core.events import Event
from convene.core.freebusy import busy_kind
from convene.core.recurrence import own_time
from convene.formats.content_lines import decode
from convene.formats.icalendar import calendar_times, read_calendar
from convene.formats.icalendar_limits import CalendarRefused
from factories.icalendar_texts import calendar, event, timed

BERLIN = ZoneInfo("Europe/Berlin")
FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "ics").glob("*.ics"))
YEAR = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2027))


def events(text: str, *own_addresses: str) -> list[Event]:
    read = read_calendar(text, BERLIN, own_addresses)
    return [one for series in read.series for one in (series.master, *series.overrides) if one is not None]


def start_of(text: str) -> str:
    [one] = events(text)
    return datetime.fromtimestamp(own_time(one, BERLIN)[0], UTC).strftime("%Y-%m-%d %H:%M")


def codes(text: str) -> list[str]:
    return [notice.code for notice in read_calendar(text, BERLIN).notices]


# Properties


def test_an_event_with_everything() -> None:
    [one] = events(
        calendar(
            event(
                *timed("20260105T090000", "20260105T100000"),
                "SEQUENCE:3",
                "STATUS:TENTATIVE",
                "TRANSP:OPAQUE",
                "CLASS:PRIVATE",
                "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
                "X-CONVENE-BOOKING:bkg_1",
                "X-CONVENE-REVISION:4",
                summary="Lunch\\, then\\nwork \\\\n \\; done",
            )
        )
    )
    assert (one.uid, one.sequence, one.summary) == ("one@test", 3, "Lunch, then work \\n ; done")
    assert (one.status, one.transparency, one.classification) == ("tentative", "opaque", "private")
    assert (one.busy_status, one.booking_id, one.booking_revision) == ("oof", "bkg_1", 4)


@pytest.mark.parametrize(
    ("attendee", "answer"),
    [
        ("ATTENDEE;PARTSTAT=DECLINED;CN=Ana:mailto:ANA@example.org", "declined"),
        ("ATTENDEE;CN=Ana:MAILTO:ana@example.org", "needs-action"),
        ('ATTENDEE;CN="a: b; c";PARTSTAT="TENTATIVE":mailto:ana@example.org', "tentative"),
        ("ATTENDEE;EMAIL=ana@example.org;PARTSTAT=ACCEPTED:urn:uuid:1", "accepted"),
        ("ATTENDEE;PARTSTAT=DECLINED:/principals/ana/", "declined"),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:bo@example.org", ""),
    ],
)
def test_the_owners_answer(attendee: str, answer: str) -> None:
    text = calendar(event(*timed("20260105T090000", "20260105T100000"), attendee))
    [one] = events(text, "mailto:ana@example.org", "/principals/ana/")
    assert one.participation == answer
    [stranger] = events(text)
    assert stranger.participation == ""


@pytest.mark.parametrize("start", ["DTSTART:tomorrow", "DTSTART:20260230T090000Z", "X-NO-START:1"])
def test_an_event_without_a_start_is_told_and_loses_only_itself(start: str) -> None:
    text = calendar(event(start), event("DTSTART:20260106T090000Z", uid="good@test"))
    read = read_calendar(text, BERLIN)
    assert [notice.code for notice in read.notices][-1:] == ["unreadable"]
    assert {(notice.uid, notice.summary) for notice in read.notices} == {("one@test", "Weekly review")}
    assert [series.uid for series in read.series] == ["good@test"]


@pytest.mark.parametrize(
    ("lines", "minutes"),
    [
        (["DTEND:later"], 60),
        (["DURATION:long"], 60),
        (["DTEND:20260105T093000Z", "RRULE:FREQ=OFTEN"], 30),
        (["DTEND:20260105T093000Z", "RDATE:never"], 30),
        (["DTEND:20260105T093000Z", "EXDATE:sometimes"], 30),
    ],
)
def test_an_event_whose_times_are_broken_is_told_and_unknown(lines: list[str], minutes: int) -> None:
    read = read_calendar(calendar(event("DTSTART:20260105T090000Z", *lines)), BERLIN)
    assert [notice.code for notice in read.notices] == ["unreadable_value"]
    blocks = calendar_times(read, YEAR, BERLIN).blocks
    assert [((block.end - block.start) // 60, block.kind) for block in blocks] == [(minutes, "unknown")]


def test_events_without_uid_stay_apart() -> None:
    text = calendar(*(f"BEGIN:VEVENT\r\nDTSTART:2026010{day}T090000Z\r\nEND:VEVENT" for day in (1, 2)))
    assert len(read_calendar(text, BERLIN).series) == 2


def test_published_free_busy_times() -> None:
    periods = """BEGIN:VFREEBUSY
FREEBUSY:20260105T090000Z/PT1H,20260105T120000Z/20260105T123000Z
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260106T090000Z/PT15M
FREEBUSY;FBTYPE=FREE:20260107T090000Z/PT1H
FREEBUSY:nonsense
END:VFREEBUSY"""
    times = calendar_times(read_calendar(calendar(periods), BERLIN), YEAR, BERLIN)
    blocks, notices = times.blocks, times.notices
    assert [((block.end - block.start) // 60, block.kind) for block in blocks] == [
        (60, "busy"),
        (30, "busy"),
        (15, "tentative"),
    ]
    assert [notice.code for notice in notices] == ["unreadable_value"]


# Zones

FORGED = """BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE"""
OWN_RULES = """BEGIN:VTIMEZONE
TZID:Our Office
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0630
TZOFFSETTO:+0530
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0530
TZOFFSETTO:+0630
END:DAYLIGHT
END:VTIMEZONE"""


@pytest.mark.parametrize(
    ("tzid", "start"),
    [
        ("Europe/London", "2026-07-01 08:00"),
        ("europe/london", "2026-07-01 08:00"),
        ("GMT Standard Time", "2026-07-01 08:00"),
        ("W. Europe Standard Time", "2026-07-01 07:00"),
        ("/freeassociation.sourceforge.net/Europe/London", "2026-07-01 08:00"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "2026-07-01 12:00"),
        ("UTC", "2026-07-01 09:00"),
        ("GMT+0530", "2026-07-01 03:30"),
        ('"(UTC-03:00)"', "2026-07-01 12:00"),
    ],
)
def test_known_zones_ignore_what_the_calendar_says(tzid: str, start: str) -> None:
    one = event(*timed("20260701T090000", "20260701T100000", tzid))
    assert start_of(calendar(FORGED.format(tzid=tzid.strip('"')), one)) == start
    assert start_of(calendar(one)) == start
    assert codes(calendar(one)) == []


def test_an_unknown_zone_is_read_from_its_definition() -> None:
    winter, summer = (
        event(*timed(f"2026{month}01T090000", f"2026{month}01T100000", "Our Office"))
        for month in ("01", "07")
    )
    assert start_of(calendar(OWN_RULES, winter)) == "2026-01-01 03:30"
    assert start_of(calendar(OWN_RULES, summer)) == "2026-07-01 02:30"
    repeated = event(*timed("20261025T023000", "20261025T033000", "Our Office"), "RRULE:FREQ=WEEKLY;COUNT=2")
    read = read_calendar(calendar(OWN_RULES, repeated), BERLIN)
    blocks = calendar_times(read, YEAR, BERLIN).blocks
    assert [datetime.fromtimestamp(block.start, UTC).strftime("%m-%d %H:%M") for block in blocks] == [
        "10-24 20:00",
        "10-31 21:00",
    ]


def test_an_unknown_zone_with_a_known_place() -> None:
    placed = OWN_RULES.replace("TZID:Our Office", "TZID:Our Office\r\nX-LIC-LOCATION:America/New_York")
    assert (
        start_of(calendar(placed, event(*timed("20260701T090000", "20260701T100000", "Our Office"))))
        == "2026-07-01 13:00"
    )


@pytest.mark.parametrize("tzid", ["Mars/Phobos", "../../../etc/passwd", "/etc/localtime", "Factory"])
def test_an_unknown_zone_is_the_owners_and_said(tzid: str) -> None:
    text = calendar(
        *(event(*timed("20260701T090000", "20260701T100000", tzid), uid=uid) for uid in ("a@test", "b@test"))
    )
    assert {datetime.fromtimestamp(own_time(one, BERLIN)[0], UTC).hour for one in events(text)} == {7}
    assert codes(text) == ["unknown_zone"]


@pytest.mark.parametrize(
    "definition",
    [
        "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nEND:VTIMEZONE",
        FORGED.format(tzid="Mine").replace("+0900", "+9900"),
        FORGED.format(tzid="Mine").replace("DTSTART:16010101T000000", "X-NO:1"),
        "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n"
        + "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\n"
        * 101
        + "END:VTIMEZONE",
        FORGED.format(tzid="Mine").replace("TZOFFSETTO", "RRULE:FREQ=HOURLY\r\nTZOFFSETTO"),
        FORGED.format(tzid="Mine").replace("TZOFFSETTO", "RRULE:FREQ=SECONDLY\r\nTZOFFSETTO"),
    ],
)
def test_a_definition_that_cannot_be_read_is_said(definition: str) -> None:
    text = calendar(definition, event(*timed("20260701T090000", "20260701T100000", "Mine")))
    assert start_of(text) == "2026-07-01 07:00"
    assert codes(text) == ["unreadable_zone"]


def test_series_in_utc_recur_in_the_zone_the_calendar_names() -> None:
    one = event("DTSTART:20260105T140000Z", "DTEND:20260105T150000Z", "RRULE:FREQ=MONTHLY;INTERVAL=6;COUNT=2")
    read = read_calendar(calendar(one, lead="X-WR-TIMEZONE:America/New_York"), BERLIN)
    blocks = calendar_times(read, YEAR, BERLIN).blocks
    assert [datetime.fromtimestamp(block.start, UTC).strftime("%m-%d %H:%M") for block in blocks] == [
        "01-05 14:00",
        "07-05 13:00",
    ]


# Text


def test_lines_end_and_fold_in_every_known_way() -> None:
    text = calendar(event("DTSTART:20260105T090000Z", summary="Größe und Breite"))
    folded = text.replace("Größe und", "Grö\r\n\tße\r\n  und")
    for form in (folded, folded.replace("\r\n", "\n"), folded.replace("\r\n", "\r"), "\ufeff\r\n" + folded):
        assert [one.summary for one in events(form)] == ["Größe und Breite"]


def test_bytes_may_be_folded_inside_a_character() -> None:
    raw = calendar(event("DTSTART:20260105T090000Z", summary="Größe")).encode()
    raw = raw.replace("ö".encode(), b"\xc3\r\n \xb6")
    assert [one.summary for one in events(decode(b"\xef\xbb\xbf" + raw))] == ["Größe"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "not_a_calendar", "no BEGIN:VCALENDAR"),
        ("<html>Sign in</html>", "not_a_calendar", "no BEGIN:VCALENDAR"),
        (calendar(event("DTSTART:20260105T090000Z"))[:-20], "not_a_calendar", "cut short"),
        (calendar("X" * (10 * 1024 * 1024)), "too_complex", "10,485,760"),
        (calendar(event("DTSTART:20260105T090000Z", summary="x" * 70_000)), "too_complex", "65,536"),
        (
            calendar(event("DTSTART:20260105T090000Z", *["EXDATE:20260105T090000Z"] * 5_001)),
            "too_complex",
            "5,000",
        ),
        (
            calendar(event("DTSTART:20260105T090000Z", *["RDATE:" + ",".join(["20260105"] * 1_000)] * 6)),
            "too_complex",
            "5,000",
        ),
        (calendar("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 20_000), "too_complex", "20,000"),
        ("BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 4, "too_complex", "4 are accepted"),
    ],
)
def test_refused(text: str, code: str, words: str) -> None:
    with pytest.raises(CalendarRefused, match=words) as refusal:
        read_calendar(text, BERLIN)
    assert refusal.value.code == code


def test_long_lines_that_nobody_reads_are_skipped() -> None:
    one = event("DTSTART:20260105T090000Z", "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUFB" * 50_000)
    assert len(events(calendar(one))) == 1


def test_closing_lines_that_do_not_match() -> None:
    text = calendar(
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260105T090000Z\r\nBEGIN:VALARM\r\nEND:VEVENT\r\nEND:VTODO"
    )
    assert [one.uid for one in events(text)] == ["a"]


def instant(moment: date) -> int:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return int((moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)).timestamp())


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixtures_say_the_same_to_an_independent_reader(path: Path) -> None:
    """Every event of a real program's file starts and ends for us when it does for the icalendar package."""
    raw = path.read_bytes()
    ours = {
        (one.uid, one.recurrence_id is not None, own_time(one, BERLIN), busy_kind(one) is not None)
        for one in events(decode(raw))
    }
    theirs = set()
    for component in icalendar.Calendar.from_ical(raw).walk("VEVENT"):
        span = tuple(instant(moment) for moment in (component.start, component.end))
        is_busy = component.get("TRANSP") != "TRANSPARENT" and component.get("STATUS") != "CANCELLED"
        theirs.add((str(component["UID"]), "RECURRENCE-ID" in component, span, is_busy))
    assert ours == theirs
    assert codes(decode(raw)) == []
