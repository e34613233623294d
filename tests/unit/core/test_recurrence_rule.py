"""Rules are read strictly, and say what is wrong with them."""

from datetime import datetime

import pytest

from convene.core.recurrence_rule import BadRule, Rule, Until, parse_rule


def test_every_part() -> None:
    rule = parse_rule(
        "FREQ=yearly;INTERVAL=2;COUNT=5;BYMONTH=3,1;BYWEEKNO=-1,20;BYYEARDAY=1,-1;BYMONTHDAY=15,-1;"
        "BYDAY=-1SU,2MO,FR;BYHOUR=9;BYMINUTE=0,30;BYSECOND=0;BYSETPOS=-1,1;WKST=SU;X-OTHER=1"
    )
    assert rule == Rule(
        frequency="YEARLY",
        interval=2,
        count=5,
        by_month=(1, 3),
        by_week_number=(-1, 20),
        by_year_day=(-1, 1),
        by_month_day=(-1, 15),
        by_day=((-1, 6), (0, 4), (2, 0)),
        by_hour=(9,),
        by_minute=(0, 30),
        by_second=(0,),
        by_set_position=(-1, 1),
        week_start=6,
    )


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("20261224", Until(datetime(2026, 12, 24), is_utc=False, is_date=True)),
        ("20261224T090000", Until(datetime(2026, 12, 24, 9), is_utc=False, is_date=False)),
        ("20261224T090000Z", Until(datetime(2026, 12, 24, 9), is_utc=True, is_date=False)),
    ],
)
def test_until(text: str, until: Until) -> None:
    assert parse_rule(f"FREQ=DAILY;UNTIL={text}").until == until


def test_no_end_written_as_a_negative_count() -> None:
    assert parse_rule("FREQ=DAILY;COUNT=-1").count is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no value"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=SOMETIMES", "FREQ is SOMETIMES"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be at least 1"),
        ("FREQ=DAILY;INTERVAL=-3", "INTERVAL must be at least 1"),
        ("FREQ=DAILY;COUNT=0", "COUNT must be at least 1"),
        ("FREQ=DAILY;COUNT=many", "'MANY' is not a number"),
        ("FREQ=DAILY;UNTIL=20261340", "no date"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL is"),
        ("FREQ=WEEKLY;BYDAY=XX", "not a weekday"),
        ("FREQ=MONTHLY;BYDAY=99MO", "no such ordinal"),
        ("FREQ=MONTHLY;BYDAY=0MO", "no such ordinal"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "not between 1 and 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "not between 1 and 31"),
        ("FREQ=DAILY;BYHOUR=24", "not between 0 and 23"),
        ("FREQ=DAILY;BYHOUR=-1", "not between 0 and 23"),
        ("FREQ=DAILY;WKST=8", "WKST is"),
        ("FREQ=YEARLY;BYEASTER=0", "BYEASTER is not known"),
        ("RSCALE=CHINESE;FREQ=YEARLY", "Gregorian"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "Gregorian"),
    ],
)
def test_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadRule, match=complaint):
        parse_rule(text)
