"""A calendar feed (RFC 5545, RFC 7986) cut into one small VCALENDAR per event, in one pass over its lines.

Feeds are whole calendars in one text, and often broken ones. What belongs to one UID stays together: a master with its
exceptions, or exceptions whose master is missing. Every part has a digest of what it says, without what producers
change at each request, so that only news are news. Runs in the parser process.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from convene.core.colors import parse_hex
from convene.formats.calendar_zones import named_zone
from convene.formats.content_lines import LINE, NAME
from convene.formats.icalendar_limits import (
    MAX_COMPONENTS,
    MAX_DEPTH,
    MAX_FEED_OUTPUT,
    MAX_FEED_ZONE,
    MAX_LINE,
    MAX_TEXT,
    NotACalendar,
    TooComplex,
)

_VOLATILE = frozenset({"UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "PRODID", "METHOD", "X-WR-CALNAME"})
_HEAD = frozenset({
    "X-WR-CALNAME", "NAME", "X-WR-TIMEZONE", "COLOR", "X-APPLE-CALENDAR-COLOR", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
})  # fmt: skip
_TIMES = frozenset({
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "FREEBUSY",
})  # fmt: skip
_KEPT = frozenset({"VEVENT", "VFREEBUSY"})
_MAX_LINES = 2_000
"""Lines of one event that are kept besides those that decide about time."""
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?"
)
_TZID = re.compile(r';TZID="?([^";:]+)', re.IGNORECASE)
_FOLD, _FOLD_BYTES = re.compile(r"(?:\r\n|\n|\r)[ \t]"), re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_CHARSETS = frozenset({*(f"iso-8859-{n}" for n in range(1, 17)), *(f"windows-125{n}" for n in range(9)), "koi8-r",
                       "shift_jis", "euc-jp", "euc-kr", "gb2312", "gbk", "gb18030", "big5"})  # fmt: skip
_ESCAPED = re.compile(r"\\([\\;,nN])")
_BASIC_COLORS = {
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080", "white": "#ffffff",
    "maroon": "#800000", "red": "#ff0000", "purple": "#800080", "fuchsia": "#ff00ff", "magenta": "#ff00ff",
    "green": "#008000", "lime": "#00ff00", "olive": "#808000", "yellow": "#ffff00", "navy": "#000080",
    "blue": "#0000ff", "teal": "#008080", "aqua": "#00ffff", "cyan": "#00ffff", "orange": "#ffa500",
    "tomato": "#ff6347", "crimson": "#dc143c", "gold": "#ffd700", "indigo": "#4b0082", "violet": "#ee82ee",
    "turquoise": "#40e0d0", "steelblue": "#4682b4", "forestgreen": "#228b22", "brown": "#a52a2a", "pink": "#ffc0cb",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedPart:
    """One event with its exceptions. key: what names it in the feed; digest: of what it says; raw: a VCALENDAR."""

    key: str
    digest: str
    raw: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself ("" and None where it does not), and its parts in its order."""

    name: str
    color: str
    tzid: str
    refresh_seconds: int | None
    parts: list[FeedPart]


@dataclass(slots=True)
class _Component:
    name: str
    lines: list[str] = field(default_factory=list)
    # Those of them that change only when what is said does.
    stable: list[str] = field(default_factory=list)
    others: int = 0
    uid: str = ""
    is_exception: bool = False
    tzids: set[str] = field(default_factory=set)
    digest: str = ""


@dataclass(slots=True)
class _Calendar:
    """One VCALENDAR: most feeds hold one, some a VCALENDAR for each event."""

    head: dict[str, str] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    found: list[_Component] = field(default_factory=list)


