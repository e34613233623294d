"""Conversations: direct ones between two people, channels that colleagues join."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.errors import UniqueViolation

from convene.connect import messages, people, views
from convene.connect.log import Writer, writing
from convene.connect.membership import (
    SQL,
    add_members,
    get_conversation,
    list_own,
    require_member,
)
from convene.connect.views import View
from convene.core.chat import checked_channel_name, checked_topic, dm_key
from convene.core.errors import Conflict, Forbidden, Invalid, NotFound
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.security.tokens import new_id
from convene.storage.database import Connection, Database, execute, fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class _Id:
    conversation_id: str


@dataclass(frozen=True, slots=True)
class _Channel:
    conversation_id: str
    name: str
    topic: str
    member_count: int
    is_member: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    last_read_seq: int


async def view_own(conn: Connection, org_id: str, account_id: str, conversation_id: str) -> View:
    """Return a conversation as one of its members sees it; raises `NotFound` for anybody else."""
    rows = await list_own(conn, org_id, account_id, conversation_id)
    if not rows:
        raise NotFound("There is no such conversation.")
    last = await messages.last_messages(conn, org_id, [conversation_id])
    return views.own_conversation(rows[0], account_id, last)


async def ensure_dm(writer: Writer, first: str, second: str) -> tuple[str, bool]:
    """Return the id of the direct conversation of two people and whether it was made now.

    Both are told of a new one. Two transactions that make it at once end with the same one.
    """
    key = {"org_id": writer.org_id, "dm_key": dm_key(first, second)}
    found = await fetch_one(writer.conn, SQL["find_dm"], key, _Id)
    if found is not None:
        return found.conversation_id, False
    new = {
        **key,
        "conversation_id": new_id("conversation"),
        "created_by": first,
        "at": writer.at,
    }
    made = await execute(writer.conn, SQL["insert_dm"], new)
    if not made:
        found = await fetch_one(writer.conn, SQL["find_dm"], key, _Id)
        assert found is not None
        return found.conversation_id, False
    conversation_id = str(new["conversation_id"])
    await add_members(writer, conversation_id, [first, second])
    for account_id in (first, second):
        await tell_joined(writer, account_id, conversation_id)
    return conversation_id, True


async def tell_joined(writer: Writer, account_id: str, conversation_id: str) -> None:
    """Tell somebody's windows of a conversation they are in from now on."""
    view = await view_own(writer.conn, writer.org_id, account_id, conversation_id)
    writer.tell(account_id, "conversation.joined", view)


