"""Rows behind an authorization: codes, the families of tokens that come of them, link tokens, service accounts, and the
accounts of application calendars. Codes and tokens come in as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load
from convene.storage.oauth import Token

_SQL = load("authorizations")


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for. Exactly one of `account_id` and `service_account_id` is set."""

    org_id: str
    client_id: str
    account_id: str | None
    service_account_id: str | None
    scope: list[str]
    redirect_uri: str
    code_challenge: str
    family_id: str
    expires_at: datetime
    used_at: datetime | None
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Authorization:
    """An application that may act for an account; `scope` is all that it may do."""

    client_id: str
    name: str
    created_at: datetime
    scope: list[str]


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What an organisation lets an application do for its people."""

    org_id: str
    service_account_id: str
    client_id: str
    granted_by: str
    scope: list[str]
    delegated_scope: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NamedAccount:
    account_id: str
    kind: str


async def insert_code(
    conn: Connection,
    *,
    org_id: str,
    code_hash: bytes,
    client_id: str,
    account_id: str | None,
    service_account_id: str | None,
    scope: Sequence[str],
    redirect_uri: str,
    code_challenge: str,
    family_id: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "code_hash": code_hash,
        "client_id": client_id,
        "account_id": account_id,
        "service_account_id": service_account_id,
        "scope": list(scope),
        "redirect_uri": redirect_uri,
        "code_challenge": code_challenge,
        "family_id": family_id,
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_code"], params)


async def lock_code(conn: Connection, org_id: str, client_id: str, code_hash: bytes) -> Code | None:
    """Return an application's code, used or not, and hold it until the transaction ends."""
    params = {"org_id": org_id, "client_id": client_id, "code_hash": code_hash}
    return await fetch_one(conn, _SQL["lock_code"], params, Code)


async def use_code(conn: Connection, org_id: str, code_hash: bytes, now: datetime) -> None:
    await execute(conn, _SQL["use_code"], {"org_id": org_id, "code_hash": code_hash, "now": now})


async def drop_codes(conn: Connection, org_id: str, client_id: str, sub: str | None = None) -> int:
    """Forget the codes that an application has not exchanged yet, those for one account unless `sub` is None."""
    return await execute(conn, _SQL["drop_codes"], {"org_id": org_id, "client_id": client_id, "sub": sub})


async def delete_expired(conn: Connection, now: datetime, codes_until: datetime) -> None:
    """Forget link tokens that are over, and codes that were over at `codes_until`."""
    await execute(conn, _SQL["delete_expired_codes"], {"until": codes_until})
    await execute(conn, _SQL["delete_expired_link_tokens"], {"now": now})


async def lock_refresh_token(
    conn: Connection, org_id: str, client_id: str, token_hash: bytes
) -> Token | None:
    params = {"org_id": org_id, "client_id": client_id, "token_hash": token_hash}
    return await fetch_one(conn, _SQL["lock_refresh_token"], params, Token)


async def family_of(conn: Connection, org_id: str, client_id: str, token_hash: bytes) -> str | None:
    """Return the family of an application's token, whether it still works or not."""
    params = {"org_id": org_id, "client_id": client_id, "token_hash": token_hash}
    row = await fetch_dict(conn, _SQL["family_of"], params)
    return None if row is None else str(row["family_id"])


async def families_of(conn: Connection, org_id: str, client_id: str, sub: str) -> list[str]:
    """Return the live families of an application for an account or a service account."""
    params = {"org_id": org_id, "client_id": client_id, "sub": sub}
    return [str(row["family_id"]) for row in await fetch_dicts(conn, _SQL["families_of"], params)]


async def revoke_families(conn: Connection, org_id: str, family_ids: Sequence[str], now: datetime) -> int:
    """Revoke all tokens of these families, also one that is being made right now; return how many worked."""
    params = {"org_id": org_id, "family_ids": list(family_ids), "now": now}
    await fetch_dicts(conn, _SQL["lock_families"], params)
    return await execute(conn, _SQL["revoke_families"], params)


async def forget_kept(conn: Connection, org_id: str, family_ids: Sequence[str]) -> None:
    """Delete the rules and periods that an application keeps for the accounts of these families."""
    params = {"org_id": org_id, "family_ids": list(family_ids)}
    await execute(conn, _SQL["forget_rules"], params)
    await execute(conn, _SQL["forget_periods"], params)


