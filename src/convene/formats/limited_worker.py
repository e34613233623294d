"""The other side of `limited_process`: answers messages with little memory, little time and nothing to steal.

Messages come on standard input and are answered on standard output until the input ends. Each has its own budget of
processor time; the kernel ends the process when it is used up, whatever the interpreter is doing then. Memory is bounded
for the whole life. Files cannot be written.
"""

from __future__ import annotations

import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO, Protocol, TypeVar

LENGTH = struct.Struct(">I")
"""Stands before every message: how many bytes it has."""
MAX_MESSAGE = 256 * 1024 * 1024


class Budgeted(Protocol):
    """A request that says how much processor time it may use."""

    @property
    def cpu_seconds(self) -> float: ...


R = TypeVar("R", bound=Budgeted)


def serve(memory_mib: int, decode: Callable[[bytes], R], answer: Callable[[R], bytes]) -> None:
    """Answer requests until standard input ends. Load everything that is large before."""
    _bound_resources(memory_mib)
    _send(b"")  # ready
    while (message := _receive(sys.stdin.buffer)) is not None:
        request = decode(message)
        del message
        _allow_processor_time(request.cpu_seconds)
        answered = answer(request)
        _allow_processor_time(0)
        _send(answered)


def _send(message: bytes) -> None:
    sys.stdout.buffer.write(LENGTH.pack(len(message)) + message)
    sys.stdout.buffer.flush()


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > MAX_MESSAGE:
        return None
    body = stream.read(length)
    return body if len(body) == length else None


def _allow_processor_time(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of processor time; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _bound_resources(memory_mib: int) -> None:
    """Bound memory to what is in use now and `memory_mib` more; write no files and no core dumps."""
    try:
        import resource
    except ImportError:
        return  # not a POSIX system: the time limit of the parent remains
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    used = _address_space()
    if used:
        limits.append((resource.RLIMIT_AS, used + memory_mib * 1024 * 1024))
    for which, bound in limits:
        try:
            resource.setrlimit(which, (bound, bound))
        except (ValueError, OSError):
            continue  # refused by this system (macOS has no address-space limit)


def _address_space() -> int:
    """Return the bytes of address space in use, or 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            import resource

            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
