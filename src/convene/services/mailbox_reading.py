"""Reading the mailbox that answers come to: each message once, and nothing in it is changed.

The mailbox is claimed, read without a transaction, and each message is settled in one of its own together with the
position behind it. A process that ends in between leaves the position where it was, and what is read again says nothing
new.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from convene.core.errors import Unavailable
from convene.formats.parser_messages import ParsedMail, ParsedResource
from convene.ports.mail import Mailbox, MailboxUnavailable, Position, Received
from convene.ports.runtime import Clock
from convene.storage import mail
from convene.storage.database import Connection, Database

logger = logging.getLogger(__name__)

POLL = timedelta(minutes=1)
CLAIM = timedelta(minutes=5)
MESSAGES = 50

ReadMail = Callable[[bytes], Awaitable[ParsedResource]]
"""Reads a message in the parser process."""
Receive = Callable[[Connection, ParsedMail], Awaitable[bool]]


class MailboxReading:
    def __init__(
        self, db: Database, clock: Clock, mailbox: Mailbox, read_mail: ReadMail, receive: Receive
    ) -> None:
        self.db = db
        self.clock = clock
        self.mailbox = mailbox
        self.read_mail = read_mail
        self.receive = receive

    async def poll(self) -> int:
        """Read what is new, if it is time to; return how many answers to our invitations there were."""
        name, now = self.mailbox.name, self.clock()
        if not name:
            return 0
        async with self.db.transaction() as conn:
            after = await mail.claim_mailbox(conn, name, now, now + CLAIM)
        if after is None:
            return 0
        next_poll = now + POLL
        answers = 0
        try:
            reading = await self.mailbox.read(after, MESSAGES)
            for message in reading.messages:
                answers += await self._settle(message, reading.position.uid_validity)
            async with self.db.transaction() as conn:
                await mail.move_mailbox(conn, name, reading.position, self.clock())
            if reading.is_more:
                next_poll = now
        except MailboxUnavailable as away:
            logger.warning("the mailbox cannot be read: %s", away)
            async with self.db.transaction() as conn:
                await mail.mailbox_failed(conn, name, str(away))
        async with self.db.transaction() as conn:
            await mail.mailbox_again(conn, name, next_poll)
        return answers

    async def _settle(self, message: Received, uid_validity: int) -> bool:
        """Take note of one message and move behind it."""
        found = None
        if message.raw is not None:
            found = (await self.read_mail(message.raw)).mail
        position = Position(uid_validity, message.uid)
        try:
            async with self.db.transaction() as conn:
                is_answer = found is not None and await self.receive(conn, found)
                await mail.move_mailbox(conn, self.mailbox.name, position, self.clock())
                return is_answer
        except Unavailable:  # the database is busy: it is read again
            raise
        except Exception:
            # One message that we cannot take must not keep all those behind it.
            logger.exception("the message %s in the mailbox is passed over", message.uid)
            async with self.db.transaction() as conn:
                await mail.move_mailbox(conn, self.mailbox.name, position, self.clock())
            return False
