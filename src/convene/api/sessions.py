"""`/api/session` and `/api/sessions`: signing in, who I am, signing out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from convene.api.identity_schemas import IdentityDep, SignIn, VisitorDep, show_account
from convene.core.permissions import GRANTS
from convene.edge.auth import clear_session_cookie, session_token_of, set_session_cookie
from convene.edge.requests import CallerDep, format_instant

router = APIRouter(prefix="/api", tags=["people"])


@router.post("/session")
async def sign_in(
    body: SignIn, request: Request, response: Response, identity: IdentityDep, visitor: VisitorDep
) -> dict[str, Any]:
    """Sign in with address and password; sets the session cookie."""
    signed_in = await identity.sessions.sign_in(
        body.email, body.password, visitor, replaces=session_token_of(request)
    )
    set_session_cookie(response, request, signed_in)
    return {"account": show_account(signed_in.account)}


@router.get("/session")
async def get_session(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Return who the caller is and may do."""
    account, organization = await identity.accounts.me(caller)
    return {
        "account": show_account(account),
        "organization": {"org_id": organization.org_id, "name": organization.name},
        "grants": [grant for grant in GRANTS if grant in caller.grants],
    }


@router.delete("/session", status_code=204)
async def sign_out(caller: CallerDep, request: Request, response: Response, identity: IdentityDep) -> None:
    """End this session."""
    await identity.sessions.sign_out(caller)
    clear_session_cookie(response, request)


@router.get("/sessions")
async def get_sessions(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the caller's sessions."""
    found = await identity.sessions.list_mine(caller)
    return {
        "sessions": [
            {
                "session_id": session.session_id,
                "created_at": format_instant(session.created_at),
                "last_seen_at": format_instant(session.last_seen_at),
                "user_agent": session.user_agent,
                "ip": session.ip,
                "is_current": session.session_id == caller.credential_id,
            }
            for session in found
        ]
    }


@router.delete("/sessions", status_code=204)
async def sign_out_everywhere(
    caller: CallerDep, request: Request, response: Response, identity: IdentityDep
) -> None:
    """End all sessions of the caller."""
    await identity.sessions.sign_out_everywhere(caller)
    clear_session_cookie(response, request)


@router.delete("/sessions/{session_id}", status_code=204)
async def revoke_session(session_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """End one of the caller's sessions."""
    await identity.sessions.revoke(caller, session_id)
