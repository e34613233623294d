"""Who is told, in the transaction that changes it, of what happens to calendars."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from convene.storage.database import Connection

NotifyAvailability = Callable[[Connection, str, Sequence[str]], Awaitable[None]]
"""(conn, org_id, account ids): their busy time changed. Called in the transaction that changes it."""

OnSynced = Callable[[Connection, str, str], Awaitable[None]]
"""(conn, org_id, booking_id): a calendar's receipt changed. Called in the transaction that changes it."""


class OnProfile(Protocol):
    """Told, in the transaction that changes it, that a connection works again or cannot be used any more."""

    async def __call__(
        self, conn: Connection, org_id: str, account_id: str, profile_id: str, *, is_connected: bool
    ) -> None: ...
