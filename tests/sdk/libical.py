"""libical 3 through ctypes: the reader under Evolution, KOrganizer, GNOME Calendar and Cyrus."""

from __future__ import annotations

import ctypes
from ctypes import Structure, c_char_p, c_int, c_long, c_void_p
from ctypes.util import find_library
from typing import Any


class Time(Structure):
    """`struct icaltimetype` of libical 3.0."""

    _fields_ = [
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")),
        ("zone", c_void_p),
    ]  # fmt: skip


_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "icalparser_parse_string": (c_void_p, [c_char_p]),
    "icalcomponent_string_to_kind": (c_int, [c_char_p]),
    "icalcomponent_isa": (c_int, [c_void_p]),
    "icalcomponent_get_first_component": (c_void_p, [c_void_p, c_int]),
    "icalcomponent_get_next_component": (c_void_p, [c_void_p, c_int]),
    "icalcomponent_count_errors": (c_int, [c_void_p]),
    "icalcomponent_get_dtstart": (Time, [c_void_p]),
    "icalcomponent_get_dtend": (Time, [c_void_p]),
    "icalcomponent_get_uid": (c_char_p, [c_void_p]),
    "icalcomponent_get_summary": (c_char_p, [c_void_p]),
    "icalcomponent_get_description": (c_char_p, [c_void_p]),
    "icalcomponent_get_location": (c_char_p, [c_void_p]),
    "icalcomponent_get_sequence": (c_int, [c_void_p]),
    "icaltime_as_timet_with_zone": (c_long, [Time, c_void_p]),
    "icalcomponent_free": (None, [c_void_p]),
}


def load() -> ctypes.CDLL:
    """Return the library, its functions declared."""
    name = find_library("ical") or "libical.so.3"
    library = ctypes.CDLL(name)
    for function, (result, arguments) in _SIGNATURES.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library


def read(text: str) -> list[dict[str, Any]]:
    """Return the events of a text; the test fails if libical finds a fault in it."""
    library = load()
    root = library.icalparser_parse_string(text.encode())
    assert root, "libical reads nothing"
    try:
        assert library.icalcomponent_count_errors(root) == 0
        kind = {name: library.icalcomponent_string_to_kind(name.encode()) for name in ("VCALENDAR", "VEVENT")}
        is_one = library.icalcomponent_isa(root) == kind["VCALENDAR"]
        calendars = [root] if is_one else list(_children(library, root, kind["VCALENDAR"]))
        return [
            _event(library, event)
            for calendar in calendars
            for event in _children(library, calendar, kind["VEVENT"])
        ]
    finally:
        library.icalcomponent_free(root)


def _children(library: ctypes.CDLL, parent: int, kind: int) -> list[int]:
    found = []
    child = library.icalcomponent_get_first_component(parent, kind)
    while child:
        found.append(child)
        child = library.icalcomponent_get_next_component(parent, kind)
    return found


def _event(library: ctypes.CDLL, event: int) -> dict[str, Any]:
    def text(name: str) -> str:
        return (getattr(library, f"icalcomponent_get_{name}")(event) or b"").decode()

    return {
        "uid": text("uid"),
        "title": text("summary"),
        "start": _time(library, library.icalcomponent_get_dtstart(event)),
        "end": _time(library, library.icalcomponent_get_dtend(event)),
        "details": text("description"),
        "place": text("location"),
        "sequence": library.icalcomponent_get_sequence(event),
    }


def _time(library: ctypes.CDLL, at: Time) -> int | str:
    if at.is_date:
        return f"{at.year:04}-{at.month:02}-{at.day:02}"
    return int(library.icaltime_as_timet_with_zone(at, at.zone))
