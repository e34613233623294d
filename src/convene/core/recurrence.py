"""Expanding a series into its occurrences inside a window (RFC 5545 section 3.8.5).

Series recur on their own wall clock: local times are generated first and turned into instants afterwards, with the
rules of `wall_clock` for skipped and repeated hours. An end given as DTEND is an end on the wall clock too ("until
six in the morning"), which is what calendar programs show; the seconds of a DURATION are exact.

Nothing here raises for a bad event. What cannot be followed becomes a Notice, and a stretch of `unknown` time where
an event exists whose times we cannot tell: unknown is never free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from convene.core.event_times import Marks, instant_of, local_of, period_of
from convene.core.events import Duration, Event, EventTime, Notice, Occurrence, Series
from convene.core.intervals import Interval
from convene.core.recurrence_rule import Rule
from convene.core.rule_expansion import TooFrequent, rule_starts
from convene.core.wall_clock import (
    DAY,
    OffsetTable,
    last_wall,
    offset_table,
    to_instant,
    to_wall,
    wall_seconds,
)

MAX_INSTANCES = 5_000
"""Occurrences of one series inside one window; the time after them counts as unknown."""
FAILURES = (ValueError, OverflowError, LookupError, RecursionError, MemoryError)
"""What hostile dates and rules can raise below us."""
_LONGEST = 3_653 * DAY  # an occurrence longer than ten years is looked for no further back
_LATEST = wall_seconds(datetime(9999, 12, 31, 23, 59, 59))  # noqa: DTZ001 - a wall clock
_MAX_PARTS = 100
_SECONDS = {"MINUTELY": 60, "SECONDLY": 1}


@dataclass(slots=True)
class Expansion:
    """The occurrences that touch a window, by start, and what must be said about the rest.

    `unknown` holds stretches of time, with their event, during which it may or may not take place.
    """

    occurrences: list[Occurrence] = field(default_factory=list)
    unknown: list[tuple[int, int, Event]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def note(self, code: str, detail: str, event: Event) -> None:
        self.notices.append(Notice(code, detail, event.uid, event.summary))


def expand(series: Series, window: Interval, zone: tzinfo, *, limit: int = MAX_INSTANCES) -> Expansion:
    """Return the occurrences of `series` that touch `window` (seconds since the epoch, half-open).

    `zone` is the calendar owner's: whole days and floating times are read in it. Occurrences without duration belong
    to the window if they start in it. A component that cannot be expanded loses only itself and leaves a notice.
    """
    expansion = Expansion()
    master, overrides = series.master, series.overrides
    if master is not None and (master.is_recurring or overrides):
        try:
            deleted = Marks(master, master.excluded, zone)
            _expand_master(expansion, master, deleted, overrides, window, zone, limit)
            # An exception whose occurrence was deleted is deleted with it.
            overrides = tuple(event for event in overrides if not deleted.name(event.recurrence_id))
        except FAILURES as error:
            _note_failure(expansion, master, error)
            _add_unknown_first(expansion, master, window, zone)
    elif master is not None:
        overrides = (master, *overrides)
    for event in overrides:
        try:
            _add_single(expansion, event, window, zone)
        except FAILURES as error:
            _note_failure(expansion, event, error)
    expansion.occurrences.sort(key=itemgetter(0))
    expansion.notices = list(dict.fromkeys(expansion.notices))
    return expansion


def own_time(event: Event, zone: tzinfo) -> Interval:
    """Return the start and end that the component itself describes, apart from any recurrence."""
    return _first(Expansion(), event, zone)


def _note_failure(expansion: Expansion, event: Event, error: BaseException) -> None:
    expansion.note(
        "unreadable", f"it could not be expanded: {str(error)[:200] or type(error).__name__}", event
    )


# The length of an occurrence -----------------------------------------------------------------------------------------


class _Length(NamedTuple):
    """An occurrence ends `wall` seconds later on the wall clock and then `exact` seconds after that instant."""

    wall: int
    exact: int


def _length(event: Event, zone: tzinfo, expansion: Expansion) -> _Length:
    """Return the length of every occurrence of `event`; `zone` is the one its start is read in."""
    start, end = event.start, event.end
    if end is None:
        return _Length(DAY if start.is_date else 0, 0)
    if isinstance(end, Duration):
        length = _Length(end.days * DAY, end.seconds)
    else:
        length = _Length(local_of(end, zone) - wall_seconds(start.local), 0)
        if length.wall == 0 and start.is_date:
            return _Length(DAY, 0)  # "ends on the day it starts", as some producers write a single day
    if length.wall + length.exact < 0:
        expansion.note(
            "ends_before_start", "it ends before it starts and is read as having no duration", event
        )
        return _Length(0, 0)
    return length


def _ends(local: Sequence[int], starts: Sequence[int], length: _Length, table: OffsetTable) -> list[int]:
    """Return the instants at which occurrences with these local and real starts end."""
    wall, exact = length
    if wall == 0 or not table.thresholds:
        return [start + wall + exact for start in starts]
    if isinstance(local, range):
        ends = table.to_instants(range(local.start + wall, local.stop + wall, local.step))
    else:
        ends = table.to_instants([time + wall for time in local])
    for index, start in enumerate(starts):
        # A start inside a skipped hour moves on by that hour, and so does the end.
        if ends[index] - start < wall and table.is_skipped(local[index]):
            ends[index] = start + wall
    if exact:
        return [end + exact for end in ends]
    return ends


# Single events and exceptions ----------------------------------------------------------------------------------------


def _add_single(expansion: Expansion, event: Event, window: Interval, zone: tzinfo) -> None:
    """Add the one occurrence of an event that does not recur, or of an exception."""
    start, end = _first(expansion, event, zone)
    if start < window[1] and (end > window[0] or start >= window[0]):
        original = start if event.recurrence_id is None else instant_of(event.recurrence_id, zone)
        expansion.occurrences.append(Occurrence(start, end, original, event.start.is_date, event))


def _first(expansion: Expansion, event: Event, zone: tzinfo) -> Interval:
    """Return the time of the occurrence that the component itself describes."""
    own_zone = event.start.zone or zone
    wall, exact = _length(event, own_zone, expansion)
    local = wall_seconds(event.start.local)
    start = to_instant(local, own_zone)
    end = to_instant(local + wall, own_zone)
    if end - start < wall and to_wall(start, own_zone) != local:
        end = start + wall
    return start, max(start, min(end + exact, _LATEST))


# Recurring events ----------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A stretch of a series: from local time `begin` on, occurrences follow `event`, moved by `shift`."""

    begin: int
    shift: int
    event: Event


