"""SRV and TXT records, from a name server of our own that also lies."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from dns.asyncresolver import Resolver
from dns.nameserver import Do53Nameserver

from convene.providers.dns_records import Service, find_caldav

POINTER = b"\xc0\x0c"
SRV, TXT = 33, 16


def name(text: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def srv(priority: int, weight: int, port: int, host: bytes) -> tuple[int, bytes]:
    return SRV, struct.pack("!HHH", priority, weight, port) + host


def txt(*texts: str) -> tuple[int, bytes]:
    return TXT, b"".join(bytes([len(text)]) + text.encode() for text in texts)


def answer(asked: bytes, *records: tuple[int, bytes], code: int = 0, owner: bytes = POINTER) -> bytes:
    kind = struct.unpack("!H", asked[-4:-2])[0]
    told = [record for record in records if record[0] == kind]
    body = b"".join(owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for kind, data in told)
    return asked[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(told), 0, 0) + asked[12:] + body


@contextmanager
def name_server(reply: Callable[[bytes], Iterable[bytes] | None]) -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                try:
                    asked, sender = server.recvfrom(512)
                except TimeoutError:
                    continue
                for told in reply(asked) or ():
                    server.sendto(told, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            stopping.set()
            thread.join()


def resolver(*places: tuple[str, int]) -> Resolver:
    found = Resolver(configure=False)
    found.lifetime = 0.5
    found.nameservers = [Do53Nameserver(*place) for place in places]
    return found


async def found(
    reply: Callable[[bytes], Iterable[bytes] | None], domain: str = "example.org"
) -> Service | None:
    with name_server(reply) as place:
        return await find_caldav(domain, lambda: resolver(place))


async def test_the_best_record_and_its_path() -> None:
    records = [
        srv(10, 5, 443, name("second.example.org")),
        srv(5, 1, 443, name("light.example.org")),
        srv(5, 9, 8443, name("DAV.Example.org")),
        txt("other=1", "path=/remote.php/dav"),
    ]
    assert await found(lambda asked: [answer(asked, *records)]) == Service(
        "dav.example.org", 8443, "/remote.php/dav"
    )


async def test_names_that_point_into_the_message() -> None:
    # `_caldavs._tcp.example.org` begins at 12, its domain at 12 + 9 + 5.
    host = b"\x03dav" + struct.pack("!H", 0xC000 | 26)
    assert await found(lambda asked: [answer(asked, srv(0, 0, 443, host))]) == Service(
        "dav.example.org", 443, ""
    )


@pytest.mark.parametrize(
    "reply",
    [
        lambda asked: [answer(asked, code=3)],
        lambda asked: [answer(asked, srv(0, 0, 443, name("dav.example.org")), code=2)],
        lambda asked: [answer(asked)],
        lambda asked: [answer(asked, srv(0, 0, 0, b"\0"))],
        lambda asked: [answer(asked, srv(0, 0, 443, name("dav.example.org")))[:-6]],
        lambda asked: [answer(asked, srv(0, 0, 443, name("a b/c?d@e.org")))],
        lambda asked: [answer(asked, srv(0, 0, 443, b"\x03dav"), owner=b"\xc0\xff")],
        lambda asked: [asked[:2] + b"\xff" * 40],
        lambda asked: [answer(asked, srv(0, 0, 443, struct.pack("!H", 0xC000 | 48)))],
        lambda asked: [answer(asked, srv(0, 0, 443, b"\x05\xff\xfe\xfd\xfc\xfb\0"))],
    ],
)
async def test_whatever_is_wrong_means_that_there_is_none(reply: Callable[[bytes], Iterable[bytes]]) -> None:
    assert await found(reply) is None


async def test_an_answer_to_another_question_is_not_taken() -> None:
    def reply(asked: bytes) -> list[bytes]:
        forged = answer(asked, srv(0, 0, 443, name("evil.example.org")))
        return [bytes([asked[0] ^ 1]) + forged[1:], answer(asked, srv(0, 0, 443, name("dav.example.org")))]

    assert await found(reply) == Service("dav.example.org", 443, "")


async def test_another_server_is_asked_when_the_first_cannot_say() -> None:
    with (
        name_server(lambda asked: [answer(asked, code=5)]) as first,
        name_server(lambda asked: [answer(asked, srv(0, 0, 443, name("dav.example.org")))]) as second,
    ):
        assert await find_caldav("example.org", lambda: resolver(first, second)) == Service(
            "dav.example.org", 443, ""
        )


async def test_names_that_are_none_are_never_asked_for() -> None:
    asked = []
    for domain in ("", "localhost/x", "a" * 300, "exa mple.org", "ex..org"):
        with name_server(asked.append) as place:  # type: ignore[func-returns-value]
            assert await find_caldav(domain, lambda place=place: resolver(place)) is None
    assert asked == []
