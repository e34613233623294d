"""Where a domain keeps its calendars: SRV and TXT records of `_caldavs._tcp` (RFC 6764, RFC 2782, RFC 1035).

One question over UDP to the system's name servers. Whatever goes wrong means that there is no such record: the well-known
address is tried then. What a record names is only ever reached through the guarded client.
"""

from __future__ import annotations

import re
import secrets
import struct
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anyio

T = TypeVar("T")
SECONDS = 2.0
SRV, TXT = 33, 16
_SERVER = re.compile(r"^nameserver\s+([0-9a-fA-F.:]+)", re.MULTILINE)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")
_MAX_NAMES = 128


@dataclass(frozen=True, slots=True)
class Service:
    """Where a domain's calendars are; `path` is "" where nothing is said about it."""

    host: str
    port: int
    path: str


FindService = Callable[[str], Awaitable[Service | None]]
"""(domain): where its calendars are, None if it does not say."""


def system_servers(file: Path = Path("/etc/resolv.conf")) -> list[tuple[str, int]]:
    """Return the name servers of this machine."""
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return []
    return [(address, 53) for address in _SERVER.findall(text)][:2]


async def find_caldav(
    domain: str, servers: Callable[[], Sequence[tuple[str, int]]] = system_servers
) -> Service | None:
    """Return where `domain` says that its calendars are, over TLS; None if it does not."""
    name = f"_caldavs._tcp.{domain.lower().rstrip('.')}"
    if not _HOST.fullmatch(name):
        return None
    for server in servers():
        records = await _ask(server, name, SRV, _service)
        if records is None:
            continue
        # "." says that there is no such service.
        found = sorted(
            (record for record in records if _HOST.fullmatch(record[2])), key=lambda item: item[:2]
        )
        if not found:
            return None
        _, _, host, port = found[0]
        texts = await _ask(server, name, TXT, _texts)
        return Service(host, port, _path(text for record in texts or () for text in record))
    return None


def _service(message: bytes, begin: int, _: int) -> tuple[int, int, str, int]:
    """Return priority, weight the other way round, host and port."""
    priority, weight, port = struct.unpack_from("!HHH", message, begin)
    return priority, -weight, _name(message, begin + 6)[0].lower(), port


def _texts(message: bytes, begin: int, length: int) -> list[str]:
    found: list[str] = []
    at = begin
    while at < begin + length:
        size = message[at]
        found.append(message[at + 1 : at + 1 + size].decode("utf-8"))
        at += 1 + size
    return found


def _path(texts: Iterable[str]) -> str:
    return next((text[5:] for text in texts if text.lower().startswith("path=/") and text.isprintable()), "")


async def _ask(
    server: tuple[str, int], name: str, kind: int, read: Callable[[bytes, int, int], T]
) -> list[T] | None:
    """Return the records of a kind, each as `read` (message, begin, length) returns it; None if the server does not
    answer properly.
    """
    number = secrets.randbelow(1 << 16)
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    asked = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + question + struct.pack("!HH", kind, 1)
    try:
        with anyio.fail_after(SECONDS):
            async with await anyio.create_connected_udp_socket(*server) as socket:
                await socket.send(asked)
                while True:
                    answer = await socket.receive()
                    if answer[:2] == asked[:2]:
                        return _records(answer, kind, read)
    except (OSError, TimeoutError, ValueError, IndexError, struct.error):
        return None


def _records(message: bytes, kind: int, read: Callable[[bytes, int, int], T]) -> list[T] | None:
    _, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", message)
    is_cut, code = flags & 0x0200, flags & 0x000F
    if code == 3:
        return []
    if code or is_cut or not flags & 0x8000:
        return None
    at = 12
    for _ in range(questions):
        at = _name(message, at)[1] + 4
    found: list[T] = []
    for _ in range(answers):
        at = _name(message, at)[1]
        record, _, _, length = struct.unpack_from("!HHIH", message, at)
        at += 10
        if record == kind:
            found.append(read(message, at, length))
        at += length
    return found


def _name(message: bytes, at: int) -> tuple[str, int]:
    """Return the name at a place, and where what follows it begins. Pointers lead backwards only, so they end."""
    labels: list[str] = []
    end = 0
    while size := message[at]:
        if size & 0xC0:
            target = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            end = end or at + 2
            if target >= at or len(labels) > _MAX_NAMES:
                raise ValueError("a name that leads to itself")
            at = target
            continue
        labels.append(message[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    return ".".join(labels), end or at + 1
