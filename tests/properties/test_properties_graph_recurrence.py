"""A rule that Microsoft's patterns can say takes place on the same dates as a pattern, and when it is read back.

Three readers that share nothing: python-dateutil reads the rule, the fake of Graph the pattern, and ours turns one into
the other.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from convene.formats.graph_recurrence import NotExpressible, recurrence_of, rule_of
from fakes.graph_times import DAYS, check_recurrence, occurrences

NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]
LAST = datetime(2044, 1, 1)
SOME = 60


def by_rule(text: str, start: datetime) -> list[datetime]:
    """The first local starts that dateutil finds, as RFC 5545 has it, to a far horizon."""
    rule = rrulestr(text.replace("Z", ""), dtstart=start.replace(tzinfo=None))
    return list(takewhile(lambda found: found < LAST, islice(rule, SOME)))


def by_pattern(recurrence: dict[str, Any], start: datetime) -> list[datetime]:
    """The first local starts that the fake of Graph finds."""
    local = {"dateTime": start.replace(tzinfo=None).isoformat(), "timeZone": str(start.tzinfo)}
    master = {"start": local, "end": local, "recurrence": recurrence}
    check_recurrence(master)
    until = LAST.replace(tzinfo=start.tzinfo)
    found = [day for day, _, _ in islice(occurrences(master, until), SOME)]
    return [datetime.combine(day, start.time()) for day in found]


def local_until(text: str, start: datetime) -> str:
    """The same rule with its end on the wall clock, where dateutil shall read it without a zone."""
    head, mark, until = text.partition("UNTIL=")
    if not mark or not until.endswith("Z"):
        return text
    moment = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=ZoneInfo("UTC"))
    return f"{head}{mark}{moment.astimezone(start.tzinfo):%Y%m%dT%H%M%S}"


starts = st.builds(
    lambda day, hour, tzid: datetime(2026, 1, 1, hour, 30, tzinfo=ZoneInfo(tzid)) + timedelta(days=day),
    st.integers(0, 1_500),
    st.integers(4, 22),
    st.sampled_from(ZONES),
)


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, datetime]:
    """Rules of all kinds, half of them beyond what a pattern can say, and a start that is mostly one of theirs."""
    start = draw(starts)
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 4))}"]
    days = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    kind = draw(st.sampled_from(["", "BYDAY", "ORDINAL", "BYSETPOS", "BYMONTHDAY", "BYMONTH"]))
    if kind in ("BYDAY", "BYSETPOS"):
        parts.append(f"BYDAY={','.join(days)}")
    if kind == "ORDINAL" and frequency in ("MONTHLY", "YEARLY"):
        ordinal = draw(st.sampled_from([1, 2, 3, 4, 5, -1, -2]))
        parts.append(f"BYDAY={','.join(f'{ordinal}{day}' for day in days[: draw(st.integers(1, 2))])}")
    if kind == "BYSETPOS" and frequency in ("MONTHLY", "YEARLY"):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, 3, 4, -1, 5]))}")
    if kind == "BYMONTHDAY" and frequency in ("MONTHLY", "YEARLY"):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from([1, 15, 28, 29, 31, -1, -2]))}")
    if kind == "BYMONTH" or (frequency == "YEARLY" and draw(st.booleans())):
        parts.append(f"BYMONTH={draw(st.integers(1, 12))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(['MO', 'SU', 'TH']))}")
    found = by_rule(";".join(parts), start)
    if found and draw(st.integers(0, 9)):
        start = found[0].replace(tzinfo=start.tzinfo)
    end = draw(st.sampled_from(["", "COUNT", "UNTIL", "DATE"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    elif end:
        # Around one of its own times, where a day too many or too few shows.
        near = draw(st.sampled_from(found or [start.replace(tzinfo=None)])).replace(tzinfo=start.tzinfo)
        last = near + timedelta(days=draw(st.integers(-1, 1)), hours=draw(st.integers(-3, 3)))
        # A day ends when it is over where the series is; a moment is told in UTC.
        moment = last.replace(hour=23, minute=59, second=59) if end == "DATE" else last
        parts.append(f"UNTIL={moment.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}")
    return ";".join(parts), start


@given(rules())
@example(("FREQ=MONTHLY;BYMONTHDAY=-1", datetime(2026, 1, 31, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))))
@example(("FREQ=DAILY;UNTIL=20260105T070000Z", datetime(2026, 1, 2, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))))
@example(("FREQ=DAILY;UNTIL=20260105T083000Z", datetime(2026, 1, 2, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))))
@example(("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", datetime(2026, 1, 4, 9, 30, tzinfo=ZoneInfo("UTC"))))
def test_what_can_be_said_means_the_same_there_and_back(made: tuple[str, datetime]) -> None:
    text, start = made
    try:
        recurrence = recurrence_of(text, start)
    except NotExpressible as refusal:
        event(str(refusal))
        return
    event("said")
    wanted = by_rule(local_until(text, start), start)
    assert by_pattern(recurrence, start) == wanted
    back = rule_of(recurrence, is_all_day=False, start=start)
    assert by_rule(local_until(back, start), start) == wanted
    # What was read back can be said again, and is the same.
    assert recurrence_of(back, start) == recurrence


@st.composite
def patterns(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(
            ["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"]
        )
    )
    pattern: dict[str, Any] = {"type": kind, "interval": draw(st.integers(1, 3))}
    if kind == "weekly" or kind.startswith("relative"):
        pattern["daysOfWeek"] = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True))
    if kind == "weekly":
        pattern["firstDayOfWeek"] = draw(st.sampled_from(DAYS))
    if kind.startswith("relative"):
        pattern["index"] = draw(st.sampled_from(["first", "second", "third", "fourth", "last"]))
    if kind.startswith("absolute"):
        pattern["dayOfMonth"] = draw(st.integers(1, 31))
    if kind.endswith("Yearly"):
        pattern["month"] = draw(st.integers(1, 12))
    return pattern


@given(patterns(), starts, st.sampled_from(["noEnd", "numbered", "endDate"]), st.integers(1, 800))
def test_any_pattern_is_a_rule_that_means_the_same(
    pattern: dict[str, Any], start: datetime, end: str, length: int
) -> None:
    bounds: dict[str, Any] = {"type": end, "startDate": start.date().isoformat()}
    if end == "numbered":
        bounds["numberOfOccurrences"] = length % 50 + 1
    if end == "endDate":
        bounds["endDate"] = (start.date() + timedelta(days=length)).isoformat()
    recurrence = {"pattern": pattern, "range": bounds}
    wanted = by_pattern(recurrence, start)
    assume(wanted)
    # Graph tells a series with the start of its first occurrence.
    first = wanted[0].replace(tzinfo=start.tzinfo)
    text = rule_of(recurrence, is_all_day=False, start=first)
    assert by_rule(local_until(text, first), first) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FREQ=SECONDLY", "within a day"),
        ("FREQ=DAILY;BYHOUR=9,15", "times of the day"),
        ("FREQ=YEARLY;BYWEEKNO=20", "weeks or days of the year"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "leaves out"),
        ("FREQ=WEEKLY;BYMONTH=1", "leaves out"),
        ("FREQ=MONTHLY;BYDAY=MO", "several days"),
        ("FREQ=MONTHLY;BYDAY=5TH", "fourth"),
        ("FREQ=MONTHLY;BYMONTHDAY=29", "not every month"),
        ("FREQ=YEARLY;BYMONTH=1,7", "several months"),
        ("FREQ=DAILY;COUNT=1000", "999"),
        ("FREQ=DAILY;UNTIL=20251231T000000Z", "ends before"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
    ],
)
def test_a_refusal_says_what_is_in_the_way(text: str, reason: str) -> None:
    with pytest.raises(NotExpressible, match=reason):
        recurrence_of(text, datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("UTC")))


def test_whole_days_repeat_by_their_date() -> None:
    recurrence = recurrence_of("FREQ=WEEKLY;UNTIL=20260122", date(2026, 1, 1))
    assert recurrence["range"] == {
        "type": "endDate",
        "startDate": "2026-01-01",
        "endDate": "2026-01-22",
        "recurrenceTimeZone": "UTC",
    }
    text = rule_of(recurrence, is_all_day=True, start=datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
    assert text == "FREQ=WEEKLY;INTERVAL=1;BYDAY=TH;WKST=MO;UNTIL=20260122"
