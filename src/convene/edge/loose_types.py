"""Values as the Cronofy-compatible surface writes them: truth as text, durations, times, an event's times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from convene.core.errors import Invalid
from convene.core.instants import zone
from convene.edge.requests import parse_instant

# A leap year.
MAX_MINUTES = 527_040
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class EventTime:
    """When an event starts or ends: an instant (aware, UTC) or a whole day, and the zone that was named with it."""

    value: datetime | date
    tzid: str | None = None

    @property
    def is_date(self) -> bool:
        return not isinstance(self.value, datetime)


def wrong(kind: str, message: str) -> PydanticCustomError:
    """Return a validation error whose message begins in lower case, as it follows the field's name."""
    return PydanticCustomError(kind, "{message}", {"message": message})


def _bool(value: object) -> object:
    if isinstance(value, str) and value.strip().lower() in _TRUTH:
        return _TRUTH[value.strip().lower()]
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise wrong("bool", "must be true or false")


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong("duration", "must be whole minutes")
    try:
        return int(value)
    except ValueError:
        raise wrong("duration", "must be whole minutes") from None


def _duration(value: object) -> object:
    """`{"minutes": n}`, `{"hours": n, "minutes": n < 60}` or a number of minutes."""
    if not isinstance(value, Mapping):
        minutes = _whole(value)
    else:
        if value.get("minutes") is None and value.get("hours") is None:
            raise wrong("duration", 'must name minutes or hours, such as {"minutes": 30}')
        minutes = _whole(value.get("minutes") or 0)
        if value.get("hours") is not None:
            if minutes >= 60:
                raise wrong("duration", "must have fewer than 60 minutes beside hours")
            minutes += 60 * _whole(value["hours"])
    if not 0 <= minutes <= MAX_MINUTES:
        raise wrong("duration", "must lie between 0 minutes and a year")
    return minutes


def _instant(value: object) -> object:
    if isinstance(value, Mapping) and "time" in value:
        value = value["time"]
    if not isinstance(value, str):
        raise wrong("time", "must be a time such as 2027-01-12T09:00:00Z")
    try:
        return parse_instant(value, "it")
    except Invalid as error:
        raise wrong("time", error.detail.removeprefix("it ")) from error


def _event_time(value: object) -> object:
    """A time, a date, or `{"time": <either>, "tzid": <IANA zone>}`."""
    tzid: str | None = None
    if isinstance(value, Mapping):
        named = value.get("tzid")
        tzid = checked_zone(named) if named not in (None, "") else None
        value = value.get("time")
    if isinstance(value, str) and len(value) == 10:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise wrong("time", "must be a date such as 2027-01-12 or a time with Z") from None
        if not 1970 <= day.year <= 2199:
            raise wrong("time", "must lie between the years 1970 and 2199")
        return EventTime(day, tzid)
    found = _instant(value)
    assert isinstance(found, datetime)
    return EventTime(found.astimezone(UTC), tzid)


def checked_zone(value: object) -> str:
    """Return a zone of the IANA database; raise a validation error for anything else."""
    try:
        zone(str(value))
    except (ValueError, KeyError, Invalid):
        raise wrong("tzid", "must be a zone of the IANA database, such as Europe/London") from None
    return str(value)


LooseBool = Annotated[bool, BeforeValidator(_bool), WithJsonSchema({"type": "boolean"})]
LooseDuration = Annotated[
    int,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {
                        "minutes": {"type": "integer", "minimum": 0},
                        "hours": {"type": "integer", "minimum": 0},
                    },
                },
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]
"""Whole minutes."""
V1Time = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
LooseEventTime = Annotated[
    EventTime,
    BeforeValidator(_event_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "format": "date"},
                {
                    "type": "object",
                    "properties": {"time": {"type": "string"}, "tzid": {"type": "string"}},
                    "required": ["time"],
                },
            ]
        }
    ),
]
LooseZone = Annotated[str, BeforeValidator(checked_zone), WithJsonSchema({"type": "string"})]


def in_utc(value: datetime) -> str:
    """Return a time as this surface writes it: UTC, whole seconds, `Z`."""
    return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def plain(value: EventTime) -> Any:
    """Return an event's time as a date or a time in UTC."""
    return value.value.isoformat() if value.is_date else in_utc(value.value)  # type: ignore[arg-type]
