"""Rows of `invitation`. Tokens come in as hashes; `open` means neither used, revoked nor expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from convene.core.permissions import Role
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("invitations")


@dataclass(frozen=True, slots=True)
class Invitation:
    org_id: str
    invitation_id: str
    email: str
    name: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    organization: str


async def insert_invitation(
    conn: Connection,
    *,
    org_id: str,
    invitation_id: str,
    email: str,
    name: str,
    role: Role,
    token_hash: bytes,
    invited_by: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Add an invitation; open ones of the same organisation to the same address stop working."""
    await execute(conn, _SQL["revoke_open_for_email"], {"org_id": org_id, "email": email, "now": now})
    params = {
        "org_id": org_id,
        "invitation_id": invitation_id,
        "email": email,
        "name": name,
        "role": role,
        "token_hash": token_hash,
        "invited_by": invited_by,
        "now": now,
        "expires_at": expires_at,
    }
    await execute(conn, _SQL["insert_invitation"], params)


async def list_open(conn: Connection, org_id: str, now: datetime) -> list[Invitation]:
    return await fetch_all(conn, _SQL["list_open"], {"org_id": org_id, "now": now}, Invitation)


async def find_open(conn: Connection, token_hash: bytes, now: datetime) -> Invitation | None:
    return await fetch_one(conn, _SQL["find_open"], {"token_hash": token_hash, "now": now}, Invitation)


async def accept(conn: Connection, org_id: str, invitation_id: str, now: datetime) -> bool:
    """Use an invitation up; false if somebody was faster, or it was revoked or ran out."""
    params = {"org_id": org_id, "invitation_id": invitation_id, "now": now}
    return await execute(conn, _SQL["accept"], params) == 1


async def revoke(conn: Connection, org_id: str, invitation_id: str, now: datetime) -> bool:
    """Take an invitation back; tell whether it was still unused."""
    params = {"org_id": org_id, "invitation_id": invitation_id, "now": now}
    return await execute(conn, _SQL["revoke"], params) == 1
