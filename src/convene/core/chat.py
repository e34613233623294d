"""What people may say and how conversations are named: the chat's rules without a database.

Bodies are plain text. Whoever shows them escapes them; nothing here or elsewhere reads markup out of them.
"""

from __future__ import annotations

import re
import unicodedata

from convene.core.errors import Invalid
from convene.core.people import checked_line

LONGEST_BODY = 8000
LONGEST_CHANNEL_NAME = 80
LONGEST_TOPIC = 250
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
# Letters and digits of any script, with single marks between them.
_CHANNEL = re.compile(r"\w+([ ._-]\w+)*")


def checked_body(text: str, field: str = "body") -> str:
    """Return a message's text: 1 to 8000 characters, outer white space removed, line ends as `\\n`.

    Raises `Invalid` for control characters other than line end and tab, and for text that is not Unicode.
    """
    body = text.replace("\r\n", "\n").strip()
    for char in body:
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs"):
            raise Invalid(field, f"{field} must not contain control characters such as U+{ord(char):04X}.")
    if not body:
        raise Invalid(field, f"{field} must not be empty.")
    if len(body) > LONGEST_BODY:
        raise Invalid(
            field,
            f"{field} must have at most {LONGEST_BODY} characters; this has {len(body)}. Send it in parts.",
        )
    return body


def checked_nonce(text: str, field: str = "client_nonce") -> str:
    """Return the sender's own name for a message, by which a repeated send is recognised."""
    if not _NONCE.fullmatch(text):
        raise Invalid(field, f"{field} must have 8 to 64 letters, digits, - or _; a UUID is a good choice.")
    return text


def checked_channel_name(text: str, field: str = "name") -> str:
    """Return a channel's name without its leading `#`."""
    name = checked_line(text.strip().removeprefix("#"), field, max_length=LONGEST_CHANNEL_NAME, required=True)
    if not _CHANNEL.fullmatch(name):
        raise Invalid(
            field, f"{field} is made of letters and digits, with single spaces, dots or hyphens between."
        )
    return name


def checked_topic(text: str, field: str = "topic") -> str:
    """Return what a channel is about: one line, possibly empty."""
    return checked_line(text, field, max_length=LONGEST_TOPIC)


def dm_key(first: str, second: str) -> str:
    """Return the name under which the one conversation of two people is found, whoever asks."""
    if first == second:
        raise Invalid("with", "Choose somebody else: a direct conversation has two people.")
    return " ".join(sorted((first, second)))


def other_of(key: str, account_id: str) -> str:
    """Return whom `account_id` talks to in the direct conversation named `key`."""
    first, _, second = key.partition(" ")
    return second if first == account_id else first
