"""The local start times that one recurrence rule produces inside a window (RFC 5545 section 3.3.10).

Work is bounded by the window, never by the rule: without COUNT the expansion begins at the period before the window,
so a rule that began decades ago, or one that can never match, costs no more than any other. Plain DAILY and WEEKLY
rules, nearly all of a real calendar, are arithmetic; the others walk their periods and keep the days that pass.

Times are wall-clock seconds (see `wall_clock`). A rule knows no zone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product

from convene.core.recurrence_rule import BadRule, Rule
from convene.core.wall_clock import DAY, wall_time

HOUR = 3_600
MAX_PERIODS = 100_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3  # a Thursday

_Period = tuple[Sequence[int], Sequence[int]]
"""Days since the epoch, and seconds of the day, that form the candidates of one period."""


class TooFrequent(BadRule):
    """The rule repeats every minute or second."""


def rule_starts(rule: Rule, first: int, low: int, high: int, until: int | None, limit: int) -> Sequence[int]:
    """Return the sorted local times in `[low, high)` that `rule` makes of a series whose first start is `first`.

    `until` is the last permitted local time. At most `limit + 1` times are returned, so that a caller can see that
    there were more. Raises TooFrequent for rules below an hour, BadRule if counting would take too many steps.
    """
    if rule.frequency in {"MINUTELY", "SECONDLY"}:
        raise TooFrequent("the event repeats every minute or second")
    stop = high if until is None else min(high, until + 1)
    plain = _as_weekly(rule, first)
    if plain is not None:
        return _weekly(plain, first, low, stop)[: limit + 1]
    return _walk(rule, first, low, stop, limit)


# Plain rules -------------------------------------------------------------------------------------------------------


def _as_weekly(rule: Rule, first: int) -> Rule | None:
    """Return the plain DAILY or WEEKLY rule that `rule` is, with its weekdays filled in, or None."""
    if (
        rule.frequency not in {"WEEKLY", "DAILY"}
        or rule.by_month
        or rule.by_month_day
        or rule.by_year_day
        or rule.by_week_number
        or rule.by_hour
        or rule.by_minute
        or rule.by_second
        or rule.by_set_position
    ):
        return None
    if rule.frequency == "DAILY":
        if not rule.by_day:
            return rule
        return replace(rule, frequency="WEEKLY") if rule.interval == 1 else None
    return rule if rule.by_day else replace(rule, by_day=((0, _weekday(first // DAY)),))


def _weekly(rule: Rule, first: int, low: int, stop: int) -> Sequence[int]:
    """Return the times in `[low, stop)` of a plain rule: a range, or the merged ranges of its weekdays."""
    first_day, second = divmod(first, DAY)
    if rule.frequency == "DAILY":
        return _progression(first, DAY * rule.interval, 0, rule.count, low, stop)
    week = first_day - (_weekday(first_day) - rule.week_start) % 7
    # Each weekday of the rule as days after the start of its week, in order: the order in which COUNT counts.
    places = sorted({(weekday - rule.week_start) % 7 for _, weekday in rule.by_day})
    skipped = sum(1 for place in places if week + place < first_day)
    step = 7 * DAY * rule.interval
    ranges = []
    for index, place in enumerate(places):
        count = None if rule.count is None else -(-(rule.count + skipped - index) // len(places))
        begin = (week + place) * DAY + second
        ranges.append(_progression(begin, step, 1 if index < skipped else 0, count, low, stop))
    if len(ranges) == 1:
        return ranges[0]
    return sorted(time for times in ranges for time in times)


def _progression(begin: int, step: int, from_index: int, to_index: int | None, low: int, stop: int) -> range:
    """Return `begin + i * step` for `from_index <= i < to_index`, cut to `[low, stop)`."""
    start = max(from_index, -((begin - low) // step))
    end = -((begin - stop) // step)
    if to_index is not None:
        end = min(end, to_index)
    return range(begin + start * step, begin + max(start, end) * step, step)


# All other rules ---------------------------------------------------------------------------------------------------


def _walk(rule: Rule, first: int, low: int, stop: int, limit: int) -> list[int]:
    found: list[int] = []
    left = rule.count
    for steps, (days, seconds) in enumerate(_periods(_completed(rule, first), first, low, stop)):
        if steps > MAX_PERIODS:
            raise BadRule("counting from the first occurrence takes too many steps")
        for day, second in _chosen(days, seconds, rule.by_set_position):
            time = day * DAY + second
            if time < first:
                continue
            if time >= stop or left == 0:
                return found
            if left is not None:
                left -= 1
            if time >= low:
                found.append(time)
                if len(found) > limit:
                    return found
    return found


def _chosen(
    days: Sequence[int], seconds: Sequence[int], positions: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the candidates of a period in order, or those at BYSETPOS `positions` of them."""
    if not positions:
        yield from product(days, seconds)
        return
    size = len(days) * len(seconds)
    places = {position - 1 if position > 0 else size + position for position in positions}
    for place in sorted(places):
        if 0 <= place < size:
            day, second = divmod(place, len(seconds))
            yield days[day], seconds[second]


