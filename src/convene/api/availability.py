"""`GET /api/availability`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.api.context import CallerDep, PlatformDep
from convene.core.errors import Invalid
from convene.core.instants import from_seconds
from convene.core.slots import Offer
from convene.edge.json_values import JsonObject
from convene.edge.requests import Body, Instant, format_instant, parse_instant
from convene.services.availability import Answer
from convene.services.availability_question import Question, check_duration
from convene.services.free_busy import ShownTime
from convene.services.hours_preview import Look, offered
from convene.services.why_not import Reason
from convene.storage.availability_reading import EntryRow

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
    quorum_of: Annotated[str, Query(max_length=2000)] = "",
    quorum: Annotated[int, Query(ge=0, le=50)] = 0,
    share: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Return the times at which all participants are free; with `include=busy` also when each of them is not."""
    unknown = [word for word in subs(include) if word != "busy"]
    if unknown:
        raise Invalid("include", f"include: {unknown[0][:40]!r} is not known here. It may be busy.")
    if share is not None and include:
        raise Invalid("include", "include: a share tells when somebody is free, and nothing else.")
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
        quorum_of=subs(quorum_of),
        quorum=quorum,
    )
    answer = await platform.availability.find(caller, question, share)
    return Response(_encode(body_of(answer, question.quorum_of)), media_type="application/json")


class Explained(Body):
    """The question "why not then?". `quorum_of` and `quorum` as in `GET /api/availability`."""

    participants: list[str] = Field(min_length=1, max_length=50)
    start: Instant
    duration_minutes: int = 30
    flexible: list[str] = Field(default_factory=list, max_length=50)
    excluded_booking: str | None = Field(default=None, max_length=40)
    quorum_of: list[str] = Field(default_factory=list, max_length=50)
    quorum: int = 0


EXPLAINED = {
    "start": "2026-11-24T15:00:00Z",
    "end": "2026-11-24T15:30:00Z",
    "is_free": False,
    "participants": [
        {
            "sub": "acc_0e8t8fbh3s1pr7q2q5e0m0k5ag",
            "name": "Ana Ruiz",
            "state": "ok",
            "is_free": False,
            "reasons": [
                {
                    "reason": "busy",
                    "detail": "You are busy then.",
                    "since": "2026-11-24T14:30:00Z",
                    "until": "2026-11-24T15:30:00Z",
                    "entries": [
                        {
                            "kind": "tentative",
                            "title": "Dentist",
                            "calendar": "Private",
                            "start": "2026-11-24T14:30:00Z",
                            "end": "2026-11-24T15:30:00Z",
                        }
                    ],
                }
            ],
        }
    ],
    "alternatives": [{"start": "2026-11-24T15:30:00Z", "end": "2026-11-24T16:00:00Z"}],
}


@router.post(
    "/availability/explain", responses={200: {"content": {"application/json": {"example": EXPLAINED}}}}
)
async def explain_availability(platform: PlatformDep, caller: CallerDep, body: Explained) -> JSONResponse:
    """Say why a time cannot be booked: the rule or the kind of entry in the way, as far as the caller may know."""
    check_duration(body.duration_minutes)
    question = Question(
        participants=tuple(dict.fromkeys(body.participants)),
        start=body.start,
        end=body.start + timedelta(minutes=body.duration_minutes),
        duration_minutes=body.duration_minutes,
        flexible=tuple(body.flexible),
        excluded_booking=body.excluded_booking,
        quorum_of=tuple(dict.fromkeys(body.quorum_of)),
        quorum=body.quorum,
    )
    found = await platform.why_not.explain(caller, question)
    return JSONResponse(
        {
            "start": format_instant(question.start),
            "end": format_instant(question.end),
            "is_free": found.is_free,
            "participants": [
                {
                    "sub": person.state.sub,
                    "name": person.state.name,
                    "state": person.state.state,
                    "is_free": not person.reasons,
                    "reasons": [_reason(reason) for reason in person.reasons],
                }
                for person in found.people
            ],
            "alternatives": [
                {"start": _time(offer.start), "end": _time(offer.end)} for offer in found.alternatives
            ],
        }
    )


class Previewed(Body):
    """The question "what would they be offered with these hours?"; `rules` as in `PUT /api/availability-rules`."""

    rules: JsonObject
    viewer: str | None = Field(default=None, max_length=40)
    from_: Instant = Field(alias="from")
    to: Instant
    duration_minutes: int = 30


PREVIEWED = {
    "slots": [{"start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:30:00Z"}],
    "viewer": {"sub": "acc_0e8t8fbh3s1pr7q2q5e0m0k5ag", "name": "Ana Ruiz", "state": "ok"},
    "is_shared": True,
}


@router.post(
    "/availability/preview", responses={200: {"content": {"application/json": {"example": PREVIEWED}}}}
)
async def preview_availability(platform: PlatformDep, caller: CallerDep, body: Previewed) -> JSONResponse:
    """Say what a colleague, or a visitor, would be offered of one's own time with hours that are not saved yet."""
    look = Look(body.viewer, body.from_, body.to, body.duration_minutes)
    found = await offered(platform.availability, caller, body.rules, look)
    viewer = found.viewer
    return JSONResponse(
        {
            "slots": [{"start": _time(offer.start), "end": _time(offer.end)} for offer in found.slots],
            "viewer": viewer and {"sub": viewer.sub, "name": viewer.name, "state": viewer.state},
            "is_shared": found.is_shared,
        }
    )


def _reason(reason: Reason) -> dict[str, Any]:
    told: dict[str, Any] = {"reason": reason.reason, "detail": reason.detail}
    if reason.since is not None:
        told["since"] = format_instant(reason.since)
    if reason.until is not None:
        told["until"] = format_instant(reason.until)
    if reason.entries:
        told["entries"] = [_entry(entry) for entry in reason.entries]
    return told


def _entry(entry: EntryRow) -> dict[str, str]:
    told = {
        "kind": entry.kind,
        "title": entry.title,
        "calendar": entry.calendar_name,
        "start": format_instant(entry.starts_at),
        "end": format_instant(entry.ends_at),
        "booking_id": entry.booking_id,
    }
    return {name: value for name, value in told.items() if value}


def subs(text: str) -> tuple[str, ...]:
    """Split a comma-separated list, dropping repeats and blanks."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _time(seconds: int) -> str:
    return format_instant(from_seconds(seconds))


def _slot(offer: Offer, quorum_of: tuple[str, ...]) -> dict[str, Any]:
    slot: dict[str, Any] = {"start": _time(offer.start), "end": _time(offer.end)}
    if offer.outside_hours:
        slot["outside_hours"] = list(offer.outside_hours)
    if quorum_of:
        slot["quorum"] = {"free": len(quorum_of) - len(offer.missing), "missing": list(offer.missing)}
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


def body_of(answer: Answer, quorum_of: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the answer as documented."""
    return {
        "slots": [_slot(offer, quorum_of) for offer in answer.slots],
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
