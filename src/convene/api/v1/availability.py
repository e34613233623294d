"""`POST /v1/availability` and `POST /v1/sequenced_availability`."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from convene.api.context import platform_of
from convene.api.v1.availability_bodies import (
    AvailabilityBody,
    SequencedAvailabilityBody,
    query_of,
    sequence_of,
)
from convene.api.v1.context import ANY, AnyCaller, PlatformDep, answered_claim
from convene.core.availability_query import MemberStatus, Query, Slot
from convene.core.instants import DAY, HOUR, MINUTE, from_seconds
from convene.edge.loose_bodies import body_of, documented, json_members, loose_body, parse
from convene.edge.loose_types import in_utc
from convene.identity.claims import Claim
from convene.services.availability_query import Answer

router = APIRouter(prefix="/v1", tags=["availability"])
_encode = msgspec.json.Encoder().encode
_JSON = "application/json; charset=utf-8"
_KEPT_BODY = 16 * 1024

ANSWER_KEYS = {
    "periods": "available_periods",
    "slots": "available_slots",
    "overlapping_slots": "available_slots",
}
_PERIOD = {"start": "2027-01-12T09:00:00Z", "end": "2027-01-12T18:00:00Z"}
_ANA, _BO = "acc_0e8t8fbh3s1pr7q2q5e0m0k5ag", "acc_0e8t8fbh3s1pr7q2q5e0m0k5b0"
EXAMPLE = {
    "participants": [
        {"members": [{"sub": _ANA}, {"sub": _BO, "managed_availability": True}], "required": "all"}
    ],
    "required_duration": {"minutes": 60},
    "query_periods": [_PERIOD],
    "response_format": "slots",
    "buffer": {"before": {"minutes": 15}, "after": {"minutes": 15}},
}
_SLOT = {
    "start": "2027-01-12T09:00:00Z",
    "end": "2027-01-12T10:00:00Z",
    "participants": [{"sub": _ANA}, {"sub": _BO}],
}
_ANSWER: dict[str, Any] = {"content": {"application/json": {"example": {"available_slots": [_SLOT]}}}}
SEQUENCE_EXAMPLE = {
    "sequence": [
        {
            "sequence_id": "screening",
            "ordinal": 1,
            "participants": [{"members": [{"sub": _ANA}], "required": "all"}],
            "required_duration": {"minutes": 60},
            "start_interval": {"minutes": 60},
            "buffer": {"after": {"minimum": {"minutes": 0}, "maximum": {"minutes": 60}}},
        },
        {
            "sequence_id": "interview",
            "ordinal": 2,
            "participants": [{"members": [{"sub": _BO}], "required": "all"}],
            "required_duration": {"minutes": 60},
            "start_interval": {"minutes": 60},
        },
    ],
    "query_periods": [_PERIOD],
}
_ITINERARIES: dict[str, Any] = {
    "content": {
        "application/json": {
            "example": {
                "sequences": [
                    {
                        "sequence": [
                            {"sequence_id": "screening", **_SLOT, "participants": [{"sub": _ANA}]},
                            {
                                "sequence_id": "interview",
                                "start": "2027-01-12T10:00:00Z",
                                "end": "2027-01-12T11:00:00Z",
                                "participants": [{"sub": _BO}],
                            },
                        ]
                    }
                ]
            }
        }
    }
}


@router.post("/availability", openapi_extra=documented(AvailabilityBody, EXAMPLE), responses={200: _ANSWER})
async def post_availability(request: Request) -> Response:
    """Return the times at which enough members of every group are free."""
    queries = platform_of(request).availability_queries

    async def answer(claim: Claim) -> bytes:
        return await queries.rendered(claim, await _asked(request), render)

    return Response(await answered_claim(request, ANY, answer), media_type=_JSON)


@router.post(
    "/sequenced_availability",
    openapi_extra=documented(SequencedAvailabilityBody, SEQUENCE_EXAMPLE),
    responses={200: _ITINERARIES},
)
async def post_sequenced_availability(
    platform: PlatformDep,
    application: AnyCaller,
    body: Annotated[SequencedAvailabilityBody, Depends(loose_body(SequencedAvailabilityBody))],
) -> Response:
    """Return itineraries: times for several meetings, one after the other."""
    answer = await platform.availability_queries.sequences(application, sequence_of(body))
    told = {
        "sequences": [
            {"sequence": [{"sequence_id": item.sequence_id, **slot_of(item.slot)} for item in itinerary]}
            for itinerary in answer.itineraries
        ]
    }
    return Response(_encode(told), media_type=_JSON)


async def _asked(request: Request) -> Query:
    raw = await request.body()
    if len(raw) <= _KEPT_BODY and request.headers.get("content-type", "").startswith("application/json"):
        return _asked_before(raw)
    return query_of(parse(AvailabilityBody, await body_of(request)))


@lru_cache(maxsize=256)
def _asked_before(raw: bytes) -> Query:
    """The query that a JSON body asks: pages and programs ask the same one again and again."""
    return query_of(parse(AvailabilityBody, json_members(raw) if raw.strip() else {}))


def render(answer: Answer) -> bytes:
    """Return an answer as JSON.

    An answer has hundreds of slots of the same few times and people, so these are put together from ready text.
    """
    slots = ",".join(
        f'{{"start":"{_stamp(start)}","end":"{_stamp(end)}","participants":{_people(participants)}}}'
        for start, end, participants in answer.slots
    )
    text = f'{{"{ANSWER_KEYS[answer.query.response_format]}":[{slots}]'
    if answer.statuses is not None:
        text += f',"member_statuses":{_encode([_status(status) for status in answer.statuses]).decode()}'
    return f"{text}}}".encode()


def _stamp(seconds: int) -> str:
    day, second = divmod(seconds, DAY)
    return _date(day) + _clock(second)


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    return f"{from_seconds(day * DAY):%Y-%m-%d}T"


@lru_cache(maxsize=2048)
def _clock(second: int) -> str:
    return f"{second // HOUR:02}:{second // MINUTE % 60:02}:{second % 60:02}Z"


@lru_cache(maxsize=512)
def _people(participants: tuple[str, ...]) -> str:
    return _encode(_subs(participants)).decode()


def slot_of(slot: Slot) -> dict[str, Any]:
    """Return a slot or period as this surface writes it."""
    return {"start": _time(slot.start), "end": _time(slot.end), "participants": _subs(slot.participants)}


def _time(seconds: int) -> str:
    return in_utc(from_seconds(seconds))


@lru_cache(maxsize=256)
def _subs(participants: tuple[str, ...]) -> list[dict[str, str]]:
    """Most slots of an answer have the same people. Nobody changes the list."""
    return [{"sub": sub} for sub in participants]


def _status(status: MemberStatus) -> dict[str, str]:
    told: dict[str, str] = {"sub": status.sub, "status": status.status}
    if status.reason is not None:
        told["reason"] = status.reason
    if status.detail:
        told["detail"] = status.detail
    return told
