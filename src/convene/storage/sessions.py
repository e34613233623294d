"""Rows of `session`: browsers that are signed in. Tokens come in as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("sessions")


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session joined with what its account may do now."""

    org_id: str
    session_id: str
    account_id: str
    last_seen_at: datetime
    expires_at: datetime
    role: Role
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedSession:
    session_id: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    ip: str


async def insert_session(
    conn: Connection,
    *,
    org_id: str,
    session_id: str,
    token_hash: bytes,
    account_id: str,
    now: datetime,
    expires_at: datetime,
    user_agent: str,
    ip: str,
) -> None:
    params = {
        "org_id": org_id,
        "session_id": session_id,
        "token_hash": token_hash,
        "account_id": account_id,
        "now": now,
        "expires_at": expires_at,
        "user_agent": user_agent,
        "ip": ip,
    }
    await execute(conn, _SQL["insert_session"], params)


async def find_session(conn: Connection, token_hash: bytes) -> LiveSession | None:
    return await fetch_one(conn, _SQL["find_session"], {"token_hash": token_hash}, LiveSession)


async def find_session_by_id(conn: Connection, org_id: str, session_id: str) -> LiveSession | None:
    params = {"org_id": org_id, "session_id": session_id}
    return await fetch_one(conn, _SQL["find_session_by_id"], params, LiveSession)


async def touch_session(conn: Connection, org_id: str, session_id: str, now: datetime) -> None:
    await execute(conn, _SQL["touch_session"], {"org_id": org_id, "session_id": session_id, "now": now})


async def list_sessions(
    conn: Connection, org_id: str, account_id: str, now: datetime, idle_since: datetime
) -> list[ListedSession]:
    """Return a person's live sessions, the one seen last first."""
    params = {"org_id": org_id, "account_id": account_id, "now": now, "idle_since": idle_since}
    return await fetch_all(conn, _SQL["list_sessions"], params, ListedSession)


async def delete_session(conn: Connection, org_id: str, account_id: str, session_id: str) -> bool:
    """Remove one of a person's sessions; tell whether it was there."""
    params = {"org_id": org_id, "account_id": account_id, "session_id": session_id}
    return await execute(conn, _SQL["delete_session"], params) == 1


async def delete_session_by_token(conn: Connection, token_hash: bytes) -> None:
    await execute(conn, _SQL["delete_session_by_token"], {"token_hash": token_hash})


async def delete_sessions_of(
    conn: Connection, org_id: str, account_id: str, *, kept: str | None = None
) -> int:
    """Remove a person's sessions, but for `kept`; return how many there were."""
    params = {"org_id": org_id, "account_id": account_id, "kept": kept}
    return await execute(conn, _SQL["delete_sessions_of"], params)


async def delete_expired(conn: Connection, now: datetime, idle_since: datetime) -> int:
    return await execute(conn, _SQL["delete_expired"], {"now": now, "idle_since": idle_since})
