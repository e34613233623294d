"""Availability: what is free, for listing, re-check and booking alike.

Everything is answered from rows: busy time of checked calendars, live meetings, working hours. No provider is called
while somebody looks at slots. A person whose calendar could not be read is never offered as free.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from convene.core.availability_rules import default_rule
from convene.core.errors import Invalid, NotFound
from convene.core.ids import is_id
from convene.core.instants import DAY, from_seconds, seconds_ceil, seconds_floor
from convene.core.permissions import Caller
from convene.core.slots import Offer, Person, Quorum, explain, last_bookable, nearest, next_free, offers
from convene.core.suggestions import Suggestion, suggest
from convene.core.zones import ZoneInfoRange, describe_zone
from convene.ports.runtime import Clock
from convene.services.availability_question import Question, agreed, allow
from convene.services.availability_shares import Consent, read_consent
from convene.services.availability_sight import PersonState, see
from convene.services.free_busy import ShownTime, shown_times
from convene.services.rules import rule_of
from convene.storage import availability_rules, bookings, calendars, events, holds
from convene.storage.bookings import MeetingRow, PersonRow
from convene.storage.calendars import Readability
from convene.storage.database import Connection, Database
from convene.storage.events import BusyTime

# Buffers look beyond the period asked about, and limits at all meetings of its weeks.
MARGIN = timedelta(days=2)
MEETING_MARGIN = timedelta(days=9)
# Calendars are read this far ahead (see services/calendar_rounds): beyond it nobody is known to be free.
MAX_AHEAD = timedelta(days=390)
PUBLIC = {"buffer": "busy", "daily_limit": "busy", "weekly_limit": "busy", "time_off": "outside_hours"}


@dataclass(frozen=True, slots=True)
class Answer:
    slots: Sequence[Offer]
    people: Sequence[PersonState]
    zones: Sequence[ZoneInfoRange]
    suggestions: Sequence[Suggestion]
    next_free: datetime | None
    as_of: datetime
    shown: Mapping[str, ShownTime] | None = None
    """By person, if busy time was asked for."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """What keeps one person from a time: a reason of `core.slots`, `not_shared` or `unknown`."""

    sub: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attendance:
    """The people of a question with everything that decides about their time."""

    states: Sequence[PersonState]
    people: Sequence[Person]
    start_interval_minutes: int
    blocks: Sequence[BusyTime] = ()
    meetings: Sequence[MeetingRow] = ()

    @property
    def can_answer(self) -> bool:
        return all(person.is_known for person in self.states)

    def shown(self, period: tuple[datetime, datetime], now: datetime) -> Mapping[str, ShownTime]:
        """Return what may be drawn of everybody's time; nothing beyond what calendars are read for."""
        known = {person.sub for person in self.states if person.is_known}
        until = max(period[0], min(period[1], now + MAX_AHEAD))
        return shown_times(self.people, known, self.blocks, self.meetings, (period[0], until), now)


