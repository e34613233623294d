"""Who is told of a meeting by mail, and what: written in the transaction that changes the meeting.

What everybody was told last is compared with what is true now, so each change leads to the one mail that says it: an
invitation, a newer one, a cancellation; or, while a host has yet to accept, plain mail without an event. Nothing is sent
from here (see `services.mail_outbox`). Whoever reads a mail is the only attendee it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from convene.core.booking_questions import told_answers
from convene.core.scheduling_links import from_json
from convene.formats.booking_mail import Kind, is_over
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer
from convene.security.tokens import fingerprint, new_address_part, new_id
from convene.services.booking_snapshot import instant
from convene.services.link_requests import NOBODY
from convene.services.mail_outbox import enqueue
from convene.storage import bookings, invitees, links, mail
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.invitees import InviteeRow, ProposalRow, WantedRow
from convene.storage.links import LinkRow
from convene.storage.mail import NewMail
from convene.storage.waitlist import EntryRow

ASKED = "needs_action"
_OFF: Mapping[str, Kind] = {"declined": "declined", "cancelled": "withdrawn"}


def token_context(row: InviteeRow) -> tuple[str, ...]:
    """Return what an invitee's sealed token is bound to."""
    return ("booking_invitee", row.org_id, row.booking_id, row.invitee_id, "token")


