"""Servers and databases for tests: one server for the whole run, a database per worker, emptied between tests."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from convene.storage.embedded import EmbeddedServer

_PLACE = "CONVENE_TEST_SERVER_DIR"
_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname IN ('public', 'connect') AND tablename <> 'schema_migration'
"""
# How far down the foreign keys a table hangs: the deepest are emptied first.
_DEPTHS = """
WITH RECURSIVE hanging(oid, depth) AS (
    SELECT oid, 0 FROM pg_class WHERE relkind = 'r'
    UNION
    SELECT conrelid, depth + 1 FROM pg_constraint JOIN hanging ON confrelid = hanging.oid
    WHERE contype = 'f' AND conrelid <> confrelid AND depth < 12
)
SELECT format('%I.%I', nspname, relname), max(depth) FROM hanging JOIN pg_class USING (oid)
JOIN pg_namespace ON pg_namespace.oid = relnamespace GROUP BY 1
"""


def choose_place() -> None:
    """Fix where the run's server lives; called before any worker starts, which then all read it."""
    place = Path(tempfile.mkdtemp(prefix="convene-test-", dir="/tmp"))
    place.chmod(0o711)  # root's server runs as another user, who must get through
    os.environ[_PLACE] = str(place)


def clear_place() -> None:
    shutil.rmtree(os.environ.pop(_PLACE))


def programs() -> Path | None:
    """The directory of the PostgreSQL to test with; None means the wheel's."""
    given = os.environ.get("CONVENE_TEST_POSTGRES_BIN")
    return Path(given) if given else None


@contextmanager
def running_server() -> Iterator[tuple[str, str | None]]:
    """The connection string of a server that may be filled with databases, and who shall own them."""
    given = os.environ.get("CONVENE_TEST_DATABASE_URL")
    if given:
        yield given, None
        return
    home = Path(os.environ[_PLACE]) / "postgres"
    with EmbeddedServer(home, bin_dir=programs(), durable=False) as server:
        yield server.admin_conninfo, "convene"


@contextmanager
def new_database(server: str, owner: str | None, name: str) -> Iterator[str]:
    """An empty database on `server`, connected to as `owner`: in embedded servers an ordinary role, as in service.

    Its name begins with `name` and is met nowhere else: several runs may share a server.
    """
    name = f"{name}_{secrets.token_hex(4)}"
    quoted = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as conn:
        role = sql.Identifier(owner or conn.info.user)
        conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(quoted, role))
    try:
        yield make_conninfo(server, dbname=name, **({"user": owner} if owner else {}))
    finally:
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def empty(url: str) -> None:
    """Delete all rows. Only tables that hold any are touched: truncating forty empty ones takes 30 times longer."""
    with psycopg.connect(url) as conn:
        depths = dict(conn.execute(_DEPTHS).fetchall())
        names = sorted((row[0] for row in conn.execute(_TABLES)), key=lambda name: -depths[name])
        probe = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
        filled = {row[0] for row in conn.execute(probe)} if probe else set()
        for name in names:
            if name in filled:
                # The audit log refuses to be deleted from, as it should.
                conn.execute(f"TRUNCATE {name}" if name.endswith("audit") else f"DELETE FROM {name}")
