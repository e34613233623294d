"""Credentials in addresses never reach the log: element tokens (`et`), codes, and secrets that SDKs put into queries.

We log no requests ourselves. Libraries may, at their most talkative, and operators may turn on access logs.
"""

from __future__ import annotations

import logging
import re

_NAMES = "et|bearer_token|access_token|refresh_token|client_secret|link_token|code|code_verifier|token"
_IN_QUERY = re.compile(rf"([?&](?:{_NAMES})=)[^&\s\"'<>]+", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return `text` with the values of secret query parameters as `***`."""
    return _IN_QUERY.sub(r"\1***", text)


class RedactingFilter(logging.Filter):
    """For handlers: takes secrets out of the message and of every argument that is text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        message = record.getMessage()
        clean = redacted(message)
        if clean != message:
            record.msg, record.args = clean, None
        return True
