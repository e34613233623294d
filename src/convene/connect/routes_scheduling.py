"""Scheduling from inside a conversation, passed through the one door; and what comes back by webhook."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.connect.edge import Person, answered, checked_id, passed_on
from convene.connect.membership import require_member
from convene.connect.scheduling_client import SchedulingClient
from convene.connect.webhooks import Hooks
from convene.core.errors import Invalid
from convene.edge.requests import Body
from convene.storage.database import Database

_MOST_PEOPLE = 49


class NewMeeting(Body):
    """Values are judged by the platform; here only what Connect adds is looked at."""

    with_: list[str] = Field(alias="with", min_length=1, max_length=_MOST_PEOPLE)
    start: str
    duration_minutes: int
    title: str | None = None
    note: str | None = None
    conferencing: bool | str | None = None
    resources: list[str] | None = Field(default=None, max_length=_MOST_PEOPLE)
    conversation_id: str | None = None


class Missing(Body):
    """The question why a time is not offered; judged by the platform like a query for times."""

    with_: list[str] = Field(alias="with", max_length=_MOST_PEOPLE)
    start: str
    duration_minutes: int
    excluded_booking: str | None = None
    quorum_of: list[str] | None = Field(default=None, max_length=_MOST_PEOPLE)
    quorum: int | None = None


class Move(Body):
    start: str
    duration_minutes: int | None = None
    resources: list[str] | None = Field(default=None, max_length=_MOST_PEOPLE)
    message: str | None = None


class Cancellation(Body):
    reason: str | None = None


Key = Annotated[str | None, Header(alias="Idempotency-Key")]
Match = Annotated[str | None, Header(alias="If-Match")]


def routes(db: Database, scheduling: SchedulingClient, hooks: Hooks) -> APIRouter:
    """Return the handlers that lead to scheduling and back."""
    router = APIRouter(tags=["connect"])

    @router.get("/connect/api/availability")
    async def availability(
        person: Person,
        with_: Annotated[str, Query(alias="with")],
        from_: Annotated[str, Query(alias="from")],
        to: str,
        duration_minutes: str,
        excluded_booking: str | None = None,
        suggestions: str | None = None,
        include: str | None = None,
        quorum_of: str | None = None,
        quorum: str | None = None,
    ) -> Response:
        others = _others(with_.split(",") if with_ else [], quorum_of)
        asked = {
            "from": from_,
            "to": to,
            "duration_minutes": duration_minutes,
            "excluded_booking": excluded_booking,
            "suggestions": suggestions,
            "include": include,
            "quorum_of": quorum_of,
            "quorum": quorum,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return passed_on(await scheduling.availability(person, others, given))

    @router.post("/connect/api/availability/explain")
    async def explain(body: Missing, person: Person) -> Response:
        others = _others(body.with_, body.quorum_of)
        return passed_on(await scheduling.explain(person, others, _without_none(body, "with_")))

    @router.get("/connect/api/resources")
    async def rooms(
        person: Person, start: str | None = None, duration_minutes: str | None = None
    ) -> Response:
        asked = {"start": start, "duration_minutes": duration_minutes}
        given = {name: value for name, value in asked.items() if value is not None}
        return passed_on(await scheduling.rooms(person, given))

    @router.post("/connect/api/bookings", status_code=201)
    async def book(body: NewMeeting, person: Person, key: Key = None) -> Response:
        if key is None:
            raise Invalid("Idempotency-Key", "Send an Idempotency-Key, so that a repeated click books once.")
        booking = _without_none(body, "with_", "conversation_id")
        booking["participants"] = [checked_id(sub, "acc") for sub in body.with_]
        if body.conversation_id is not None:
            conversation_id = checked_id(body.conversation_id, "cnv")
            async with db.connection() as conn:
                await require_member(conn, person, conversation_id)
            booking["origin"] = {"conversation_id": conversation_id}
        return passed_on(await scheduling.book(person, booking, key))

    @router.get("/connect/api/bookings/{booking_id}")
    async def read(booking_id: str, person: Person) -> Response:
        return passed_on(await scheduling.booking(person, booking_id))

    @router.post("/connect/api/bookings/{booking_id}/reschedule")
    async def reschedule(
        booking_id: str, body: Move, person: Person, key: Key = None, match: Match = None
    ) -> Response:
        sent = _headers(key, match)
        return passed_on(
            await scheduling.change_booking(person, booking_id, "reschedule", _without_none(body), sent)
        )

    @router.post("/connect/api/bookings/{booking_id}/cancel")
    async def cancel(
        booking_id: str,
        person: Person,
        body: Cancellation | None = None,
        key: Key = None,
        match: Match = None,
    ) -> Response:
        sent = _headers(key, match)
        reason = _without_none(body) if body else {}
        return passed_on(await scheduling.change_booking(person, booking_id, "cancel", reason, sent))

    @router.post("/connect/hooks/scheduling", include_in_schema=False)
    async def receive(request: Request) -> JSONResponse:
        applied = await hooks.receive(request.headers, await request.body())
        return answered({"applied": applied})

    return router


def _others(subs: list[str], quorum_of: object) -> list[str]:
    """Return whom the person must meet: nobody in particular only where enough of others are asked for."""
    if not subs and not quorum_of:
        raise Invalid(
            "with", "with must name the people to meet, or quorum_of those of whom some are enough."
        )
    return [checked_id(sub, "acc") for sub in subs]


def _without_none(body: Body, *left_out: str) -> dict[str, Any]:
    return body.model_dump(exclude_none=True, exclude=set(left_out))


def _headers(key: str | None, match: str | None) -> dict[str, str]:
    given = {"Idempotency-Key": key, "If-Match": match}
    return {name: value for name, value in given.items() if value is not None}
