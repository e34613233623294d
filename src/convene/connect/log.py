"""The event logs: the truth that every open window follows.

There is one log per conversation and one per person. An event's `seq` comes from a counter that is bumped under its
row's lock by the very transaction that writes the event, so a log has no holes and nothing ever appears behind a
reader's cursor (docs/adr/0005). Wake-ups are only hints, given after the commit.

Lock order of every writer: booking, conversations, then people by account id. `Writer` keeps the last part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from convene.core.errors import NotFound
from convene.realtime import Bus
from convene.storage.database import Connection, Database, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("log", "convene.connect.queries")
RETENTION = timedelta(days=7)
PERSONAL = "acc_"

Position = tuple[str, str, int]
"""A reader's place in a log: organisation, conversation or account id, last seq read."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a log as it lies in the database: `data` is JSON text, ready to be sent."""

    org_id: str
    id: str
    seq: int
    type: str
    data: str
    has_card: bool | None


@dataclass(frozen=True, slots=True)
class _Head:
    last_seq: int


@dataclass(frozen=True, slots=True)
class _PersonalHead:
    account_id: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class _Position:
    id: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class _Log:
    org_id: str
    id: str


def topic(org_id: str, log_id: str) -> str:
    """Return the bus key that says: this conversation's or this person's log has news."""
    return f"{org_id}/{log_id}"


@dataclass(slots=True)
class Writer:
    """One transaction that appends to logs. Made by `writing`."""

    conn: Connection
    org_id: str
    at: datetime
    keys: set[str] = field(default_factory=set)
    _personal: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    async def advance(self, conversation_id: str) -> int:
        """Lock a conversation until the transaction ends and return the seq of its next event, to be appended."""
        head = await fetch_one(
            self.conn,
            SQL["advance_conversation"],
            {"org_id": self.org_id, "conversation_id": conversation_id},
            _Head,
        )
        if head is None:
            raise NotFound("There is no such conversation.")
        return head.last_seq

    async def append(self, conversation_id: str, seq: int, kind: str, data: Mapping[str, Any]) -> None:
        """Append the event whose `seq` came from `advance`."""
        await execute(
            self.conn,
            SQL["insert_event"],
            {
                "org_id": self.org_id,
                "conversation_id": conversation_id,
                "seq": seq,
                "type": kind,
                "data": Jsonb(data),
                "at": self.at,
            },
        )
        self.keys.add(topic(self.org_id, conversation_id))

    def tell(self, account_id: str, kind: str, data: Mapping[str, Any]) -> None:
        """Append an event to a person's own log; written at the end of the transaction, in the order of the calls."""
        self._personal.append((account_id, kind, data))

    async def lock_people(self, account_ids: Sequence[str]) -> None:
        """Lock people's logs now: what is read afterwards and told to them is not overtaken by another writer."""
        if account_ids:
            await self._advance_personal(dict.fromkeys(account_ids, 0))

    async def _advance_personal(self, counts: Mapping[str, int]) -> dict[str, int]:
        heads = await fetch_all(
            self.conn,
            SQL["advance_personal"],
            {"org_id": self.org_id, "account_ids": list(counts), "counts": list(counts.values())},
            _PersonalHead,
        )
        return {head.account_id: head.last_seq for head in heads}

    async def flush(self) -> None:
        """Write what was told. Called once, last."""
        if not self._personal:
            return
        counts = Counter(account_id for account_id, _, _ in self._personal)
        heads = await self._advance_personal(counts)
        following = {account_id: heads[account_id] - count for account_id, count in counts.items()}
        seqs = []
        for account_id, _, _ in self._personal:
            following[account_id] += 1
            seqs.append(following[account_id])
        await execute(
            self.conn,
            SQL["insert_personal_events"],
            {
                "org_id": self.org_id,
                "account_ids": [account_id for account_id, _, _ in self._personal],
                "seqs": seqs,
                "types": [kind for _, kind, _ in self._personal],
                "data": [Jsonb(data) for _, _, data in self._personal],
                "at": self.at,
            },
        )
        self.keys.update(topic(self.org_id, account_id) for account_id in counts)


@asynccontextmanager
async def writing(db: Database, bus: Bus, org_id: str, at: datetime) -> AsyncIterator[Writer]:
    """A transaction that appends to logs; after its commit everyone who follows them is woken."""
    async with db.transaction() as conn:
        writer = Writer(conn, org_id, at)
        yield writer
        await writer.flush()
    bus.publish(writer.keys)


async def read_after(conn: Connection, positions: Sequence[Position], limit: int) -> list[Event]:
    """Return the events after each position, oldest first within a log, at most `limit` per log."""
    found: list[Event] = []
    for name, is_personal in (("list_personal_events", True), ("list_events", False)):
        wanted = [item for item in positions if item[1].startswith(PERSONAL) == is_personal]
        if wanted:
            found += await fetch_all(conn, SQL[name], {**_columns(wanted), "limit": limit}, Event)
    return found


async def behind(conn: Connection, positions: Sequence[Position]) -> list[tuple[str, str]]:
    """Return which logs have grown beyond these positions, as (organisation, id)."""
    rows = await fetch_all(conn, SQL["list_behind"], _columns(positions), _Log)
    return [(row.org_id, row.id) for row in rows]


def _columns(positions: Sequence[Position]) -> dict[str, Any]:
    return {
        "org_ids": [org_id for org_id, _, _ in positions],
        "ids": [log_id for _, log_id, _ in positions],
        "after": [seq for _, _, seq in positions],
    }


async def positions_of(conn: Connection, org_id: str, account_id: str) -> dict[str, int]:
    """Return the last seq of each conversation of a person, and of their own log under their account id."""
    rows = await fetch_all(
        conn, SQL["list_positions"], {"org_id": org_id, "account_id": account_id}, _Position
    )
    return {row.id: row.last_seq for row in rows}


async def sweep(conn: Connection, now: datetime) -> int:
    """Delete events older than a week; whoever was away longer reads conversations afresh. Returns how many."""
    before = {"before": now - RETENTION}
    return await execute(conn, SQL["delete_old_events"], before) + await execute(
        conn, SQL["delete_old_personal_events"], before
    )
