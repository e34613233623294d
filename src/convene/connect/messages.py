"""Messages: sending, editing, deleting, reading back.

There is one way in which a message appears (`post`) and one in which it changes (`change`); people's text, booking
cards and notices take the same two. Every change is an event with the whole message, its `edit_seq` being the
event's own seq, and the author's windows learn of it as everybody's do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from convene.connect import views
from convene.connect.log import Writer, writing
from convene.connect.membership import require_member
from convene.connect.views import MessageRow, View
from convene.core.chat import checked_body, checked_nonce
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.security.tokens import new_id
from convene.storage.database import Connection, Database, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("messages", "convene.connect.queries")
MOST_PER_PAGE = 200


class AlreadySentError(Exception):
    """Undoes a transaction that found its message sent by a twin request."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be posted: text of a person, or a card or notice with its data as `payload`."""

    kind: str
    body: str
    author_id: str | None = None
    payload: Mapping[str, Any] | None = None
    client_nonce: str | None = None


async def post(writer: Writer, conversation_id: str, draft: Draft) -> MessageRow:
    """Append a message to a conversation. Raises `NotFound` if there is no such conversation."""
    seq = await writer.advance(conversation_id)
    row = await fetch_one(
        writer.conn,
        SQL["insert_message"],
        {
            "org_id": writer.org_id,
            "conversation_id": conversation_id,
            "message_id": new_id("message"),
            "seq": seq,
            "author_id": draft.author_id,
            "kind": draft.kind,
            "body": draft.body,
            "payload": Jsonb(draft.payload) if draft.payload is not None else None,
            "client_nonce": draft.client_nonce,
            "at": writer.at,
        },
        MessageRow,
    )
    if row is None:
        raise AlreadySentError
    await writer.append(conversation_id, seq, "message.created", views.message(row))
    return row


async def change(
    writer: Writer,
    conversation_id: str,
    message_id: str,
    body: str,
    payload: Mapping[str, Any] | None = None,
    *,
    is_edit: bool = False,
    is_deletion: bool = False,
) -> MessageRow:
    """Replace a message's content in place. A card that follows its booking is neither an edit nor a deletion.

    Raises `Conflict` for a message that has been deleted.
    """
    seq = await writer.advance(conversation_id)
    before = await _get(writer.conn, writer.org_id, message_id)
    if before.deleted_at is not None:
        raise Conflict("This message has been deleted.")
    row = await fetch_one(
        writer.conn,
        SQL["update_message"],
        {
            "org_id": writer.org_id,
            "message_id": message_id,
            "body": body,
            "payload": Jsonb(payload) if payload is not None else None,
            "seq": seq,
            "edited_at": writer.at if is_edit else before.edited_at,
            "deleted_at": writer.at if is_deletion else None,
        },
        MessageRow,
    )
    assert row is not None
    kind = "message.deleted" if is_deletion else "message.updated"
    await writer.append(conversation_id, seq, kind, views.message(row))
    return row


async def _get(conn: Connection, org_id: str, message_id: str) -> MessageRow:
    row = await fetch_one(conn, SQL["find_message"], {"org_id": org_id, "message_id": message_id}, MessageRow)
    if row is None:
        raise NotFound("There is no such message.")
    return row


async def find_by_nonce(conn: Connection, caller: Caller, nonce: str) -> MessageRow | None:
    """Return what the caller has sent under this nonce, wherever that was."""
    params = {"org_id": caller.org_id, "author_id": caller.member_id, "client_nonce": nonce}
    return await fetch_one(conn, SQL["find_message_by_nonce"], params, MessageRow)


def sent_here(row: MessageRow, conversation_id: str) -> View:
    """Return what was sent before; raises `Conflict` if that was to another conversation."""
    if row.conversation_id != conversation_id:
        raise Conflict("This client_nonce was used in another conversation. Make a new one per message.")
    return views.message(row)


async def last_messages(conn: Connection, org_id: str, conversation_ids: list[str]) -> dict[str, MessageRow]:
    """Return the newest message of each conversation that has one."""
    rows = await fetch_all(
        conn,
        SQL["list_last_messages"],
        {"org_id": org_id, "conversation_ids": conversation_ids},
        MessageRow,
    )
    return {row.conversation_id: row for row in rows}


class Messages:
    """What members do with messages."""

    def __init__(self, db: Database, clock: Clock, bus: Bus) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus

    async def send(
        self, caller: Caller, conversation_id: str, body: str, client_nonce: str
    ) -> tuple[View, bool]:
        """Post text; returns the message and whether it is new.

        The same `client_nonce` of the same author returns the message that it made first, so a request whose answer
        was lost can be repeated. Raises `Invalid`, `NotFound`; `Conflict` for a nonce used in another conversation.
        """
        text, nonce = checked_body(body), checked_nonce(client_nonce)
        draft = Draft("text", text, author_id=caller.member_id, client_nonce=nonce)
        try:
            async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
                await require_member(writer.conn, caller, conversation_id)
                row = await post(writer, conversation_id, draft)
        except AlreadySentError:
            async with self._db.connection() as conn:
                sent = await find_by_nonce(conn, caller, nonce)
            assert sent is not None
            return sent_here(sent, conversation_id), False
        return views.message(row), True

    async def edit(self, caller: Caller, message_id: str, body: str) -> View:
        """Replace the text of one's own message."""
        text = checked_body(body)
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            row = await self._own_text(writer.conn, caller, message_id)
            if row.body != text or row.deleted_at is not None:
                row = await change(writer, row.conversation_id, message_id, text, is_edit=True)
        return views.message(row)

    async def delete(self, caller: Caller, message_id: str) -> View:
        """Empty one's own message and mark it deleted. Doing so twice changes nothing more."""
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            row = await self._own_text(writer.conn, caller, message_id)
            if row.deleted_at is None:
                row = await change(writer, row.conversation_id, message_id, "", is_deletion=True)
        return views.message(row)

    async def _own_text(self, conn: Connection, caller: Caller, message_id: str) -> MessageRow:
        row = await _get(conn, caller.org_id, message_id)
        try:
            await require_member(conn, caller, row.conversation_id)
        except NotFound as error:
            raise NotFound("There is no such message.") from error
        if row.kind != "text":
            raise Forbidden(
                "Only text can be changed by hand: cards and notices follow their booking, and shared times end"
                " when their owner stops sharing them."
            )
        if row.author_id != caller.member_id:
            raise Forbidden("Only the author may change a message.")
        return row

    async def page(self, caller: Caller, conversation_id: str, before: int | None, limit: int) -> View:
        """Return up to `limit` messages older than seq `before` (None: the newest), oldest first."""
        if not 1 <= limit <= MOST_PER_PAGE:
            raise Invalid("limit", f"limit must lie between 1 and {MOST_PER_PAGE}.")
        async with self._db.connection() as conn:
            await require_member(conn, caller, conversation_id)
            rows = await fetch_all(
                conn,
                SQL["list_messages"],
                {
                    "org_id": caller.org_id,
                    "conversation_id": conversation_id,
                    "before": before,
                    "limit": limit + 1,
                },
                MessageRow,
            )
        shown = [views.message_for(row, caller.member_id) for row in reversed(rows[:limit])]
        return {"messages": shown, "has_more": len(rows) > limit}
