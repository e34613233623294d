"""What is known of one person's time: a calendar that could not be read is never taken as free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.bookings import PersonRow
from convene.storage.calendars import Readability

KINDS = {"caldav": "CalDAV", "google": "Google", "microsoft": "Microsoft 365", "ics": "subscribed"}


@dataclass(frozen=True, slots=True)
class PersonState:
    """What can be said about one person's time: `ok`, `not_shared`, `no_calendar` or `unknown`."""

    sub: str
    name: str
    tzid: str
    state: str
    detail: str
    as_of: datetime

    @property
    def is_known(self) -> bool:
        return self.state in ("ok", "no_calendar")


def see(
    row: PersonRow, checked: Sequence[Readability], now: datetime, *, is_self: bool
) -> tuple[str, str, datetime]:
    """Return (state, detail, as of when) of what is known about a person's time."""
    if row.sharing == "nobody" and not is_self:
        return "not_shared", f"{row.name} does not share free time.", now
    for item in checked:
        detail = unseen_detail(row.name, item, now)
        if detail:
            return "unknown", detail, item.synced_at or now
    if row.is_room:
        return "ok", "", now
    if not checked:
        return "no_calendar", "No calendar is checked: working hours only.", now
    read = [item.synced_at for item in checked if item.kind != "builtin" and item.synced_at]
    return "ok", "", min(read, default=now)


def unseen_detail(name: str, calendar: Readability, now: datetime) -> str:
    """Return what to say of a calendar that must not be taken as free; "" for one that is known."""
    # A refused password means that nothing newer will be seen until its owner acts: not free from then on.
    if not calendar.is_unknown(now) and calendar.state != "needs_attention":
        return ""
    told = f"since {calendar.synced_at:%d %B %H:%M} UTC" if calendar.synced_at else "yet"
    return f"{name}'s {KINDS.get(calendar.kind, calendar.kind)} calendar could not be read {told}."
