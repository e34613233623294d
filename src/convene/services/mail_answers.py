"""What people answer to our invitations by mail (RFC 5546): believed if something proves who they are, told if not.

Each invitee answers to an address of their own, whose secret part is the strong proof. Without it an answer counts that
names the meeting's UID, which only invitees know, and comes from the very address that was invited. An answer never moves
a meeting: another time that somebody proposes waits for a host.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from convene.core.errors import Conflict, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.formats.parser_messages import ParsedAnswer, ParsedMail, ParsedReply
from convene.ports.runtime import Clock
from convene.security.tokens import fingerprint, new_id
from convene.services.booking_snapshot import instant
from convene.services.bookings import BookingService
from convene.services.mail_invitations import MailInvitations
from convene.storage import audit, booking_writes, bookings, invitees, mail
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection, Database
from convene.storage.invitees import InviteeRow, ProposalRow, UnprovenRow

logger = logging.getLogger(__name__)

RSVPS = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "declined"}
LONGEST = timedelta(days=7)


class MailAnswers:
    def __init__(self, booking_service: BookingService, invitations: MailInvitations) -> None:
        self.db: Database = booking_service.db
        self.clock: Clock = booking_service.clock
        self.bookings = booking_service
        self.invitations = invitations

    # -- from the mailbox

    async def receive(self, conn: Connection, found: ParsedMail) -> bool:
        """Take note of a message; tell whether it answered an invitation of ours. Twice is as good as once."""
        reply = found.reply
        if reply is None:
            return False
        by_address = await invitees.find_by_token(conn, self._tokens(found))
        people = {row.email.lower(): row for row in await invitees.list_by_uid(conn, reply.uid)}
        if not people:
            return False
        if by_address is not None and by_address.email.lower() not in people:
            by_address = None  # the address of another meeting proves nothing about this one
        first = next(iter(people.values()))
        row = await bookings.lock_booking(conn, first.org_id, first.booking_id)
        if row is None:
            return False
        # As of now: whoever was locked out has changed it.
        known = await invitees.list_invitees(conn, row.org_id, row.booking_id)
        for answer in _answers(reply, frozenset(people)):
            person = people.get(answer.email)
            if by_address is not None and by_address.email.lower() in (answer.email, found.sender):
                person, why = by_address, ""
            else:
                why = _doubt(person, found)
            if why or person is None:
                await self._note(conn, row, found.sender, answer, why)
            else:
                await self._believe(conn, row, known[person.invitee_id], reply, answer)
        return True

    def _tokens(self, found: ParsedMail) -> list[bytes]:
        """Return the fingerprints of the secret parts of our addresses among the recipients."""
        local, _, domain = self.invitations.sender_address.lower().rpartition("@")
        return [
            fingerprint(address.removeprefix(f"{local}+").removesuffix(f"@{domain}"))
            for address in found.recipients
            if address.startswith(f"{local}+") and address.endswith(f"@{domain}")
        ]

    async def _note(
        self, conn: Connection, row: BookingRow, sender: str, answer: ParsedAnswer, why: str
    ) -> None:
        told = UnprovenRow(
            sender[:254], answer.email, RSVPS.get(answer.status, "needs_action"), why, self.clock()
        )
        await invitees.note_unproven(conn, row.org_id, row.booking_id, told)

    async def _believe(
        self,
        conn: Connection,
        row: BookingRow,
        person: InviteeRow,
        reply: ParsedReply,
        answer: ParsedAnswer,
    ) -> None:
        """Store an answer, unless it is older than what is known (RFC 5546 section 2.1.5) or comes too late."""
        now = self.clock()
        sequence = person.sequence if reply.sequence is None else min(reply.sequence, person.sequence)
        at = now if reply.stamp is None else min(datetime.fromtimestamp(reply.stamp, UTC), now)
        if person.phase != "invited" or row.is_off or sequence < person.asked_sequence:
            return
        if person.reply_sequence is not None and person.replied_at is not None:
            newest = person.reply_sequence, person.replied_at
            if (sequence, at) < newest or ((sequence, at) == newest and reply.method == "COUNTER"):
                return
        answered = replace(person, reply_sequence=sequence, replied_at=at, comment=answer.comment)
        await invitees.store_answer(conn, answered)
        rsvp = RSVPS.get(answer.status)
        is_news = rsvp is not None and await invitees.set_rsvp(conn, answered, rsvp)
        proposal = await self._propose(conn, row, answered, reply)
        if not is_news and proposal is None and answer.comment == person.comment:
            return
        await booking_writes.bump_sync_revision(conn, row.org_id, row.booking_id)
        await self._announce(conn, row, answered, rsvp, proposal)

    async def _propose(
        self, conn: Connection, row: BookingRow, person: InviteeRow, reply: ParsedReply
    ) -> ProposalRow | None:
        """Keep the other time of a COUNTER for the hosts; None if it names none that can be."""
        if reply.method != "COUNTER" or reply.is_dates or not reply.end:
            return None
        start, end = (datetime.fromtimestamp(time, UTC) for time in (reply.start, reply.end))
        is_same = (start, end) == (row.starts_at, row.ends_at)
        if is_same or not self.clock() < start < end <= start + LONGEST:
            return None
        await invitees.supersede_proposals(conn, row.org_id, row.booking_id, self.clock(), person.invitee_id)
        made = ProposalRow(
            row.org_id,
            new_id("proposal"),
            row.booking_id,
            person.invitee_id,
            start,
            end,
            person.comment,
            "open",
            self.clock(),
        )
        await invitees.insert_proposal(conn, made)
        return made

    async def _announce(
        self,
        conn: Connection,
        row: BookingRow,
        person: InviteeRow,
        rsvp: str | None,
        proposal: ProposalRow | None,
    ) -> None:
        newest = await bookings.find_booking(conn, row.org_id, row.booking_id)
        assert newest is not None
        found = await self.bookings.events.snapshot(conn, newest)
        subs = [item["sub"] for item in found["participants"]]
        answer = {
            "invitee_id": person.invitee_id,
            "name": person.name,
            "email": person.email,
            "rsvp": rsvp,
            "comment": person.comment,
            "proposal": _proposal(proposal, person) if proposal else None,
        }
        data = {"booking": found, "answer": answer}
        await self.bookings.webhooks.emit(conn, row.org_id, "booking.answered", data, subs)

    # -- for the hosts

    async def of_booking(self, caller: Caller, booking_id: str) -> dict[str, Any]:
        """Return who was told of a meeting by mail, what they answered, and what they proposed.

        Raises `NotFound` unless the caller takes part in it.
        """
        row = await self.bookings.find_row(caller, booking_id)
        async with self.db.connection() as conn:
            people = await invitees.list_invitees(conn, row.org_id, row.booking_id)
            sent = await mail.list_of_booking(conn, row.org_id, row.booking_id)
            proposals = await invitees.list_proposals(conn, row.org_id, row.booking_id)
            unproven = await invitees.list_unproven(conn, row.org_id, row.booking_id)
            found = await self.bookings.events.snapshot(conn, row)
        rsvps = {person["sub"]: person["rsvp"] for person in found["participants"]}
        rsvps |= {guest["email"].lower(): guest["rsvp"] for guest in found["guests"]}
        return {
            "sent_by": "convene" if self.invitations.is_on else "nobody",
            "invitees": [
                _invitee(person, rsvps.get(person.invitee_id) or rsvps.get(person.email.lower()), sent)
                for person in people.values()
            ],
            "proposals": [_proposal(item, people[item.invitee_id]) for item in proposals],
            "unproven_answers": [
                {
                    "sender": item.sender,
                    "attendee": item.attendee,
                    "rsvp": item.status,
                    "why": item.why,
                    "received_at": instant(item.received_at),
                }
                for item in unproven
            ],
        }

    async def accept(self, caller: Caller, booking_id: str, proposal_id: str) -> dict[str, Any]:
        """Move a meeting to when an invitee has proposed; any member who takes part may. An accepted one stays so.

        Raises:
            NotFound: no such meeting or proposal.
            Conflict: `already_answered`: it was declined, or another time has been agreed on since.
            SlotTaken: with `alternatives`; the proposal stays open.
        """
        caller.require("bookings:write")
        proposal = await self._proposal(caller, booking_id, proposal_id)
        if proposal.state == "open":
            minutes = int((proposal.ends_at - proposal.starts_at) / timedelta(minutes=1))
            # What follows from the new time settles the proposal too, in the same transaction.
            await self.bookings.reschedule(caller, booking_id, proposal.starts_at, minutes)
        elif proposal.state != "accepted":
            raise _settled()
        async with self.db.transaction() as conn:
            row = await self._visible(conn, caller, booking_id)
            return await self.bookings.events.snapshot(conn, row)

    async def decline(self, caller: Caller, booking_id: str, proposal_id: str, reason: str) -> dict[str, Any]:
        """Tell an invitee that the proposed time does not suit. A declined one stays so.

        Raises `NotFound`, or `Conflict` (`already_answered`) as `accept` does.
        """
        caller.require("bookings:write")
        proposal = await self._proposal(caller, booking_id, proposal_id)
        async with self.db.transaction() as conn:
            row = await bookings.lock_booking(conn, caller.org_id, booking_id)
            assert row is not None
            if not await invitees.decline_proposal(conn, proposal, self.clock()):
                now = await self._find(conn, caller.org_id, booking_id, proposal_id)
                if now.state != "declined":
                    raise _settled()
            else:
                people = await invitees.list_invitees(conn, row.org_id, row.booking_id)
                to = people[proposal.invitee_id]
                await self.invitations.decline_counter(conn, row, to, proposal, reason)
                await audit.append(
                    conn,
                    caller,
                    "proposal.declined",
                    now=self.clock(),
                    target=booking_id,
                    detail={"proposal": proposal_id},
                )
        async with self.db.transaction() as conn:
            row = await self._visible(conn, caller, booking_id)
            return await self.bookings.events.snapshot(conn, row)

    async def _proposal(self, caller: Caller, booking_id: str, proposal_id: str) -> ProposalRow:
        async with self.db.transaction() as conn:
            row = await self._visible(conn, caller, booking_id)
            return await self._find(conn, row.org_id, row.booking_id, proposal_id)

    async def _visible(self, conn: Connection, caller: Caller, booking_id: str) -> BookingRow:
        row = None
        if is_id(booking_id, "bkg"):
            row = await bookings.find_booking(conn, caller.org_id, booking_id)
        people = await bookings.list_participants(conn, caller.org_id, [booking_id]) if row else {}
        if row is None or caller.member_id not in {one.account_id for one in people[booking_id]}:
            raise NotFound("There is no such meeting, or you do not take part in it.")
        return row

    async def _find(self, conn: Connection, org_id: str, booking_id: str, proposal_id: str) -> ProposalRow:
        rows = await invitees.list_proposals(conn, org_id, booking_id) if is_id(proposal_id, "prp") else []
        found = next((row for row in rows if row.proposal_id == proposal_id), None)
        if found is None:
            raise NotFound("There is no such proposal.")
        return found


def _settled() -> Conflict:
    return Conflict("This proposal is settled already. Look at the meeting again.", code="already_answered")


def _answers(reply: ParsedReply, invited: frozenset[str]) -> list[ParsedAnswer]:
    """Return whose answer it is: the one attendee, or among several those who say something and were invited."""
    if len(reply.answers) == 1:
        return list(reply.answers)
    return [item for item in reply.answers if item.status in RSVPS and item.email in invited][:1]


def _doubt(person: InviteeRow | None, found: ParsedMail) -> str:
    """Return why an answer to none of our secret addresses is not believed; empty if it is."""
    if person is None:
        return "This address was not invited."
    if found.sender != person.email.lower():
        return "It came from another address than the one that was invited."
    if found.is_disowned:
        return "The mail server says that its sender is forged."
    return ""


def _invitee(person: InviteeRow, rsvp: str | None, sent: Any) -> dict[str, Any]:
    newest = sent.get(person.invitee_id)
    return {
        "invitee_id": person.invitee_id,
        "kind": person.kind,
        "name": person.name,
        "email": person.email,
        "phase": person.phase,
        "rsvp": rsvp if person.phase == "invited" else None,
        "comment": person.comment,
        "replied_at": instant(person.replied_at) if person.replied_at else None,
        "mail": {
            "kind": newest.kind,
            "state": "sending"
            if newest.state == "pending" and not newest.error_detail
            else _shown(newest.state),
            "detail": newest.error_detail,
            "sent_at": instant(newest.sent_at) if newest.sent_at else None,
            "next_try_at": instant(newest.next_try_at) if newest.next_try_at else None,
        }
        if newest
        else None,
    }


def _shown(state: str) -> str:
    return {"pending": "retrying"}.get(state, state)


def _proposal(row: ProposalRow, person: InviteeRow) -> dict[str, Any]:
    return {
        "proposal_id": row.proposal_id,
        "name": person.name,
        "email": person.email,
        "start": instant(row.starts_at),
        "end": instant(row.ends_at),
        "comment": row.comment,
        "state": row.state,
        "proposed_at": instant(row.proposed_at),
    }
