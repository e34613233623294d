"""Where calendar services reach this installation to tell of changes."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from convene.settings import values

_INSIDE = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".example", ".invalid")


def address(base_url: str | None) -> Callable[[str], str | None]:
    """Return the parser of CONVENE_PUSH_URL: the address, None for `off`. Empty means `base_url`, if it is public."""

    def parse(text: str) -> str | None:
        if text.lower() == "off":
            return None
        if not text:
            return base_url if base_url and is_public(base_url) else None
        try:
            found = values.base_url(text)
        except ValueError:
            found = ""
        if not found.startswith("https://"):
            raise ValueError(
                "must be an https address that the whole internet can reach, such as https://convene.example.com, or off."
            )
        return found

    return parse


def is_public(url: str) -> bool:
    """Tell whether services elsewhere may be able to reach an address: https, and no name of a private network."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or values.is_loopback(host):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_INSIDE)
