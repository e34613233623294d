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
from convene.services.free_busy import ShownTime, shown_times
from convene.services.rules import rule_of
from convene.storage import availability_rules, bookings, calendars, events, holds
from convene.storage.bookings import MeetingRow, PersonRow
from convene.storage.calendars import Readability
from convene.storage.database import Connection, Database
from convene.storage.events import BusyTime

MAX_DAYS = 100
MAX_PARTICIPANTS = 50
MIN_DURATION, MAX_DURATION = 5, 1440
# Buffers look beyond the period asked about, and limits at all meetings of its weeks.
MARGIN = timedelta(days=2)
MEETING_MARGIN = timedelta(days=9)
# Calendars are read this far ahead (see services/calendar_rounds): beyond it nobody is known to be free.
MAX_AHEAD = timedelta(days=390)
PUBLIC = {"buffer": "busy", "daily_limit": "busy", "weekly_limit": "busy", "time_off": "outside_hours"}
KINDS = {"caldav": "CalDAV", "google": "Google", "microsoft": "Microsoft 365", "ics": "subscribed"}


@dataclass(frozen=True, slots=True)
class PersonState:
    """What can be said about one person's time: `ok`, `not_shared`, `no_calendar` or `unknown`."""

    sub: str
    name: str
    tzid: str
    state: str
    detail: str
    as_of: datetime

    @property
    def is_known(self) -> bool:
        return self.state in ("ok", "no_calendar")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `flexible` people are bound by their calendars alone; instants are aware, UTC."""

    participants: tuple[str, ...]
    start: datetime
    end: datetime
    duration_minutes: int
    flexible: tuple[str, ...] = ()
    start_interval_minutes: int | None = None
    excluded_booking: str | None = None
    suggestions: int = 3
    include_busy: bool = False
    quorum_of: tuple[str, ...] = ()
    quorum: int = 0

    @property
    def everybody(self) -> tuple[str, ...]:
        """All who are asked about: the participants, and those of whom some are enough."""
        return (*self.participants, *self.quorum_of)


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

    async def find(self, caller: Caller, question: Question) -> Answer:
        """Return the times at which all participants are free.

        Raises:
            Invalid: names the field outside its bounds, `participants` with an unknown person, or `flexible` with
                anybody but the caller: others' working hours are not the caller's to give away.
            NotFound: `excluded_booking` is no meeting of the caller's. Others' meetings stay busy time, or leaving
                one out would tell whose it is.
            Forbidden: the caller may not see availability.
        """
        allow(caller, question)
        now = self.clock()
        async with self.db.transaction() as conn:
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
        if until <= question.end:
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
        states, people, intervals = [], [], []
        for sub in wanted:
            row = by_id[sub]
            state, detail, as_of = see(row, sight[sub], now, is_self=sub == caller.account_id)
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
        )
        return await self.nearby(caller, question)

    async def nearby(self, caller: Caller, question: Question) -> Sequence[Offer]:
        """Return the three free times nearest to the start of a question, looking a week to either side."""
        now, start = self.clock(), question.start
        since = max(start - timedelta(days=7), _last_hour(now))
        wider = replace(question, start=since, end=max(start, since) + timedelta(days=7))
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


def see(
    row: PersonRow, checked: Sequence[Readability], now: datetime, *, is_self: bool
) -> tuple[str, str, datetime]:
    """Return (state, detail, as of when) of what is known about a person's time."""
    if row.sharing == "nobody" and not is_self:
        return "not_shared", f"{row.name} does not share free time.", now
    for item in checked:
        detail = unseen_detail(row.name, item, now)
        if detail:
            return "unknown", detail, item.synced_at or now
    if row.is_room:
        return "ok", "", now
    if not checked:
        return "no_calendar", "No calendar is checked: working hours only.", now
    read = [item.synced_at for item in checked if item.kind != "builtin" and item.synced_at]
    return "ok", "", min(read, default=now)


def unseen_detail(name: str, calendar: Readability, now: datetime) -> str:
    """Return what to say of a calendar that must not be taken as free; "" for one that is known."""
    # A refused password means that nothing newer will be seen until its owner acts: not free from then on.
    if not calendar.is_unknown(now) and calendar.state != "needs_attention":
        return ""
    told = f"since {calendar.synced_at:%d %B %H:%M} UTC" if calendar.synced_at else "yet"
    return f"{name}'s {KINDS.get(calendar.kind, calendar.kind)} calendar could not be read {told}."


def allow(caller: Caller, question: Question) -> None:
    """Raise `Forbidden` or `Invalid` unless the caller may ask this question."""
    caller.require("availability:read")
    check(question)
    if set(question.flexible) - {caller.account_id}:
        raise Invalid("flexible", "flexible may name the member who asks, and nobody else.")


def check(question: Question) -> None:
    """Raise `Invalid` naming the field that is out of bounds."""
    check_quorum(question)
    if not 1 <= len(question.participants) <= MAX_PARTICIPANTS:
        raise Invalid("participants", f"participants must name 1 to {MAX_PARTICIPANTS} people.")
    for sub in question.participants:
        if not is_id(sub, "acc") and not is_id(sub, "res"):
            raise Invalid("participants", f"participants: {sub[:40]!r} is not an account id.")
    if question.end <= question.start:
        raise Invalid("to", "to must be later than from.")
    if question.end - question.start > timedelta(days=MAX_DAYS):
        raise Invalid("to", f"from and to may be at most {MAX_DAYS} days apart.")
    check_duration(question.duration_minutes)
    if question.excluded_booking is not None and not is_id(question.excluded_booking, "bkg"):
        raise NotFound("There is no such meeting, or you do not take part in it.")
    interval = question.start_interval_minutes
    if interval is not None and not 1 <= interval <= 1440:
        raise Invalid("start_interval_minutes", "start_interval_minutes must be 1 to 1440.")


def check_quorum(question: Question) -> None:
    """Raise `Invalid` unless the people of whom some are enough are others than the participants, and enough."""
    for sub in question.quorum_of:
        if not is_id(sub, "acc") and not is_id(sub, "res"):
            raise Invalid("quorum_of", f"quorum_of: {sub[:40]!r} is not an account id.")
        if sub in question.participants:
            raise Invalid("quorum_of", f"quorum_of: {sub} is among the participants already.")
    if len(question.everybody) > MAX_PARTICIPANTS:
        raise Invalid("quorum_of", f"participants and quorum_of may name {MAX_PARTICIPANTS} people together.")
    if question.quorum_of and not 1 <= question.quorum <= len(question.quorum_of):
        raise Invalid("quorum", f"quorum must be 1 to {len(question.quorum_of)}, the people in quorum_of.")
    if question.quorum and not question.quorum_of:
        raise Invalid("quorum_of", "quorum_of must name the people of whom quorum are enough.")


def check_duration(minutes: int) -> None:
    """Raise `Invalid` unless a meeting may last this long."""
    if not MIN_DURATION <= minutes <= MAX_DURATION:
        raise Invalid("duration_minutes", f"duration_minutes must be {MIN_DURATION} to {MAX_DURATION}.")


def _last_hour(value: datetime) -> datetime:
    return value.replace(minute=0, second=0, microsecond=0)
