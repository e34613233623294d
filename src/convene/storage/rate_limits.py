"""Token buckets shared by all processes. One statement per call, in a transaction of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_dict
from convene.storage.named_sql import load

_SQL = load("rate_limits")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `capacity` at once, filling up again evenly within `seconds`."""

    capacity: int
    seconds: int

    @property
    def per_second(self) -> float:
        return self.capacity / self.seconds


async def take(conn: Connection, bucket: str, limit: Limit, now: datetime) -> int:
    """Take a token. Return 0, or when there is none the seconds until there will be one."""
    params = {"bucket": bucket, "capacity": limit.capacity, "per_second": limit.per_second, "now": now}
    if await fetch_dict(conn, _SQL["take"], params) is not None:
        return 0
    row = await fetch_dict(conn, _SQL["level"], params)
    missing = 1 - float(row["tokens"]) if row else 0.0
    return max(1, math.ceil(missing / limit.per_second))


async def give_back(conn: Connection, bucket: str, limit: Limit) -> None:
    """Return a token that turned out not to be owed."""
    await execute(conn, _SQL["give_back"], {"bucket": bucket, "capacity": limit.capacity})


async def delete_idle(conn: Connection, before: datetime) -> int:
    """Forget buckets that nobody touched since `before`, when they are full again."""
    return await execute(conn, _SQL["delete_idle"], {"before": before})
