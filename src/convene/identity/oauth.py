"""OAuth applications and the tokens they hold for accounts, as the Cronofy-compatible surface knows them.

Tokens are opaque: `cva_…` for an hour, `cvr_…` until the authorization (its `family`) is revoked. Only hashes are kept.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from convene.core import people
from convene.core.errors import Invalid, NotFound
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.core.scopes import grants_of, parse_scope
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer, Secret
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import accounts, applications, audit, oauth
from convene.storage.database import Connection, Database

ACCESS_LIFETIME = timedelta(hours=1)
_SHAPE = re.compile(r"cva_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class IssuedClient:
    client_id: str
    client_secret: Secret


def secret_context(org_id: str, client_id: str) -> tuple[str, ...]:
    """Return what a sealed client secret is bound to."""
    return ("oauth_client", org_id, client_id, "secret")


def checked_redirect_uri(text: str, field: str = "redirect_uri") -> str:
    """Return an absolute address without a fragment (RFC 6749 section 3.1.2): https, or http to loopback."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        is_port_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise Invalid(field, f"{field} is not an address: {text!r}.") from None
    plain = text.isascii() and text.isprintable() and not set(text) & set(' \\<>"*')
    if not plain or not host or not is_port_fine or parts.fragment or "#" in text or "@" in parts.netloc:
        raise Invalid(field, f"{field} must be a whole address without fragment, user name and wildcard.")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return text
    raise Invalid(field, f"{field} must use https (http only for localhost, 127.0.0.1 and [::1]).")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class OAuth:
    """Use cases about applications and their tokens."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer

    async def create_client(self, caller: Caller, name: str, redirect_uris: Sequence[str]) -> IssuedClient:
        """Register an application of the caller's organisation; its secret is shown once."""
        caller.require("organization:manage")
        name = people.checked_name(name)
        uris = list(dict.fromkeys(checked_redirect_uri(uri) for uri in redirect_uris))
        client_id, secret = new_id("client"), new_secret("cvs_")
        async with self._db.transaction() as conn:
            await oauth.insert_client(
                conn,
                org_id=caller.org_id,
                client_id=client_id,
                name=name,
                redirect_uris=uris,
                now=self._clock(),
            )
            await applications.insert_secret(
                conn,
                org_id=caller.org_id,
                client_id=client_id,
                secret_id=new_id("secret"),
                secret=self._sealer.seal(secret, *secret_context(caller.org_id, client_id)),
                secret_hash=fingerprint(secret),
                now=self._clock(),
            )
            await audit.append(
                conn, caller, "client.created", now=self._clock(), target=client_id, detail={"name": name}
            )
        return IssuedClient(client_id, Secret(secret))

    async def issue(self, caller: Caller, client_id: str, account_id: str, scope: str) -> dict[str, Any]:
        """Authorize an application for an account; return the token answer (RFC 6749 section 5.1) with its profile.

        Raises `Invalid` for an unknown scope, `NotFound` for an application or account of another organisation.
        """
        caller.require("organization:manage")
        scopes = parse_scope(scope)
        async with self._db.transaction() as conn:
            client = await oauth.find_client(conn, client_id)
            if client is None or client.org_id != caller.org_id:
                raise NotFound(f"There is no application {client_id}.")
            account = await accounts.find_account(conn, caller.org_id, account_id)
            if account is None:
                raise NotFound("There is no such person in this organisation.")
            answer = await self._insert_pair(conn, caller.org_id, client_id, account_id, scopes)
            await audit.append(
                conn,
                caller,
                "client.authorized",
                now=self._clock(),
                target=client_id,
                detail={"account": account_id, "scope": " ".join(scopes)},
            )
        return answer

    async def caller(self, text: str, ip: str) -> Caller | None:
        """Return who holds this access token, or None if it is unknown, over, revoked, or its account suspended."""
        token = await self.token(text)
        if token is None or token.account_id is None or token.role is None:
            return None
        return Caller(
            org_id=token.org_id,
            kind="oauth",
            account_id=token.account_id,
            role=token.role,
            grants=grants_of(token.scope) & ROLE_GRANTS[token.role],
            credential_id=token.client_id,
            ip=ip,
        )

    def _works(self, token: oauth.Token) -> bool:
        if token.kind != "access" or token.revoked_at is not None or token.suspended_at is not None:
            return False
        return token.expires_at is not None and self._clock() < token.expires_at

    async def token(self, text: str) -> oauth.Token | None:
        """Return a working access token, or None if it is unknown, over, revoked, or its account suspended."""
        if _SHAPE.fullmatch(text) is None:
            return None
        async with self._db.connection() as conn:
            found = await oauth.find_token(conn, fingerprint(text))
        return found if found is not None and self._works(found) else None

    async def _insert_pair(
        self, conn: Connection, org_id: str, client_id: str, account_id: str, scopes: Sequence[str]
    ) -> dict[str, Any]:
        now = self._clock()
        access, refresh, family_id = new_secret("cva_"), new_secret("cvr_"), secrets.token_hex(16)
        pair: list[tuple[str, oauth.TokenKind, timedelta | None]] = [
            (access, "access", ACCESS_LIFETIME),
            (refresh, "refresh", None),
        ]
        for text, kind, lifetime in pair:
            await oauth.insert_token(
                conn,
                org_id=org_id,
                token_hash=fingerprint(text),
                kind=kind,
                family_id=family_id,
                client_id=client_id,
                account_id=account_id,
                scope=scopes,
                now=now,
                expires_at=None if lifetime is None else now + lifetime,
            )
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "refresh_token": refresh,
            "scope": " ".join(scopes),
            "account_id": account_id,
            "sub": account_id,
        }
        profile = await oauth.builtin_profile(conn, org_id, account_id)
        if profile is not None:
            answer["linking_profile"] = {
                "provider_name": "cronofy",
                "profile_id": profile.connection_id,
                "profile_name": profile.label,
            }
        return answer
