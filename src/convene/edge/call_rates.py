"""How often an application may call the Cronofy-compatible surface, and what it is told about that.

Two buckets per application: one for bursts, one for the minute. They are kept in this process, so several processes let
through as many times as much; the numbers are a guard against programs that run away, not an account to bill from.
`RateLimit` headers follow the IETF draft (draft-ietf-httpapi-ratelimit-headers-10).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convene.core.errors import RateLimited

PER_SECOND = 50
PER_MINUTE = 500
STATE = "call_rate"
_FORGET_BEYOND = 10_000


@dataclass(slots=True)
class _Bucket:
    name: str
    capacity: int
    seconds: int
    level: float
    at: float

    def refill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + (now - self.at) * self.capacity / self.seconds)
        self.at = now

    @property
    def wait(self) -> int:
        """Whole seconds until one call is there again; 0 if it is there now."""
        return 0 if self.level >= 1 else math.ceil((1 - self.level) * self.seconds / self.capacity)


@dataclass(slots=True)
class CallRates:
    """Args:
    per_second, per_minute: calls per application.
    ticks: seconds of a clock that only goes forward.
    """

    per_second: int = PER_SECOND
    per_minute: int = PER_MINUTE
    ticks: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[_Bucket, _Bucket]] = field(default_factory=dict)

    def take(self, client_id: str) -> dict[str, str]:
        """Count one call; return the headers that tell what is left. Raises `RateLimited`, counting nothing."""
        now = self.ticks()
        if client_id not in self._buckets:
            self._make_room(now)
            self._buckets[client_id] = (
                _Bucket("second", self.per_second, 1, self.per_second, now),
                _Bucket("minute", self.per_minute, 60, self.per_minute, now),
            )
        buckets = self._buckets[client_id]
        for bucket in buckets:
            bucket.refill(now)
        wait = max(bucket.wait for bucket in buckets)
        if wait:
            raise RateLimited(
                f"This application may call {self.per_second} times a second and {self.per_minute} times a minute. "
                f"Go on in {wait} s.",
                retry_after_seconds=wait,
            )
        for bucket in buckets:
            bucket.level -= 1
        return self.headers(client_id)

    def headers(self, client_id: str) -> dict[str, str]:
        """Return the headers for the present state of an application that has called."""
        buckets = self._buckets[client_id]
        return {
            "RateLimit-Policy": ", ".join(
                f'"{one.name}";q={one.capacity};w={one.seconds}' for one in buckets
            ),
            "RateLimit": ", ".join(
                f'"{one.name}";r={int(one.level)};t={math.ceil((one.capacity - one.level) * one.seconds / one.capacity)}'
                for one in buckets
            ),
        }

    def _make_room(self, now: float) -> None:
        """Forget applications whose buckets are full again: they are as if they had never called."""
        if len(self._buckets) < _FORGET_BEYOND:
            return
        self._buckets = {
            client_id: buckets for client_id, buckets in self._buckets.items() if now - buckets[1].at < 60
        }


class CallRateMiddleware:
    """Puts the headers that a call was given (`request.state.call_rate`) onto its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_rates(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in scope.get("state", {}).get(STATE, {}).items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_rates)
