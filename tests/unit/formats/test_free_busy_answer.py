"""Answers to a free-busy-query: periods of both forms, kinds, what touches, and what is no answer."""

from __future__ import annotations

import pytest

from convene.formats.free_busy_answer import BusyTime, busy_event, read_free_busy

NINE = 1_796_115_600  # 2026-12-01T09:00:00Z
HOUR = 3_600


def answer(*lines: str) -> bytes:
    told = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VFREEBUSY", *lines, "END:VFREEBUSY", "END:VCALENDAR", ""]
    return "\r\n".join(told).encode()


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        ([], []),
        (["FREEBUSY:20261201T090000Z/20261201T100000Z"], [BusyTime(NINE, NINE + HOUR)]),
        (["FREEBUSY;FBTYPE=BUSY:20261201T090000Z/PT1H"], [BusyTime(NINE, NINE + HOUR)]),
        (["FREEBUSY:20261201T090000Z/PT1H,20261201T100000Z/PT30M"], [BusyTime(NINE, NINE + HOUR * 3 // 2)]),
        (["FREEBUSY:20261201T090000Z/PT1H,", " 20261201T110000Z/PT1H"], [BusyTime(NINE, NINE + HOUR), BusyTime(NINE + 2 * HOUR, NINE + 3 * HOUR)]),
        (["FREEBUSY;FBTYPE=FREE:20261201T090000Z/PT1H"], []),
        (["FREEBUSY;FBTYPE=X-ODD:20261201T090000Z/PT1H"], [BusyTime(NINE, NINE + HOUR)]),
        (["FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261201T090000Z/PT1H"], [BusyTime(NINE, NINE + HOUR)]),
        (
            ["FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261201T090000Z/PT1H", "FREEBUSY:20261201T100000Z/PT1H"],
            [BusyTime(NINE, NINE + HOUR, is_tentative=True), BusyTime(NINE + HOUR, NINE + 2 * HOUR)],
        ),
        (["FREEBUSY:20261201T090000Z/20261201T080000Z"], []),
    ],
)  # fmt: skip
def test_times(lines: list[str], times: list[BusyTime]) -> None:
    assert read_free_busy(answer(*lines)) == times


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
        answer("FREEBUSY:tomorrow"),
        answer("FREEBUSY:20261201T090000Z/soon"),
        answer("FREEBUSY:20261201T090000Z/PT1H")[:-20],
    ],
)
def test_what_is_no_answer_is_not_free_time(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_free_busy(body)


def test_an_event_for_a_time_says_the_time_and_nothing_else() -> None:
    name, text = busy_event(BusyTime(NINE, NINE + HOUR, is_tentative=True))
    assert name == "20261201T090000Z-20261201T100000Z-tentative"
    assert "STATUS:TENTATIVE" in text
    assert {line.split(":")[0] for line in text.split("\r\n") if line} == {
        "BEGIN", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "END",
    }  # fmt: skip
