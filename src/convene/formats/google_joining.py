"""What a delta of Google's tells of a series, joined to what is held of it.

Google tells of one changed occurrence without its series, and of a series without its occurrences. The text that is held
is cut into its components' lines here and not read: what it says beside the times stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from convene.formats.calendar_zones import named_zone
from convene.formats.google_events import (
    CANCELLED_MARK,
    Item,
    event_lines,
    exclusion,
    is_cancelled,
    original_start,
    uid_of,
)
from convene.formats.icalendar_values import read_text
from convene.formats.told_lines import calendar_text

_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_MARKED = f"EXDATE;{CANCELLED_MARK}"


def joined_text(stored: str, master: Item | None, exceptions: Sequence[Item], *, owner: str = "") -> str:
    """Return the resource that is held as `stored` with the items of a delta in it.

    master: the series as it is now, None if the delta does not tell of it; then the one that is held stays, if any.
    """
    events = list(_events(stored))
    held = next((lines for lines in events if not _recurrence_id(lines)), None)
    changed = {_recurrence_id(lines): lines for lines in events if _recurrence_id(lines)}
    cancelled = set(_cancelled(held or ()))
    uid = uid_of(master if master is not None else exceptions[0]) if master or exceptions else ""
    if master is None and events:
        uid = next((read_text(line[4:], 1_024) for line in events[0] if line.startswith("UID:")), uid)
    for item in exceptions:
        original = original_start(item)
        changed.pop(original, None)
        cancelled.discard(original)
        if is_cancelled(item):
            cancelled.add(original)
        else:
            changed[original] = event_lines(item, uid, owner=owner)
    parts = [lines for _, lines in sorted(changed.items())]
    if master is not None:
        parts.insert(0, event_lines(master, uid, owner=owner, cancelled=sorted(cancelled)))
    elif held is not None:
        kept = [line for line in held if not line.startswith(_MARKED)]
        parts.insert(0, [*kept[:-1], *map(exclusion, sorted(cancelled)), kept[-1]])
    return calendar_text(parts)


def has_events(text: str) -> bool:
    """Tell whether a text holds any event at all."""
    return "BEGIN:VEVENT" in text


def _events(text: str) -> Iterator[list[str]]:
    """Yield the unfolded lines of each VEVENT, with its BEGIN and END and whatever is inside."""
    lines: list[str] | None = None
    for line in _FOLD.sub("", text).splitlines():
        if line == "BEGIN:VEVENT":
            lines = []
        if lines is not None:
            lines.append(line)
            if line == "END:VEVENT":
                yield lines
                lines = None


def _recurrence_id(lines: Sequence[str]) -> str:
    """Return the start in its series that a changed occurrence names, as `original_start` writes it; "" for a master."""
    for line in lines:
        if line.startswith("RECURRENCE-ID"):
            name, _, value = line.rpartition(":")
            zone = named_zone(name.partition("TZID=")[2].partition(";")[0]) if "TZID=" in name else None
            if zone is None:
                return value
            local = datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=zone)
            return f"{local.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return ""


def _cancelled(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith(_MARKED):
            yield from line.rpartition(":")[2].split(",")
