"""`/v1/service_account_authorizations`: access to colleagues' calendars, under what an administrator has allowed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from convene.api.v1.context import ACCEPTED, AccountCaller, IdentityDep, PlatformDep, accepted
from convene.core.errors import Forbidden, Invalid
from convene.edge.loose_bodies import LooseModel, body_of, documented, parse
from convene.identity.application_tokens import Delegation

router = APIRouter(prefix="/v1", tags=["service accounts"])

MAX_AT_ONCE = 50
CALLBACK_TYPE = "service_account_authorization"
LIST = "service_account_authorizations"


class DelegationBody(LooseModel):
    email: Annotated[str, Field(max_length=320)]
    callback_url: Annotated[str, Field(max_length=2000)]
    scope: Annotated[str, Field(max_length=2000)]
    state: Annotated[str, Field(max_length=2000)] = ""


class Delegations(LooseModel):
    """One request at the top level, or several in the list; never both."""

    service_account_authorizations: list[DelegationBody] = Field(min_length=1, max_length=MAX_AT_ONCE)


EXAMPLE: dict[str, Any] = {
    "email": "ana@example.com",
    "callback_url": "https://app.example.com/callbacks/access",
    "scope": "read_write",
    "state": "ana",
}


async def _asked(request: Request) -> list[DelegationBody]:
    members = await body_of(request)
    if members.get(LIST) is None:
        return [parse(DelegationBody, members)]
    if any(members.get(name) is not None for name in ("email", "callback_url", "scope")):
        raise Invalid(
            LIST, f"{LIST}: ask for one account at the top level, or for several in the list, not both."
        )
    return parse(Delegations, members).service_account_authorizations


@router.post(
    "/service_account_authorizations",
    status_code=ACCEPTED,
    response_class=Response,
    openapi_extra=documented(DelegationBody, EXAMPLE),
)
async def ask_for_access(
    application: AccountCaller,
    identity: IdentityDep,
    platform: PlatformDep,
    asked: Annotated[list[DelegationBody], Depends(_asked)],
) -> Response:
    """Ask for access to accounts of the organisation. Each callback receives a code, or why there is none."""
    if application.service_account_id is None:
        raise Forbidden("This needs the access token of a service account.", code="service_account_required")
    for item in asked:
        platform.webhooks.check_url(item.callback_url)
    async with platform.db.transaction() as conn:
        for item in asked:
            wanted = Delegation(item.email, item.callback_url, item.scope, item.state)
            told = await identity.application_tokens.delegate(conn, application, wanted)
            await platform.webhooks.send_callback(
                conn,
                application.org_id,
                application.client_id,
                item.callback_url,
                CALLBACK_TYPE,
                {"authorization": told},
            )
    return accepted()
