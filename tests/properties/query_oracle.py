"""Availability queries answered the slow way: every member looked at minute by minute, every start tried.

It shares nothing with the engine but the values that are asked and known. Minutes are counted since 1970, UTC.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

from convene.core.availability_rules import AvailabilityRule
from convene.core.instants import zone
from properties.wall_clock_oracle import working_minutes

MINUTE = 60


@cache
def hours_of(rule: AvailabilityRule, first: int, last: int) -> frozenset[int]:
    """The working minutes of a rule between two minutes."""
    return frozenset(working_minutes(rule, first * MINUTE, last * MINUTE))


def spread(intervals):
    """The minutes of intervals of whole minutes, given in seconds."""
    return {minute for start, end in intervals for minute in range(start // MINUTE, end // MINUTE)}


class Oracle:
    """One query about members of whom everything is known; `now` and `ahead` bound what can be had."""

    def __init__(self, asked, facts, now, ahead, is_booking=False):
        self.asked = asked
        self.is_booking = is_booking
        self.length = asked.duration // MINUTE
        wanted = (
            asked.periods
            if asked.starts is None
            else [(start, start + asked.duration) for start in asked.starts]
        )
        self.minutes = {minute for minute in spread(wanted) if now <= minute * MINUTE < ahead}
        self.free = [
            [self.free_minutes(member, facts[member.sub]) for member in group.members]
            for group in asked.groups
        ]

    def counts(self, event, member, facts, named):
        if any(out.event_uid and out.event_uid == event.event_uid for out in self.asked.excluded_events):
            return False
        if event.is_managed and any(
            out.event_id and out.event_id == event.event_id for out in self.asked.excluded_events
        ):
            return False
        if event.is_booking and self.is_booking:
            return True
        if member.only_managed_events and not event.is_managed:
            return False
        if member.ignore_tentative and event.kind == "tentative":
            return False
        if named is None:
            checked = [calendar.calendar_id for calendar in facts.calendars if calendar.is_checked]
            return event.is_booking or event.calendar_id in checked
        return event.calendar_id in named or (event.calendar_id == "" and len(named) > 0)

    def free_minutes(self, member, facts):
        """The minutes that a meeting of this member may take."""
        if not self.minutes:
            return set()
        first, last = min(self.minutes), max(self.minutes) + 1
        choices = []
        if not member.is_managed:
            choices.append((member.calendar_ids, self.minutes))
        else:
            off = spread(facts.time_off)
            for known in facts.rules:
                if (
                    member.availability_rule_ids is None
                    or known.availability_rule_id in member.availability_rule_ids
                ):
                    named = known.calendar_ids if member.calendar_ids is None else member.calendar_ids
                    choices.append((named, hours_of(known.rule, first, last) - off))
            choices.append((member.calendar_ids, spread(facts.available_periods) - off))
        before = self.asked.buffer_before if member.buffer_before is None else member.buffer_before
        after = self.asked.buffer_after if member.buffer_after is None else member.buffer_after
        free, counted = set(), []
        for named, hours in choices:
            events = [event for event in facts.events if self.counts(event, member, facts, named)]
            if hours or not member.is_managed:
                counted += [event for event in events if event not in counted]
            blocked = {
                minute
                for event in events
                if event.start < event.end
                for minute in range((event.start - after) // MINUTE, (event.end + before) // MINUTE)
            }
            free |= (self.minutes & hours) - blocked
        if member.available_periods is not None:
            free &= spread(member.available_periods)
        return {minute for minute in free if not self.is_full(minute, member, facts, counted)}

    def is_full(self, minute, member, facts, counted):
        for constraint in member.constraints:
            there = zone(constraint.tzid or facts.tzid)

            def label(seconds, there=there, constraint=constraint):
                day = datetime.fromtimestamp(seconds, UTC).astimezone(there).date()
                return day - timedelta(days=day.weekday()) if constraint.period == "week" else day

            begun = Counter(label(event.start) for event in counted)
            if begun[label(minute * MINUTE)] >= constraint.limit:
                return True
        return False

    def who(self, start, length=None):
        """Everybody free from `start` on, if that is enough; else None."""
        needed = set(range(start, start + (length or self.length)))
        present = []
        for group, free in zip(self.asked.groups, self.free, strict=True):
            here = [
                member.sub for member, minutes in zip(group.members, free, strict=True) if needed <= minutes
            ]
            if len(here) < group.required:
                return None
            present += here
        return tuple(dict.fromkeys(present))

    def permitted(self):
        """Every start that can be booked, with who can."""
        found = {}
        for start in sorted(self.minutes):
            if start + self.length - 1 in self.minutes:
                who = self.who(start)
                if who is not None:
                    found[start] = who
        return found

    def answer(self):
        permitted = self.permitted()
        interval = None if self.asked.start_interval is None else self.asked.start_interval // MINUTE
        if self.asked.starts is not None:
            starts = sorted({start // MINUTE for start in self.asked.starts} & permitted.keys())
        elif self.asked.response_format == "periods":
            return self.periods(permitted)
        elif self.asked.response_format == "overlapping_slots":
            starts = [start for start in permitted if on_grid(start, interval or 30)]
        else:
            starts = self.back_to_back(permitted, interval)
        return [
            (start * MINUTE, (start + self.length) * MINUTE, permitted[start])
            for start in starts[: self.asked.max_results]
        ]

    def back_to_back(self, permitted, interval):
        chosen = []
        if not permitted:
            return chosen
        minute, last = min(permitted), max(permitted)
        while minute <= last:
            follows = bool(chosen) and minute == chosen[-1] + self.length
            fits = on_grid(minute, interval) if interval else follows or minute % 5 == 0
            if minute in permitted and fits:
                chosen.append(minute)
                minute += self.length
            else:
                minute += 1
        return chosen

    def periods(self, permitted):
        """Stretches of one set of people; then, for meetings whose time is in none of them, the widest range."""
        found, held = [], set()
        free_now = {minute: self.present(minute) for minute in self.minutes}
        for minute in sorted(self.minutes):
            if minute - 1 in free_now and free_now[minute - 1] == free_now[minute]:
                continue
            end = minute
            while free_now.get(end) == free_now[minute]:
                end += 1
            who = self.who(minute, end - minute)
            if who is not None and end - minute >= self.length:
                found.append((minute * MINUTE, end * MINUTE, who))
                held |= set(range(minute, end))
        runs = []
        for start in permitted:
            key = self.able(start)
            if runs and runs[-1][1] == start - 1 and runs[-1][2] == key:
                runs[-1][1] = start
            else:
                runs.append([start, start, key])
        for first, last, key in runs:
            if set(range(first, last + self.length)) <= held:
                continue
            start = end = first
            while key <= self.able(start - 1, 1):
                start -= 1
            while key <= self.able(end, 1):
                end += 1
            found.append((start * MINUTE, end * MINUTE, permitted[first]))
        return sorted(set(found))[: self.asked.max_results]

    def able(self, start, length=None):
        """The places (group, member) of all who are free, whether that is enough or not."""
        needed = set(range(start, start + (length or self.length)))
        return frozenset(
            (at, place)
            for at, group in enumerate(self.free)
            for place, minutes in enumerate(group)
            if needed <= minutes
        )

    def present(self, minute):
        return self.able(minute, 1)


def on_grid(minute, interval):
    return minute % 60 % interval == 0 if interval <= 60 else minute % 1440 % interval == 0
