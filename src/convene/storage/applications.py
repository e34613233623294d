"""What applications are known by: their secrets, element tokens, and the accounts that they may see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from convene.storage.database import (
    Connection,
    Database,
    execute,
    fetch_all,
    fetch_dict,
    fetch_dicts,
    fetch_one,
    refusal_of,
)
from convene.storage.named_sql import load
from convene.storage.standing_statement import Rows

_SQL = load("applications")


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One secret of an application; `secret` is sealed."""

    org_id: str
    client_id: str
    secret_id: str
    secret: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ElementToken:
    """What a token in a browser may do. `scope` is what its account allows now; empty if there are several accounts."""

    org_id: str
    client_id: str
    permissions: list[str]
    subs: list[str]
    origin: str
    expires_at: datetime
    scope: list[str]


async def insert_secret(
    conn: Connection,
    *,
    org_id: str,
    client_id: str,
    secret_id: str,
    secret: bytes,
    secret_hash: bytes,
    now: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "secret_id": secret_id,
        "secret": secret,
        "secret_hash": secret_hash,
        "now": now,
    }
    await execute(conn, _SQL["insert_secret"], params)


async def find_by_secret(conn: Connection, secret_hash: bytes, now: datetime) -> ClientSecret | None:
    """Return the live secret with this hash, of whatever organisation: it says itself whose it is."""
    return await fetch_one(
        conn, _SQL["find_by_secret"], {"secret_hash": secret_hash, "now": now}, ClientSecret
    )


async def list_secrets(conn: Connection, org_id: str, client_id: str, now: datetime) -> list[ClientSecret]:
    """Return an application's live secrets, newest first."""
    params = {"org_id": org_id, "client_id": client_id, "now": now}
    return await fetch_all(conn, _SQL["list_secrets"], params, ClientSecret)


async def insert_element_token(
    conn: Connection,
    *,
    org_id: str,
    token_hash: bytes,
    client_id: str,
    permissions: Sequence[str],
    subs: Sequence[str],
    origin: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    params = {
        "org_id": org_id,
        "token_hash": token_hash,
        "client_id": client_id,
        "permissions": list(permissions),
        "subs": list(subs),
        "origin": origin,
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_element_token"], params)


async def find_element_token(conn: Connection, token_hash: bytes, now: datetime) -> ElementToken | None:
    params = {"token_hash": token_hash, "now": now}
    return await fetch_one(conn, _SQL["find_element_token"], params, ElementToken)


async def delete_expired_element_tokens(conn: Connection, now: datetime) -> int:
    return await execute(conn, _SQL["delete_expired_element_tokens"], {"now": now})


async def visible_accounts(
    conn: Connection, org_id: str, client_id: str, subs: Collection[str]
) -> frozenset[str]:
    """Return which of these accounts an application may see.

    Those who have authorized it, its own application calendars, and the organisation's rooms; nobody suspended.
    """
    return frozenset(await visible_versions(conn, org_id, client_id, subs))


async def writable_accounts(
    conn: Connection, org_id: str, client_id: str, subs: Collection[str], scopes: Collection[str]
) -> frozenset[str]:
    """Return which of these accounts let an application write into their calendars by one of these scopes."""
    params = {"org_id": org_id, "client_id": client_id, "subs": list(subs), "scopes": list(scopes)}
    return frozenset(row["account_id"] for row in await fetch_dicts(conn, _SQL["writable_accounts"], params))


async def visible_versions(
    conn: Connection,
    org_id: str,
    client_id: str,
    subs: Collection[str],
    credential: bytes | None = None,
    now: datetime | None = None,
) -> dict[str, int]:
    """Return `visible_accounts`, each with the version of its time: it grows with every change of what is read.

    With the hash of a `credential`: nobody, unless it is one of this application's and works `now`.
    """
    params = {
        "org_id": org_id,
        "client_id": client_id,
        # Much quicker to send than a list; what has a comma in it is nobody's id.
        "subs": ",".join(subs),
        "credential": credential,
        "now": now,
    }
    cursor = await conn.execute(_SQL["visible_accounts"], params)
    return dict(await cursor.fetchall())


class VisibleVersions:
    """`visible_versions` for calls that come all the time: asked on a connection of its own."""

    def __init__(self, db: Database) -> None:
        types = {
            "org_id": "text",
            "client_id": "text",
            "subs": "text",
            "credential": "bytea",
            "now": "timestamptz",
        }
        self._statement = db.standing(_SQL["visible_accounts"], types)

    def send(
        self,
        org_id: str,
        client_id: str,
        subs: Collection[str],
        credential: bytes,
        now: datetime,
        tell: Callable[[dict[str, int] | Exception], None],
    ) -> None:
        """Ask now, and tell what is found, or why nothing is. What is committed before this is called is seen.

        Args:
            subs: text that can be stored.
        """

        def told(found: Rows | Exception) -> None:
            if isinstance(found, Exception):
                tell(refusal_of(found))
            else:
                tell({sub.decode(): int(version) for sub, version in found if sub and version})

        parameters = [
            org_id.encode(),
            client_id.encode(),
            ",".join(subs).encode(),
            rb"\x" + credential.hex().encode(),
            now.isoformat().encode(),
        ]
        self._statement.send(parameters, told)


async def expire_secrets(conn: Connection, org_id: str, client_id: str, expires_at: datetime) -> None:
    """Let an application's secrets end then, or earlier if they already would."""
    params = {"org_id": org_id, "client_id": client_id, "expires_at": expires_at}
    await execute(conn, _SQL["expire_secrets"], params)


async def delete_expired_secrets(conn: Connection, now: datetime) -> int:
    return await execute(conn, _SQL["delete_expired_secrets"], {"now": now})


async def find_element_origin(conn: Connection, token_hash: bytes) -> str | None:
    """Return the origin that an element token was made for, whether it still works or not."""
    row = await fetch_dict(conn, _SQL["find_element_origin"], {"token_hash": token_hash})
    return None if row is None else str(row["origin"])
