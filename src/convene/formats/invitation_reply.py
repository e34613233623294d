"""Answers to invitations (RFC 5546 sections 3.2.3 and 3.2.7): REPLY and COUNTER. Runs in the parser process."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from convene.core.recurrence import FAILURES, own_time
from convene.core.wall_clock import wall_seconds
from convene.formats.content_lines import Component, Line, read_components
from convene.formats.event_reader import normal_address
from convene.formats.icalendar import read_calendar
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.icalendar_values import read_line_time, read_text
from convene.formats.parser_messages import ParsedAnswer, ParsedReply

METHODS = frozenset({"REPLY", "COUNTER"})
MAX_PEOPLE = 200
MAX_COMMENT = 2_000
_WANTED = frozenset({"METHOD", "UID", "SEQUENCE", "DTSTAMP", "COMMENT", "ATTENDEE"})


class NotAReply(CalendarRefused):
    """Calendar data that answers no invitation."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_a_reply", detail)


def read_reply(text: str) -> ParsedReply:
    """Return what an answer says. Raises `CalendarRefused` if the text is no answer, or cannot be accepted."""
    calendar = read_components(text, _WANTED)[0]
    method = calendar.text("METHOD").strip().upper()
    if method not in METHODS:
        raise NotAReply(f"The METHOD is {method[:40] or 'missing'}; an answer has REPLY or COUNTER.")
    event = next((part for part in calendar.children if part.name == "VEVENT"), None)
    if event is None or not event.text("UID").strip():
        raise NotAReply("The answer has no VEVENT with the UID of an invitation.")
    comment = read_text(event.text("COMMENT"), MAX_COMMENT)
    answers = [_answer(line, comment) for line in list(event.all("ATTENDEE"))[:MAX_PEOPLE]]
    if not answers:
        raise NotAReply("The answer has no ATTENDEE, so nobody has answered.")
    start, end, is_dates = _times(text) if method == "COUNTER" else (0, 0, False)
    return ParsedReply(
        method=method,
        uid=read_text(event.text("UID"), 500),
        sequence=_sequence(event),
        stamp=_stamp(event.first("DTSTAMP")),
        answers=answers,
        start=start,
        end=end,
        is_dates=is_dates,
    )


def _answer(line: Line, comment: str) -> ParsedAnswer:
    # Google puts the words beside the answer, everybody else into COMMENT.
    own = read_text(line.parameter("X-RESPONSE-COMMENT"), MAX_COMMENT)
    return ParsedAnswer(
        email=normal_address(line.value)[:254],
        status=(line.parameter("PARTSTAT") or "NEEDS-ACTION").upper()[:40],
        comment=own or comment,
    )


def _sequence(event: Component) -> int | None:
    value = event.text("SEQUENCE").strip()
    return int(value) if value.isdecimal() and len(value) < 10 else None


def _stamp(line: Line | None) -> int | None:
    if line is None:
        return None
    try:
        time = read_line_time(line, _any_zone)
    except (ValueError, OverflowError):
        return None
    return wall_seconds(time.local)


def _any_zone(_tzid: str) -> tzinfo | None:
    return UTC


def _times(text: str) -> tuple[int, int, bool]:
    """Return the time that a COUNTER proposes; zeros if it cannot be read."""
    try:
        for series in read_calendar(text, UTC).series:
            event = series.master or series.overrides[0]
            start, end = own_time(event, UTC)
            return start, end, event.start.is_date
    except FAILURES:
        pass
    return 0, 0, False


def shown_time(instant: int, *, is_date: bool) -> str:
    """Return a time of a proposal as JSON: UTC with `Z`, or a date."""
    time = datetime.fromtimestamp(instant, UTC)
    return time.date().isoformat() if is_date else time.isoformat().replace("+00:00", "Z")
