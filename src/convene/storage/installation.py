"""Named values of this installation, such as the sealing key's canary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("installation")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a database server says about itself. `now` is its clock."""

    version: str
    version_number: int
    now: datetime
    has_guard: bool
    has_btree_gist: bool


async def facts(conn: Connection) -> Facts:
    found = await fetch_one(conn, _SQL["facts"], None, Facts)
    assert found is not None
    return found


async def live_workers(conn: Connection) -> int:
    """Return how many workers have told within a minute that they live."""
    row = await fetch_dict(conn, _SQL["live_workers"])
    return int(row["found"]) if row else 0


async def find(conn: Connection, name: str) -> str | None:
    row = await fetch_dict(conn, _SQL["find"], {"name": name})
    return None if row is None else str(row["value"])


async def insert_if_absent(conn: Connection, name: str, value: str) -> str:
    """Store `value` unless there is one, and return what is stored then."""
    await execute(conn, _SQL["insert_if_absent"], {"name": name, "value": value})
    found = await find(conn, name)
    assert found is not None
    return found


async def put(conn: Connection, name: str, value: str) -> None:
    await execute(conn, _SQL["put"], {"name": name, "value": value})
