"""What is asked of availability by people and their pages, and whether it may be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from convene.core.errors import Invalid, NotFound
from convene.core.ids import is_id
from convene.core.permissions import Caller
from convene.services.availability_shares import Consent

MAX_DAYS = 100
MAX_PARTICIPANTS = 50
MIN_DURATION, MAX_DURATION = 5, 1440


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `flexible` people are bound by their calendars alone; instants are aware, UTC.

    With `consent` its owner is seen whatever they show to everybody, and nothing outside its period is told.
    """

    participants: tuple[str, ...]
    start: datetime
    end: datetime
    duration_minutes: int
    flexible: tuple[str, ...] = ()
    start_interval_minutes: int | None = None
    excluded_booking: str | None = None
    suggestions: int = 3
    include_busy: bool = False
    quorum_of: tuple[str, ...] = ()
    quorum: int = 0
    consent: Consent | None = None

    @property
    def everybody(self) -> tuple[str, ...]:
        """All who are asked about: the participants, and those of whom some are enough."""
        return (*self.participants, *self.quorum_of)


def agreed(question: Question, allowed: Consent) -> Question:
    """Return what is left of a question inside the period of a consent. Raises `Invalid` if that is nothing."""
    start, end = max(question.start, allowed.starts_at), min(question.end, allowed.ends_at)
    if end <= start:
        raise Invalid("from", "from and to lie outside the days that are shared.")
    flexible = tuple(dict.fromkeys([*question.flexible, *allowed.flexible]))
    return replace(question, start=start, end=end, flexible=flexible, consent=allowed)


def allow(caller: Caller, question: Question) -> None:
    """Raise `Forbidden` or `Invalid` unless the caller may ask this question."""
    caller.require("availability:read")
    check(question)
    if set(question.flexible) - {caller.account_id}:
        raise Invalid("flexible", "flexible may name the member who asks, and nobody else.")


def check(question: Question) -> None:
    """Raise `Invalid` naming the field that is out of bounds."""
    check_quorum(question)
    if not 1 <= len(question.participants) <= MAX_PARTICIPANTS:
        raise Invalid("participants", f"participants must name 1 to {MAX_PARTICIPANTS} people.")
    for sub in question.participants:
        if not is_id(sub, "acc") and not is_id(sub, "res"):
            raise Invalid("participants", f"participants: {sub[:40]!r} is not an account id.")
    if question.end <= question.start:
        raise Invalid("to", "to must be later than from.")
    if question.end - question.start > timedelta(days=MAX_DAYS):
        raise Invalid("to", f"from and to may be at most {MAX_DAYS} days apart.")
    check_duration(question.duration_minutes)
    if question.excluded_booking is not None and not is_id(question.excluded_booking, "bkg"):
        raise NotFound("There is no such meeting, or you do not take part in it.")
    interval = question.start_interval_minutes
    if interval is not None and not 1 <= interval <= 1440:
        raise Invalid("start_interval_minutes", "start_interval_minutes must be 1 to 1440.")


def check_quorum(question: Question) -> None:
    """Raise `Invalid` unless the people of whom some are enough are others than the participants, and enough."""
    for sub in question.quorum_of:
        if not is_id(sub, "acc") and not is_id(sub, "res"):
            raise Invalid("quorum_of", f"quorum_of: {sub[:40]!r} is not an account id.")
        if sub in question.participants:
            raise Invalid("quorum_of", f"quorum_of: {sub} is among the participants already.")
    if len(question.everybody) > MAX_PARTICIPANTS:
        raise Invalid("quorum_of", f"participants and quorum_of may name {MAX_PARTICIPANTS} people together.")
    if question.quorum_of and not 1 <= question.quorum <= len(question.quorum_of):
        raise Invalid("quorum", f"quorum must be 1 to {len(question.quorum_of)}, the people in quorum_of.")
    if question.quorum and not question.quorum_of:
        raise Invalid("quorum_of", "quorum_of must name the people of whom quorum are enough.")


def check_duration(minutes: int) -> None:
    """Raise `Invalid` unless a meeting may last this long."""
    if not MIN_DURATION <= minutes <= MAX_DURATION:
        raise Invalid("duration_minutes", f"duration_minutes must be {MIN_DURATION} to {MAX_DURATION}.")
