"""One VEVENT as a value (RFC 5545 section 3.6.1), leniently: what cannot be read costs as little as possible.

A property that is broken leaves a notice. Where it decides *when* the event takes place, the event is kept and marked
so that its time counts as unknown; only an event without a readable start is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import TypeVar

from convene.core.events import Duration, Event, EventTime, ExtraDate, Notice
from convene.core.recurrence_rule import Rule, parse_rule
from convene.core.wall_clock import to_wall, wall_seconds, wall_time
from convene.formats.content_lines import Component, Line
from convene.formats.icalendar_values import (
    ZoneReader,
    read_duration,
    read_extra_dates,
    read_line_time,
    read_text,
    read_times,
)

T = TypeVar("T")
BOOKING_TAG = "X-CONVENE-BOOKING"
REVISION_TAG = "X-CONVENE-REVISION"
ONLINE_MEETING = "X-CONVENE-ONLINE-MEETING"
WANTED = frozenset({
    "UID", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE",
    "RECURRENCE-ID", "TRANSP", "STATUS", "CLASS", "ATTENDEE", "X-MICROSOFT-CDO-BUSYSTATUS",
    BOOKING_TAG, REVISION_TAG,
})  # fmt: skip
MAX_NAME = 500
_UNKNOWN_LENGTH = Duration(seconds=3_600)  # taken for an event whose end cannot be read


class EventReader:
    """Reads the events of one calendar text.

    own_addresses: the owner's calendar addresses, normalised (see `normal_address`), by which the owner's answer is
    found among the attendees. recurring_zone: where series whose start is written in UTC recur (X-WR-TIMEZONE).
    """

    def __init__(
        self, zones: ZoneReader, own_addresses: frozenset[str], recurring_zone: tzinfo | None = None
    ) -> None:
        self.zones = zones
        self.own_addresses = own_addresses
        self.recurring_zone = recurring_zone
        self.notices: list[Notice] = []

    def read(self, component: Component, number: int) -> Event | None:
        """Return the event, or None (and a notice) without a readable start. `number` stands in for a lost UID."""
        lines: dict[str, list[Line]] = {}
        for line in component.lines:
            lines.setdefault(line.name, []).append(line)
        return _Reading(self, lines, number).event()


class _Reading:
    """One component being read."""

    def __init__(self, reader: EventReader, lines: dict[str, list[Line]], number: int) -> None:
        self.reader = reader
        self.lines = lines
        self.number = number
        self.uid = self.text("UID") or f"without-uid-{number}"
        self.summary = self.text("SUMMARY")
        self.is_broken = False

    def event(self) -> Event | None:
        start = self.one("DTSTART", lambda line: read_line_time(line, self.reader.zones))
        if start is None:
            self.note("unreadable", "it has no start that can be read")
            return None
        rules = self.rules("RRULE")
        if rules and start.zone is UTC and self.reader.recurring_zone is not None:
            start = _moved_to(start, self.reader.recurring_zone)
        recurrence_id = self.one("RECURRENCE-ID", lambda line: read_line_time(line, self.reader.zones))
        return Event(
            uid=self.uid,
            start=start,
            end=self.end(start),
            summary=self.summary,
            sequence=self.integer("SEQUENCE"),
            rules=rules,
            excluding_rules=self.rules("EXRULE"),
            extra_dates=self.extra_dates(),
            excluded=self.excluded(),
            has_broken_rule=self.is_broken,
            recurrence_id=recurrence_id,
            is_this_and_future=recurrence_id is not None
            and self.lines["RECURRENCE-ID"][0].parameter("RANGE").upper() == "THISANDFUTURE",
            transparency=self.keyword("TRANSP"),
            status=self.keyword("STATUS"),
            participation=self.participation(),
            busy_status=self.keyword("X-MICROSOFT-CDO-BUSYSTATUS"),
            classification=self.keyword("CLASS"),
            booking_id=self.text(BOOKING_TAG),
            booking_revision=self.integer(REVISION_TAG),
            number=self.number,
        )

    def note(self, code: str, detail: str) -> None:
        self.reader.notices.append(Notice(code, detail, self.uid, self.summary))

    def one(self, name: str, read: Callable[[Line], T]) -> T | None:
        """Read the first line of a property; None if there is none, or if it is broken (and noted)."""
        for line in self.lines.get(name, ())[:1]:
            try:
                return read(line)
            except (ValueError, OverflowError) as error:
                self.note("unreadable_value", f"{name}: {error}")
                self.is_broken = True
        return None

    def each(self, name: str, read: Callable[[Line], Sequence[T]]) -> tuple[T, ...]:
        found: list[T] = []
        for line in self.lines.get(name, ()):
            try:
                found += read(line)
            except (ValueError, OverflowError) as error:
                self.note("unreadable_value", f"{name}: {error}")
                self.is_broken = True
        return tuple(found)

    def end(self, start: EventTime) -> EventTime | Duration | None:
        if "DTEND" in self.lines:
            end: EventTime | Duration | None = self.one(
                "DTEND", lambda line: read_line_time(line, self.reader.zones)
            )
        elif "DURATION" in self.lines:
            end = self.one("DURATION", lambda line: read_duration(line.value))
        else:
            return None
        return _UNKNOWN_LENGTH if end is None and not start.is_date else end

    def rules(self, name: str) -> tuple[Rule, ...]:
        return self.each(name, lambda line: (parse_rule(line.value),))

    def extra_dates(self) -> tuple[ExtraDate, ...]:
        return self.each("RDATE", lambda line: read_extra_dates(line, self.reader.zones))

    def excluded(self) -> tuple[EventTime, ...]:
        return self.each("EXDATE", lambda line: read_times(line, self.reader.zones))

    def text(self, name: str) -> str:
        lines = self.lines.get(name)
        return read_text(lines[0].value, MAX_NAME) if lines else ""

    def keyword(self, name: str) -> str:
        lines = self.lines.get(name)
        return lines[0].value.strip().lower()[:40] if lines else ""

    def integer(self, name: str) -> int:
        text = self.keyword(name)[:9]
        return int(text) if text.isascii() and text.isdigit() else 0

    def participation(self) -> str:
        """Return the owner's answer to the invitation, or "" if the owner is not among the attendees."""
        if not self.reader.own_addresses:
            return ""
        for line in self.lines.get("ATTENDEE", ()):
            addresses = {normal_address(line.value), normal_address(line.parameter("EMAIL"))}
            if addresses & self.reader.own_addresses:
                return (line.parameter("PARTSTAT") or "needs-action").lower()[:40]
        return ""


def normal_address(address: str) -> str:
    """Return the form in which calendar addresses are compared: lower case, without `mailto:`, no final slash."""
    return address.strip().lower().removeprefix("mailto:").rstrip("/")


def _moved_to(start: EventTime, zone: tzinfo) -> EventTime:
    return EventTime(wall_time(to_wall(wall_seconds(start.local), zone)), zone)
