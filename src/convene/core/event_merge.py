"""Three-way merge of one booking's event: what we last agreed on, what is booked, what the calendar holds.

Who owns what: the time, title, place and description belong to both sides, so a change on one side stands, and where
both have changed the same a rule decides. Answers of people are the calendar's, always. Our tags and the conference link
are ours, always, and therefore no part of this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from convene.core.calendar_policy import ConflictRule

Unit = Literal["time", "title", "location", "description"]
UNITS: tuple[Unit, ...] = ("time", "title", "location", "description")
FIELDS_OF: Mapping[Unit, tuple[str, ...]] = {
    "time": ("start", "end"),
    "title": ("title",),
    "location": ("location",),
    "description": ("description",),
}
"""Start and end are one: a start of one side with an end of the other is a meeting that nobody wants."""


@dataclass(frozen=True, slots=True)
class Version:
    """What an event says that both sides may change. Instants are aware; description holds people's own words alone."""

    start: datetime
    end: datetime
    title: str
    location: str
    description: str


@dataclass(frozen=True, slots=True)
class Merged:
    """How two versions come together.

    taken: changed there alone, or there as well where the rule says so. refused: changed on both sides, and the rule is
    for ours. conflicts: changed on both sides and for a person to decide; `version` has ours meanwhile.
    """

    version: Version
    taken: frozenset[Unit]
    refused: frozenset[Unit]
    conflicts: frozenset[Unit]


def merge(base: Version | None, ours: Version, theirs: Version, rule: ConflictRule = "ask") -> Merged:
    """Bring what is booked and what a calendar holds together.

    base: None if it is not known; then whatever differs counts as changed on both sides.
    """
    merged = ours
    taken: set[Unit] = set()
    refused: set[Unit] = set()
    conflicts: set[Unit] = set()
    for unit in UNITS:
        if agree(unit, ours, theirs) or (base is not None and agree(unit, base, theirs)):
            continue
        is_theirs_alone = base is not None and agree(unit, base, ours)
        if is_theirs_alone or rule == "theirs":
            taken.add(unit)
            merged = _with(merged, theirs, unit)
        elif rule == "ours":
            refused.add(unit)
        else:
            conflicts.add(unit)
    return Merged(merged, frozenset(taken), frozenset(refused), frozenset(conflicts))


def agree(unit: Unit, one: Version, other: Version) -> bool:
    """Tell whether two versions say the same of a unit; how text is spaced is nothing that people say."""
    if unit == "time":
        return (one.start, one.end) == (other.start, other.end)
    return spaced(getattr(one, unit)) == spaced(getattr(other, unit))


def is_same(one: Version, other: Version) -> bool:
    """Tell whether two versions say the same."""
    return all(agree(unit, one, other) for unit in UNITS)


def fields_of(units: frozenset[Unit]) -> list[str]:
    """Return the names of what units hold, in one order."""
    return [field for unit in UNITS if unit in units for field in FIELDS_OF[unit]]


def _with(version: Version, other: Version, unit: Unit) -> Version:
    return replace(version, **{field: getattr(other, field) for field in FIELDS_OF[unit]})


def spaced(text: str) -> str:
    """Return text with its spacing in one form: ends trimmed, runs of blanks one blank, empty lines one."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def own_words(written: str, words: str, found: str) -> str:
    """Return what people themselves say in a description that we had written around their words.

    written: the whole description when both sides last agreed. words: people's own part of it. found: what is there now.
    Lines that we had added are left out, wherever they stand now; those who deleted them wanted to see less, not to say
    something.
    """
    ours = Counter(spaced(line) for line in written.splitlines())
    ours.subtract(Counter(spaced(line) for line in words.splitlines()))
    kept: list[str] = []
    for line in found.splitlines():
        key = spaced(line)
        if key and ours[key] > 0:
            ours[key] -= 1
        else:
            kept.append(line.rstrip())
    text = "\n".join(kept).strip()
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text
