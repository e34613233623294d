"""OAuth applications and the tokens they hold for accounts, as the Cronofy-compatible surface knows them.

Tokens are opaque: `cva_…` for an hour, `cvr_…` until the authorization (its `family`) is revoked. Only hashes are kept.
A refresh token stays the same from refresh to refresh: it works with the application's secret alone, and Cronofy's SDKs
keep the first one that they are given.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from convene.core import people
from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.core.redirect_uris import checked_redirect_uri
from convene.core.scopes import grants_of, parse_scope
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer, Secret
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import accounts, applications, audit, authorizations, oauth
from convene.storage.authorizations import Code
from convene.storage.database import Connection, Database

ACCESS_LIFETIME = timedelta(hours=1)
SERVICE_ACCESS_LIFETIME = timedelta(minutes=30)
MAX_REDIRECT_URIS = 50
_SHAPE = re.compile(r"cva_[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_USED = "code: this code is unknown, used or over. Send the person to /oauth/authorize again."


@dataclass(frozen=True, slots=True)
class IssuedClient:
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class Grantee:
    """Whom a family of tokens is for: an account, or a service account."""

    org_id: str
    client_id: str
    account_id: str | None
    service_account_id: str | None = None

    @property
    def access_lifetime(self) -> timedelta:
        return ACCESS_LIFETIME if self.service_account_id is None else SERVICE_ACCESS_LIFETIME


def secret_context(org_id: str, client_id: str) -> tuple[str, ...]:
    """Return what a sealed client secret is bound to."""
    return ("oauth_client", org_id, client_id, "secret")


def new_family() -> str:
    """Return a name for one authorization and the tokens that come of it."""
    return secrets.token_hex(16)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def checked_redirect_uris(uris: Sequence[str]) -> list[str]:
    """Return the addresses once each; raise `Invalid` naming `redirect_uris`."""
    if len(uris) > MAX_REDIRECT_URIS:
        raise Invalid("redirect_uris", f"redirect_uris may have at most {MAX_REDIRECT_URIS} addresses.")
    return list(dict.fromkeys(checked_redirect_uri(uri.strip(), "redirect_uris") for uri in uris))


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
        uris = checked_redirect_uris(redirect_uris)
        client_id = new_id("client")
        async with self._db.transaction() as conn:
            await oauth.insert_client(
                conn,
                org_id=caller.org_id,
                client_id=client_id,
                name=name,
                redirect_uris=uris,
                now=self._clock(),
            )
            secret = await self.insert_secret(conn, caller.org_id, client_id)
            await audit.append(
                conn, caller, "client.created", now=self._clock(), target=client_id, detail={"name": name}
            )
        return IssuedClient(client_id, secret)

    async def insert_secret(self, conn: Connection, org_id: str, client_id: str) -> Secret:
        """Give an application a further secret, in the caller's transaction; it is readable now and never again."""
        secret = new_secret("cvs_")
        await applications.insert_secret(
            conn,
            org_id=org_id,
            client_id=client_id,
            secret_id=new_id("secret"),
            secret=self._sealer.seal(secret, *secret_context(org_id, client_id)),
            secret_hash=fingerprint(secret),
            now=self._clock(),
        )
        return Secret(secret)

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
            grantee = Grantee(caller.org_id, client_id, account_id)
            answer = await self.insert_tokens(conn, grantee, scopes)
            await audit.append(
                conn,
                caller,
                "client.authorized",
                now=self._clock(),
                target=client_id,
                detail={"account": account_id, "scope": " ".join(scopes)},
            )
        return answer

    # -- the token endpoint

    async def exchange(
        self, application: Application, code: str, redirect_uri: str, verifier: str = ""
    ) -> dict[str, Any]:
        """Return the token answer for an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

        A second use of a code revokes what came of the first. Raises `Invalid` naming what does not fit.
        """
        answer: dict[str, Any] = {}
        async with self._db.transaction() as conn:
            digest = fingerprint(code)
            found = await authorizations.lock_code(conn, application.org_id, application.client_id, digest)
            refused = self._why_not(found, redirect_uri, verifier)
            now = self._clock()
            if found is not None and found.used_at is not None:
                await authorizations.revoke_families(conn, found.org_id, [found.family_id], now)
            elif found is not None and refused is None:
                await authorizations.use_code(conn, found.org_id, digest, now)
                grantee = Grantee(found.org_id, found.client_id, found.account_id, found.service_account_id)
                answer = await self.insert_tokens(conn, grantee, found.scope, found.family_id)
        if refused is not None:
            raise refused
        return answer

    def _why_not(self, found: Code | None, redirect_uri: str, verifier: str) -> Invalid | None:
        if (
            found is None
            or found.used_at is not None
            or found.is_suspended
            or found.expires_at <= self._clock()
        ):
            return Invalid("code", _USED, code="unknown_or_used")
        if not _same(found.redirect_uri, redirect_uri):
            return Invalid("redirect_uri", "redirect_uri must be the one that the code was asked for with.")
        if not found.code_challenge:
            # A verifier without a challenge: somebody took the challenge out on the way (RFC 9700 section 4.8.2).
            return (
                Invalid("code_verifier", "This code was asked for without code_challenge.")
                if verifier
                else None
            )
        if _VERIFIER.fullmatch(verifier) is None or not _same(found.code_challenge, challenge_of(verifier)):
            return Invalid("code_verifier", "code_verifier does not fit the code_challenge of this code.")
        return None

    async def refresh(self, application: Application, refresh_token: str) -> dict[str, Any]:
        """Return the token answer for a refresh token, which goes on working. Raises `Invalid` naming it."""
        async with self._db.transaction() as conn:
            found = await authorizations.lock_refresh_token(
                conn, application.org_id, application.client_id, fingerprint(refresh_token)
            )
            if found is None or found.revoked_at is not None or found.suspended_at is not None:
                raise Invalid("refresh_token", "refresh_token: this token is unknown or was revoked.")
            grantee = Grantee(found.org_id, found.client_id, found.account_id, found.service_account_id)
            access = await self._insert(conn, grantee, found.scope, found.family_id, "access")
            return await self._answer(conn, grantee, found.scope, access, refresh_token)

    async def revoke(
        self, application: Application, *, token: str = "", sub: str = "", is_erasing: bool = False
    ) -> int:
        """End an authorization by one of its tokens, or all of an account's with `sub`; return how many tokens worked.

        With `is_erasing`, the rules and periods that the application keeps for the account are deleted too. What is not
        known is revoked already (RFC 7009 section 2.2).
        """
        org_id, client_id, now = application.org_id, application.client_id, self._clock()
        async with self._db.transaction() as conn:
            families = set(await authorizations.families_of(conn, org_id, client_id, sub)) if sub else set()
            if token:
                family = await authorizations.family_of(conn, org_id, client_id, fingerprint(token))
                families |= set() if family is None else {family}
            count = await authorizations.revoke_families(conn, org_id, sorted(families), now)
            if is_erasing:
                await authorizations.forget_kept(conn, org_id, sorted(families))
            if sub:
                await authorizations.drop_codes(conn, org_id, client_id, sub)
            if sub.startswith("ser_"):
                await authorizations.revoke_service_accounts(conn, org_id, client_id, now)
            if count:
                await audit.append(
                    conn,
                    application.caller(),
                    "client.authorization_ended",
                    now=now,
                    target=client_id,
                    detail={"account": sub} if sub else {},
                )
        return count

    # -- what tokens are

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

    async def insert_tokens(
        self, conn: Connection, grantee: Grantee, scopes: Sequence[str], family_id: str | None = None
    ) -> dict[str, Any]:
        """Begin a family with an access and a refresh token, in the caller's transaction; return the token answer."""
        family_id = family_id or new_family()
        refresh = await self._insert(conn, grantee, scopes, family_id, "refresh")
        access = await self._insert(conn, grantee, scopes, family_id, "access")
        return await self._answer(conn, grantee, scopes, access, refresh)

    async def _insert(
        self,
        conn: Connection,
        grantee: Grantee,
        scopes: Sequence[str],
        family_id: str,
        kind: oauth.TokenKind,
    ) -> str:
        now = self._clock()
        text = new_secret("cva_" if kind == "access" else "cvr_")
        await oauth.insert_token(
            conn,
            org_id=grantee.org_id,
            token_hash=fingerprint(text),
            kind=kind,
            family_id=family_id,
            client_id=grantee.client_id,
            account_id=grantee.account_id,
            service_account_id=grantee.service_account_id,
            scope=scopes,
            now=now,
            expires_at=now + grantee.access_lifetime if kind == "access" else None,
        )
        return text

    async def _answer(
        self, conn: Connection, grantee: Grantee, scopes: Sequence[str], access: str, refresh: str
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(grantee.access_lifetime.total_seconds()),
            "refresh_token": refresh,
            "scope": " ".join(scopes),
        }
        if grantee.account_id is None:
            return {**answer, "service_account_id": grantee.service_account_id}
        answer |= {"account_id": grantee.account_id, "sub": grantee.account_id}
        profile = await oauth.builtin_profile(conn, grantee.org_id, grantee.account_id)
        if profile is not None:
            answer["linking_profile"] = {
                "provider_name": "cronofy",
                "provider_service": "cronofy",
                "profile_id": profile.connection_id,
                "profile_name": profile.label,
            }
        return answer


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
