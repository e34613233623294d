"""The reference that the engine is compared with: no bits, no caches, nothing shared with it but the input and the zone database.

Windows are computed afresh per host and date with datetime arithmetic; then every start of the grid is
checked for every host, walking along the sorted windows and busy times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from convene.core.availability_rules import DAY_NAMES
from convene.core.instants import zone
from workloads import Host, Workload


def head_counts(workload: Workload) -> list[int]:
    """How many hosts can start at each step of the grid."""
    counts = [0] * len(_grid(workload))
    for host in workload.hosts:
        for position in _permitted(host, workload):
            counts[position] += 1
    return counts


def starts(workload: Workload) -> list[int]:
    """The starts at which enough hosts are free."""
    counts = head_counts(workload)
    return [start for start, count in zip(_grid(workload), counts, strict=True) if count >= workload.required]


def _grid(workload: Workload) -> range:
    return range(workload.period[0], workload.period[1] - workload.duration + 1, workload.interval)


def _permitted(host: Host, workload: Workload) -> list[int]:
    windows = _windows(host, workload)
    busy = sorted(host.busy)
    found: list[int] = []
    window = meeting = 0
    ends_so_far = 0
    for position, start in enumerate(_grid(workload)):
        end = start + workload.duration
        while window < len(windows) and windows[window][1] < end:
            window += 1
        while meeting < len(busy) and busy[meeting][0] < end:
            ends_so_far = max(ends_so_far, busy[meeting][1])
            meeting += 1
        if window < len(windows) and windows[window][0] <= start and ends_so_far <= start:
            found.append(position)
    return found


def _windows(host: Host, workload: Workload) -> list[tuple[int, int]]:
    rules = zone(host.rule.tzid)
    day = datetime.fromtimestamp(workload.period[0], UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(workload.period[1], UTC).date() + timedelta(days=1)
    windows: list[tuple[int, int]] = []
    while day <= last:
        for period in host.rule.weekly_periods:
            if period.day == DAY_NAMES[day.weekday()]:
                begins = datetime.fromisoformat(f"{day}T{period.start_time}").replace(tzinfo=rules)
                ends = datetime.fromisoformat(f"{day}T{period.end_time}").replace(tzinfo=rules)
                windows.append((int(begins.timestamp()), int(ends.timestamp())))
        day += timedelta(days=1)
    return windows
