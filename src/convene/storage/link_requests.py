"""Requests: bookings of links that a host has yet to accept. The lock order is that of `storage.links`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, execute, fetch_dicts
from convene.storage.links import LinkRow
from convene.storage.named_sql import load

_SQL = load("link_requests")


async def mark_requested(conn: Connection, org_id: str, booking_id: str, answer_by: datetime) -> None:
    """Make a booking a request that waits for an answer, at the latest until the meeting would begin."""
    params = {"org_id": org_id, "booking_id": booking_id, "answer_by": answer_by}
    await execute(conn, _SQL["mark_requested"], params)


async def list_visit_of(conn: Connection, org_id: str, booking_id: str) -> Sequence[str]:
    """Return the ids of what was booked together with a booking, itself included."""
    params = {"org_id": org_id, "booking_id": booking_id}
    return [row["booking_id"] for row in await fetch_dicts(conn, _SQL["list_visit_of"], params)]


async def answer(
    conn: Connection, booking: BookingRow, *, state: str, reason: str, changed_by: str, now: datetime
) -> None:
    """Make a request `confirmed` or `declined` and raise its revision."""
    params = {
        "org_id": booking.org_id,
        "booking_id": booking.booking_id,
        "state": state,
        "reason": reason,
        "changed_by": changed_by,
        "now": now,
    }
    await execute(conn, _SQL["answer"], params)


async def hold_writes(conn: Connection, org_id: str, booking_id: str) -> None:
    """Let nothing of a request be written so far."""
    await execute(conn, _SQL["hold_writes"], {"org_id": org_id, "booking_id": booking_id})


async def delete_writes(conn: Connection, org_id: str, booking_id: str) -> None:
    """Forget where a request would have been written."""
    await execute(conn, _SQL["delete_writes"], {"org_id": org_id, "booking_id": booking_id})


async def give_back_use(conn: Connection, link: LinkRow, now: datetime) -> None:
    """Let the link be used once more; one that was used up is open again. The link is locked."""
    await execute(conn, _SQL["give_back_use"], {"org_id": link.org_id, "link_id": link.link_id, "now": now})


async def list_unanswered(conn: Connection, now: datetime) -> Sequence[tuple[str, str]]:
    """Return (organisation, booking) of up to 200 requests whose time to be answered is over."""
    rows = await fetch_dicts(conn, _SQL["list_unanswered"], {"now": now})
    return [(row["org_id"], row["booking_id"]) for row in rows]
