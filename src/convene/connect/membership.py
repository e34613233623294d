"""Who is in which conversation: the check that stands before every access."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from convene.connect.log import Writer
from convene.connect.views import ConversationRow, OwnConversationRow
from convene.core.errors import NotFound
from convene.core.permissions import Caller
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("conversations", "convene.connect.queries")


@dataclass(frozen=True, slots=True)
class _Member:
    account_id: str


async def require_member(conn: Connection, caller: Caller, conversation_id: str) -> None:
    """Raise `NotFound` unless the caller is in the conversation: what one is not in does not exist for one."""
    if not await is_member(conn, caller.org_id, conversation_id, caller.member_id):
        raise NotFound("There is no such conversation.")


async def is_member(conn: Connection, org_id: str, conversation_id: str, account_id: str) -> bool:
    """Tell whether somebody is in a conversation."""
    key = {"org_id": org_id, "conversation_id": conversation_id, "account_id": account_id}
    return await fetch_one(conn, SQL["find_member"], key, _Member) is not None


async def members_of(conn: Connection, org_id: str, conversation_id: str) -> frozenset[str]:
    """Return the account ids of a conversation's members; empty if there is no such conversation."""
    rows = await fetch_all(
        conn, SQL["list_members"], {"org_id": org_id, "conversation_id": conversation_id}, _Member
    )
    return frozenset(row.account_id for row in rows)


async def add_members(writer: Writer, conversation_id: str, account_ids: Collection[str]) -> int:
    """Make people members, having read what was there; returns how many were none before."""
    return await execute(
        writer.conn,
        SQL["insert_members"],
        {
            "org_id": writer.org_id,
            "conversation_id": conversation_id,
            "account_ids": sorted(account_ids),
            "at": writer.at,
        },
    )


async def get_conversation(conn: Connection, org_id: str, conversation_id: str) -> ConversationRow:
    """Return a conversation whoever asks: the caller of this function checks the right to it."""
    row = await fetch_one(
        conn,
        SQL["find_conversation"],
        {"org_id": org_id, "conversation_id": conversation_id},
        ConversationRow,
    )
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


async def list_own(
    conn: Connection, org_id: str, account_id: str, conversation_id: str | None = None
) -> list[OwnConversationRow]:
    """Return somebody's conversations, or the one asked for if they are in it."""
    return await fetch_all(
        conn,
        SQL["list_conversations"],
        {"org_id": org_id, "account_id": account_id, "conversation_id": conversation_id},
        OwnConversationRow,
    )
