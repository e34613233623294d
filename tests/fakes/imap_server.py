"""A small IMAP server (RFC 3501) with one mailbox on a loopback port: what a reader that changes nothing needs.

LOGIN, EXAMINE, UID SEARCH (SINCE, UID ranges), UID FETCH (RFC822.SIZE, BODY.PEEK[]), LOGOUT. Anything else is refused, so
a reader that would flag or delete something fails.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_COMMAND = re.compile(r"(\S+) (?:UID )?(\w+)(?: (.*))?", re.IGNORECASE)


@dataclass
class ImapServer:
    port: int = 0
    password: str = 'se"cr\\et'
    uid_validity: int = 7
    next_uid: int = 1
    messages: dict[int, bytes] = field(default_factory=dict)
    sessions: int = 0
    # Ends connections instead of answering to FETCH.
    is_broken: bool = False

    @property
    def url(self) -> str:
        return f"imap://meetings%40example.com:se%22cr%5Cet@127.0.0.1:{self.port}/INBOX"

    def deliver(self, message: bytes) -> int:
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.messages[uid] = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return uid

    def renumber(self, uid_validity: int) -> None:
        """Give every message another number, as a mailbox does that was moved."""
        held = list(self.messages.values())
        self.uid_validity, self.next_uid, self.messages = uid_validity, 1, {}
        for message in held:
            self.deliver(message)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        writer.write(b"* OK ready\r\n")
        with suppress(ConnectionError):
            while line := (await reader.readline()).decode():
                match = _COMMAND.fullmatch(line.rstrip("\r\n"))
                assert match is not None, line
                tag, name, rest = match[1], match[2].upper(), match[3] or ""
                if name == "FETCH" and self.is_broken:
                    break
                for answer in self.answer(name, rest, is_uid=" UID " in line.upper()[: len(tag) + 5]):
                    writer.write(answer if answer.startswith((b"* ", b"+")) else tag.encode() + b" " + answer)
                await writer.drain()
                if name == "LOGOUT":
                    break
        writer.close()

    def answer(self, name: str, rest: str, *, is_uid: bool) -> list[bytes]:
        if name == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1\r\n", b"OK done\r\n"]
        if name == "LOGIN":
            quoted = self.password.replace("\\", "\\\\").replace('"', '\\"')
            if rest == f'meetings@example.com "{quoted}"':
                return [b"OK in\r\n"]
            return [b"NO [AUTHENTICATIONFAILED] wrong " + rest.encode() + b"\r\n"]
        if name == "EXAMINE":
            if rest != '"INBOX"':
                return [b"NO no such mailbox\r\n"]
            state = (len(self.messages), self.uid_validity, self.next_uid)
            return [
                b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % state,
                b"OK [READ-ONLY]\r\n",
            ]
        if name == "LOGOUT":
            return [b"* BYE\r\n", b"OK bye\r\n"]
        if not is_uid or name not in ("SEARCH", "FETCH"):
            return [b"BAD this reader was not to do that\r\n"]
        return self.search(rest) if name == "SEARCH" else self.fetch(rest)

    def search(self, what: str) -> list[bytes]:
        found = sorted(self.messages)
        if match := re.fullmatch(r"UID (\d+):\*", what):
            # "*" is the newest message, whichever side of the range it is on.
            found = [uid for uid in found if uid >= int(match[1])] or found[-1:]
        elif not re.fullmatch(r"SINCE \d{1,2}-[A-Z][a-z]{2}-\d{4}", what):
            return [b"BAD search\r\n"]
        return [b"* SEARCH" + b"".join(b" %d" % uid for uid in found) + b"\r\n", b"OK done\r\n"]

    def fetch(self, what: str) -> list[bytes]:
        uids, items = what.split(" ", 1)
        answers = []
        for number, uid in enumerate(sorted(self.messages), 1):
            if str(uid) not in uids.split(","):
                continue
            body = self.messages[uid]
            if items == "(UID RFC822.SIZE)":
                answers.append(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, uid, len(body)))
            elif items == "(BODY.PEEK[])":
                answers.append(b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, uid, len(body), body))
            else:
                return [b"BAD fetch\r\n"]
        return [*answers, b"OK done\r\n"]


@asynccontextmanager
async def imap_server() -> AsyncIterator[ImapServer]:
    """Run a server while the block runs."""
    imap = ImapServer()
    server = await asyncio.start_server(imap.serve, "127.0.0.1", 0)
    imap.port = server.sockets[0].getsockname()[1]
    try:
        yield imap
    finally:
        server.close()