def _expand_master(
    expansion: Expansion,
    master: Event,
    deleted: Marks,
    overrides: Sequence[Event],
    window: Interval,
    zone: tzinfo,
    limit: int,
) -> None:
    own_zone = master.start.zone or zone
    changed = Marks(master, (event.recurrence_id for event in overrides), zone)
    periods = Marks(master, (date.start for date in master.extra_dates if date.end is not None), zone)
    parts = _parts(master, overrides, own_zone)
    for index, part in enumerate(parts):
        length = _length(part.event, part.event.start.zone or zone, expansion)
        reach = min(length.wall + length.exact, _LONGEST)
        low = max(part.begin, window[0] - DAY - reach - part.shift)
        high = window[1] + DAY - part.shift
        if index + 1 < len(parts):
            high = min(high, parts[index + 1].begin)
        if low >= high:
            continue
        table = offset_table(own_zone, low + min(part.shift, 0), high + reach + max(part.shift, 0))
        local = _local_starts(expansion, master, own_zone, (low, high), window, limit)
        for marks in (deleted, changed, periods):
            local = marks.keep(local, table)
        if len(local) > limit:
            unknown_from = table.to_instant(local[limit] + part.shift)
            expansion.unknown.append((max(unknown_from, window[0]), window[1], part.event))
            expansion.note(
                "too_many", f"only its first {limit} times are read, later ones are unknown", master
            )
            local = local[:limit]
        expansion.occurrences += _occurrences(local, part, length, table, window)
    _add_periods(expansion, master, own_zone, window, deleted, changed)
    if master.has_broken_rule:
        _add_unknown_first(expansion, master, window, zone)


def _parts(master: Event, overrides: Sequence[Event], zone: tzinfo) -> list[_Part]:
    """Return the stretches of a series: RANGE=THISANDFUTURE moves all later occurrences as it moves its own."""
    parts = [_Part(-(1 << 62), 0, master)]
    for event in overrides:
        if event.is_this_and_future and event.recurrence_id is not None:
            original = local_of(event.recurrence_id, zone)
            parts.append(_Part(original + 1, local_of(event.start, zone) - original, event))
    if len(parts) > _MAX_PARTS:
        raise ValueError(f"it was changed from some day on more than {_MAX_PARTS} times")
    return sorted(parts, key=lambda part: part.begin)


