"""How a page for visitors may look, and where it may send and stand: checks that name the field.

A colour has to be readable on white, an address is whole and plain, an origin is what a browser calls one (RFC 6454).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from convene.core.colors import ENOUGH, contrast, is_readable_on_white, parse_hex
from convene.core.errors import Invalid
from convene.core.local_dates import LANGUAGES

MAX_URL = 2000


def checked_accent(text: str, field: str) -> str:
    """Return an accent colour as `#rrggbb`, "" for none; raise `Invalid` for one that cannot be read on white."""
    if not text:
        return ""
    color = parse_hex(text)
    if color is None:
        raise Invalid(field, f"{field} must be a colour such as #0f6a5d.")
    if not is_readable_on_white(color):
        ratio = contrast(color, "#ffffff")
        told = f"{field}: its contrast with white is {ratio:.1f}:1 and must be {ENOUGH}:1. Darken it."
        raise Invalid(field, told)
    return color


def checked_language(text: str, field: str) -> str:
    """Return the language of a locale, "" for the visitor's own; raise `Invalid` for one that pages do not speak."""
    language = text.partition("-")[0].lower()
    if language and language not in LANGUAGES:
        raise Invalid(field, f"{field} must be empty or one of: {', '.join(LANGUAGES)}.")
    return language


def check_address(text: str, field: str, schemes: Sequence[str]) -> None:
    """Raise `Invalid` unless `text` is a whole address of one of the schemes, without a name and password in it."""
    try:
        parts = urlsplit(text)
        is_fine = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_fine = False
    if not is_fine or len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid(field, f"{field} must be a whole {' or '.join(schemes)} address.")


def check_origin(text: str, field: str) -> None:
    """Raise `Invalid` unless `text` is an origin: scheme, host and perhaps a port."""
    if not _is_origin(text):
        raise Invalid(field, f"{field} must be an origin such as https://example.com.")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    is_plain = bool(host) and host.isascii() and all(char.isalnum() or char in ".-" for char in host)
    rebuilt = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    return is_plain and parts.scheme in ("https", "http") and text.lower() == rebuilt
