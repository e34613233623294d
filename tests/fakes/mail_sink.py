"""A real SMTP server (aiosmtpd) on a loopback port that keeps what it takes, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from icalendar import Calendar, Event

_SECRET = re.compile(r"\+([0-9a-v]{32})@")


@dataclass(frozen=True)
class Taken:
    """A message as it arrived."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")

    @property
    def icalendar(self) -> str:
        """The object that calendar programs act on; empty without one."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                return payload.decode()
        return ""

    @property
    def event(self) -> Event:
        [event] = Calendar.from_ical(self.icalendar).walk("VEVENT")
        return event

    @property
    def method(self) -> str:
        return str(Calendar.from_ical(self.icalendar)["METHOD"]) if self.icalendar else ""

    @property
    def answer_to(self) -> str:
        """The address for answers of calendar programs."""
        return str(self.event["ORGANIZER"]).removeprefix("mailto:")


@dataclass
class MailSink:
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    # Answers to RCPT TO, by address; what to answer to the whole message instead of taking it.
    refused: dict[str, str] = field(default_factory=dict)
    put_off: str = ""
    # Takes the next message and hangs up instead of saying so.
    is_mute: bool = False
    password: str = ""

    @property
    def url(self) -> str:
        user = f"convene:{self.password}@" if self.password else ""
        return f"smtp://{user}127.0.0.1:{self.port}"

    def to(self, recipient: str) -> list[Taken]:
        return [mail for mail in self.taken if mail.recipient == recipient]

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.put_off:
            return self.put_off
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            self.taken.append(Taken(str(envelope.mail_from), recipient, content))
        if self.is_mute:
            self.is_mute = False
            assert server.transport is not None
            server.transport.close()
        return "250 taken"


@asynccontextmanager
async def mail_sink(password: str = "") -> AsyncIterator[MailSink]:
    """Run a sink while the block runs."""
    sink = MailSink(password=password)

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        is_ours = (login.login, login.password) == (b"convene", sink.password.encode())
        return AuthResult(success=is_ours, handled=False)

    def protocol() -> SMTP:
        return SMTP(
            sink,
            hostname="127.0.0.1",
            loop=loop,
            authenticator=authenticate if password else None,
            # Not required: the library warns of asking for a password without TLS.
            auth_required=False,
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()
