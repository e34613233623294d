"""What scheduling tells Connect: signed webhooks, applied once each and in any order.

A booking's webhook carries a whole snapshot. It is kept only if it is newer than the one held, so duplicates and
late arrivals change nothing, and a creation may well arrive after a change. What follows from a kept snapshot (the
card, the line about the change, notifications, everybody's upcoming list) is written in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from convene.connect import bookings, messages
from convene.connect.bookings import CardLocation
from convene.connect.conversations import ensure_dm
from convene.connect.hub import AVAILABILITY
from convene.connect.log import Writer, writing
from convene.connect.membership import get_conversation, is_member, members_of
from convene.connect.messages import Draft
from convene.connect.notifications import News, notify
from convene.connect.scheduling_client import SchedulingClient
from convene.core import cards, chat_notices
from convene.core.chat_notices import Change
from convene.core.errors import Invalid
from convene.core.ids import is_id
from convene.edge.requests import Instant
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.security.sealing import Secret
from convene.security.signatures import verify
from convene.storage.database import Database

HookSecrets = Callable[[str], Awaitable[Sequence[Secret | str]]]
"""Returns the secrets with which an organisation's webhooks to Connect are signed."""


class _Person(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    sub: str
    name: str
    tzid: str
    role: str


class _Booking(BaseModel):
    """The parts of a snapshot without which no card can be drawn."""

    model_config = ConfigDict(extra="allow", strict=True)
    booking_id: str
    organization_id: str
    revision: int
    sync_revision: int = 0
    state: Literal["requested", "confirmed", "declined", "cancelled"]
    title: str
    start: Instant
    end: Instant
    duration_minutes: int
    organizer_id: str
    tzid: str
    participants: list[_Person]
    changed_by: str
    changed_at: Instant


class Hooks:
    """Receives the platform's webhooks."""

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, secrets: HookSecrets, scheduling: SchedulingClient
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._secrets = secrets
        self._scheduling = scheduling

    async def receive(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Check and apply one delivery; tell whether it changed anything.

        Raises `Unauthenticated` for a signature that does not fit or is older than 300 s, `Invalid` for a signed
        body that is none of ours.
        """
        event = _parsed(body)
        # The organisation is believed only if the signature made with its secret fits the very same bytes.
        org_id = event["organization_id"]
        event_id = verify(await self._secrets(org_id), headers, body, self._clock())
        return await self.apply(org_id, event_id, event["type"], event["data"])

    async def apply(self, org_id: str, event_id: str, kind: str, data: Mapping[str, Any]) -> bool:
        """Apply one event whose sender is known. Unknown kinds are passed over: a newer platform's."""
        if kind == "availability.changed":
            self._announce_availability(org_id, data)
            return True
        async with writing(self._db, self._bus, org_id, self._clock()) as writer:
            if not await bookings.note_delivery(writer.conn, org_id, event_id, writer.at):
                return False
            if kind == "calendar.needs_attention":
                await _notify_attention(writer, data)
                return True
            if kind.startswith("booking."):
                is_new = await _apply_booking(writer, kind, _snapshot(org_id, data))
                if kind == "booking.answered":
                    await _notify_answer(writer, data)
                return is_new or kind == "booking.answered"
        return False

    def _announce_availability(self, org_id: str, data: Mapping[str, Any]) -> None:
        """Only a hint for open pickers, so it is in no log."""
        self._scheduling.forget_answers()
        subs = data.get("subs")
        if isinstance(subs, list):
            self._bus.publish({f"{AVAILABILITY}/{org_id}/{sub}" for sub in subs if _is_key(sub)})


def _is_key(text: object) -> bool:
    return isinstance(text, str) and text.replace("_", "").isalnum()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("body", "The webhook's body is not JSON.") from error
    shape = {"organization_id": str, "type": str, "data": dict}
    for field, kind in shape.items():
        if not isinstance(event, dict) or not isinstance(event.get(field), kind):
            raise Invalid(field, f"The webhook's {field} is missing or of another kind.")
    if not is_id(event["organization_id"], "org"):
        raise Invalid("organization_id", "organization_id is not an organisation's id.")
    return dict(event)


def _snapshot(org_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    found = data.get("booking")
    try:
        _Booking.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["data", "booking", *(str(part) for part in first["loc"])])
        raise Invalid(field, f"{field}: {first['msg']}") from error
    assert isinstance(found, dict)
    if found["organization_id"] != org_id:
        raise Invalid("organization_id", "The booking is another organisation's.")
    return found


async def _apply_booking(writer: Writer, kind: str, snapshot: dict[str, Any]) -> bool:
    held = await bookings.lock_booking(writer.conn, writer.org_id, snapshot["booking_id"])
    is_new = await bookings.keep_if_newer(writer.conn, writer.org_id, snapshot)
    if is_new:
        await _follow_booking(writer, held.snapshot if held else None, snapshot)
    if kind != "booking.reminder":
        return is_new
    is_current = held is None or snapshot["revision"] >= held.revision
    if not is_current or snapshot["state"] != "confirmed":
        return is_new
    await _remind(writer, snapshot)
    return True


async def _follow_booking(writer: Writer, old: dict[str, Any] | None, snapshot: dict[str, Any]) -> None:
    """Do what a newer snapshot asks for: cards and lines, then notifications, then upcoming lists."""
    said = chat_notices.change(old, snapshot)
    shown = cards.card(snapshot)
    places = await bookings.card_locations(writer.conn, writer.org_id, snapshot["booking_id"])
    if places:
        await _update_cards(writer, places, shown)
    else:
        places = await _post_cards(writer, snapshot, shown)
    if said is not None and said.needs_notice:
        await _post_notices(writer, places, said)
    people = sorted(cards.participants_of(shown) | (cards.participants_of(cards.card(old)) if old else set()))
    # From here on nobody else writes to these people: no other booking's list can overtake ours.
    await writer.lock_people(people)
    if said is not None and cards.ends_after(shown, writer.at):
        for person in people:
            if person != said.actor:
                await _notify_change(writer, said, person, places)
    for person in people:
        ahead = await bookings.upcoming(writer.conn, writer.org_id, person, writer.at)
        writer.tell(person, "upcoming.changed", {"upcoming": ahead})


async def _update_cards(writer: Writer, places: Sequence[CardLocation], shown: cards.Card) -> None:
    for place in places:
        await messages.change(writer, place.conversation_id, place.message_id, cards.body(shown), shown)


async def _post_cards(writer: Writer, snapshot: Mapping[str, Any], shown: cards.Card) -> list[CardLocation]:
    """Post a booking's card where its people talk, and remember where."""
    places = []
    for conversation_id in await _conversations_for(writer, snapshot):
        author = await _author_in(writer, conversation_id, shown)
        row = await messages.post(
            writer, conversation_id, Draft("booking_card", cards.body(shown), author, shown)
        )
        place = CardLocation(conversation_id, row.message_id)
        await bookings.place_card(writer.conn, writer.org_id, snapshot["booking_id"], place)
        places.append(place)
    return places


async def _conversations_for(writer: Writer, snapshot: Mapping[str, Any]) -> list[str]:
    """Return where a booking's card belongs.

    Two people's meeting: in their direct conversation, or where the free time was shared that it was booked in. A larger one: in the conversation it was booked from if all
    of them are in it, else in the organizer's direct conversation with each. A meeting that somebody from outside has
    booked was no subject of any conversation: its hosts are notified, and find it under Upcoming.
    """
    if snapshot.get("guests"):
        return []
    organizer = snapshot["organizer_id"]
    others = sorted({person["sub"] for person in snapshot["participants"]} - {organizer})
    asked_from = snapshot.get("origin") or {}
    if len(others) > 1 or asked_from.get("shared_in"):
        origin = asked_from.get("conversation_id")
        if isinstance(origin, str):
            members = await members_of(writer.conn, writer.org_id, origin)
            if members.issuperset({organizer, *others}):
                return [origin]
    # Made in the order of the pairs, written to in the order of their ids: two transactions never wait crosswise.
    pairs = sorted(sorted((organizer, other)) for other in others)
    return sorted([(await ensure_dm(writer, first, second))[0] for first, second in pairs])


async def _author_in(writer: Writer, conversation_id: str, shown: cards.Card) -> str | None:
    """A card or line is its actor's, whom it need not be told as unread; if they are in the conversation."""
    actor = str(shown["changed_by"])
    return actor if await is_member(writer.conn, writer.org_id, conversation_id, actor) else None


async def _post_notices(writer: Writer, places: Sequence[CardLocation], said: Change) -> None:
    for place in places:
        where = await get_conversation(writer.conn, writer.org_id, place.conversation_id)
        text, facts = chat_notices.notice(said, among_participants=where.kind == "dm")
        author = await _author_in(writer, place.conversation_id, said.new)
        await messages.post(writer, place.conversation_id, Draft("notice", text, author, facts))


async def _notify_change(writer: Writer, said: Change, person: str, places: Sequence[CardLocation]) -> None:
    _, facts = chat_notices.notice(said, among_participants=True)
    await notify(
        writer,
        News(
            person,
            f"booking.{said.kind}",
            chat_notices.notification(said, person),
            booking_id=said.new["booking_id"],
            conversation_id=await _place_for(writer, person, places),
            data=facts,
        ),
    )


async def _remind(writer: Writer, snapshot: Mapping[str, Any]) -> None:
    shown = cards.card(snapshot)
    places = await bookings.card_locations(writer.conn, writer.org_id, snapshot["booking_id"])
    for person in sorted(cards.participants_of(shown)):
        await notify(
            writer,
            News(
                person,
                "booking.reminder",
                chat_notices.reminder(shown, person),
                booking_id=shown["booking_id"],
                conversation_id=await _place_for(writer, person, places),
                data={
                    "title": shown["title"],
                    "start_utc": shown["start_utc"],
                    "end_utc": shown["end_utc"],
                    "join_url": (shown["conferencing"] or {}).get("join_url"),
                },
            ),
        )


async def _notify_answer(writer: Writer, data: Mapping[str, Any]) -> None:
    """Tell the participants, but for whoever answered, what somebody who was invited by mail says."""
    answer = data.get("answer")
    if not isinstance(answer, dict):
        raise Invalid("data.answer", "data.answer is missing.")
    shown = cards.card(data["booking"])
    places = await bookings.card_locations(writer.conn, writer.org_id, shown["booking_id"])
    facts = {name: answer.get(name) for name in ("name", "email", "rsvp", "comment", "proposal")}
    for person in sorted(cards.participants_of(shown) - {str(answer.get("invitee_id"))}):
        await notify(
            writer,
            News(
                person,
                "booking.answered",
                chat_notices.answered(shown, answer, person),
                booking_id=shown["booking_id"],
                conversation_id=await _place_for(writer, person, places),
                data=facts,
            ),
        )


async def _place_for(writer: Writer, person: str, places: Sequence[CardLocation]) -> str | None:
    """Return the conversation in which somebody finds the card."""
    for place in places:
        if await is_member(writer.conn, writer.org_id, place.conversation_id, person):
            return place.conversation_id
    return None


async def _notify_attention(writer: Writer, data: Mapping[str, Any]) -> None:
    sub = data.get("sub")
    if not isinstance(sub, str):
        raise Invalid("data.sub", "data.sub is missing.")
    facts = {name: data.get(name) for name in ("connection_id", "label", "code", "detail")}
    text = chat_notices.attention(data)
    await notify(writer, News(sub, "calendar.needs_attention", text, data=facts))
