"""Series on booking pages: which dates a visitor is shown, and the time of all that are confirmed, or of none.

What is listed and what is booked are judged by the same availability. Where hosts take turns, one of them holds the whole
series: of those who are next the one who is free most often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from convene.core.errors import Invalid
from convene.core.instants import day_bounds, from_seconds, local_date, seconds_floor
from convene.core.scheduling_links import LinkRequest, kept_to, reaching
from convene.core.series import SeriesChoice, check_choice, occurrences
from convene.services.link_times import LinkTimes, Offer, Part
from convene.storage.database import Connection
from convene.storage.links import LinkRow

NEAREST = 3


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series: when it would be, whether that is free, and if not what is nearest to it on its day."""

    start: datetime
    end: datetime
    is_free: bool
    nearest: Sequence[datetime] = ()


class LinkSeries:
    def __init__(self, times: LinkTimes) -> None:
        self.times = times
        self.clock = times.clock

    async def listed(
        self, conn: Connection, link: LinkRow, request: LinkRequest, start: datetime, count: int
    ) -> list[Occurrence]:
        """Return the dates of a series that begins at `start`.

        Raises:
            Invalid: `times`, for more than the page allows.
        """
        recurrence = request.recurrence
        if recurrence is None or not 1 <= count <= recurrence.max_count:
            raise Invalid("times", "times is more than this page allows.")
        wanted = occurrences(start, recurrence.frequency, count, request.tzid)
        asked = reaching(request, wanted[-1], self.clock())
        days: list[list[Offer]] = []
        for at in wanted:
            since, until = day_bounds(local_date(seconds_floor(at), request.tzid), request.tzid)
            days.append(await self.times.offers(conn, link, asked, from_seconds(since), from_seconds(until)))
        host = await self._host(conn, link, asked, wanted, days)
        found = []
        for at, offers in zip(wanted, days, strict=True):
            starts = [offer.start for offer in offers if host is None or host in offer.parts[0].participants]
            end = from_seconds(seconds_floor(at) + request.duration)
            near = closest(starts, at)
            is_free = at in starts
            found.append(Occurrence(at, end, is_free, () if is_free else near))
        return found

    async def choose(
        self, conn: Connection, link: LinkRow, request: LinkRequest, choice: SeriesChoice
    ) -> Offer | None:
        """Return the meetings that a choice comes to now; None if any of them cannot be had.

        Call it with the link and everybody's accounts and calendars locked.

        Raises:
            Invalid: for what the page never offers.
        """
        assert request.recurrence is not None
        check_choice(choice, request.recurrence, request.tzid)
        asked = reaching(request, choice.starts[-1], self.clock())
        for candidate in await self._candidates(conn, link, asked):
            parts: list[Part] = []
            for number, at in enumerate(choice.chosen):
                if at is None:
                    continue
                offer = await self.times.choose(conn, link, candidate, [at])
                if offer is None:
                    break
                parts.append(replace(offer.parts[0], series_index=number))
            if len(parts) == len(choice.starts):
                return Offer(tuple(parts))
        return None

    async def _candidates(
        self, conn: Connection, link: LinkRow, request: LinkRequest
    ) -> Sequence[LinkRequest]:
        """The requests of which one has to be possible: where hosts take turns one for each, whoever is next first."""
        if request.page is None or request.page.mode != "round_robin":
            return [request]
        [group] = await self.times.pages.in_turn(conn, link, request, request.steps[0].query.groups)
        return [kept_to(request, {request.steps[0].sequence_id: [member.sub]}) for member in group.members]

    async def _host(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        wanted: Sequence[datetime],
        days: Sequence[Sequence[Offer]],
    ) -> str | None:
        """Return who would hold the series, where hosts take turns; of equals whoever is next."""
        if request.page is None or request.page.mode != "round_robin":
            return None
        [group] = await self.times.pages.in_turn(conn, link, request, request.steps[0].query.groups)
        free = [
            offer.parts[0].participants
            for at, offers in zip(wanted, days, strict=True)
            for offer in offers
            if offer.start == at
        ]
        return max(group.members, key=lambda member: sum(member.sub in who for who in free)).sub


def closest(starts: Sequence[datetime], at: datetime) -> list[datetime]:
    """Return the few starts that are nearest to `at`, in order of time."""
    return sorted(sorted(starts, key=lambda other: (abs(other - at), other))[:NEAREST])
