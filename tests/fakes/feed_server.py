"""A server of one calendar feed on a loopback port, which misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fakes.raw_server import RawServer, Request, answer, serve

_EVENT = re.compile(r"BEGIN:VEVENT.*?END:VEVENT\r\n", re.DOTALL)
SECRET_PATH = "/private-0123456789abcdef/basic.ics"


@dataclass(slots=True)
class Feed:
    """What the server holds and what is wrong with it. All off: a well-kept feed with ETags."""

    raw: RawServer
    events: dict[str, str] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    # Given whole instead of what is held.
    body: bytes | None = None
    content_type: str = "text/calendar; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    has_etag: bool = True
    # `Last-Modified` instead, honoured.
    modified: str = ""
    redirects_to: str = ""
    is_packed: bool = False
    # A megabyte that unpacks to a gigabyte; an answer that never ends; one that stops half-way; one that drips.
    is_bomb: bool = False
    is_endless: bool = False
    breaks_off: bool = False

    @property
    def url(self) -> str:
        return self.raw.url

    @property
    def address(self) -> str:
        return self.raw.url + SECRET_PATH

    def put(self, name: str, text: str) -> None:
        """Hold the events of a VCALENDAR under a name."""
        self.events[name] = "".join(_EVENT.findall(text))

    def delete(self, name: str) -> None:
        del self.events[name]

    def text(self) -> str:
        head = "".join(line + "\r\n" for line in self.head)
        events = "".join(self.events.values())
        return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Feeds//EN\r\n{head}{events}END:VCALENDAR\r\n"

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        body = self.text().encode() if self.body is None else self.body
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if self.has_etag else ""
        headers = {"Content_Type": self.content_type, **self.headers}
        if etag:
            headers["ETag"] = etag
        if self.modified:
            headers["Last_Modified"] = self.modified
        if self.redirects_to:
            writer.write(answer(302, Location=self.redirects_to))
        elif self.status != 200:
            writer.write(answer(self.status, b"", **headers))
        elif self.is_bomb:
            writer.write(answer(200, _bomb(), Content_Encoding="gzip", **headers))
        elif self.is_endless:
            await _pour(writer)
        elif self.breaks_off:
            writer.write(answer(200, body, **headers)[: -len(body) // 2])
            writer.close()
        elif etag and request.headers.get("if-none-match") == etag:
            writer.write(answer(304, ETag=etag))
        elif self.modified and request.headers.get("if-modified-since") == self.modified:
            writer.write(answer(304))
        elif self.is_packed:
            writer.write(answer(200, gzip.compress(body), Content_Encoding="gzip", **headers))
        else:
            writer.write(answer(200, body, **headers))


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    start = packer.compress(b"BEGIN:VCALENDAR\r\n") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing refers back, so the same piece can stand there a thousand times.
    piece = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * 1_000


async def _pour(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n")
    with contextlib.suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b"X-FILLER:" + b"x" * 65_536 + b"\r\n")
            await writer.drain()


@asynccontextmanager
async def feed_server() -> AsyncIterator[Feed]:
    """Serve an empty feed until the block ends."""
    held: list[Feed] = []

    async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
        await held[0].handle(request, writer)

    async with serve(handler) as raw:
        held.append(Feed(raw))
        yield held[0]
