"""Mails about one meeting, as they are looked at in golden files and read by other programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from convene.core.local_dates import locale_of
from convene.formats.booking_mail import Envelope, Kind, Object, Reader, Told

# The clocks go back in London between these.
TOLD = Told(
    "Review; the draft, part 2",
    datetime(2026, 10, 26, 14, 30, tzinfo=UTC),
    datetime(2026, 10, 26, 15, 15, tzinfo=UTC),
    "Europe/London",
    ("Ana Ruiz", "Bo Lind"),
    join_url="https://meet.example/convene-7hQ2",
    description="Bring the papers.\nAll of them, please.",
)
READER = Reader(
    "Cy Young",
    "cy@example.org",
    "America/New_York",
    locale_of("en-GB"),
    "https://convene.example/book/manage/t0ken",
    "accepted",
)
ENVELOPE = Envelope(
    "meetings@convene.example",
    "Ana Ruiz",
    "ana@example.com",
    "meetings+0123456789abcdefghijklmnopqrstuv@convene.example",
    "<eml_1@convene.example>",
    "<eml_1@convene.example>",
    datetime(2026, 10, 20, 9, tzinfo=UTC),
)
EVENT = Object("REQUEST", "u1@convene", 0, datetime(2026, 10, 20, 9, tzinfo=UTC))
LATER = replace(ENVELOPE, message_id="<eml_2@convene.example>")
CASES: dict[str, tuple[Kind, Told, Reader, Envelope, Object | None]] = {
    "request": ("booked", TOLD, READER, ENVELOPE, EVENT),
    "moved": (
        "moved",
        replace(
            TOLD,
            before=(datetime(2026, 10, 23, 13, 30, tzinfo=UTC), datetime(2026, 10, 23, 14, 15, tzinfo=UTC)),
        ),
        replace(READER, locale=locale_of("de"), answer="needs_action"),
        LATER,
        replace(EVENT, sequence=1),
    ),
    "cancel": (
        "cancelled",
        replace(TOLD, reason="Ill, sorry"),
        replace(READER, locale=locale_of("fr")),
        LATER,
        replace(EVENT, method="CANCEL", sequence=2),
    ),
    "requested": (
        "requested",
        replace(TOLD, answer_by=datetime(2026, 10, 22, 9, tzinfo=UTC)),
        replace(READER, locale=locale_of("es")),
        ENVELOPE,
        None,
    ),
}
