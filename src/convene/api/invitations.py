"""`/api/invitations`: bringing new people in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from convene.api.identity_schemas import Acceptance, IdentityDep, Invite, VisitorDep, show_account
from convene.edge.auth import session_token_of, set_session_cookie
from convene.edge.requests import CallerDep, format_instant
from convene.storage.invitations import Invitation

router = APIRouter(prefix="/api", tags=["people"])


def _show(invitation: Invitation) -> dict[str, Any]:
    return {
        "invitation_id": invitation.invitation_id,
        "email": invitation.email,
        "name": invitation.name,
        "role": invitation.role,
        "invited_by": invitation.invited_by,
        "created_at": format_instant(invitation.created_at),
        "expires_at": format_instant(invitation.expires_at),
    }


@router.post("/invitations", status_code=201)
async def invite(body: Invite, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Invite somebody; the address to send them is in this answer only."""
    made = await identity.invitations.invite(caller, body.email, body.name, body.role)
    return {**_show(made.invitation), "url": f"{identity.base_url}/invite/{made.token.reveal()}"}


@router.get("/invitations")
async def get_invitations(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List invitations that can still be accepted."""
    return {"invitations": [_show(found) for found in await identity.invitations.list_open(caller)]}


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke_invitation(invitation_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """Take an invitation back."""
    await identity.invitations.revoke(caller, invitation_id)


@router.get("/invitations/by-token/{token}")
async def read_invitation(token: str, identity: IdentityDep) -> dict[str, Any]:
    """Return what an invitation says to the person who holds it."""
    found = await identity.invitations.read(token)
    return {"email": found.email, "name": found.name, "organization": found.organization}


@router.post("/invitations/accept", status_code=201)
async def accept_invitation(
    body: Acceptance, request: Request, response: Response, identity: IdentityDep, visitor: VisitorDep
) -> dict[str, Any]:
    """Make the invited account and sign it in."""
    signed_in = await identity.invitations.accept(
        body.token, body.name, body.password, body.tzid, visitor, replaces=session_token_of(request)
    )
    set_session_cookie(response, request, signed_in)
    return {"account": show_account(signed_in.account)}
