"""Which network addresses this installation may be made to connect to by what people type.

The tables are our own, because the standard library's change between patch releases and call several translated
inside addresses global. Addresses that carry an IPv4 address (RFC 4291 2.5.5, RFC 3056, RFC 4380, RFC 6052, RFC 8215)
are judged by that one too.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DENIED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_DENIED_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def inner_addresses(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address carries."""
    found: list[IPv4Address] = []
    low = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        found.append(low)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found += address.teredo
    return found


def is_denied(text: str) -> bool:
    """Tell whether no request made on somebody's behalf may go to this address. What is no address is denied."""
    try:
        address = ip_address(text)
    except ValueError:
        return True
    if isinstance(address, IPv4Address):
        return any(address in network for network in _DENIED_V4)
    if address.scope_id is not None:
        return True
    if any(is_denied(str(inner)) for inner in inner_addresses(address)):
        return True
    return address not in _GLOBAL_V6 or any(address in network for network in _DENIED_V6)


def _canonical(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class AllowedTargets:
    """The operator's exact exceptions: host names, addresses and networks (CIDR).

    A name allows that name alone, wherever it resolves to; a network allows its addresses under any name.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[Network] = []
        for entry in entries:
            text = entry.strip().lower().rstrip(".")
            if not text:
                continue
            try:
                self._networks.append(ip_network(text.strip("[]"), strict=False))
            except ValueError:
                self._hosts.add(text)

    def names(self, host: str) -> bool:
        """Tell whether the operator listed this very host name."""
        return host.lower().rstrip(".") in self._hosts

    def permits(self, host: str, text: str) -> bool:
        """Tell whether the operator allowed to reach this address under this host name."""
        if self.names(host):
            return True
        try:
            address = _canonical(ip_address(text))
        except ValueError:
            return False
        return any(address in network for network in self._networks)
