"""What a calendar holds of a booking's event: the fields that both sides may change, and its owner's answer.

Read in this process, within the limits of `event_editing.editable`, as whoever is about to change the event does.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from icalendar import Event

from convene.formats.booking_event import find_meeting
from convene.formats.event_editing import clean, editable, one_line
from convene.formats.event_reader import normal_address

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,2000}>", re.IGNORECASE)
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One event as it lies in a calendar.

    start, end: None where it names no single time in the sense of a meeting (whole days, a floating time, a series).
    description: plain text. answer: the owner's, "" if the owner is not among the attendees or has not answered.
    """

    start: datetime | None
    end: datetime | None
    title: str
    location: str
    description: str
    answer: str


def read_held(raw: str, uid: str, booking_id: str, own_addresses: Collection[str]) -> HeldEvent:
    """Read the booking's event out of a resource. Raises `CalendarRefused` if it cannot be read or is not there."""
    event = find_meeting(editable(raw), uid, booking_id)
    start, end = _times(event)
    return HeldEvent(
        start=start,
        end=end,
        title=one_line(str(event.get("SUMMARY", ""))).strip(),
        location=one_line(str(event.get("LOCATION", ""))).strip(),
        description=plain_text(clean(str(event.get("DESCRIPTION", "")))),
        answer=_answer(event, {normal_address(item) for item in own_addresses}),
    )


def plain_text(text: str) -> str:
    """Return a description without the markup that some calendars' own editors leave."""
    if not _BREAK.search(text) and not _TAG.search(text):
        return text
    return unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _times(event: Event) -> tuple[datetime | None, datetime | None]:
    if any(name in event for name in ("RRULE", "RDATE")):
        return None, None
    start = _instant(event.get("DTSTART"))
    if start is None:
        return None, None
    if "DTEND" in event:
        return start, _instant(event.get("DTEND"))
    length = getattr(event.get("DURATION"), "dt", None)
    return (start, start + length) if isinstance(length, timedelta) else (None, None)


def _instant(value: Any) -> datetime | None:
    moment: date | datetime | None = getattr(value, "dt", None)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return None


def _answer(event: Event, addresses: Collection[str]) -> str:
    found = event.get("ATTENDEE", [])
    for attendee in found if isinstance(found, list) else [found]:
        named = {normal_address(str(attendee)), normal_address(str(attendee.params.get("EMAIL", "")))}
        if named & set(addresses):
            return _ANSWERS.get(str(attendee.params.get("PARTSTAT", "")).upper(), "")
    return ""
