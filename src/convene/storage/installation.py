"""Named values of this installation, such as the sealing key's canary."""

from __future__ import annotations

from convene.storage.database import Connection, execute, fetch_dict
from convene.storage.named_sql import load

_SQL = load("installation")


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
