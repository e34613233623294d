"""Outboxes towards remote calendars: rows that say what a place there shall hold, taken by one worker at a time.

Every outbox is a table of its own with the same columns for a write's life; `queries/calendar_writes.sql` says what
they mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from convene.storage.database import Connection, execute, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load_filled

Key = Mapping[str, str]
"""The columns that name a row, with their values."""


class Leased(Protocol):
    """A row as its worker holds it. `changed_at` is when `state` last changed; `leased_until` names the lease."""

    @property
    def org_id(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def remote_id(self) -> str: ...
    @property
    def etag(self) -> str: ...
    @property
    def desired_revision(self) -> int: ...
    @property
    def written_revision(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def changed_at(self) -> datetime: ...
    @property
    def leased_until(self) -> datetime: ...


W = TypeVar("W", bound=Leased)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a write ended, for the revision that was tried. `kept`: what is remembered of what the place holds."""

    state: str
    revision: int
    written_revision: int
    remote_id: str
    etag: str
    attempts: int = 0
    error_detail: str = ""
    next_try_at: datetime | None = None
    kept: Mapping[str, Any] | None = None


class Outbox(Generic[W]):
    """One table of writes: its key's columns, and the dataclass that a leased row becomes."""

    def __init__(self, table: str, key: Sequence[str], row: type[W]) -> None:
        self.key = tuple(key)
        self.row = row
        self._sql = load_filled(
            "calendar_writes",
            table=table,
            match=" AND ".join(f"{name} = %({name})s" for name in key),
            columns=", ".join(item.name for item in fields(row)),  # type: ignore[arg-type]
            key=", ".join(key),
            key_of_w=", ".join(f"w.{name}" for name in key),
            key_of_f=", ".join(f"f.{name}" for name in key),
            key_of_o=", ".join(f"o.{name}" for name in key),
        )

    def key_of(self, write: W) -> dict[str, str]:
        return {name: str(getattr(write, name)) for name in self.key}

    async def lease(self, conn: Connection, key: Key, *, now: datetime, until: datetime) -> W | None:
        """Take a due write until `until`; None if there is none or somebody else has it."""
        return await fetch_one(conn, self._sql["lease_write"], {**key, "now": now, "until": until}, self.row)

    async def finish(self, conn: Connection, write: W, outcome: Outcome, now: datetime) -> str | None:
        """Store an outcome, give the lease back and return the resulting state.

        `pending` again if a newer revision waits or anything else happened during the lease; None if the write was
        detached from its calendar meanwhile, and nothing is stored.
        """
        params: dict[str, Any] = {
            **{name: getattr(outcome, name) for name in _OUTCOME},
            **self.key_of(write),
            "leased_until": write.leased_until,
            "now": now,
        }
        row = await fetch_dict(conn, self._sql["finish_write"], params)
        return str(row["state"]) if row else None

    async def list_overdue(self, conn: Connection, now: datetime, limit: int = 500) -> list[dict[str, str]]:
        """Return the keys of the writes of all organisations whose next try is due."""
        return await fetch_dicts(conn, self._sql["list_overdue"], {"now": now, "limit": limit})

    async def wake(self, conn: Connection, org_id: str, connection_id: str, now: datetime) -> int:
        """Make what waits for a connection due at once; return how many."""
        params = {"org_id": org_id, "connection_id": connection_id, "now": now}
        return await execute(conn, self._sql["wake_writes"], params)


_OUTCOME = tuple(item.name for item in fields(Outcome) if item.name != "kept")
