"""Holds: time set aside for a few minutes while somebody makes up their mind.

A hold is taken like a booking, under the same locks and after the same last look, so it never stands where a meeting
does. It is busy time to everybody but its owner, who may book right through it. It ends by itself: nobody has to give
it back, and a worker that sleeps delays nothing but the message that the time is free again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Conflict, Invalid, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.security.tokens import new_id
from convene.services.availability import AvailabilityService
from convene.services.availability_question import check_duration
from convene.services.booking_snapshot import instant
from convene.services.idempotency import IdempotencyKey, Outcome, run_once
from convene.services.slot_checks import MAX_PARTICIPANTS, SlotChecks, Taken, check_subs
from convene.services.webhooks import WebhookService
from convene.storage import bookings, holds
from convene.storage.database import Connection, Database
from convene.storage.holds import HoldRow

MAX_MINUTES = 60
MAX_HOLDS = 10


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """What to set aside; rooms may stand among the participants as well as in `resources`."""

    participants: Sequence[str]
    start: datetime
    duration_minutes: int
    minutes: int = 5
    resources: Sequence[str] = ()


class HoldService:
    def __init__(
        self, db: Database, clock: Clock, availability: AvailabilityService, webhooks: WebhookService
    ) -> None:
        self.db = db
        self.clock = clock
        self.checks = SlotChecks(availability, clock)
        self.webhooks = webhooks

    async def mine(self, caller: Caller) -> list[dict[str, Any]]:
        """Return the member's live holds by start."""
        caller.require("bookings:read")
        async with self.db.connection() as conn:
            rows = await holds.list_owned(conn, caller.org_id, caller.member_id, self.clock())
        return [described(row) for row in rows]

    async def place(self, caller: Caller, draft: HoldDraft, key: IdempotencyKey | None = None) -> Outcome:
        """Set aside the time of the member acted for, of `draft.participants` and of `draft.resources`.

        Raises:
            Invalid: names the field.
            Conflict: `too_many_holds`.
            SlotTaken: with `alternatives` and `blocked_by`.
        """
        caller.require("bookings:write")
        rooms = [sub for sub in [*draft.participants, *draft.resources] if is_id(sub, "res")]
        people = [sub for sub in draft.participants if sub not in rooms]
        everybody = list(dict.fromkeys([caller.member_id, *people, *rooms]))
        self._check(draft, people, everybody)
        try:
            async with self.db.transaction() as conn:

                async def work() -> dict[str, Any]:
                    return await self._place(conn, caller, draft, everybody)

                return await run_once(conn, key, self.clock(), work)
        except Taken as taken:
            raise await self.checks.slot_taken(
                caller, everybody, draft.start, draft.duration_minutes, taken
            ) from None

    def _check(self, draft: HoldDraft, people: Sequence[str], everybody: Sequence[str]) -> None:
        check_subs(people, prefix="acc", field="participants")
        check_subs(draft.resources, prefix="res", field="resources")
        if len(everybody) < 2:
            raise Invalid("participants", "participants must name somebody besides yourself, or a room.")
        if len(everybody) > MAX_PARTICIPANTS:
            raise Invalid("participants", f"participants: at most {MAX_PARTICIPANTS} people and rooms.")
        check_duration(draft.duration_minutes)
        self.checks.check_start(draft.start)
        if not 1 <= draft.minutes <= MAX_MINUTES:
            raise Invalid("minutes", f"minutes must be 1 to {MAX_MINUTES}.")

    async def _place(
        self, conn: Connection, caller: Caller, draft: HoldDraft, everybody: Sequence[str]
    ) -> dict[str, Any]:
        people = await bookings.lock_people(conn, caller.org_id, everybody)
        now = self.clock()
        if len(await holds.list_owned(conn, caller.org_id, caller.member_id, now)) >= MAX_HOLDS:
            raise Conflict(
                f"You hold {MAX_HOLDS} times already. Give one back, or wait for it to end.",
                code="too_many_holds",
            )
        await self.checks.recheck(conn, caller, people, everybody, draft.start, draft.duration_minutes)
        row = HoldRow(
            new_id("hold"),
            sorted(everybody),
            draft.start,
            draft.start + timedelta(minutes=draft.duration_minutes),
            now + timedelta(minutes=draft.minutes),
        )
        await holds.insert_hold(conn, caller.org_id, caller.member_id, row, now)
        await self._announce(conn, caller.org_id, everybody)
        return described(row)

    async def release(self, caller: Caller, hold_id: str) -> None:
        """Give a hold back. Raises `NotFound` for anybody else's and for one that is gone."""
        caller.require("bookings:write")
        async with self.db.transaction() as conn:
            freed = (
                await holds.delete_hold(conn, caller.org_id, caller.member_id, hold_id)
                if is_id(hold_id, "hld")
                else []
            )
            if not freed:
                raise NotFound("There is no such hold of yours. It may have ended.")
            await self._announce(conn, caller.org_id, freed)

    async def sweep(self) -> None:
        """Forget holds that are over, and tell that the time is free again."""
        async with self.db.transaction() as conn:
            for org_id, subs in (await holds.delete_expired(conn, self.clock())).items():
                await self._announce(conn, org_id, list(dict.fromkeys(subs)))

    async def _announce(self, conn: Connection, org_id: str, subs: Sequence[str]) -> None:
        told = [sub for sub in subs if not is_id(sub, "res")]
        await self.webhooks.emit(conn, org_id, "availability.changed", {"subs": list(subs)}, told)


def described(row: HoldRow) -> dict[str, Any]:
    """Return a hold as documented in docs/reference/http-api.md."""
    return {
        "hold_id": row.hold_id,
        "start": instant(row.starts_at),
        "end": instant(row.ends_at),
        "participants": [sub for sub in row.account_ids if not is_id(sub, "res")],
        "resources": [sub for sub in row.account_ids if is_id(sub, "res")],
        "expires_at": instant(row.expires_at),
    }
