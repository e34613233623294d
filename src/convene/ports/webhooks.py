"""The port through which webhooks leave: implemented over the guarded HTTP client, or in memory for Connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a receiver said. `status` is None when nothing was said at all, and `error` tells why."""

    status: int | None
    error: str = ""
    retry_after_seconds: float | None = None
    excerpt: str = ""


class WebhookSender(Protocol):
    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, is_internal: bool
    ) -> WebhookAnswer:
        """Post once, follow nothing, wait 15 s at most; never raises for what the receiver does."""
        ...

    def check(self, url: str) -> None:
        """Raise `core.errors.Invalid` naming `url` if this address may never be called."""
        ...
