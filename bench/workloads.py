"""The availability workloads W1-W4 and W4q: synthetic people in many zones with made-up busy times.

They are kept as compressed JSON. Busy times lie on a five-minute raster, so each is stored as two small numbers: the
steps since the one before began (the first: since the period's start) and its own length in steps.
`python bench/workloads.py SOURCE` packs a plain file of the same shape with `busy: [[start, end], ...]`.
"""

from __future__ import annotations

import json
import lzma
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convene.core.availability_rules import DAY_NAMES, AvailabilityRule, WeeklyPeriod
from convene.core.intervals import Interval

DATA = Path(__file__).parent / "data" / "workloads.json.xz"
_RASTER = 300


@dataclass(frozen=True, slots=True)
class Host:
    rule: AvailabilityRule
    busy: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """Find the starts on the grid of `interval` seconds at which at least `required` hosts are free for `duration`."""

    name: str
    note: str
    period: Interval
    duration: int
    interval: int
    required: int
    hosts: tuple[Host, ...]


def load() -> dict[str, Workload]:
    """All workloads by name."""
    document = json.loads(lzma.decompress(DATA.read_bytes()))
    hosts = {item["name"]: _hosts(item) for item in document["workloads"]}
    return {
        item["name"]: _workload(item, hosts[item.get("hosts_from", item["name"])])
        for item in document["workloads"]
    }


def pack(source: Path) -> None:
    """Write `DATA` from a plain file."""
    document = json.loads(source.read_text())
    for item in document["workloads"]:
        for host in item["hosts"]:
            host["busy"] = _to_steps(host["busy"], item["query_period"][0])
    text = json.dumps(document, separators=(",", ":")).encode()
    DATA.parent.mkdir(exist_ok=True)
    DATA.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


def _workload(item: dict[str, Any], hosts: tuple[Host, ...]) -> Workload:
    required = {"all": len(hosts), "any": 1, "quorum": item["quorum"]}[item["rule"]]
    start, end = item["query_period"]
    return Workload(
        name=item["name"],
        note=item["note"],
        period=(start, end),
        duration=item["duration_minutes"] * 60,
        interval=item["interval_minutes"] * 60,
        required=required,
        hosts=hosts,
    )


def _hosts(item: dict[str, Any]) -> tuple[Host, ...]:
    return tuple(
        Host(_rule(host), _from_steps(host["busy"], item["query_period"][0])) for host in item["hosts"]
    )


def _rule(host: dict[str, Any]) -> AvailabilityRule:
    periods = tuple(
        WeeklyPeriod(DAY_NAMES[day - 1], hours["start"], hours["end"])
        for hours in host["working_hours"]
        for day in hours["days"]
    )
    return AvailabilityRule(host["time_zone"], periods)


def _to_steps(busy: list[list[int]], origin: int) -> list[int]:
    steps: list[int] = []
    for start, end in busy:
        steps += [(start - origin) // _RASTER, (end - start) // _RASTER]
        origin = start
    return steps


def _from_steps(steps: list[int], origin: int) -> tuple[Interval, ...]:
    busy: list[Interval] = []
    for gap, length in zip(steps[::2], steps[1::2], strict=True):
        origin += gap * _RASTER
        busy.append((origin, origin + length * _RASTER))
    return tuple(busy)


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
