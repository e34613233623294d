"""Reads everything that bears on a query, once: accounts, calendars, busy time, bookings, holds, rules, periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.core.availability_query import ExcludedEvent, MemberSpec
from convene.core.availability_rules import AvailabilityRule
from convene.core.availability_rules_json import parse_weekly_periods
from convene.core.errors import Invalid
from convene.core.instants import seconds_ceil, seconds_floor
from convene.core.intervals import Interval, IntervalSet, union
from convene.core.member_times import KnownCalendar, KnownEvent, KnownRule, KnownTimes, MemberFacts
from convene.services.availability_sight import unseen_detail
from convene.services.event_rows import booking_event_uid
from convene.services.managed_rules import DEFAULT
from convene.services.rules import rule_of
from convene.storage import (
    availability_reading,
    availability_rules,
    available_periods,
    bookings,
    managed_rules,
)
from convene.storage.availability_reading import BusyRow, CalendarHealth, OccurrenceRow, TakenRow
from convene.storage.bookings import PersonRow
from convene.storage.database import Connection

# Rules are read a day beyond the asked time: zones are at most that far from UTC.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf is read: an application (`client_id`), or the organisation's own links (None).

    What an application manages (events, rules, available periods) is known to it alone.
    """

    org_id: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Without:
    """What is left out of the reading: the booking that is being moved, the hold under which it is made."""

    bookings: Collection[str] = ()
    holds: Collection[str] = ()


async def read_facts(
    conn: Connection,
    asker: Asker,
    specs: Sequence[MemberSpec],
    since: datetime,
    until: datetime,
    now: datetime,
    excluded: Sequence[ExcludedEvent] = (),
    without: Without = Without(),
) -> Mapping[str, MemberFacts]:
    """Return what is known of everybody in `specs` about `[since, until)`, by sub.

    Raises:
        Invalid: `participants` names an account that is not here, or a calendar that is not the member's.
    """
    subs = list(dict.fromkeys(spec.sub for spec in specs))
    people = {row.account_id: row for row in await bookings.list_people(conn, asker.org_id, subs)}
    for sub in subs:
        if sub not in people or people[sub].suspended_at is not None:
            raise Invalid(
                "participants", f"participants: there is no account {sub[:60]!r}.", code="not_found"
            )
    calendars = await _calendars(conn, asker, subs)
    rules, periods, time_off = await _managed(conn, asker, specs, since, until)
    named = _needed(specs, calendars, rules)
    is_telling = bool(excluded) or any(spec.only_managed_events for spec in specs)
    busy: list[BusyRow] = []
    times: dict[str, list[KnownTimes]] = defaultdict(list)
    if named and is_telling:
        busy = await availability_reading.list_busy(
            conn, asker.org_id, subs, named, since, until, asker.client_id or ""
        )
    elif named:
        for found in await availability_reading.list_busy_times(
            conn, asker.org_id, subs, named, since, until
        ):
            times[found.account_id].append(KnownTimes(found.calendar_id, found.kind, found.times))
    taken = await availability_reading.list_taken(
        conn, asker.org_id, subs, since, until, now, asker.client_id, without.bookings, without.holds
    )
    uids = [item.event_uid for item in excluded if item.event_uid]
    occurrences = await availability_reading.list_occurrences(conn, asker.org_id, subs, uids) if uids else []
    events = _events(busy, taken, _Named(occurrences))
    ending = [row for row in taken if row.expires_at is not None]
    return {
        sub: MemberFacts(
            tzid=people[sub].tzid,
            calendars=[
                KnownCalendar(row.calendar_id, row.is_checked, _unseen(people[sub], row, now))
                for row in calendars[sub]
            ],
            events=events[sub],
            times=times[sub],
            rules=rules[sub],
            available_periods=periods[sub],
            time_off=time_off[sub],
            known_until=_known_until(sub, calendars[sub], ending, now),
        )
        for sub in subs
    }


def _known_until(
    sub: str, calendars: Sequence[CalendarHealth], holds: Sequence[TakenRow], now: datetime
) -> datetime | None:
    """When the first hold ends, or the first calendar that is known now has not been read for too long."""
    ends = [row.unknown_from for row in calendars if not row.is_unknown(now)]
    ends += [row.expires_at for row in holds if row.account_id == sub]
    return min((moment for moment in ends if moment is not None), default=None)