class Conversations:
    """What members do with conversations."""

    def __init__(self, db: Database, clock: Clock, bus: Bus) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus

    async def open_dm(self, caller: Caller, other: str) -> tuple[View, bool]:
        """Return the conversation with `other` and whether it is new."""
        dm_key(caller.member_id, other)
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            person = await people.get_person(writer.conn, caller.org_id, other)
            conversation_id, is_new = await ensure_dm(writer, caller.member_id, other)
            if is_new and person.suspended:
                raise Invalid("with", f"{person.name} can no longer sign in.")
            view = await view_own(writer.conn, caller.org_id, caller.member_id, conversation_id)
        return view, is_new

    async def create_channel(self, caller: Caller, name: str, topic: str = "") -> View:
        """Open a channel with its creator in it. Raises `Conflict` if the name is taken, whatever its case."""
        _require_colleague(caller)
        new = {
            "org_id": caller.org_id,
            "conversation_id": new_id("conversation"),
            "name": checked_channel_name(name),
            "topic": checked_topic(topic),
            "created_by": caller.member_id,
            "at": self._clock(),
        }
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            if not await execute(writer.conn, SQL["insert_channel"], new):
                raise _name_taken(str(new["name"]))
            await add_members(writer, str(new["conversation_id"]), [caller.member_id])
            await tell_joined(writer, caller.member_id, str(new["conversation_id"]))
            return await view_own(writer.conn, caller.org_id, caller.member_id, str(new["conversation_id"]))

    async def change_channel(
        self, caller: Caller, conversation_id: str, name: str | None, topic: str | None
    ) -> View:
        """Rename a channel or say what it is about; members may."""
        try:
            async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
                await require_member(writer.conn, caller, conversation_id)
                row = await self._lock_channel(writer.conn, caller, conversation_id)
                seq = await writer.advance(conversation_id)
                new = {
                    "org_id": caller.org_id,
                    "conversation_id": conversation_id,
                    "name": row.name if name is None else checked_channel_name(name),
                    "topic": row.topic if topic is None else checked_topic(topic),
                }
                if not await execute(writer.conn, SQL["update_channel"], new):
                    raise _name_taken(str(new["name"]))
                row = await get_conversation(writer.conn, caller.org_id, conversation_id)
                await writer.append(
                    conversation_id, seq, "conversation.updated", views.shared_conversation(row)
                )
                return await view_own(writer.conn, caller.org_id, caller.member_id, conversation_id)
        except UniqueViolation as error:
            raise _name_taken(name or "") from error

    async def channels(self, caller: Caller) -> list[View]:
        """Return the channels that the caller can join or is in, by name; a guest sees their own only."""
        async with self._db.connection() as conn:
            rows = await fetch_all(
                conn,
                SQL["list_channels"],
                {"org_id": caller.org_id, "account_id": caller.member_id},
                _Channel,
            )
        return [
            {
                "conversation_id": row.conversation_id,
                "name": row.name,
                "topic": row.topic,
                "member_count": row.member_count,
                "is_member": row.is_member,
            }
            for row in rows
            if row.is_member or caller.role != "guest"
        ]

    async def join(self, caller: Caller, conversation_id: str) -> View:
        """Become a member of a channel. Joining twice changes nothing."""
        _require_colleague(caller)
        return await self._admit(caller, conversation_id, caller.member_id)

    async def add(self, caller: Caller, conversation_id: str, account_id: str) -> View:
        """Make a colleague or guest a member of a channel that the caller is in."""
        async with self._db.connection() as conn:
            await require_member(conn, caller, conversation_id)
        return await self._admit(caller, conversation_id, account_id)

    async def _admit(self, caller: Caller, conversation_id: str, account_id: str) -> View:
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            await self._lock_channel(writer.conn, caller, conversation_id)
            person = await people.get_person(writer.conn, caller.org_id, account_id)
            if person.suspended:
                raise Invalid("sub", f"{person.name} can no longer sign in.")
            if await add_members(writer, conversation_id, [account_id]):
                # Told with the event's own seq: whoever joins follows from the next one on.
                seq = await writer.advance(conversation_id)
                news = {"person": people.view(person)}
                await writer.append(conversation_id, seq, "member.joined", news)
                await tell_joined(writer, account_id, conversation_id)
            return await view_own(writer.conn, caller.org_id, caller.member_id, conversation_id)

    async def leave(self, caller: Caller, conversation_id: str) -> None:
        """Leave a channel. Leaving what one is not in changes nothing."""
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            await self._lock_channel(writer.conn, caller, conversation_id)
            key = {
                "org_id": caller.org_id,
                "conversation_id": conversation_id,
                "account_id": caller.member_id,
            }
            if not await execute(writer.conn, SQL["delete_member"], key):
                return
            person = await people.get_person(writer.conn, caller.org_id, caller.member_id)
            seq = await writer.advance(conversation_id)
            await writer.append(conversation_id, seq, "member.left", {"person": people.view(person)})
            writer.tell(caller.member_id, "conversation.left", {"conversation_id": conversation_id})

    async def _lock_channel(
        self, conn: Connection, caller: Caller, conversation_id: str
    ) -> views.ConversationRow:
        key = {"org_id": caller.org_id, "conversation_id": conversation_id}
        await execute(conn, SQL["lock_conversation"], key)
        row = await get_conversation(conn, caller.org_id, conversation_id)
        if row.kind != "channel":
            await require_member(conn, caller, conversation_id)
            raise Invalid("conversation_id", "Only channels can be joined, left or changed.")
        return row

    async def mark_read(self, caller: Caller, conversation_id: str, seq: int) -> int:
        """Note that everything up to `seq` has been read; returns the mark, which never moves back."""
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            await require_member(writer.conn, caller, conversation_id)
            moved = await fetch_one(
                writer.conn,
                SQL["update_read_mark"],
                {
                    "org_id": caller.org_id,
                    "conversation_id": conversation_id,
                    "account_id": caller.member_id,
                    "seq": seq,
                },
                _Mark,
            )
            if moved is not None:
                news = {"conversation_id": conversation_id, "last_read_seq": moved.last_read_seq}
                writer.tell(caller.member_id, "read.updated", news)
                return moved.last_read_seq
            rows = await list_own(writer.conn, caller.org_id, caller.member_id, conversation_id)
            return rows[0].last_read_seq if rows else 0


def _require_colleague(caller: Caller) -> None:
    if caller.role == "guest":
        raise Forbidden("Guests take part in channels that a colleague adds them to.")


def _name_taken(name: str) -> Conflict:
    return Conflict(
        f"There is a channel called {name} already. Join it, or choose another name.", field="name"
    )
