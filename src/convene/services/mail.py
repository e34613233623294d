"""Everything about mail as one value: what is sent, what is read, and what both are put together from."""

from __future__ import annotations

from dataclasses import dataclass

from convene.ports.mail import Mailbox, MailSender
from convene.ports.runtime import JobQueue
from convene.security.sealing import Sealer
from convene.services.bookings import BookingService
from convene.services.mail_answers import MailAnswers
from convene.services.mail_invitations import MailInvitations
from convene.services.mail_outbox import MailOutbox
from convene.services.mail_writing import MailWriting
from convene.services.mailbox_reading import MailboxReading, ReadMail
from convene.services.waitlist_offers import WaitlistOffers


@dataclass(frozen=True, slots=True)
class Mail:
    invitations: MailInvitations
    outbox: MailOutbox
    answers: MailAnswers
    mailbox: MailboxReading


def build_mail(
    bookings: BookingService,
    offers: WaitlistOffers,
    jobs: JobQueue,
    sealer: Sealer,
    sender: MailSender,
    sender_address: str,
    mailbox: Mailbox,
    read_mail: ReadMail,
) -> Mail:
    """Put the services of mail together, and let meetings and waitlists tell them of every change.

    `sender_address` is what mail comes from. Without a mail server nothing is written down to be sent.
    """
    db, clock = bookings.db, bookings.clock
    invitations = MailInvitations(clock, jobs, sealer, sender_address if sender.is_configured else "")
    writing = MailWriting(clock, sealer, sender_address, bookings.base_url, reads_answers=bool(mailbox.name))
    answers = MailAnswers(bookings, invitations)
    bookings.events.on_changed = invitations.follow
    offers.on_offered = invitations.offered
    return Mail(
        invitations,
        MailOutbox(db, clock, jobs, sender, sender_address, writing.compose),
        answers,
        MailboxReading(db, clock, mailbox, read_mail, answers.receive),
    )
