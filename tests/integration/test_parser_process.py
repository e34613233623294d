"""The parser process survives every text, or is replaced, and the texts beside a guilty one are read all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from convene.formats.event_details import ParsedDetails
from convene.formats.parser_messages import ParsedOccurrence
from convene.formats.parser_process import CalendarParser, ParsedResource, ParserUnavailable
from factories.icalendar_texts import calendar, event, timed

WINDOW = datetime(2026, 11, 13, tzinfo=UTC), datetime(2027, 12, 25, tzinfo=UTC)
GOOD = calendar(
    event(*timed("20261201T090000", "20261201T100000"), "X-CONVENE-BOOKING:bkg_1", "X-CONVENE-REVISION:3")
)
NINE = int(datetime(2026, 12, 1, 9, tzinfo=UTC).timestamp())


@pytest.fixture
async def parser() -> AsyncIterator[CalendarParser]:
    async with CalendarParser() as opened:
        yield opened


def processes(parser: CalendarParser) -> list[int]:
    pids = [worker._process.pid for worker in parser._workers]
    return [pid for pid in pids if pid is not None]


async def read(parser: CalendarParser, *texts: str) -> list[ParsedResource]:
    items = [(f"/cal/{number}.ics", text) for number, text in enumerate(texts)]
    return await parser.read(items, "Europe/Berlin", *WINDOW, ["ana@example.org"])


async def test_what_is_read(parser: CalendarParser) -> None:
    [resource] = await read(parser, GOOD)
    assert resource == ParsedResource(
        remote_id="/cal/0.ics",
        uid="one@test",
        summary="Weekly review",
        booking_id="bkg_1",
        booking_revision=3,
        start=NINE,
        end=NINE + 3600,
        blocks=[(NINE, NINE + 3600, "busy")],
        occurrences=[ParsedOccurrence("one@test", NINE, NINE + 3600, 0)],
        components=[ParsedDetails("Weekly review", start_tzid="Europe/London")],
    )


async def test_the_owners_answer_and_zone_arrive(parser: CalendarParser) -> None:
    invited = calendar(
        event(
            "DTSTART;VALUE=DATE:20261201",
            "ATTENDEE;PARTSTAT=TENTATIVE:mailto:Ana@example.org",
            "RRULE:FREQ=YEARLY",
        )
    )
    [resource] = await read(parser, invited)
    midnight = int(datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp())
    year = 365 * 86_400
    assert resource.blocks == [
        (midnight, midnight + 86_400, "tentative"),
        (midnight + year, midnight + year + 86_400, "tentative"),
    ]
    assert resource.is_recurring


async def test_many_texts_keep_their_order(parser: CalendarParser) -> None:
    resources = await read(parser, *[GOOD.replace("one@test", f"{number}@test") for number in range(450)])
    assert [resource.uid for resource in resources] == [f"{number}@test" for number in range(450)]
    assert len(set(processes(parser))) == 1


# What has been seen to hold a processor for many seconds, or to take hundreds of megabytes


def repeating(rule: str, start: str = "20251101T090000Z", end: str = "20251101T093000Z") -> str:
    return calendar(event(f"DTSTART:{start}", f"DTEND:{end}", f"RRULE:{rule}"))


EVERYTHING = ";".join(
    [
        "FREQ=YEARLY",
        "BYMONTHDAY=" + ",".join(map(str, range(1, 32))),
        "BYHOUR=" + ",".join(map(str, range(24))),
        "BYMINUTE=" + ",".join(map(str, range(60))),
        "BYSECOND=" + ",".join(map(str, range(60))),
        "BYSETPOS=" + ",".join(map(str, range(1, 367))),
    ]
)
PLAIN_EVENTS = calendar(
    *(
        event(
            *timed(f"2026120{1 + n % 9}T{n % 24:02}0000", f"2026120{1 + n % 9}T{n % 24:02}3000"), uid=str(n)
        )
        for n in range(19_900)
    )
)
OBSERVANCES = (
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\n"
)
BOMBS = {
    "100,000 EXDATE lines": (
        calendar(
            event("DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY", *["EXDATE:20260101T090000Z"] * 100_000)
        ),
        "too_complex",
    ),
    "100,000 EXDATEs on a line": (
        calendar(event("DTSTART:20260101T090000Z", "EXDATE:" + ",".join(["20260101T090000Z"] * 100_000))),
        "too_complex",
    ),
    "every second": (repeating("FREQ=SECONDLY"), ""),
    "every second of a day that never comes": (repeating("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"), ""),
    "a day that never comes": (repeating("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), ""),
    "an hour that never comes, counted": (
        repeating("FREQ=HOURLY;COUNT=9;BYMONTH=2;BYMONTHDAY=30", "16010101T000000Z"),
        "",
    ),
    "every minute for ten years": (repeating("FREQ=MINUTELY", "20161101T090000Z", "20161101T090100Z"), ""),
    "every part of a rule": (repeating(EVERYTHING), ""),
    "20,000 events": (PLAIN_EVENTS, ""),
    "a line of 50 MB": (calendar("X-LINE:" + "x" * 50_000_000), "too_complex"),
    "5,000 components inside each other": (
        "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 5_000 + "END:VEVENT\r\n" * 5_000 + "END:VCALENDAR\r\n",
        "too_complex",
    ),
    "a zone of 1,000 parts": (
        calendar(
            "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n" + OBSERVANCES * 1_000 + "END:VTIMEZONE",
            event(*timed("20261201T090000", "20261201T100000", "Mine")),
        ),
        "",
    ),
    "the last day of all": (repeating("FREQ=DAILY", "99991231T230000Z", "99991231T235900Z"), ""),
    "a path as a zone": (
        calendar(event(*timed("20261201T090000", "20261201T100000", "../../etc/passwd"))),
        "",
    ),
    "folded for ever": (calendar("X-LINE:" + "\r\n " * 3_000_000), ""),
    "short lines for ever": (calendar("a\r\n" * 3_000_000), ""),
    "a minus sign for ever": (repeating("FREQ=DAILY;INTERVAL=" + "9" * 60_000), ""),
    "quotes for ever": (calendar(event("DTSTART:20261201T090000Z", 'ATTENDEE;CN="' + '";CN="' * 10_000)), ""),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_no_text_ends_the_process(parser: CalendarParser, name: str) -> None:
    text, problem = BOMBS[name]
    await read(parser, GOOD)
    before = processes(parser)
    # The process has two seconds of processor time, plus a half for each megabyte, after which the kernel ends it:
    # that it is the same process afterwards means that the text took less.
    bomb, good = await read(parser, text, GOOD)
    assert processes(parser) == before
    assert bomb.problem == problem
    assert good.blocks == [(NINE, NINE + 3600, "busy")]
    if problem:
        assert [notice.code for notice in bomb.notices] == [problem]


async def test_memory_stays_small() -> None:
    async with CalendarParser(memory_mib=200) as parser:
        for name in ("20,000 events", "folded for ever", "short lines for ever", "a line of 50 MB"):
            await read(parser, GOOD)
            before = processes(parser)
            await read(parser, BOMBS[name][0])
            assert processes(parser) == before
        with open(f"/proc/{before[0]}/status", encoding="ascii") as status:  # noqa: ASYNC230, PTH123
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 256 * 1024


# Limits at work: hours that take too long to walk through

SLOW = calendar(
    *(event("DTSTART:20200101T000000Z", "RRULE:FREQ=HOURLY;BYMONTHDAY=31", uid=str(n)) for n in range(3_000))
)


async def test_only_the_guilty_text_is_marked() -> None:
    async with CalendarParser(cpu_seconds=0.3) as parser:
        resources = await read(parser, GOOD, SLOW, GOOD, SLOW, GOOD)
        assert [resource.problem for resource in resources] == ["", "too_complex", "", "too_complex", ""]
        assert [len(resource.blocks) for resource in resources] == [1, 0, 1, 0, 1]
        [again] = await read(parser, GOOD)
        assert again.blocks == [(NINE, NINE + 3600, "busy")]


SLOW_SERIES = calendar(
    *(
        event(*timed("20261201T090000", "20261201T100000"), "RRULE:FREQ=HOURLY;BYMONTHDAY=31", summary=str(n))
        for n in range(450)
    )
)


async def test_of_an_event_that_takes_too_long_its_own_time_is_unknown() -> None:
    async with CalendarParser(cpu_seconds=0.1) as parser:
        slow, good = await read(parser, SLOW_SERIES, GOOD)
    assert (slow.problem, good.problem) == ("too_complex", "")
    assert (slow.uid, slow.blocks) == ("one@test", [(NINE, NINE + 3600, "unknown")])
    assert (slow.is_time_known, slow.is_whole_calendar) == (True, False)


async def test_of_a_calendar_that_takes_too_long_nothing_is_known() -> None:
    async with CalendarParser(cpu_seconds=0.3) as parser:
        [slow] = await read(parser, SLOW)
    assert (slow.blocks, slow.is_time_known, slow.is_whole_calendar) == ([], False, True)


async def test_a_text_that_takes_too_much_memory() -> None:
    async with CalendarParser(memory_mib=16) as parser:
        big, good = await read(parser, PLAIN_EVENTS, GOOD)
        assert (big.problem, good.problem) == ("too_complex", "")


async def test_a_process_that_dies_is_replaced(parser: CalendarParser) -> None:
    await read(parser, GOOD)
    [pid] = processes(parser)
    os.kill(pid, signal.SIGKILL)
    [resource] = await read(parser, GOOD)
    assert resource.problem == ""
    assert processes(parser) != [pid]


async def test_a_process_that_does_not_start_blames_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    async with CalendarParser() as parser:
        with pytest.raises(ParserUnavailable, match="does not start"):
            await read(parser, GOOD)


async def test_a_cancelled_call_leaves_no_answer_behind(parser: CalendarParser) -> None:
    reading = asyncio.create_task(read(parser, *[PLAIN_EVENTS] * 3))
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    [resource] = await read(parser, GOOD)
    assert resource.uid == "one@test"


async def test_calls_at_the_same_time(parser: CalendarParser) -> None:
    texts = [GOOD.replace("one@test", f"{number}@test") for number in range(20)]
    answers = await asyncio.gather(*(read(parser, text) for text in texts))
    assert [resource.uid for [resource] in answers] == [f"{number}@test" for number in range(20)]


async def test_closing_ends_the_processes() -> None:
    parser = CalendarParser(processes=2)
    await asyncio.gather(read(parser, PLAIN_EVENTS), read(parser, PLAIN_EVENTS))
    pids = processes(parser)
    assert len(pids) == 2
    await parser.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_the_process_knows_no_secrets(parser: CalendarParser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@db/convene")
    monkeypatch.setenv("CONVENE_SECRET", "secret")
    await read(parser, GOOD)
    [pid] = processes(parser)
    with open(f"/proc/{pid}/environ", "rb") as environ:  # noqa: ASYNC230, PTH123
        assert b"secret" not in environ.read()


async def test_a_calendar_with_too_many_times_is_unknown_from_there_on(parser: CalendarParser) -> None:
    hourly = calendar(
        event("DTSTART:20200101T000000Z", "DTEND:20200101T003000Z", "RRULE:FREQ=HOURLY;INTERVAL=2")
    )
    resources = await read(parser, *[hourly] * 12, GOOD)
    first, last = resources[0], resources[-1]
    assert {kind for _, _, kind in first.blocks} == {"busy"}
    assert [kind for _, _, kind in last.blocks] == ["unknown"]
    assert [notice.code for notice in last.notices] == ["too_many"]
