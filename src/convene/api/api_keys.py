"""`/api/api-keys`, keys of the organisation, and `/api/tokens`, a person's own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from convene.api.identity_schemas import IdentityDep, NewKey, NewToken
from convene.core.errors import Forbidden
from convene.edge.requests import CallerDep, format_instant
from convene.identity.keys import IssuedKey
from convene.storage.api_keys import ApiKey

router = APIRouter(prefix="/api", tags=["people"])


def _show(key: ApiKey) -> dict[str, Any]:
    shown = {
        "key_id": key.key_id,
        "prefix": key.prefix,
        "name": key.name,
        "created_by": key.created_by,
        "created_at": format_instant(key.created_at),
        "last_used_at": None if key.last_used_at is None else format_instant(key.last_used_at),
    }
    return shown if key.account_id is not None else {**shown, "grants": key.grants}


def show_issued(key: IssuedKey) -> dict[str, Any]:
    """A new service key, with the secret that is shown this once."""
    return {
        "key_id": key.key_id,
        "secret": key.secret.reveal(),
        "prefix": key.prefix,
        "name": key.name,
        "grants": list(key.grants),
    }


@router.get("/api-keys")
async def get_api_keys(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the organisation's service keys."""
    return {"api_keys": [_show(key) for key in await identity.keys.list_service_keys(caller)]}


@router.post("/api-keys", status_code=201)
async def issue_api_key(body: NewKey, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Make a service key; its secret is in this answer only."""
    return show_issued(await identity.keys.issue_service_key(caller, body.name, body.grants))


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(key_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """Stop a service key."""
    await identity.keys.revoke_service_key(caller, key_id)


@router.get("/tokens")
async def get_tokens(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the caller's personal tokens."""
    return {"tokens": [_show(key) for key in await identity.keys.list_personal_tokens(caller)]}


@router.post("/tokens", status_code=201)
async def issue_token(body: NewToken, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Make a personal token; the token itself is in this answer only. Needs a session: no token makes another."""
    if caller.kind != "session":
        raise Forbidden("Sign in to make a personal token; a token cannot make another.")
    made = await identity.keys.issue_personal_token(caller, caller.member_id, body.name)
    return {
        "key_id": made.key_id,
        "access_token": made.secret.reveal(),
        "prefix": made.prefix,
        "name": made.name,
    }


@router.delete("/tokens/{key_id}", status_code=204)
async def revoke_token(key_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """Stop one of the caller's personal tokens."""
    await identity.keys.revoke_personal_token(caller, key_id)
