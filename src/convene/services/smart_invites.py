"""Invitations that an application mails itself: their iCalendar objects, and what people answer.

The application attaches what it is given to its own mail. Answers come to the organizer's address; whoever reads that
mailbox hands them in (`record_reply`), and the application hears of it at its `callback_url`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.core.people import checked_email
from convene.core.permissions import Caller
from convene.formats.content_lines import decode
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.invitation import Invitation, Invited, invitation_text
from convene.formats.invitation_reply import shown_time
from convene.formats.parser_messages import ParsedAnswer, ParsedReply, ParsedResource
from convene.ports.runtime import Clock
from convene.security.tokens import new_id
from convene.services.webhooks import WebhookService
from convene.storage import smart_invites
from convene.storage.database import Connection, Database
from convene.storage.smart_invites import InvitedRow, InviteRow

MAX_RECIPIENTS = 100
_STATUSES = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "declined"}
_PARTSTATS = {"pending": "needs-action"}
_TIMES = ("start", "end")

ReadReply = Callable[[str], Awaitable[ParsedResource]]
"""Reads an answer in the parser process."""


@dataclass(frozen=True, slots=True)
class InviteDraft:
    """An invitation as it was sent.

    event: as the API shows it, with times checked. is_single: `recipient` was named, not `recipients`.
    """

    smart_invite_id: str
    recipients: Sequence[str]
    is_single: bool
    event: Mapping[str, Any] | None = None
    callback_url: str | None = None
    organizer: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class InviteView:
    """An invitation with its people and the iCalendar object to mail."""

    row: InviteRow
    method: str
    people: Sequence[InvitedRow]
    icalendar: str


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """An answer: who gave it, and whether it counted (an older one that comes late does not)."""

    row: InviteRow
    people: Sequence[InvitedRow]
    replies: Sequence[InvitedRow]


class SmartInviteService:
    """Args:
    read_reply: reads strangers' calendar data away from the server.
    base_url: names the host of UIDs, and of the organizer's address where none was given.
    """

    def __init__(
        self, db: Database, clock: Clock, webhooks: WebhookService, read_reply: ReadReply, base_url: str
    ) -> None:
        self.db = db
        self.clock = clock
        self.webhooks = webhooks
        self.read_reply = read_reply
        self.host = urlsplit(base_url).hostname or "localhost"

    # -- inviting

    async def put(self, application: Application, draft: InviteDraft) -> InviteView:
        """Make or change an invitation. A new time asks everybody again; other changes leave the answers.

        Raises `Invalid` naming `recipient.email`, `recipients`, `callback_url`, `organizer.email` or `event`.
        """
        if draft.event is None:
            raise Invalid("event", "event must be specified", code="required")
        emails = _emails(draft)
        if draft.callback_url:
            self.webhooks.check_url(draft.callback_url)
        organizer = _organizer(draft.organizer)
        async with self.db.transaction() as conn:
            row = await self._lock(conn, application, draft, emails)
            if row is None:
                await self._insert(conn, application, draft, emails, organizer)
                row = await self._lock(conn, application, draft, emails)
                assert row is not None
            changed = replace(
                row,
                method="request",
                callback_url=row.callback_url if draft.callback_url is None else draft.callback_url,
                organizer=row.organizer if organizer is None else organizer,
                event=dict(draft.event),
            )
            before = await smart_invites.list_people(conn, row)
            gone = [p.email for p in before if p.is_recipient and p.email not in emails]
            added = set(emails) - {p.email for p in before if p.is_recipient}
            is_news = changed != row or gone or (added and before)
            if is_news:
                changed = replace(changed, sequence=row.sequence + 1, updated_at=self.clock())
                await smart_invites.update_invite(conn, changed)
                await smart_invites.remove_people(conn, row, gone)
            await smart_invites.invite_people(conn, row, emails)
            if row.method == "cancel" or any(row.event.get(n) != changed.event.get(n) for n in _TIMES):
                await smart_invites.ask_again(conn, changed)
            return await self._view(conn, changed, "request")

    async def _lock(
        self, conn: Connection, application: Application, draft: InviteDraft, emails: Sequence[str]
    ) -> InviteRow | None:
        whose = emails[0] if draft.is_single else ""
        key = (application.org_id, application.client_id, draft.smart_invite_id, whose)
        return await smart_invites.lock_invite(conn, *key)

    async def _insert(
        self,
        conn: Connection,
        application: Application,
        draft: InviteDraft,
        emails: Sequence[str],
        organizer: dict[str, str] | None,
    ) -> None:
        await smart_invites.insert_invite(
            conn,
            org_id=application.org_id,
            client_id=application.client_id,
            smart_invite_id=draft.smart_invite_id,
            recipient_email=emails[0] if draft.is_single else "",
            invite_uid=f"{new_id('smart_invite')}@{self.host}",
            callback_url=draft.callback_url or "",
            organizer=organizer,
            event=draft.event or {},
            now=self.clock(),
        )

    async def cancel(self, application: Application, draft: InviteDraft) -> InviteView:
        """Call the event off for everybody who is invited. Doing it again changes nothing."""
        emails = _emails(draft)
        async with self.db.transaction() as conn:
            row = await self._lock(conn, application, draft, emails)
            if row is None:
                raise NotFound("There is no such smart invite.")
            if row.method != "cancel":
                row = replace(row, method="cancel", sequence=row.sequence + 1, updated_at=self.clock())
                await smart_invites.update_invite(conn, row)
            return await self._view(conn, row, "cancel")

    async def remove(self, application: Application, draft: InviteDraft) -> InviteView:
        """Take people off an invitation to several; the iCalendar object is a cancellation for them alone.

        Raises `Invalid` naming `recipients` for somebody who is not invited, or if nobody would be left.
        """
        emails = _emails(draft)
        several = replace(draft, is_single=False)
        async with self.db.transaction() as conn:
            row = await self._lock(conn, application, several, emails)
            if row is None:
                raise NotFound("There is no such smart invite to several recipients.")
            people = await smart_invites.list_people(conn, row)
            invited = [person for person in people if person.is_recipient]
            gone = [person for person in invited if person.email in emails]
            field = "recipient" if draft.is_single else "recipients"
            unknown = set(emails) - {person.email for person in invited}
            if unknown:
                raise Invalid(field, f"{field}: {min(unknown)} is not invited.")
            if len(gone) == len(invited):
                raise Invalid(field, f"{field}: nobody would be left. Cancel the invite instead.")
            row = replace(row, sequence=row.sequence + 1, updated_at=self.clock())
            await smart_invites.update_invite(conn, row)
            await smart_invites.remove_people(conn, row, emails)
            view = await self._view(conn, row, "remove")
        return replace(view, icalendar=self._icalendar(row, gone, "CANCEL", is_cancelled=False))

    async def get(self, application: Application, smart_invite_id: str, email: str | None) -> InviteView:
        """Return an invitation: that of one person, or without `email` the one to several."""
        async with self.db.transaction() as conn:
            row = await smart_invites.find_invite(
                conn,
                application.org_id,
                application.client_id,
                smart_invite_id,
                (email or "").strip().lower(),
            )
            if row is None:
                raise NotFound("There is no such smart invite.")
            return await self._view(conn, row, row.method)

    async def _view(self, conn: Connection, row: InviteRow, method: str) -> InviteView:
        people = await smart_invites.list_people(conn, row)
        is_cancelled = row.method == "cancel"
        invited = [person for person in people if person.is_recipient]
        name = "CANCEL" if is_cancelled else "REQUEST"
        return InviteView(row, method, people, self._icalendar(row, invited, name, is_cancelled=is_cancelled))

    def _icalendar(
        self, row: InviteRow, people: Sequence[InvitedRow], method: str, *, is_cancelled: bool
    ) -> str:
        organizer = row.organizer or {}
        return invitation_text(
            Invitation(
                uid=row.invite_uid,
                method="CANCEL" if method == "CANCEL" else "REQUEST",
                sequence=row.sequence,
                stamp=row.updated_at,
                content=_content(row.event),
                organizer_email=organizer.get("email") or f"invitations@{self.host}",
                organizer_name=organizer.get("name") or organizer.get("email") or "Convene",
                people=[Invited(p.email, _PARTSTATS.get(p.status, p.status)) for p in people],
                is_cancelled=is_cancelled,
            )
        )

    # -- answers

    async def record_reply(self, caller: Caller, raw: bytes) -> RecordedReply:
        """Read an answer that came by mail and store it; the application is told in the same transaction.

        Raises:
            Invalid: `body` is no answer to an invitation. NotFound: not to one of this organisation's.
        """
        caller.require("smart_invites:write")
        try:
            read = await self.read_reply(decode(raw))
        except CalendarRefused as refusal:
            raise Invalid("body", refusal.detail, code=refusal.code) from refusal
        if read.reply is None:
            detail = read.notices[0].detail if read.notices else "The answer cannot be read."
            raise Invalid("body", detail, code=read.problem or "unreadable")
        async with self.db.transaction() as conn:
            row = await smart_invites.lock_by_uid(conn, caller.org_id, read.reply.uid)
            if row is None:
                raise NotFound("There is no smart invite with the UID of this answer.")
            people = {person.email: person for person in await smart_invites.list_people(conn, row)}
            replies = []
            for answer in _answers(read.reply, people):
                person = self._answered(row, people.get(answer.email), read.reply, answer)
                if person is not None:
                    await smart_invites.store_reply(conn, row, person)
                    replies.append(person)
            after = await smart_invites.list_people(conn, row)
            if row.callback_url:
                for person in replies:
                    body = _notification(row, after, person)
                    await self.webhooks.send_callback(
                        conn, row.org_id, row.client_id, row.callback_url, "smart_invite", body
                    )
        return RecordedReply(row, after, replies)

    def _answered(
        self, row: InviteRow, person: InvitedRow | None, reply: ParsedReply, answer: ParsedAnswer
    ) -> InvitedRow | None:
        """Return what to store, or None for an answer that is older than what is known (RFC 5546 section 2.1.5)."""
        sequence = row.sequence if reply.sequence is None else min(reply.sequence, row.sequence)
        at = self.clock() if reply.stamp is None else datetime.fromtimestamp(reply.stamp, UTC)
        known = person or InvitedRow(answer.email, False, 0, "pending", "", None, None, None)
        if known.reply_sequence is not None and sequence < known.reply_sequence:
            return None
        is_same_version = sequence == known.reply_sequence
        if is_same_version and known.replied_at is not None and at < known.replied_at:
            return None
        proposal = None
        if reply.method == "COUNTER" and reply.end:
            times = (("start", reply.start), ("end", reply.end))
            proposal = {name: shown_time(time, is_date=reply.is_dates) for name, time in times}
        return replace(
            known,
            status=_STATUSES.get(answer.status, known.status),
            comment=answer.comment,
            proposal=proposal,
            reply_sequence=sequence,
            replied_at=at,
        )


def _answers(reply: ParsedReply, people: Mapping[str, InvitedRow]) -> Sequence[ParsedAnswer]:
    """Return whose answer it is: the one attendee, or among several those who say something and were invited."""
    if len(reply.answers) == 1:
        return reply.answers
    return [item for item in reply.answers if item.status in _STATUSES and item.email in people]


def _emails(draft: InviteDraft) -> list[str]:
    """Return the addresses, each once, in lower case: people are found by them again."""
    if not draft.recipients:
        raise Invalid("recipient", "recipient must be specified", code="required")
    if len(draft.recipients) > MAX_RECIPIENTS:
        raise Invalid("recipients", f"recipients may name {MAX_RECIPIENTS} people at most.")
    fields = [
        "recipient.email" if draft.is_single else f"recipients.{n}.email" for n in range(MAX_RECIPIENTS)
    ]
    found = [
        checked_email(email, field).lower() for email, field in zip(draft.recipients, fields, strict=False)
    ]
    return list(dict.fromkeys(found))


def _organizer(given: Mapping[str, str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    found = {"name": given["name"]} if given.get("name") else {}
    if given.get("email"):
        found["email"] = checked_email(given["email"], "organizer.email")
    return found


def _content(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as `formats.event_content` wants it."""
    kept = {name: event[name] for name in event if name not in ("tzid", *_TIMES)}
    if "reminders" in kept:
        kept["reminders"] = [item["minutes"] for item in kept["reminders"]]
    for name in _TIMES:
        value = event[name]
        kept[name] = value["time"] if isinstance(value, Mapping) else value
        kept[f"{name}_tzid"] = (value.get("tzid") if isinstance(value, Mapping) else None) or event.get(
            "tzid"
        )
    return kept


