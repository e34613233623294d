"""Lines of iCalendar text that is written to be read here: what services tell in JSON becomes such text (RFC 5545).

Lines are escaped, free of control characters and folded. What people edit is written with the `icalendar` package
(`event_editing`), never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from convene.formats.event_editing import PRODUCT, clean

_FOLD_AT = 73


def calendar_text(parts: Iterable[Sequence[str]]) -> str:
    """Return a VCALENDAR of components' lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}"]
    for part in parts:
        lines += part
    return "\r\n".join([*map(_folded, lines), "END:VCALENDAR", ""])


def instant_line(name: str, original: str, parameters: str = "") -> str:
    """Return a line of a date (`20261121`) or of an instant in UTC (`20261121T090000Z`)."""
    return f"{name}{parameters}{'' if 'T' in original else ';VALUE=DATE'}:{original}"


def text_value(value: Any) -> str:
    """Return a TEXT value (RFC 5545 section 3.3.11)."""
    if not value:
        return ""
    text = clean(str(value)).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


def address_value(value: Any) -> str:
    """Return an address on one line, "" if it has what no address has."""
    text = str(value or "").strip()
    return text if text.isprintable() and " " not in text else ""


def quoted_value(value: Any) -> str:
    """Return a parameter's value that stands between quotes (RFC 5545 section 3.2)."""
    return clean(str(value or "")).replace("\n", " ").replace('"', "'")


def _folded(line: str) -> str:
    if len(line) <= _FOLD_AT:
        return line
    first, rest = line[:_FOLD_AT], line[_FOLD_AT:]
    return "\r\n ".join([first, *(rest[at : at + _FOLD_AT] for at in range(0, len(rest), _FOLD_AT))])
