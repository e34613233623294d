"""Reading calendar text outside the server: small processes with limits, restarted when a text exceeds them.

    async with CalendarParser() as parser:
        resources = await parser.read(items, "Europe/Berlin", start, end, ["ana@example.org"])

Texts travel in batches. If a batch ends its process, its texts are read again one by one, so that only the guilty
one is marked and the others survive.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec

from convene.core.recurrence import MAX_INSTANCES
from convene.formats.icalendar_limits import MAX_BLOCKS, MAX_OCCURRENCES, MAX_TEXT
from convene.formats.limited_process import Ended, LimitedProcess, WorkerUnavailable
from convene.formats.parser_messages import (
    TOO_MUCH,
    Answer,
    Item,
    ParsedNotice,
    ParsedResource,
    Request,
    refused,
)

__all__ = ["CalendarParser", "ParsedNotice", "ParsedResource", "ParserUnavailable"]

BATCH_ITEMS = 200
BATCH_CHARACTERS = 512 * 1024
BYTES_PER_CPU_SECOND = 2 * 1024 * 1024
"""A big text is allowed more time: measured, this much takes a third of a second."""
GUILTY_PATIENCE = 5
"""After this many guilty texts in one call the rest of it gets only `IMPATIENT_CPU_SECONDS` each."""
IMPATIENT_CPU_SECONDS = 0.25
ParserUnavailable = WorkerUnavailable


class CalendarParser:
    """A pool of parser processes. They start when first needed and end with `close()`.

    processes: how many may read at the same time. cpu_seconds: processor time of one ordinary text or batch.
    memory_mib: memory of a process beyond what it needs to start.
    """

    def __init__(self, *, processes: int = 1, cpu_seconds: float = 2.0, memory_mib: int = 256) -> None:
        self._cpu_seconds = cpu_seconds
        self._memory_mib = memory_mib
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._workers = [_Worker(memory_mib) for _ in range(processes)]
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all processes. The parser may be used again afterwards; it starts new ones."""
        for worker in self._workers:
            await worker.stop()

    async def read(
        self,
        raw_items: Sequence[tuple[str, str]],
        calendar_tzid: str,
        window_start: datetime,
        window_end: datetime,
        own_addresses: Sequence[str] = (),
        *,
        max_instances: int = MAX_INSTANCES,
    ) -> list[ParsedResource]:
        """Read the (remote id, text) pairs of one calendar and expand them inside a window.

        calendar_tzid is the zone of whole days and floating times; the window is half-open, aware datetimes.
        own_addresses are the owner's mail or calendar addresses. Returns one resource per item, in order; never
        raises for what a text contains, but ParserUnavailable if no process can be started. Between the batches of a
        long call others have their turn.
        """
        call = _Call(
            calendar_tzid, window_start, window_end, list(own_addresses), max_instances, self._cpu_seconds
        )
        resources: list[ParsedResource] = []
        for batch in _batches(raw_items):
            resources += [call.counted(resource) for resource in await self._read_batch(call, batch)]
        return resources

    async def read_reply(self, raw: str) -> ParsedResource:
        """Read an answer to an invitation (RFC 5546): `reply` holds it, or `problem` and a notice tell why not."""
        never = datetime.fromtimestamp(0, UTC)
        call = _Call("UTC", never, never, [], MAX_INSTANCES, self._cpu_seconds)
        [items] = _batches([("", raw)])
        answered = await self._ask(msgspec.structs.replace(call.request(items), replies=True))
        return answered[0] if answered else refused("", "too_complex", TOO_MUCH)

    async def read_mail(self, raw: bytes) -> ParsedResource:
        """Read a message that was received: `mail` holds it, or `problem` and a notice tell why not."""
        never = datetime.fromtimestamp(0, UTC)
        call = _Call("UTC", never, never, [], MAX_INSTANCES, self._cpu_seconds)
        [items] = _batches([("", raw.decode("latin-1"))])
        answered = await self._ask(msgspec.structs.replace(call.request(items), mails=True))
        return answered[0] if answered else refused("", "too_complex", TOO_MUCH)

    async def split_feed(self, raw: str) -> ParsedResource:
        """Cut a feed into its events: `feed` holds them, or `problem` and a notice tell why not."""
        never = datetime.fromtimestamp(0, UTC)
        call = _Call("UTC", never, never, [], MAX_INSTANCES, self._cpu_seconds)
        [items] = _batches([("", raw)])
        answered = await self._ask(msgspec.structs.replace(call.request(items), feeds=True))
        return answered[0] if answered else refused("", "too_complex", TOO_MUCH)

    async def _read_batch(self, call: _Call, items: list[Item]) -> list[ParsedResource]:
        answered = await self._ask(call.request(items))
        if answered is not None:
            return answered
        if len(items) > 1:
            return [resource for item in items for resource in await self._read_batch(call, [item])]
        call.guilty += 1
        outlined = await self._ask(call.request(items, outlines_only=True))
        return outlined or [refused(items[0].remote_id, "too_complex", TOO_MUCH)]

    async def _ask(self, request: Request) -> list[ParsedResource] | None:
        """Return the answer, or None if the request ended its process."""
        worker = await self._idle.get()
        try:
            return await worker.ask(request)
        except Ended as ended:
            if not ended.from_outside:
                return None
            with contextlib.suppress(Ended):
                return await worker.ask(request)
            return None
        finally:
            self._idle.put_nowait(worker)


