"""Ports to the running process: time, jobs and wake-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from psycopg import AsyncConnection

Clock = Callable[[], datetime]
"""Returns the present instant, aware and in UTC."""


class JobQueue(Protocol):
    """Work to do after this transaction. Jobs run at least once: their effects must be idempotent."""

    async def defer(
        self,
        conn: AsyncConnection[Any],
        name: str,
        args: Mapping[str, Any],
        *,
        at: datetime | None = None,
        lock: str | None = None,
        queueing_lock: str | None = None,
    ) -> None:
        """Add job `name` on the caller's own connection, so that it commits with the caller's change.

        Jobs sharing a `lock` run one after the other; while one with `queueing_lock` waits, deferring another
        does nothing. `at` is the earliest instant to start.
        """
        ...


class Waker(Protocol):
    """Wake-ups between processes. Only a hint: whoever is woken reads the log (see ARCHITECTURE)."""

    def wake(self, topic: str) -> None:
        """Note, after a commit, that `topic` has news. Never blocks; many calls become one notice."""
        ...
