"""What `convene doctor` finds about mail: whether servers can be used, what waits, when answers were last read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from convene.cli.admin import present
from convene.doctor import Check
from convene.ports.mail import MailboxUnavailable, MailDelayed
from convene.providers.imap_mailbox import ImapMailbox
from convene.providers.smtp_mail import SmtpMailSender
from convene.settings.mail import MailSettings
from convene.storage import mail
from convene.storage.database import Connection

LATELY = timedelta(days=2)


async def servers(settings: MailSettings) -> list[Check]:
    """Whether mail can be sent and answers can be read. Both servers are spoken to; nothing is sent."""
    if settings.smtp is None:
        return [Check("mail", "ok", "invitations are not sent: no mail server is set (CONVENE_SMTP_URL)")]
    found = []
    where = f"{settings.smtp.host}:{settings.smtp.port}"
    try:
        await SmtpMailSender(settings.smtp, settings.timeout_seconds).check()
        found.append(Check("mail", "ok", f"invitations go out through {where} as {settings.sender}"))
    except MailDelayed as error:
        remedy = "Check CONVENE_SMTP_URL and that the server runs; mail waits for up to two days."
        found.append(Check("mail", "failed", str(error), remedy))
    if settings.imap is None:
        detail = "answers are not read here (CONVENE_IMAP_URL); they go to the hosts' own addresses"
        return [*found, Check("mailbox", "ok", detail)]
    try:
        await ImapMailbox(settings.imap, present, settings.timeout_seconds).check()
        found.append(Check("mailbox", "ok", f"answers are read from {settings.imap.name}"))
    except MailboxUnavailable as error:
        remedy = "Check CONVENE_IMAP_URL and that the server runs; answers stay in the mailbox until then."
        found.append(Check("mailbox", "failed", str(error), remedy))
    return found


async def post(conn: Connection) -> AsyncIterator[Check]:
    """What the database tells: mail that could not be sent lately, and mailboxes that could not be read."""
    figures = await mail.figures(conn, present() - LATELY)
    if figures.failed:
        detail = f"{figures.failed} mails could not be sent in the last two days"
        yield Check("mail", "warning", detail, "The pages of their meetings tell to whom and why.")
    if figures.waiting:
        yield Check("mail", "ok", f"{figures.waiting} mails wait to be sent")
    for mailbox in await mail.list_mailboxes(conn):
        if mailbox.error_detail:
            when = f"{mailbox.read_at:%Y-%m-%d %H:%M} UTC" if mailbox.read_at else "never"
            detail = f"last read: {when}. {mailbox.error_detail}"
            yield Check("mailbox", "warning", detail, "It is tried again each minute.")
