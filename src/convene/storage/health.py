"""Figures about the installation's health, in one statement."""

from __future__ import annotations

from datetime import datetime

from convene.storage.database import Connection, fetch_dict
from convene.storage.named_sql import load

SQL = load("health")


async def figures(conn: Connection, now: datetime) -> dict[str, float]:
    """Return what is waiting, late or broken, by name."""
    row = await fetch_dict(conn, SQL["figures"], {"now": now})
    assert row is not None
    return {name: float(value) for name, value in row.items()}
