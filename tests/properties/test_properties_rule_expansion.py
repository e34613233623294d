"""Any rule yields what python-dateutil yields, from any window and without walking there."""

from datetime import datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, example, given
from hypothesis import strategies as st

from convene.core.recurrence_rule import BadRule, parse_rule
from convene.core.rule_expansion import TooFrequent, rule_starts
from convene.core.wall_clock import wall_seconds, wall_time

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NO_LIMIT = 100_000


def expanded(
    text: str, start: datetime, low: datetime, high: datetime, limit: int = NO_LIMIT
) -> list[datetime]:
    found = rule_starts(parse_rule(text), *map(wall_seconds, (start, low, high)), None, limit)
    return [wall_time(time) for time in found]


def numbers(values: list[int], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(
        lambda chosen: ",".join(map(str, chosen))
    )


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that match within a year or two, so that the slow reference comes to an end."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    parts = {"FREQ": frequency, "INTERVAL": str(draw(st.integers(1, 4)))}
    weekdays = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True))
    has_ordinals = frequency in {"YEARLY", "MONTHLY"} and draw(st.booleans())
    by_day = ",".join(
        (draw(st.sampled_from(["1", "2", "-1", "4"])) if has_ordinals else "") + d for d in weekdays
    )
    kind = draw(st.sampled_from(["", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYMONTH", "BYMONTH BYDAY"]))
    if "BYDAY" in kind:
        parts["BYDAY"] = by_day
    if kind == "BYMONTHDAY":
        parts["BYMONTHDAY"] = draw(numbers([1, 2, 15, 28, 31, -1, -2, -28]))
    if kind == "BYYEARDAY" and frequency == "YEARLY":
        parts["BYYEARDAY"] = draw(numbers([1, 60, 200, 365, -1, -100]))
    if kind.startswith("BYMONTH ") or kind == "BYMONTH":
        parts["BYMONTH"] = draw(numbers(list(range(1, 13)), 4))
    if draw(st.booleans()):
        parts["BYHOUR"] = draw(numbers(list(range(24))))
    if draw(st.booleans()) and frequency != "HOURLY":
        parts["BYSETPOS"] = draw(numbers([1, -1], 2))  # these always match
    if draw(st.booleans()):
        parts["COUNT"] = str(draw(st.integers(1, 40)))
    parts["WKST"] = draw(st.sampled_from(DAYS))
    assume(
        "BYSETPOS" not in parts or any(name in parts for name in ("BYDAY", "BYMONTHDAY", "BYHOUR", "BYMONTH"))
    )
    assume(frequency != "HOURLY" or "BYHOUR" not in parts or parts["INTERVAL"] == "1")
    return ";".join(f"{name}={value}" for name, value in parts.items())


@given(
    text=rules(),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1)).map(
        lambda time: time.replace(microsecond=0)
    ),
    after=st.integers(-50, 700),
    length=st.integers(1, 120),
)
@example("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", datetime(2025, 8, 5, 9), 0, 120)
@example("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", datetime(2025, 8, 5, 9), 0, 120)
@example("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;INTERVAL=1", datetime(2025, 1, 1), 0, 400)
@example("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=11", datetime(2025, 1, 4, 8), 3, 60)
def test_agrees_with_dateutil(text: str, start: datetime, after: int, length: int) -> None:
    low = start + timedelta(days=after)
    high = low + timedelta(days=length)
    reference = rrulestr(text, dtstart=start)
    try:
        expected = [time for time in takewhile(lambda time: time < high, reference) if time >= low]
    except ValueError:
        assume(False)
    assert expanded(text, start, low, high) == expected


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=366",
    ],
)
def test_rules_that_never_match_end(text: str) -> None:
    assert expanded(text, datetime(1602, 1, 1), datetime(2026, 1, 1), datetime(2027, 1, 1)) == []


def test_a_start_long_ago_costs_nothing_without_a_count() -> None:
    days = expanded("FREQ=HOURLY;INTERVAL=7", datetime(1, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 3))
    assert len(days) == 7
    with pytest.raises(BadRule, match="too many steps"):
        expanded("FREQ=HOURLY;COUNT=99999999", datetime(1, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 3))


@pytest.mark.parametrize("frequency", ["MINUTELY", "SECONDLY"])
def test_minutes_and_seconds_are_refused(frequency: str) -> None:
    with pytest.raises(TooFrequent):
        expanded(f"FREQ={frequency}", datetime(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 2))


@pytest.mark.parametrize("text", ["FREQ=DAILY", "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"])
def test_one_more_than_the_limit_is_returned(text: str) -> None:
    start = datetime(2026, 1, 1)
    assert len(expanded(text, start, start, datetime(2027, 1, 1), limit=10)) == 11


def test_weeks_are_counted_from_the_day_that_begins_them() -> None:
    """2027-01-02 closes week 52 of 2026 where weeks begin on Sunday (dateutil 2.9 takes it for week 53)."""
    start, high = datetime(2026, 6, 24, 9), datetime(2027, 2, 1)
    assert expanded("FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA;WKST=SU", start, start, high) == []
    assert expanded("FREQ=YEARLY;BYWEEKNO=52;BYDAY=SA;WKST=SU", start, start, high) == [
        datetime(2027, 1, 2, 9)
    ]
    # A week without a weekday means that of the first start.
    assert expanded(
        "FREQ=YEARLY;BYWEEKNO=20", datetime(1997, 5, 12, 9), datetime(1997, 1, 1), datetime(1999, 12, 31)
    ) == [
        datetime(1997, 5, 12, 9),
        datetime(1998, 5, 11, 9),
        datetime(1999, 5, 17, 9),
    ]
