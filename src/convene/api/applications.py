"""`/api/applications`, what may speak Cronofy's language to this organisation, and `/api/authorizations`, which of them
act for me."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from convene.api.identity_schemas import IdentityDep, Line
from convene.core.scopes import words_of
from convene.edge.requests import Body, CallerDep, format_instant
from convene.storage.authorizations import Authorization
from convene.storage.oauth import ListedClient

router = APIRouter(prefix="/api", tags=["applications"])

Address = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class NewApplication(Body):
    name: Line
    redirect_uris: list[Address] = Field(default_factory=list, max_length=50)


class ApplicationChange(Body):
    """Every field may be left out; only those sent are changed."""

    name: Line | None = None
    redirect_uris: Annotated[list[Address] | None, Field(max_length=50)] = None


def _show(client: ListedClient) -> dict[str, Any]:
    until = client.old_secret_until
    return {
        "client_id": client.client_id,
        "name": client.name,
        "redirect_uris": client.redirect_uris,
        "created_at": format_instant(client.created_at),
        "authorized_count": client.authorized_count,
        "old_secret_until": None if until is None else format_instant(until),
        "has_service_account": client.has_service_account,
    }


def _show_mine(found: Authorization) -> dict[str, Any]:
    return {
        "client_id": found.client_id,
        "name": found.name,
        "scope": found.scope,
        "allowed": list(words_of(found.scope)),
        "created_at": format_instant(found.created_at),
    }


@router.get("/applications")
async def get_applications(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the organisation's applications."""
    return {"applications": [_show(item) for item in await identity.clients.listed(caller)]}


@router.post("/applications", status_code=201)
async def create_application(
    body: NewApplication, caller: CallerDep, identity: IdentityDep
) -> dict[str, Any]:
    """Register an application; its secret is in this answer only."""
    made = await identity.oauth.create_client(caller, body.name, body.redirect_uris)
    shown = _show(await identity.clients.get(caller, made.client_id))
    return {**shown, "client_secret": made.client_secret.reveal()}


@router.get("/applications/{client_id}")
async def get_application(client_id: str, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Return one application."""
    return _show(await identity.clients.get(caller, client_id))


@router.patch("/applications/{client_id}")
async def change_application(
    client_id: str, body: ApplicationChange, caller: CallerDep, identity: IdentityDep
) -> dict[str, Any]:
    """Rename an application, or set the addresses that it may be sent back to."""
    return _show(
        await identity.clients.change(caller, client_id, name=body.name, redirect_uris=body.redirect_uris)
    )


@router.post("/applications/{client_id}/secret", status_code=201)
async def rotate_secret(client_id: str, caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """Make a new secret, which is in this answer only. The one before works for 24 hours more."""
    secret = await identity.clients.rotate_secret(caller, client_id)
    shown = _show(await identity.clients.get(caller, client_id))
    return {**shown, "client_secret": secret.reveal()}


@router.delete("/applications/{client_id}", status_code=204)
async def remove_application(client_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """Forget an application with everything that it may do. Events that it made stay."""
    await identity.clients.remove(caller, client_id)


@router.delete("/applications/{client_id}/service-account", status_code=204)
async def end_service_account(client_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """No longer let an application obtain access for the organisation's people."""
    await identity.clients.end_service_account(caller, client_id)


@router.get("/authorizations")
async def get_authorizations(caller: CallerDep, identity: IdentityDep) -> dict[str, Any]:
    """List the applications that may act for the caller."""
    found = await identity.clients.my_authorizations(caller)
    return {"authorizations": [_show_mine(item) for item in found]}


@router.delete("/authorizations/{client_id}", status_code=204)
async def end_authorization(client_id: str, caller: CallerDep, identity: IdentityDep) -> None:
    """Stop an application from acting for the caller."""
    await identity.clients.end_my_authorization(caller, client_id)
