"""Dates and times of day as people write them, in the languages of the public pages.

Months, weekdays and the order of a date's parts follow the Unicode CLDR. Values are aware datetimes or dates; the zone
is chosen by the caller, and the clock (12 or 24 hours) is a preference of its own, because it is no matter of language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from convene.core.instants import zone


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes dates. Formats take `weekday`, `day`, `month` and `year`."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    long_date: str
    day_date: str
    month_year: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGES: Mapping[str, Language] = {
    "en": Language(
        _words("January February March April May June July August September October November December"),
        _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        _words("Mon Tue Wed Thu Fri Sat Sun"),
        "{weekday} {day} {month} {year}",
        "{weekday} {day} {month}",
        "{month} {year}",
    ),
    "de": Language(
        _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        _words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        _words("Mo Di Mi Do Fr Sa So"),
        "{weekday}, {day}. {month} {year}",
        "{weekday}, {day}. {month}",
        "{month} {year}",
    ),
    "fr": Language(
        _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        _words("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        _words("lun. mar. mer. jeu. ven. sam. dim."),
        "{weekday} {day} {month} {year}",
        "{weekday} {day} {month}",
        "{month} {year}",
    ),
    "es": Language(
        _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        _words("lunes martes miércoles jueves viernes sábado domingo"),
        _words("lun mar mié jue vie sáb dom"),
        "{weekday}, {day} de {month} de {year}",
        "{weekday}, {day} de {month}",
        "{month} de {year}",
    ),
    "nl": Language(
        _words("januari februari maart april mei juni juli augustus september oktober november december"),
        _words("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        _words("ma di wo do vr za zo"),
        "{weekday} {day} {month} {year}",
        "{weekday} {day} {month}",
        "{month} {year}",
    ),
}
# Where people read the clock in two halves of twelve hours.
_TWELVE_HOURS = frozenset({"en-us", "en-ca", "en-au", "en-nz", "en-in", "en-ph", "es-mx", "es-co", "es-us"})
_MONTH_FIRST = frozenset({"en-us", "en-ph"})


@dataclass(frozen=True, slots=True)
class Locale:
    """A language (a key of `LANGUAGES`), the full tag that was asked for, and whether the clock has twelve hours."""

    language: str = "en"
    tag: str = "en"
    is_12_hours: bool = False

    def long_date(self, day: date) -> str:
        """Such as `Tuesday 24 November 2026`."""
        return self._date(day, self._words.long_date, "{weekday}, {month} {day}, {year}")

    def day_date(self, day: date) -> str:
        """Such as `Tuesday 24 November`."""
        return self._date(day, self._words.day_date, "{weekday}, {month} {day}")

    def month_year(self, day: date) -> str:
        """Such as `November 2026`, as a heading."""
        text = self._date(day, self._words.month_year, self._words.month_year)
        return text[0].upper() + text[1:]

    def time(self, value: datetime) -> str:
        """The time of day that `value` carries, such as `14:30` or `2:30 pm`."""
        if not self.is_12_hours:
            return f"{value:%H:%M}"
        hour = value.hour % 12 or 12
        return f"{hour}:{value:%M} {'am' if value.hour < 12 else 'pm'}"

    def span(self, start: datetime, end: datetime) -> str:
        """A stretch of time, such as `14:30–15:00`; the end's date too if it is another day."""
        if start.date() == end.date():
            return f"{self.time(start)}–{self.time(end)}"
        return f"{self.time(start)} – {self.day_date(end.date())}, {self.time(end)}"

    @property
    def short_weekdays(self) -> tuple[str, ...]:
        return self._words.short_weekdays

    @property
    def _words(self) -> Language:
        return LANGUAGES[self.language]

    def _date(self, day: date, form: str, month_first: str) -> str:
        words = self._words
        return (month_first if self.tag.lower() in _MONTH_FIRST else form).format(
            weekday=words.weekdays[day.weekday()],
            day=day.day,
            month=words.months[day.month - 1],
            year=day.year,
        )


def locale_of(accepted: str, fixed: str = "", hour_format: str = "") -> Locale:
    """Return the locale for an `Accept-Language` header (RFC 9110, section 12.5.4).

    `fixed` is a language that was decided on; `hour_format` "h" or "H" decides the clock, else the region does.
    """
    tag = next((tag for tag in _preferred(accepted) if tag.partition("-")[0] in LANGUAGES), "en")
    if fixed:
        tag = tag if tag.partition("-")[0] == fixed else fixed
    return Locale(
        language=tag.partition("-")[0],
        tag=tag,
        is_12_hours=tag in _TWELVE_HOURS if hour_format not in ("h", "H") else hour_format == "h",
    )


def _preferred(accepted: str) -> list[str]:
    """The language tags of a header in lower case, best first; of equals the first."""
    ranked = []
    for place, item in enumerate(accepted.lower().split(",")[:20]):
        tag, _, rest = item.strip().partition(";")
        try:
            weight = float(rest.partition("=")[2]) if rest else 1.0
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            ranked.append((-weight, place, tag.strip()))
    return [tag for _, _, tag in sorted(ranked)]


def zone_label(tzid: str, at: datetime) -> str:
    """Return a zone as people know it, with what it differs from Greenwich at a moment: `London (GMT+0)`."""
    city = tzid.rsplit("/", 1)[-1].replace("_", " ")
    return f"{city} ({offset_label(tzid, at)})"


def offset_label(tzid: str, at: datetime) -> str:
    """Return what a zone differs from Greenwich at a moment: `GMT+5:30`."""
    offset = at.astimezone(zone(tzid)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def local(value: datetime, tzid: str) -> datetime:
    """Return an instant on the wall clock of a zone."""
    return value.astimezone(UTC).astimezone(zone(tzid))
