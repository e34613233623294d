"""Where an application may be sent back to (RFC 6749 section 3.1.2, RFC 8252 section 7.3, RFC 9700 section 2.1).

Addresses are compared as text. Two things are looser: a registered host may begin with `*.`, which stands for one or more
labels, and the port of an address with a loopback IP may be any (programs on a desk listen where they can).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlencode, urlsplit

from convene.core.errors import Invalid

MAX_LENGTH = 2000
_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_LABELS = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+")
_REFUSED = set(' \\<>"')


def checked_redirect_uri(text: str, field: str = "redirect_uri") -> str:
    """Return an absolute address without a fragment: https, or http to this very machine.

    The host may begin with `*.` above a name of at least two labels. Raises `Invalid` naming `field`.
    """
    parts = _split(text)
    if parts is None:
        raise Invalid(
            field,
            f"{field} must be a whole address without fragment, user name and spaces, not {text[:200]!r}.",
        )
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(host)):
        raise Invalid(field, f"{field} must use https (http only for localhost, 127.0.0.1 and [::1]).")
    if "*" in text and (not host.startswith("*.") or host.count(".") < 2 or text.count("*") > 1):
        raise Invalid(
            field, f"{field} may have a wildcard only in front of its host: https://*.example.com/back."
        )
    return text


def matches(registered: Iterable[str], given: str) -> bool:
    """Tell whether `given` is one of the registered addresses."""
    parts = _split(given)
    return parts is not None and "*" not in given and any(_match(one, given, parts) for one in registered)


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address that was matched."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def with_answer(address: str, answer: Mapping[str, str]) -> str:
    """Return the address with the members of an authorization answer in its query (RFC 6749 section 4.1.2)."""
    query = urlencode({name: value for name, value in answer.items() if value})
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _split(text: str) -> SplitResult | None:
    if (
        not text.isascii()
        or not text.isprintable()
        or len(text) > MAX_LENGTH
        or _REFUSED & set(text)
        or "#" in text
    ):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        if parts.port is not None and parts.port < 1:
            return None
    except ValueError:
        return None
    sound = _HOST.fullmatch(host) is not None or _loopback_ip(host)
    # The authority is written as browsers read it: in lower case, without a user name, the colon only with a port.
    name = f"[{host}]" if ":" in host else host
    plain = name if parts.port is None else f"{name}:{parts.port}"
    return parts if sound and text.startswith(f"{parts.scheme}://{plain}") and parts.netloc == plain else None


def _match(registered: str, given: str, parts: SplitResult) -> bool:
    if registered == given:
        return True
    known = _split(registered)
    if known is None or known.scheme != parts.scheme or _rest(registered, known) != _rest(given, parts):
        return False
    host, wanted = parts.hostname or "", known.hostname or ""
    if wanted == host:
        return parts.scheme == "http" and _loopback_ip(host)
    below = host.removesuffix(wanted[2:])
    return (
        wanted.startswith("*.")
        and known.port == parts.port
        and below != host
        and _LABELS.fullmatch(below) is not None
    )


def _rest(text: str, parts: SplitResult) -> str:
    """Return what follows the authority, as it was written."""
    return text[len(f"{parts.scheme}://{parts.netloc}") :]


def _loopback_ip(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    return host == "localhost" or _loopback_ip(host)
