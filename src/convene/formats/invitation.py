"""Invitations by mail (RFC 5546): REQUEST, CANCEL and DECLINECOUNTER with everybody who is invited, for whoever mails
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from icalendar import Event, vCalAddress, vText

from convene.formats.event_content import Content, content_text
from convene.formats.event_editing import editable, one_line, replace, text_of

InvitationMethod = Literal["REQUEST", "CANCEL", "DECLINECOUNTER"]


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is invited. `answer` is a PARTSTAT in lower case."""

    email: str
    answer: str = "needs-action"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says.

    uid: the same over all changes; sequence: grows with each. stamp: when this version was made. content: as in
    `event_content`. With `method` CANCEL, `is_cancelled` tells the event's end from a cancellation for `people` alone.
    sent_by: the address that mails it for the organizer, if that is another.
    """

    uid: str
    method: InvitationMethod
    sequence: int
    stamp: datetime
    content: Content
    organizer_email: str
    organizer_name: str
    people: Sequence[Invited]
    is_cancelled: bool = False
    sent_by: str = ""


def invitation_text(invitation: Invitation) -> str:
    """Return the iCalendar object, CRLF line ends, folded."""
    calendar = editable(content_text(invitation.uid, invitation.content, invitation.stamp))
    calendar.add("method", invitation.method)
    [event] = [part for part in calendar.subcomponents if isinstance(part, Event)]
    replace(event, "sequence", invitation.sequence)
    if invitation.method == "REQUEST" or invitation.is_cancelled:
        replace(event, "status", "CANCELLED" if invitation.is_cancelled else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{one_line(invitation.organizer_email)}")
    organizer.params["CN"] = vText(one_line(invitation.organizer_name))
    if invitation.sent_by:
        organizer.params["SENT-BY"] = vText(f"mailto:{one_line(invitation.sent_by)}")
    event.add("organizer", organizer, encode=False)
    for person in invitation.people:
        event.add("attendee", _attendee(person, invitation.method), encode=False)
    return text_of(calendar)


def _attendee(person: Invited, method: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{one_line(person.email)}")
    address.params["CN"] = vText(one_line(person.name or person.email))
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    if method == "REQUEST":
        address.params["PARTSTAT"] = vText(person.answer.upper())
        address.params["RSVP"] = vText("TRUE")
    return address
