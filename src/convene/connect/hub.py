"""The hub: follows, once per process, the logs of everybody who has a window open here.

One reader serves all windows: it reads what is new in the logs that were reported dirty, turns each event into text
once, and queues that text for each window which follows the log. Three rules keep windows exact:

1. A window is sent an event only if it is the next one of that log; anything else makes it catch up from the log.
2. Catching up reads from the log at the window's own pace and ends, without a pause, at the reader's position.
3. What a window follows changes with its own personal log, in that log's order.

Wake-ups are hints; while windows are open the hub also asks once a second which of its logs have grown.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from convene.connect import bookings, log, people, share_rows, tickets
from convene.connect.log import PERSONAL, Event
from convene.connect.window import SIGNED_OUT, TOO_MANY, Frame, Hello, Window
from convene.core.errors import ConveneError
from convene.ports.runtime import Clock
from convene.realtime import EVERYTHING, Bus
from convene.storage.database import Database

logger = logging.getLogger(__name__)

RESUME_EVENTS = 500
WINDOWS_PER_PERSON = 20
HEARTBEAT_SECONDS = 30
POLL_SECONDS = 1.0
# The identity layer wakes us when access changes; this is for sessions that merely run out.
SESSION_CHECK_SECONDS = 30.0
ACCESS = "access:"
SWEEP_SECONDS = 3600.0
_SEEN_FOR = timedelta(days=8)

AVAILABILITY = "availability"

LogKey = tuple[str, str]


@dataclass(slots=True)
class _Stream:
    """A log that somebody here follows. `cursor` is the last event read for all."""

    cursor: int
    windows: set[Window] = field(default_factory=set)


class Hub:
    """All open windows of this process.

    Args:
        node: this process's name, told to clients.
    """

    def __init__(self, db: Database, clock: Clock, bus: Bus, node: str) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self.node = node
        self._streams: dict[LogKey, _Stream] = {}
        self._people: dict[LogKey, set[Window]] = defaultdict(set)
        self._dirty: set[LogKey] = set()
        self._has_dirty = asyncio.Event()
        self._check_sessions = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._end_subscription: Callable[[], None] | None = None
        # What else a window is told after `ready`, such as who is there.
        self.greeters: list[Callable[[Window], Coroutine[Any, Any, str]]] = []

    # -- life

    async def start(self) -> None:
        """Begin to listen and to read."""
        self._end_subscription = self._bus.subscribe(self._on_wake)
        loops = {
            "reader": self._read_dirty,
            "poll": self._every(POLL_SECONDS, self._poll),
            "sessions": self._watch_sessions,
            "sweep": self._every(SWEEP_SECONDS, self._sweep),
        }
        self._tasks = [asyncio.create_task(loop(), name=f"hub {name}") for name, loop in loops.items()]

    async def stop(self) -> None:
        """Close all windows (they reconnect elsewhere) and stop reading."""
        if self._end_subscription is not None:
            self._end_subscription()
        for window in self.windows():
            window.close(1012)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def windows(self, org_id: str | None = None) -> list[Window]:
        """Return the open windows, of one organisation or of all."""
        return [
            window
            for (org, _), windows in self._people.items()
            if org_id is None or org == org_id
            for window in windows
        ]

    def organizations(self) -> set[str]:
        """Return the organisations that have windows open here."""
        return {org_id for (org_id, _), windows in self._people.items() if windows}

    # -- windows come and go

    def arrive(self, window: Window) -> None:
        """Take in a window; it follows nothing before its hello. Beyond 20 per person it is closed again."""
        own = self._people[window.org_id, window.account_id]
        own.add(window)
        if len(own) > WINDOWS_PER_PERSON:
            window.close(TOO_MANY)

    def depart(self, window: Window) -> None:
        """Forget a window."""
        window.close(1000)
        for log_id in tuple(window.sent):
            self._unfollow(window, log_id)
        own = self._people.get((window.org_id, window.account_id))
        if own is not None:
            own.discard(window)
            if not own:
                del self._people[window.org_id, window.account_id]

    def _follow(self, window: Window, log_id: str, sent: int, last_seq: int) -> None:
        key = window.org_id, log_id
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(cursor=last_seq)
        stream.windows.add(window)
        window.sent[log_id] = sent
        window.goal[log_id] = max(last_seq, sent)
        # Something may have come between the reading of `last_seq` and this line.
        self._mark_dirty([key])

    def _unfollow(self, window: Window, log_id: str) -> None:
        window.sent.pop(log_id, None)
        window.goal.pop(log_id, None)
        window.unknown.pop(log_id, None)
        stream = self._streams.get((window.org_id, log_id))
        if stream is not None:
            stream.windows.discard(window)
            if not stream.windows:
                del self._streams[window.org_id, log_id]

    # -- one window catches up

    async def keep_up(self, window: Window) -> None:
        """Serve a window's hellos and bring it up to date whenever it falls behind. Runs as long as the window."""
        while True:
            await window.behind.wait()
            window.behind.clear()
            hello, window.hello = window.hello, None
            try:
                if hello is not None:
                    await self._admit(window, hello)
                if window.has_greeted:
                    await self._catch_up(window)
            except (ConveneError, psycopg.Error) as error:
                # The database is away for a moment; what the window has is unchanged, so try again.
                logger.warning("catching up is delayed: %s", error)
                await asyncio.sleep(1)
                window.hello = window.hello or hello
                window.behind.set()

    async def _admit(self, window: Window, hello: Hello) -> None:
        """Set what a window follows, from where it says it stands."""
        window.is_live = False
        async with self._db.connection() as conn:
            positions = await log.positions_of(conn, window.org_id, window.account_id)
        for log_id in tuple(window.sent):
            self._unfollow(window, log_id)
        window.unknown.clear()
        ready = {"type": "ready", "node": self.node, "heartbeat_seconds": HEARTBEAT_SECONDS}
        await window.put(json.dumps(ready))
        window.has_greeted = True
        for greet in self.greeters:
            await window.put(await greet(window))
        await self._take_positions(window, positions, hello)

    async def _take_positions(self, window: Window, positions: dict[str, int], hello: Hello) -> None:
        for log_id, last_seq in positions.items():
            is_personal = log_id == window.account_id
            cursor = hello.personal if is_personal else hello.cursors.get(log_id)
            if cursor is None and not is_personal:
                # Joined while away: the personal log says from where, unless it no longer reaches back.
                window.unknown[log_id] = last_seq
            elif cursor is None or cursor > last_seq:
                self._follow(window, log_id, last_seq, last_seq)
                await window.put(_resync(log_id))
            else:
                self._follow(window, log_id, cursor, last_seq)

    async def _catch_up(self, window: Window) -> None:
        while not window.closing.is_set():
            wanted = self._lagging(window)
            if not wanted and window.unknown:
                await self._resync_unknown(window)
                continue
            if not wanted:
                window.is_live = True
                return
            async with self._db.connection() as conn:
                events = await log.read_after(conn, wanted, RESUME_EVENTS + 1)
            missed: dict[str, list[Event]] = defaultdict(list)
            for event in events:
                missed[event.id].append(event)
            for _, log_id, sent in wanted:
                if window.sent.get(log_id) == sent:
                    await self._send_missed(window, log_id, missed[log_id])

    def _lagging(self, window: Window) -> list[log.Position]:
        """Where a window stands behind; its personal log alone comes first, since it says what to follow."""
        lags = []
        for log_id, sent in window.sent.items():
            stream = self._streams[window.org_id, log_id]
            if sent < max(stream.cursor, window.goal[log_id]):
                position = window.org_id, log_id, sent
                if log_id == window.account_id:
                    return [position]
                lags.append(position)
        return lags

    async def _send_missed(self, window: Window, log_id: str, missed: list[Event]) -> None:
        sent = window.sent[log_id]
        if not missed or len(missed) > RESUME_EVENTS or missed[0].seq != sent + 1:
            await self._resync(window, log_id)
            return
        for event in missed:
            await window.put(Frame.of(event).for_account(window.account_id))
            window.sent[log_id] = event.seq
            self._apply_membership(window, event)

    async def _resync(self, window: Window, log_id: str) -> None:
        """Too far behind, or the log no longer reaches back: the client reads again over HTTP."""
        async with self._db.connection() as conn:
            positions = await log.positions_of(conn, window.org_id, window.account_id)
        if log_id == window.account_id:
            cursors = {known: seq for known, seq in window.sent.items() if known != log_id}
            for known in tuple(window.sent):
                self._unfollow(window, known)
            window.unknown.clear()
            await self._take_positions(window, positions, Hello(cursors, None))
        elif log_id in positions:
            window.sent[log_id] = positions[log_id]
            await window.put(_resync(log_id))
        else:
            # Left in the meantime; the personal log tells the client.
            self._unfollow(window, log_id)

    async def _resync_unknown(self, window: Window) -> None:
        for log_id, last_seq in tuple(window.unknown.items()):
            del window.unknown[log_id]
            self._follow(window, log_id, last_seq, last_seq)
            await window.put(_resync(log_id))

    def _apply_membership(self, window: Window, event: Event) -> None:
        if not event.id.startswith(PERSONAL) or event.type not in (
            "conversation.joined",
            "conversation.left",
        ):
            return
        data = json.loads(event.data)
        log_id = str(data["conversation_id"])
        if event.type == "conversation.left":
            self._unfollow(window, log_id)
            return
        window.unknown.pop(log_id, None)
        last_seq = int(data["last_seq"])
        self._follow(window, log_id, max(window.sent.get(log_id, 0), last_seq), last_seq)
        stream = self._streams[window.org_id, log_id]
        if stream.cursor > window.sent[log_id]:
            window.fall_behind()

    # -- the one reader

    def _mark_dirty(self, keys: Iterable[LogKey]) -> None:
        self._dirty.update(keys)
        self._has_dirty.set()

    async def _read_dirty(self) -> None:
        while True:
            await self._has_dirty.wait()
            self._has_dirty.clear()
            keys, self._dirty = self._dirty, set()
            positions = [(*key, self._streams[key].cursor) for key in keys if key in self._streams]
            if not positions:
                continue
            try:
                async with self._db.connection() as conn:
                    events = await log.read_after(conn, positions, RESUME_EVENTS)
            except Exception as error:
                # The database is away: nothing is lost, it is all still in the log.
                logger.warning("reading the logs is delayed: %s", error)
                await asyncio.sleep(0.5)
                self._mark_dirty(keys)
                continue
            for event in events:
                self._dispatch(event)
            self._mark_full(events)

    def _mark_full(self, events: list[Event]) -> None:
        """Read on where a reading was cut off."""
        counts: dict[LogKey, int] = defaultdict(int)
        for event in events:
            counts[event.org_id, event.id] += 1
        more = [key for key, count in counts.items() if count >= RESUME_EVENTS]
        if more:
            self._mark_dirty(more)

    def _dispatch(self, event: Event) -> None:
        stream = self._streams.get((event.org_id, event.id))
        if stream is None or event.seq <= stream.cursor:
            return
        stream.cursor = event.seq
        frame = Frame.of(event)
        for window in tuple(stream.windows):
            sent = window.sent[event.id]
            if not window.is_live or event.seq <= sent:
                continue
            if event.seq != sent + 1:
                window.fall_behind()
                continue
            if window.offer(frame.for_account(window.account_id)):
                window.sent[event.id] = event.seq
                self._apply_membership(window, event)

    # -- hints and clocks

    def _on_wake(self, keys: frozenset[str]) -> None:
        if EVERYTHING in keys:
            self._mark_dirty(self._streams)
            self._check_sessions.set()
        changed: dict[str, list[str]] = defaultdict(list)
        dirty = []
        for key in keys:
            head, *rest = key.split("/")
            if head == AVAILABILITY and len(rest) == 2:
                changed[rest[0]].append(rest[1])
            elif key.startswith(ACCESS):
                self._check_sessions.set()
            elif len(rest) == 1 and (head, rest[0]) in self._streams:
                dirty.append((head, rest[0]))
        if dirty:
            self._mark_dirty(dirty)
        for org_id, subs in changed.items():
            news = {"type": "availability.changed", "data": {"subs": sorted(subs)}}
            self.broadcast(org_id, json.dumps(news))

    def broadcast(self, org_id: str, text: str, *, to_guests: bool = True) -> None:
        """Send a frame that is in no log to everybody of an organisation who has said hello."""
        for window in self.windows(org_id):
            if window.has_greeted and (to_guests or not window.is_guest):
                window.offer(text)

    async def _poll(self) -> None:
        positions = [(*key, stream.cursor) for key, stream in self._streams.items()]
        if positions:
            async with self._db.connection() as conn:
                self._mark_dirty(await log.behind(conn, positions))

    async def _watch_sessions(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SESSION_CHECK_SECONDS):
                    await self._check_sessions.wait()
            self._check_sessions.clear()
            try:
                await self.close_signed_out()
            except Exception as error:
                logger.warning("checking sessions is delayed: %s", error)
                await asyncio.sleep(1)
                self._check_sessions.set()

    async def close_signed_out(self) -> None:
        """Close the windows whose session has ended."""
        windows = self.windows()
        if not windows:
            return
        async with self._db.connection() as conn:
            live = await people.live_sessions(conn, {window.session_id for window in windows}, self._clock())
        for window in windows:
            if window.session_id not in live:
                window.close(SIGNED_OUT)

    async def _sweep(self) -> None:
        now = self._clock()
        async with self._db.connection() as conn:
            await log.sweep(conn, now)
            await bookings.sweep_deliveries(conn, now - _SEEN_FOR)
            await tickets.sweep(conn, now)
            await share_rows.sweep(conn, now)

    def _every(
        self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        async def loop() -> None:
            while True:
                await asyncio.sleep(seconds)
                try:
                    await work()
                except Exception as error:
                    # Tried again at the next turn.
                    logger.warning("%s is delayed: %s", work.__name__.strip("_"), error)

        return loop


def _resync(log_id: str) -> str:
    return json.dumps({"type": "resync", "c": "me" if log_id.startswith(PERSONAL) else log_id})
