"""The zones that people choose from: each region of the IANA database once, without its links to older names."""

from __future__ import annotations

import importlib.resources
from datetime import datetime
from functools import lru_cache

from convene.core.local_dates import offset_label


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The names in the database's table of zones, by name, and UTC."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return (*sorted({row[2] for row in rows}), "UTC")


@lru_cache(maxsize=1)
def _older_names() -> dict[str, str]:
    """What the database's older names stand for: browsers still say `Asia/Calcutta`."""
    rules = importlib.resources.files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    links = (line.split() for line in rules.splitlines() if line.startswith("L "))
    return {link: target for _, target, link in links}


def present_name(tzid: str) -> str:
    """Return a zone by the name that people choose from, where it has another one."""
    if tzid in zone_names():
        return tzid
    target = _older_names().get(tzid, tzid)
    return target if target in zone_names() else tzid


@lru_cache(maxsize=8)
def _labelled(at: datetime) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    areas: dict[str, list[tuple[str, str]]] = {}
    for tzid in zone_names():
        area, _, place = tzid.partition("/")
        name = place.replace("_", " ").replace("/", ", ") or tzid
        areas.setdefault(area, []).append((tzid, f"{name} ({offset_label(tzid, at)})"))
    return tuple((area, tuple(sorted(zones, key=lambda item: item[1]))) for area, zones in areas.items())


def zone_choices(at: datetime, chosen: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return `(area, ((tzid, label), ...))` for a list to choose from; `chosen` is in it, whatever its name.

    Labels carry what the zone differs from Greenwich at noon of the day of `at`.
    """
    noon = at.replace(hour=12, minute=0, second=0, microsecond=0)
    found = _labelled(noon)
    if chosen in zone_names():
        return found
    return (("", ((chosen, f"{chosen} ({offset_label(chosen, noon)})"),)), *found)