async def _calendars(
    conn: Connection, asker: Asker, subs: Sequence[str]
) -> Mapping[str, list[CalendarHealth]]:
    found: dict[str, list[CalendarHealth]] = {sub: [] for sub in subs}
    for row in await availability_reading.list_calendars(conn, asker.org_id, subs):
        found[row.account_id].append(row)
    return found


async def _managed(
    conn: Connection, asker: Asker, specs: Sequence[MemberSpec], since: datetime, until: datetime
) -> tuple[Mapping[str, list[KnownRule]], Mapping[str, IntervalSet], Mapping[str, IntervalSet]]:
    """Rules, single periods and time off of those members whose managed availability is asked for."""
    rules: dict[str, list[KnownRule]] = defaultdict(list)
    spans: dict[str, list[Interval]] = defaultdict(list)
    time_off: dict[str, IntervalSet] = defaultdict(tuple)
    subs = list(dict.fromkeys(spec.sub for spec in specs if spec.is_managed))
    if subs:
        for sub, row in (await availability_rules.list_rules(conn, asker.org_id, subs)).items():
            rule = rule_of(row)
            rules[sub].append(KnownRule(DEFAULT, rule, _choice(row.calendar_ids)))
            time_off[sub] = rule.time_off_intervals
    if subs and asker.client_id is not None:
        managed = await managed_rules.list_rules(conn, asker.org_id, asker.client_id, subs)
        for item in (item for several in managed.values() for item in several):
            rule = AvailabilityRule(
                item.tzid, parse_weekly_periods(list(item.weekly_periods), may_overlap=True)
            )
            rules[item.account_id].append(
                KnownRule(item.availability_rule_id, rule, _choice(item.calendar_ids))
            )
        for period in await available_periods.list_touching(
            conn, asker.org_id, asker.client_id, subs, since - _SLACK, until + _SLACK
        ):
            spans[period.account_id].append((seconds_ceil(period.starts_at), seconds_floor(period.ends_at)))
    return rules, defaultdict(tuple, {sub: union(found) for sub, found in spans.items()}), time_off


def _choice(calendar_ids: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if calendar_ids is None else tuple(calendar_ids)


def _needed(
    specs: Sequence[MemberSpec],
    calendars: Mapping[str, Sequence[CalendarHealth]],
    rules: Mapping[str, Sequence[KnownRule]],
) -> set[str]:
    """The calendars whose events may count for somebody."""
    needed: set[str] = set()
    for spec in specs:
        if spec.calendar_ids is not None:
            needed.update(spec.calendar_ids)
            continue
        needed.update(row.calendar_id for row in calendars[spec.sub] if row.is_checked)
        if spec.is_managed:
            needed.update(one for rule in rules[spec.sub] for one in rule.calendar_ids or ())
    return needed


def _unseen(person: PersonRow, row: CalendarHealth, now: datetime) -> str:
    return unseen_detail(person.name, row, now)


class _Named:
    """The events behind the names that readers were given."""

    def __init__(self, rows: Sequence[OccurrenceRow]) -> None:
        self.events: dict[tuple[str, str], list[OccurrenceRow]] = defaultdict(list)
        for row in rows:
            self.events[(row.calendar_id, row.remote_id)].append(row)

    def uid_of(self, row: BusyRow) -> str:
        """The name of the occurrence that makes somebody busy then; "" for one that was not asked for."""
        for item in self.events.get((row.calendar_id, row.remote_id), ()):
            if item.starts_at < row.ends_at and row.starts_at < item.ends_at:
                return item.event_uid
        return ""


def _events(
    busy: Sequence[BusyRow], taken: Sequence[TakenRow], named: _Named
) -> Mapping[str, list[KnownEvent]]:
    found: dict[str, list[KnownEvent]] = defaultdict(list)
    for row in busy:
        found[row.account_id].append(
            KnownEvent(
                seconds_floor(row.starts_at),
                seconds_ceil(row.ends_at),
                row.calendar_id,
                row.kind,
                is_managed=row.is_managed,
                event_id=row.event_id,
                event_uid=named.uid_of(row) if named.events else "",
            )
        )
    for one in taken:
        found[one.account_id].append(
            KnownEvent(
                seconds_floor(one.starts_at),
                seconds_ceil(one.ends_at),
                one.calendar_id,
                is_managed=one.is_managed,
                event_id=one.event_id,
                event_uid=booking_event_uid(one.booking_id) if one.booking_id else "",
                is_booking=True,
            )
        )
    return found
