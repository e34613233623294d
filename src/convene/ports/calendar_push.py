"""What a calendar provider offers where the service itself tells of changes, at an address of ours.

A channel is for one calendar and ends by itself. What comes through it says only that something changed, never what: it may
come late, twice, in another order, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from convene.ports.calendars import Credentials

UNSUPPORTED = "push_unsupported"
"""The code of the `permanent` error for a calendar of which the service never tells."""


@dataclass(frozen=True, slots=True)
class PushTerms:
    """How channels of a service live.

    life: how long is asked for; the service may give less. renewed_from, renewed_until: the share of a channel's life in
    which it is renewed, at a moment of chance. is_renewable: its life can be lengthened; else a new one takes over before
    it ends.
    """

    life: timedelta
    renewed_from: float
    renewed_until: float
    is_renewable: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A channel that is open. `remote_id`: what the service calls it."""

    remote_id: str
    expires_at: datetime


@runtime_checkable
class Pushes(Protocol):
    """A provider whose service tells of changes. Calls raise `ProviderError`."""

    @property
    def push_terms(self) -> PushTerms: ...

    async def watch(
        self,
        credentials: Credentials,
        calendar: str,
        *,
        channel_id: str,
        token: str,
        address: str,
        lifecycle_address: str,
        until: datetime,
    ) -> Watched:
        """Open a channel: every notification to `address` names `channel_id` and `token`.

        What concerns the channel itself comes to `lifecycle_address`, where a service tells of that. Notifications may
        come before this returns. `permanent` with code `UNSUPPORTED` where there are none for this calendar.
        """
        ...

    async def prolong(self, credentials: Credentials, remote_id: str, *, until: datetime) -> Watched:
        """Lengthen a channel's life, where `push_terms.is_renewable`; `gone` if it is no more."""
        ...

    async def stop_watching(self, credentials: Credentials, *, channel_id: str, remote_id: str) -> None:
        """Close a channel; one that is no more is as good as closed."""
        ...
