"""Housekeeping of `time_change`, whose sum per account is the version of that account's time (migration 0008).

Rows are written by triggers alone, and read by `applications.visible_versions`.
"""

from __future__ import annotations

from convene.storage.database import Connection, execute, fetch_dict
from convene.storage.named_sql import load

_SQL = load("time_changes")


async def fold(conn: Connection) -> int:
    """Add up the rows of each account into its newest; return how many accounts had several.

    Call it in a transaction. Versions stay as they are, so that nothing that is kept ready is lost.
    """
    found = await fetch_dict(conn, _SQL["try_lock"])
    return await execute(conn, _SQL["fold"]) if found is not None and found["is_mine"] else 0
