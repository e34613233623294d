"""Answers kept under the caller's `Idempotency-Key`, in the same transaction as the change they describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_one
from convene.storage.named_sql import load

SQL = load("idempotency")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    request_hash: bytes
    status: int
    body: dict[str, Any] | None


async def claim(conn: Connection, identity: Mapping[str, Any], request_hash: bytes, now: datetime) -> bool:
    """Reserve the key for this transaction; false if an earlier request has it."""
    return await execute(conn, SQL["claim"], {**identity, "request_hash": request_hash, "now": now}) == 1


async def find(conn: Connection, identity: Mapping[str, Any]) -> StoredAnswer | None:
    return await fetch_one(conn, SQL["find"], identity, StoredAnswer)


async def finish(conn: Connection, identity: Mapping[str, Any], status: int, body: Any) -> None:
    await execute(conn, SQL["finish"], {**identity, "status": status, "body": Jsonb(body)})


async def prune(conn: Connection, before: datetime) -> int:
    return await execute(conn, SQL["prune"], {"before": before})
