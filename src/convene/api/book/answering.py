"""What guests read of a request: that a host has yet to accept it, or that it came to nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from convene.api.book.opened import Opened
from convene.core.local_dates import local
from convene.services.link_requests import NOBODY
from convene.services.link_visits import Visit

Answer = Literal["asked", "declined", "unanswered", ""]


def answer_of(visit: Visit, now: datetime) -> Answer:
    """Return how a visit's request stands; "" for what was accepted, withdrawn, or booked without asking."""
    waits = [row.answer_by for row in visit.bookings if row.answer_by is not None]
    if waits:
        return "asked" if min(waits) > now else "unanswered"
    if all(row.state == "declined" for row in visit.bookings):
        return "unanswered" if visit.bookings[0].changed_by == NOBODY else "declined"
    return ""


def answer_words(answer: Answer, visit: Visit, found: Opened, hosts: str) -> tuple[str, str]:
    """Return heading and text of a request's page; `hosts` are the names of those who are asked."""
    texts = found.look.texts
    if answer == "asked":
        by = min(row.answer_by for row in visit.bookings if row.answer_by is not None)
        at, locale = local(by, found.look.tzid), found.look.locale
        until = f"{locale.long_date(at.date())}, {locale.time(at)}"
        title = texts("asked", names=hosts) if hosts else texts.asked_anybody
        return title, texts("asked_text", when=until)
    return (
        (texts.declined, texts.declined_text)
        if answer == "declined"
        else (texts.unanswered, texts.declined_text)
    )
