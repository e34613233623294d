"""Settings of mail: the relay that sends it, what it comes from, and the mailbox that answers come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from convene.core.errors import Invalid
from convene.core.people import checked_email
from convene.providers.imap_mailbox import MailboxAddress
from convene.providers.smtp_mail import Relay
from convene.security.sealing import Secret
from convene.settings.values import between, is_loopback

MAX_LOCAL = 31
"""Characters of the sender's mailbox where answers are read: a sign and 32 characters are added, of 64 at most."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Without `smtp` no mail is sent, without `imap` none is read. `timeout_seconds` holds for each step of either."""

    smtp: Relay | None = None
    sender: str = ""
    imap: MailboxAddress | None = None
    timeout_seconds: int = 30


def _parts(text: str, schemes: tuple[str, str], example: str) -> SplitResult:
    """Return an address taken apart. `schemes`: without and with TLS from the start."""
    try:
        parts: SplitResult = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"must be an address such as {example}.") from None
    # The address itself is not repeated: it has a password in it.
    if parts.scheme not in schemes or not parts.hostname or port == 0 or parts.query or parts.fragment:
        raise ValueError(f"must be an address such as {example}.")
    if bool(parts.username) != bool(parts.password):
        raise ValueError(f"must have user name and password, or neither, as in {example}.")
    return parts


def _needs_starttls(parts: SplitResult, tls: str) -> bool:
    """Whether nothing may be told without TLS: passwords may not, but to this very machine."""
    return parts.scheme != tls and bool(parts.username) and not is_loopback(parts.hostname or "")


def smtp_relay(text: str) -> Relay | None:
    if not text:
        return None
    example = "smtps://user:password@mail.example.com"
    parts = _parts(text, ("smtp", "smtps"), example)
    if parts.path not in ("", "/"):
        raise ValueError(f"must have no path, as in {example}.")
    is_tls = parts.scheme == "smtps"
    return Relay(
        parts.hostname or "",
        parts.port or (465 if is_tls else 587),
        is_tls,
        _needs_starttls(parts, "smtps"),
        unquote(parts.username or ""),
        Secret(unquote(parts.password or "")),
    )


def imap_mailbox(text: str) -> MailboxAddress | None:
    if not text:
        return None
    example = "imaps://user:password@mail.example.com/INBOX"
    parts = _parts(text, ("imap", "imaps"), example)
    if not parts.username:
        raise ValueError(f"must name whose mailbox it is, as in {example}.")
    is_tls = parts.scheme == "imaps"
    return MailboxAddress(
        parts.hostname or "",
        parts.port or (993 if is_tls else 143),
        unquote(parts.username),
        Secret(unquote(parts.password or "")),
        unquote(parts.path.strip("/")) or "INBOX",
        is_tls,
        _needs_starttls(parts, "imaps"),
    )


def sender(text: str) -> str:
    try:
        return checked_email(text) if text else ""
    except Invalid:
        raise ValueError(f"must be an e-mail address such as meetings@example.com, not {text!r}.") from None


seconds = between(1, 300)


def together(mail: MailSettings, complain: Callable[[str], None]) -> MailSettings:
    """Return the settings; complain about what does not go together."""
    local = mail.sender.partition("@")[0]
    if mail.smtp is not None and not mail.sender:
        complain(
            "CONVENE_MAIL_FROM must name the address that mail comes from, such as meetings@example.com."
        )
    if mail.imap is not None and mail.smtp is None:
        complain("CONVENE_IMAP_URL reads answers to invitations; set CONVENE_SMTP_URL too, which sends them.")
    if mail.imap is not None and (len(local) > MAX_LOCAL or "+" in local):
        complain(
            f"CONVENE_MAIL_FROM may have at most {MAX_LOCAL} characters before the @, and no +, where "
            "CONVENE_IMAP_URL is set: each answer comes to an address of its own, such as meetings+…@example.com."
        )
    return mail
