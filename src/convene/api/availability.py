"""`GET /api/availability`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response

from convene.api.context import CallerDep, PlatformDep
from convene.core.errors import Invalid
from convene.core.instants import from_seconds
from convene.core.slots import Offer
from convene.edge.requests import format_instant, parse_instant
from convene.services.availability import Answer, Question
from convene.services.free_busy import ShownTime

router = APIRouter(prefix="/api", tags=["availability"])
_encode = msgspec.json.Encoder().encode


@router.get("/availability")
async def get_availability(
    platform: PlatformDep,
    caller: CallerDep,
    participants: Annotated[str, Query(max_length=2000)],
    from_: Annotated[str, Query(alias="from", max_length=40)],
    to: Annotated[str, Query(max_length=40)],
    duration_minutes: Annotated[int, Query()] = 30,
    flexible: Annotated[str, Query(max_length=2000)] = "",
    start_interval_minutes: Annotated[int | None, Query()] = None,
    excluded_booking: Annotated[str | None, Query(max_length=40)] = None,
    suggestions: Annotated[int, Query(ge=0, le=10)] = 3,
    include: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Return the times at which all participants are free; with `include=busy` also when each of them is not."""
    unknown = [word for word in subs(include) if word != "busy"]
    if unknown:
        raise Invalid("include", f"include: {unknown[0][:40]!r} is not known here. It may be busy.")
    question = Question(
        participants=subs(participants),
        start=parse_instant(from_, "from"),
        end=parse_instant(to, "to"),
        duration_minutes=duration_minutes,
        flexible=subs(flexible),
        start_interval_minutes=start_interval_minutes,
        excluded_booking=excluded_booking,
        suggestions=suggestions,
        include_busy=bool(include),
    )
    answer = await platform.availability.find(caller, question)
    return Response(_encode(body_of(answer)), media_type="application/json")


def subs(text: str) -> tuple[str, ...]:
    """Split a comma-separated list, dropping repeats and blanks."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _time(seconds: int) -> str:
    return format_instant(from_seconds(seconds))


def _slot(offer: Offer) -> dict[str, Any]:
    slot: dict[str, Any] = {"start": _time(offer.start), "end": _time(offer.end)}
    if offer.outside_hours:
        slot["outside_hours"] = list(offer.outside_hours)
    return slot


def _shown(time: ShownTime) -> dict[str, Any]:
    told: dict[str, Any] = {"busy": None}
    if time.busy is not None:
        told["busy"] = [
            {"start": _time(start), "end": _time(end), "kind": kind} for start, end, kind in time.busy
        ]
    if time.working_hours is not None:
        told["working_hours"] = [
            {"start": _time(start), "end": _time(end)} for start, end in time.working_hours
        ]
    return told


def body_of(answer: Answer) -> dict[str, Any]:
    """Return the answer as documented."""
    return {
        "slots": [_slot(offer) for offer in answer.slots],
        "participants": [
            {
                "sub": person.sub,
                "name": person.name,
                "tzid": person.tzid,
                "state": person.state,
                "detail": person.detail,
                "as_of": format_instant(person.as_of),
                **(_shown(answer.shown[person.sub]) if answer.shown is not None else {}),
            }
            for person in answer.people
        ],
        "zones": [
            {
                "tzid": zone.tzid,
                "offset_minutes": zone.offset_minutes,
                "transitions": [
                    {"at": _time(item.at), "offset_minutes": item.offset_minutes} for item in zone.transitions
                ],
            }
            for zone in answer.zones
        ],
        "suggestions": [
            {"start": _time(item.start), "end": _time(item.end), "reason": item.reason}
            for item in answer.suggestions
        ],
        "next_free": format_instant(answer.next_free) if answer.next_free else None,
        "as_of": format_instant(answer.as_of),
    }
