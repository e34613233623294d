"""Asking for an event of ours to be weighed that a calendar shows changed or gone (`services.two_way` does it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from convene.ports.runtime import JobQueue
from convene.services.event_versions import Base
from convene.storage import booking_writes, bookings
from convene.storage.booking_writes import OwnBooking
from convene.storage.calendars import Calendar
from convene.storage.database import Connection

What = Literal["edited", "deleted", "cleared"]
"""edited: it says something else. deleted: it is gone. cleared: so is most of the calendar, which may be no wish at all."""
JOB = "weigh_event"
# So many meetings of a calendar may be deleted between two reads without a question, even if they are most of it.
DELETED_AT_ONCE = 2
DELETED_THERE = "You deleted this meeting in your calendar. Say under your conflicts whether it is cancelled or comes back."


async def queue_weighing(
    jobs: JobQueue,
    conn: Connection,
    org_id: str,
    booking_id: str,
    account_id: str,
    what: What,
    *,
    at: datetime | None = None,
    attempt: int = 0,
) -> None:
    """Queue it, at most once while it waits."""
    args = {
        "org_id": org_id,
        "booking_id": booking_id,
        "account_id": account_id,
        "what": what,
        "attempt": attempt,
    }
    name = f"weigh:{what}:{booking_id}:{account_id}"
    await jobs.defer(conn, JOB, args, at=at, queueing_lock=name)


async def queue_edited(
    jobs: JobQueue,
    conn: Connection,
    calendar: Calendar,
    own: Sequence[OwnBooking],
    texts: Mapping[str, tuple[str, str]],
) -> None:
    """Queue what a round has read of our own events, unless it is what we wrote. `texts`: (etag, text) by place."""
    for item in own:
        etag, _ = texts.get(item.remote_id, ("", ""))
        is_here = item.calendar_id == calendar.calendar_id and item.remote_id in texts
        is_news = etag != item.etag or not etag or item.write_state == "failed"
        if is_here and item.state == "confirmed" and is_news:
            await queue_weighing(jobs, conn, calendar.org_id, item.booking_id, calendar.account_id, "edited")


async def queue_deleted(
    jobs: JobQueue,
    conn: Connection,
    calendar: Calendar,
    gone: Sequence[OwnBooking],
    now: datetime,
    *,
    is_doubted: bool,
) -> None:
    """Queue what a round no longer finds of our own events. Where most of a calendar went at once, or was missed before,
    nobody is taken to have wished each of it."""
    if not gone:
        return
    total = await booking_writes.count_copies(conn, calendar.org_id, calendar.calendar_id, now)
    is_most = len(gone) > DELETED_AT_ONCE and len(gone) * 2 > total
    what: What = "cleared" if is_doubted or is_most else "deleted"
    for item in gone:
        await queue_weighing(jobs, conn, calendar.org_id, item.booking_id, calendar.account_id, what)


async def take_answer(
    conn: Connection, org_id: str, booking_id: str, account_id: str, base: Base | None, answer: str
) -> bool:
    """Record what a person has answered in their own calendar: it is the calendar's to say. True if that is news."""
    if not answer or answer == (base or {}).get("answer", ""):
        return False
    return await bookings.set_rsvp(conn, org_id, booking_id, account_id, answer)
