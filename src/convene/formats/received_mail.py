"""Mail that was received: who sent it, to which of our addresses, and the answer to an invitation in it (RFC 6047).

Strangers write it, so this runs in the parser process. What the head says of its sender proves nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

from convene.formats.content_lines import decode
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.invitation_reply import read_reply
from convene.formats.parser_messages import ParsedMail

MAX_PARTS, MAX_ADDRESSES = 50, 100
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To")
_CALENDARS = frozenset({"text/calendar", "application/ics"})


class NotMail(CalendarRefused):
    """A message that cannot be read."""

    def __init__(self) -> None:
        super().__init__("unreadable", "The message cannot be read.")


def read_mail(raw: str) -> ParsedMail:
    """Return what a message says. `raw` has a character for each byte. Its answer is None if it has none."""
    try:
        message = message_from_bytes(raw.encode("latin-1"), policy=default)
        assert isinstance(message, EmailMessage)
        senders = _addresses(message, ("From",))
        found = ParsedMail(
            sender=senders[0] if len(senders) == 1 else "",
            recipients=_addresses(message, _TO),
            is_disowned=_is_disowned(message),
        )
        text = _calendar(message)
    except (MessageError, ValueError, LookupError, AttributeError, RecursionError, AssertionError) as error:
        raise NotMail from error
    if text is None:
        return found
    try:
        return ParsedMail(found.sender, found.recipients, found.is_disowned, read_reply(text))
    except CalendarRefused:  # an invitation of somebody else, say
        return found


def _addresses(message: EmailMessage, names: tuple[str, ...]) -> list[str]:
    """Return the addresses of these headers, in lower case, each once."""
    values = [str(value) for name in names for value in message.get_all(name, [])]
    found = [address.strip().lower() for _, address in getaddresses(values[:MAX_ADDRESSES])]
    return list(dict.fromkeys(address for address in found if "@" in address))[:MAX_ADDRESSES]


def _is_disowned(message: EmailMessage) -> bool:
    """Whether our own mail server found that the sender's domain did not send it (RFC 8601): the topmost result, since
    those below were there when the message arrived."""
    results = message.get_all("Authentication-Results", [])
    return bool(results) and "dmarc=fail" in "".join(str(results[0]).lower().split())


def _calendar(message: EmailMessage) -> str | None:
    for part in _parts(message):
        if part.get_content_type() in _CALENDARS:
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset() or "utf-8"
                return (
                    decode(payload)
                    if charset in ("utf-8", "us-ascii")
                    else payload.decode(charset, "replace")
                )
    return None


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            return
        if isinstance(part, EmailMessage):
            yield part
