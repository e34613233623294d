"""Plain text from outside: no control characters, no direction overrides, sane line ends."""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain_text(value: str) -> str:
    """Return `value` with `\\n` line ends; raise `ValueError` on control characters other than tab and line end."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    for char in text:
        if char in _BIDI or (char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs")):
            raise ValueError(f"contains the character U+{ord(char):04X}, which is not allowed")
    return text.strip()


def one_line(value: str) -> str:
    """Return `value` as one line; raise `ValueError` as `plain_text` does."""
    return " ".join(plain_text(value).split())
