"""Addresses of calendar feeds: what people paste, what is requested, and what may be shown of it afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

_LIKE_HTTPS = frozenset({"webcal", "webcals"})


def feed_address(text: str) -> str:
    """Return the address to request for what a person pasted: `webcal:` means https, and so does no scheme."""
    address = text.strip()
    scheme, separator, rest = address.partition("://")
    if not separator:
        return f"https://{address}"
    return f"https://{rest}" if scheme.lower() in _LIKE_HTTPS else address


def shown_address(text: str) -> str:
    """Return where a feed is without how to read it: its path and query are the secret."""
    try:
        parts = urlsplit(feed_address(text))
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}/…"
    except ValueError:
        return ""
