"""Shares of free time: for a few days, whoever is told the id sees when its owner is free and may book in it.

A share is its owner's consent and nothing more: it holds no times. What it opens is asked of availability like anything
else (`Question.consent`) and booked by the same transaction with the same last look; a share that has ended opens
nothing, from the next question on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Conflict, Invalid, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.security.tokens import new_id
from convene.services.booking_snapshot import instant
from convene.storage import availability_shares
from convene.storage.availability_shares import ShareRow
from convene.storage.database import Connection, Database

MAX_DAYS = 14
MAX_SHARES = 50
ENDED = "share_ended"


@dataclass(frozen=True, slots=True)
class Consent:
    """Whose free time may be seen and booked although they do not show it to everybody, and in which period."""

    owner: str
    starts_at: datetime
    ends_at: datetime
    any_hour: bool

    @property
    def shown(self) -> tuple[str, ...]:
        return (self.owner,)

    @property
    def flexible(self) -> tuple[str, ...]:
        """Bound by their calendar alone, if they shared more than their working hours."""
        return (self.owner,) if self.any_hour else ()

    def covers(self, start: datetime, end: datetime) -> bool:
        return self.starts_at <= start and end <= self.ends_at


async def read_consent(
    conn: Connection,
    org_id: str,
    share_id: str,
    participants: Collection[str],
    now: datetime,
    *,
    lock: bool = False,
) -> Consent:
    """Return what a share allows.

    Raises:
        Conflict: `share_ended`, also for an id that never was one.
        Invalid: its owner is none of the `participants`.
    """
    found = (
        await availability_shares.find_live(conn, org_id, share_id, now, lock=lock)
        if is_id(share_id, "shr")
        else None
    )
    if found is None:
        raise Conflict("This free time is no longer shared.", code=ENDED)
    if found.account_id not in participants:
        raise Invalid("share", "share: its owner must be one of the participants.")
    return Consent(found.account_id, found.starts_at, found.ends_at, found.any_hour)


class AvailabilityShareService:
    """What members do with shares of their own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self.clock = clock

    async def share(
        self, caller: Caller, start: datetime, end: datetime, expires_at: datetime, *, any_hour: bool
    ) -> dict[str, Any]:
        """Show the member's free time in `[start, end)` to whoever is given the id.

        Raises:
            Invalid: names the field.
            Conflict: `too_many_shares`.
        """
        caller.require("bookings:write")
        now = self.clock()
        if end <= start:
            raise Invalid("end", "end must be later than start.")
        if end - start > timedelta(days=MAX_DAYS):
            raise Invalid("end", f"start and end may be at most {MAX_DAYS} days apart.")
        if end <= now:
            raise Invalid("end", "end must lie ahead.")
        if not now < expires_at <= end:
            raise Invalid("expires_at", "expires_at must lie ahead, and not after end.")
        row = ShareRow(new_id("availability_share"), caller.member_id, start, end, any_hour, expires_at)
        async with self.db.transaction() as conn:
            if (
                len(await availability_shares.list_live(conn, caller.org_id, caller.member_id, now))
                >= MAX_SHARES
            ):
                raise Conflict(
                    f"You share your free time {MAX_SHARES} times already. Stop sharing somewhere first.",
                    code="too_many_shares",
                )
            await availability_shares.insert_share(conn, caller.org_id, row, now)
        return described(row)

    async def mine(self, caller: Caller) -> list[dict[str, Any]]:
        """Return the member's shares that are not over."""
        caller.require("bookings:read")
        async with self.db.connection() as conn:
            rows = await availability_shares.list_live(conn, caller.org_id, caller.member_id, self.clock())
        return [described(row) for row in rows]

    async def end(self, caller: Caller, share_id: str) -> None:
        """Stop sharing. Raises `NotFound` for anybody else's share and for one that is over."""
        caller.require("bookings:write")
        async with self.db.transaction() as conn:
            if not is_id(share_id, "shr") or not await availability_shares.delete_share(
                conn, caller.org_id, caller.member_id, share_id
            ):
                raise NotFound("There is no such share of yours. It may have ended.")


def described(row: ShareRow) -> dict[str, Any]:
    """Return a share as documented in docs/reference/http-api.md."""
    return {
        "share_id": row.share_id,
        "sub": row.account_id,
        "start": instant(row.starts_at),
        "end": instant(row.ends_at),
        "any_hour": row.any_hour,
        "expires_at": instant(row.expires_at),
    }
