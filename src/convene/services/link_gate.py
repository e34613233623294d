"""How often public booking pages may be asked: per link, and per network they are asked from.

Tries at unknown links count like any other, so nobody can guess faster than they could look.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from convene.core.errors import RateLimited
from convene.ports.runtime import Clock
from convene.storage import rate_limits
from convene.storage.database import Database
from convene.storage.rate_limits import Limit

# Half a minute's worth per minute on average, and room for everybody who opens a link as it arrives.
VIEWS_OF_LINK = Limit(300, 600)
VIEWS_FROM_NETWORK = Limit(120, 60)
ATTEMPTS_FROM_NETWORK = Limit(30, 60)
NOTICES_OF_LINK = Limit(5, 3600)


class LinkGate:
    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self.clock = clock

    async def view(self, ip: str) -> None:
        """Count a look at any page from here; raise `RateLimited` when there were too many."""
        await self._take(f"book:ip:{network_of(ip)}", VIEWS_FROM_NETWORK)

    async def view_link(self, link_id: str) -> None:
        """Count a look at one link's times."""
        await self._take(f"book:link:{link_id}", VIEWS_OF_LINK)

    async def attempt(self, ip: str) -> None:
        """Count a form that was sent from here."""
        await self._take(f"book:try:{network_of(ip)}", ATTEMPTS_FROM_NETWORK)

    async def notice(self, link_id: str) -> None:
        """Count a message to the link's application that no time suits."""
        await self._take(f"book:notice:{link_id}", NOTICES_OF_LINK)

    async def _take(self, bucket: str, limit: Limit) -> None:
        async with self.db.transaction() as conn:
            wait = await rate_limits.take(conn, bucket, limit, self.clock())
        if wait:
            raise RateLimited("Too many visits in a short time.", retry_after_seconds=wait)


def network_of(ip: str) -> str:
    """Return the network that an address counts with: /24 of IPv4, /56 of IPv6."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
