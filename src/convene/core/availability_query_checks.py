"""What a query may ask: bounds whose breach is an `Invalid` that names the field as the request does, with dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convene.core.availability_query import MAX_RESULTS, GroupSpec, Query
from convene.core.errors import Invalid
from convene.core.instants import DAY, MINUTE
from convene.core.intervals import IntervalSet
from convene.core.sequenced_query import MAX_FREE_ITEMS, MAX_ITEMS, SequencedQuery

MAX_PERIODS = 512
MAX_EXCLUDED = 512
MAX_CONSTRAINT = 1000
# Of one member. Each is weighed against every event that counts.
MAX_CONSTRAINTS = 10
MAX_CALENDARS = 200


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What the operator lets one query ask: days in all periods together, members in all groups, results."""

    days: int = 35
    members: int = 100
    results: int = MAX_RESULTS


def checked_query(asked: Query, limits: QueryLimits, at: str = "") -> Query:
    """Return the query with `max_results` brought down to the limit.

    Args:
        at: what stands before the field's name, such as `availability.`.

    Raises:
        Invalid: names the field out of bounds.
    """
    check_groups(asked.groups, limits, at)
    if not MINUTE <= asked.duration <= DAY:
        raise Invalid(f"{at}required_duration", f"{at}required_duration must be 1 minute to 24 hours.")
    if (asked.periods is None) == (asked.starts is None):
        raise Invalid(
            f"{at}query_periods",
            f"{at}query_periods or {at}query_slots must be specified, and not both.",
            code="required" if asked.periods is None else "invalid",
        )
    if asked.periods is not None:
        check_periods(asked.periods, limits, f"{at}query_periods")
    if asked.starts is not None and not 1 <= len(asked.starts) <= limits.results:
        raise Invalid(f"{at}query_slots", f"{at}query_slots must have 1 to {limits.results} entries.")
    if asked.start_interval is not None and not MINUTE <= asked.start_interval <= DAY:
        raise Invalid(f"{at}start_interval", f"{at}start_interval must be 1 to 1440 minutes.")
    _check_buffer(asked.buffer_before, f"{at}buffer.before")
    _check_buffer(asked.buffer_after, f"{at}buffer.after")
    if asked.max_results < 1:
        raise Invalid(f"{at}max_results", f"{at}max_results must be at least 1.")
    if len(asked.excluded_events) > MAX_EXCLUDED:
        raise Invalid(f"{at}excluded_events", f"{at}excluded_events has at most {MAX_EXCLUDED} entries.")
    return asked if asked.max_results <= limits.results else replace(asked, max_results=limits.results)


def checked_sequence(asked: SequencedQuery, limits: QueryLimits, at: str = "") -> SequencedQuery:
    """`checked_query` for every item of a sequence, and for the sequence as a whole."""
    field = f"{at}sequence"
    if not 1 <= len(asked.items) <= MAX_ITEMS:
        raise Invalid(field, f"{field} must have 1 to {MAX_ITEMS} items.")
    free = sum(_has_rival(asked, number) for number in range(len(asked.items)))
    if free > MAX_FREE_ITEMS:
        raise Invalid(
            field,
            f"{field} has {free} items without a place of their own. Give all but {MAX_FREE_ITEMS} an ordinal.",
        )
    if len({item.sequence_id for item in asked.items}) < len(asked.items):
        raise Invalid(f"{field}.0.sequence_id", f"{field}: every item needs a sequence_id of its own.")
    if sum(len(item.query.members) for item in asked.items) > limits.members:
        raise Invalid(field, f"{field} may name at most {limits.members} members in all items together.")
    items = tuple(
        replace(item, query=checked_query(item.query, limits, f"{field}.{number}."))
        for number, item in enumerate(asked.items)
    )
    if asked.max_results < 1:
        raise Invalid(f"{at}max_results", f"{at}max_results must be at least 1.")
    return replace(asked, items=items, max_results=min(asked.max_results, limits.results))


def check_groups(groups: Sequence[GroupSpec], limits: QueryLimits, at: str = "") -> None:
    """Raise `Invalid` unless these are groups of different members, of whom not too many are required."""
    if not groups:
        raise Invalid(f"{at}participants", f"{at}participants must be specified", code="required")
    if sum(len(group.members) for group in groups) > limits.members:
        raise Invalid(
            f"{at}participants", f"{at}participants may name at most {limits.members} members in all groups."
        )
    for number, group in enumerate(groups):
        place = f"{at}participants.{number}"
        if not group.members:
            raise Invalid(f"{place}.members", f"{place}.members must be specified", code="required")
        if not 1 <= group.required <= len(group.members):
            raise Invalid(
                f"{place}.required",
                f'{place}.required must be "all" or 1 to {len(group.members)}, the number of its members.',
            )
        _check_members(group, place)


def check_periods(periods: IntervalSet, limits: QueryLimits, field: str) -> None:
    """Raise `Invalid` unless there are some periods, and not too long ones together."""
    if not periods:
        raise Invalid(field, f"{field} must be specified", code="required")
    if len(periods) > MAX_PERIODS:
        raise Invalid(field, f"{field} may have at most {MAX_PERIODS} entries.")
    if sum(end - start for start, end in periods) > limits.days * DAY:
        raise Invalid(field, f"{field} may cover at most {limits.days} days together.")


def _check_members(group: GroupSpec, place: str) -> None:
    seen: set[str] = set()
    for number, member in enumerate(group.members):
        at = f"{place}.members.{number}"
        if member.sub in seen:
            raise Invalid(f"{at}.sub", f"{at}.sub is in this group twice.")
        seen.add(member.sub)
        _check_buffer(member.buffer_before or 0, f"{at}.buffer.before")
        _check_buffer(member.buffer_after or 0, f"{at}.buffer.after")
        if len(member.constraints) > MAX_CONSTRAINTS:
            field = f"{at}.availability_constraints"
            raise Invalid(field, f"{field} has at most {MAX_CONSTRAINTS} entries.")
        if len(member.calendar_ids or ()) > MAX_CALENDARS:
            raise Invalid(
                f"{at}.calendar_ids", f"{at}.calendar_ids may name at most {MAX_CALENDARS} calendars."
            )
        for which, constraint in enumerate(member.constraints):
            if not 1 <= constraint.limit <= MAX_CONSTRAINT:
                field = f"{at}.availability_constraints.{which}.limit"
                raise Invalid(field, f"{field} must be 1 to {MAX_CONSTRAINT}.")


def _check_buffer(seconds: int, field: str) -> None:
    if not 0 <= seconds <= DAY:
        raise Invalid(field, f"{field} must be 0 to 1440 minutes.")


def _has_rival(asked: SequencedQuery, number: int) -> bool:
    """Whether an item may change places with another one."""
    ordinal = asked.items[number].ordinal
    others = [item.ordinal for at, item in enumerate(asked.items) if at != number]
    return bool(others) and (ordinal is None or ordinal in others)
