"""Asking the host's calendar service for a place to meet online, when a meeting is booked (`calendar_conferences` follows)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from convene.core.permissions import Caller
from convene.ports.conferencing import Conferencing
from convene.ports.runtime import JobQueue
from convene.services.meeting_place import meeting_place
from convene.storage import booking_conferences
from convene.storage.booking_conferences import Asked
from convene.storage.bookings import NewBooking
from convene.storage.database import Connection

CALENDAR = "calendar"
"""As `conferencing` of a booking: a place of the host's calendar account."""
JOB = "await_conference"
PROVIDERS = {"google": "google_meet", "microsoft": "teams"}
LOOK_FIRST, LOOK_LAST = timedelta(seconds=5), timedelta(minutes=5)


async def place_of(
    conn: Connection, default: Conferencing, wanted: bool | str, organizer: Caller
) -> tuple[dict[str, Any] | None, str]:
    """Return where a meeting is joined, and what its organizer's calendar service is asked for instead, "" for nothing.

    Raises:
        Invalid: `conferencing` is none of what it may be.
    """
    if wanted != CALENDAR or isinstance(wanted, bool):
        return meeting_place(default, wanted), ""
    provider = PROVIDERS.get(
        await booking_conferences.target_service(conn, organizer.org_id, organizer.member_id), ""
    )
    return (None, provider) if provider else (meeting_place(default, True), "")


async def ask_for_place(
    conn: Connection, jobs: JobQueue, new: NewBooking, provider: str, now: datetime
) -> None:
    """Remember that the organizer's event asks for a place, and look after it. Without a `provider` nothing is asked."""
    if provider:
        asked = Asked(new.org_id, new.booking_id, new.organizer_id, provider, now)
        await booking_conferences.ask(conn, asked)
        await look_later(conn, jobs, new.org_id, new.booking_id, now, 0)


async def look_later(
    conn: Connection, jobs: JobQueue, org_id: str, booking_id: str, now: datetime, attempt: int
) -> None:
    """Queue a look at whether the place was made meanwhile, the later the more often it was looked."""
    args = {"org_id": org_id, "booking_id": booking_id, "attempt": attempt}
    at = now + min(LOOK_FIRST * 2 ** min(attempt, 10), LOOK_LAST)
    await jobs.defer(conn, JOB, args, at=at)
