"""Fixtures for all tests: a real database per worker, emptied between tests, and a clock that stands still.

`CONVENE_TEST_DATABASE_URL` names a server (its role must be allowed to create databases); without it the embedded one
is started in a directory of its own.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from convene.storage.database import Database
from convene.storage.migrate import migrate


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class StandingClock:
    """A clock that tests move by hand."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server that may be filled with databases."""
    given = os.environ.get("CONVENE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from convene.storage.embedded import EmbeddedServer

    with EmbeddedServer(tmp_path_factory.mktemp("pg") / "data") as server:
        yield server.conninfo


@pytest.fixture(scope="session")
def database_url(server_url: str, worker_id: str) -> Iterator[str]:
    """A migrated database of this test worker."""
    import asyncio

    name = f"convene_test_{worker_id}_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    asyncio.run(migrate(url))
    yield url
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open pool on an empty, migrated database."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        rows = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'connect') AND tablename <> 'schema_migration'"
        ).fetchall()
        conn.execute("TRUNCATE " + ", ".join(row[0] for row in rows) + " CASCADE")
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()
