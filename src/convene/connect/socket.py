"""The WebSocket `/connect/ws`: who may open it, what is read from it, and its end.

Frames are described in docs/reference/connect-api.md. A socket is admitted by a ticket and by the page it is opened
from; afterwards the hub decides what it is sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from convene.connect import people, tickets
from convene.connect.hub import HEARTBEAT_SECONDS, Hub
from convene.connect.presence import Presence
from convene.connect.window import SIGNED_OUT, Hello, Window
from convene.core.errors import ConveneError
from convene.ports.runtime import Clock
from convene.storage.database import Database

logger = logging.getLogger(__name__)

FRAME_BYTES = 32 * 1024
SILENCE_SECONDS = 3.0 * HEARTBEAT_SECONDS
# Far above what a client needs: a heartbeat every 30 s and a hello per hole.
FRAMES_PER_PERIOD = 60
PERIOD_SECONDS = 10.0
CLOSE_SECONDS = 5.0
# For the server that runs the application. Frames are small and many: compressing each costs more than it saves, and
# what is larger than any frame of ours need not be read to its end.
SERVER_OPTIONS: dict[str, Any] = {"ws_max_size": 2 * FRAME_BYTES, "ws_per_message_deflate": False}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

GOING_AWAY = 1001
NOT_JSON = 1007
REFUSED = 1008
TOO_BIG = 1009


class _BadFrameError(Exception):
    """The client sent what no client of ours sends."""

    def __init__(self, code: int) -> None:
        super().__init__(f"close {code}")
        self.code = code


def allowed_origins(base_url: str) -> frozenset[str]:
    """Return the origins of pages that may open a socket: the installation's own.

    An installation on loopback answers to each of its names, which all lead to the same machine.
    """
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    port = f":{parts.port}" if parts.port else ""
    host = parts.netloc.lower().removesuffix(port)
    if host in _LOOPBACK:
        return frozenset(f"{parts.scheme}://{name}{port}".lower() for name in _LOOPBACK)
    return frozenset({origin})


class Sockets:
    """Serves the sockets of this process."""

    def __init__(self, db: Database, clock: Clock, hub: Hub, presence: Presence, base_url: str) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._presence = presence
        self._origins = allowed_origins(base_url)

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_websocket_route("/connect/ws", self.serve)
        return router

    async def serve(self, websocket: WebSocket) -> None:
        """One socket from its opening to its end."""
        if websocket.headers.get("origin", "").lower() not in self._origins:
            await websocket.close(REFUSED)
            return
        try:
            window = await self._admit(websocket.query_params.get("ticket", ""))
        except ConveneError as error:
            logger.info("a socket could not be admitted: %s", error)
            await websocket.close(1013)
            return
        await websocket.accept()
        if window is None:
            await websocket.close(SIGNED_OUT)
            return
        self._hub.arrive(window)
        try:
            code = await self._run(websocket, window)
        finally:
            self._hub.depart(window)
            self._presence.gone(window)
        if code is not None:
            await _close(websocket, code)

    async def _admit(self, ticket: str) -> Window | None:
        now = self._clock()
        async with self._db.connection() as conn:
            admitted = await tickets.take(conn, ticket, now)
            if admitted is None or not await people.live_sessions(conn, [admitted.session_id], now):
                return None
            person = await people.get_person(conn, admitted.org_id, admitted.account_id)
        return Window(
            admitted.org_id,
            admitted.account_id,
            admitted.session_id,
            is_guest=person.role == "guest",
        )

    async def _run(self, websocket: WebSocket, window: Window) -> int | None:
        """Serve until somebody ends it; returns the code to close with, None if the client has gone."""
        closing = asyncio.create_task(_wait(window.closing))
        work = [
            asyncio.create_task(part, name=f"socket {name}")
            for name, part in (
                ("reader", self._read(websocket, window)),
                ("writer", _write(websocket, window)),
                ("follower", self._hub.keep_up(window)),
            )
        ]
        try:
            done, _ = await asyncio.wait([closing, *work], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (closing, *work):
                task.cancel()
            await asyncio.gather(closing, *work, return_exceptions=True)
        if window.closing.is_set():
            return window.close_code
        return _code_of(done)

    async def _read(self, websocket: WebSocket, window: Window) -> None:
        loop = asyncio.get_running_loop()
        self._presence.heard(window, is_active=True)
        period_ends, frames = loop.time() + PERIOD_SECONDS, 0
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await websocket.receive()
            except TimeoutError:
                raise _BadFrameError(GOING_AWAY) from None
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            if loop.time() > period_ends:
                period_ends, frames = loop.time() + PERIOD_SECONDS, 0
            frames += 1
            if frames > FRAMES_PER_PERIOD:
                raise _BadFrameError(REFUSED)
            self._accept_frame(window, _parse(message))

    def _accept_frame(self, window: Window, frame: dict[str, Any]) -> None:
        if frame.get("type") == "hello":
            window.say_hello(_hello(frame))
        elif frame.get("type") == "ping":
            self._presence.heard(window, is_active=frame.get("active") is not False)
            window.offer('{"type":"pong"}')
        # Other types are a newer client's: passed over.


def _parse(message: Any) -> dict[str, Any]:
    text = message.get("text")
    if text is None:
        raise _BadFrameError(1003)
    if len(text.encode("utf-8", "surrogatepass")) > FRAME_BYTES:
        raise _BadFrameError(TOO_BIG)
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise _BadFrameError(NOT_JSON) from None
    if not isinstance(frame, dict):
        raise _BadFrameError(NOT_JSON)
    return frame


def _hello(frame: dict[str, Any]) -> Hello:
    cursors, personal = frame.get("cursors", {}), frame.get("personal")
    if not isinstance(cursors, dict) or not all(_is_seq(seq) for seq in cursors.values()):
        raise _BadFrameError(REFUSED)
    if personal is not None and not _is_seq(personal):
        raise _BadFrameError(REFUSED)
    return Hello(cursors, personal)


def _is_seq(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


async def _write(websocket: WebSocket, window: Window) -> None:
    while True:
        await websocket.send_text(await window.queue.get())


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def _code_of(done: set[asyncio.Task[None]]) -> int | None:
    for task in done:
        error = task.exception()
        if isinstance(error, _BadFrameError):
            return error.code
        if isinstance(error, WebSocketDisconnect | RuntimeError | OSError):
            return None
        if error is not None:
            logger.error("a socket failed", exc_info=error)
            return 1011
    return None


async def _close(websocket: WebSocket, code: int) -> None:
    """Say goodbye, but wait no longer than a moment for a client that does not read."""
    with suppress(TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(code)
