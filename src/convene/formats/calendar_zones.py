"""Which time zone a TZID means (RFC 5545 section 3.2.19).

A name that we know, from IANA or Windows or with one of these at its end, is resolved with the installed zone
database, and what the calendar itself says about it is ignored: embedded rules are often old and can be forged. Only
a name that nobody knows is read from the embedded VTIMEZONE. Without one the calendar owner's zone is used, and its
owner is told; never UTC, never silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from convene.core.instants import known_tzids, zone
from convene.formats.content_lines import Component
from convene.formats.embedded_zone import read_embedded_zone

_FIXED = re.compile(r"\(?(?:UTC|GMT)?([+-])(\d\d):?(\d\d)\)?", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Zone names by their lower-case form: Windows names give way to IANA names."""
    names = {name.lower(): iana for name, iana in WINDOWS_TO_OLSON.items()}
    names.update({name.lower(): name for name in known_tzids()})
    return names


@lru_cache(maxsize=1024)
def named_zone(tzid: str) -> tzinfo | None:
    """Return the zone that a TZID names by itself, or None if nobody knows the name."""
    name = tzid.strip().strip('"').lower()[:200]
    segments = name.split("/")
    for start in range(len(segments)):
        iana = _known().get("/".join(segments[start:]))
        if iana is not None:
            return UTC if iana in {"UTC", "Etc/UTC"} else zone(iana)
    match = _FIXED.fullmatch(name)
    if match and int(match[2]) < 24 and int(match[3]) < 60:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    return None


class ZoneBook:
    """The zones of one calendar text, by TZID. `warn(code, detail)` is told once of each name that is unknown."""

    def __init__(self, definitions: Iterable[Component], warn: Callable[[str, str], None]) -> None:
        self._definitions = {
            definition.text("TZID").strip(): definition
            for definition in definitions
            if definition.name == "VTIMEZONE"
        }
        self._zones: dict[str, tzinfo | None] = {}
        self._warn = warn

    def __call__(self, tzid: str) -> tzinfo | None:
        """Return the zone of a TZID; None stands for the calendar owner's zone."""
        if tzid not in self._zones:
            self._zones[tzid] = named_zone(tzid) or self._embedded(tzid)
        return self._zones[tzid]

    def _embedded(self, tzid: str) -> tzinfo | None:
        definition = self._definitions.get(tzid.strip())
        shown = tzid[:80]
        if definition is None:
            self._warn("unknown_zone", f"The time zone {shown!r} is not known; the calendar's zone is used.")
            return None
        location = definition.text("X-LIC-LOCATION")
        located = named_zone(location) if location else None
        if located is not None:
            return located
        try:
            return read_embedded_zone(definition, shown)
        except (ValueError, OverflowError) as error:
            self._warn(
                "unreadable_zone",
                f"The time zone {shown!r} cannot be read ({error}); the calendar's zone is used.",
            )
            return None
