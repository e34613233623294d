"""Conversations, their members and messages over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from convene.connect.conversations import Conversations
from convene.connect.edge import ConversationId, MessageId, Person, answered, checked_id
from convene.connect.messages import Messages
from convene.connect.start import Start
from convene.core.errors import Invalid
from convene.edge.requests import Body

# Larger than any seq and still exact in every client's numbers.
_MOST = 2**53


class NewConversation(Body):
    kind: str
    with_: str | None = Field(None, alias="with")
    name: str | None = None
    topic: str | None = None


class ChannelChange(Body):
    name: str | None = None
    topic: str | None = None


class NewMember(Body):
    sub: str


class NewMessage(Body):
    body: str
    client_nonce: str


class MessageEdit(Body):
    body: str


class ReadMark(Body):
    seq: int = Field(ge=0, le=_MOST)


def routes(conversations: Conversations, messages: Messages, start: Start) -> APIRouter:
    """Return the handlers of conversations."""
    router = APIRouter(prefix="/connect/api", tags=["connect"])

    @router.post("/conversations", status_code=201)
    async def open_conversation(body: NewConversation, person: Person) -> JSONResponse:
        if body.kind == "dm":
            if body.with_ is None or body.name is not None or body.topic is not None:
                raise Invalid(
                    "with", "A direct conversation is opened with a person: send with, and no name."
                )
            view, is_new = await conversations.open_dm(person, checked_id(body.with_, "acc"))
            return answered(view, 201 if is_new else 200)
        if body.kind == "channel":
            if body.with_ is not None:
                raise Invalid("with", "People are added to a channel once it is there.")
            if body.name is None:
                raise Invalid("name", "A channel needs a name.")
            return answered(await conversations.create_channel(person, body.name, body.topic or ""), 201)
        raise Invalid("kind", "kind must be dm or channel.")

    @router.patch("/conversations/{conversation_id}")
    async def change_channel(
        conversation_id: ConversationId, body: ChannelChange, person: Person
    ) -> JSONResponse:
        return answered(await conversations.change_channel(person, conversation_id, body.name, body.topic))

    @router.get("/channels")
    async def channels(person: Person) -> JSONResponse:
        return answered({"channels": await conversations.channels(person)})

    @router.post("/conversations/{conversation_id}/join")
    async def join(conversation_id: ConversationId, person: Person) -> JSONResponse:
        return answered(await conversations.join(person, conversation_id))

    @router.post("/conversations/{conversation_id}/leave", status_code=204)
    async def leave(conversation_id: ConversationId, person: Person) -> Response:
        await conversations.leave(person, conversation_id)
        return Response(status_code=204)

    @router.get("/conversations/{conversation_id}/members")
    async def members(conversation_id: ConversationId, person: Person) -> JSONResponse:
        return answered({"members": await start.members(person, conversation_id)})

    @router.post("/conversations/{conversation_id}/members")
    async def add_member(conversation_id: ConversationId, body: NewMember, person: Person) -> JSONResponse:
        sub = checked_id(body.sub, "acc")
        return answered(await conversations.add(person, conversation_id, sub))

    @router.get("/conversations/{conversation_id}/messages")
    async def page(
        conversation_id: ConversationId,
        person: Person,
        before: Annotated[int | None, Query(ge=0, le=_MOST)] = None,
        limit: int = 50,
    ) -> JSONResponse:
        return answered(await messages.page(person, conversation_id, before, limit))

    @router.post("/conversations/{conversation_id}/messages", status_code=201)
    async def send(conversation_id: ConversationId, body: NewMessage, person: Person) -> JSONResponse:
        view, is_new = await messages.send(person, conversation_id, body.body, body.client_nonce)
        return answered(view, 201 if is_new else 200)

    @router.patch("/messages/{message_id}")
    async def edit(message_id: MessageId, body: MessageEdit, person: Person) -> JSONResponse:
        return answered(await messages.edit(person, message_id, body.body))

    @router.delete("/messages/{message_id}")
    async def delete(message_id: MessageId, person: Person) -> JSONResponse:
        return answered(await messages.delete(person, message_id))

    @router.post("/conversations/{conversation_id}/read")
    async def mark_read(conversation_id: ConversationId, body: ReadMark, person: Person) -> JSONResponse:
        mark = await conversations.mark_read(person, conversation_id, body.seq)
        return answered({"conversation_id": conversation_id, "last_read_seq": mark})

    return router
