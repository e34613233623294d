"""Reading a mailbox by IMAP (RFC 3501, RFC 9051), without changing anything in it.

One connection per look, in a thread: the standard library's client blocks. The mailbox is opened with EXAMINE and
messages are fetched with BODY.PEEK, so whoever else reads it sees no difference.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from convene.ports.mail import MailboxUnavailable, Position, Reading, Received
from convene.security.sealing import Secret

if TYPE_CHECKING:
    from convene.ports.runtime import Clock  # loads the database's driver, which reading settings needs not

TIMEOUT_SECONDS = 30.0
MAX_MESSAGE = 1024 * 1024
"""Bytes of a message that is read; an answer to an invitation has a few kilobytes."""
FIRST_LOOK = timedelta(days=1)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ATOM = re.compile(r"[A-Za-z0-9@._+=-]+")
_CODE = re.compile(r"\[[A-Z-]+\]")
_SIZE = re.compile(rb"UID (\d+)[^)]*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+)[^)]*?UID (\d+)")


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """Where a mailbox is. `is_tls` is TLS from the start, `needs_starttls` TLS before the password is told."""

    host: str
    port: int
    username: str
    password: Secret
    folder: str = "INBOX"
    is_tls: bool = True
    needs_starttls: bool = True

    @property
    def name(self) -> str:
        return f"{self.username}@{self.host}:{self.port}/{self.folder}"


class ImapMailbox:
    """Implements `ports.mail.Mailbox`."""

    def __init__(
        self, address: MailboxAddress | None, clock: Clock, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._address = address
        self._clock = clock
        self._timeout = timeout

    @property
    def name(self) -> str:
        return self._address.name if self._address else ""

    async def read(self, after: Position, limit: int) -> Reading:
        if self._address is None:
            raise MailboxUnavailable("No mailbox is configured (CONVENE_IMAP_URL).")
        return await asyncio.to_thread(self._read, self._address, after, limit)

    async def check(self) -> None:
        """Sign in and open the folder. Raises `MailboxUnavailable` with what is wrong."""
        await self.read(Position(1, 2**32 - 2), 1)

    def _read(self, address: MailboxAddress, after: Position, limit: int) -> Reading:
        server: imaplib.IMAP4 | None = None
        try:
            server = self._connected(address)
            return self._look(server, address, after, limit)
        except MailboxUnavailable:
            raise
        except ssl.SSLError as error:
            raise MailboxUnavailable(
                f"No secure connection to {address.host}: {error.reason or error}"
            ) from None
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            told = str(error)[:300] or type(error).__name__
            raise MailboxUnavailable(f"{address.host}:{address.port} cannot be used: {told}") from None
        finally:
            _leave(server)

    def _connected(self, address: MailboxAddress) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        server: imaplib.IMAP4
        if address.is_tls:
            server = imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=self._timeout)
        else:
            server = imaplib.IMAP4(address.host, address.port, timeout=self._timeout)
            if "STARTTLS" in server.capabilities:
                server.starttls(context)
            elif address.needs_starttls:
                _leave(server)
                raise MailboxUnavailable(
                    f"{address.host} does not offer STARTTLS, without which the password could be read on the way."
                )
        try:
            # The client quotes the password by itself, but not who it belongs to.
            is_atom = _ATOM.fullmatch(address.username) is not None
            user = address.username if is_atom else _quoted(address.username)
            server.login(user, address.password.reveal())
        except imaplib.IMAP4.error as error:
            _leave(server)
            # Some servers repeat the command with the password, so no more is told than the code.
            code = _CODE.search(str(error))
            told = f": {code[0]}" if code else "."
            raise MailboxUnavailable(f"{address.host} refuses user name and password{told}") from None
        return server

    def _look(self, server: imaplib.IMAP4, address: MailboxAddress, after: Position, limit: int) -> Reading:
        state, answer = server.select(_quoted(address.folder), readonly=True)
        if state != "OK":
            raise MailboxUnavailable(f"{address.host} has no folder {address.folder}: {answer!r:.200}")
        validity = _number(server, "UIDVALIDITY")
        if not after.uid_validity:
            since = (self._clock() - FIRST_LOOK).astimezone(UTC)
            # No strftime: the months' names are not a matter of the machine's language.
            uids = _search(server, f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")
            start = min(uids) - 1 if uids else max(_number(server, "UIDNEXT") - 1, 0)
        else:
            start = after.last_uid if validity == after.uid_validity else 0
        # "n:*" names the newest message also where its number is smaller than n.
        uids = [uid for uid in _search(server, f"UID {start + 1}:*") if uid > start]
        taken = uids[:limit]
        sizes = _sizes(server, taken)
        messages = [Received(uid, _fetch(server, uid, sizes.get(uid))) for uid in taken]
        return Reading(Position(validity, taken[-1] if taken else start), messages, len(uids) > limit)


def _number(server: imaplib.IMAP4, name: str) -> int:
    _, answer = server.response(name)
    found = answer[0] if answer else None
    if not isinstance(found, bytes) or not found.isdigit():
        raise MailboxUnavailable(f"The mail server does not tell the mailbox's {name}.")
    return int(found)


def _search(server: imaplib.IMAP4, what: str) -> list[int]:
    state, answer = server.uid("SEARCH", what)
    if state != "OK":
        raise MailboxUnavailable(f"The mail server does not search: {answer!r:.200}")
    words = b" ".join(part for part in answer if isinstance(part, bytes)).split()
    return sorted({int(word) for word in words if word.isdigit()})


def _sizes(server: imaplib.IMAP4, uids: Sequence[int]) -> dict[int, int]:
    if not uids:
        return {}
    _, answer = server.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
    found = {}
    for part in answer:
        text = part[0] if isinstance(part, tuple) else part
        match = _SIZE.search(text) if isinstance(text, bytes) else None
        if match:
            uid, size = (match[1], match[2]) if match[1] else (match[4], match[3])
            found[int(uid)] = int(size)
    return found


def _fetch(server: imaplib.IMAP4, uid: int, size: int | None) -> bytes | None:
    """Return a message; None for one that is too big, or was deleted meanwhile."""
    if size is None or size > MAX_MESSAGE:
        return None
    _, answer = server.uid("FETCH", str(uid), "(BODY.PEEK[])")
    for part in answer:
        if isinstance(part, tuple) and isinstance(part[1], bytes):
            return part[1]
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leave(server: imaplib.IMAP4 | None) -> None:
    """End a connection, whatever state it is in."""
    if server is None:
        return
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        server.shutdown()
