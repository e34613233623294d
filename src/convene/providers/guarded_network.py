"""The network floor below the HTTP client: looks a name up once, judges every address, connects to a judged one.

TLS keeps the original name, so certificates are checked against what the person typed. Nothing here looks a name up
a second time, so an answer that changes between check and connection changes nothing.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio
import httpcore

from convene.ports.calendars import ProviderError
from convene.providers.address_rules import AllowedTargets, is_denied

Resolver = Callable[[str, int], Awaitable[list[str]]]
PUBLIC_PORTS = frozenset({443, 8443})


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host in the system's order of preference; raises `ProviderError`."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProviderError("temporary", "host_not_found", f"The host {host} was not found.") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only where people's addresses may lead.

    Args:
        allowed: the operator's exceptions.
        is_plain: serve unencrypted connections, which may go to the operator's exceptions only.
        resolver, connector: for tests; the system's by default.
    """

    def __init__(
        self,
        allowed: AllowedTargets,
        *,
        is_plain: bool = False,
        resolver: Resolver = resolve,
        connector: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allowed = allowed
        self._is_plain = is_plain
        self._resolver = resolver
        self._connector = connector or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with anyio.move_on_after(timeout):
            addresses = await self._checked(host, port)
            return await self._connect_first(host, addresses, port, timeout, socket_options)
        raise httpcore.ConnectTimeout(f"connecting to {host} took too long")

    async def _connect_first(
        self, host: str, addresses: list[str], port: int, seconds: float | None, options: Iterable[Any] | None
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._connector.connect_tcp(address, port, seconds, None, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _checked(self, host: str, port: int) -> list[str]:
        addresses = await self._resolver(host, port)
        for address in addresses:
            if self._allowed.permits(host, address):
                continue
            # One bad address condemns the name: which one is taken would be the attacker's choice.
            if self._is_plain or is_denied(address):
                raise ProviderError("permanent", "host_refused", _refusal(host, is_plain=self._is_plain))
            if port not in PUBLIC_PORTS:
                raise ProviderError(
                    "permanent",
                    "port_refused",
                    f"Only the ports 443 and 8443 are allowed for {host}. The operator may allow this host by name.",
                )
        if not addresses:
            raise ProviderError("temporary", "host_not_found", f"The host {host} has no address.")
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise ProviderError("permanent", "host_refused", "Local sockets are no place to connect to.")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def _refusal(host: str, *, is_plain: bool) -> str:
    if is_plain:
        return f"Use https: {host} may not be reached without encryption."
    return f"The address of {host} is not allowed. If it is yours, ask the operator of this installation to allow it."


def guarded_pool(
    allowed: AllowedTargets,
    *,
    is_plain: bool,
    ssl_context: ssl.SSLContext,
    resolver: Resolver = resolve,
    connector: httpcore.AsyncNetworkBackend | None = None,
) -> httpcore.AsyncConnectionPool:
    """Return a pool whose every connection passes `GuardedBackend`. No proxy, no environment."""
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl_context,
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=20,
        http1=True,
        http2=False,
        network_backend=GuardedBackend(allowed, is_plain=is_plain, resolver=resolver, connector=connector),
    )
