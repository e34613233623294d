"""Series take place when their owners think they do, and what cannot be followed is said, not guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from convene.core.recurrence import Expansion, expand
from convene.formats.icalendar import read_calendar
from factories.icalendar_texts import calendar, event, timed

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def expansions(*parts: str, window: tuple[datetime, datetime] = YEAR, limit: int = 5_000) -> list[Expansion]:
    read = read_calendar(calendar(*parts), BERLIN)
    seconds = int(window[0].timestamp()), int(window[1].timestamp())
    return [expand(series, seconds, BERLIN, limit=limit) for series in read.series]


def times(*parts: str, window: tuple[datetime, datetime] = YEAR) -> list[str]:
    """Return the occurrences as `month-day hour:minute/hour:minute` in UTC."""
    return [
        f"{datetime.fromtimestamp(start, UTC):%m-%d %H:%M}/{datetime.fromtimestamp(end, UTC):%H:%M}"
        for expansion in expansions(*parts, window=window)
        for start, end, *_ in expansion.occurrences
    ]


def unknown(expansion: Expansion) -> list[tuple[str, str]]:
    return [
        (
            f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d %H:%M}",
            f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M}",
        )
        for start, end, _ in expansion.unknown
    ]


MARCH = timed("20260322T090000", "20260322T100000")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([*MARCH], ["03-22 09:00/10:00"], id="single"),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;COUNT=3"],
            ["03-22 09:00/10:00", "03-29 08:00/09:00", "04-05 08:00/09:00"],
            id="keeps its wall time over the change",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;UNTIL=20260329T080000Z"],
            ["03-22 09:00/10:00", "03-29 08:00/09:00"],
            id="UNTIL in UTC",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;UNTIL=20260329"],
            ["03-22 09:00/10:00", "03-29 08:00/09:00"],
            id="UNTIL as a date means the end of that day",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;UNTIL=20260301T000000Z"], [], id="UNTIL before the start: none"
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/London:20260322T090000"],
            ["03-23 09:00/10:00", "03-24 09:00/10:00"],
            id="COUNT counts what EXDATE removes",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260329T080000Z", "EXDATE;VALUE=DATE:20260405"],
            ["03-22 09:00/10:00"],
            id="EXDATE in UTC and as a date",
        ),
        pytest.param(
            [
                *MARCH,
                "RRULE:FREQ=WEEKLY;COUNT=3",
                "EXDATE:20260329T090000",
                "EXDATE;TZID=Europe/Berlin:20260405T100000",
            ],
            ["03-22 09:00/10:00"],
            id="EXDATE floating and in another zone",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=DAILY;COUNT=5", "EXRULE:FREQ=DAILY;INTERVAL=2"],
            ["03-23 09:00/10:00", "03-25 09:00/10:00"],
            id="EXRULE",
        ),
        pytest.param(
            [
                *MARCH,
                "RDATE;TZID=Europe/London:20260401T140000",
                "RDATE;VALUE=PERIOD:20260402T080000Z/PT3H,20260403T080000Z/20260403T083000Z",
            ],
            ["03-22 09:00/10:00", "04-01 13:00/14:00", "04-02 08:00/11:00", "04-03 08:00/08:30"],
            id="RDATE, also with periods",
        ),
        pytest.param(
            [*MARCH, "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"],
            ["03-22 09:00/10:00", "03-25 09:00/10:00", "04-01 08:00/09:00"],
            id="a start beside its rule takes place",
        ),
        pytest.param(
            ["DTSTART:20260322T090000", "DTEND:20260322T100000"],
            ["03-22 08:00/09:00"],
            id="floating: the owner's zone",
        ),
        pytest.param(["DTSTART;VALUE=DATE:20260329"], ["03-28 23:00/22:00"], id="a day of 23 hours"),
        pytest.param(
            ["DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261025", "RRULE:FREQ=DAILY;COUNT=2"],
            ["10-23 22:00/22:00", "10-24 22:00/23:00"],
            id="days of 24 and 25 hours",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260110", "DTEND;VALUE=DATE:20260110"],
            ["01-09 23:00/23:00"],
            id="ends on its own day",
        ),
        pytest.param(
            [*timed("20260328T220000", "20260329T060000")],
            ["03-28 22:00/05:00"],
            id="a night shift ends by the clock",
        ),
        pytest.param(
            [*timed("20260321T220000", "20260322T060000"), "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["03-21 22:00/06:00", "03-28 22:00/05:00"],
            id="so does a repeated one",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/London:20260321T220000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["03-21 22:00/06:00", "03-28 22:00/06:00"],
            id="hours of a DURATION are exact",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/London:20260321T220000", "DURATION:P1D", "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["03-21 22:00/22:00", "03-28 22:00/21:00"],
            id="days of a DURATION are not",
        ),
        pytest.param(
            [*timed("20260322T013000", "20260322T023000"), "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["03-22 01:30/02:30", "03-29 01:30/02:30"],
            id="in the skipped hour it moves on as a whole",
        ),
        pytest.param(
            [*timed("20261018T013000", "20261018T023000"), "RRULE:FREQ=WEEKLY;COUNT=2"],
            ["10-18 00:30/01:30", "10-25 00:30/02:30"],
            id="in the repeated hour it begins the first time",
        ),
        pytest.param(
            [*timed("20261018T013000", "20261018T020000"), "RRULE:FREQ=WEEKLY;UNTIL=20261025T010000Z"],
            ["10-18 00:30/01:00", "10-25 00:30/02:00"],
            id="UNTIL inside the repeated hour",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/London:20260105T090000", "DTEND;TZID=Europe/Berlin:20260105T110000"],
            ["01-05 09:00/10:00"],
            id="ends in another zone",
        ),
    ],
)
def test_when(lines: list[str], expected: list[str]) -> None:
    assert times(event(*lines)) == expected


WEEKLY = event(*timed("20260302T090000", "20260302T100000"), "RRULE:FREQ=WEEKLY;COUNT=4")


def override(recurrence_id: str, *lines: str) -> str:
    return event(recurrence_id, *lines)


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        pytest.param(
            [
                override(
                    "RECURRENCE-ID;TZID=Europe/London:20260309T090000",
                    *timed("20260310T140000", "20260310T143000"),
                )
            ],
            ["03-02 09:00/10:00", "03-10 14:00/14:30", "03-16 09:00/10:00", "03-23 09:00/10:00"],
            id="moved",
        ),
        pytest.param(
            [override("RECURRENCE-ID:20260309T090000Z", *timed("20260310T140000", "20260310T143000"))],
            ["03-02 09:00/10:00", "03-10 14:00/14:30", "03-16 09:00/10:00", "03-23 09:00/10:00"],
            id="named in UTC",
        ),
        pytest.param(
            [override("RECURRENCE-ID;VALUE=DATE:20260309", *timed("20260310T140000", "20260310T143000"))],
            ["03-02 09:00/10:00", "03-10 14:00/14:30", "03-16 09:00/10:00", "03-23 09:00/10:00"],
            id="named by its day",
        ),
        pytest.param(
            [
                override(
                    "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260309T090000",
                    *timed("20260310T140000", "20260310T143000"),
                )
            ],
            ["03-02 09:00/10:00", "03-10 14:00/14:30", "03-17 14:00/14:30", "03-24 14:00/14:30"],
            id="this and the following ones moved",
        ),
        pytest.param(
            [
                override(
                    "RECURRENCE-ID;TZID=Europe/London:20260601T090000",
                    *timed("20260602T140000", "20260602T143000"),
                )
            ],
            [
                "03-02 09:00/10:00",
                "03-09 09:00/10:00",
                "03-16 09:00/10:00",
                "03-23 09:00/10:00",
                "06-02 13:00/13:30",
            ],
            id="of no occurrence: one more",
        ),
    ],
)
def test_exceptions(exceptions: list[str], expected: list[str]) -> None:
    assert times(WEEKLY, *exceptions) == expected


def test_an_exception_moved_into_the_window_from_far_away() -> None:
    moved = override(
        "RECURRENCE-ID;TZID=Europe/London:20260302T090000", *timed("20260801T090000", "20260801T100000")
    )
    august = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 8, 2, tzinfo=UTC)
    assert times(WEEKLY, moved, window=august) == ["08-01 08:00/09:00"]


def test_exceptions_without_their_master() -> None:
    alone = override(
        "RECURRENCE-ID;TZID=Europe/London:20260302T090000", *timed("20260302T110000", "20260302T120000")
    )
    [expansion] = expansions(alone)
    [occurrence] = expansion.occurrences
    assert datetime.fromtimestamp(occurrence.start, UTC) == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert datetime.fromtimestamp(occurrence.original_start, UTC) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_newest_version_counts() -> None:
    old = event(*timed("20260105T090000", "20260105T100000"), "SEQUENCE:1")
    new = event(*timed("20260106T090000", "20260106T100000"), "SEQUENCE:2")
    assert times(new, old) == ["01-06 09:00/10:00"]


def test_events_that_share_a_uid_by_mistake_all_count() -> None:
    one = event(*timed("20260105T090000", "20260105T100000"))
    two = event(*timed("20260106T090000", "20260106T100000"))
    assert times(one, two) == ["01-05 09:00/10:00", "01-06 09:00/10:00"]


def test_an_event_that_ends_before_it_starts_has_no_duration() -> None:
    [expansion] = expansions(event(*timed("20260105T100000", "20260105T090000")))
    assert [occurrence.end - occurrence.start for occurrence in expansion.occurrences] == [0]
    assert [(notice.code, notice.summary) for notice in expansion.notices] == [
        ("ends_before_start", "Weekly review")
    ]


@pytest.mark.parametrize(
    ("rule", "stretch"),
    [
        ("FREQ=SECONDLY", ("2026-01-05 09:00", "2027-01-01 00:00")),
        ("FREQ=MINUTELY;UNTIL=20260106T000000Z", ("2026-01-05 09:00", "2026-01-06 00:00")),
        ("FREQ=MINUTELY;INTERVAL=30;COUNT=4", ("2026-01-05 09:00", "2026-01-05 12:00")),
    ],
)
def test_rules_below_an_hour_are_unknown_time(rule: str, stretch: tuple[str, str]) -> None:
    [expansion] = expansions(event(*timed("20260105T090000", "20260105T100000"), f"RRULE:{rule}"))
    start, end = unknown(expansion)[0]
    assert (start, end[:16]) == (stretch[0], stretch[1])
    assert [notice.code for notice in expansion.notices] == ["too_frequent"]


def test_a_broken_rule_makes_the_event_itself_unknown() -> None:
    good = event(*timed("20260107T090000", "20260107T100000"), uid="good@test")
    broken = event(*timed("20260105T090000", "20260105T100000"), "RRULE:FREQ=WEEKLY;BYDAY=XX")
    read = read_calendar(calendar(broken, good), BERLIN)
    assert [(notice.code, notice.uid) for notice in read.notices] == [("unreadable_value", "one@test")]
    assert times(broken, good) == ["01-07 09:00/10:00"]
    assert unknown(expansions(broken)[0]) == [("2026-01-05 09:00", "2026-01-05 10:00")]


def test_times_behind_the_limit_are_unknown() -> None:
    [expansion] = expansions(
        event(*timed("20260105T090000", "20260105T100000"), "RRULE:FREQ=DAILY"), limit=10
    )
    assert len(expansion.occurrences) == 10
    assert unknown(expansion) == [("2026-01-15 09:00", "2027-01-01 00:00")]
    assert [notice.code for notice in expansion.notices] == ["too_many"]


@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART:99991231T230000Z", "DTEND:99991231T235900Z", "RRULE:FREQ=DAILY"],
        ["DTSTART;TZID=Asia/Tokyo:00010101T000000", "RRULE:FREQ=YEARLY"],
        ["DTSTART:20260101T000000Z", "DURATION:P9999999D", "RRULE:FREQ=YEARLY"],
        ["DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;INTERVAL=99999999999"],
        ["DTSTART:00010101T000000Z", "RRULE:FREQ=HOURLY;COUNT=99999999999"],
        ["DTSTART:00010101T000000Z", "DTEND:99991231T000000Z", "RRULE:FREQ=DAILY"],
    ],
)
def test_the_ends_of_time_do_not_raise(lines: list[str]) -> None:
    good = event(*timed("20260107T090000", "20260107T100000"), uid="good@test")
    assert [len(expansion.occurrences) for expansion in expansions(event(*lines), good)][-1] == 1
