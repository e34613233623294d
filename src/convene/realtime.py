"""Wake-ups between processes: a bus that carries keys, never content.

Whoever hears a key reads the log that the key names. A wake-up may therefore be lost, doubled or late without harm;
readers also poll while somebody is watching. That leaves a bus with three methods, so that another carrier (NATS,
Redis) fits behind it when one database's NOTIFY no longer does.

NOTIFY inside the writing transactions would serialise their commits (PostgreSQL takes one lock for all of them), so
one notifier per process sends for everybody, outside of any transaction, at most once per few milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from psycopg import AsyncConnection, Error
from psycopg.conninfo import make_conninfo

logger = logging.getLogger(__name__)

EVERYTHING = "*"
"""The key that stands for all keys: wake-ups may have been missed."""

_CHANNEL = "convene"
# PostgreSQL takes payloads below 8,000 bytes.
_PAYLOAD_BYTES = 7800
# Beyond this many keys in one beat, waking everybody is cheaper than naming them.
_MOST_KEYS = 2000
_BEAT_SECONDS = 0.008
_PROBE_SECONDS = 15.0
_LONGEST_PAUSE_SECONDS = 2.0

Callback = Callable[[frozenset[str]], None]


class Bus(Protocol):
    """Carries keys to every process that listens, this one included. Keys are text without white space."""

    def publish(self, keys: Iterable[str]) -> None:
        """Say, after the commit, that these keys have news. Never blocks, never fails."""
        ...

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` with the keys that have news; returns what ends the subscription."""
        ...

    async def close(self) -> None:
        """Stop carrying."""
        ...


class PostgresBus:
    """The bus over LISTEN/NOTIFY: one listening and one notifying connection per process.

    Keys published here reach this process's own subscribers directly, so that a lost connection to the database's
    notifications delays only the others. After a reconnect everybody is woken.

    Args:
        conninfo: libpq connection string of the database that all processes share.
        beat_seconds: the shortest time between two NOTIFYs of this process.
    """

    def __init__(
        self, conninfo: str, *, channel: str = _CHANNEL, beat_seconds: float = _BEAT_SECONDS
    ) -> None:
        self._conninfo = make_conninfo(
            conninfo,
            application_name="convene bus",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
            tcp_user_timeout=20_000,
        )
        self._channel = channel
        self._beat_seconds = beat_seconds
        self._subscribers: list[Callback] = []
        self._unsent: set[str] = set()
        self._undelivered: set[str] = set()
        self._has_unsent = asyncio.Event()
        self._listening = asyncio.Event()
        # Marks our own notices, which this process has delivered already.
        self._node = secrets.token_hex(6)
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Connect in the background; returns at once, and works (for this process) before the database answers."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [
            asyncio.create_task(self._listen(), name="bus listener"),
            asyncio.create_task(self._notify(), name="bus notifier"),
        ]

    async def listening(self) -> None:
        """Wait until other processes can be heard."""
        await self._listening.wait()

    def publish(self, keys: Iterable[str]) -> None:
        new = set(keys)
        if not new:
            return
        self._deliver_soon(new)
        self._unsent |= new
        if len(self._unsent) > _MOST_KEYS:
            self._unsent = {EVERYTHING}
        self._has_unsent.set()

    def wake(self, topic: str) -> None:
        """`ports.runtime.Waker`: publish one key."""
        self.publish((topic,))

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        self._subscribers.append(callback)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._subscribers.clear()

    def _deliver_soon(self, keys: Iterable[str]) -> None:
        """Hand keys to the subscribers in the next turn of the loop, all of one turn together."""
        if self._loop is None:
            return
        if not self._undelivered:
            self._loop.call_soon(self._deliver)
        self._undelivered |= set(keys)

    def _deliver(self) -> None:
        keys, self._undelivered = frozenset(self._undelivered), set()
        for callback in tuple(self._subscribers):
            try:
                callback(keys)
            except Exception:
                # One subscriber's defect must not leave the others asleep.
                logger.exception("a subscriber of the bus failed")

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as conn:
                    await conn.execute(f'LISTEN "{self._channel}"')
                    pause = 0.1
                    self._listening.set()
                    # What was said while nobody listened is lost: everybody looks once.
                    self._deliver_soon({EVERYTHING})
                    await self._hear(conn)
            except (Error, OSError) as error:
                logger.warning("the bus lost its listening connection: %s", error)
            self._listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _hear(self, conn: AsyncConnection[Any]) -> None:
        while True:
            async for notice in conn.notifies(timeout=_PROBE_SECONDS):
                node, *keys = notice.payload.split()
                if node != self._node:
                    self._deliver_soon(keys)
            # A quiet line may be a dead one.
            async with asyncio.timeout(_PROBE_SECONDS):
                await conn.execute("SELECT 1")

    async def _notify(self) -> None:
        pause = 0.1
        while True:
            try:
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as conn:
                    pause = 0.1
                    await self._send_beats(conn)
            except (Error, OSError) as error:
                logger.warning("the bus lost its notifying connection: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _send_beats(self, conn: AsyncConnection[Any]) -> None:
        while True:
            await self._has_unsent.wait()
            keys = self._unsent
            self._unsent = set()
            self._has_unsent.clear()
            try:
                await conn.execute(
                    "SELECT pg_notify(%s, %s || payload) FROM unnest(%s::text[]) AS payload",
                    [self._channel, f"{self._node} ", payloads(keys)],
                )
            except BaseException:
                self._unsent |= keys
                self._has_unsent.set()
                raise
            await asyncio.sleep(self._beat_seconds)


def payloads(keys: Iterable[str]) -> list[str]:
    """Pack keys into as few NOTIFY payloads as their size allows."""
    packed: list[str] = []
    line: list[str] = []
    size = 0
    for key in sorted(keys):
        length = len(key.encode()) + 1
        if size + length > _PAYLOAD_BYTES and line:
            packed.append(" ".join(line))
            line, size = [], 0
        line.append(key)
        size += length
    if line:
        packed.append(" ".join(line))
    return packed
