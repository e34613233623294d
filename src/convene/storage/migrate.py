"""Numbered SQL migrations under an advisory lock.

Files are `NNNN_name.sql` in `storage/migrations` (the platform's) and `connect/migrations` (the chat's). Each runs in
a transaction of its own together with the row that says so; running again does nothing. procrastinate's schema comes
from its package, as migration `jobs:0001`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection

_LOCK_KEY = 0x436F6E76  # "Conv"
_FILE = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
SOURCES = (("platform", "convene.storage.migrations"), ("connect", "convene.connect.migrations"))


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    sql: str


def all_migrations() -> list[Migration]:
    """Every migration in the order in which it runs."""
    found = [Migration("jobs:0001_procrastinate", SchemaManager.get_schema())]
    for area, package in SOURCES:
        files = sorted(item.name for item in resources.files(package).iterdir() if _FILE.match(item.name))
        found += [
            Migration(f"{area}:{name[:-4]}", resources.files(package).joinpath(name).read_text("utf-8"))
            for name in files
        ]
    return found


async def migrate(conninfo: str) -> list[str]:
    """Bring the database to the newest schema and return the names of what ran. Safe to run at once from many."""
    ran: list[str] = []
    conn: AsyncConnection[Any]
    async with await AsyncConnection.connect(conninfo, autocommit=True) as conn:
        await conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        try:
            await conn.execute(
                "CREATE TABLE IF NOT EXISTS schema_migration"
                " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            cursor = await conn.execute("SELECT name FROM schema_migration")
            done = {row[0] for row in await cursor.fetchall()}
            for migration in all_migrations():
                if migration.name in done:
                    continue
                async with conn.transaction():
                    await conn.execute(migration.sql.encode())
                    await conn.execute("INSERT INTO schema_migration (name) VALUES (%s)", [migration.name])
                ran.append(migration.name)
        finally:
            await conn.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
    return ran


async def pending(conninfo: str) -> list[str]:
    """Names of migrations that have not run yet. A database without our table has none applied."""
    async with await AsyncConnection.connect(conninfo, autocommit=True) as conn:
        cursor = await conn.execute("SELECT to_regclass('schema_migration')")
        row = await cursor.fetchone()
        if row is None or row[0] is None:
            return [item.name for item in all_migrations()]
        cursor = await conn.execute("SELECT name FROM schema_migration")
        done = {found[0] for found in await cursor.fetchall()}
    return [item.name for item in all_migrations() if item.name not in done]