def described_person(person: InvitedRow) -> dict[str, Any]:
    """Return somebody's answer as JSON."""
    return {
        "email": person.email,
        "status": person.status,
        **({"comment": person.comment} if person.comment else {}),
        **({"proposal": person.proposal} if person.proposal else {}),
    }


def described(row: InviteRow, method: str, people: Sequence[InvitedRow]) -> dict[str, Any]:
    """Return an invitation as JSON, without its iCalendar object."""
    invited = [described_person(person) for person in people if person.is_recipient]
    whose = {"recipient": invited[0]} if row.recipient_email else {"recipients": invited}
    return {
        "smart_invite_id": row.smart_invite_id,
        "method": method,
        "callback_url": row.callback_url or None,
        **whose,
        "replies": [described_person(person) for person in people if person.replied_at is not None],
        "event": row.event,
        **({"organizer": row.organizer} if row.organizer else {}),
    }


def _notification(row: InviteRow, people: Sequence[InvitedRow], reply: InvitedRow) -> dict[str, Any]:
    shown = described(row, row.method, people)
    names = ("smart_invite_id", "callback_url", "recipient", "recipients")
    return {
        "notification": {"type": "smart_invite"},
        "smart_invite": {
            **{name: shown[name] for name in names if name in shown},
            "reply": described_person(reply),
        },
    }
