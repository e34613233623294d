"""Occurrences of a text as they are told to readers: named for good, with what is said about each. Bounded.

An event keeps its name while it is moved or rewritten: names come from the UID and, in a series, from the start that
the series gives an occurrence before any change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from convene.core.events import Occurrence, Series
from convene.core.wall_clock import DAY, to_wall
from convene.formats.event_details import ParsedDetails, read_details
from convene.formats.icalendar import CalendarText
from convene.formats.icalendar_limits import MAX_DETAILS
from convene.formats.parser_messages import ParsedOccurrence


def told_occurrences(
    calendar: CalendarText, found: Sequence[tuple[Series, Occurrence]], zone: tzinfo
) -> tuple[list[ParsedOccurrence], list[ParsedDetails]]:
    """Return occurrences by start, and what is said about them; `zone` is the calendar owner's."""
    told: list[ParsedOccurrence] = []
    components: list[ParsedDetails] = []
    places: dict[int, int] = {}
    keys: dict[str, int] = {}
    room = MAX_DETAILS
    for series, occurrence in sorted(found, key=lambda item: item[1][:3]):
        event = occurrence.event
        repeats = _repeats(series)
        place = places.get(event.number)
        if place is None:
            place = places[event.number] = len(components)
            components.append(
                read_details(event, calendar.components[event.number], is_recurring=repeats, brief=room <= 0)
            )
            room -= components[place].size
        key = f"{series.uid}\n{occurrence.original_start}" if repeats else series.uid
        # Two events of one name, as some producers write them: the earlier one keeps it.
        keys[key] = twins = keys.get(key, 0) + 1
        if twins > 1:
            key += f"\n#{twins}"
        days: tuple[int | None, int | None] = (None, None)
        if occurrence.is_all_day:
            days = to_wall(occurrence.start, zone) // DAY, to_wall(occurrence.end, zone) // DAY
        told.append(ParsedOccurrence(key, occurrence.start, occurrence.end, place, *days))
    return told, components


def _repeats(series: Series) -> bool:
    return series.master is None or series.master.is_recurring or bool(series.overrides)
