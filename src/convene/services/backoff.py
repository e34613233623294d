"""How long to wait after failures in a row: doubling steps to a cap, never less than the server asks for."""

from __future__ import annotations

from datetime import datetime, timedelta


def next_try(
    now: datetime,
    attempts: int,
    *,
    base: timedelta,
    cap: timedelta,
    retry_after_seconds: float | None = None,
) -> datetime:
    """Return when to try again after `attempts` earlier failures in a row."""
    # The exponent is bounded, so that a long outage does not overflow.
    wait: timedelta = min(base * (1 << min(attempts, 16)), cap)
    return now + max(wait, timedelta(seconds=retry_after_seconds or 0))
