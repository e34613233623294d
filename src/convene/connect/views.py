"""From rows to the JSON of docs/reference/connect-api.md: the shapes of messages, conversations, notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convene.core import cards
from convene.core.chat import other_of
from convene.edge.requests import format_instant

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageRow:
    message_id: str
    conversation_id: str
    seq: int
    author_id: str | None
    kind: str
    body: str
    payload: dict[str, Any] | None
    client_nonce: str | None
    edit_seq: int
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as anybody in it sees it."""

    conversation_id: str
    kind: str
    name: str
    topic: str
    dm_key: str | None
    last_seq: int
    created_at: datetime
    member_count: int


@dataclass(frozen=True, slots=True)
class OwnConversationRow(ConversationRow):
    """The same with one member's read mark."""

    last_read_seq: int
    unread: int


@dataclass(frozen=True, slots=True)
class NotificationRow:
    notification_id: str
    type: str
    text: str
    booking_id: str | None
    conversation_id: str | None
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


def instant(value: datetime | None) -> str | None:
    return format_instant(value) if value else None


def message(row: MessageRow) -> View:
    """Return a message as the log keeps it: whole, for those who may see all of it."""
    return {
        "message_id": row.message_id,
        "conversation_id": row.conversation_id,
        "seq": row.seq,
        "author_id": row.author_id,
        "kind": row.kind,
        "body": row.body,
        "card": row.payload if row.kind == "booking_card" else None,
        "notice": row.payload if row.kind == "notice" else None,
        "share": row.payload if row.kind == "availability_share" else None,
        "client_nonce": row.client_nonce,
        "edit_seq": row.edit_seq,
        "created_at": instant(row.created_at),
        "edited_at": instant(row.edited_at),
        "deleted_at": instant(row.deleted_at),
    }


def message_for(row: MessageRow, viewer: str) -> View:
    """Return a message as `viewer` may see it."""
    return cards.seen_by(message(row), viewer)


def shared_conversation(row: ConversationRow) -> View:
    """Return a conversation without anybody's personal fields."""
    return {
        "conversation_id": row.conversation_id,
        "kind": row.kind,
        "name": row.name,
        "topic": row.topic,
        "member_count": row.member_count,
        "last_seq": row.last_seq,
        "created_at": instant(row.created_at),
    }


def own_conversation(row: OwnConversationRow, viewer: str, last_messages: Mapping[str, MessageRow]) -> View:
    """Return a conversation as `viewer`, one of its members, sees it."""
    last = last_messages.get(row.conversation_id)
    return {
        **shared_conversation(row),
        "with": other_of(row.dm_key, viewer) if row.dm_key else None,
        "last_read_seq": row.last_read_seq,
        "unread": row.unread,
        "last_message": message_for(last, viewer) if last else None,
    }


def notification(row: NotificationRow) -> View:
    return {
        "notification_id": row.notification_id,
        "type": row.type,
        "text": row.text,
        "booking_id": row.booking_id,
        "conversation_id": row.conversation_id,
        "data": row.data,
        "created_at": instant(row.created_at),
        "read_at": instant(row.read_at),
    }
