"""Connect on a test database: signed-in people, processes served by a real uvicorn, windows that apply events."""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from convene.connect.app import Connect, build_connect
from convene.connect.socket import SERVER_OPTIONS
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.edge import problems
from convene.edge.auth import authenticate
from convene.identity.service import Identity
from convene.identity.sessions import Visitor
from convene.realtime import PostgresBus
from convene.security.sealing import Sealer, SealingKey
from convene.security.signatures import new_signing_secret, signed_headers
from convene.security.tokens import new_id
from convene.storage import accounts
from convene.storage.database import Database

BASE_URL = "http://convene.test"
PATIENCE_SECONDS = 15
# Everything here is plain HTTP on loopback; reading certificates for each client would take longer than the tests.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Server(uvicorn.Server):
    """A server that leaves the signals to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Member:
    """A signed-in person."""

    org_id: str
    sub: str
    name: str
    tzid: str
    token: str
    session_id: str
    role: str = "member"

    @property
    def caller(self) -> Caller:
        return Caller(
            self.org_id,
            "session",
            self.sub,
            self.role,  # type: ignore[arg-type]
            ROLE_GRANTS[self.role],  # type: ignore[index]
            self.session_id,
        )

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"convene_session={self.token}"}


@dataclass
class ChatWorld:
    """One organisation on one database; processes are added with `node`."""

    db: Database
    clock: Any
    org_id: str
    secret: str = field(default_factory=new_signing_secret)
    sealer: Sealer = field(default_factory=lambda: Sealer([SealingKey.generate()]))

    def identity(self, waker: Any = None) -> Identity:
        return Identity(self.db, self.clock, self.sealer, BASE_URL, waker)

    async def member(
        self, name: str, tzid: str = "Europe/London", role: str = "member", **details: str
    ) -> Member:
        """Add a person and sign them in."""
        account_id = new_id("account")
        async with self.db.transaction() as conn:
            await accounts.insert_account(
                conn,
                org_id=self.org_id,
                account_id=account_id,
                email=f"{account_id}@example.org",
                name=name,
                tzid=tzid,
                role=role,  # type: ignore[arg-type]
                password_hash=None,
                now=self.clock(),
                **details,
            )
        signed_in = await self.identity().sessions.start_for(self.org_id, account_id, Visitor())
        return Member(
            self.org_id, account_id, name, tzid, signed_in.token.reveal(), signed_in.session_id, role
        )

    @asynccontextmanager
    async def node(self, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Node]:
        """Run one more process's worth of Connect on a port of its own."""
        bus = PostgresBus(self.db.conninfo)
        await bus.start()
        await bus.listening()
        built = self.connect(bus, transport)
        app = self.app(built, bus)
        await built.start()
        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, lifespan="off", log_config=None, **SERVER_OPTIONS
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Node(self, built, bus, app, f"127.0.0.1:{port}")
        finally:
            await built.stop()
            server.should_exit = True
            await serving
            await bus.close()

    def connect(self, bus: Any, transport: httpx.AsyncBaseTransport | None = None) -> Connect:
        async def key(org_id: str) -> str:
            return "key_for_tests"

        async def secrets(org_id: str) -> Sequence[str]:
            return [self.secret] if org_id == self.org_id else []

        return build_connect(
            db=self.db,
            clock=self.clock,
            bus=bus,
            scheduling_transport=transport or httpx.MockTransport(_nobody),
            scheduling_url=BASE_URL,
            service_key=key,
            hook_secrets=secrets,
            base_url=BASE_URL,
        )

    def app(self, built: Connect, waker: Any = None) -> FastAPI:
        app = FastAPI()
        problems.install(app)
        app.state.identity = self.identity(waker)
        app.state.authenticate = authenticate
        app.include_router(built.router)
        return app

    def signed(self, event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a webhook as the platform sends it."""
        body = json.dumps(event).encode()
        stamp = int(self.clock().timestamp())
        return signed_headers([self.secret], event["event_id"], stamp, body), body


@dataclass
class Node:
    """One process of Connect."""

    world: ChatWorld
    connect: Connect
    bus: PostgresBus
    app: FastAPI
    address: str

    def http(self, member: Member) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://{self.address}/connect/api", headers=member.cookie, timeout=10, verify=_NO_TLS
        )

    async def hook(self, event: dict[str, Any]) -> httpx.Response:
        """Deliver a webhook."""
        headers, body = self.world.signed(event)
        async with httpx.AsyncClient(timeout=10, verify=_NO_TLS) as client:
            url = f"http://{self.address}/connect/hooks/scheduling"
            return await client.post(url, headers=headers, content=body)

    async def ticket(self, member: Member) -> str:
        async with self.http(member) as client:
            answer = await client.post("/ws-ticket")
            assert answer.status_code == 200, answer.text
            return str(answer.json()["ticket"])

    def socket(self, ticket: str, origin: str | None = BASE_URL) -> Any:
        return connect(f"ws://{self.address}/connect/ws?ticket={ticket}", origin=origin)  # type: ignore[arg-type]


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no platform in this test")


async def make_chat(db: Database, clock: Any) -> ChatWorld:
    org_id = new_id("organization")
    async with db.transaction() as conn:
        await accounts.insert_organization(conn, org_id, "Globex", clock())
    return ChatWorld(db, clock, org_id)


def nonce() -> str:
    return str(uuid.uuid4())


class Window:
    """What a page keeps: the start, changed by events alone. Notes every doubled event and every hole."""

    def __init__(self, node: Node, member: Member) -> None:
        self.node = node
        self.member = member
        self.frames: list[dict[str, Any]] = []
        self.applied: list[tuple[str, int]] = []
        self.holes: list[tuple[str, int, int]] = []
        self.resyncs: list[str] = []
        self.presence: dict[str, dict[str, Any]] = {}
        self.availability: list[str] = []
        self._greetings = 0
        self._news = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    # -- what is shown

    async def load(self) -> None:
        """Begin anew over HTTP."""
        async with self.node.http(self.member) as client:
            answer = await client.get("/start")
            assert answer.status_code == 200, answer.text
            start = answer.json()
            self.conversations = {item["conversation_id"]: item for item in start["conversations"]}
            self.messages: dict[str, dict[str, dict[str, Any]]] = {
                conversation_id: {} for conversation_id in self.conversations
            }
            self.upcoming = start["upcoming"]
            self.notifications = start["notifications"]
            self.cursors: dict[str, int] = start["cursors"]
            self.personal: int = start["personal_cursor"]
            for conversation_id in self.conversations:
                await self._load_history(client, conversation_id)

    async def _load_history(self, client: httpx.AsyncClient, conversation_id: str) -> None:
        answer = await client.get(f"/conversations/{conversation_id}/messages", params={"limit": 200})
        assert answer.status_code == 200, answer.text
        known = self.messages[conversation_id]
        for message in answer.json()["messages"]:
            held = known.get(message["message_id"])
            if held is None or held["edit_seq"] < message["edit_seq"]:
                known[message["message_id"]] = message

    def state(self) -> dict[str, Any]:
        """Return all that a window shows, with what it derives from messages."""
        shown = {}
        for conversation_id, conversation in self.conversations.items():
            messages = sorted(self.messages[conversation_id].values(), key=lambda item: item["seq"])
            shown[conversation_id] = {
                **conversation,
                "messages": messages,
                "last_message": messages[-1] if messages else None,
                "unread": sum(
                    item["seq"] > conversation["last_read_seq"]
                    and item["author_id"] != self.member.sub
                    and item["deleted_at"] is None
                    for item in messages
                ),
            }
        return {
            "conversations": shown,
            "upcoming": self.upcoming,
            "notifications": self.notifications,
            "cursors": self.cursors,
            "personal": self.personal,
        }

    def texts(self, conversation_id: str) -> list[str]:
        messages = sorted(self.messages[conversation_id].values(), key=lambda item: item["seq"])
        return [item["body"] for item in messages]

    # -- following

    async def open(self, node: Node | None = None) -> None:
        """Connect, also to another process than before, and say hello with the cursors at hand."""
        self.node = node or self.node
        self._socket = await self.node.socket(await self.node.ticket(self.member))
        self._greetings = self.greetings
        await self.hello()
        self._reader = asyncio.create_task(self._read())

    async def hello(self) -> None:
        assert self._socket is not None
        greeting = {"type": "hello", "cursors": self.cursors, "personal": self.personal}
        await self._socket.send(json.dumps(greeting))

    async def send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame))

    async def echo(self) -> None:
        """Wait until the server has greeted this window and answered a heartbeat: what it sent before has arrived."""
        await self.until(lambda: self.greetings > self._greetings)
        before = self.pongs
        await self.send({"type": "ping"})
        await self.until(lambda: self.pongs > before)

    @property
    def greetings(self) -> int:
        return sum(frame.get("type") == "ready" for frame in self.frames)

    @property
    def pongs(self) -> int:
        return sum(frame == {"type": "pong"} for frame in self.frames)

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code if self._socket else None

    async def closed(self) -> int | None:
        assert self._reader is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.shield(self._reader)
        return self.close_code

    async def _read(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionClosed):
            async for text in self._socket:
                frame = json.loads(text)
                self.frames.append(frame)
                await self._apply(frame)
                self._news.set()
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until events have made `condition` true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def until_like_fresh(self) -> None:
        """Wait until this window shows what a freshly loaded one shows."""

        async def fresh() -> dict[str, Any]:
            other = Window(self.node, self.member)
            await other.load()
            return other.state()

        wanted = await fresh()
        await self.until(
            lambda: (
                self.personal >= wanted["personal"]
                and all(self.cursors.get(key, -1) >= seq for key, seq in wanted["cursors"].items())
            )
        )
        assert self.state() == await fresh()
        assert self.holes == []

    async def _apply(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "resync":
            self.resyncs.append(frame["c"])
            await self._resync(frame["c"])
        elif frame.get("type") == "presence":
            self.presence.update({item["sub"]: item for item in frame["people"]})
        elif frame.get("type") == "availability.changed":
            self.availability += frame["data"]["subs"]
        elif "seq" in frame:
            await self._apply_event(frame["c"], frame["seq"], frame["type"], frame["data"])

    async def _resync(self, log: str) -> None:
        self.applied = [item for item in self.applied if item[0] != log]
        await self.load()

    async def _apply_event(self, log: str, seq: int, kind: str, data: dict[str, Any]) -> None:
        known = self.personal if log == "me" else self.cursors.get(log, 0)
        if seq <= known:
            return
        if seq != known + 1:
            self.holes.append((log, known, seq))
        self.applied.append((log, seq))
        if log == "me":
            self.personal = seq
            await self._apply_personal(kind, data)
            return
        self.cursors[log] = seq
        conversation = self.conversations[log]
        conversation["last_seq"] = seq
        if kind.startswith("message."):
            self.messages[log][data["message_id"]] = data
        elif kind == "conversation.updated":
            conversation.update(data)
        elif kind == "member.joined":
            conversation["member_count"] += 1
        elif kind == "member.left":
            conversation["member_count"] -= 1
        else:
            raise AssertionError(kind)

    async def _apply_personal(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "conversation.joined":
            conversation_id = data["conversation_id"]
            self.conversations[conversation_id] = data
            self.cursors[conversation_id] = data["last_seq"]
            self.messages[conversation_id] = {}
            if data["last_seq"]:
                async with self.node.http(self.member) as client:
                    await self._load_history(client, conversation_id)
        elif kind == "conversation.left":
            for kept in (self.conversations, self.cursors, self.messages):
                kept.pop(data["conversation_id"], None)  # type: ignore[attr-defined]
        elif kind == "read.updated":
            self.conversations[data["conversation_id"]]["last_read_seq"] = data["last_read_seq"]
        elif kind == "upcoming.changed":
            self.upcoming = data["upcoming"]
        elif kind == "notification.created":
            self.notifications = [data, *self.notifications][:50]
        elif kind == "notification.read":
            for item in self.notifications:
                if item["notification_id"] in data["notification_ids"]:
                    item["read_at"] = data["read_at"]
        else:
            raise AssertionError(kind)


async def gathered(*work: Awaitable[Any]) -> list[Any]:
    return list(await asyncio.gather(*work))


def booking(
    booking_id: str, org_id: str, people: Sequence[Member], *, start: str, end: str, **changes: Any
) -> dict[str, Any]:
    """Return a snapshot as docs/reference/http-api.md describes it; the first of `people` organizes."""
    host = people[0]
    return {
        "booking_id": booking_id,
        "organization_id": org_id,
        "revision": 1,
        "sync_revision": 1,
        "state": "confirmed",
        "title": "Launch chat",
        "note": "Bring numbers",
        "start": start,
        "end": end,
        "duration_minutes": 30,
        "organizer_id": host.sub,
        "tzid": host.tzid,
        "participants": [
            {
                "sub": person.sub,
                "name": person.name,
                "tzid": person.tzid,
                "role": "organizer" if person is host else "participant",
                "rsvp": "accepted",
                "calendar": {"state": "builtin", "name": "", "detail": "", "changed_at": start},
            }
            for person in people
        ],
        "conferencing": {"provider": "jitsi", "join_url": "https://meet.jit.si/room-1"},
        "previous": None,
        "reason": "",
        "changed_by": host.sub,
        "changed_by_name": host.name,
        "changed_at": "2026-11-20T09:00:00Z",
        "created_at": "2026-11-20T09:00:00Z",
        "origin": {},
        "links": {
            "manage": f"{BASE_URL}/bookings/{booking_id}",
            "reschedule": f"{BASE_URL}/bookings/{booking_id}?do=reschedule",
            "cancel": f"{BASE_URL}/bookings/{booking_id}?do=cancel",
            "ics": f"{BASE_URL}/api/bookings/{booking_id}/calendar.ics",
            "google": "https://calendar.google.com/x",
            "outlook": "https://outlook.live.com/x",
            "office365": "https://outlook.office.com/x",
            "yahoo": "https://calendar.yahoo.com/x",
        },
        **changes,
    }


def event(kind: str, org_id: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return a webhook body."""
    return {
        "event_id": new_id("event"),
        "type": kind,
        "organization_id": org_id,
        "occurred_at": "2026-11-20T09:00:00Z",
        "data": data,
    }
