"""`POST /v1/availability` and `POST /v1/sequenced_availability`."""

from __future__ import annotations

from functools import lru_cache
from operator import add
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
from convene.api.v1.availability_plain import plain_query
from convene.api.v1.context import ANY, AnyCaller, PlatformDep, answered_claim
from convene.core.availability_query import Query
from convene.core.availability_reasons import MemberStatus
from convene.core.instants import DAY, HOUR, MINUTE, from_seconds
from convene.core.slot_columns import Slot, SlotColumns
from convene.edge.loose_bodies import body_of, documented, json_members, loose_body, parse
from convene.edge.loose_types import in_utc
from convene.identity.claims import Claim
from convene.services.availability_query import Answer

router = APIRouter(prefix="/v1", tags=["availability"])
_encode = msgspec.json.Encoder().encode
_JSON = "application/json; charset=utf-8"
_KEPT_BODY = 16 * 1024
_MOST_OPENINGS = 4096

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
    plain = plain_query(raw)
    if plain is not None:
        return plain
    return query_of(parse(AvailabilityBody, json_members(raw) if raw.strip() else {}))


def render(answer: Answer) -> bytes:
    """Return an answer as JSON.

    An answer has hundreds of slots of the same few times and people, so these are put together from ready text.
    """
    head, tail = b'{"%b":[' % ANSWER_KEYS[answer.query.response_format].encode(), b"]}"
    if answer.statuses is not None:
        tail = b'],"member_statuses":%b}' % _encode([_status(status) for status in answer.statuses])
    slots = answer.slots
    if not slots:
        return head + tail
    if not isinstance(slots, SlotColumns):
        told = [_opening(start, end) + _closing(participants) for start, end, participants in slots]
        return b"%b%b%b" % (head, b",".join(told), tail)
    openings = list(map(_openings(slots.duration).__getitem__, slots.starts))
    openings[0] = head + openings[0]
    closings = [_closing(names) for names in slots.names]
    if slots.which is not None:
        told = list(map(add, openings, map(closings.__getitem__, slots.which)))
        told[-1] += tail
        return b",".join(told)
    # All of them have the same people: what joins two slots is the end of one.
    openings[-1] += closings[0] + tail
    return (closings[0] + b",").join(openings)


class _Openings(dict[int, bytes]):
    """What slots of one duration begin with, by their starts. Queries ask about the same days again and again."""

    def __init__(self, duration: int) -> None:
        self.duration = duration

    def __missing__(self, start: int) -> bytes:
        if len(self) >= _MOST_OPENINGS:
            self.clear()
        text = self[start] = _opening(start, start + self.duration)
        return text


@lru_cache(maxsize=4)
def _openings(duration: int) -> _Openings:
    return _Openings(duration)


def _opening(start: int, end: int) -> bytes:
    return f'{{"start":"{_stamp(start)}","end":"{_stamp(end)}","participants":'.encode()


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
def _closing(participants: tuple[str, ...]) -> bytes:
    return b"[%b]}" % b",".join(map(_person, participants))


@lru_cache(maxsize=4096)
def _person(sub: str) -> bytes:
    return _encode({"sub": sub})


def slot_of(slot: Slot) -> dict[str, Any]:
    """Return a slot or period as this surface writes it."""
    people = [{"sub": sub} for sub in slot.participants]
    return {"start": _time(slot.start), "end": _time(slot.end), "participants": people}


def _time(seconds: int) -> str:
    return in_utc(from_seconds(seconds))


def _status(status: MemberStatus) -> dict[str, str]:
    told: dict[str, str] = {"sub": status.sub, "status": status.status}
    if status.reason is not None:
        told["reason"] = status.reason
    if status.detail:
        told["detail"] = status.detail
    return told
