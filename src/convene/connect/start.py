"""What a window needs to begin: everything in one snapshot, with the cursors that belong to it.

A window that starts from here and then applies the events after these cursors shows what a fresh start would show.
"""

from __future__ import annotations

from convene.connect import bookings, log, messages, notifications, people, views
from convene.connect.membership import list_own, members_of, require_member
from convene.connect.presence import Board, read_board
from convene.connect.views import View
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.storage.database import Connection, Database


class Start:
    """Reads for a whole window, and of people."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def window(self, caller: Caller) -> View:
        """Return everything a window of the caller's shows at first."""
        me, org_id, now = caller.member_id, caller.org_id, self._clock()
        async with self._db.transaction() as conn:
            # One snapshot for all that follows: content and cursors belong together.
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            everybody = await people.list_people(conn, org_id)
            organization = await people.get_organization(conn, org_id)
            own = await list_own(conn, org_id, me)
            last = await messages.last_messages(conn, org_id, [row.conversation_id for row in own])
            positions = await log.positions_of(conn, org_id, me)
            ahead = await bookings.upcoming(conn, org_id, me, now)
            told = await notifications.newest(conn, org_id, me)
            board = await self._board(conn, caller)
        personal_cursor = positions.pop(me)
        shown = [people.view_for(person, me, board.of(person.sub)) for person in everybody]
        return {
            "me": next(person for person in shown if person["is_me"]),
            "organization": {"org_id": organization.org_id, "name": organization.name},
            "people": shown,
            "conversations": [views.own_conversation(row, me, last) for row in own],
            "upcoming": ahead,
            "notifications": told,
            "cursors": positions,
            "personal_cursor": personal_cursor,
            "server_time": views.instant(now),
        }

    async def _board(self, conn: Connection, caller: Caller) -> Board:
        """Guests are not told who is there."""
        if caller.role == "guest":
            return Board()
        return await read_board(conn, caller.org_id, self._clock())

    async def person(self, caller: Caller, account_id: str) -> View:
        """Return one person with contact details and the meetings that the caller has with them."""
        async with self._db.connection() as conn:
            person = await people.get_person(conn, caller.org_id, account_id)
            board = await self._board(conn, caller)
            shared = await bookings.upcoming(
                conn, caller.org_id, caller.member_id, self._clock(), with_id=account_id
            )
        return {
            **people.view_for(person, caller.member_id, board.of(person.sub)),
            "email": person.email,
            "phone": person.phone,
            "upcoming_with_me": shared,
        }

    async def members(self, caller: Caller, conversation_id: str) -> list[View]:
        """Return who is in a conversation of the caller's, by name."""
        async with self._db.connection() as conn:
            await require_member(conn, caller, conversation_id)
            ids = await members_of(conn, caller.org_id, conversation_id)
            found = await people.list_some(conn, caller.org_id, ids)
            board = await self._board(conn, caller)
        return [people.view_for(person, caller.member_id, board.of(person.sub)) for person in found]

    async def upcoming(self, caller: Caller) -> list[View]:
        """Return the caller's next three meetings."""
        async with self._db.connection() as conn:
            return await bookings.upcoming(conn, caller.org_id, caller.member_id, self._clock())
