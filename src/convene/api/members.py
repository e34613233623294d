"""`/api/members` and `/api/grants`: the organisation's people and what can be granted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from convene.api.identity_schemas import Access, IdentityDep, Profile, VisitorDep, show_account
from convene.core.permissions import GRANTS
from convene.edge.auth import set_session_cookie
from convene.edge.requests import CallerDep

router = APIRouter(prefix="/api", tags=["people"])


@router.get("/members")
async def get_members(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the organisation's people by name."""
    return {"members": [show_account(account) for account in await identity.accounts.members(caller)]}


@router.get("/members/{sub}")
async def get_member(sub: str, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Return one person."""
    return show_account(await identity.accounts.member(caller, sub))


@router.patch("/members/me")
async def update_me(
    body: Profile,
    caller: CallerDep,
    request: Request,
    response: Response,
    identity: IdentityDep,
    visitor: VisitorDep,
) -> dict[str, Any]:
    """Change the caller's own profile or password. A new password ends all other sessions and renews this one."""
    changes = body.model_dump(exclude_unset=True)
    wanted, current = changes.pop("password", None), changes.pop("current_password", None)
    account = await identity.accounts.update_profile(
        caller, changes, password=wanted, current_password=current
    )
    if wanted is not None and caller.kind == "session":
        set_session_cookie(response, request, await identity.sessions.renew(caller, visitor))
    return show_account(account)


@router.patch("/members/{sub}")
async def set_access(sub: str, body: Access, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Change somebody's role or suspend them."""
    return show_account(
        await identity.accounts.set_access(caller, sub, **body.model_dump(exclude_unset=True))
    )


@router.get("/grants")
async def get_grants(caller: CallerDep) -> dict[str, Any]:
    """List what keys can be granted."""
    return {"grants": [{"grant": grant, "description": text} for grant, text in GRANTS.items()]}
