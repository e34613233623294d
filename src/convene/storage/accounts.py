"""Rows of `organization` and `account`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import errors

from convene.core.errors import Conflict
from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load

_SQL = load("accounts")


@dataclass(frozen=True, slots=True)
class Organization:
    org_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A person of an organisation. `email` is unique over the whole installation, whatever its case."""

    org_id: str
    account_id: str
    email: str
    name: str
    title: str
    pronouns: str
    phone: str
    tzid: str
    role: Role
    password_hash: str | None = field(repr=False)
    sharing: str
    suspended_at: datetime | None
    created_at: datetime


async def insert_organization(conn: Connection, org_id: str, name: str, now: datetime) -> None:
    await execute(conn, _SQL["insert_organization"], {"org_id": org_id, "name": name, "now": now})


async def find_organization(conn: Connection, org_id: str) -> Organization | None:
    return await fetch_one(conn, _SQL["get_organization"], {"org_id": org_id}, Organization)


async def oldest_organization(conn: Connection) -> Organization | None:
    """Return the installation's first organisation, or None before there is one."""
    return await fetch_one(conn, _SQL["oldest_organization"], None, Organization)


async def lock_organizations(conn: Connection) -> None:
    """Let one transaction at a time look whether there is an organisation and start the first."""
    await execute(conn, _SQL["lock_organizations"])


async def list_organizations(conn: Connection) -> list[Organization]:
    """Return all organisations, oldest first."""
    return await fetch_all(conn, _SQL["list_organizations"], None, Organization)


async def lock_organization(conn: Connection, org_id: str) -> Organization | None:
    """Let one transaction at a time change who belongs to an organisation."""
    return await fetch_one(conn, _SQL["lock_organization"], {"org_id": org_id}, Organization)


async def insert_account(
    conn: Connection,
    *,
    org_id: str,
    account_id: str,
    email: str,
    name: str,
    tzid: str,
    role: Role,
    password_hash: str | None,
    now: datetime,
    title: str = "",
    pronouns: str = "",
    phone: str = "",
) -> None:
    """Add a person. Raises `Conflict` (`email_taken`) if anyone here has that address, in any organisation."""
    try:
        async with conn.transaction():
            await execute(
                conn,
                _SQL["insert_account"],
                {
                    "org_id": org_id,
                    "account_id": account_id,
                    "email": email,
                    "name": name,
                    "title": title,
                    "pronouns": pronouns,
                    "phone": phone,
                    "tzid": tzid,
                    "role": role,
                    "password_hash": password_hash,
                    "now": now,
                },
            )
    except errors.UniqueViolation as error:
        if error.diag.constraint_name != "account_email":
            raise
        raise Conflict(
            "There is an account with this e-mail address already. Sign in with it, or use another address.",
            code="email_taken",
        ) from error


async def find_account(conn: Connection, org_id: str, account_id: str) -> Account | None:
    return await fetch_one(conn, _SQL["find_account"], {"org_id": org_id, "account_id": account_id}, Account)


async def lock_account_against_change(conn: Connection, org_id: str, account_id: str) -> Account | None:
    """Return an account that nobody changes before this transaction ends."""
    return await fetch_one(
        conn, _SQL["lock_account_against_change"], {"org_id": org_id, "account_id": account_id}, Account
    )


async def find_account_by_email(conn: Connection, email: str) -> Account | None:
    """Return the account with this address in whichever organisation it is."""
    return await fetch_one(conn, _SQL["find_account_by_email"], {"email": email}, Account)


async def find_account_anywhere(conn: Connection, account_id: str) -> Account | None:
    """Return an account by id alone; only the installation's operator may ask so."""
    return await fetch_one(conn, _SQL["find_account_anywhere"], {"account_id": account_id}, Account)


async def list_accounts(conn: Connection, org_id: str) -> list[Account]:
    """Return everybody of an organisation by name, suspended people included."""
    return await fetch_all(conn, _SQL["list_accounts"], {"org_id": org_id}, Account)


async def list_names(conn: Connection, org_id: str, account_ids: Sequence[str]) -> dict[str, str]:
    """Return the names of these people by account."""
    params = {"org_id": org_id, "account_ids": list(account_ids)}
    rows = await fetch_dicts(conn, _SQL["list_names"], params)
    return {row["account_id"]: row["name"] for row in rows}


async def update_profile(conn: Connection, account: Account) -> None:
    """Store the fields that people change about themselves."""
    params = {
        "org_id": account.org_id,
        "account_id": account.account_id,
        "name": account.name,
        "title": account.title,
        "pronouns": account.pronouns,
        "phone": account.phone,
        "tzid": account.tzid,
        "sharing": account.sharing,
    }
    await execute(conn, _SQL["update_profile"], params)


async def update_password(conn: Connection, org_id: str, account_id: str, password_hash: str) -> None:
    params = {"org_id": org_id, "account_id": account_id, "password_hash": password_hash}
    await execute(conn, _SQL["update_password"], params)


async def replace_password_hash(conn: Connection, account: Account, password_hash: str) -> None:
    """Store a hash with today's parameters, unless the password was changed since `account` was read."""
    params = {
        "org_id": account.org_id,
        "account_id": account.account_id,
        "old_hash": account.password_hash,
        "password_hash": password_hash,
    }
    await execute(conn, _SQL["replace_password_hash"], params)


async def update_role(conn: Connection, org_id: str, account_id: str, role: Role) -> None:
    await execute(conn, _SQL["update_role"], {"org_id": org_id, "account_id": account_id, "role": role})


async def update_suspended(
    conn: Connection, org_id: str, account_id: str, suspended_at: datetime | None
) -> None:
    params = {"org_id": org_id, "account_id": account_id, "suspended_at": suspended_at}
    await execute(conn, _SQL["update_suspended"], params)


async def count_other_owners(conn: Connection, org_id: str, account_id: str) -> int:
    """Return how many people besides `account_id` could run the organisation: owners who are not suspended."""
    row = await fetch_dict(conn, _SQL["count_other_owners"], {"org_id": org_id, "account_id": account_id})
    return int(row["found"]) if row else 0
