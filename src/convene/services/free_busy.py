"""Free/busy (RFC 7953 speaks of busy time): what somebody who looks for a time is shown of the people they ask about.

It is drawn from the rows that availability was answered from, so the two never disagree. Busy or tentative and nothing
else leaves this module: no title, no count of events, no calendar, nobody's working hours but the reader's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from convene.core.availability_rules import working_windows
from convene.core.freebusy import Block, BusyKind, free_busy
from convene.core.instants import seconds_ceil, seconds_floor
from convene.core.intervals import IntervalSet
from convene.core.slots import Person
from convene.storage.bookings import MeetingRow
from convene.storage.events import BusyTime


@dataclass(frozen=True, slots=True)
class ShownTime:
    """One person's time as epoch seconds, UTC.

    `busy` is None for somebody whose time is not shared or not known: nothing, which is not the same as free.
    `working_hours` is None for everybody but the flexible reader, who is told them by each offer outside them anyway.
    """

    busy: Sequence[Block] | None
    working_hours: IntervalSet | None


def shown_times(
    people: Sequence[Person],
    known: Collection[str],
    busy: Sequence[BusyTime],
    meetings: Sequence[MeetingRow],
    period: tuple[datetime, datetime],
    now: datetime,
) -> Mapping[str, ShownTime]:
    """Return what may be drawn of each person in `[start, end)`, a period of aware datetimes.

    `known` names those whose time is shared and was read. Busy time begins with the present: no answer about free
    times speaks of the past either.
    """
    opens, closes = seconds_floor(period[0]), seconds_floor(period[1])
    window = max(opens, seconds_floor(now)), closes
    blocks: dict[str, list[Block]] = defaultdict(list)
    for time in busy:
        kind = cast("BusyKind", time.kind)
        blocks[time.account_id].append(Block(seconds_floor(time.starts_at), seconds_ceil(time.ends_at), kind))
    for meeting in meetings:
        span = seconds_floor(meeting.starts_at), seconds_ceil(meeting.ends_at)
        blocks[meeting.account_id].append(Block(*span, "busy"))
    return {
        person.sub: ShownTime(
            busy=free_busy(blocks[person.sub], window) if person.sub in known else None,
            working_hours=working_windows(person.rule, opens, closes) if person.is_flexible else None,
        )
        for person in people
    }
