"""Public holidays from the `holidays` package, which ships them as rules: nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from convene.core.errors import Invalid
from convene.ports.holidays import Country, Holiday, Subdivision

FIRST_YEAR, LAST_YEAR = 2000, 2100
_LANGUAGES = ("en_US", "en_GB")


class PublicHolidays:
    """The package's data; imported when first asked, as it is large and most processes never are."""

    def countries(self) -> Sequence[Country]:
        return _countries()

    def holidays(self, country: str, subdivision: str, year: int) -> Sequence[Holiday]:
        import holidays

        known = {item.code: item for item in _countries()}
        if country not in known:
            raise Invalid("country", f"country: {country[:10]!r} is not a country of ISO 3166, such as GB.")
        parts = {part.code.casefold(): part.code for part in known[country].subdivisions}
        part = parts.get(subdivision.casefold())
        if subdivision and part is None:
            hint = (
                f"Known: {', '.join(parts.values())}."
                if parts
                else "This country has the same holidays everywhere."
            )
            raise Invalid("subdivision", f"subdivision: {subdivision[:10]!r} is no part of {country}. {hint}")
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Invalid("year", f"year must be {FIRST_YEAR} to {LAST_YEAR}.")
        spoken = holidays.country_holidays(country).supported_languages
        language = next((name for name in _LANGUAGES if name in spoken), None)
        found = holidays.country_holidays(country, subdiv=part, years=year, expand=False, language=language)
        return [Holiday(day, name) for day, name in sorted(found.items()) if day.year == year]


@lru_cache(maxsize=1)
def _countries() -> Sequence[Country]:
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return [
        Country(code, [Subdivision(part, _name_of(code, part)) for part in parts])
        for code, parts in sorted(known.items())
        if len(code) == 2
    ]


def _name_of(country: str, subdivision: str) -> str:
    """The longest of the names by which a part of a country goes; "" if it has none but its code."""
    import holidays

    aliases = holidays.country_holidays(country).get_subdivision_aliases().get(subdivision, [])
    return max(aliases, key=len, default="")
