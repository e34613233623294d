"""Sending mail: each at most once, but for one repetition where nobody can know whether the first was taken.

A mail is claimed and committed as `sending` before the mail server is spoken to. If the process ends between the server's
answer and our writing it down, the claim runs out and the mail is sent once more, with the same Message-ID, by which mail
programs know it again. What was twice left in doubt is given up, so there is never a second repetition.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from convene.core.errors import ConveneError
from convene.ports.mail import MailDelayed, MailRefused, MailSender, MailUnknown
from convene.ports.runtime import Clock, JobQueue
from convene.storage import mail
from convene.storage.database import Connection, Database
from convene.storage.mail import MailRow, NewMail

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)
"""Longer than all timeouts of one conversation with a mail server together."""
PAUSES_MINUTES = (1, 5, 15, 60)
GIVE_UP = timedelta(hours=48)
MOST_UNKNOWN = 2
MOST_PER_DAY = 100
"""Mails to one address of one organisation: a booking page is no means to fill a stranger's mailbox."""
KEPT_FOR = timedelta(days=90)
IN_DOUBT = "Twice the mail server's answer was not heard, so it may have been sent; it is not sent again."
TOO_MANY = "This address was sent too many mails within a day."
UNTRUE = "It was no longer true before it could be sent."

Compose = Callable[[Connection, MailRow], Awaitable[bytes | None]]
"""Returns the message of a row, or None if there is nothing left to be told."""


class MailOutbox:
    """Args:
    compose: makes the message of a row, inside a transaction.
    sender_address: what mail comes from (RFC 5321 MAIL FROM).
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sender: MailSender,
        sender_address: str,
        compose: Compose,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sender = sender
        self.sender_address = sender_address
        self.compose = compose

    async def send(self, org_id: str, mail_id: str) -> None:
        """Send a mail if it is due. Safe to call twice."""
        now = self.clock()
        async with self.db.transaction() as conn:
            row = await mail.claim(conn, org_id, mail_id, now, now + CLAIM)
            if row is None:
                return
            message = await self._message(conn, row)
            if message is None:
                return
        try:
            await self.sender.send(self.sender_address, row.email, message)
        except MailRefused as refused:
            await self._settle(row, "failed", str(refused))
        except MailUnknown as unknown:
            await self._again(row, str(unknown), unknowns=row.unknowns + 1)
        except MailDelayed as delayed:
            await self._again(row, str(delayed), unknowns=row.unknowns)
        else:
            await self._settle(row, "sent")

    async def _message(self, conn: Connection, row: MailRow) -> bytes | None:
        """Return what to send; settle the row if there is nothing to be sent."""
        if row.unknowns >= MOST_UNKNOWN:
            await mail.settle(conn, row, "failed", error_detail=IN_DOUBT)
            return None
        since = self.clock() - timedelta(days=1)
        if await mail.count_to(conn, row.org_id, row.email, since) > MOST_PER_DAY:
            await mail.settle(conn, row, "failed", error_detail=TOO_MANY)
            return None
        try:
            message = await self.compose(conn, row)
        except (ConveneError, ValueError, KeyError, UnicodeError) as error:
            # One that cannot be written never will be; the others go on.
            logger.exception("the mail %s cannot be written", row.mail_id)
            await mail.settle(conn, row, "failed", error_detail=f"It cannot be written: {error}"[:300])
            return None
        if message is None:
            await mail.settle(conn, row, "superseded", error_detail=UNTRUE)
        return message

    async def _settle(self, row: MailRow, state: str, detail: str = "") -> None:
        now = self.clock()
        async with self.db.transaction() as conn:
            sent_at = now if state == "sent" else None
            await mail.settle(conn, row, state, error_detail=detail, sent_at=sent_at)

    async def _again(self, row: MailRow, detail: str, *, unknowns: int) -> None:
        now = self.clock()
        if now - row.created_at > GIVE_UP or unknowns >= MOST_UNKNOWN:
            await self._settle(row, "failed", IN_DOUBT if unknowns >= MOST_UNKNOWN else detail)
            return
        pause = PAUSES_MINUTES[min(row.attempts, len(PAUSES_MINUTES)) - 1]
        async with self.db.transaction() as conn:
            await mail.settle(
                conn,
                row,
                "pending",
                error_detail=detail,
                next_try_at=now + timedelta(minutes=pause),
                unknowns=unknowns,
            )

    async def requeue_overdue(self) -> None:
        """Queue everything that is due, whatever has become of its job."""
        async with self.db.transaction() as conn:
            for org_id, mail_id in await mail.list_due(conn, self.clock()):
                await defer(conn, self.jobs, org_id, mail_id)

    async def prune(self) -> None:
        """Forget what was settled long ago."""
        async with self.db.transaction() as conn:
            await mail.prune(conn, self.clock() - KEPT_FOR)


async def enqueue(conn: Connection, jobs: JobQueue, clock: Clock, new: NewMail) -> None:
    """Add a mail that is sent once this transaction is committed; nothing if that very mail is there already."""
    if await mail.insert_mail(conn, new, clock()):
        await defer(conn, jobs, new.org_id, new.mail_id)


async def defer(conn: Connection, jobs: JobQueue, org_id: str, mail_id: str) -> None:
    """Queue the job that sends a mail, unless one waits already."""
    await jobs.defer(
        conn, "send_mail", {"org_id": org_id, "mail_id": mail_id}, queueing_lock=f"mail:{mail_id}"
    )
