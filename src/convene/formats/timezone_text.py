"""A VTIMEZONE for a zone of the database (RFC 5545 section 3.6.5), for programs that know no zone names.

Clocks that change by the same rule every year are written as that rule, others as a list of dates.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from convene.core.instants import zone as named_zone
from convene.core.recurrence_rule import WEEKDAYS
from convene.core.wall_clock import offset_at, offset_changes, wall_seconds, wall_time

_YEARS = 5


class _Change(NamedTuple):
    """One change of the clocks: the wall time before it, and the offsets around it."""

    onset: datetime
    before: int
    after: int
    name: str


def timezone_component(tzid: str, year: int) -> Timezone:
    """Return the VTIMEZONE of `tzid` that holds for events from `year` on. The zone must exist."""
    zone = named_zone(tzid)
    changes = _changes(zone, year - 1, year - 1 + _YEARS)
    component = Timezone()
    component.add("tzid", tzid)
    rules = [
        _yearly_rule([change for change in changes if _kind(change) == kind]) for kind in _kinds(changes)
    ]
    if rules and all(rules):
        for kind, rule in zip(_kinds(changes), rules, strict=True):
            first = next(change for change in changes if _kind(change) == kind)
            component.add_component(_part(first, rule=rule))
        return component
    start = wall_seconds(datetime(year - 1, 1, 1))  # noqa: DTZ001 - a wall clock
    offset = offset_at(start, zone)
    name = wall_time(start).replace(tzinfo=zone).tzname() or tzid
    component.add_component(_part(_Change(datetime(1970, 1, 1), offset, offset, name)))  # noqa: DTZ001
    for change in changes:
        component.add_component(_part(change))
    return component


def _changes(zone: tzinfo, first_year: int, last_year: int) -> list[_Change]:
    offset = offset_at(wall_seconds(datetime(first_year, 1, 1)), zone)  # noqa: DTZ001
    found = []
    for year in range(first_year, last_year + 1):
        for instant, after in offset_changes(zone, year):
            name = wall_time(instant + after).replace(tzinfo=zone, fold=1).tzname() or ""
            found.append(_Change(wall_time(instant + offset), offset, after, name))
            offset = after
    return found


def _kind(change: _Change) -> tuple[int, int]:
    return change.before, change.after


def _kinds(changes: list[_Change]) -> list[tuple[int, int]]:
    return list(dict.fromkeys(map(_kind, changes)))


def _yearly_rule(changes: list[_Change]) -> dict[str, Any] | None:
    """Return the rule that all these changes follow, one a year on the n-th or last weekday of a month, or None."""
    first = changes[0].onset
    if len(changes) < _YEARS or any(
        later.onset.year != earlier.onset.year + 1 for earlier, later in pairwise(changes)
    ):
        return None
    if len({(change.onset.month, change.onset.weekday(), change.onset.time()) for change in changes}) > 1:
        return None
    onsets = [change.onset for change in changes]
    if all((onset + timedelta(days=7)).month != onset.month for onset in onsets):
        ordinal = -1
    elif len({(onset.day - 1) // 7 for onset in onsets}) == 1:
        ordinal = (first.day - 1) // 7 + 1
    else:
        return None
    return {"freq": "yearly", "bymonth": first.month, "byday": f"{ordinal}{WEEKDAYS[first.weekday()]}"}


def _part(change: _Change, *, rule: dict[str, Any] | None = None) -> Any:
    part = TimezoneDaylight() if change.after > change.before else TimezoneStandard()
    part.add("dtstart", change.onset)
    part.add("tzoffsetfrom", timedelta(seconds=change.before))
    part.add("tzoffsetto", timedelta(seconds=change.after))
    part.add("tzname", change.name)
    if rule:
        part.add("rrule", rule)
    return part
