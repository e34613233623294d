"""A calendar service that holds texts by name and lists them all, whatever is in them."""

from __future__ import annotations

import hashlib
from typing import Any

from convene.ports.calendars import (
    Changes,
    Credentials,
    Discovery,
    RemoteCalendar,
    RemoteEvent,
    StoredTexts,
    nothing_stored,
)

CALENDAR = "https://shelf.test/work/"


class Shelf:
    """The reading half of `CalendarProvider`, always with a full answer. `texts`: what it holds now, "" if too large."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def discover(self, credentials: Credentials) -> Discovery:
        return Discovery([RemoteCalendar(CALENDAR, "Work", tzid="Europe/London")], {})

    async def changes(
        self,
        credentials: Credentials,
        calendar: str,
        cursor: dict[str, Any],
        known: dict[str, str],
        stored: StoredTexts = nothing_stored,
    ) -> Changes:
        etags = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.texts.items()}
        changed = [
            RemoteEvent(name, etags[name], text)
            for name, text in self.texts.items()
            if known.get(name) != etags[name]
        ]
        return Changes(
            changed,
            [],
            {"read": sorted(etags.values())[:1]},
            is_full=True,
            unchanged=[name for name in etags if known.get(name) == etags[name]],
        )