async def list_of_account(conn: Connection, org_id: str, account_id: str) -> list[Authorization]:
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, _SQL["list_of_account"], params, Authorization)


async def newest_scope(conn: Connection, org_id: str, client_id: str, account_id: str) -> list[str]:
    """Return what an account last allowed an application; nothing if it did not."""
    params = {"org_id": org_id, "client_id": client_id, "account_id": account_id}
    row = await fetch_dict(conn, _SQL["newest_scope"], params)
    return [] if row is None else list(row["scope"])


async def insert_link_token(
    conn: Connection,
    *,
    org_id: str,
    token_hash: bytes,
    client_id: str,
    account_id: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "token_hash": token_hash,
        "client_id": client_id,
        "account_id": account_id,
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_link_token"], params)


async def find_link_token(
    conn: Connection, org_id: str, client_id: str, token_hash: bytes, now: datetime
) -> str | None:
    """Return the account that a live link token belongs to."""
    params = {"org_id": org_id, "client_id": client_id, "token_hash": token_hash, "now": now}
    row = await fetch_dict(conn, _SQL["find_link_token"], params)
    return None if row is None else str(row["account_id"])


async def use_link_token(conn: Connection, org_id: str, token_hash: bytes, now: datetime) -> bool:
    """Use a link token up; False if somebody did already."""
    params = {"org_id": org_id, "token_hash": token_hash, "now": now}
    return await execute(conn, _SQL["use_link_token"], params) == 1


async def find_service_account(conn: Connection, org_id: str, client_id: str) -> ServiceAccount | None:
    """Return the live service account of an application."""
    params = {"org_id": org_id, "client_id": client_id}
    return await fetch_one(conn, _SQL["find_service_account"], params, ServiceAccount)


async def insert_service_account(conn: Connection, row: ServiceAccount) -> None:
    await execute(conn, _SQL["insert_service_account"], _params(row))


async def update_service_account(conn: Connection, row: ServiceAccount) -> None:
    """Store who granted it now, and what it may do."""
    await execute(conn, _SQL["update_service_account"], _params(row))


async def revoke_service_accounts(conn: Connection, org_id: str, client_id: str, now: datetime) -> int:
    params = {"org_id": org_id, "client_id": client_id, "now": now}
    return await execute(conn, _SQL["revoke_service_accounts"], params)


def _params(row: ServiceAccount) -> dict[str, object]:
    return {
        "org_id": row.org_id,
        "service_account_id": row.service_account_id,
        "client_id": row.client_id,
        "granted_by": row.granted_by,
        "scope": row.scope,
        "delegated_scope": row.delegated_scope,
        "now": row.created_at,
    }


async def find_application_calendar(
    conn: Connection, org_id: str, client_id: str, application_calendar_id: str
) -> str | None:
    """Return the account of an application's calendar."""
    params = {"org_id": org_id, "client_id": client_id, "application_calendar_id": application_calendar_id}
    row = await fetch_dict(conn, _SQL["find_application_calendar"], params)
    return None if row is None else str(row["account_id"])


async def insert_application_calendar(
    conn: Connection,
    *,
    org_id: str,
    client_id: str,
    application_calendar_id: str,
    account_id: str,
    now: datetime,
) -> None:
    """Add an application's calendar with its account, which is no person."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "application_calendar_id": application_calendar_id,
        "account_id": account_id,
        "name": application_calendar_id,
        "now": now,
    }
    await execute(conn, _SQL["insert_application_calendar_account"], params)
    await execute(conn, _SQL["insert_application_calendar"], params)


async def suspend_application_calendars(conn: Connection, org_id: str, client_id: str, now: datetime) -> None:
    """Close the accounts of an application's calendars."""
    params = {"org_id": org_id, "client_id": client_id, "now": now}
    await execute(conn, _SQL["suspend_application_calendars"], params)


async def find_named_account(conn: Connection, org_id: str, email: str) -> NamedAccount | None:
    """Return the active person or room with this address in this organisation."""
    params = {"org_id": org_id, "email": email}
    return await fetch_one(conn, _SQL["find_named_account"], params, NamedAccount)
