"""Everything that stands in front of the handlers, in its order."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI

from convene.edge.addresses import HeadMiddleware, SoundAddressMiddleware
from convene.edge.call_rates import CallRateMiddleware
from convene.edge.cors import CorsMiddleware
from convene.edge.csrf import CsrfMiddleware
from convene.edge.limits import AllowedHostsMiddleware, BodyLimitMiddleware
from convene.edge.security_headers import SecurityHeadersMiddleware


def install(app: FastAPI, *, base_url: str, allowed_hosts: Iterable[str] = ()) -> None:
    """Protect `app`. Call it once, after other middleware was added.

    Args:
        base_url: the installation's public address; its host is allowed, its origin is our own.
        allowed_hosts: further host names that the server answers to.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    hosts = [f"[{host}]" if ":" in host else host, *allowed_hosts]
    # Added last runs first: headers go on every answer, also on refusals.
    app.add_middleware(CallRateMiddleware)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(SoundAddressMiddleware)
    app.add_middleware(CsrfMiddleware, own_origin=f"{parts.scheme}://{parts.netloc}")
    app.add_middleware(CorsMiddleware)
    app.add_middleware(AllowedHostsMiddleware, hosts=hosts)
    app.add_middleware(SecurityHeadersMiddleware, base_url=base_url)
