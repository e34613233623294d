"""What the platform says of time that is shared, and of the time that others can meet in it.

A reader asks with the sharer's consent and learns when the sharer is free, on a grid of quarter hours, and at which
starts both can meet; the sharer asks about themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.connect.scheduling_client import Answer, SchedulingClient
from convene.connect.share_rows import ShareRow
from convene.core.permissions import Caller
from convene.core.shared_times import STEP_MINUTES, Times, merged, utc
from convene.edge.requests import format_instant

ENDED = "share_ended"


class Refused(Exception):
    """The platform has refused; its answer is passed on."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Ended(Exception):
    """The platform knows no such consent any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Times as the platform tells them, and what it knows of the people."""

    slots: list[dict[str, Any]]
    people: Mapping[str, Mapping[str, Any]]

    @property
    def times(self) -> Times:
        return merged((utc(slot["start"]), utc(slot["end"])) for slot in self.slots)

    def unread(self, sub: str) -> str:
        """Return what to say of a calendar that could not be read; "" for one that is known."""
        person = self.people[sub]
        return "" if person["state"] in ("ok", "no_calendar") else str(person["detail"])


class SharedTime:
    """Args:
    scheduling: the one door to the platform.
    """

    def __init__(self, scheduling: SchedulingClient) -> None:
        self._scheduling = scheduling

    async def own(self, caller: Caller, start: datetime, end: datetime, *, any_hour: bool) -> Seen:
        """Return when the caller is free in a period, as others would be shown it."""
        asked = {"participants": caller.member_id, **_period(start, end), **_GRID}
        return await self._ask(caller, {**asked, "flexible": caller.member_id} if any_hour else asked)

    async def of(self, caller: Caller, row: ShareRow) -> Seen:
        """Return when the owner of a share is free in its period."""
        if caller.member_id == row.account_id:
            return await self.own(caller, row.starts_at, row.ends_at, any_hour=row.any_hour)
        return await self._ask(
            caller,
            {
                "participants": row.account_id,
                "share": row.consent_id,
                **_period(row.starts_at, row.ends_at),
                **_GRID,
            },
        )

    async def with_me(self, caller: Caller, row: ShareRow, duration_minutes: int) -> Seen:
        """Return at which times of a share the caller and its owner can meet."""
        return await self._ask(
            caller,
            {
                "participants": f"{caller.member_id},{row.account_id}",
                "flexible": caller.member_id,
                "share": row.consent_id,
                "duration_minutes": str(duration_minutes),
                "suggestions": "0",
                **_period(row.starts_at, row.ends_at),
            },
        )

    async def _ask(self, caller: Caller, params: Mapping[str, str]) -> Seen:
        answer = await self._scheduling.free_time(caller, params)
        found = json.loads(answer.body)
        if not answer.is_success:
            raise Ended if found.get("code") == ENDED else Refused(answer)
        return Seen(found["slots"], {person["sub"]: person for person in found["participants"]})

    async def agree(
        self, caller: Caller, start: datetime, end: datetime, expires_at: datetime, *, any_hour: bool
    ) -> str:
        """Note the caller's consent with the platform; returns its name for it."""
        answer = await self._scheduling.share_time(
            caller,
            {
                "start": format_instant(start),
                "end": format_instant(end),
                "expires_at": format_instant(expires_at),
                "any_hour": any_hour,
            },
        )
        if not answer.is_success:
            raise Refused(answer)
        return str(json.loads(answer.body)["share_id"])

    async def withdraw(self, caller: Caller, consent_id: str) -> None:
        """End a consent of the caller's; that it has ended already is all the same."""
        await self._scheduling.end_share(caller, consent_id)

    async def book(
        self, caller: Caller, row: ShareRow, meeting: Mapping[str, Any], idempotency_key: str
    ) -> Answer:
        """Book the caller with the owner of a share; the card goes to where it was shared."""
        booking = {
            **meeting,
            "participants": [row.account_id],
            "share": row.consent_id,
            "origin": {"conversation_id": row.conversation_id, "shared_in": row.message_id},
        }
        return await self._scheduling.book(caller, booking, idempotency_key)


_GRID = {
    "duration_minutes": str(STEP_MINUTES),
    "start_interval_minutes": str(STEP_MINUTES),
    "suggestions": "0",
}


def _period(start: datetime, end: datetime) -> dict[str, str]:
    return {"from": format_instant(start), "to": format_instant(end)}
