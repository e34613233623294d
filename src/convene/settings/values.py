"""How the text of each setting becomes a value. A parser raises `ValueError` that continues the setting's name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from convene.security.sealing import SealingKey, Secret

LOG_LEVELS = ("debug", "info", "warning", "error")
DEFAULT_CONFERENCING_URL = "https://meet.jit.si/{room}"
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def local_url(host: str, port: int) -> str:
    """The address of this machine itself; a wildcard address is none that a browser can open."""
    name = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


def between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {text!r}.")
        return int(text)

    return parse


def port(text: str) -> int:
    return between(1, 65535)(text)


def web_address(text: str, example: str) -> str:
    parts = urlsplit(text)
    try:
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port or "@" in parts.netloc:
        raise ValueError(f"must be an address such as {example}, not {text!r}.")
    return text


def base_url(text: str) -> str:
    parts = urlsplit(web_address(text, "https://convene.example.com"))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"must be scheme and host only, such as https://convene.example.com, not {text!r}: "
            "Convene needs a host name of its own."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def service_url(text: str) -> str:
    return web_address(text, "https://accounts.google.com").rstrip("/")


def optional_url(text: str) -> str | None:
    return web_address(text, "https://convene.example.com").rstrip("/") if text else None


def database_url(text: str) -> Secret | None:
    if not text:
        return None
    # libpq also takes `host=… dbname=…`, for sockets the handier form.
    if not text.startswith(("postgresql://", "postgres://")) and not re.match(r"[a-z_]+\s*=", text):
        raise ValueError(
            "must be an address such as postgresql://user:password@host/database, or host=… dbname=…. "
            "Leave it empty to use the embedded database."
        )
    return Secret(text)


def programs(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser()
    if not (path / "postgres").is_file():
        raise ValueError(
            f"must be a directory with PostgreSQL's programs, such as /usr/lib/postgresql/15/bin; {text!r} is none."
        )
    return path


def keys(text: str) -> tuple[SealingKey, ...]:
    try:
        return tuple(SealingKey.parse(word) for word in words(text))
    except ValueError:
        raise ValueError(
            "must be the base64 text of 32 random bytes, several separated by commas with the newest first. "
            "Make one with: openssl rand -base64 32"
        ) from None


def hosts(text: str) -> tuple[str, ...]:
    for word in words(text):
        if not _HOST.fullmatch(word.lower()):
            raise ValueError(f"must list host names without port, separated by commas; {word!r} is none.")
    return tuple(word.lower() for word in words(text))


def networks(text: str) -> tuple[str, ...]:
    for word in words(text):
        try:
            ipaddress.ip_network(word)
        except ValueError:
            raise ValueError(
                f"must list addresses or networks such as 10.0.0.0/8; {word!r} is none."
            ) from None
    return tuple(words(text))


def targets(text: str) -> tuple[str, ...]:
    for word in words(text):
        try:
            ipaddress.ip_network(word)
        except ValueError:
            if not _HOST.fullmatch(word.lower()) or "/" in word:
                raise ValueError(
                    f"must list hosts or networks such as nas.example.com or 192.168.1.0/24; {word!r} is none."
                ) from None
    return tuple(words(text))


def conferencing(text: str) -> str:
    if text.lower() == "off":
        return ""
    if text.count("{room}") != 1 or not text.startswith("https://"):
        raise ValueError(
            f"must be an https address with {{room}} in it, such as {DEFAULT_CONFERENCING_URL}, or off; not {text!r}."
        )
    web_address(text.replace("{room}", "room"), DEFAULT_CONFERENCING_URL)
    return text


def log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}, not {text!r}.")
    return text.lower()
