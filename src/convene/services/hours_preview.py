"""What somebody would be offered of one's own time with hours that are not saved yet.

The same reading and the same engine as everywhere (`services/availability`), with one person's rules put in the place of
the stored ones. Nothing is written, and nothing is told of others that availability does not tell anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from convene.core.availability_rules import AvailabilityRule
from convene.core.availability_rules_json import parse_rule
from convene.core.errors import Invalid
from convene.core.permissions import Caller
from convene.core.slots import Offer
from convene.services.availability import AvailabilityService
from convene.services.availability_question import Question, check
from convene.services.availability_sight import PersonState
from convene.storage import bookings


@dataclass(frozen=True, slots=True)
class Preview:
    """The times, and what is known of whoever would look at them.

    `viewer` is None for a visitor. One whose own time cannot be seen is shown what everybody is offered. With
    `is_shared` false the owner shows no colleague any time, so there are none.
    """

    slots: Sequence[Offer]
    viewer: PersonState | None
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Who would look, for how long a meeting, in which period; instants are aware, UTC."""

    viewer: str | None
    start: datetime
    end: datetime
    duration_minutes: int


async def offered(
    availability: AvailabilityService, caller: Caller, rules: Mapping[str, Any], look: Look
) -> Preview:
    """Return what a colleague, or a visitor, would be offered of the caller's time if these rules were saved.

    The colleague's own hours do not bound the answer, their calendar does: as when they open the booking modal.

    Raises:
        Invalid: names the field of the rules, or of the period; `viewer` for somebody who is no colleague.
        Forbidden: the caller may not see availability.
    """
    caller.require("availability:read")
    me = caller.member_id
    if look.viewer == me:
        raise Invalid("viewer", "viewer must be somebody else: you are not offered your own time.")
    rule = _rule(rules)
    subs = (me,) if look.viewer is None else (me, look.viewer)
    question = Question(subs, look.start, look.end, look.duration_minutes, suggestions=0)
    check(question)
    async with availability.db.transaction() as conn:
        rows = await bookings.list_people(conn, caller.org_id, subs)
        if look.viewer is not None and not _is_here(rows, look.viewer):
            raise Invalid("viewer", f"viewer: there is no member {look.viewer[:40]}.")
        found = await availability.attendance(
            conn, caller, rows, subs, look.start, look.end, flexible=subs[1:]
        )
    states = {state.sub: state for state in found.states}
    viewer = states.get(look.viewer or "")
    is_shared = viewer is None or not any(row.account_id == me and row.sharing == "nobody" for row in rows)
    # Whose time is not known is no reason to offer less: others than them would be offered this.
    counted = [me, *([viewer.sub] if viewer and viewer.is_known else [])]
    people = [
        replace(person, rule=rule) if person.sub == me else person
        for person in found.people
        if person.sub in counted
    ]
    seen = replace(
        found,
        states=[states[sub] for sub in counted],
        people=people,
        start_interval_minutes=max(person.rule.start_interval_minutes for person in people),
    )
    slots = availability.slots(seen, question, availability.clock()) if is_shared else []
    return Preview(slots, viewer, is_shared)


def _rule(rules: Mapping[str, Any]) -> AvailabilityRule:
    try:
        return parse_rule(rules)
    except Invalid as error:
        named = {name: value for name, value in error.fields.items() if name != "field"}
        raise Invalid(f"rules.{error.field}", f"rules.{error.detail}", code=error.code, **named) from error


def _is_here(rows: Sequence[bookings.PersonRow], sub: str) -> bool:
    return any(row.account_id == sub and row.suspended_at is None and not row.is_room for row in rows)
