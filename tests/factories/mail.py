"""An installation that sends invitations to a sink and reads answers from a mailbox; tests run its jobs by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from factories.booking_pages import Pages
from factories.receivers import application_world
from fakes.imap_server import ImapServer, imap_server
from fakes.mail_sink import MailSink, Taken, mail_sink

SENDER = "meetings@convene.example"


@dataclass
class PostOffice:
    """Members' pages with their visitors, the way out and the mailbox."""

    pages: Pages
    sink: MailSink
    imap: ImapServer

    @property
    def mail(self) -> Any:
        return self.pages.world.installation.platform.mail

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.pages.world.installation.platform.db.connection() as conn:
            return await (await conn.execute(sql)).fetchall()

    async def send(self) -> list[Taken]:
        """Send what is due; return what arrived by it."""
        before = len(self.sink.taken)
        for org_id, mail_id in await self.rows(
            "SELECT org_id, mail_id FROM mail WHERE next_try_at IS NOT NULL ORDER BY created_at, mail_id"
        ):
            await self.mail.outbox.send(org_id, mail_id)
        return self.sink.taken[before:]

    async def states(self) -> list[tuple[str, str, str]]:
        """(address, kind, state) of every mail, oldest first."""
        return await self.rows("SELECT email, kind, state FROM mail ORDER BY mail_id")

    async def read(self) -> int:
        """Look into the mailbox a minute later; return how many answers were found."""
        self.pages.world.installation.platform.clock.advance(minutes=1)
        return int(await self.mail.mailbox.poll())

    def answer(self, invitation: Taken, status: str, **said: Any) -> int:
        """Put an answer into the mailbox; see `answer_of`."""
        return self.imap.deliver(answer_of(invitation, status, **said))


def answer_of(
    invitation: Taken,
    status: str,
    *,
    method: str = "REPLY",
    sender: str = "cy@example.org",
    attendee: str = "",
    to: str = "",
    sequence: int | None = None,
    stamp: str = "20260101T000000Z",
    time: tuple[str, str] | None = None,
    comment: str = "",
    head: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """Return an answer to an invitation, as calendar programs write them."""
    event = invitation.event
    start, end = time or ("20261124T100000Z", "20261124T103000Z")
    number = event["SEQUENCE"] if sequence is None else sequence
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//A calendar//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{event['UID']}", f"SEQUENCE:{number}", f"DTSTAMP:{stamp}", f"DTSTART:{start}", f"DTEND:{end}",
        f"ORGANIZER:{event['ORGANIZER']}", f"ATTENDEE;PARTSTAT={status}:mailto:{attendee or sender}",
        *([f"COMMENT:{comment}"] if comment else []), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    message = EmailMessage()
    for name, value in head:
        message[name] = value
    message["From"] = f"Cy <{sender}>"
    message["To"] = to or invitation.answer_to
    message["Subject"] = "Re: Invitation"
    message.set_content("Cy has answered.")
    message.add_alternative(
        "\r\n".join(lines).encode(), "text", "calendar", cte="base64", params={"method": method}
    )
    return bytes(message)


@asynccontextmanager
async def post_office(
    database_url: str, folder: Path, clock: Any, *, reads: bool = True
) -> AsyncIterator[PostOffice]:
    """Open an installation that sends mail, and reads answers if asked to."""
    async with mail_sink() as sink, imap_server() as imap:
        environ = {"CONVENE_SMTP_URL": sink.url, "CONVENE_MAIL_FROM": SENDER}
        if reads:
            environ["CONVENE_IMAP_URL"] = imap.url
        async with application_world(database_url, folder, clock, **environ) as world:
            yield PostOffice(Pages(world), sink, imap)
