"""Admission to the socket: a ticket of 256 random bits, good once and for 30 seconds, on any process.

The session cookie stays out of addresses and logs; the ticket names the session, which is checked again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.core.errors import Unauthenticated
from convene.core.permissions import Caller
from convene.security.tokens import fingerprint, new_secret
from convene.storage.database import Connection, execute, fetch_one
from convene.storage.named_sql import load

SQL = load("tickets", "convene.connect.queries")
GOOD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Admission:
    org_id: str
    account_id: str
    session_id: str
    expires_at: datetime


async def issue(conn: Connection, caller: Caller, now: datetime) -> tuple[str, datetime]:
    """Return a ticket for the caller's session and when it ends."""
    if caller.credential_id is None:
        raise Unauthenticated("A window is opened by a signed-in person.")
    ticket = new_secret()
    expires_at = now + GOOD_FOR
    await execute(
        conn,
        SQL["insert_ticket"],
        {
            "ticket_hash": fingerprint(ticket),
            "org_id": caller.org_id,
            "account_id": caller.member_id,
            "session_id": caller.credential_id,
            "expires_at": expires_at,
        },
    )
    return ticket, expires_at


async def take(conn: Connection, ticket: str, now: datetime) -> Admission | None:
    """Use a ticket up and return whom it admits; None if it is unknown, used or too old."""
    found = await fetch_one(conn, SQL["take_ticket"], {"ticket_hash": fingerprint(ticket)}, Admission)
    return found if found is not None and found.expires_at > now else None


async def sweep(conn: Connection, now: datetime) -> None:
    """Forget tickets that nobody used."""
    await execute(conn, SQL["delete_old_tickets"], {"now": now})
