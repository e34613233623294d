"""Sending mail through the relay that the administrator named (RFC 5321, STARTTLS by RFC 3207).

One connection per message, in a thread: the standard library's client blocks. The relay signs (DKIM) and delivers. It is
the administrator's own choice, so its address is not checked like one that a stranger typed.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from dataclasses import dataclass

from convene.ports.mail import MailDelayed, MailRefused, MailUnknown
from convene.security.sealing import Secret

TIMEOUT_SECONDS = 30.0
_MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server. `is_tls` is TLS from the start, `needs_starttls` TLS before anything is said; `hostname` is what we
    call ourselves."""

    host: str
    port: int
    is_tls: bool
    needs_starttls: bool
    username: str = ""
    password: Secret | None = None
    hostname: str = "localhost"


class SmtpMailSender:
    """Implements `ports.mail.MailSender`. Without a relay nothing can be sent."""

    def __init__(self, relay: Relay | None, timeout: float = TIMEOUT_SECONDS) -> None:
        self._relay = relay
        self._timeout = timeout

    @property
    def is_configured(self) -> bool:
        return self._relay is not None

    async def send(self, sender: str, recipient: str, message: bytes) -> None:
        await asyncio.to_thread(self._send, sender, recipient, message)

    async def check(self) -> None:
        """Connect and sign in, and send nothing. Raises `MailDelayed` with what is wrong."""
        await asyncio.to_thread(lambda: _leave(self._connected()))

    def _send(self, sender: str, recipient: str, message: bytes) -> None:
        server = self._connected()
        try:
            self._hand_over(server, sender, recipient, message)
        finally:
            _leave(server)

    def _connected(self) -> smtplib.SMTP:
        """Return a connection that is ready for a message."""
        relay = self._relay
        if relay is None:
            raise MailDelayed("No mail server is configured (CONVENE_SMTP_URL).")
        server: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context()
            if relay.is_tls:
                server = smtplib.SMTP_SSL(
                    relay.host, relay.port, relay.hostname, timeout=self._timeout, context=context
                )
            else:
                server = smtplib.SMTP(relay.host, relay.port, relay.hostname, timeout=self._timeout)
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                    server.ehlo()
                elif relay.needs_starttls:
                    raise MailDelayed(
                        f"{relay.host} does not offer STARTTLS, without which mail and password could be read on "
                        "the way."
                    )
            server.ehlo_or_helo_if_needed()
            if relay.username:
                server.login(relay.username, relay.password.reveal() if relay.password else "")
        except MailDelayed:
            _leave(server)
            raise
        except smtplib.SMTPAuthenticationError as error:
            _leave(server)
            raise MailDelayed(f"{relay.host} refuses our user name and password: {_reason(error)}") from None
        except ssl.SSLError as error:
            _leave(server)
            raise MailDelayed(f"No secure connection to {relay.host}: {error.reason or error}") from None
        except (smtplib.SMTPException, OSError) as error:
            _leave(server)
            raise MailDelayed(f"{relay.host}:{relay.port} cannot be used: {_reason(error)}") from None
        return server

    def _hand_over(self, server: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> None:
        try:
            _expect(*server.mail(sender))
            _expect(*server.rcpt(recipient))
            code, reply = server.docmd("DATA")
            if code != 354:
                _expect(code, reply)
                raise MailDelayed(f"The mail server answered {code} to DATA.")
        except (smtplib.SMTPException, OSError) as error:
            raise MailDelayed(f"The mail server broke off: {_reason(error)}") from None
        try:
            server.send(_transparent(message) + b".\r\n")
            code, reply = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnknown(
                f"The connection ended before the mail server answered: {_reason(error)}"
            ) from None
        _expect(code, reply)


def _transparent(message: bytes) -> bytes:
    """Return the message so that no line of it is the end of the data (RFC 5321 section 4.5.2)."""
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended)


def _expect(code: int, reply: bytes) -> None:
    """Pass over 2xx; raise what a refusal means (RFC 5321 section 4.2.1)."""
    if 200 <= code < 300:
        return
    told = f"{code} {_text(reply)}"
    if 500 <= code < 600:
        raise MailRefused(f"The mail server refused it: {told}")
    raise MailDelayed(f"The mail server put it off: {told}")


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {_text(reply if isinstance(reply, bytes) else str(reply).encode())}"
    return (str(error) or type(error).__name__)[:_MAX_REASON]


def _text(reply: bytes) -> str:
    words = reply.decode("utf-8", "replace").split()
    return "".join(char for char in " ".join(words) if char.isprintable())[:_MAX_REASON]


def _leave(server: smtplib.SMTP | None) -> None:
    """End a connection, whatever state it is in."""
    if server is None:
        return
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
