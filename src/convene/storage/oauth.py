"""Rows of `oauth_client` and `oauth_token`. Tokens come in as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_all, fetch_one
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
class ListedClient:
    """An application with what an administrator wants to know of it.

    `old_secret_until` is the end of the last replaced secret that still works.
    """

    org_id: str
    client_id: str
    name: str
    redirect_uris: list[str]
    created_at: datetime
    authorized_count: int
    old_secret_until: datetime | None
    has_service_account: bool


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


async def lock_client(conn: Connection, org_id: str, client_id: str) -> Client | None:
    """Let one transaction at a time change an application, and return it."""
    return await fetch_one(conn, _SQL["lock_client"], {"org_id": org_id, "client_id": client_id}, Client)


async def list_clients(conn: Connection, org_id: str, now: datetime) -> list[ListedClient]:
    """Return an organisation's applications by name."""
    return await fetch_all(conn, _SQL["list_clients"], {"org_id": org_id, "now": now}, ListedClient)


async def update_client(
    conn: Connection, org_id: str, client_id: str, name: str, redirect_uris: Sequence[str]
) -> None:
    params = {"org_id": org_id, "client_id": client_id, "name": name, "redirect_uris": list(redirect_uris)}
    await execute(conn, _SQL["update_client"], params)


async def delete_client(conn: Connection, org_id: str, client_id: str) -> None:
    """Forget an application with its secrets, tokens, codes, links and rules. Events that it made stay."""
    params = {"org_id": org_id, "client_id": client_id}
    await execute(conn, _SQL["release_events"], params)
    await execute(conn, _SQL["delete_client"], params)


async def insert_token(
    conn: Connection,
    *,
    org_id: str,
    token_hash: bytes,
    kind: TokenKind,
    family_id: str,
    client_id: str,
    account_id: str | None,
    scope: Sequence[str],
    now: datetime,
    expires_at: datetime | None,
    service_account_id: str | None = None,
) -> None:
    params = {
        "org_id": org_id,
        "token_hash": token_hash,
        "kind": kind,
        "family_id": family_id,
        "client_id": client_id,
        "account_id": account_id,
        "service_account_id": service_account_id,
        "scope": list(scope),
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_token"], params)


async def find_token(conn: Connection, token_hash: bytes) -> Token | None:
    return await fetch_one(conn, _SQL["find_token"], {"token_hash": token_hash}, Token)


async def delete_expired(conn: Connection, now: datetime) -> int:
    return await execute(conn, _SQL["delete_expired"], {"now": now})


async def builtin_profile(conn: Connection, org_id: str, account_id: str) -> BuiltinProfile | None:
    """Return the account's built-in calendar connection: the profile that a token answer names."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_one(conn, _SQL["builtin_profile"], params, BuiltinProfile)
