"""How fast a service is asked: token buckets per account and for the whole installation, and who goes first.

Services count requests of each person and of the project that an installation is there. What would go beyond waits a
moment; what would have to wait longer is refused here with `rate_limited`, as the service itself would do, so that no worker
sleeps. A person who waits may use up everything, writing leaves them a quarter, and background reading half. Kept in this
process; several ask as much each, and the service itself says when that is too much.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from convene.ports.calendars import Priority, ProviderError

PATIENCE_SECONDS = 5.0
LEFT_TO_OTHERS: dict[Priority, float] = {"interactive": 0.0, "write_back": 0.25, "background": 0.5}
"""The share of a bucket that a request of this priority leaves to those before it."""
_FORGET_BEYOND = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second for as long as one likes, and `burst` at once after a rest."""

    per_second: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    level: float
    at: float

    def refill(self, now: float) -> None:
        self.level = min(self.rate.burst, self.level + max(0.0, now - self.at) * self.rate.per_second)
        self.at = now

    def wait(self, priority: Priority) -> float:
        """Return in how many seconds a request of this priority may go; 0 for now."""
        needed = 1 + LEFT_TO_OTHERS[priority] * (self.rate.burst - 1)
        missing = needed - self.level
        # Rounding must not make anybody wait for what is there, nor for a time too short to pass.
        return missing / self.rate.per_second if missing > 1e-6 else 0.0


class RequestPace:
    """Args:
    account, project: what one account and the whole installation may ask.
    ticks, sleep: seconds of a clock that only goes forward, and waiting on it.
    """

    def __init__(
        self,
        account: Rate,
        project: Rate,
        *,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.account = account
        self.ticks = ticks
        self.sleep = sleep
        self._project = _Bucket(project, project.burst, ticks())
        self._accounts: dict[str, _Bucket] = {}

    async def take(self, account: str, priority: Priority) -> None:
        """Count one request, once it may go.

        Raises:
            ProviderError: `rate_limited`, if that would take too long.
        """
        deadline = self.ticks() + PATIENCE_SECONDS
        while wait := self._wait(account, priority):
            if self.ticks() + wait > deadline:
                raise ProviderError(
                    "temporary",
                    "rate_limited",
                    "The calendar service is asked as often as it allows. It goes on in a moment.",
                    retry_after_seconds=wait,
                )
            await self.sleep(wait)
        self._accounts[account].level -= 1
        self._project.level -= 1

    def _wait(self, account: str, priority: Priority) -> float:
        now = self.ticks()
        bucket = self._accounts.get(account)
        if bucket is None:
            self._make_room(now)
            bucket = self._accounts[account] = _Bucket(self.account, self.account.burst, now)
        bucket.refill(now)
        self._project.refill(now)
        return max(bucket.wait(priority), self._project.wait(priority))

    def _make_room(self, now: float) -> None:
        """Forget accounts that have rested: they are as if they had never asked."""
        if len(self._accounts) < _FORGET_BEYOND:
            return
        rested = self.account.burst / self.account.per_second
        self._accounts = {key: held for key, held in self._accounts.items() if now - held.at < rested}
