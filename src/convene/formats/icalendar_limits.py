"""How much calendar text we accept. Counted while the text is cut into lines, before any value is read.

The bounds are far above what calendar programs write and far below what costs memory or seconds to read.
"""

from __future__ import annotations

MAX_TEXT = 10 * 1024 * 1024
"""Characters of one resource or feed."""
MAX_LINE = 64 * 1024
"""Characters of one unfolded line of a property that is read; others, such as attachments, are skipped unread."""
MAX_CUT_LINE = 16 * 1024
"""Characters that are read of one line of text for people: a description, a place."""
MAX_COMPONENTS = 20_000
MAX_VALUES = 5_000
"""Values of one property in one component, over all its lines."""
MAX_DEPTH = 4
MAX_BLOCKS = 50_000
"""Stretches of busy time of one calendar; what lies behind them counts as unknown."""
MAX_OCCURRENCES = 50_000
"""Times of one calendar's events that are told of; those behind them still count as busy time."""
MAX_SUMMARY, MAX_DESCRIPTION, MAX_PLACE, MAX_ADDRESS, MAX_PERSON = 1_024, 4_096, 1_024, 2_048, 254
"""Characters of an event's texts that are kept for readers: title, description, place, addresses, names."""
MAX_ATTENDEES, MAX_CATEGORIES = 200, 20
MAX_DETAILS = 256 * 1024
"""Characters of all texts of one resource that are kept for readers; what comes after them has its title only."""
MAX_OBSERVANCES = 100
"""STANDARD and DAYLIGHT parts of one time zone definition."""
MAX_FEED_ZONE = 16 * 1024
"""Characters of one time zone definition of a feed that its events take along."""
MAX_FEED_OUTPUT = 24 * 1024 * 1024
"""Characters of all parts into which a feed is cut."""
MAX_EDITED_TEXT = 1024 * 1024
"""Characters of a resource that is changed in place rather than only read."""


class CalendarRefused(ValueError):
    """The text is not read at all. `code` is `too_complex` or `not_a_calendar`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class TooComplex(CalendarRefused):
    """The text exceeds a bound; the message names it."""

    def __init__(self, what: str, bound: int) -> None:
        super().__init__("too_complex", f"The calendar data has {what}; at most {bound:,} are accepted.")


class NotACalendar(CalendarRefused):
    """The text is not a complete VCALENDAR."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_a_calendar", detail)
