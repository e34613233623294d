"""The parser process: reads and expands calendar text with little memory, little time and nothing to steal.

Run as `python -m convene.formats.parser_worker MEMORY_MIB`. It answers requests from standard input on standard output
(`parser_messages`) until its input ends. Each request has its own budget of processor time; the kernel ends the
process when it is used up, whatever the interpreter is doing then. Memory is bounded for the whole life.
"""

from __future__ import annotations

import signal
import sys
import zoneinfo
from datetime import UTC, tzinfo
from typing import BinaryIO

import msgspec

from convene.core.events import Event
from convene.core.recurrence import FAILURES, own_time
from convene.formats.calendar_zones import named_zone
from convene.formats.icalendar import CalendarText, CalendarTimes, calendar_times, read_calendar
from convene.formats.icalendar_limits import CalendarRefused
from convene.formats.invitation_reply import read_reply
from convene.formats.parser_messages import (
    LENGTH,
    MAX_MESSAGE,
    TOO_MUCH,
    Answer,
    Item,
    ParsedNotice,
    ParsedResource,
    Request,
    refused,
)
from convene.formats.parser_outline import outline_of
from convene.formats.told_occurrences import told_occurrences

MAX_NOTICES = 20
_UNREADABLE = "It could not be read; the rest of the calendar was."


def main() -> None:
    """Serve requests until standard input ends."""
    zoneinfo.reset_tzpath(())  # the pinned zone database of the tzdata package, as everywhere
    named_zone("UTC")  # load the zone names before memory is bounded
    _bound_resources(int(sys.argv[1]))
    decoder = msgspec.json.Decoder(Request)
    _send(b"")  # ready
    while (message := _receive(sys.stdin.buffer)) is not None:
        request = decoder.decode(message)
        del message
        _allow_processor_time(request.cpu_seconds)
        answer = msgspec.json.encode(answer_request(request))
        _allow_processor_time(0)
        _send(answer)


def answer_request(request: Request) -> Answer:
    """Read every item of a request; none can spoil another."""
    zone = named_zone(request.tzid) or UTC
    if request.replies:
        return Answer([_read_reply(item) for item in request.items])
    return Answer([_read(item, request, zone) for item in request.items])


def _read_reply(item: Item) -> ParsedResource:
    try:
        return ParsedResource(item.remote_id, reply=read_reply(item.raw))
    except CalendarRefused as refusal:
        return refused(item.remote_id, refusal.code, refusal.detail)
    except MemoryError:
        return refused(item.remote_id, "too_complex", "Reading it takes too much memory.")
    except FAILURES:
        return refused(item.remote_id, "unreadable", "The answer cannot be read.")


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


def _send(message: bytes) -> None:
    sys.stdout.buffer.write(LENGTH.pack(len(message)) + message)
    sys.stdout.buffer.flush()


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > MAX_MESSAGE:
        return None
    body = stream.read(length)
    return body if len(body) == length else None


def _allow_processor_time(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of processor time; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _bound_resources(memory_mib: int) -> None:
    """Bound memory to what is in use now and `memory_mib` more; write no files and no core dumps."""
    try:
        import resource
    except ImportError:
        return  # not a POSIX system: the time limit of the parent remains
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    used = _address_space()
    if used:
        limits.append((resource.RLIMIT_AS, used + memory_mib * 1024 * 1024))
    for which, bound in limits:
        try:
            resource.setrlimit(which, (bound, bound))
        except (ValueError, OSError):
            continue  # refused by this system (macOS has no address-space limit)


def _address_space() -> int:
    """Return the bytes of address space in use, or 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            import resource

            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


if __name__ == "__main__":
    main()
