"""Another process that reads what strangers wrote, from this side: started on demand, asked one thing at a time.

Its limits are in `limited_worker`. Here is the wall time that it gets, and what becomes of it when it ends instead of
answering: whoever asked is told, and the next question starts a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

from convene.formats.limited_worker import LENGTH, MAX_MESSAGE

_KILLED_FROM_OUTSIDE = {-signal.SIGTERM, -9}  # limits end a process in other ways
_WAITING = 8.0  # wall time per second of processor time, on a busy machine
_INHERITED = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH")


class WorkerUnavailable(RuntimeError):
    """A process cannot be started on this machine; its standard error says why."""


class Ended(Exception):
    """The process ended before it answered. `from_outside`: not by anything that it read."""

    def __init__(self, *, from_outside: bool = False) -> None:
        super().__init__()
        self.from_outside = from_outside


class LimitedProcess:
    """One process that runs `module`, which calls `limited_worker.serve`. Used by one caller at a time.

    memory_mib: what it may use beyond what it needs to start.
    """

    def __init__(self, module: str, memory_mib: int) -> None:
        self._module = module
        self._memory_mib = memory_mib
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """What is running, if anything is."""
        return None if self._process is None else self._process.pid

    async def ask(self, message: bytes, cpu_seconds: float) -> bytes:
        """Send a message and return its answer.

        Raises:
            Ended: the process ended, hung or answered too much; it is gone now.
            WorkerUnavailable: it does not start.
        """
        try:
            async with asyncio.timeout(cpu_seconds * _WAITING + 10):
                return await self._exchange(await self._running(), message)
        except (OSError, asyncio.IncompleteReadError):
            code = await self.stop(grace_seconds=1)
            raise Ended(from_outside=code in _KILLED_FROM_OUTSIDE) from None
        except (Ended, TimeoutError):
            await self.stop()
            raise Ended from None
        except BaseException:
            await self.stop()  # cancelled in the middle: its answer would meet the next question
            raise

    async def _exchange(self, process: Process, message: bytes) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(LENGTH.pack(len(message)) + message)
        await process.stdin.drain()
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        if length > MAX_MESSAGE:
            raise Ended
        return await process.stdout.readexactly(length)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._module,
                str(self._memory_mib),
                stdin=PIPE,
                stdout=PIPE,
                env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            )
            await self._ready(self._process)
        return self._process

    async def _ready(self, process: Process) -> None:
        """Wait for the empty message with which a process begins."""
        assert process.stdout is not None
        try:
            await process.stdout.readexactly(LENGTH.size)
        except asyncio.IncompleteReadError:
            code = await self.stop(grace_seconds=1)
            raise WorkerUnavailable(f"{self._module} does not start (it ended with {code}).") from None

    async def stop(self, *, grace_seconds: float = 0) -> int | None:
        """End the process, if there is one, and wait until it is gone; return how it ended.

        grace_seconds: let it end by itself for so long first.
        """
        process, self._process = self._process, None
        if process is None:
            return None
        if grace_seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace_seconds)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        code = await process.wait()
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()
        return code
