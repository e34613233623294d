"""Free time shared in conversations over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.connect.availability_shares import AvailabilityShares, Choice, Refused
from convene.connect.edge import ConversationId, Person, SharedIn, answered, passed_on
from convene.core.errors import Invalid
from convene.edge.requests import Body

_MOST_ROOMS = 49


class NewShare(Body):
    days: int
    duration_minutes: int = 30
    any_hour: bool = False
    expires_in_days: int | None = None
    client_nonce: str


class SharedMeeting(Body):
    """A meeting in shared time; values are judged by the platform."""

    start: str
    duration_minutes: int
    title: str | None = None
    note: str | None = None
    conferencing: bool | str | None = None
    resources: list[str] | None = Field(default=None, max_length=_MOST_ROOMS)


def routes(shares: AvailabilityShares) -> APIRouter:
    """Return the handlers of shared time. A share goes by the id of its message."""
    router = APIRouter(prefix="/connect/api", tags=["connect"])

    @router.get("/availability-shares/preview")
    async def preview(
        person: Person,
        days: Annotated[int, Query()],
        duration_minutes: int = 30,
        any_hour: bool = False,
        expires_in_days: int | None = None,
    ) -> Response:
        choice = Choice(days, duration_minutes, any_hour, expires_in_days)
        return await _answer(shares.preview(person, choice))

    @router.post("/conversations/{conversation_id}/availability-shares", status_code=201)
    async def share(conversation_id: ConversationId, body: NewShare, person: Person) -> Response:
        choice = Choice(body.days, body.duration_minutes, body.any_hour, body.expires_in_days)
        try:
            view, is_new = await shares.share(person, conversation_id, choice, body.client_nonce)
        except Refused as refused:
            return passed_on(refused.answer)
        return answered(view, 201 if is_new else 200)

    @router.get("/availability-shares/{shared_in}")
    async def look(shared_in: SharedIn, person: Person, duration_minutes: int | None = None) -> Response:
        return await _answer(shares.look(person, shared_in, duration_minutes))

    @router.post("/availability-shares/{shared_in}/refresh")
    async def refresh(shared_in: SharedIn, person: Person) -> Response:
        return await _answer(shares.refresh(person, shared_in))

    @router.post("/availability-shares/{shared_in}/bookings", status_code=201)
    async def book(
        shared_in: SharedIn,
        body: SharedMeeting,
        person: Person,
        key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
    ) -> Response:
        if key is None:
            raise Invalid("Idempotency-Key", "Send an Idempotency-Key, so that a repeated click books once.")
        return passed_on(await shares.book(person, shared_in, body.model_dump(exclude_none=True), key))

    @router.delete("/availability-shares/{shared_in}")
    async def revoke(shared_in: SharedIn, person: Person) -> JSONResponse:
        return answered(await shares.revoke(person, shared_in))

    return router


async def _answer(work: Awaitable[dict[str, Any]]) -> Response:
    """Answer with what was found, or with the platform's refusal."""
    try:
        return answered(await work)
    except Refused as refused:
        return passed_on(refused.answer)