class AvailabilityService:
    """Args:
    clock: the present; slots in the past are never offered.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self.clock = clock

    async def find(self, caller: Caller, question: Question, share_id: str | None = None) -> Answer:
        """Return the times at which all participants are free.

        With `share_id` that share's owner is seen by its consent, within its period.

        Raises:
            Conflict: `share_ended`.
            Invalid: names the field outside its bounds, `participants` with an unknown person, or `flexible` with
                anybody but the caller: others' working hours are not the caller's to give away.
            NotFound: `excluded_booking` is no meeting of the caller's. Others' meetings stay busy time, or leaving
                one out would tell whose it is.
            Forbidden: the caller may not see availability.
        """
        allow(caller, question)
        now = self.clock()
        async with self.db.transaction() as conn:
            if share_id is not None:
                allowed = await read_consent(conn, caller.org_id, share_id, question.everybody, now)
                question = agreed(question, allowed)
            question, rows, found = await self.read(conn, caller, question)
            slots = self.slots(found, question, now)
            first = (
                from_seconds(slots[0].start)
                if slots
                else await self._next_free(conn, caller, question, rows, now)
            )
        wanted = question.suggestions if slots else 0
        return Answer(
            slots=slots,
            people=found.states,
            zones=[
                describe_zone(tzid, seconds_floor(question.start), seconds_floor(question.end))
                for tzid in dict.fromkeys(person.tzid for person in found.states)
            ],
            suggestions=suggest(
                fullest(slots) if question.quorum_of else slots,
                attendees(found),
                seconds_ceil(now),
                zone_of(caller, found),
                wanted,
            ),
            next_free=first,
            as_of=now,
            shown=found.shown((question.start, question.end), now) if question.include_busy else None,
        )

    async def read(
        self, conn: Connection, caller: Caller, question: Question
    ) -> tuple[Question, Sequence[PersonRow], Attendance]:
        """Return a question that may be asked without those who have left, and everything that decides about it."""
        rows = await bookings.list_people(conn, caller.org_id, question.everybody)
        here = {row.account_id for row in rows if row.suspended_at is None}
        for sub in question.quorum_of:
            if sub not in here:
                raise Invalid("quorum_of", f"quorum_of: there is no member {sub}.")
        question = await self._without_left(conn, caller, question, rows)
        found = await self.attendance(
            conn,
            caller,
            rows,
            question.everybody,
            question.start,
            question.end,
            flexible=question.flexible,
            excluded_booking=question.excluded_booking,
            consent=question.consent,
        )
        return question, rows, found

    async def _without_left(
        self, conn: Connection, caller: Caller, question: Question, rows: Sequence[PersonRow]
    ) -> Question:
        """Judge `excluded_booking`; nobody waits for people of that meeting who have been suspended since."""
        booking_id = question.excluded_booking
        if booking_id is None:
            return question
        people = await bookings.list_participants(conn, caller.org_id, [booking_id])
        invited = {person.account_id for person in people[booking_id]}
        if caller.account_id not in invited:
            raise NotFound("There is no such meeting, or you do not take part in it.")
        left = {row.account_id for row in rows if row.suspended_at is not None} & invited
        here = tuple(sub for sub in question.participants if sub not in left)
        if not here:
            raise Invalid("participants", "participants: everybody named has left.")
        return replace(question, participants=here)

    def slots(self, found: Attendance, question: Question, now: datetime) -> Sequence[Offer]:
        """Return the offers of a question about these people."""
        people, quorum = parted(found, question)
        if people is None or question.start >= now + MAX_AHEAD:
            return []
        return offers(
            people,
            period=(seconds_floor(question.start), seconds_floor(min(question.end, now + MAX_AHEAD))),
            duration=question.duration_minutes * 60,
            start_interval=(question.start_interval_minutes or found.start_interval_minutes) * 60,
            now=seconds_ceil(now),
            quorum=quorum,
        )

    async def _next_free(
        self,
        conn: Connection,
        caller: Caller,
        question: Question,
        rows: Sequence[PersonRow],
        now: datetime,
    ) -> datetime | None:
        """The first free start after the period, up to everybody's horizon and a year at most."""
        until = min(question.end + timedelta(days=366), now + MAX_AHEAD)
        if until <= question.end or question.consent is not None:
            return None
        wider = await self.attendance(
            conn,
            caller,
            rows,
            question.everybody,
            question.end,
            until,
            flexible=question.flexible,
            excluded_booking=question.excluded_booking,
        )
        people, quorum = parted(wider, question)
        if people is None:
            return None
        horizon = last_bookable(people, seconds_ceil(now))
        end = min(seconds_floor(until), horizon + DAY if horizon else seconds_floor(until))
        if end <= seconds_floor(question.end):
            return None
        found = next_free(
            people,
            (seconds_floor(question.end), end),
            question.duration_minutes * 60,
            (question.start_interval_minutes or wider.start_interval_minutes) * 60,
            seconds_ceil(now),
            quorum,
        )
        return from_seconds(found) if found is not None else None

    async def attendance(
        self,
        conn: Connection,
        caller: Caller,
        rows: Sequence[PersonRow],
        wanted: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        flexible: Collection[str] = (),
        excluded_booking: str | None = None,
        consent: Consent | None = None,
    ) -> Attendance:
        """Read everything that decides about these people's time in `[start, end)`.

        The booking transaction calls this with the people's rows locked, listing calls it without: one reading.

        Raises:
            Invalid: `participants` names somebody who is not here.
        """
        by_id = {row.account_id: row for row in rows if row.suspended_at is None}
        missing = [sub for sub in wanted if sub not in by_id]
        if missing:
            raise Invalid("participants", f"participants: there is no member {missing[0]}.")
        since, until = start - MARGIN, end + MARGIN
        org_id = caller.org_id
        busy = await events.list_busy(conn, org_id, wanted, since, until)
        meetings = await bookings.list_meetings(
            conn, org_id, wanted, start - MEETING_MARGIN, end + MEETING_MARGIN, excluded_booking
        )
        now = self.clock()
        held = await holds.list_held(conn, org_id, wanted, since, until, now=now, owner_id=caller.account_id)
        rules = await availability_rules.list_rules(conn, org_id, wanted)
        sight: dict[str, list[Readability]] = defaultdict(list)
        for item in await calendars.list_readability(conn, org_id, wanted):
            sight[item.account_id].append(item)
        blocked: dict[str, list[tuple[int, int]]] = defaultdict(list)
        met: dict[str, list[tuple[int, int]]] = defaultdict(list)
        blocks = [*busy, *(BusyTime(time.account_id, time.starts_at, time.ends_at, "busy") for time in held)]
        for time in blocks:
            blocked[time.account_id].append((seconds_floor(time.starts_at), seconds_ceil(time.ends_at)))
        for meeting in meetings:
            met[meeting.account_id].append((seconds_floor(meeting.starts_at), seconds_ceil(meeting.ends_at)))
        known_as_self = {caller.account_id, *(consent.shown if consent else ())}
        states, people, intervals = [], [], []
        for sub in wanted:
            row = by_id[sub]
            state, detail, as_of = see(row, sight[sub], now, is_self=sub in known_as_self)
            states.append(PersonState(sub, row.name, row.tzid, state, detail, as_of))
            rule = rule_of(rules[sub]) if sub in rules else default_rule(row.tzid)
            if not row.is_room:
                intervals.append(rule.start_interval_minutes)
            people.append(
                Person(
                    sub=sub,
                    rule=rule,
                    busy=blocked[sub] + met[sub],
                    is_flexible=sub in flexible,
                    meeting_starts=[start for start, _ in met[sub]],
                )
            )
        return Attendance(states, people, max(intervals, default=30), blocks, meetings)

    def blockers(
        self, caller: Caller, found: Attendance, start: datetime, duration_minutes: int, now: datetime
    ) -> Sequence[Blocked]:
        """Return who and what is in the way of one meeting; nothing means that it can be booked.

        Of other people only what free/busy tells anyway: their buffers and daily limits are "busy".
        """
        if start > now + MAX_AHEAD:
            return [Blocked(person.sub, "horizon") for person in found.states]
        unseen = [Blocked(person.sub, person.state) for person in found.states if not person.is_known]
        if unseen:
            return unseen
        reasons = explain(found.people, seconds_floor(start), duration_minutes * 60, seconds_ceil(now))
        told = (
            Blocked(
                item.sub,
                item.reason if item.sub == caller.account_id else PUBLIC.get(item.reason, item.reason),
            )
            for item in reasons
        )
        return list(dict.fromkeys(told))

    async def alternatives(
        self,
        caller: Caller,
        participants: Sequence[str],
        start: datetime,
        duration_minutes: int,
        *,
        flexible: Collection[str] = (),
        excluded_booking: str | None = None,
        consent: Consent | None = None,
    ) -> Sequence[Offer]:
        """Return the three free times nearest to `start`, looking a week to either side."""
        end = start + timedelta(minutes=duration_minutes)
        question = Question(
            tuple(participants),
            start,
            end,
            duration_minutes,
            tuple(flexible),
            excluded_booking=excluded_booking,
            consent=consent,
        )
        return await self.nearby(caller, question)

    async def nearby(self, caller: Caller, question: Question) -> Sequence[Offer]:
        """Return the three free times nearest to the start of a question, looking a week to either side."""
        now, start = self.clock(), question.start
        since = max(start - timedelta(days=7), _last_hour(now))
        wider = replace(question, start=since, end=max(start, since) + timedelta(days=7))
        if question.consent is not None:
            wider = agreed(wider, question.consent)
        async with self.db.transaction() as conn:
            rows = await bookings.list_people(conn, caller.org_id, wider.everybody)
            found = await self.attendance(
                conn,
                caller,
                rows,
                wider.everybody,
                wider.start,
                wider.end,
                flexible=wider.flexible,
                excluded_booking=wider.excluded_booking,
                consent=wider.consent,
            )
        return nearest(self.slots(found, wider, now), seconds_floor(start), 3)


