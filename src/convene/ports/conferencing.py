"""The port for places to meet online: one file per kind in `integrations/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Conference:
    """A place to meet. `join_url` is for participants only."""

    provider: str
    join_url: str


class Conferencing(Protocol):
    def create(self, room: str) -> Conference | None:
        """Return the place for a meeting whose unguessable room name is `room`; None if there is no provider."""
        ...
