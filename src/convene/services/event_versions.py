"""A booking's event as versions that can be merged: what is booked, what a calendar holds, what both last agreed on.

The last is kept with the write (`booking_write.base`) as `{"start", "end", "title", "location", "description", "words",
"answer"}`: `description` is all the text that lay there, `words` what of it people themselves had said. Times are "" where
an event named none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.core.event_merge import Version, own_words, spaced
from convene.formats.event_editing import clean, one_line
from convene.formats.event_version import HeldEvent, read_held
from convene.services.booking_calendar import meeting_of
from convene.services.booking_snapshot import instant
from convene.storage.bookings import BookingRow, ParticipantRow

Base = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ours:
    """What is booked, as it is written into one account's calendar. `text` is the whole description."""

    version: Version
    text: str


def ours_of(booking: BookingRow, people: Sequence[ParticipantRow], base_url: str, account_id: str) -> Ours:
    """Return the booking as its event in a calendar of `account_id` says it."""
    meeting = meeting_of(booking, people, base_url, account_id)
    return Ours(
        Version(
            start=booking.starts_at,
            end=booking.ends_at,
            title=one_line(meeting.title).strip(),
            location=one_line(meeting.location or meeting.join_url).strip(),
            description=clean(booking.note),
        ),
        clean(meeting.description),
    )


def held_of(raw: str, booking: BookingRow, own_addresses: Collection[str]) -> HeldEvent:
    """Read the booking's event. Raises `CalendarRefused`."""
    return read_held(raw, booking.uid, booking.booking_id, own_addresses)


def base_of(held: HeldEvent, words: str) -> dict[str, str]:
    """Return what is kept of an event with which both sides agree."""
    return {
        "start": instant(held.start) if held.start else "",
        "end": instant(held.end) if held.end else "",
        "title": held.title,
        "location": held.location,
        "description": held.description,
        "words": words,
        "answer": held.answer,
    }


def is_unchanged(held: HeldEvent, base: Base) -> bool:
    """Tell whether an event says what both sides agreed on, answers of people aside."""
    now = base_of(held, "")
    times = all(now[name] == base[name] for name in ("start", "end"))
    return times and all(
        spaced(now[name]) == spaced(base[name]) for name in ("title", "location", "description")
    )


def says_ours(held: HeldEvent, ours: Ours) -> bool:
    """Tell whether an event has the title and description that we write."""
    return held.title == ours.version.title and spaced(held.description) == spaced(ours.text)


def agreed(base: Base, ours: Version) -> Version:
    """Return what both sides last agreed on; a time that was none counts as the booked one."""
    return Version(
        start=_instant(base["start"]) or ours.start,
        end=_instant(base["end"]) or ours.end,
        title=base["title"],
        location=base["location"],
        description=base["words"],
    )


def theirs_of(held: HeldEvent, base: Base | None, ours: Ours) -> Version:
    """Return what the calendar holds; where it names no time that a meeting can have, the booked one."""
    written, words = (base["description"], base["words"]) if base else (ours.text, ours.version.description)
    has_time = held.start is not None and held.end is not None and held.end > held.start
    return Version(
        start=held.start if has_time and held.start else ours.version.start,
        end=held.end if has_time and held.end else ours.version.end,
        title=held.title,
        location=held.location,
        description=own_words(written, words, held.description),
    )


def version_json(version: Version) -> dict[str, str]:
    """Return a version as it is kept with a conflict and told."""
    return {
        "start": instant(version.start),
        "end": instant(version.end),
        "title": version.title,
        "location": version.location,
        "description": version.description,
    }


def version_from(told: Mapping[str, str]) -> Version:
    """Return a version that was kept with a conflict."""
    return Version(
        datetime.fromisoformat(told["start"]),
        datetime.fromisoformat(told["end"]),
        told["title"],
        told["location"],
        told["description"],
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
