"""Reading pictures outside the server: one process with limits for each, ended when it has answered.

Uploads are rare, so nothing waits for the next one; and what one file may do to its process no other file meets.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

import msgspec

from convene.core.errors import Invalid
from convene.core.logos import MAX_HEIGHT, MAX_PIXELS, MAX_STORED_BYTES, MAX_UPLOAD_BYTES, MAX_WIDTH
from convene.formats.limited_process import Ended, LimitedProcess

_AT_ONCE = 2
_MEMORY_MIB = 256
_CPU_SECONDS = 5.0
_PNG_HEAD = struct.Struct(">8sI4sII")
_DAMAGED = "The picture is damaged or incomplete. Open it in a picture editor and save it again."
_NO_IMAGE = "This is no PNG, JPEG or WebP picture."
_SVG = "SVG files can hold scripts and are not taken. Save the logo as a PNG."


class _Answer(msgspec.Struct, array_like=True, frozen=True):
    """As `image_worker.ImageAnswer`; this side loads nothing that decodes pictures."""

    content: bytes
    width: int
    height: int
    problem: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of our own drawing and its size in pixels."""

    content: bytes
    width: int
    height: int


class ImageReader:
    """Reads pictures. cpu_seconds, memory_mib: of one."""

    def __init__(self, *, cpu_seconds: float = _CPU_SECONDS, memory_mib: int = _MEMORY_MIB) -> None:
        self._cpu_seconds = cpu_seconds
        self._memory_mib = memory_mib
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def read(self, content: bytes, field: str) -> Picture:
        """Return a file's picture, small enough for a logo; raise `Invalid` that names `field` for anything else."""
        if len(content) > MAX_UPLOAD_BYTES:
            told = (
                f"The picture has {len(content) // 1024} KB; at most {MAX_UPLOAD_BYTES // 1024} KB are taken."
            )
            raise Invalid(field, told, code="image_too_large")
        if not content:
            raise Invalid(field, "Send the picture as the body of the request.", code="not_an_image")
        answer = await self._ask(content)
        if answer.problem == "too_many_pixels":
            told = f"The picture has {answer.width:,} by {answer.height:,} pixels; at most {MAX_PIXELS // 1_000_000} million are read."
            raise Invalid(field, f"{told} Scale it down.", code="image_too_large")
        if answer.problem == "not_an_image":
            told = _SVG if b"<svg" in content[:4096].lower() else _NO_IMAGE
            raise Invalid(field, told, code="not_an_image")
        if answer.problem or not _is_logo(answer):
            raise Invalid(field, _DAMAGED, code="not_an_image")
        return Picture(answer.content, answer.width, answer.height)

    async def _ask(self, content: bytes) -> _Answer:
        """Return the answer; that of a damaged file if reading it ended the process."""
        process = LimitedProcess("convene.formats.image_worker", self._memory_mib)
        async with self._turn:
            try:
                sent = msgspec.json.encode((content, self._cpu_seconds))
                answered = await process.ask(sent, self._cpu_seconds)
                return msgspec.json.decode(answered, type=_Answer)
            except (Ended, msgspec.MsgspecError):
                return _Answer(b"", 0, 0, "damaged")
            finally:
                await process.stop()


def _is_logo(answer: _Answer) -> bool:
    """Tell whether an answer, of a process that has read hostile bytes, is a PNG of the size that it says."""
    if not _PNG_HEAD.size <= len(answer.content) <= MAX_STORED_BYTES:
        return False
    signature, _, kind, width, height = _PNG_HEAD.unpack_from(answer.content)
    is_small = 1 <= width <= MAX_WIDTH and 1 <= height <= MAX_HEIGHT
    is_png = signature == b"\x89PNG\r\n\x1a\n" and kind == b"IHDR"
    return is_png and is_small and (width, height) == (answer.width, answer.height)
