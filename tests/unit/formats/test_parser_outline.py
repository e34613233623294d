"""Texts that are refused still tell when they take place: unread is not free."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from convene.formats.parser_outline import MAX_EVENTS, Outline, outline_of
from factories.icalendar_texts import calendar, event, timed

LONDON = ZoneInfo("Europe/London")
WINDOW = (
    int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()),
    int(datetime(2027, 11, 20, tzinfo=UTC).timestamp()),
)
TEN = int(datetime(2026, 12, 1, 10, tzinfo=UTC).timestamp())
HOUR, DAY = 3600, 86_400
PLAIN = event(*timed("20261201T100000", "20261201T110000"))
WEEKLY = event(*timed("20261201T100000", "20261201T110000"), "RRULE:FREQ=WEEKLY;COUNT=3")


def outline(text: str, *, follows_rules: bool = True) -> Outline:
    return outline_of(text, WINDOW, LONDON, follows_rules=follows_rules)


def starts(text: str, *, follows_rules: bool = True) -> list[int]:
    found = outline(text, follows_rules=follows_rules)
    assert found.is_time_known
    assert {kind for _, _, kind in found.blocks} <= {"unknown"}
    return [(start - TEN) // DAY for start, _, _ in found.blocks]


def test_what_is_told() -> None:
    found = outline(calendar(PLAIN))
    assert found == Outline(
        "one@test", "Weekly review", TEN, TEN + HOUR, [(TEN, TEN + HOUR, "unknown")], True
    )


@pytest.mark.parametrize(
    "text",
    [
        calendar(PLAIN)[:-20],
        calendar(PLAIN).partition("END:VEVENT")[0],
        PLAIN,
        "<html>" + calendar(PLAIN),
        calendar(
            PLAIN.replace("SUMMARY", "BEGIN:VALARM\r\nDTSTART:19990101T000000Z\r\nEND:VALARM\r\nSUMMARY")
        ),
        calendar(
            "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE",
            PLAIN,
        ),
        calendar(PLAIN.replace("DTSTAMP", "ATTENDEE;CN=" + "x" * 70_000 + ":mailto:a@b\r\nDTSTAMP")),
        calendar(PLAIN.replace("DTSTAMP", "EXDATE:20261201T100000Z\r\n" * 6_000 + "DTSTAMP")),
        calendar(PLAIN).replace(":20261201T1", ":2026\r\n 1201T1"),
    ],
    ids=[
        "no end",
        "no end of the event",
        "no calendar",
        "html",
        "alarm",
        "zone",
        "long line",
        "exdates",
        "folded",
    ],
)
def test_a_time_is_found_in_whatever_is_around_it(text: str) -> None:
    assert starts(text) == [0]
    assert starts(text, follows_rules=False) == [0]


def test_repetitions_count_unless_they_may_be_what_took_too_long() -> None:
    assert starts(calendar(WEEKLY)) == [0, 7, 14]
    assert starts(calendar(WEEKLY), follows_rules=False) == [0]
    assert starts(calendar(WEEKLY.replace("FREQ=WEEKLY", "FREQ=OFTEN"))) == [0]


def test_changed_occurrences_count_where_they_are() -> None:
    moved = event("RECURRENCE-ID:20261208T100000Z", *timed("20261209T100000", "20261209T110000"))
    assert starts(calendar(WEEKLY, moved)) == [0, 8, 14]
    assert starts(calendar(WEEKLY, moved), follows_rules=False) == [0, 8]


def test_additional_dates_leave_at_least_the_first_time() -> None:
    dates = "\r\n".join(f"RDATE:202612{day:02}T100000Z" for day in range(2, 20))
    assert starts(calendar(PLAIN.replace("DTSTAMP", dates + "\r\nDTSTAMP"))) == [0, 1]


def test_what_says_that_it_is_free_is_not_believed() -> None:
    assert starts(
        calendar(PLAIN.replace("DTSTAMP", "TRANSP:TRANSPARENT\r\nSTATUS:CANCELLED\r\nDTSTAMP"))
    ) == [0]


def test_a_time_outside_the_window_is_known() -> None:
    assert starts(calendar(event(*timed("20200101T100000", "20200101T110000")))) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        calendar(),
        calendar(event()),
        calendar(event("DTSTART:soon")),
        calendar(PLAIN, event("X:1")),
    ],
)
def test_without_a_start_the_time_is_not_known(text: str) -> None:
    found = outline(text)
    assert not found.is_time_known
    assert not found.is_whole_calendar


def test_the_other_components_count_all_the_same() -> None:
    assert [start for start, _, _ in outline(calendar(PLAIN, event("X:1"))).blocks] == [TEN]


@pytest.mark.parametrize(
    "text",
    [
        calendar(PLAIN, event(*timed("20261202T100000", "20261202T110000"), uid="two@test")),
        calendar(PLAIN, event("X:1", uid="two@test"))[:-30],
        calendar(*[PLAIN] * (MAX_EVENTS + 1)),
    ],
)
def test_a_whole_calendar_is_not_given_the_time_of_one_event(text: str) -> None:
    assert outline(text) == Outline(is_whole_calendar=True)