def _completed(rule: Rule, first: int) -> Rule:
    """Fill in what the rule leaves to the first start: its day, hour, minute and second."""
    start = wall_time(first)
    has_days = rule.by_month_day or rule.by_day or rule.by_year_day
    if not has_days and not rule.by_week_number:
        if rule.frequency in {"YEARLY", "MONTHLY"}:
            rule = replace(rule, by_month_day=(start.day,))
            if rule.frequency == "YEARLY" and not rule.by_month:
                rule = replace(rule, by_month=(start.month,))
        elif rule.frequency == "WEEKLY":
            rule = replace(rule, by_day=((0, start.weekday()),))
    elif not has_days and rule.frequency == "YEARLY":
        rule = replace(rule, by_day=((0, start.weekday()),))
    return replace(
        rule,
        by_hour=rule.by_hour or (() if rule.frequency == "HOURLY" else (start.hour,)),
        by_minute=rule.by_minute or (start.minute,),
        by_second=rule.by_second or (start.second,),
    )


def _periods(rule: Rule, first: int, low: int, stop: int) -> Iterator[_Period]:
    """Yield the candidates period by period, from the first one that matters to `stop`."""
    # Occurrences are counted from the beginning; without a count the walk may begin at the window.
    begin = first if rule.count is not None else max(first, low)
    days = _DayFilter(rule)
    if rule.frequency == "HOURLY":
        yield from _hours(rule, days, first, begin, stop)
        return
    seconds = sorted(
        hour * HOUR + minute * 60 + second
        for hour, minute, second in product(rule.by_hour, rule.by_minute, rule.by_second)
    )
    for candidates in _day_sets(rule, days, first, begin, stop):
        if candidates:
            yield candidates, seconds
        else:
            yield (), ()


