"""Why a time cannot be booked: for each person the rule or the kind of calendar entry in the way.

Whoever asks is told everything about themselves, down to the entry's title. Of others they are told what free/busy tells
anyway: a buffer or a full day is "busy", an absence is "outside hours", and nothing has a title or an end, but where the
owner of an account shares more; where they share nothing, they are not available.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.core.instants import from_seconds, seconds_ceil, seconds_floor
from convene.core.permissions import Caller
from convene.core.slots import Blocker, Offer, Person, explain
from convene.services.availability import MAX_AHEAD, PUBLIC, Attendance, AvailabilityService
from convene.services.availability_question import Question, allow
from convene.services.availability_sight import PersonState
from convene.storage import availability_reading
from convene.storage.availability_reading import EntryRow, SharedEntry
from convene.storage.database import Connection

_YOU: Mapping[str, str] = {
    "past": "That time has passed.",
    "outside_hours": "That is outside your working hours.",
    "time_off": "You are away then.",
    "minimum_notice": "That is sooner than your minimum notice allows.",
    "horizon": "That is further ahead than can be booked.",
    "daily_limit": "You have as many meetings that day as you allow.",
    "weekly_limit": "You have as many meetings that week as you allow.",
    "busy": "You are busy then.",
    "buffer": "That is too close to something else of yours.",
}
_OTHERS: Mapping[str, str] = {
    "past": "That time has passed.",
    "outside_hours": "{name} is not available then.",
    "minimum_notice": "{name} needs more notice.",
    "horizon": "{name} cannot be booked that far ahead.",
    "busy": "{name} is busy then.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way. `since` and `until` bound it, and `entries` name it, for the one whose it is."""

    reason: str
    detail: str
    since: datetime | None = None
    until: datetime | None = None
    entries: Sequence[EntryRow] = ()


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """One person of a question, and everything in their way; nothing means that they could come."""

    state: PersonState
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`is_free`: the time can be had. `alternatives` are the nearest times that can, if it cannot."""

    is_free: bool
    people: Sequence[PersonExplained]
    alternatives: Sequence[Offer]


class WhyNotService:
    def __init__(self, availability: AvailabilityService) -> None:
        self.availability = availability

    async def explain(self, caller: Caller, question: Question) -> Explanation:
        """Say what stands against the meeting that fills the question's period.

        Raises as `AvailabilityService.find` does.
        """
        allow(caller, question)
        service = self.availability
        async with service.db.transaction() as conn:
            question, _, found = await service.read(conn, caller, question)
            people = [
                await self._person(conn, caller, question, found, at) for at in range(len(found.people))
            ]
        if _is_enough(question, people):
            return Explanation(True, people, ())
        return Explanation(False, people, await service.nearby(caller, question))

    async def _person(
        self, conn: Connection, caller: Caller, question: Question, found: Attendance, at: int
    ) -> PersonExplained:
        state, person, now = found.states[at], found.people[at], self.availability.clock()
        if not state.is_known:
            return PersonExplained(state, [Reason(state.state, state.detail)])
        is_self = state.sub == caller.account_id
        if question.start > now + MAX_AHEAD:
            blockers = [Blocker(state.sub, "horizon")]
        else:
            blockers = explain(
                [person],
                seconds_floor(question.start),
                question.duration_minutes * 60,
                seconds_ceil(now),
            )
        if not is_self:
            told = dict.fromkeys(PUBLIC.get(item.reason, item.reason) for item in blockers)
            entries: Sequence[EntryRow] = ()
            if "busy" in told:
                known = await self._shared(conn, caller, question, person)
                entries = tuple(_as_told(entry) for entry in known if entry.title)
                if known and all(entry.shares == "nothing" for entry in known):
                    told = dict.fromkeys("outside_hours" if item == "busy" else item for item in told)
            return PersonExplained(
                state,
                [
                    Reason(
                        reason,
                        _OTHERS[reason].format(name=state.name),
                        entries=entries if reason == "busy" else (),
                    )
                    for reason in told
                ],
            )
        return PersonExplained(
            state, [await self._own(conn, caller, question, person, item) for item in blockers]
        )

    async def _own(
        self, conn: Connection, caller: Caller, question: Question, person: Person, item: Blocker
    ) -> Reason:
        entries: Sequence[EntryRow] = ()
        if item.reason in ("busy", "buffer"):
            entries = await availability_reading.list_entries(
                conn, caller.org_id, person.sub, *self._around(question, person)
            )
        return Reason(item.reason, _YOU[item.reason], _instant(item.since), _instant(item.until), entries)

    async def _shared(
        self, conn: Connection, caller: Caller, question: Question, person: Person
    ) -> list[SharedEntry]:
        return await availability_reading.list_shared_entries(
            conn, caller.org_id, person.sub, *self._around(question, person)
        )

    def _around(self, question: Question, person: Person) -> tuple[datetime, datetime, datetime, str]:
        """Return from when to when entries are in the way, with the buffers; the present; and what is not asked about."""
        start, end = seconds_floor(question.start), seconds_floor(question.end)
        return (
            from_seconds(start - person.buffer_before),
            from_seconds(end + person.buffer_after),
            self.availability.clock(),
            question.excluded_booking or "",
        )


def _as_told(entry: SharedEntry) -> EntryRow:
    """Return an entry without the name of its calendar."""
    return EntryRow(entry.kind, entry.title, "", entry.starts_at, entry.ends_at, "")


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_seconds(seconds)


def _is_enough(question: Question, people: Sequence[PersonExplained]) -> bool:
    free = {person.state.sub for person in people if not person.reasons}
    required = {person.state.sub for person in people} - set(question.quorum_of)
    return required <= free and len(free & set(question.quorum_of)) >= question.quorum
