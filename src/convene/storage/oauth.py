"""Rows of `oauth_client` and `oauth_token`. Tokens come in as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_one
from convene.storage.named_sql import load

_SQL = load("oauth")
TokenKind = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Client:
    """An application. Its secrets are rows of their own (`storage.applications`)."""

    org_id: str
    client_id: str
    name: str
    redirect_uris: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token joined with what its account may do now. `expires_at` None: until revoked.

    A service account's token has no account, and then no role.
    """

    org_id: str
    kind: TokenKind
    family_id: str
    client_id: str
    account_id: str | None
    service_account_id: str | None
    scope: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    role: Role | None
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class BuiltinProfile:
    connection_id: str
    label: str


async def insert_client(
    conn: Connection,
    *,
    org_id: str,
    client_id: str,
    name: str,
    redirect_uris: Sequence[str],
    now: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "name": name,
        "redirect_uris": list(redirect_uris),
        "now": now,
    }
    await execute(conn, _SQL["insert_client"], params)


async def find_client(conn: Connection, client_id: str) -> Client | None:
    return await fetch_one(conn, _SQL["find_client"], {"client_id": client_id}, Client)


async def insert_token(
    conn: Connection,
    *,
    org_id: str,
    token_hash: bytes,
    kind: TokenKind,
    family_id: str,
    client_id: str,
    account_id: str,
    scope: Sequence[str],
    now: datetime,
    expires_at: datetime | None,
) -> None:
    params = {
        "org_id": org_id,
        "token_hash": token_hash,
        "kind": kind,
        "family_id": family_id,
        "client_id": client_id,
        "account_id": account_id,
        "scope": list(scope),
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_token"], params)


async def find_token(conn: Connection, token_hash: bytes) -> Token | None:
    return await fetch_one(conn, _SQL["find_token"], {"token_hash": token_hash}, Token)


async def revoke_family(conn: Connection, org_id: str, family_id: str, now: datetime) -> int:
    """Revoke every token of one authorization; return how many worked."""
    params = {"org_id": org_id, "family_id": family_id, "now": now}
    return await execute(conn, _SQL["revoke_family"], params)


async def delete_expired(conn: Connection, now: datetime) -> int:
    return await execute(conn, _SQL["delete_expired"], {"now": now})


async def builtin_profile(conn: Connection, org_id: str, account_id: str) -> BuiltinProfile | None:
    """Return the account's built-in calendar connection: the profile that a token answer names."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_one(conn, _SQL["builtin_profile"], params, BuiltinProfile)
