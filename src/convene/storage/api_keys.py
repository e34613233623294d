"""Rows of `api_key`: service keys (no account) and personal tokens (one account)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("api_keys")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key with the present role and suspension of its account, if it has one."""

    org_id: str
    key_id: str
    prefix: str
    secret_hash: bytes = field(repr=False)
    name: str
    grants: list[str]
    account_id: str | None
    created_by: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    role: Role | None
    suspended_at: datetime | None


async def insert_key(
    conn: Connection,
    *,
    org_id: str,
    key_id: str,
    prefix: str,
    secret_hash: bytes,
    name: str,
    grants: Sequence[str],
    account_id: str | None,
    created_by: str | None,
    now: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "key_id": key_id,
        "prefix": prefix,
        "secret_hash": secret_hash,
        "name": name,
        "grants": list(grants),
        "account_id": account_id,
        "created_by": created_by,
        "now": now,
    }
    await execute(conn, _SQL["insert_key"], params)


async def find_key(conn: Connection, prefix: str) -> ApiKey | None:
    return await fetch_one(conn, _SQL["find_key"], {"prefix": prefix}, ApiKey)


async def find_key_by_id(conn: Connection, org_id: str, key_id: str) -> ApiKey | None:
    return await fetch_one(conn, _SQL["find_key_by_id"], {"org_id": org_id, "key_id": key_id}, ApiKey)


async def list_service_keys(conn: Connection, org_id: str) -> list[ApiKey]:
    """Return an organisation's service keys that are not revoked, newest first."""
    return await fetch_all(conn, _SQL["list_service_keys"], {"org_id": org_id}, ApiKey)


async def list_personal_tokens(conn: Connection, org_id: str, account_id: str) -> list[ApiKey]:
    """Return a person's tokens that are not revoked, newest first."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_personal_tokens"], params, ApiKey)


async def touch_key(conn: Connection, org_id: str, key_id: str, now: datetime) -> None:
    await execute(conn, _SQL["touch_key"], {"org_id": org_id, "key_id": key_id, "now": now})


async def revoke_service_key(conn: Connection, org_id: str, key_id: str, now: datetime) -> bool:
    """Revoke a service key; tell whether there was one that worked."""
    params = {"org_id": org_id, "key_id": key_id, "now": now}
    return await execute(conn, _SQL["revoke_service_key"], params) == 1


async def revoke_personal_token(
    conn: Connection, org_id: str, account_id: str, key_id: str, now: datetime
) -> bool:
    """Revoke one of a person's tokens; tell whether there was one that worked."""
    params = {"org_id": org_id, "account_id": account_id, "key_id": key_id, "now": now}
    return await execute(conn, _SQL["revoke_personal_token"], params) == 1
