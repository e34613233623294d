"""Whole series, exceptions and all, take place when recurring-ical-events says they do, around changes of the clocks.

Two sayings of ours differ on purpose and are kept out here, see `test_recurrence`: a start inside a skipped hour moves
its end along, and the seconds of a DURATION are exact.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from convene.core.recurrence import expand
from convene.core.wall_clock import offset_table, wall_seconds
from convene.formats.icalendar import read_calendar

CALENDAR_ZONE = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CHANGES = [datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 10, 4), datetime(2026, 10, 25)]


@st.composite
def series(draw: st.DrawFn) -> tuple[str, str, datetime]:
    """Return the text of a series, its zone, and a time near which it is looked at."""
    zone = draw(st.sampled_from(ZONES))
    near = draw(st.sampled_from(CHANGES))
    start = near - timedelta(days=draw(st.integers(0, 60)))
    start += timedelta(minutes=draw(st.sampled_from([5, 60, 90, 120, 150, 180, 540, 1380])))
    length = timedelta(minutes=draw(st.sampled_from([15, 60, 180, 600])))
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    rule = f"FREQ={frequency};INTERVAL={draw(st.integers(1, 3))}"
    if frequency == "WEEKLY":
        rule += ";BYDAY=" + ",".join(
            draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
        )
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        rule += f";COUNT={draw(st.integers(1, 30))}"
    elif end == "UNTIL":
        until = (near + timedelta(days=draw(st.integers(-10, 40)), hours=12)).replace(tzinfo=ZoneInfo(zone))
        rule += f";UNTIL={until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VEVENT",
        "UID:series",
        *(
            f"{name};TZID={zone}:{value:%Y%m%dT%H%M%S}"
            for name, value in [("DTSTART", start), ("DTEND", start + length)]
        ),
        f"RRULE:{rule}",
    ]
    days = st.integers(0, 90).map(lambda number: start + timedelta(days=number))
    for day in draw(st.lists(days, max_size=3, unique=True)):
        form = draw(st.sampled_from(["zone", "utc", "date"]))
        if form == "date":
            lines.append(f"EXDATE;VALUE=DATE:{day:%Y%m%d}")
        elif form == "utc":
            lines.append(f"EXDATE:{day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}")
        else:
            lines.append(f"EXDATE;TZID={zone}:{day:%Y%m%dT%H%M%S}")
    # Seven minutes, because the reference takes a local time for the same time in UTC.
    extra = draw(st.lists(days, max_size=2, unique=True))
    lines += [f"RDATE;TZID={zone}:{day + timedelta(hours=3, minutes=7):%Y%m%dT%H%M%S}" for day in extra]
    lines.append("END:VEVENT")
    future_done = False
    for day in draw(st.lists(days, max_size=3, unique=True)):
        is_future = not future_done and draw(st.booleans())
        future_done |= is_future
        moved = day + timedelta(hours=draw(st.integers(-30, 30)))
        lines += [
            "BEGIN:VEVENT",
            "UID:series",
            f"RECURRENCE-ID;TZID={zone}{';RANGE=THISANDFUTURE' if is_future else ''}:{day:%Y%m%dT%H%M%S}",
            f"DTSTART;TZID={zone}:{moved:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={zone}:{moved + length + timedelta(minutes=30):%Y%m%dT%H%M%S}",
            "END:VEVENT",
        ]
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *lines, "END:VCALENDAR", ""])
    return text, zone, near


def ours(text: str, low: datetime, high: datetime) -> set[tuple[int, int]]:
    calendar = read_calendar(text, CALENDAR_ZONE)
    assert not calendar.notices
    window = int(low.timestamp()), int(high.timestamp())
    return {
        (start, end)
        for one in calendar.series
        for start, end, *_ in expand(one, window, CALENDAR_ZONE).occurrences
    }


def reference(text: str, low: datetime, high: datetime) -> list[tuple[datetime, datetime]]:
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(text))
    return [(event["DTSTART"].dt, event["DTEND"].dt) for event in query.between(low, high)]


@given(series(), st.integers(-40, 20), st.integers(1, 60))
def test_agrees_with_the_reference(made: tuple[str, str, datetime], begins: int, length: int) -> None:
    text, zone, near = made
    low = (near + timedelta(days=begins)).replace(tzinfo=UTC)
    high = low + timedelta(days=length)
    table = offset_table(
        ZoneInfo(zone), wall_seconds(datetime(2025, 1, 1)), wall_seconds(datetime(2028, 1, 1))
    )
    skipped = {
        int(start.timestamp())
        for start, _ in reference(text, low, high)
        if table.is_skipped(wall_seconds(start.replace(tzinfo=None)))
    }
    expected = {
        (int(start.timestamp()), int(end.timestamp()))
        for start, end in reference(text, low, high)
        if int(start.timestamp()) not in skipped
    }
    assert {pair for pair in ours(text, low, high) if pair[0] not in skipped} == expected


@given(
    start=st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    days=st.integers(1, 4),
    rule=st.sampled_from(
        ["FREQ=WEEKLY", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=DAILY;INTERVAL=3;COUNT=9"]
    ),
    excluded=st.lists(st.integers(0, 90), max_size=3),
)
def test_whole_days_are_those_of_the_owners_zone(
    start: date, days: int, rule: str, excluded: list[int]
) -> None:
    text = "\r\n".join(
        [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", "BEGIN:VEVENT", "UID:day",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{start + timedelta(days=days):%Y%m%d}",
            f"RRULE:{rule}",
            *(f"EXDATE;VALUE=DATE:{start + timedelta(days=number):%Y%m%d}" for number in excluded),
            "END:VEVENT", "END:VCALENDAR", "",
        ]
    )  # fmt: skip
    low = datetime.combine(start, time(), CALENDAR_ZONE)
    high = low + timedelta(days=120)
    expected = {
        tuple(int(datetime.combine(day, time(), CALENDAR_ZONE).timestamp()) for day in pair)
        for pair in reference(text, low.replace(tzinfo=None), high.replace(tzinfo=None))
    }
    found = ours(text, low, high)
    # The reference asks by date: compare what starts well inside the window.
    inside = int(low.timestamp()), int((high - timedelta(days=5)).timestamp())
    assert {pair for pair in found if inside[0] <= pair[0] < inside[1]} == {
        pair for pair in expected if inside[0] <= pair[0] < inside[1]
    }
