"""One open window of a person: what it has been sent, and the bounded queue towards it.

A window that reads slower than its conversations speak is closed (4008) and resumes from its cursors; it never
delays anybody else and never grows without bound.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from convene.connect.log import PERSONAL, Event
from convene.core import cards

QUEUE_FRAMES = 256
PUT_SECONDS = 20.0

SIGNED_OUT = 4001
TOO_SLOW = 4008
TOO_MANY = 4029


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client says it has: the last seq of each conversation, and of its personal log."""

    cursors: Mapping[str, int]
    personal: int | None


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as text, made once and sent to everybody; those outside a meeting get its redacted card."""

    text: str
    participants: frozenset[str] | None = None
    redacted: str = ""

    @classmethod
    def of(cls, event: Event) -> Frame:
        text = _frame(event, event.data)
        if not event.has_card:
            return cls(text)
        message = json.loads(event.data)
        if not message.get("card"):
            return cls(text)
        hidden = json.dumps(cards.seen_by(message, ""), ensure_ascii=False)
        return cls(text, cards.participants_of(message["card"]), _frame(event, hidden))

    def for_account(self, account_id: str) -> str:
        if self.participants is None or account_id in self.participants:
            return self.text
        return self.redacted


def _frame(event: Event, data: str) -> str:
    log = "me" if event.id.startswith(PERSONAL) else event.id
    return f'{{"c":"{log}","seq":{event.seq},"type":"{event.type}","data":{data}}}'


@dataclass(slots=True, eq=False)
class Window:
    """The server's side of one socket."""

    org_id: str
    account_id: str
    session_id: str
    is_guest: bool = False
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE_FRAMES))
    # The last seq put into the queue, by conversation id, and under the account id for the personal log.
    sent: dict[str, int] = field(default_factory=dict)
    # Where the logs stood when this window said hello: it is not caught up before that.
    goal: dict[str, int] = field(default_factory=dict)
    # Conversations that the client did not mention, with their last seq.
    unknown: dict[str, int] = field(default_factory=dict)
    hello: Hello | None = None
    has_greeted: bool = False
    # Caught up: events are put into the queue as they are read. Otherwise `behind` is set or being worked off.
    is_live: bool = False
    behind: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int = 1000

    def close(self, code: int) -> None:
        """Ask for the socket to be closed; the first reason counts."""
        if not self.closing.is_set():
            self.close_code = code
            self.is_live = False
            self.closing.set()

    def offer(self, text: str) -> bool:
        """Queue a frame without waiting; a full queue closes the window: it is caught up and yet does not read."""
        try:
            self.queue.put_nowait(text)
        except asyncio.QueueFull:
            self.close(TOO_SLOW)
            return False
        return True

    async def put(self, text: str) -> None:
        """Queue a frame as soon as there is room: for catching up, where the client sets the pace."""
        try:
            # Not wait_for: before Python 3.12 it may swallow the cancellation of a closing socket.
            async with asyncio.timeout(PUT_SECONDS):
                await self.queue.put(text)
        except TimeoutError:
            self.close(TOO_SLOW)
            raise

    def say_hello(self, hello: Hello) -> None:
        """Start to follow, or start again from other cursors."""
        self.hello = hello
        self.fall_behind()

    def fall_behind(self) -> None:
        """Stop live delivery until what was missed has been read from the log."""
        self.is_live = False
        self.behind.set()
