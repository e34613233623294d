"""Where a domain keeps its calendars: SRV and TXT records of `_caldavs._tcp` (RFC 6764, RFC 2782).

The system's name servers are asked. Whatever goes wrong means that there is no such record: the well-known address is tried
then. What a record names is only ever reached through the guarded client.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from dns.asyncresolver import Resolver
from dns.exception import DNSException

SECONDS = 2.0
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Service:
    """Where a domain's calendars are; `path` is "" where nothing is said about it."""

    host: str
    port: int
    path: str


FindService = Callable[[str], Awaitable[Service | None]]
"""(domain): where its calendars are, None if it does not say."""


def system_resolver() -> Resolver:
    """Return a resolver that asks this machine's name servers, and does not make people wait."""
    found = Resolver()
    found.lifetime = SECONDS
    return found


async def find_caldav(domain: str, resolver: Callable[[], Resolver] | None = None) -> Service | None:
    """Return where `domain` says that its calendars are, over TLS; None if it does not."""
    name = f"_caldavs._tcp.{domain.lower().rstrip('.')}"
    if not _HOST.fullmatch(name):
        return None
    try:
        asked = (resolver or system_resolver)()
        records = [
            (record.priority, -record.weight, record.target.to_text(omit_final_dot=True).lower(), record.port)
            for record in await asked.resolve(f"{name}.", "SRV")
        ]
    except (DNSException, OSError):
        return None
    # "." says that there is no such service.
    found = sorted(record for record in records if _HOST.fullmatch(record[2]))
    if not found:
        return None
    _, _, host, port = found[0]
    return Service(host, port, await _path_of(asked, name))


async def _path_of(asked: Resolver, name: str) -> str:
    """Return where on the server the calendars begin, if a TXT record says so."""
    try:
        records = await asked.resolve(f"{name}.", "TXT")
        return _path(part.decode() for record in records for part in record.strings)
    except (DNSException, OSError, UnicodeDecodeError):
        return ""


def _path(texts: Iterable[str]) -> str:
    return next((text[5:] for text in texts if text.lower().startswith("path=/") and text.isprintable()), "")
