"""The connection pool and transactions. Storage functions take a connection first and never commit."""

from __future__ import annotations

import logging
import select
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import monotonic
from typing import Any, LiteralString, TypeVar
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, OperationalError, errors
from psycopg.rows import class_row, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from convene.core.errors import Unavailable
from convene.storage.standing_statement import StandingStatement

logger = logging.getLogger(__name__)

Connection = AsyncConnection[Any]
# When each connection was last asked whether it works, and for how long that is believed.
_ASKED: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
_TRUSTED_SECONDS = 10.0
Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any] | None

# Bounds on every statement of ours (PostgreSQL manual, 19.11): nothing waits for ever, nobody holds a lock asleep.
SESSION_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=2s -c statement_timeout=15s "
    "-c idle_in_transaction_session_timeout=15s -c client_connection_check_interval=5s"
)


async def _check(conn: Connection) -> None:
    """Raise `OperationalError` if a connection of the pool is of no use any more.

    A server that went away, or wants to tell something, has written to the socket or closed it. Then, or if the
    connection lay idle for a while (which firewalls may end without a word), it is asked; else looking is enough, and
    ten times quicker.
    """
    now = monotonic()
    asked = _ASKED.get(conn)
    if asked is not None and now - asked < _TRUSTED_SECONDS and not _has_news(conn):
        return
    await AsyncConnectionPool.check_connection(conn)
    _ASKED[conn] = now


def _has_news(conn: Connection) -> bool:
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class Database:
    """A pool of connections to one PostgreSQL database.

    Args:
        conninfo: libpq connection string or URL.
        max_size: connections kept at most; callers wait up to two seconds for one, then get `Unavailable`.
    """

    def __init__(self, conninfo: str, *, min_size: int = 1, max_size: int = 16) -> None:
        self.conninfo = conninfo
        self.pool = AsyncConnectionPool(
            conninfo,
            min_size=min_size,
            max_size=max_size,
            timeout=2.0,
            open=False,
            kwargs={"options": SESSION_OPTIONS, "autocommit": True},
            check=_check,
        )
        self._standing: list[StandingStatement] = []

    async def open(self) -> None:
        await self.pool.open(wait=True, timeout=15)

    async def close(self) -> None:
        for statement in self._standing:
            await statement.close()
        await self.pool.close()

    def standing(self, statement: LiteralString, types: dict[str, str]) -> StandingStatement:
        """A statement with a connection of its own, which is opened when it is first asked.

        What it raises must go through `refusal_of`.
        """
        self._standing.append(StandingStatement(self.conninfo, SESSION_OPTIONS, statement, types))
        return self._standing[-1]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit, for reads of one statement."""
        with refusals():
            async with self.pool.connection() as conn:
                yield conn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: commits at the end of the block, rolls back on an exception."""
        async with self.connection() as conn, conn.transaction():
            yield conn


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever the database refuses in this block is raised as `Unavailable`."""
    try:
        yield
    except (PoolTimeout, OperationalError) as error:
        raise refusal_of(error) from error


def refusal_of(error: Exception) -> Exception:
    """Return what is told of an error: `Unavailable` for what may be different in a moment, else the same."""
    if isinstance(error, PoolTimeout):
        return Unavailable("The database is busy. Try again in a moment.")
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected | errors.SerializationFailure):
        return Unavailable("Somebody is changing the same thing. Try again in a moment.")
    if isinstance(error, OperationalError):
        # Lost connections, restarts, a full disk, too many clients, statements that took too long.
        logger.warning("the database refused: %s", error)
        return Unavailable("The database cannot answer right now.", retry_after_seconds=3)
    return error


async def fetch_all(conn: Connection, sql: LiteralString, params: Params, row: type[Row]) -> list[Row]:
    """Run `sql` and return its rows as `row` (a dataclass with the columns' names)."""
    async with conn.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(sql, params)
        return await cursor.fetchall()


async def fetch_one(conn: Connection, sql: LiteralString, params: Params, row: type[Row]) -> Row | None:
    """Run `sql` and return its first row as `row`, or None."""
    async with conn.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(sql, params)
        return await cursor.fetchone()


async def fetch_dicts(conn: Connection, sql: LiteralString, params: Params = None) -> list[dict[str, Any]]:
    """Run `sql` and return its rows as dictionaries."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, params)
        return await cursor.fetchall()


async def fetch_dict(conn: Connection, sql: LiteralString, params: Params = None) -> dict[str, Any] | None:
    """Run `sql` and return its first row as a dictionary, or None."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, params)
        return await cursor.fetchone()


async def execute(conn: Connection, sql: LiteralString, params: Params = None) -> int:
    """Run `sql` and return the number of rows it touched."""
    cursor = await conn.execute(sql, params)
    return cursor.rowcount


__all__ = [
    "Connection",
    "Database",
    "execute",
    "fetch_all",
    "fetch_dict",
    "fetch_dicts",
    "fetch_one",
    "refusal_of",
]
