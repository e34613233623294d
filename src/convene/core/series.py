"""Series: the same meeting several times, every week, every two weeks or every month, at one wall-clock time.

Occurrences are those of RFC 5545 (section 3.3.10) for `FREQ=WEEKLY`, `FREQ=WEEKLY;INTERVAL=2` and `FREQ=MONTHLY`: they
keep the local time over changes of the clock, and months that lack the day are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count as numbers
from typing import Any, Literal, cast

from convene.core.errors import Invalid
from convene.core.instants import from_seconds, seconds_floor, to_wall, wall_datetime_to_instant

Frequency = Literal["weekly", "biweekly", "monthly"]
# Free time is known a year ahead.
MOST: Mapping[str, int] = {"weekly": 26, "biweekly": 26, "monthly": 12}
_RULES: Mapping[Frequency, str] = {
    "weekly": "FREQ=WEEKLY",
    "biweekly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a visitor may repeat a meeting: 1 to `max_count` times."""

    frequency: Frequency
    max_count: int

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored and told."""
        return {"frequency": self.frequency, "max_count": self.max_count}


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """What a visitor confirms: for each occurrence from `start` on when it shall be, None for those left out."""

    start: datetime
    chosen: tuple[datetime | None, ...]

    @property
    def starts(self) -> list[datetime]:
        """When the meetings are that shall be booked."""
        return [at for at in self.chosen if at is not None]


def recurrence_of(given: object) -> Recurrence | None:
    """Return a page's recurrence from its JSON; raise `Invalid` for what cannot be."""
    if given is None or isinstance(given, Recurrence):
        return given
    members = given if isinstance(given, Mapping) else {}
    frequency, most = members.get("frequency"), members.get("max_count")
    if frequency not in MOST:
        told = ", ".join(MOST)
        raise Invalid("recurrence.frequency", f"recurrence.frequency must be one of: {told}.")
    limit = MOST[str(frequency)]
    if not isinstance(most, int) or isinstance(most, bool) or not 2 <= most <= limit:
        raise Invalid(
            "recurrence.max_count", f"recurrence.max_count must be 2 to {limit} for {frequency} meetings."
        )
    return Recurrence(cast("Frequency", frequency), most)


def occurrences(start: datetime, frequency: Frequency, count: int, tzid: str) -> list[datetime]:
    """Return the first `count` starts of a series in UTC; its first is `start` itself."""
    first = to_wall(seconds_floor(start), tzid)
    found = [start]
    for day in _days(first.date(), frequency):
        if len(found) >= count:
            break
        wall = datetime.combine(day, first.time())
        found.append(from_seconds(wall_datetime_to_instant(wall, tzid)))
    return found


def rule_of(starts: Sequence[datetime], tzid: str) -> str:
    """Return the RRULE (its value) by which these starts follow each other, "" if there is one alone or none fits."""
    for frequency, rule in _RULES.items():
        if len(starts) > 1 and occurrences(starts[0], frequency, len(starts), tzid) == list(starts):
            return f"{rule};COUNT={len(starts)}"
    return ""


def check_choice(choice: SeriesChoice, recurrence: Recurrence, tzid: str) -> None:
    """Raise `Invalid` unless a choice is of this recurrence: each meeting on the day of its occurrence, or left out."""
    if not 1 <= len(choice.chosen) <= recurrence.max_count:
        raise Invalid("times", f"times must be 1 to {recurrence.max_count}.")
    if not choice.starts:
        raise Invalid("start", "start: every date is left out. Nothing would be booked.")
    wanted = occurrences(choice.start, recurrence.frequency, len(choice.chosen), tzid)
    for at, chosen in zip(wanted, choice.chosen, strict=True):
        if chosen is not None and _day(chosen, tzid) != _day(at, tzid):
            raise Invalid("start", "start: a meeting is on another day than its series.")


def _day(at: datetime, tzid: str) -> date:
    return to_wall(seconds_floor(at), tzid).date()


def _days(first: date, frequency: Frequency) -> Iterator[date]:
    """The days after the first."""
    if frequency != "monthly":
        step = timedelta(weeks=1 if frequency == "weekly" else 2)
        yield from (first + number * step for number in numbers(1))
    for number in numbers(1):
        year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
        try:
            yield date(year, month + 1, first.day)
        except ValueError:
            continue


def most_days(recurrence: Recurrence) -> int:
    """Return how many days after its first meeting a series can have another."""
    weeks = {"weekly": 1, "biweekly": 2, "monthly": 5}[recurrence.frequency]
    return 7 * weeks * recurrence.max_count
