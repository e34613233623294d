"""One-click sign-in of a demonstration installation. These routes do not exist anywhere else."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import Field

from convene.api.identity_schemas import IdentityDep, VisitorDep, show_account
from convene.edge.auth import set_session_cookie
from convene.edge.requests import Body
from convene.storage import accounts

router = APIRouter(prefix="/api/demo", tags=["demonstration"])


class Choice(Body):
    sub: str = Field(max_length=40)


@router.get("/people")
async def get_people(request: Request) -> dict[str, list[dict[str, str]]]:
    """List who can be signed in as."""
    async with request.app.state.platform.db.connection() as conn:
        organization = await accounts.oldest_organization(conn)
        people = await accounts.list_accounts(conn, organization.org_id) if organization else []
    return {
        "people": [
            {
                "sub": person.account_id,
                "name": person.name,
                "title": person.title,
                "tzid": person.tzid,
                "email": person.email,
            }
            for person in people
            if person.suspended_at is None
        ]
    }


@router.post("/session")
async def post_session(
    body: Choice, request: Request, response: Response, identity: IdentityDep, visitor: VisitorDep
) -> dict[str, object]:
    """Sign in as one of them."""
    async with request.app.state.platform.db.connection() as conn:
        organization = await accounts.oldest_organization(conn)
    org_id = organization.org_id if organization else ""
    signed_in = await identity.sessions.start_for(org_id, body.sub, visitor)
    set_session_cookie(response, request, signed_in)
    return {"account": show_account(signed_in.account)}