def parted(found: Attendance, question: Question) -> tuple[Sequence[Person] | None, Quorum | None]:
    """Return the people who all have to be there, None if one of them cannot be seen, and those of whom some do."""
    if not question.quorum_of:
        return (found.people if found.can_answer else None), None
    unseen = frozenset(state.sub for state in found.states if not state.is_known)
    required = [person for person in found.people if person.sub in question.participants]
    others = [person for person in found.people if person.sub in question.quorum_of]
    quorum = Quorum(others, question.quorum, unseen)
    return (None if unseen & set(question.participants) else required), quorum


def fullest(choices: Sequence[Offer]) -> Sequence[Offer]:
    """Return the offers that the fewest people would miss: only those are worth suggesting."""
    fewest = min((len(offer.missing) for offer in choices), default=0)
    return [offer for offer in choices if len(offer.missing) == fewest]


def attendees(found: Attendance) -> Sequence[Person]:
    """Return whom a time should suit: the people, as rooms have neither lunch nor long blocks to keep."""
    return [person for person in found.people if not is_id(person.sub, "res")] or found.people


def zone_of(caller: Caller, found: Attendance) -> str:
    """Return the zone in which the caller reads the answer: their own if they take part, else the first person's."""
    zones = {person.sub: person.tzid for person in found.states}
    return zones.get(caller.account_id or "", found.states[0].tzid)


def _last_hour(value: datetime) -> datetime:
    return value.replace(minute=0, second=0, microsecond=0)