def decode_feed(body: bytes, charset: str = "") -> str:
    """Turn what a server sent into text with unfolded lines; `charset` is what it claims to send.

    Some fold lines inside a character, some declare one encoding and send another, few write UTF-16. UTF-8 is believed
    wherever it is valid, since next to nothing else happens to be.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _FOLD.sub("", body.decode("utf-16", "replace"))
    flat = _FOLD_BYTES.sub(b"", body)
    for encoding in ("utf-8-sig", charset if charset.lower() in _CHARSETS else "windows-1252"):
        try:
            return flat.decode(encoding)
        except UnicodeDecodeError:
            continue
    return flat.decode("utf-8", "replace")


def split_feed(text: str) -> Feed:
    """Cut an unfolded feed into parts.

    Raises TooComplex beyond a limit, and NotACalendar if it is none or ends in the middle: what was cut short must not
    look as if the rest had been deleted.
    """
    if len(text) > MAX_TEXT:
        raise TooComplex(f"{len(text):,} characters", MAX_TEXT)
    calendars = _Scanner().scan(text)
    parts: list[FeedPart] = []
    taken: set[str] = set()
    room = MAX_FEED_OUTPUT
    for calendar in calendars:
        for part in _parts(calendar, taken):
            room -= len(part.raw)
            if room < 0:
                raise TooComplex("time zones repeated in too many events", MAX_FEED_OUTPUT)
            parts.append(part)
    head = {name: value for calendar in reversed(calendars) for name, value in calendar.head.items()}
    return Feed(
        name=_plain(head.get("NAME") or head.get("X-WR-CALNAME", ""))[:200],
        color=_color(head),
        tzid=_zone_name(head.get("X-WR-TIMEZONE", "")),
        refresh_seconds=_refresh(head),
        parts=parts,
    )


class _Scanner:
    def __init__(self) -> None:
        self.calendars: list[_Calendar] = []
        self.components = 0
        # The names of what is open, the innermost last; `current` is the component directly inside VCALENDAR.
        self.open: list[str] = []
        self.current: _Component | None = None

    def scan(self, text: str) -> list[_Calendar]:
        for found in LINE.finditer(text):
            line = found.group()
            match = NAME.match(line)
            if match is None:
                continue
            name = match[1].upper()
            if name == "BEGIN":
                self._begin(line[match.end() :].strip().upper())
            elif name == "END":
                self._end(line[match.end() :].strip().upper())
            elif self.open:
                self._property(name, line)
        if self.open:
            raise NotACalendar("The feed ends in the middle; it seems to be cut short.")
        if not self.calendars:
            raise NotACalendar("This is not calendar data: it has no BEGIN:VCALENDAR.")
        return self.calendars

    def _begin(self, name: str) -> None:
        if not self.open and name != "VCALENDAR":
            return
        self.components += 1
        if self.components > MAX_COMPONENTS:
            raise TooComplex("too many components", MAX_COMPONENTS)
        if name == "VCALENDAR":
            self._finish()
            self.open = [name]
            self.calendars.append(_Calendar())
            return
        if name in _KEPT and len(self.open) > 1:
            # No event holds another: the one before was left open.
            self._finish()
            del self.open[1:]
        if len(self.open) >= MAX_DEPTH:
            raise TooComplex("too many components inside each other", MAX_DEPTH)
        self.open.append(name)
        if len(self.open) == 2:
            self.current = _Component(name)
        elif self.current is not None and self.current.name == "VTIMEZONE":
            self.current.lines.append(f"BEGIN:{name[:40]}")

    def _end(self, name: str) -> None:
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth] == name:
                break
        else:
            return
        if depth >= 2 and self.current is not None and self.current.name == "VTIMEZONE":
            self.current.lines += [f"END:{inner[:40]}" for inner in reversed(self.open[depth:])]
        if depth < 2:
            self._finish()
        del self.open[depth:]

    def _finish(self) -> None:
        done, self.current = self.current, None
        if done is None:
            return
        calendar = self.calendars[-1]
        if done.name == "VTIMEZONE":
            calendar.zones[done.uid] = "\r\n".join(done.lines)
        elif done.name in _KEPT:
            calendar.found.append(done)

    def _property(self, name: str, line: str) -> None:
        current = self.current
        if len(self.open) == 1:
            if name in _HEAD:
                self.calendars[-1].head.setdefault(name, line.partition(":")[2][:1_000])
        elif current is None:
            return
        elif current.name == "VTIMEZONE":
            if name == "TZID" and len(self.open) == 2:
                current.uid = line.partition(":")[2].strip()
            current.lines.append(line[:MAX_LINE])
        elif len(self.open) == 2:
            _keep(current, name, line)


def _keep(component: _Component, name: str, line: str) -> None:
    """Keep a line of an event. Long and countless ones are kept only where they decide about time."""
    if name not in _TIMES:
        component.others += 1
        if len(line) > MAX_LINE or component.others > _MAX_LINES:
            return
    if name == "UID" and not component.uid:
        component.uid = line.partition(":")[2].strip()
    elif name == "RECURRENCE-ID":
        component.is_exception = True
    if ";" in line[:MAX_LINE]:
        zone = _TZID.search(line, 0, 500)
        if zone is not None and len(component.tzids) < 10:
            component.tzids.add(zone[1].strip())
    component.lines.append(line)
    if name not in _VOLATILE:
        component.stable.append(line.rstrip())


def _parts(calendar: _Calendar, taken: set[str]) -> Iterator[FeedPart]:
    """Yield the parts of a calendar; `taken` are the keys in use."""
    groups: dict[str, list[_Component]] = {}
    for component in calendar.found:
        component.digest = _digest(component.stable)
        # The content names what nothing else names; copies of it count once.
        group = f"u{component.uid}" if component.uid else f"c{component.digest}"
        held = groups.setdefault(group, [])
        if any(other.digest == component.digest for other in held[:20]):
            continue
        held.append(component)
    for group, found in groups.items():
        components = sorted(found, key=lambda component: component.is_exception)
        key = hashlib.sha256(group.encode("utf-8", "replace")).hexdigest()[:32]
        if key in taken:
            key = hashlib.sha256(f"{group}\n{components[0].digest}".encode("utf-8", "replace")).hexdigest()[
                :32
            ]
            if key in taken:
                continue
        taken.add(key)
        yield _part(key, calendar, components)


def _part(key: str, calendar: _Calendar, components: list[_Component]) -> FeedPart:
    tzids = sorted({tzid for component in components for tzid in component.tzids})
    zones = [
        calendar.zones[tzid]
        for tzid in tzids
        if named_zone(tzid) is None and len(calendar.zones.get(tzid, "")) in range(1, MAX_FEED_ZONE)
    ]
    wall = calendar.head.get("X-WR-TIMEZONE", "").strip()
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *([f"X-WR-TIMEZONE:{wall}"] if wall else [])]
    for zone in zones:
        lines += ["BEGIN:VTIMEZONE", zone, "END:VTIMEZONE"]
    for component in components:
        lines += [f"BEGIN:{component.name}", *component.lines, f"END:{component.name}"]
    lines.append("END:VCALENDAR\r\n")
    digest = _digest([wall, *map(_stable, zones), *(component.digest for component in components)])
    return FeedPart(key, digest, "\r\n".join(lines))


def _stable(zone: str) -> str:
    return "\n".join(line for line in zone.split("\r\n") if not line.upper().startswith("LAST-MODIFIED"))


def _digest(lines: Iterable[str]) -> str:
    """Return the digest of lines in any order."""
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "replace")).hexdigest()[:32]


def _plain(value: str) -> str:
    """Return text as people read it, on one line."""
    read = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join("".join(char if char.isprintable() else " " for char in read).split())


def _color(head: dict[str, str]) -> str:
    for name in ("COLOR", "X-APPLE-CALENDAR-COLOR"):
        value = head.get(name, "").strip().lower()
        found = _BASIC_COLORS.get(value) or parse_hex(value[:7])
        if found:
            return found
    return ""


def _zone_name(tzid: str) -> str:
    """Return the name of a zone that is known, else ""."""
    return str(getattr(named_zone(tzid) if tzid.strip() else None, "key", "") or "")


def _refresh(head: dict[str, str]) -> int | None:
    """Return the shorter of the intervals at which the feed wishes to be read."""
    found = []
    for name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        match = _DURATION.fullmatch(head.get(name, "").strip().upper())
        if match is not None:
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            told = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
            found.append(int(told.total_seconds()))
    return min((seconds for seconds in found if seconds > 0), default=None)
