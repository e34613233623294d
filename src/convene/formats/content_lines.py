"""Content lines (RFC 5545 section 3.1): text cut into components and their raw property lines, within limits.

Only the properties a caller asks for are kept, so that descriptions and attachments cost nothing. Values stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from convene.formats.icalendar_limits import (
    MAX_COMPONENTS,
    MAX_CUT_LINE,
    MAX_DEPTH,
    MAX_LINE,
    MAX_TEXT,
    MAX_VALUES,
    NotACalendar,
    TooComplex,
)

_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
LINE = re.compile(r"[^\r\n]+")
NAME = re.compile(r"([A-Za-z0-9-]+)([;:])")
_PARAMETERS = re.compile(r'(?:[^":]|"[^"]*")*:')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;"]*)')
_LISTS = frozenset({"EXDATE", "RDATE", "FREEBUSY"})


class Line(NamedTuple):
    """One property: its upper-case name, its parameters as written (`;TZID=…`) and its value as written."""

    name: str
    raw_parameters: str
    value: str

    def parameter(self, wanted: str) -> str:
        """Return a parameter's text without quotes, or ""."""
        if not self.raw_parameters:
            return ""
        for name, value in _PARAMETER.findall(self.raw_parameters):
            if name.upper() == wanted:
                return str(value).strip('"')
        return ""


@dataclass(slots=True)
class Component:
    """A component: its upper-case name, the lines that were asked for, and the components inside."""

    name: str
    lines: list[Line] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Line]:
        return (line for line in self.lines if line.name == name)

    def first(self, name: str) -> Line | None:
        return next(self.all(name), None)

    def text(self, name: str) -> str:
        """Return the value of the first `name`, as written, or ""."""
        line = self.first(name)
        return "" if line is None else line.value


def decode(raw: bytes) -> str:
    """Turn bytes into text. Lines are unfolded first, since some producers fold inside a character."""
    if len(raw) > MAX_TEXT:
        raise TooComplex(f"{len(raw):,} bytes", MAX_TEXT)
    return re.sub(rb"(?:\r\n|\n|\r)[ \t]", b"", raw).decode("utf-8-sig", "replace")


def read_components(
    text: str, wanted: AbstractSet[str], cut: AbstractSet[str] = frozenset()
) -> list[Component]:
    """Return the VCALENDARs in `text` with their `wanted` property lines; those in `cut` lose what is too long.

    Raises TooComplex beyond a limit, NotACalendar if there is none or if the text ends in the middle of one: a
    download that was cut short must not look like events that were deleted.
    """
    if len(text) > MAX_TEXT:
        raise TooComplex(f"{len(text):,} characters", MAX_TEXT)
    return _Reader(wanted, cut).read(_FOLD.sub("", text.lstrip("\ufeff")))


def first_lines_of_events(text: str, wanted: AbstractSet[str]) -> Iterator[Component]:
    """Yield the VEVENTs of any text with the first line of each `wanted` property; what is left open ends with the text.

    For texts that `read_components` refuses: nothing is counted and nothing raised, and only these lines are kept.
    """
    event: Component | None = None
    inside = 0
    for found in LINE.finditer(_FOLD.sub("", text.lstrip("\ufeff"))):
        line = found.group()
        match = NAME.match(line)
        if match is None:
            continue
        name = match[1].upper()
        if name in ("BEGIN", "END"):
            if line[match.end() :].strip().upper() != "VEVENT":
                inside = max(0, inside + (1 if name == "BEGIN" else -1))
                continue
            if event is not None:
                yield event
            event, inside = (Component("VEVENT") if name == "BEGIN" else None), 0
        elif event is not None and not inside and name in wanted and len(line) <= MAX_LINE:
            parsed = _parsed(name, line, match)
            if parsed is not None and event.first(name) is None:
                event.lines.append(parsed)
    if event is not None:
        yield event


def _parsed(name: str, line: str, match: re.Match[str]) -> Line | None:
    """Cut a line whose name is `match` into its parts; None if it has no value."""
    end_of_name = match.end() - 1
    colon = end_of_name
    if match[2] == ";":
        parameters = _PARAMETERS.match(line, end_of_name) if '"' in line else None
        colon = parameters.end() - 1 if parameters else line.find(":", end_of_name)
        if colon < 0:
            return None
    return Line(name, line[end_of_name:colon], line[colon + 1 :])


class _Reader:
    def __init__(self, wanted: AbstractSet[str], cut: AbstractSet[str]) -> None:
        self.wanted = wanted
        self.cut = cut
        self.calendars: list[Component] = []
        self.open: list[Component] = []
        self.counts: list[dict[str, int]] = []
        self.components = 0

    def read(self, text: str) -> list[Component]:
        for match in LINE.finditer(text):
            self._line(match.group())
        if self.open:
            raise NotACalendar("The calendar data ends in the middle; it seems to be cut short.")
        if not self.calendars:
            raise NotACalendar("This is not calendar data: it has no BEGIN:VCALENDAR.")
        return self.calendars

    def _line(self, line: str) -> None:
        match = NAME.match(line)
        if match is None:
            return  # not a content line; other readers skip it too
        name = match[1].upper()
        if name == "BEGIN":
            self._begin(line[match.end() :].strip().upper())
        elif name == "END":
            self._end(line[match.end() :].strip().upper())
        elif self.open:
            self._property(name, line, match)

    def _begin(self, name: str) -> None:
        if not self.open and name != "VCALENDAR":
            return
        self.components += 1
        if self.components > MAX_COMPONENTS:
            raise TooComplex("too many components", MAX_COMPONENTS)
        if len(self.open) >= MAX_DEPTH:
            raise TooComplex("too many components inside each other", MAX_DEPTH)
        component = Component(name)
        (self.open[-1].children if self.open else self.calendars).append(component)
        self.open.append(component)
        self.counts.append({})

    def _end(self, name: str) -> None:
        """Close the innermost component of this name, and what was left open inside it."""
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth].name == name:
                del self.open[depth:], self.counts[depth:]
                return

    def _property(self, name: str, line: str, match: re.Match[str]) -> None:
        if name in self.cut:
            # Text for people decides about no time: it is shortened, and its event read all the same.
            line = line[:MAX_CUT_LINE]
        elif name not in self.wanted:
            return
        elif len(line) > MAX_LINE:
            raise TooComplex(f"a {name} of {len(line):,} characters", MAX_LINE)
        parsed = _parsed(name, line, match)
        if parsed is None:
            return
        counts = self.counts[-1]
        values = parsed.value.count(",") + 1 if name in _LISTS else 1
        counts[name] = counts.get(name, 0) + values
        if counts[name] > MAX_VALUES:
            if name in self.cut:
                return
            raise TooComplex(f"too many {name} values in one event", MAX_VALUES)
        self.open[-1].lines.append(parsed)
