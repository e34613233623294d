"""Credentials in addresses never reach the log: element tokens (`et`), codes, secrets that SDKs put into queries, and the
tokens of booking links, their guests, calendar feeds and files.

We log no requests ourselves. Libraries may, at their most talkative, and operators may turn on access logs.
"""

from __future__ import annotations

import logging
import re

_NAMES = "et|bearer_token|access_token|refresh_token|client_secret|link_token|code|code_verifier|token"
# Also in an address that stands, encoded, in the query of another one (`?next=`).
_IN_QUERY = re.compile(rf"((?:[?&]|%3F|%26)(?:{_NAMES})(?:=|%3D))(?:(?!%26)[^&\s\"'<>])+", re.IGNORECASE)
_IN_PATH = re.compile(
    r"((?<!/v1)/(?:book/manage|book|feeds|attachments|rts|real_time_scheduling|add_to_calendar/scheduling)/)[A-Za-z0-9_-]{20,}"
)


def redacted(text: str) -> str:
    """Return `text` with the values of secret query parameters, and the tokens in paths, as `***`."""
    return _IN_PATH.sub(r"\1***", _IN_QUERY.sub(r"\1***", text))


class RedactingFilter(logging.Filter):
    """For handlers: takes secrets out of the message and of every argument that is text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        message = record.getMessage()
        clean = redacted(message)
        if clean != message:
            record.msg, record.args = clean, None
        return True
