"""The JSON form of time off and travel, two fields of working hours (docs/reference/http-api.md, "Working hours").

Both are stretches whose `end` is not part of them: `{"start": "2026-12-21", "end": "2027-01-02"}` is back at work on
2 January. Time off may also be given as instants with `Z`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from convene.core.availability_rules import TimeOff, Travel
from convene.core.errors import Invalid
from convene.core.instants import FIRST_DATE, LAST_DATE, from_seconds, parse_tzid, seconds_floor
from convene.core.json_fields import json_date, json_list, json_object, no_others
from convene.core.people import checked_line

MAX_TIME_OFF = 200
MAX_TRAVELS = 100
MAX_NOTE = 200
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z", re.ASCII)


def parse_time_off(value: object) -> tuple[TimeOff, ...]:
    """Read the list `time_off`. Raises `Invalid` naming the place, such as `time_off[1].end`."""
    found = []
    for number, item in enumerate(json_list(value, "time_off", MAX_TIME_OFF)):
        path = f"time_off[{number}]"
        fields = json_object(item, path)
        no_others(fields, {"start", "end", "note"}, path)
        start = _moment(fields.get("start"), f"{path}.start")
        end = _moment(fields.get("end"), f"{path}.end")
        if isinstance(start, int) != isinstance(end, int):
            raise Invalid(
                f"{path}.end", f"{path}.end must be a date if start is one, and a time if start is one."
            )
        _check_order(start, end, path)
        note = fields.get("note", "")
        if not isinstance(note, str):
            raise Invalid(f"{path}.note", f"{path}.note must be text.")
        found.append(TimeOff(start, end, checked_line(note, f"{path}.note", max_length=MAX_NOTE)))
    return tuple(found)


def dump_time_off(time_off: Iterable[TimeOff]) -> list[dict[str, Any]]:
    """Write what `parse_time_off` reads."""
    return [{"start": _text(off.start), "end": _text(off.end), "note": off.note} for off in time_off]


def parse_travel(value: object) -> tuple[Travel, ...]:
    """Read the list `travel`; nobody is in two zones on one date."""
    found: list[Travel] = []
    for number, item in enumerate(json_list(value, "travel", MAX_TRAVELS)):
        path = f"travel[{number}]"
        fields = json_object(item, path)
        no_others(fields, {"start", "end", "tzid"}, path)
        start = json_date(fields.get("start"), f"{path}.start")
        end = json_date(fields.get("end"), f"{path}.end")
        _check_order(start, end, path)
        tzid = parse_tzid(fields.get("tzid"), f"{path}.tzid")
        if any(start < other.end and other.start < end for other in found):
            raise Invalid(
                f"{path}.start",
                f"{path}.start to end overlaps other travel. Let one end before the other starts.",
            )
        found.append(Travel(start, end, tzid))
    return tuple(found)


def dump_travel(travel: Iterable[Travel]) -> list[dict[str, Any]]:
    """Write what `parse_travel` reads."""
    return [
        {"start": item.start.isoformat(), "end": item.end.isoformat(), "tzid": item.tzid} for item in travel
    ]


def _moment(value: object, path: str) -> date | int:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        if isinstance(value, str) and "T" in value:
            raise Invalid(path, f"{path} must be UTC with Z, such as 2026-12-24T13:00:00Z.")
        return json_date(value, path)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Invalid(path, f"{path} must be a time of the calendar such as 2026-12-24T13:00:00Z.") from None
    if not FIRST_DATE <= moment.date() <= LAST_DATE:
        raise Invalid(path, f"{path} must lie between {FIRST_DATE} and {LAST_DATE}.")
    return seconds_floor(moment)


def _check_order(start: date | int, end: date | int, path: str) -> None:
    if isinstance(start, int) and isinstance(end, int):
        is_ordered = start < end
    else:
        is_ordered = isinstance(start, date) and isinstance(end, date) and start < end
    if not is_ordered:
        hint = " For a single day, end is the next date." if isinstance(end, date) else ""
        raise Invalid(f"{path}.end", f"{path}.end must be later than start; it is not part of it.{hint}")


def _text(moment: date | int) -> str:
    return f"{from_seconds(moment):%Y-%m-%dT%H:%M:%SZ}" if isinstance(moment, int) else moment.isoformat()