class MailInvitations:
    """Args:
    sender_address: what mail comes from; empty where none is sent, and then nothing is written either.
    """

    def __init__(self, clock: Clock, jobs: JobQueue, sealer: Sealer, sender_address: str) -> None:
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.sender_address = sender_address

    @property
    def is_on(self) -> bool:
        return bool(self.sender_address)

    # -- meetings

    async def follow(self, conn: Connection, row: BookingRow) -> None:
        """Write what follows from the newest state of a meeting. The booking is locked, or was just made."""
        now = self.clock()
        if not self.is_on or is_over(row.ends_at, now):
            return
        wanted = await invitees.list_wanted(conn, row.org_id, row.booking_id)
        known = await invitees.list_invitees(conn, row.org_id, row.booking_id)
        agreed = await self._proposals(conn, row, known.values())
        content = await self._content(conn, row)
        for person in [] if row.is_off else wanted:
            have = known.get(person.invitee_id)
            await self._tell(conn, row, person, have, content, is_agreed=person.invitee_id in agreed)
        there = frozenset() if row.is_off else frozenset(person.invitee_id for person in wanted)
        for have in known.values():
            if have.phase == "ended" or have.invitee_id in there:
                continue
            if not row.is_off and have.invitee_id in content["hosts"]:
                # Still in the meeting, and not to be told of it by mail any more: suspended.
                await invitees.update_invitee(conn, replace(have, phase="ended"))
                continue
            await self._tell_end(conn, row, have, content)

    async def _proposals(
        self, conn: Connection, row: BookingRow, known: Iterable[InviteeRow]
    ) -> frozenset[str]:
        """Settle the proposals that a new time or an end leaves without sense; return who has proposed the new time."""
        has_moved = any((have.starts_at, have.ends_at) != (row.starts_at, row.ends_at) for have in known)
        if not row.is_off and not has_moved:
            return frozenset()
        agreed = frozenset[str]()
        if not row.is_off:
            agreed = await invitees.accept_proposals(
                conn, row.org_id, row.booking_id, row.starts_at, row.ends_at, self.clock()
            )
        await invitees.supersede_proposals(conn, row.org_id, row.booking_id, self.clock())
        return agreed

    async def _content(self, conn: Connection, row: BookingRow) -> dict[str, Any]:
        """Return what is told of a meeting, for whoever reads it."""
        people = (await bookings.list_participants(conn, row.org_id, [row.booking_id]))[row.booking_id]
        guests = (await links.list_guests(conn, row.org_id, [row.booking_id]))[row.booking_id]
        host = (await links.list_hosts(conn, row.org_id, [row.organizer_id])).get(row.organizer_id)
        details = row.event_details
        return {
            "uid": row.uid,
            "stamp": instant(row.changed_at),
            "title": row.title,
            "start": instant(row.starts_at),
            "end": instant(row.ends_at),
            "tzid": row.tzid,
            "host_id": row.organizer_id,
            "host_name": host.name if host else "",
            "host_email": host.email if host and host.kind == "person" else self.sender_address,
            "hosts": {person.account_id: person.name for person in people},
            "guests": {guest.guest_id: guest.name for guest in guests if guest.left_at is None},
            "location": details.get("location", ""),
            "join_url": (row.conferencing or {}).get("join_url", ""),
            "description": details.get("description", ""),
            "note": row.note,
            "reason": row.reason,
            "answer_by": instant(row.answer_by) if row.answer_by else None,
            "is_transparent": details.get("transparency") == "transparent",
            "is_private": bool(details.get("private")),
        }

    async def _tell(
        self,
        conn: Connection,
        row: BookingRow,
        person: WantedRow,
        have: InviteeRow | None,
        content: Mapping[str, Any],
        *,
        is_agreed: bool,
    ) -> None:
        """Tell somebody who is to come what they do not know yet."""
        content = _for_reader(content, person)
        phase = "requested" if row.state == "requested" else "invited"
        sequence, told, is_first = row.revision - 1, _digest(content), False
        if have is None or have.phase == "ended":
            kind: Kind = "requested" if phase == "requested" else "booked"
            if have is None:
                have = await self._insert(conn, row, person, phase, sequence, told)
                is_first = True
        elif (have.told, have.phase, have.email) == (told, phase, person.email):
            return
        elif phase != have.phase:
            kind = "booked"
        elif phase == "requested":
            kind = "requested"
        else:
            kind = "updated" if _same_time(have, row) else "moved"
        if kind == "moved":
            content = {**content, "before": [instant(have.starts_at), instant(have.ends_at)]}
            if person.kind == "guest":
                agrees = is_agreed or row.changed_by == person.invitee_id
                await invitees.set_rsvp(conn, have, "accepted" if agrees else ASKED)
        asked = have.asked_sequence if kind == "updated" else sequence
        now_told = replace(
            have,
            email=person.email,
            name=person.name,
            tzid=person.tzid,
            locale=person.locale,
            phase=phase,
            told=told,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            sequence=sequence,
            asked_sequence=asked,
        )
        await invitees.update_invitee(conn, now_told)
        method = "REQUEST" if phase == "invited" else ""
        await self._queue(
            conn, now_told, kind, method, content, mail_id=have.thread_id if is_first else new_id("mail")
        )

    async def _tell_end(
        self, conn: Connection, row: BookingRow, have: InviteeRow, content: Mapping[str, Any]
    ) -> None:
        """Tell somebody that a meeting is off for them, or that nothing comes of what they asked for."""
        kind: Kind = "cancelled"
        if have.phase == "requested":
            is_late = row.state == "declined" and row.changed_by == NOBODY
            kind = "unanswered" if is_late else _OFF.get(row.state, "withdrawn")
        method = "CANCEL" if have.phase == "invited" else ""
        reason = row.reason if row.is_off and kind != "unanswered" else ""
        # When it was for them: a meeting that went on may have been moved for others since.
        told = {
            **content,
            "start": instant(have.starts_at),
            "end": instant(have.ends_at),
            "reason": reason,
            "guests": {},
            "description": "",
        }
        ended = replace(have, phase="ended", sequence=row.revision - 1, told="")
        await invitees.update_invitee(conn, ended)
        await self._queue(conn, ended, kind, method, told, mail_id=new_id("mail"))

    async def _insert(
        self, conn: Connection, row: BookingRow, person: WantedRow, phase: str, sequence: int, told: str
    ) -> InviteeRow:
        token = new_address_part()
        made = InviteeRow(
            org_id=row.org_id,
            booking_id=row.booking_id,
            invitee_id=person.invitee_id,
            kind=person.kind,
            email=person.email,
            name=person.name,
            tzid=person.tzid,
            locale=person.locale,
            phase=phase,
            token=b"",
            told=told,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            sequence=sequence,
            asked_sequence=sequence,
            thread_id=new_id("mail"),
        )
        made = replace(made, token=self.sealer.seal(token, *token_context(made)))
        await invitees.insert_invitee(conn, made, fingerprint(token))
        return made

    async def _queue(
        self,
        conn: Connection,
        to: InviteeRow,
        kind: Kind,
        method: str,
        content: Mapping[str, Any],
        *,
        mail_id: str,
        about: str = "",
    ) -> None:
        if not about:
            await mail.supersede(conn, to.org_id, to.booking_id, to.invitee_id)
        new = NewMail(
            to.org_id,
            mail_id,
            to.booking_id,
            to.invitee_id,
            to.email,
            kind,
            method,
            to.sequence,
            content,
            about,
        )
        await enqueue(conn, self.jobs, self.clock, new)

    async def decline_counter(
        self, conn: Connection, row: BookingRow, to: InviteeRow, proposal: ProposalRow, reason: str
    ) -> None:
        """Tell an invitee that the time they proposed does not suit."""
        if self.is_on and to.phase == "invited":
            content = {**await self._content(conn, row), "reason": reason, "guests": {}}
            await self._queue(
                conn,
                to,
                "counter_declined",
                "DECLINECOUNTER",
                content,
                mail_id=new_id("mail"),
                about=proposal.proposal_id,
            )

    # -- waitlists

    async def offered(
        self, conn: Connection, link: LinkRow, entry: EntryRow, who: Sequence[str], until: datetime, url: str
    ) -> None:
        """Tell somebody on a waitlist that the time is held for them."""
        if not self.is_on:
            return
        hosts = await links.list_hosts(conn, link.org_id, list(who))
        people = [host for host in hosts.values() if host.kind == "person"]
        content = {
            "title": str(from_json(link.request).event.get("summary") or ""),
            "start": instant(entry.starts_at),
            "end": instant(entry.ends_at),
            "tzid": entry.tzid,
            "host_name": people[0].name if people else "",
            "host_email": people[0].email if people else self.sender_address,
            "hosts": {host.account_id: host.name for host in people},
            "until": instant(until),
            "url": url,
            "reader": {"name": entry.name, "tzid": entry.tzid, "locale": entry.locale},
        }
        new = NewMail(
            link.org_id,
            new_id("mail"),
            "",
            entry.entry_id,
            entry.email,
            "offered",
            "",
            0,
            content,
            instant(until),
        )
        await enqueue(conn, self.jobs, self.clock, new)


def _same_time(have: InviteeRow, row: BookingRow) -> bool:
    return (have.starts_at, have.ends_at) == (row.starts_at, row.ends_at)


def _for_reader(content: Mapping[str, Any], person: WantedRow) -> dict[str, Any]:
    """Return the content without what this reader is not to be told: guests learn of no other guests, and are not sent
    what somebody typed into a public form."""
    if person.kind == "member":
        return dict(content)
    answers = told_answers(person.answers)
    description = str(content["description"])
    if answers:
        description = description.removesuffix(answers).strip()
    return {**content, "description": description, "guests": {}}


def _digest(content: Mapping[str, Any]) -> str:
    """Return what tells two states of a meeting apart for somebody who reads of it."""
    names = (
        "title",
        "start",
        "end",
        "tzid",
        "location",
        "join_url",
        "description",
        "note",
        "hosts",
        "answer_by",
    )
    told = json.dumps([content[name] for name in names], sort_keys=True)
    return sha256(told.encode()).hexdigest()
