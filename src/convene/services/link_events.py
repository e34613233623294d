"""What becomes of a link's event in calendars: where it is written, and what is said there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from convene.core.booking_questions import told_answers
from convene.core.scheduling_links import LinkRequest, Target
from convene.core.scopes import WRITE_SCOPES
from convene.storage import applications, links
from convene.storage.database import Connection
from convene.storage.links import HostRow, LinkRow

_SAID_THERE = ("summary", "description", "location")


class Named(Protocol):
    """Whoever booked."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def answers(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Writes:
    """By account the calendar that gets the event (None: nowhere), and the targets that were chosen.

    Empty `calendars` leaves it to where each participant wants bookings written.
    """

    calendars: Mapping[str, str | None]
    targets: Sequence[Target]

    @property
    def conferencing(self) -> Mapping[str, Any] | None:
        """The conferencing that a target calendar asks for instead of the event's."""
        found = (target.event.get("conferencing") for target in self.targets)
        return next((given for given in found if given), None)


def planned_writes(request: LinkRequest, participants: Sequence[str]) -> Writes:
    """Return where the event is written.

    Target calendars of members who do not attend are passed over; those of accounts that the query does not ask about
    always count. A single event goes into the first calendar that is left.
    """
    if request.targets is None:
        return Writes({}, ())
    asked = set(request.subs)
    left = [target for target in request.targets if target.sub in participants or target.sub not in asked]
    if request.event_creation == "single":
        left = left[:1]
    calendars: dict[str, str | None] = dict.fromkeys(participants)
    calendars |= {target.sub: target.calendar_id for target in reversed(left)}
    return Writes(calendars, left)


def event_id_of(event: Mapping[str, Any], link: LinkRow, booking_id: str) -> str:
    """Return the application's id for the event. A link that may be used more than once has one per booking."""
    given = str(event.get("event_id") or "")
    return given if link.max_uses == 1 or not given else f"{given}_{booking_id}"


def event_details(
    event: Mapping[str, Any],
    request: LinkRequest,
    writes: Writes,
    organizer: HostRow,
    hosts: Sequence[HostRow],
    visitor: Named,
) -> dict[str, Any]:
    """Return what the events say besides title, place online and time (see migration 0006)."""
    answers = told_answers(visitor.answers)
    guest = {"name": visitor.name, "email": visitor.email}
    if request.seats is None:
        event = _with_answers(event, answers)
    elif answers:
        guest["answers"] = answers  # other guests read the description
    details: dict[str, Any] = {"guests": [guest], **said(event)}
    if request.seats is not None:
        details["seats"] = request.seats
    rooms = [host.name for host in hosts if host.kind == "resource"]
    if rooms and not details.get("location"):
        details["location"] = ", ".join(sorted(rooms))
    of = {target.sub: said(target.event, _SAID_THERE) for target in writes.targets}
    details["of"] = {sub: there for sub, there in of.items() if there}
    if request.event_creation == "single":
        # The only event: its owner has invited everybody else to it.
        owner = writes.targets[0].sub if writes.targets else organizer.account_id
        led_by = next((host for host in hosts if host.account_id == owner), organizer)
        details["organizer"] = {"name": led_by.name, "email": led_by.email}
        details["attendees"] = [
            {"name": host.name, "email": host.email}
            for host in hosts
            if host.kind == "person" and host.account_id != led_by.account_id
        ]
        if request.seats is None:  # attendees of an event see each other, guests who share a meeting do not
            details["attendees"] += [{"name": visitor.name, "email": visitor.email, "answer": "accepted"}]
    return details


def _with_answers(event: Mapping[str, Any], answers: str) -> dict[str, Any]:
    """The event with what the visitor answered below its description, for the hosts' calendars."""
    told = [text for text in (event.get("description"), answers) if text]
    return {**event, **({"description": "\n\n".join(told)} if told else {})}


def said(event: Mapping[str, Any], names: Sequence[str] = ()) -> dict[str, Any]:
    """Return what an event template says, in the form of `booking.event_details`; only `names` if there are any."""
    location = event.get("location")
    found = {
        "summary": event.get("summary") if names else None,
        "description": event.get("description"),
        "location": location.get("description") if isinstance(location, Mapping) else location,
        "transparency": event.get("transparency"),
        "private": event.get("event_private"),
        "url": event.get("url"),
        "color": event.get("color"),
        "reminders": [item["minutes"] for item in event.get("reminders") or ()],
    }
    return {name: value for name, value in found.items() if value and (not names or name in names)}


async def unwritable(
    conn: Connection, org_id: str, client_id: str | None, subs: Sequence[str]
) -> frozenset[str]:
    """Return into whose calendars a link's application may not write. A link of our own (None) asks nobody."""
    if client_id is None:
        return frozenset()
    return frozenset(subs) - await applications.writable_accounts(conn, org_id, client_id, subs, WRITE_SCOPES)


async def with_targets_left(conn: Connection, link: LinkRow, request: LinkRequest) -> LinkRequest:
    """Return the request without the target calendars of accounts that no longer allow writing, or are suspended."""
    targets = request.targets or ()
    gone = await unwritable(conn, link.org_id, link.client_id, [target.sub for target in targets])
    return (
        replace(request, targets=tuple(target for target in targets if target.sub not in gone))
        if gone
        else request
    )


async def target_problem(conn: Connection, org_id: str, targets: Sequence[Target]) -> tuple[int, str] | None:
    """Return which target cannot be written to and why; None if all can."""
    there = await links.list_targets(conn, org_id, [target.calendar_id for target in targets])
    seen: set[str] = set()
    for number, target in enumerate(targets):
        found = there.get(target.calendar_id)
        if found is None or found.account_id != target.sub:
            return number, "is no calendar of this account."
        if not found.is_writable:
            return number, "cannot be written to."
        if target.sub in seen:
            return number, "is a second calendar of this account; name one."
        seen.add(target.sub)
    return None
