"""What passes between the server and its parser process: JSON of these structs.

JSON and not pickle: an answer of a process that has read hostile text is itself untrusted.
"""

from __future__ import annotations

import msgspec

from convene.formats.event_details import ParsedDetails

TOO_MUCH = "Reading it takes too much time or memory."


class Item(msgspec.Struct, array_like=True, frozen=True):
    """One resource to read."""

    remote_id: str
    raw: str


class Request(msgspec.Struct, array_like=True, frozen=True):
    """Read these resources of one calendar. Instants are seconds since the epoch, UTC.

    `cpu_seconds` is what this request may use before the process ends itself. `outlines_only` asks only what can be told
    of texts that took too long to read; `replies` reads answers to invitations instead of calendars, `mails` whole
    messages in which they come; `feeds` cuts whole feeds into their events.
    """

    items: list[Item]
    tzid: str
    window_start: int
    window_end: int
    own_addresses: list[str]
    max_instances: int
    cpu_seconds: float
    outlines_only: bool = False
    replies: bool = False
    feeds: bool = False
    mails: bool = False


class ParsedNotice(msgspec.Struct, frozen=True):
    """Something about a resource that its owner should know; `code` is stable."""

    code: str
    detail: str
    uid: str = ""
    summary: str = ""


class ParsedOccurrence(msgspec.Struct, array_like=True, frozen=True):
    """One time at which an event takes place; instants in seconds since the epoch, UTC.

    key: what names it in its resource, the same whatever else changes: its UID and, in a series, its first start.
    component: index of what is said about it. start_day, end_day: days since the epoch of whole-day events (the end
    exclusive), else None.
    """

    key: str
    start: int
    end: int
    component: int
    start_day: int | None = None
    end_day: int | None = None


class ParsedAnswer(msgspec.Struct, frozen=True):
    """What somebody answered: address in lower case, PARTSTAT, words."""

    email: str
    status: str
    comment: str = ""


class ParsedReply(msgspec.Struct, frozen=True):
    """An answer to an invitation. `method` is REPLY or COUNTER.

    sequence, stamp: of the invitation answered and of the answer (seconds since the epoch), None if not told.
    start, end: what a COUNTER proposes (0 if it cannot be read), whole days if `is_dates`.
    """

    method: str
    uid: str
    sequence: int | None
    stamp: int | None
    answers: list[ParsedAnswer]
    start: int = 0
    end: int = 0
    is_dates: bool = False


class ParsedMail(msgspec.Struct, frozen=True):
    """A message that was received: its one sender ("" if there is not exactly one) and all its recipients, in lower case,
    whether our mail server says that the sender's domain disowns it, and the answer in it."""

    sender: str
    recipients: list[str]
    is_disowned: bool = False
    reply: ParsedReply | None = None


class ParsedFeedPart(msgspec.Struct, array_like=True, frozen=True):
    """One event of a feed with its exceptions: its key in the feed, the digest of what it says, a VCALENDAR of it."""

    key: str
    digest: str
    raw: str


class ParsedFeed(msgspec.Struct, frozen=True):
    """What a feed says of itself ("" and None where it does not), and its events."""

    name: str
    color: str
    tzid: str
    refresh_seconds: int | None
    parts: list[ParsedFeedPart]


class ParsedResource(msgspec.Struct, frozen=True):
    """What one resource says.

    uid, summary, sequence, status: of its master, or of its first component. `is_recurring` tells whether it repeats.
    booking_id, booking_revision: our own tags ("" and 0 if it is not ours).
    start, end: the time of that component itself, in seconds since the epoch (both 0 if it cannot be told).
    blocks: (start, end, kind) inside the window, by start; kind is busy, tentative or unknown.
    occurrences: those inside the window that were not cancelled, by start; also ones that leave their owner free.
    components: what is said about them.
    problem: "" if it was read; else `too_complex`, `not_a_calendar` or `unreadable`, with a notice that says more.
    Then `blocks` is the unknown time that its lines still tell, `is_time_known` whether every event told its own start,
    and `is_whole_calendar` whether it holds more than one event, so that no time can stand for it.
    reply, feed, mail: what it answers, into what it was cut, or what came with it, if that was asked for and could be
    done; then nothing else is told.
    """

    remote_id: str
    uid: str = ""
    summary: str = ""
    sequence: int = 0
    status: str = ""
    is_recurring: bool = False
    booking_id: str = ""
    booking_revision: int = 0
    start: int = 0
    end: int = 0
    blocks: list[tuple[int, int, str]] = []
    notices: list[ParsedNotice] = []
    occurrences: list[ParsedOccurrence] = []
    components: list[ParsedDetails] = []
    problem: str = ""
    is_time_known: bool = True
    is_whole_calendar: bool = False
    reply: ParsedReply | None = None
    feed: ParsedFeed | None = None
    mail: ParsedMail | None = None


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """The resources of a request, in its order."""

    resources: list[ParsedResource]


def refused(remote_id: str, code: str, detail: str) -> ParsedResource:
    """Return the answer for a resource that could not be read and of whose time nothing is known."""
    return ParsedResource(remote_id, problem=code, notices=[ParsedNotice(code, detail)], is_time_known=False)
