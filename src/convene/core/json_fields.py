"""Checks of decoded JSON that core's documents share. What cannot be accepted is an `Invalid` that names its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from convene.core.errors import Invalid
from convene.core.instants import FIRST_DATE, LAST_DATE

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def json_date(value: object, path: str) -> date:
    """A date of the calendar, written `2026-12-24`, between the first and the last that zones are known for."""
    try:
        # fromisoformat alone would also take week dates and dates without hyphens.
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid(path, f"{path} must be a date of the calendar such as 2026-12-24.")
    if not FIRST_DATE <= day <= LAST_DATE:
        raise Invalid(path, f"{path} must lie between {FIRST_DATE} and {LAST_DATE}.")
    return day


def json_number(value: object, low: int, high: int, path: str) -> int:
    """A whole number of `[low, high]`."""
    # JSON true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(path, f"{path} must be a whole number from {low} to {high}.")
    return value


def json_object(value: object, path: str) -> Mapping[str, object]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise Invalid(path, f"{path or 'The document'} must be a JSON object.")
    return value


def json_list(value: object, path: str, most: int) -> list[object]:
    """A list of at most `most` entries."""
    if not isinstance(value, list):
        raise Invalid(path, f"{path} must be a list.")
    if len(value) > most:
        raise Invalid(path, f"{path} has {len(value)} entries. At most {most} fit.")
    return value


def no_others(fields: Mapping[str, object], known: Collection[str], path: str) -> None:
    """Refuse fields that nobody would read: a misspelt name must not be dropped in silence."""
    for name in fields:
        if name not in known:
            place = f"{path}.{name}" if path else str(name)
            raise Invalid(place[:200], f"{place[:200]} is not a field of working hours. Remove it.")
