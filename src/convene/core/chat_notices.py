"""What is said when a booking changes: the line in the conversation and each person's notification.

A change is found by comparing the snapshot that people were last told of with the new one. Changes in between that
never arrived are therefore not told, and three quick moves that arrive as one are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from convene.core import cards

Kind = Literal["requested", "confirmed", "declined", "rescheduled", "cancelled"]


_KINDS: Mapping[str, Kind] = {
    "requested": "requested",
    "confirmed": "confirmed",
    "rescheduled": "confirmed",
    "declined": "declined",
    "cancelled": "cancelled",
}
"""What is told of a meeting of which nobody has heard, by the state of its card."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a booking differs from what people know: its new card, and the card they were last shown."""

    kind: Kind
    new: cards.Card
    old: cards.Card | None

    @property
    def actor(self) -> str:
        return str(self.new["changed_by"])

    @property
    def needs_notice(self) -> bool:
        """A fresh card speaks for itself; a card that changes in place is easily missed."""
        return self.old is not None


def change(old: cards.Snapshot | None, new: cards.Snapshot) -> Change | None:
    """Return what people are to be told, or None if nothing that matters to them has changed.

    `old` is the snapshot told last (None: never heard of the booking), `new` one that is newer.
    """
    after = cards.card(new)
    if old is None:
        return Change(_KINDS[after["state"]], after, None)
    before = cards.card(old)
    was_off = cards.is_off(before)
    if cards.is_off(after):
        return None if was_off else Change(_KINDS[after["state"]], after, before)
    if was_off or (before["state"] == "requested" and after["state"] != "requested"):
        return Change("confirmed", after, before)
    moved = _time(before) != _time(after)
    return Change("rescheduled", after, before) if moved else None


def _time(shown: cards.Card) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(shown["start_utc"]), datetime.fromisoformat(shown["end_utc"])


def notice(said: Change, *, among_participants: bool) -> tuple[str, dict[str, Any]]:
    """Return the line for a conversation, as text and as data.

    Where others than the participants read along (`among_participants` false), neither title nor reason is told.
    """
    new, old = said.new, said.old
    title = new["title"] if among_participants else ""
    reason = new["reason"] if among_participants else ""
    facts = {
        "type": f"booking.{said.kind}",
        "booking_id": new["booking_id"],
        "title": title,
        "reason": reason,
        "actor_id": said.actor,
        "actor_name": new["changed_by_name"],
        "start_utc": new["start_utc"],
        "end_utc": new["end_utc"],
        "previous": {"start_utc": old["start_utc"], "end_utc": old["end_utc"]}
        if old and said.kind == "rescheduled"
        else None,
        **({"was_requested": True} if _was_accepted(said) else {}),
    }
    return _sentence(said, title, reason, cards.zones_of(new)), facts


def _was_accepted(said: Change) -> bool:
    return said.kind == "confirmed" and said.old is not None and said.old["state"] == "requested"


def notification(said: Change, recipient: str) -> str:
    """Return what one participant is notified of, told in their own zone first."""
    zones = _own_zone_first(said.new, recipient)
    return _sentence(said, said.new["title"], said.new["reason"], zones)


def _own_zone_first(shown: cards.Card, recipient: str) -> list[str]:
    own = [person["tz"] for person in shown["participants"] if person["user_id"] == recipient]
    return sorted(cards.zones_of(shown), key=lambda tzid: tzid not in own)


def reminder(shown: cards.Card, recipient: str) -> str:
    """Return the text with which `recipient` is reminded of a meeting."""
    others = [person["display_name"] for person in shown["participants"] if person["user_id"] != recipient]
    others += [guest["display_name"] for guest in shown.get("outside_guests", ())]
    when = cards.span(shown["start_utc"], shown["end_utc"], _own_zone_first(shown, recipient)[:1])
    return f"Soon: {shown['title'] or 'your meeting'}{_with(others)}, {when}"


def _with(names: Sequence[str]) -> str:
    return f" with {', '.join(names)}" if names else ""


def _sentence(said: Change, title: str, reason: str, zones: Sequence[str]) -> str:
    who = said.new["changed_by_name"] or "Somebody"
    what = f"“{title}”" if title else "the meeting"
    when = cards.span(said.new["start_utc"], said.new["end_utc"], zones)
    if said.kind == "rescheduled" and said.old is not None:
        before = cards.span(said.old["start_utc"], said.old["end_utc"], zones)
        text = f"{who} moved {what} from {before} to {when}"
    elif said.kind == "cancelled":
        text = f"{who} cancelled {what} on {when}"
    elif said.kind == "declined":
        text = f"{who} declined {what} on {when}"
    elif said.kind == "requested":
        text = f"{who} asks for {what} on {when}"
    elif _was_accepted(said):
        text = f"{who} accepted {what} on {when}"
    elif said.old is not None:
        text = f"{who} reinstated {what} on {when}"
    else:
        text = f"{who} booked {what} on {when}"
    return f"{text}: {reason}" if reason and said.kind not in ("confirmed", "requested") else text


_ANSWERS = {"accepted": "accepts", "tentative": "may come to", "declined": "declines"}


def answered(shown: cards.Card, answer: Mapping[str, Any], recipient: str) -> str:
    """Return what a participant is told of an answer that came by mail."""
    who = str(answer.get("name") or answer.get("email") or "Somebody")
    what = f"“{shown['title']}”" if shown["title"] else "the meeting"
    zones = _own_zone_first(shown, recipient)[:1]
    when = cards.span(shown["start_utc"], shown["end_utc"], zones)
    proposal = answer.get("proposal")
    if proposal:
        other = cards.span(proposal["start"], proposal["end"], zones)
        text = f"{who} proposes {other} for {what}, now {when}"
    else:
        text = f"{who} {_ANSWERS.get(str(answer.get('rsvp')), 'has answered to')} {what} on {when}"
    comment = str(answer.get("comment") or "")
    return f"{text}: {comment}" if comment else text


_ABOUT_MEETINGS = ("conflict", "move_put_back", "move_proposed", "proposal_refused", "no_conference")


def attention(facts: Mapping[str, Any]) -> str:
    """Return what the owner of a calendar connection that stopped working is told, or somebody about a meeting that was
    changed in a calendar."""
    if facts.get("code") in _ABOUT_MEETINGS:
        return str(facts.get("detail") or "")
    label = str(facts.get("label") or "Your calendar")
    detail = str(facts.get("detail") or "Open its settings to reconnect it.")
    return f"{label} needs attention. {detail}"
