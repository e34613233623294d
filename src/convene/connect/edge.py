"""What Connect's handlers share: the signed-in person, ids in paths, bodies and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse

from convene.connect.scheduling_client import Answer
from convene.core.errors import Forbidden, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.edge.requests import caller as authenticated

Authenticate = Callable[[Request], Awaitable[Caller]]


async def signed_in_person(request: Request) -> Caller:
    """Return the signed-in person. Keys and tokens are refused: their grants name nothing that Connect has."""
    found = await authenticated(request)
    if found.kind != "session":
        raise Forbidden("Connect is for signed-in people. Programs use /api with their own grants.")
    return found


Person = Annotated[Caller, Depends(signed_in_person)]


def checked_id(text: str, prefix: str) -> str:
    """Return `text` if it can be an id of this kind; what cannot be one does not exist."""
    if not is_id(text, prefix):
        raise NotFound("There is no such thing here.")
    return text


def _conversation_id(conversation_id: str) -> str:
    return checked_id(conversation_id, "cnv")


def _message_id(message_id: str) -> str:
    return checked_id(message_id, "msg")


def _shared_in(shared_in: str) -> str:
    return checked_id(shared_in, "msg")


ConversationId = Annotated[str, Depends(_conversation_id)]
MessageId = Annotated[str, Depends(_message_id)]
SharedIn = Annotated[str, Depends(_shared_in)]


def answered(body: Any, status: int = 200) -> JSONResponse:
    """Answer with JSON that must not be kept by anybody on the way."""
    return JSONResponse(body, status, {"Cache-Control": "no-store"})


def passed_on(answer: Answer) -> Response:
    """Answer with what the platform said, as it said it."""
    return Response(answer.body, answer.status, {**answer.headers, "Cache-Control": "no-store"})