def _occurrences(
    local: Sequence[int], part: _Part, length: _Length, table: OffsetTable, window: Interval
) -> Iterator[Occurrence]:
    originals = table.to_instants(local)
    starts = originals
    if part.shift:
        local = [time + part.shift for time in local]
        starts = table.to_instants(local)
    ends = _ends(local, starts, length, table)
    opens, closes = window
    if starts and (min(starts[0], starts[-1]) < opens or starts[-1] >= closes):
        kept = [
            index
            for index, start in enumerate(starts)
            if start < closes and (ends[index] > opens or start >= opens)
        ]
        originals = [originals[index] for index in kept]
        starts = [starts[index] for index in kept]
        ends = [ends[index] for index in kept]
    event = part.event
    return map(Occurrence._make, zip(starts, ends, originals, repeat(event.start.is_date), repeat(event)))


def _local_starts(
    expansion: Expansion, master: Event, zone: tzinfo, span: Interval, window: Interval, limit: int
) -> Sequence[int]:
    """Return the sorted local starts of the series in `span`, before deletions and changes."""
    first = wall_seconds(master.start.local)
    low, high = span
    found: list[Sequence[int]] = []
    has_ended = bool(master.rules)
    for rule in master.rules:
        until = _last_local(rule, master, zone)
        has_ended = has_ended and until is not None and until < first
        try:
            found.append(rule_starts(rule, first, low, high, until, limit))
        except TooFrequent:
            _add_too_frequent(expansion, master, rule, until, window, zone)
    # The start itself belongs to the series, also where the rule leaves it out.
    if low <= first < high and not has_ended and not master.has_broken_rule:
        found.append((first,))
    extra = [_extra_local(date.start, master, zone) for date in master.extra_dates if date.end is None]
    found.append(sorted(time for time in extra if low <= time < high))
    starts = _union(found)
    for rule in master.excluding_rules:
        out = set(rule_starts(rule, first, low, high, _last_local(rule, master, zone), limit))
        starts = [time for time in starts if time not in out]
    return starts


def _union(sequences: Sequence[Sequence[int]]) -> Sequence[int]:
    filled = [sequence for sequence in sequences if sequence]
    if not filled:
        return ()
    longest = max(filled, key=len)
    others = {time for sequence in filled if sequence is not longest for time in sequence}
    known = longest if isinstance(longest, range) else set(longest) if others else ()
    missing = [time for time in others if time not in known]
    return sorted([*longest, *missing]) if missing else longest


def _last_local(rule: Rule, master: Event, zone: tzinfo) -> int | None:
    """Return the last local time that UNTIL permits: a date means the whole of that local day."""
    if rule.until is None:
        return None
    local = wall_seconds(rule.until.local)
    if rule.until.is_date or master.start.is_date:
        return local - local % DAY + DAY - 1
    return last_wall(local, zone) if rule.until.is_utc else local


def _extra_local(time: EventTime, master: Event, zone: tzinfo) -> int:
    local = local_of(time, zone)
    if time.is_date and not master.start.is_date:
        return local + wall_seconds(master.start.local) % DAY  # a date for a timed series: at its usual time
    return local - local % DAY if master.start.is_date else local


def _add_periods(
    expansion: Expansion, master: Event, zone: tzinfo, window: Interval, deleted: Marks, changed: Marks
) -> None:
    """Add the RDATEs that bring an end of their own."""
    for date in master.extra_dates:
        if date.end is None or deleted.name(date.start) or changed.name(date.start):
            continue
        start, end = period_of(date, zone)
        if start < window[1] and (end > window[0] or start >= window[0]):
            expansion.occurrences.append(Occurrence(start, end, start, False, master))


# What cannot be told -------------------------------------------------------------------------------------------------


def _add_too_frequent(
    expansion: Expansion, master: Event, rule: Rule, until: int | None, window: Interval, zone: tzinfo
) -> None:
    """Count the whole stretch of a rule below an hour as unknown."""
    start, end = _first(expansion, master, zone)
    last = window[1]
    if until is not None:
        last = min(last, to_instant(until, zone) + 1)
    if rule.count is not None and not any((rule.by_month, rule.by_month_day, rule.by_day, rule.by_hour)):
        last = min(last, end + rule.count * rule.interval * _SECONDS[rule.frequency])
    if start < last and last > window[0]:
        expansion.unknown.append((max(start, window[0]), last, master))
    expansion.note(
        "too_frequent", "it repeats every minute or second; the whole time counts as unknown", master
    )


def _add_unknown_first(expansion: Expansion, master: Event, window: Interval, zone: tzinfo) -> None:
    """Count the written time of an event as unknown if the rule for its other times is unreadable."""
    try:
        start, end = _first(expansion, master, zone)
    except FAILURES:
        return  # not even its own time can be told; the notice says so
    if start < window[1] and end > window[0]:
        expansion.unknown.append((start, end, master))
