"""How fast series are expanded and texts are read, beside the libraries that do the same.

    python bench/expansion.py [--series 1000]

The series: a quarter each of Monday and Wednesday with three deletions, second Tuesday with one, every day, and every
second week; in five zones, over one year. Every engine gets the same text and the sets of starts are compared. Ratios
are to recurring-ical-events in the same run, in processor time; absolute rates depend on the machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

from convene.core.recurrence import expand
from convene.formats.icalendar import read_calendar

ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Santiago")
LOW, HIGH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
KINDS = (
    (
        "20260105T090000",
        60,
        "FREQ=WEEKLY;BYDAY=MO,WE",
        ("20260302T090000", "20260603T090000", "20260907T090000"),
    ),
    ("20260113T110000", 60, "FREQ=MONTHLY;BYDAY=2TU", ("20260512T110000",)),
    ("20260101T083000", 15, "FREQ=DAILY", ()),
    ("20260106T150000", 60, "FREQ=WEEKLY;INTERVAL=2", ()),
)
Starts = list[tuple[str, int]]


def text_of(count: int) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:bench"]
    for number in range(count):
        start, minutes, rule, deleted = KINDS[number % 4]
        zone = ZONES[number // 4 % 5]
        end = datetime.strptime(start, "%Y%m%dT%H%M%S") + timedelta(minutes=minutes)  # noqa: DTZ007
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}",
            "DTSTAMP:20260101T000000Z",
            f"SUMMARY:Series {number}",
            f"DTSTART;TZID={zone}:{start}",
            f"DTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}",
            f"RRULE:{rule}",
            *(f"EXDATE;TZID={zone}:{when}" for when in deleted),
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def convene(text: str) -> Callable[[], Starts]:
    series = read_calendar(text, ZoneInfo("Europe/London")).series
    window, zone = (int(LOW.timestamp()), int(HIGH.timestamp())), ZoneInfo("Europe/London")
    return lambda: [
        (one.uid, occurrence[0]) for one in series for occurrence in expand(one, window, zone).occurrences
    ]


def oracle(text: str) -> Callable[[], Starts]:
    calendar = icalendar.Calendar.from_ical(text)
    return lambda: [
        (str(event["UID"]), int(event["DTSTART"].dt.timestamp()))
        for event in recurring_ical_events.of(calendar).between(LOW, HIGH)
    ]


def plain_dateutil(text: str) -> Callable[[], Starts]:
    """The rules alone on local time, turned into instants one by one, deletions removed."""
    rows = []
    for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
        zone = ZoneInfo(event["DTSTART"].params["TZID"])
        deleted = {when.dt.replace(tzinfo=None) for line in _lists(event.get("EXDATE")) for when in line.dts}
        start = event["DTSTART"].dt.replace(tzinfo=None)
        rows.append((str(event["UID"]), start, zone, event["RRULE"].to_ical().decode(), deleted))
    low, high = int(LOW.timestamp()), int(HIGH.timestamp())
    after = HIGH.replace(tzinfo=None) + timedelta(days=1)

    def run() -> Starts:
        found: Starts = []
        for uid, start, zone, rule, deleted in rows:
            for local in rrulestr(rule, dtstart=start).between(start, after, inc=True):
                if local not in deleted:
                    instant = int(local.replace(tzinfo=zone).timestamp())
                    if low <= instant < high:
                        found.append((uid, instant))
        return found

    return run


def _lists(value: object) -> Iterable[icalendar.prop.vDDDLists]:
    return [] if value is None else value if isinstance(value, list) else [value]  # type: ignore[list-item]


def best(run: Callable[[], object], times: int) -> tuple[float, object]:
    seconds, answer = float("inf"), None
    for _ in range(times):
        begun = time.process_time()
        answer = run()
        seconds = min(seconds, time.process_time() - begun)
    return seconds, answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=1_000)
    text = text_of(parser.parse_args().series)
    slowest, expected = best(oracle(text), 1)
    assert isinstance(expected, list)
    print(f"Expanding {len(expected):,} occurrences of one year")
    print(f"{'engine':28}{'seconds':>9}{'per second':>14}{'ratio':>9}  same starts")
    print(f"{'recurring-ical-events':28}{slowest:9.3f}{len(expected) / slowest:14,.0f}{1:9.1f}  reference")
    for name, engine in (("dateutil on local time", plain_dateutil(text)), ("convene", convene(text))):
        seconds, found = best(engine, 5)
        row = f"{name:28}{seconds:9.3f}{len(expected) / seconds:14,.0f}{slowest / seconds:9.1f}"
        print(row, "", "yes" if sorted(found) == sorted(expected) else "NO")
    reading, _ = best(lambda: icalendar.Calendar.from_ical(text), 2)
    ours, _ = best(lambda: read_calendar(text, ZoneInfo("Europe/London")), 3)
    count = text.count("BEGIN:VEVENT")
    print(f"\nReading {count:,} events ({len(text) // 1024} KiB)")
    print(f"{'icalendar':28}{reading:9.3f}{count / reading:14,.0f}{1:9.1f}")
    print(f"{'convene':28}{ours:9.3f}{count / ours:14,.0f}{reading / ours:9.1f}")


if __name__ == "__main__":
    main()