def _day_sets(rule: Rule, days: _DayFilter, first: int, begin: int, stop: int) -> Iterator[Sequence[int]]:
    start, step = wall_time(first), rule.interval
    if rule.frequency == "YEARLY":
        last = wall_time(stop - 1).year
        for year in range(_aligned(start.year, step, wall_time(begin).year), last + 1, step):
            yield days.of_year(year)
    elif rule.frequency == "MONTHLY":
        begin_month = _month_index(begin)
        for index in range(
            _aligned(_month_index(first), step, begin_month), _month_index(stop - 1) + 1, step
        ):
            yield days.of_month(index // 12, index % 12 + 1)
    elif rule.frequency == "WEEKLY":
        week = first // DAY - (_weekday(first // DAY) - rule.week_start) % 7
        for day in range(_aligned(week, 7 * step, begin // DAY), (stop - 1) // DAY + 1, 7 * step):
            yield [candidate for candidate in range(day, day + 7) if days.passes(candidate)]
    else:
        for day in range(_aligned(first // DAY, step, begin // DAY), (stop - 1) // DAY + 1, step):
            yield (day,) if days.passes(day) else ()


def _hours(rule: Rule, days: _DayFilter, first: int, begin: int, stop: int) -> Iterator[_Period]:
    within = sorted(minute * 60 + second for minute, second in product(rule.by_minute, rule.by_second))
    passing: tuple[int, bool] = (-1, False)
    for hour in range(
        _aligned(first // HOUR, rule.interval, begin // HOUR), (stop - 1) // HOUR + 1, rule.interval
    ):
        day, hour_of_day = divmod(hour, 24)
        if passing[0] != day:
            passing = (day, days.passes(day))
        if passing[1] and (not rule.by_hour or hour_of_day in rule.by_hour):
            yield (day,), [hour_of_day * HOUR + second for second in within]
        else:
            yield (), ()


def _aligned(origin: int, step: int, wanted: int) -> int:
    """Return the greatest `origin + k * step` (k >= 0) that is not after `wanted`, or `origin`."""
    return origin + max(0, (wanted - origin) // step) * step


def _month_index(local: int) -> int:
    time = wall_time(local)
    return time.year * 12 + time.month - 1


def _weekday(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) % 7


class _DayFilter:
    """The days that the BY parts of a completed rule leave over."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.by_day = frozenset(rule.by_day)
        # In a yearly rule without months "2MO" is the second Monday of the year, otherwise of the month.
        self.ordinal_of_year = rule.frequency == "YEARLY" and not rule.by_month
        if rule.frequency not in {"YEARLY", "MONTHLY"}:
            self.by_day = frozenset((0, weekday) for _, weekday in rule.by_day)
        has_ordinals = any(ordinal for ordinal, _ in rule.by_day)
        self.scans_year = bool(
            rule.by_year_day
            or rule.by_week_number
            or (has_ordinals and self.ordinal_of_year)
            or not (rule.by_month or rule.by_month_day or rule.by_day)
        )
        # Listing the days of a month obeys BYMONTH and one of BYMONTHDAY and BYDAY; more than that is checked.
        self.needs_check = bool(
            rule.by_year_day or rule.by_week_number or (rule.by_month_day and rule.by_day)
        )

    def of_year(self, year: int) -> list[int]:
        if self.scans_year:
            first = date(year, 1, 1).toordinal() - _EPOCH_DAY
            return [day for day in range(first, first + _year_length(year)) if self.passes(day)]
        months = self.rule.by_month or range(1, 13)
        return [day for month in months for day in self.of_month(year, month)]

    def of_month(self, year: int, month: int) -> list[int]:
        if self.rule.by_month and month not in self.rule.by_month:
            return []
        first = date(year, month, 1).toordinal() - _EPOCH_DAY
        length = monthrange(year, month)[1]
        if self.rule.by_month_day:
            numbers = {number if number > 0 else length + 1 + number for number in self.rule.by_month_day}
        elif self.by_day:
            numbers = set[int]().union(*(_in_month(first, length, *pair) for pair in self.by_day))
        else:
            numbers = set(range(1, length + 1))
        days = [first + number - 1 for number in sorted(numbers) if 1 <= number <= length]
        return [day for day in days if self.passes(day)] if self.needs_check else days

    def passes(self, day: int) -> bool:
        """Tell whether one day obeys every BY part."""
        rule = self.rule
        when = date.fromordinal(day + _EPOCH_DAY)
        if rule.by_month and when.month not in rule.by_month:
            return False
        if rule.by_month_day:
            length = monthrange(when.year, when.month)[1]
            if when.day not in rule.by_month_day and when.day - length - 1 not in rule.by_month_day:
                return False
        if rule.by_year_day:
            number, length = _day_of_year(when), _year_length(when.year)
            if number not in rule.by_year_day and number - length - 1 not in rule.by_year_day:
                return False
        if rule.by_week_number:
            number, weeks = _week_number(day, rule.week_start)
            if number not in rule.by_week_number and number - weeks - 1 not in rule.by_week_number:
                return False
        return not self.by_day or self._is_named_weekday(when)

    def _is_named_weekday(self, when: date) -> bool:
        weekday = when.weekday()
        if (0, weekday) in self.by_day:
            return True
        if self.ordinal_of_year:
            number, length = _day_of_year(when), _year_length(when.year)
        else:
            number, length = when.day, monthrange(when.year, when.month)[1]
        from_start, from_end = (number - 1) // 7 + 1, -((length - number) // 7 + 1)
        return (from_start, weekday) in self.by_day or (from_end, weekday) in self.by_day


def _in_month(first: int, length: int, ordinal: int, weekday: int) -> range:
    """Return the numbers of the days in a month that fall on `weekday`, or the `ordinal`-th one of them."""
    numbers = range(1 + (weekday - _weekday(first)) % 7, length + 1, 7)
    if ordinal == 0:
        return numbers
    index = ordinal - 1 if ordinal > 0 else len(numbers) + ordinal
    return numbers[index : index + 1] if index >= 0 else numbers[:0]


def _day_of_year(when: date) -> int:
    return when.toordinal() - date(when.year, 1, 1).toordinal() + 1


def _year_length(year: int) -> int:
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def _week_number(day: int, week_start: int) -> tuple[int, int]:
    """Return the number of the week that holds `day`, and how many weeks its year has (4 days make a week)."""
    middle = date.fromordinal(day - (_weekday(day) - week_start) % 7 + 3 + _EPOCH_DAY)
    first_middle = (week_start + 3 - date(middle.year, 1, 1).weekday()) % 7  # days after 1 January
    weeks = (_year_length(middle.year) - 1 - first_middle) // 7 + 1
    return (_day_of_year(middle) - 1) // 7 + 1, weeks
