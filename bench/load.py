"""A small HTTP/1.1 client for measuring: keep-alive, a few connections, nothing parsed but status and length."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What came of a run: requests per second, and milliseconds."""

    rate: float
    p50: float
    p99: float
    statuses: dict[int, int]
    longest: float

    def __str__(self) -> str:
        return f"{self.rate:8.0f}/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms   {self.statuses}"


def request(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def run(port: int, make: Callable[[int], bytes], count: int, connections: int) -> Figures:
    """Send `count` requests over `connections` at once and measure each."""
    numbers = iter(range(count))
    times: list[float] = []
    statuses: dict[int, int] = {}

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            data = make(number)
            started = time.perf_counter()
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append((time.perf_counter() - started) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    elapsed = time.perf_counter() - started
    times.sort()
    slow = times[int(len(times) * 0.99) - 1]
    return Figures(count / elapsed, statistics.median(times), slow, statuses, times[-1])
