"""What a resource that could not be read still tells about its time, so that unread is not taken for free.

Reads the first line of each property that decides about time, event by event, and nothing else: no limits apply but
those on what is kept, and no structure is needed, so that texts that are cut short or far too big can be looked at.
All that is found is `unknown` time, whatever the event says about itself. Runs in the parser process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice

from convene.core.events import Event, group_series
from convene.core.freebusy import Block, busy_blocks, merge_blocks
from convene.core.intervals import Interval
from convene.core.recurrence import FAILURES, expand, own_time
from convene.formats.calendar_zones import ZoneBook
from convene.formats.content_lines import Component, first_lines_of_events
from convene.formats.event_reader import EventReader

MAX_EVENTS = 500
"""Components of one series that are looked at; a text with more is taken for a whole calendar."""
_OWN_TIME = frozenset({"UID", "SUMMARY", "DTSTART", "DTEND", "DURATION"})
_REPETITION = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})


@dataclass(frozen=True, slots=True)
class Outline:
    """uid, summary, start, end: of the first event ("" and 0 if unknown).

    blocks: unknown time inside the window. is_time_known: every event told at least its own start.
    is_whole_calendar: the text holds more than one event, so that no time can stand for it; the rest is empty then.
    """

    uid: str = ""
    summary: str = ""
    start: int = 0
    end: int = 0
    blocks: Sequence[Block] = ()
    is_time_known: bool = False
    is_whole_calendar: bool = False


def outline_of(text: str, window: Interval, zone: tzinfo, *, follows_rules: bool) -> Outline:
    """Return what can be told of a text's time. `zone` is the calendar owner's.

    follows_rules: also expand what repeats; else every event counts with the time that it states itself, for texts
    whose rules may be what took too long.
    """
    reader = EventReader(ZoneBook((), _ignored), frozenset())
    wanted = _OWN_TIME | _REPETITION if follows_rules else _OWN_TIME
    found: list[Event] = []
    uids: set[str] = set()
    is_time_known = True
    for number, component in enumerate(islice(first_lines_of_events(text, wanted), MAX_EVENTS + 1)):
        uids.add(component.text("UID") or f"without-uid-{number}")
        if len(uids) > 1 or number == MAX_EVENTS:
            return Outline(is_whole_calendar=True)
        event = _event(reader, component, number)
        is_time_known = is_time_known and event is not None
        if event is not None:
            found.append(event)
    if not found:
        return Outline()
    first = next((event for event in found if event.recurrence_id is None), found[0])
    spans = _expanded(found, window, zone) if follows_rules else _own(found, zone)
    start, end = next(iter(_own([first], zone)), (0, 0))
    return Outline(
        uid=first.uid,
        summary=first.summary,
        start=start,
        end=end,
        blocks=merge_blocks((Block(*span, "unknown") for span in spans), window),
        is_time_known=is_time_known and end > 0,
    )


def _ignored(_code: str, _detail: str) -> None:
    """The resource as a whole has its notice."""


def _event(reader: EventReader, component: Component, number: int) -> Event | None:
    try:
        event = reader.read(component, number)
    except FAILURES:
        return None
    # Only the first of its additional dates was looked at.
    is_partial = event is not None and component.first("RDATE") is not None
    return replace(event, has_broken_rule=True) if event is not None and is_partial else event


def _expanded(found: Sequence[Event], window: Interval, zone: tzinfo) -> Iterator[Interval]:
    for series in group_series(found):
        for block in busy_blocks(expand(series, window, zone), window):
            yield block.start, block.end


def _own(found: Sequence[Event], zone: tzinfo) -> Iterator[Interval]:
    for event in found:
        try:
            yield own_time(event, zone)
        except FAILURES:
            continue