class _Call:
    """What all batches of one call share."""

    def __init__(
        self,
        tzid: str,
        window_start: datetime,
        window_end: datetime,
        own_addresses: list[str],
        max_instances: int,
        cpu_seconds: float,
    ) -> None:
        self.fixed = (
            tzid,
            int(window_start.timestamp()),
            int(window_end.timestamp()),
            own_addresses,
            max_instances,
        )
        self.cpu_seconds = cpu_seconds
        self.guilty = 0
        self.blocks = 0
        self.occurrences = 0

    def counted(self, resource: ParsedResource) -> ParsedResource:
        """Return the resource; once the calendar has too many blocks, with its time as a whole unknown."""
        self.blocks += len(resource.blocks)
        if self.blocks <= MAX_BLOCKS or not resource.blocks:
            return self._told(resource)
        _, start, end, *_ = self.fixed
        notice = ParsedNotice(
            "too_many", f"The calendar has more than {MAX_BLOCKS:,} times; this one is unknown.", resource.uid
        )
        return msgspec.structs.replace(
            resource, blocks=[(start, end, "unknown")], occurrences=[], notices=[*resource.notices, notice]
        )

    def _told(self, resource: ParsedResource) -> ParsedResource:
        """Return the resource with no more occurrences than the calendar may still have."""
        left = MAX_OCCURRENCES - self.occurrences
        self.occurrences += len(resource.occurrences)
        if len(resource.occurrences) <= left:
            return resource
        told = f"The calendar has more than {MAX_OCCURRENCES:,} events; later ones are not listed."
        return msgspec.structs.replace(
            resource,
            occurrences=resource.occurrences[: max(left, 0)],
            notices=[*resource.notices, ParsedNotice("too_many", told, resource.uid)],
        )

    def request(self, items: list[Item], *, outlines_only: bool = False) -> Request:
        allowance = self.cpu_seconds
        if self.guilty >= GUILTY_PATIENCE:
            allowance = min(allowance, IMPATIENT_CPU_SECONDS)
        allowance += sum(len(item.raw) for item in items) / BYTES_PER_CPU_SECOND
        return Request(items, *self.fixed, cpu_seconds=allowance, outlines_only=outlines_only)


def _batches(raw_items: Sequence[tuple[str, str]]) -> Iterator[list[Item]]:
    """Cut the items into batches; a text too long to be read at all is cut there so that it travels quickly."""
    batch: list[Item] = []
    characters = 0
    for remote_id, raw in raw_items:
        if batch and (len(batch) >= BATCH_ITEMS or characters + len(raw) > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        text = raw[: MAX_TEXT + 1]
        # Half a surrogate pair cannot travel.
        batch.append(Item(remote_id, text if text.isascii() else text.encode("utf-8", "replace").decode()))
        characters += len(raw)
    if batch:
        yield batch


class _Worker:
    """One parser process. Used by one caller at a time."""

    def __init__(self, memory_mib: int) -> None:
        self._process = LimitedProcess("convene.formats.parser_worker", memory_mib)
        self._decoder = msgspec.json.Decoder(Answer)

    async def ask(self, request: Request) -> list[ParsedResource]:
        """Send a request and return its answer. Raises Ended if the process ends or hangs instead."""
        answer = await self._process.ask(msgspec.json.encode(request), request.cpu_seconds)
        try:
            resources = self._decoder.decode(answer).resources
        except msgspec.MsgspecError:
            resources = []
        if [resource.remote_id for resource in resources] != [item.remote_id for item in request.items]:
            await self.stop()
            raise Ended
        return resources

    async def stop(self) -> None:
        await self._process.stop()
