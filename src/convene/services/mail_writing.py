"""From a row of the outbox to the message: what it says, to whom, from whom, and where answers go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from convene.core.local_dates import locale_of
from convene.formats.booking_mail import Envelope, Kind, Object, Reader, Told, booking_mail, is_over
from convene.formats.invitation import InvitationMethod
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.services.link_view import manage_context
from convene.services.mail_invitations import token_context
from convene.storage import bookings, invitees, links
from convene.storage.database import Connection
from convene.storage.invitees import InviteeRow
from convene.storage.mail import MailRow


class MailWriting:
    """Args:
    sender_address: what mail comes from. reads_answers: whether answers to it, with a `+` part, are read here.
    """

    def __init__(
        self, clock: Clock, sealer: Sealer, sender_address: str, base_url: str, *, reads_answers: bool
    ) -> None:
        self.clock = clock
        self.sealer = sealer
        self.sender_address = sender_address
        self.base_url = base_url
        self.reads_answers = reads_answers

    async def compose(self, conn: Connection, row: MailRow) -> bytes | None:
        """Return the message of a row; None if the meeting is over."""
        content = row.content
        told = _told(content)
        if is_over(told.end, self.clock()):
            return None
        domain = self.sender_address.rpartition("@")[2]
        message_id = thread_id = f"<{row.mail_id}@{domain}>"
        answer_to, event = "", None
        if row.booking_id:
            to = (await invitees.list_invitees(conn, row.org_id, row.booking_id)).get(row.recipient_id)
            if to is None:
                return None
            reader = await self._reader(conn, row, to)
            thread_id = f"<{to.thread_id}@{domain}>"
            if self.reads_answers and row.method:
                answer_to = self._answer_to(to)
            hosts = {**content["hosts"], **content["guests"]}
            hosts.pop(row.recipient_id, None)
            told = _told(content, tuple(hosts.values()))
            if row.method:
                method = cast("InvitationMethod", row.method)
                stamp = datetime.fromisoformat(content["stamp"])
                event = Object(method, content["uid"], row.sequence, stamp)
        else:
            given = content["reader"]
            reader = Reader(
                given["name"], row.email, given["tzid"], locale_of(given["locale"]), content["url"]
            )
        envelope = Envelope(
            sender=self.sender_address,
            host_name=content["host_name"],
            host_email=content["host_email"],
            answer_to=answer_to,
            message_id=message_id,
            thread_id=thread_id,
            date=row.created_at,
        )
        return booking_mail(cast("Kind", row.kind), told, reader, envelope, event)

    def _answer_to(self, to: InviteeRow) -> str:
        token = self.sealer.open(to.token, *token_context(to)).reveal()
        local, _, domain = self.sender_address.rpartition("@")
        return f"{local}+{token}@{domain}"

    async def _reader(self, conn: Connection, row: MailRow, to: InviteeRow) -> Reader:
        url, answer = await (self._guest(conn, to) if to.kind == "guest" else self._member(conn, to))
        return Reader(
            to.name, row.email, to.tzid, locale_of(to.locale), url, answer, is_guest=to.kind == "guest"
        )

    async def _guest(self, conn: Connection, to: InviteeRow) -> tuple[str, str]:
        """Return a guest's address to change the meeting, and what they have answered."""
        guests = (await links.list_guests(conn, to.org_id, [to.booking_id]))[to.booking_id]
        found = next((guest for guest in guests if guest.guest_id == to.invitee_id), None)
        if found is None:  # their seat is in another meeting by now
            return "", "needs_action"
        context = manage_context(to.org_id, to.booking_id, to.invitee_id)
        token = self.sealer.open(found.manage_token, *context).reveal()
        return f"{self.base_url}/book/manage/{token}", found.rsvp

    async def _member(self, conn: Connection, to: InviteeRow) -> tuple[str, str]:
        people = (await bookings.list_participants(conn, to.org_id, [to.booking_id]))[to.booking_id]
        answer = next((person.rsvp for person in people if person.account_id == to.invitee_id), "")
        return f"{self.base_url}/bookings/{to.booking_id}", answer or "needs_action"


def _told(content: Mapping[str, Any], hosts: tuple[str, ...] = ()) -> Told:
    before = content.get("before")
    texts = [str(content.get(name) or "") for name in ("description", "note")]
    return Told(
        title=content["title"],
        start=datetime.fromisoformat(content["start"]),
        end=datetime.fromisoformat(content["end"]),
        tzid=content["tzid"],
        hosts=hosts or tuple(content["hosts"].values()),
        location=content.get("location", ""),
        join_url=content.get("join_url", ""),
        description="\n\n".join(text for text in texts if text),
        reason=content.get("reason", ""),
        before=(datetime.fromisoformat(before[0]), datetime.fromisoformat(before[1])) if before else None,
        answer_by=_moment(content.get("answer_by")),
        until=_moment(content.get("until")),
        is_transparent=bool(content.get("is_transparent")),
        is_private=bool(content.get("is_private")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
