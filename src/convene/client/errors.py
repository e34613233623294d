"""What can go wrong, as exceptions that carry the server's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from convene.client.types import Slot


class TransportError(Exception):
    """No answer was had: no connection, a timeout, or an answer cut off."""


class InvalidSignature(Exception):
    """These bytes were not sent by the holder of the secret, or too long ago."""


class ApiError(Exception):
    """The server refused.

    `code` is stable (docs/reference/errors.md), `field` names the part of the request at fault, `retry_after` the
    seconds after which another try makes sense, `body` is all that was answered.
    """

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.body = dict(body)
        self.code = str(body.get("code") or body.get("error") or f"http_{status}")
        self.field = body.get("field")
        self.retry_after = retry_after
        detail = body.get("detail") or body.get("error_description") or body.get("errors") or ""
        super().__init__(f"{status} {self.code}: {detail}")


class SlotTaken(ApiError):
    """The time is no longer free and nothing was booked; `alternatives` are the nearest that are."""

    @property
    def alternatives(self) -> list[Slot]:
        return msgspec.convert(self.body.get("alternatives", []), list[Slot])


class StaleBooking(ApiError):
    """Somebody has changed the booking since `revision` was read; nothing was changed."""


def error_of(status: int, content: bytes, retry_after: str | None) -> ApiError:
    """Return the exception for an answer."""
    try:
        body = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        body = {"detail": content[:200].decode(errors="replace")}
    kind = {"slot_taken": SlotTaken, "stale": StaleBooking}.get(str(body.get("code")), ApiError)
    seconds = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    return kind(status, body, seconds)
