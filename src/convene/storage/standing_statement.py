"""One statement that is asked all the time, on a connection of its own.

Most of what a small statement costs is not its answer: taking a connection from the pool, waiting for it by several
turns of the event loop, and planning it anew for every set of parameters. Here the connection is always the same, its
socket is watched once for all, the plan is made once (`plan_cache_mode`), and several calls can be underway at once
(libpq's pipeline mode): each is a transaction of its own, and sees what was committed before it was sent.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import LiteralString

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

Parameters = Sequence[bytes | None]
"""In the order of the statement's names, as PostgreSQL reads them in text."""
Rows = list[tuple[bytes | None, ...]]
Tell = Callable[[Rows | Exception], None]
_NAME = b"standing"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class ConnectionLost(OperationalError):
    """The connection ended before it had answered."""


class StandingStatement:
    """Args:
    options: settings of the session, as `-c name=value`.
    statement: with placeholders such as `%(org_id)s`.
    types: the placeholders' names in the order in which parameters will come, each with its type.
    """

    def __init__(self, conninfo: str, options: str, statement: LiteralString, types: dict[str, str]) -> None:
        self._conninfo = conninfo
        self._options = f"{options} -c plan_cache_mode=force_generic_plan"
        order = {name: number for number, name in enumerate(types, start=1)}
        numbered = _PLACEHOLDER.sub(lambda found: f"${order[found[1]]}", statement)
        self._prepare = f"PREPARE {_NAME.decode()} ({', '.join(types.values())}) AS {numbered}".encode()
        self._line: _Line | None = None
        self._opening: asyncio.Task[_Line] | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def ask(self, parameters: Parameters) -> Rows:
        """Return the rows of the answer, their values as text.

        Asked once more if the connection is lost meanwhile: it may have been lost long before. Raises
        `OperationalError` when there is no database, and what the database raises.
        """
        answer: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()

        def tell(found: Rows | Exception) -> None:
            if answer.done():
                return
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        self.send(parameters, tell)
        return await answer

    def send(self, parameters: Parameters, tell: Tell) -> None:
        """`ask` at this very moment, if the connection is open. `tell` is called with the rows, or what went wrong."""
        line = self._line
        if line is None or not line.is_open:
            self._send_later(parameters, tell)
            return

        def told(found: Rows | Exception) -> None:
            if isinstance(found, ConnectionLost):
                self._send_later(parameters, tell)
            else:
                tell(found)

        line.send(parameters, told)

    async def close(self) -> None:
        self._is_closed = True
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._line is not None:
            await self._line.close()

    def _send_later(self, parameters: Parameters, tell: Tell) -> None:
        task = asyncio.create_task(self._send_when_open(parameters, tell))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _send_when_open(self, parameters: Parameters, tell: Tell) -> None:
        try:
            line = await self._opened()
        except (OperationalError, OSError) as error:
            tell(error)
        else:
            line.send(parameters, tell)

    async def _opened(self) -> _Line:
        """A connection; those who need a new one meanwhile wait for the same."""
        if self._is_closed:
            raise OperationalError("The statement was closed.")
        if self._line is not None and self._line.is_open:
            return self._line
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._settled)
        return await asyncio.shield(self._opening)

    async def _open(self) -> _Line:
        if self._line is not None:
            await self._line.close()
        connection = await AsyncConnection.connect(self._conninfo, autocommit=True, options=self._options)
        await connection.execute(self._prepare)
        self._line = _Line(connection)
        return self._line

    def _settled(self, task: asyncio.Task[_Line]) -> None:
        self._opening = None
        if not task.cancelled():
            # Told to those who wait; nobody may be left.
            task.exception()


class _Line:
    """An open connection in pipeline mode, and who waits for an answer, in the order of the questions."""

    def __init__(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._pgconn: PGconn = connection.pgconn
        self._waiting: deque[Tell] = deque()
        self._result: PGresult | None = None
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)
        self.is_open = True

    def send(self, parameters: Parameters, tell: Tell) -> None:
        """Send the question now; the answer is told later."""
        self._waiting.append(tell)
        try:
            self._pgconn.send_query_prepared(_NAME, parameters)
            self._pgconn.pipeline_sync()
            self._write()
        except OperationalError as error:
            self._lose(error)

    async def close(self) -> None:
        self._lose(OperationalError("closed"))
        await self._connection.close()

    def _write(self) -> None:
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._write_more)

    def _write_more(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError as error:
            self._lose(error)

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._waiting and not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    self._tell()
                else:
                    self._result = result
        except OperationalError as error:
            self._lose(error)

    def _tell(self) -> None:
        """Give the result that is complete now to whoever has waited longest."""
        tell, result, self._result = self._waiting.popleft(), self._result, None
        if result is None:
            tell(ConnectionLost("no answer"))
        elif result.status == ExecStatus.TUPLES_OK:
            columns = range(result.nfields)
            tell(
                [tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples)]
            )
        else:
            tell(error_from_result(result))

    def _lose(self, error: OperationalError) -> None:
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        waiting, self._waiting = self._waiting, deque()
        for tell in waiting:
            tell(ConnectionLost(str(error)))
