"""Mail: a way out (RFC 5321) and a mailbox to read (RFC 9051)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class MailRefused(Exception):
    """The mail server will not take this mail, however often it is asked. The text is its reason."""


class MailDelayed(Exception):
    """It was not taken now: the server is away, busy, or refuses us. Nothing was sent."""


class MailUnknown(Exception):
    """The whole mail was handed over and no answer came: it may be on its way."""


class MailSender(Protocol):
    """A mail server that takes mail for anybody."""

    @property
    def is_configured(self) -> bool:
        """Whether there is one at all."""
        ...

    async def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand over one message (CRLF line ends, ASCII) for one recipient; return once it was taken.

        Raises `MailRefused`, `MailDelayed` or `MailUnknown`.
        """
        ...


class MailboxUnavailable(Exception):
    """The mailbox cannot be read now. The text says why, without credentials."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a mailbox was read: `last_uid` means something under its `uid_validity` only. Zeros: not at all."""

    uid_validity: int = 0
    last_uid: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it lies there. `raw` is None if it is too big to be read."""

    uid: int
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Messages behind a position, oldest first, and the position behind the last. `is_more`: there are further ones."""

    position: Position
    messages: Sequence[Received]
    is_more: bool = False


class Mailbox(Protocol):
    """A mailbox that is only looked at: nothing in it is flagged, moved or deleted."""

    @property
    def name(self) -> str:
        """What tells it apart, without credentials; empty if there is none."""
        ...

    async def read(self, after: Position, limit: int) -> Reading:
        """Return up to `limit` messages behind a position.

        A mailbox that is read for the first time begins with what came since yesterday; one whose numbers have changed
        (another UIDVALIDITY) begins anew. Raises `MailboxUnavailable`.
        """
        ...
