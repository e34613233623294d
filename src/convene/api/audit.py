"""`/api/audit`: what was done in the organisation, newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from convene.api.identity_schemas import IdentityDep
from convene.edge.requests import CallerDep, format_instant

router = APIRouter(prefix="/api", tags=["people"])


@router.get("/audit")
async def get_audit(
    caller: CallerDep,
    identity: IdentityDep,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> dict[str, Any]:
    """Return a page of the audit log."""
    page = await identity.audit.read(caller, before)
    return {
        "entries": [
            {
                "seq": entry.seq,
                "at": format_instant(entry.at),
                "actor": entry.actor,
                "actor_name": entry.actor_name,
                "action": entry.action,
                "target": entry.target,
                "ip": entry.ip,
                "detail": entry.detail,
            }
            for entry in page.entries
        ],
        "next_before": page.next_before,
    }
