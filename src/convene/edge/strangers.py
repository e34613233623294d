"""How often strangers may knock at an address that is open to everybody, because it is for machines with a secret.

Only what came without a valid secret counts, by network, so that a service which tells much is never in the way of itself.
Kept in this process: a guard against floods, not an account.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from convene.core.errors import RateLimited

PER_MINUTE = 120
_FORGET_BEYOND = 10_000


@dataclass(slots=True)
class Strangers:
    """Args:
    ticks: seconds of a clock that only goes forward.
    """

    per_minute: int = PER_MINUTE
    ticks: Callable[[], float] = time.monotonic
    # By network: what it has used up, and when that was so.
    _used: dict[str, tuple[float, float]] = field(default_factory=dict)

    def check(self, network: str) -> None:
        """Raise `RateLimited` if too much without a secret came from this network."""
        used = self._now_used(network, self.ticks())
        if used > self.per_minute - 1:
            wait = math.ceil((used - self.per_minute + 1) * 60 / self.per_minute)
            raise RateLimited("Too many attempts from this network.", retry_after_seconds=wait)

    def count(self, network: str) -> None:
        """Count a request without a valid secret."""
        now = self.ticks()
        if len(self._used) >= _FORGET_BEYOND:
            self._used = {key: held for key, held in self._used.items() if self._now_used(key, now) > 0}
            if len(self._used) >= _FORGET_BEYOND:
                self._used.clear()
        self._used[network] = (self._now_used(network, now) + 1, now)

    def _now_used(self, network: str, now: float) -> float:
        used, at = self._used.get(network, (0.0, now))
        return max(0.0, used - (now - at) * self.per_minute / 60)
