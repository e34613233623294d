"""What a booking page adds to a link's request: days that roll on, a limit per day, and hosts who take turns.

Whose turn it is, is decided by weights: the next booking goes to whoever has taken the fewest for their weight among
those who are free, and nobody gets ahead of their share while somebody else is behind (the quota method of Balinski and
Young, one seat at a time). While all are free, nobody is ever a whole booking away from their share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Literal

from convene.core.instants import day_bounds, local_date

Mode = Literal["one_on_one", "collective", "round_robin", "quorum"]
DEFAULT_HOURS, MAX_HOURS = 48, 720
"""How long a host has to accept what a visitor asks for, where hosts want to be asked."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One host's part. `joined_at` is epoch seconds: what others took before that is not held against them."""

    weight: int = 1
    joined_at: int = 0


@dataclass(frozen=True, slots=True)
class PageTerms:
    """`horizon_days` after today, in the page's zone, is the last day offered; `max_per_day` None is no limit."""

    mode: Mode
    horizon_days: int
    max_per_day: int | None
    turns: Mapping[str, Turn]
    extra_days: int = 0
    """How many days longer later meetings of a series may be; never stored."""

    @property
    def newest_host_since(self) -> int:
        """Since when the hosts are the same: from then on bookings are compared."""
        return max((turn.joined_at for turn in self.turns.values()), default=0)

    def horizon_end(self, now: int, tzid: str) -> int:
        """The first instant at which nothing may start any more."""
        last_day: date = local_date(now, tzid) + timedelta(days=self.horizon_days + self.extra_days)
        return day_bounds(last_day, tzid)[1]


def in_turn(subs: Sequence[str], terms: PageTerms, taken: Mapping[str, int]) -> tuple[str, ...]:
    """Return the hosts with whoever is next first; of equals the one named first.

    `taken` is how many bookings each has had lately.
    """
    place = {sub: number for number, sub in enumerate(terms.turns)}
    weights = {sub: turn.weight for sub, turn in terms.turns.items()}
    given = 1 + sum(taken.get(sub, 0) for sub in weights)

    def turn(sub: str) -> tuple[bool, Fraction, int]:
        had, weight = taken.get(sub, 0), weights.get(sub, 1)
        is_ahead = had * sum(weights.values()) >= given * weight
        return is_ahead, Fraction(had + 1, weight), place.get(sub, len(place))

    return tuple(sorted(subs, key=turn))


def terms_json(terms: PageTerms | None) -> dict[str, Any] | None:
    """Return the terms as they are stored; the order of hosts is kept."""
    if terms is None:
        return None
    return {
        "mode": terms.mode,
        "horizon_days": terms.horizon_days,
        "max_per_day": terms.max_per_day,
        "turns": [[sub, turn.weight, turn.joined_at] for sub, turn in terms.turns.items()],
    }


def terms_of(stored: Mapping[str, Any] | None) -> PageTerms | None:
    """Return the terms that `terms_json` stored."""
    if stored is None:
        return None
    turns = {sub: Turn(weight, joined_at) for sub, weight, joined_at in stored["turns"]}
    return PageTerms(stored["mode"], stored["horizon_days"], stored["max_per_day"], turns)
