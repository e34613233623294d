"""Keys for programs: service keys `cvk_…` of an organisation, personal tokens `cvp_…` of one member.

A key is `<kind>_<prefix>_<secret>`: found by its public prefix, proven by the hash of the secret. It is shown once.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from convene.core import people
from convene.core.errors import Forbidden, Invalid, NotFound
from convene.core.permissions import GRANTS, ROLE_GRANTS, Caller
from convene.identity.accounts import require_person
from convene.ports.runtime import Clock
from convene.security.sealing import Secret
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import accounts, api_keys, audit
from convene.storage.api_keys import ApiKey
from convene.storage.database import Connection, Database

SERVICE, PERSONAL = "cvk", "cvp"
USED_EVERY = timedelta(minutes=1)
_SHAPE = re.compile(r"(cvk|cvp)_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `secret` is the whole text that the program sends; it cannot be had again."""

    key_id: str
    prefix: str
    name: str
    grants: tuple[str, ...]
    secret: Secret


def checked_grants(grants: Sequence[str], field: str = "grants") -> tuple[str, ...]:
    """Return known grants, each once, in the documented order."""
    unknown = [grant for grant in grants if grant not in GRANTS]
    if unknown:
        raise Invalid(field, f"{field} does not know {unknown[0]!r}. Choose from: {', '.join(GRANTS)}.")
    if not grants:
        raise Invalid(field, f"{field} must name at least one of: {', '.join(GRANTS)}.")
    return tuple(grant for grant in GRANTS if grant in grants)


class Keys:
    """Use cases about keys."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def issue_service_key(self, caller: Caller, name: str, grants: Sequence[str]) -> IssuedKey:
        """Make a service key with exactly these grants. A key cannot make one that may do more than itself."""
        caller.require("organization:manage")
        name, chosen = people.checked_name(name), checked_grants(grants)
        beyond = [grant for grant in chosen if grant not in caller.grants]
        if caller.kind == "api_key" and beyond:
            raise Forbidden(f"A key cannot hand on the grant {beyond[0]}, which it lacks.", grant=beyond[0])
        async with self._db.transaction() as conn:
            issued = await self._insert(conn, caller, SERVICE, name, chosen, account_id=None)
            await audit.append(
                conn,
                caller,
                "api_key.issued",
                now=self._clock(),
                target=issued.key_id,
                detail={"name": name, "grants": list(chosen)},
            )
        return issued

    async def issue_personal_token(self, caller: Caller, account_id: str, name: str) -> IssuedKey:
        """Make a token with which a program is the member `account_id`: it may do what their role may at the time.

        People make their own, from a session; the operator's command line makes anybody's.
        """
        is_own = caller.kind == "session" and caller.account_id == account_id
        if not is_own and caller.kind != "system":
            raise Forbidden("Sign in to make a personal token for yourself.")
        name = people.checked_name(name)
        async with self._db.transaction() as conn:
            account = await accounts.find_account(conn, caller.org_id, account_id)
            if account is None:
                raise NotFound("There is no such person in this organisation.")
            issued = await self._insert(conn, caller, PERSONAL, name, (), account_id=account_id)
            await audit.append(
                conn,
                caller,
                "token.issued",
                now=self._clock(),
                target=issued.key_id,
                detail={"name": name, "account": account_id},
            )
        return issued

    async def list_service_keys(self, caller: Caller) -> list[ApiKey]:
        """Return the service keys of the caller's organisation that work."""
        caller.require("organization:manage")
        async with self._db.connection() as conn:
            return await api_keys.list_service_keys(conn, caller.org_id)

    async def list_personal_tokens(self, caller: Caller) -> list[ApiKey]:
        """Return the caller's own tokens that work."""
        account_id = require_person(caller)
        async with self._db.connection() as conn:
            return await api_keys.list_personal_tokens(conn, caller.org_id, account_id)

    async def revoke_service_key(self, caller: Caller, key_id: str) -> None:
        """Stop a service key at once; raises `NotFound` if there is none that works."""
        caller.require("organization:manage")
        now = self._clock()
        async with self._db.transaction() as conn:
            if not await api_keys.revoke_service_key(conn, caller.org_id, key_id, now):
                raise NotFound("There is no such key.")
            await audit.append(conn, caller, "api_key.revoked", now=now, target=key_id)

    async def revoke_personal_token(self, caller: Caller, key_id: str) -> None:
        """Stop one of the caller's own tokens at once."""
        account_id = require_person(caller)
        now = self._clock()
        async with self._db.transaction() as conn:
            if not await api_keys.revoke_personal_token(conn, caller.org_id, account_id, key_id, now):
                raise NotFound("There is no such token.")
            await audit.append(conn, caller, "token.revoked", now=now, target=key_id)

    async def caller(self, text: str, ip: str) -> Caller | None:
        """Return who holds this key, or None if it is unknown, revoked, or its member suspended."""
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            return None
        kind, prefix, secret = shape.groups()
        async with self._db.connection() as conn:
            key = await api_keys.find_key(conn, prefix)
            if key is None or not hmac.compare_digest(bytes(key.secret_hash), fingerprint(secret)):
                return None
            if not _works(key) or (kind == SERVICE) != (key.account_id is None):
                return None
            now = self._clock()
            if key.last_used_at is None or now - key.last_used_at >= USED_EVERY:
                await api_keys.touch_key(conn, key.org_id, key.key_id, now)
        return _caller_of(key, ip)

    async def is_live(self, org_id: str, key_id: str) -> bool:
        """Tell whether a key still works. For connections that outlive a request."""
        async with self._db.connection() as conn:
            key = await api_keys.find_key_by_id(conn, org_id, key_id)
        return key is not None and _works(key)

    async def _insert(
        self,
        conn: Connection,
        caller: Caller,
        kind: str,
        name: str,
        grants: tuple[str, ...],
        *,
        account_id: str | None,
    ) -> IssuedKey:
        prefix, secret = secrets.token_hex(6), new_secret()
        key_id = new_id("api_key")
        await api_keys.insert_key(
            conn,
            org_id=caller.org_id,
            key_id=key_id,
            prefix=prefix,
            secret_hash=fingerprint(secret),
            name=name,
            grants=grants,
            account_id=account_id,
            created_by=caller.account_id or caller.credential_id,
            now=self._clock(),
        )
        return IssuedKey(key_id, prefix, name, grants, Secret(f"{kind}_{prefix}_{secret}"))


def _works(key: ApiKey) -> bool:
    return key.revoked_at is None and key.suspended_at is None


def _caller_of(key: ApiKey, ip: str) -> Caller:
    if key.account_id is not None and key.role is not None:
        return Caller(
            org_id=key.org_id,
            kind="personal_token",
            account_id=key.account_id,
            role=key.role,
            grants=ROLE_GRANTS[key.role],
            credential_id=key.key_id,
            ip=ip,
        )
    grants = frozenset(key.grants) & frozenset(GRANTS)
    return Caller(
        org_id=key.org_id,
        kind="api_key",
        role="admin" if "organization:manage" in grants else "member",
        grants=grants,
        credential_id=key.key_id,
        ip=ip,
    )
