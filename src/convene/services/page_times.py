"""What a booking page's link asks at this moment: days that roll on, hosts by their own rules, and whose turn it is.

A page stores whom it asks, not when. Here that becomes an ordinary query: everybody's working hours, notice, horizon,
buffers and limits as they are now, so that listing and booking judge by the same. For any other link nothing changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from convene.core.availability_query import GroupSpec, MemberSpec
from convene.core.availability_rules import AvailabilityRule, default_rule, horizon_end, working_windows
from convene.core.instants import (
    DAY,
    MINUTE,
    day_bounds,
    from_seconds,
    local_date,
    seconds_ceil,
    seconds_floor,
)
from convene.core.intervals import Interval, IntervalSet, intersect, subtract, union
from convene.core.page_terms import in_turn
from convene.core.scheduling_links import LinkRequest
from convene.ports.runtime import Clock
from convene.services.rules import rule_of
from convene.storage import availability_rules, booking_pages, bookings
from convene.storage.database import Connection
from convene.storage.links import LinkRow

# Turns are shared out over this long; what was before is forgotten.
FAIRNESS = timedelta(days=30)
# Weekly limits count meetings from Monday on.
_WEEK_AROUND = timedelta(days=9)


class PageTimes:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    async def as_of_now(
        self, conn: Connection, link: LinkRow, request: LinkRequest, excluded: Collection[str] = ()
    ) -> LinkRequest:
        """Return the request with the periods and hours that hold now. `excluded` bookings count for no limit."""
        if request.page is None:
            return request
        now, extra = seconds_ceil(self.clock()), request.page.extra_days * DAY
        end = request.page.horizon_end(now, request.tzid) + request.duration - 1
        span = now, max(end, now)
        subs = list(request.subs)
        people = {row.account_id: row for row in await bookings.list_people(conn, link.org_id, subs)}
        saved = await availability_rules.list_rules(conn, link.org_id, subs)
        rules = {
            sub: rule_of(saved[sub]) if sub in saved else default_rule(row.tzid)
            for sub, row in people.items()
        }
        full = await self._full_of_hosts(conn, link.org_id, rules, span, excluded)

        def bound(member: MemberSpec) -> MemberSpec:
            rule = rules.get(member.sub)
            if rule is None:
                return member
            last = horizon_end(rule, now) + extra + request.duration - 1
            open_ = now + rule.minimum_notice_minutes * MINUTE, last
            times: IntervalSet = (open_,) if open_[0] < open_[1] else ()
            if member.sub not in saved:
                times = intersect(times, working_windows(rule, *span))
            return replace(
                member,
                is_managed=member.sub in saved,
                available_periods=subtract(times, full.get(member.sub, ())),
                buffer_before=rule.buffer_before_minutes * MINUTE,
                buffer_after=rule.buffer_after_minutes * MINUTE,
            )

        steps = tuple(
            replace(
                step,
                query=replace(
                    step.query,
                    periods=(span,),
                    groups=tuple(
                        GroupSpec(tuple(bound(member) for member in group.members), group.required)
                        for group in step.query.groups
                    ),
                ),
            )
            for step in request.steps
        )
        return replace(request, steps=steps)

    async def _full_of_hosts(
        self,
        conn: Connection,
        org_id: str,
        rules: Mapping[str, AvailabilityRule],
        span: Interval,
        excluded: Collection[str],
    ) -> Mapping[str, IntervalSet]:
        """Return by host the days and weeks that have as many meetings as the host's own limits allow."""
        limited = [sub for sub, rule in rules.items() if rule.daily_limit or rule.weekly_limit]
        if not limited:
            return {}
        since, until = from_seconds(span[0]) - _WEEK_AROUND, from_seconds(span[1]) + _WEEK_AROUND
        meetings = await bookings.list_meetings(conn, org_id, limited, since, until, None)
        found = {}
        for sub in limited:
            rule = rules[sub]
            days = [
                local_date(seconds_floor(meeting.starts_at), rule.tzid)
                for meeting in meetings
                if meeting.account_id == sub and meeting.booking_id not in excluded
            ]
            found[sub] = union(
                [
                    *_days(_reached(days, rule.daily_limit), 1, rule.tzid),
                    *_days(_reached(map(_monday, days), rule.weekly_limit), 7, rule.tzid),
                ]
            )
        return found

    async def full_days(
        self, conn: Connection, link: LinkRow, request: LinkRequest, excluded: Collection[str] = ()
    ) -> frozenset[date]:
        """Return the days, in the page's zone, that have as many bookings as the page takes."""
        if request.page is None or request.page.max_per_day is None:
            return frozenset()
        now = self.clock()
        since, until = now - timedelta(days=2), from_seconds(request.last_asked(seconds_ceil(now)))
        starts = await booking_pages.list_starts(conn, link.org_id, link.link_id, since, until, excluded)
        days = [local_date(seconds_floor(start), request.tzid) for start in starts]
        return frozenset(_reached(days, request.page.max_per_day))

    async def in_turn(
        self, conn: Connection, link: LinkRow, request: LinkRequest, groups: Sequence[GroupSpec]
    ) -> Sequence[GroupSpec]:
        """Return the groups with whoever is next first. Call it with the link locked: nobody books in between."""
        terms = request.page
        if terms is None or terms.mode not in ("round_robin", "quorum"):
            return groups
        since = max(self.clock() - FAIRNESS, from_seconds(terms.newest_host_since))
        taken = await booking_pages.count_taken(conn, link.org_id, link.link_id, since)
        ordered = []
        for group in groups:
            by_sub = {member.sub: member for member in group.members}
            turns = in_turn(tuple(by_sub), terms, taken)
            ordered.append(GroupSpec(tuple(by_sub[sub] for sub in turns), group.required))
        return ordered


def is_full(request: LinkRequest, start: datetime, full: Collection[date]) -> bool:
    """Whether a meeting that begins then falls on a day that is full."""
    return bool(full) and local_date(seconds_floor(start), request.tzid) in full


def _reached(days: Collection[date] | map[date], limit: int | None) -> list[date]:
    return [day for day, number in Counter(days).items() if limit is not None and number >= limit]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(firsts: Sequence[date], length: int, tzid: str) -> list[Interval]:
    last = timedelta(days=length - 1)
    return [(day_bounds(day, tzid)[0], day_bounds(day + last, tzid)[1]) for day in firsts]
