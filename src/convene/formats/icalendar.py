"""Reading iCalendar text (RFC 5545) into events: what CalDAV servers and feeds send.

This is a reader of our own and not a general one. It keeps the twenty properties that decide about time, enforces the
limits while it cuts lines, and takes a quarter of the time of a library that builds every property; the tests hold it
against such a library. Text is *written* and *changed* with the `icalendar` package (see `booking_event`).

It is meant to run in the parser process (`parser_process`): whatever the text does, the server lives on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from convene.core.event_times import period_of
from convene.core.events import Event, Notice, Occurrence, Series, group_series
from convene.core.freebusy import Block, BusyKind, busy_blocks, merge_blocks
from convene.core.intervals import Interval
from convene.core.recurrence import FAILURES, MAX_INSTANCES, expand
from convene.formats.calendar_zones import ZoneBook, named_zone
from convene.formats.content_lines import Component, read_components
from convene.formats.event_details import DETAILS
from convene.formats.event_reader import WANTED, EventReader, normal_address
from convene.formats.icalendar_limits import MAX_BLOCKS, MAX_OCCURRENCES
from convene.formats.icalendar_values import read_period

_CALENDAR_PROPERTIES = frozenset({
    "X-WR-TIMEZONE", "FREEBUSY", "TZID", "X-LIC-LOCATION", "TZOFFSETFROM", "TZOFFSETTO",
})  # fmt: skip
_FREE_BUSY_KINDS: dict[str, BusyKind | None] = {"FREE": None, "BUSY-TENTATIVE": "tentative"}


@dataclass(frozen=True, slots=True)
class CalendarText:
    """What a text says: its series, the blocks of its VFREEBUSY components, and what its owner should know.

    components: what each event was read from, by its `number`.
    """

    series: Sequence[Series]
    free_busy: Sequence[Block]
    notices: Sequence[Notice]
    components: Sequence[Component] = ()


@dataclass(frozen=True, slots=True)
class CalendarTimes:
    """What a text says inside a window: busy time, single occurrences with their series, and notices, by start."""

    blocks: list[Block]
    occurrences: list[tuple[Series, Occurrence]]
    notices: list[Notice]


def read_calendar(text: str, zone: tzinfo, own_addresses: Iterable[str] = ()) -> CalendarText:
    """Read one or more VCALENDARs. `zone` is the calendar owner's, `own_addresses` the owner's as an attendee.

    Raises `icalendar_limits.CalendarRefused` if the text as a whole cannot be accepted; anything smaller becomes a
    notice.
    """
    notices: list[Notice] = []
    addresses = frozenset(filter(None, map(normal_address, own_addresses)))
    events: list[Event] = []
    sources: list[Component] = []
    free_busy: list[Block] = []

    def warn(code: str, detail: str) -> None:
        notices.append(Notice(code, detail))

    for calendar in read_components(text, WANTED | _CALENDAR_PROPERTIES, DETAILS):
        zones = ZoneBook(calendar.children, warn)
        reader = EventReader(zones, addresses, named_zone(calendar.text("X-WR-TIMEZONE")))
        for component in calendar.children:
            if component.name == "VEVENT":
                event = reader.read(component, len(events))
                if event is not None:
                    events.append(event)
                    sources.append(component)
            elif component.name == "VFREEBUSY":
                free_busy += _free_busy(component, zones, zone, notices)
        notices.extend(reader.notices)
    return CalendarText(group_series(events), free_busy, tuple(dict.fromkeys(notices)), sources)


def calendar_times(
    calendar: CalendarText, window: Interval, zone: tzinfo, *, limit: int = MAX_INSTANCES
) -> CalendarTimes:
    """Return what every series of a text brings inside `window`. Occurrences that were cancelled are left out."""
    blocks = list(calendar.free_busy)
    notices = list(calendar.notices)
    occurrences: list[tuple[Series, Occurrence]] = []
    for series in calendar.series:
        expansion = expand(series, window, zone, limit=limit)
        blocks += busy_blocks(expansion, window)
        notices += expansion.notices
        if len(occurrences) < MAX_OCCURRENCES:
            occurrences += [(series, one) for one in expansion.occurrences if one.event.status != "cancelled"]
        if len(blocks) > MAX_BLOCKS:
            blocks.append(Block(*window, "unknown"))
            notices.append(
                Notice("too_many", f"The calendar has more than {MAX_BLOCKS:,} times; the rest is unknown.")
            )
            break
    return CalendarTimes(merge_blocks(blocks, window), occurrences[:MAX_OCCURRENCES], notices)


def _free_busy(component: Component, zones: ZoneBook, zone: tzinfo, notices: list[Notice]) -> Iterable[Block]:
    """Yield the periods of a VFREEBUSY (section 3.6.4)."""
    for line in component.all("FREEBUSY"):
        kind = _FREE_BUSY_KINDS.get(line.parameter("FBTYPE").upper(), "busy")
        if kind is None:
            continue
        for item in line.value.split(","):
            try:
                start, end = period_of(read_period(item, line.parameter("TZID"), zones), zone)
                yield Block(start, end, kind)
            except FAILURES as error:
                notices.append(Notice("unreadable_value", f"FREEBUSY: {error}"))
