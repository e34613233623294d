"""The parser process: reads and expands calendar text with little memory, little time and nothing to steal.

Run as `python -m convene.formats.parser_worker MEMORY_MIB`; it answers `parser_messages`.
"""

from __future__ import annotations

import sys
import zoneinfo
from collections.abc import Callable
from datetime import UTC, tzinfo

import msgspec

from convene.core.events import Event
from convene.core.recurrence import FAILURES, own_time
from convene.formats.calendar_zones import named_zone
from convene.formats.feed_text import split_feed
from convene.formats.icalendar import CalendarText, CalendarTimes, calendar_times, read_calendar
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.invitation_reply import read_reply
from convene.formats.limited_worker import serve
from convene.formats.parser_messages import (
    TOO_MUCH,
    Answer,
    Item,
    ParsedFeed,
    ParsedFeedPart,
    ParsedNotice,
    ParsedResource,
    Request,
    refused,
)
from convene.formats.parser_outline import outline_of
from convene.formats.received_mail import read_mail
from convene.formats.told_occurrences import told_occurrences

MAX_NOTICES = 20
_UNREADABLE = "It could not be read; the rest of the calendar was."


def main() -> None:
    """Serve requests until standard input ends."""
    zoneinfo.reset_tzpath(())  # the pinned zone database of the tzdata package, as everywhere
    named_zone("UTC")  # load the zone names before memory is bounded
    serve(int(sys.argv[1]), msgspec.json.Decoder(Request).decode, _encoded)


def _encoded(request: Request) -> bytes:
    return msgspec.json.encode(answer_request(request))


def answer_request(request: Request) -> Answer:
    """Read every item of a request; none can spoil another."""
    zone = named_zone(request.tzid) or UTC
    if request.replies:
        return Answer([_read_reply(item) for item in request.items])
    if request.mails:
        return Answer([_read_mail(item) for item in request.items])
    if request.feeds:
        return Answer([_split(item) for item in request.items])
    return Answer([_read(item, request, zone) for item in request.items])


def _read_reply(item: Item) -> ParsedResource:
    return _alone(item, lambda: ParsedResource(item.remote_id, reply=read_reply(item.raw)), "The answer")


def _read_mail(item: Item) -> ParsedResource:
    return _alone(item, lambda: ParsedResource(item.remote_id, mail=read_mail(item.raw)), "The message")


def _split(item: Item) -> ParsedResource:
    return _alone(item, lambda: ParsedResource(item.remote_id, feed=_feed(item.raw)), "The feed")


def _feed(raw: str) -> ParsedFeed:
    feed = split_feed(raw)
    parts = [ParsedFeedPart(part.key, part.digest, part.raw) for part in feed.parts]
    return ParsedFeed(feed.name, feed.color, feed.tzid, feed.refresh_seconds, parts)


def _alone(item: Item, read: Callable[[], ParsedResource], what: str) -> ParsedResource:
    """Read a text that is no event; one that cannot be read is refused as a whole."""
    try:
        return read()
    except CalendarRefused as refusal:
        return refused(item.remote_id, refusal.code, refusal.detail)
    except MemoryError:
        return refused(item.remote_id, "too_complex", "Reading it takes too much memory.")
    except FAILURES:
        return refused(item.remote_id, "unreadable", f"{what} cannot be read.")


def _read(item: Item, request: Request, zone: tzinfo) -> ParsedResource:
    if request.outlines_only:
        return _outlined(item, request, zone, "too_complex", TOO_MUCH, follows_rules=False)
    try:
        calendar = read_calendar(item.raw, zone, request.own_addresses)
        window = request.window_start, request.window_end
        times = calendar_times(calendar, window, zone, limit=request.max_instances)
        return _resource(item.remote_id, calendar, zone, times)
    except CalendarRefused as refusal:
        problem = refusal.code, refusal.detail
    except MemoryError:
        problem = "too_complex", "Reading it takes too much memory."
    except FAILURES:
        problem = "unreadable", _UNREADABLE
    return _outlined(item, request, zone, *problem, follows_rules=True)


def _outlined(
    item: Item, request: Request, zone: tzinfo, code: str, detail: str, *, follows_rules: bool
) -> ParsedResource:
    """Return the answer for a text that could not be read, with what can be told of its time."""
    window = request.window_start, request.window_end
    try:
        outline = outline_of(item.raw, window, zone, follows_rules=follows_rules)
    except FAILURES:
        return refused(item.remote_id, code, detail)
    return ParsedResource(
        remote_id=item.remote_id,
        uid=outline.uid,
        summary=outline.summary,
        start=outline.start,
        end=outline.end,
        blocks=[(start, end, kind) for start, end, kind in outline.blocks],
        notices=[ParsedNotice(code, detail, outline.uid, outline.summary)],
        problem=code,
        is_time_known=outline.is_time_known,
        is_whole_calendar=outline.is_whole_calendar,
    )


def _resource(
    remote_id: str,
    calendar: CalendarText,
    zone: tzinfo,
    times: CalendarTimes,
) -> ParsedResource:
    plain: list[tuple[int, int, str]] = [(start, end, kind) for start, end, kind in times.blocks]
    told = [ParsedNotice(notice.code, notice.detail, notice.uid, notice.summary) for notice in times.notices]
    if len(told) > MAX_NOTICES:
        told[MAX_NOTICES - 1 :] = [
            ParsedNotice("more", f"There are {len(told) - MAX_NOTICES + 1} more notices about this calendar.")
        ]
    event = _main_event(calendar)
    if event is None:
        return ParsedResource(remote_id, blocks=plain, notices=told)
    try:
        start, end = own_time(event, zone)
    except FAILURES:
        start = end = 0
    occurrences, components = told_occurrences(calendar, times.occurrences, zone)
    return ParsedResource(
        remote_id=remote_id,
        uid=event.uid,
        summary=event.summary,
        sequence=event.sequence,
        status=event.status,
        is_recurring=event.is_recurring,
        booking_id=event.booking_id,
        booking_revision=event.booking_revision,
        start=start,
        end=end,
        blocks=plain,
        notices=told,
        occurrences=occurrences,
        components=components,
    )


def _main_event(calendar: CalendarText) -> Event | None:
    """Return the first master of a text, or else its first component."""
    for series in calendar.series:
        if series.master is not None:
            return series.master
    return calendar.series[0].overrides[0] if calendar.series else None


if __name__ == "__main__":
    main()
