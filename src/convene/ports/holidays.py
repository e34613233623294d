"""Public holidays as working hours need them: which countries are known, and the days off of one year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day off; several of one date are one, their names joined."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class Subdivision:
    """A part of a country with holidays of its own: its ISO 3166-2 code without the country, and a name if known."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO 3166-1 alpha-2 code."""

    code: str
    subdivisions: Sequence[Subdivision]


class HolidayCalendar(Protocol):
    """Knows the public holidays of the world. May take a moment: no method belongs on an event loop."""

    def countries(self) -> Sequence[Country]:
        """Return the countries that are known, by code."""
        ...

    def holidays(self, country: str, subdivision: str, year: int) -> Sequence[Holiday]:
        """Return the public holidays of a year by date; `subdivision` "" asks for those of the whole country.

        Raises:
            Invalid: names `country`, `subdivision` or `year` if it is not known.
        """
        ...
