"""What a calendar's owner is told about single events: kept with the calendar, replaced when the event is read anew.

A notice is `{"code", "detail", "event", "remote_id"}`; `remote_id` ties it to its event and stays inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convene.core.instants import from_seconds
from convene.formats.parser_messages import ParsedResource
from convene.storage.booking_writes import OwnBooking
from convene.storage.calendars import Calendar

MAX_NOTICES = 50
TOO_LARGE = {"code": "too_large", "detail": "This event is too large to be read.", "event": ""}


def notices_of_reading(resources: Sequence[ParsedResource]) -> list[dict[str, str]]:
    """Return what the parser had to say, tied to its events."""
    return [
        {
            "code": item.code,
            "detail": item.detail,
            "event": item.summary or resource.summary,
            "remote_id": resource.remote_id,
        }
        for resource in resources
        for item in resource.notices
    ]


def notices_of_own(
    calendar: Calendar,
    resources: Sequence[ParsedResource],
    own: Mapping[str, OwnBooking],
    deleted: Sequence[OwnBooking],
) -> list[dict[str, str]]:
    """Return where a calendar disagrees with a booking: the booking stays true, and the owner is told."""
    found: list[dict[str, str]] = []
    for resource in resources:
        booking = own.get(resource.uid)
        if booking is None or not _is_settled(booking, calendar) or booking.remote_id != resource.remote_id:
            continue
        if (from_seconds(resource.start), from_seconds(resource.end)) != (booking.starts_at, booking.ends_at):
            found.append(
                _of_booking(
                    booking,
                    "booking_moved_there",
                    "This meeting was changed in the calendar itself; for everybody else it stays as booked. "
                    "Move it from its page instead.",
                )
            )
    found += [
        _of_booking(
            booking,
            "booking_deleted_there",
            "This meeting was deleted in the calendar itself; it stays booked. Cancel it from its page instead.",
        )
        for booking in deleted
        if _is_settled(booking, calendar)
    ]
    return found


def _is_settled(booking: OwnBooking, calendar: Calendar) -> bool:
    """Only a copy that we have finished writing can be said to have been changed by somebody else."""
    return (
        booking.state == "confirmed"
        and booking.write_state == "written"
        and booking.calendar_id == calendar.calendar_id
    )


def _of_booking(booking: OwnBooking, code: str, detail: str) -> dict[str, str]:
    return {"code": code, "detail": detail, "event": booking.title, "remote_id": booking.remote_id}


def merged_notices(
    held: Iterable[Mapping[str, str]],
    fresh: Iterable[Mapping[str, str]],
    *,
    touched: set[str],
    gone: set[str],
) -> list[dict[str, str]]:
    """Return the notices after a round: those of events that were read anew or are gone are replaced."""
    replaced = touched | gone
    kept = [dict(item) for item in held if item.get("remote_id", "") not in replaced]
    return [*[dict(item) for item in fresh], *kept][:MAX_NOTICES]
