"""When a webhook is tried again: the schedule of Standard Webhooks 1.0.0, with jitter and the receiver's wishes.

Gaps after the first attempt: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; each times a factor between 0.8 and
1.2, and never before the receiver's `Retry-After`. 410 ends the subscription; 20 failures in a row open the circuit
(one probe a minute); five days of failures disable it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

GAPS_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
CIRCUIT_FAILURES = 20
PROBE_EVERY = timedelta(seconds=60)
DISABLE_AFTER = timedelta(days=5)
LEASE = timedelta(seconds=60)


def next_attempt(
    attempts: int, now: datetime, jitter: float, retry_after_seconds: float | None
) -> datetime | None:
    """Return when to try again after `attempts` failed ones, or None when all have been made.

    Args:
        jitter: 0 <= jitter < 1, spread over the factors 0.8 to 1.2.
    """
    if attempts > len(GAPS_SECONDS):
        return None
    gap = GAPS_SECONDS[attempts - 1] * (0.8 + 0.4 * jitter)
    return now + timedelta(seconds=max(gap, min(retry_after_seconds or 0, 86400)))


def is_success(status: int | None) -> bool:
    """Only 2xx counts; a redirect is a failure and is never followed."""
    return status is not None and 200 <= status < 300


def has_failed_for_good(first_failure_at: datetime | None, now: datetime) -> bool:
    """Tell whether a receiver has failed long enough to be switched off."""
    return first_failure_at is not None and now - first_failure_at >= DISABLE_AFTER
