"""Passwords: argon2id (RFC 9106) off the event loop, a few at a time.

Profile: 19 MiB, two passes, one lane (OWASP's first choice for servers). Verification of an account that does not exist
spends the same work on a dummy hash, so that time does not tell who has an account here.
"""

from __future__ import annotations

import secrets

import anyio
import anyio.to_thread
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 4


class Passwords:
    """Hashes and verifies passwords; at most `at_once` computations (19 MiB each) run together."""

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
        self._limiter = anyio.CapacityLimiter(at_once)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash (parameters and salt inside) of `password`."""
        return await anyio.to_thread.run_sync(self._hasher.hash, password, limiter=self._limiter)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` is the one behind `stored`. With None it spends the same time and says no."""
        return await anyio.to_thread.run_sync(self._verify, stored, password, limiter=self._limiter)

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether `stored` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def warm_up(self) -> None:
        """Make the dummy hash ahead of time, so that the first unknown user costs what every later one does."""
        await anyio.to_thread.run_sync(self._dummy_hash, limiter=self._limiter)

    def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = self._hasher.hash(secrets.token_urlsafe(32))
        return self._dummy

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            matches = self._hasher.verify(stored or self._dummy_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None
