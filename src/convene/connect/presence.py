"""Presence: who has a window open, and who is in a meeting.

Each process knows its own windows in memory and writes them to an unlogged table in batches; what colleagues see is
read from there, so it holds over all processes and forgets a crashed one after 45 seconds. It says no more than
active, away and offline, and nothing at all to guests.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from convene.connect.hub import Hub
from convene.connect.views import instant
from convene.connect.window import Window
from convene.ports.runtime import Clock
from convene.realtime import EVERYTHING, Bus
from convene.storage.database import Connection, Database, execute, fetch_all
from convene.storage.named_sql import load

logger = logging.getLogger(__name__)

SQL = load("presence", "convene.connect.queries")
State = Literal["active", "away", "offline"]
TOPIC = "presence"
STALE_AFTER = timedelta(seconds=45)
REFRESH_SECONDS = 15.0
# A reload of the page is no absence.
GRACE_SECONDS = 5.0
_SETTLE_SECONDS = 0.3

Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """What can be said of an organisation's people at one moment."""

    states: Mapping[str, State] = field(default_factory=dict)
    meetings: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, account_id: str) -> dict[str, Any]:
        """Return one person's presence as JSON."""
        return {
            "presence": self.states.get(account_id, "offline"),
            "in_meeting_until": instant(self.meetings.get(account_id)),
        }

    def changed_since(self, before: Board) -> list[dict[str, Any]]:
        """Return the people of whom something else is to be said now."""
        known = {*self.states, *before.states, *self.meetings, *before.meetings}
        return [
            {"sub": account_id, **self.of(account_id)}
            for account_id in sorted(known)
            if self.of(account_id) != before.of(account_id)
        ]


@dataclass(frozen=True, slots=True)
class _State:
    account_id: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class _Meeting:
    account_id: str
    ends_at: datetime


async def read_board(conn: Connection, org_id: str, now: datetime) -> Board:
    """Return the presence of everybody in an organisation."""
    states = await fetch_all(
        conn, SQL["list_presence"], {"org_id": org_id, "since": now - STALE_AFTER}, _State
    )
    meetings = await fetch_all(conn, SQL["list_in_meeting"], {"org_id": org_id, "now": now}, _Meeting)
    return Board(
        {row.account_id: "active" if row.is_active else "away" for row in states},
        {row.account_id: row.ends_at for row in meetings},
    )


class Presence:
    """Keeps the table true for this process's windows and tells them of changes anywhere."""

    def __init__(self, db: Database, clock: Clock, bus: Bus, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._hub = hub
        self._active: dict[Person, dict[Window, bool]] = {}
        self._unwritten: set[Person] = set()
        self._boards: dict[str, Board] = {}
        self._stale: set[str] = set()
        self._work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._end_subscription: Callable[[], None] | None = None

    async def start(self) -> None:
        self._end_subscription = self._bus.subscribe(self._on_wake)
        self._hub.greeters.append(self.greeting)
        self._task = asyncio.create_task(self._run(), name="presence")

    async def stop(self) -> None:
        if self._end_subscription is not None:
            self._end_subscription()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self._forget_node()
        except Exception as error:
            # The table forgets by itself within a minute.
            logger.info("presence was not cleared: %s", error)

    async def greeting(self, window: Window) -> str:
        """Return the frame with everybody who is not offline, for a window that has just said hello."""
        board = Board()
        if not window.is_guest:
            async with self._db.connection() as conn:
                board = await read_board(conn, window.org_id, self._clock())
        people = board.changed_since(Board())
        return json.dumps({"type": "presence", "complete": True, "people": people})

    def heard(self, window: Window, *, is_active: bool) -> None:
        """Note that a window is open, and whether somebody sits before it."""
        person = window.org_id, window.account_id
        windows = self._active.setdefault(person, {})
        before = any(windows.values()) if windows else None
        windows[window] = is_active
        if any(windows.values()) != before:
            self._unwritten.add(person)
            self._work.set()

    def gone(self, window: Window) -> None:
        """Note that a window has closed. Its person is away for a moment before they are offline."""
        person = window.org_id, window.account_id
        self._active.get(person, {}).pop(window, None)
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._settle, person)

    def _settle(self, person: Person) -> None:
        self._unwritten.add(person)
        self._work.set()

    def _on_wake(self, keys: frozenset[str]) -> None:
        for key in keys:
            head, _, org_id = key.partition("/")
            if head == TOPIC:
                self._stale.add(org_id)
                self._work.set()
        if EVERYTHING in keys:
            self._stale |= self._hub.organizations()
            self._work.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._work.wait()
            except TimeoutError:
                # Nothing happened; but meetings begin and end, and rows grow old.
                self._unwritten |= set(self._active)
                self._stale |= self._hub.organizations()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._work.clear()
            try:
                await self._write()
                await self._tell()
            except Exception as error:
                logger.warning("presence is delayed: %s", error)
                await asyncio.sleep(1)

    async def _write(self) -> None:
        people, self._unwritten = self._unwritten, set()
        here = {person: any(self._active[person].values()) for person in people if self._active.get(person)}
        gone = [person for person in people if person not in here]
        for person in gone:
            self._active.pop(person, None)
        async with self._db.connection() as conn:
            if here:
                await execute(
                    conn,
                    SQL["upsert_presence"],
                    {
                        **_columns(list(here)),
                        "active": list(here.values()),
                        "node": self._hub.node,
                        "now": self._clock(),
                    },
                )
            if gone:
                await execute(conn, SQL["delete_presence"], {**_columns(gone), "node": self._hub.node})
        self._bus.publish({f"{TOPIC}/{org_id}" for org_id, _ in people})

    async def _tell(self) -> None:
        stale, self._stale = self._stale & self._hub.organizations(), set()
        for org_id in stale:
            async with self._db.connection() as conn:
                board = await read_board(conn, org_id, self._clock())
            changed = board.changed_since(self._boards.get(org_id, Board()))
            self._boards[org_id] = board
            if changed:
                frame = json.dumps({"type": "presence", "people": changed})
                self._hub.broadcast(org_id, frame, to_guests=False)

    async def _forget_node(self) -> None:
        async with self._db.connection() as conn:
            gone = {"node": self._hub.node, "before": self._clock() - timedelta(hours=1)}
            await execute(conn, SQL["delete_node"], gone)
        self._bus.publish({f"{TOPIC}/{org_id}" for org_id in self._hub.organizations()})


def _columns(people: list[Person]) -> dict[str, list[str]]:
    return {
        "org_ids": [org_id for org_id, _ in people],
        "account_ids": [account_id for _, account_id in people],
    }
