"""What a booking link offers, and whether one choice can still be had: availability queries, seen from a link.

A choice is a start for every step of the link: one for a meeting, several for a sequence. Offers and the re-check inside
a booking go through the same service, so what is shown can be booked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import gcd

from convene.core.errors import Invalid
from convene.core.instants import DAY, HOUR, from_seconds, seconds_ceil, seconds_floor
from convene.core.intervals import clip
from convene.core.scheduling_links import LinkRequest, Step, chosen_members, left_with, shown_query
from convene.core.start_grids import OWN_START
from convene.ports.runtime import Clock
from convene.services.availability_query import Asker, AvailabilityQueryService, Without
from convene.services.page_times import PageTimes, is_full
from convene.storage import applications, bookings, link_seats
from convene.storage.database import Connection
from convene.storage.links import LinkRow

_NEAREST = 3
_WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Part:
    """One meeting of an offer, with who would attend it."""

    sequence_id: str
    start: datetime
    end: datetime
    participants: tuple[str, ...]
    series_index: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What a visitor may choose: one meeting, or the meetings of a sequence in order of time.

    `seats_left` are those of a meeting that several visitors share, all of them while nobody has come.
    """

    parts: tuple[Part, ...]
    seats_left: int | None = None

    @property
    def start(self) -> datetime:
        return self.parts[0].start

    @property
    def end(self) -> datetime:
        return self.parts[-1].end


def tightest(offers: Sequence[Offer]) -> list[Offer]:
    """Return for each start the offer that ends soonest: itineraries differ in their gaps, and people choose starts."""
    found: dict[datetime, Offer] = {}
    for offer in offers:
        known = found.get(offer.start)
        if known is None or offer.end < known.end:
            found[offer.start] = offer
    return list(found.values())


class LinkTimes:
    def __init__(self, queries: AvailabilityQueryService, clock: Clock) -> None:
        self.queries = queries
        self.clock = clock
        self.pages = PageTimes(clock)

    async def offers(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        since: datetime,
        until: datetime,
        *,
        excluded: Collection[str] = (),
        held: Collection[str] = (),
    ) -> list[Offer]:
        """Return what can be chosen that begins in `[since, until)`, by start.

        `excluded` are bookings that are about to be moved, `held` are holds: their time counts as free.
        """
        fresh = await self._new_meetings(conn, link, request, since, until, excluded, held)
        if not request.seats:
            return fresh
        # Who comes second joins who came first, also where another host were free.
        shared = await self._shared(conn, link, request, since, until, excluded)
        there = {offer.start for offer in shared}
        empty = [replace(offer, seats_left=request.seats) for offer in fresh if offer.start not in there]
        return sorted([*shared, *empty], key=lambda offer: offer.start)

    async def _shared(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        since: datetime,
        until: datetime,
        excluded: Collection[str],
    ) -> list[Offer]:
        """Return the meetings of the link that still have seats, one for each start: what `LinkSeats.open_at` finds."""
        seats, first = request.seats or 0, max(since, from_seconds(self._earliest(request)))
        found: dict[datetime, Offer] = {}
        for item in await link_seats.list_open(conn, link, seats, first, until, excluded):
            part = Part(request.steps[0].sequence_id, item.starts_at, item.ends_at, ())
            found.setdefault(item.starts_at, Offer((part,), seats - item.taken))
        return list(found.values())

    async def _new_meetings(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        since: datetime,
        until: datetime,
        excluded: Collection[str],
        held: Collection[str] = (),
    ) -> list[Offer]:
        left = await self._still_there(conn, link, request)
        if left is None:
            return []
        request = await self.pages.as_of_now(conn, link, left, excluded)
        window = max(seconds_floor(since), self._earliest(request)), seconds_floor(until)
        if window[0] >= window[1]:
            return []
        full = await self.pages.full_days(conn, link, request, excluded)
        asker, without = (
            Asker(link.org_id, link.client_id),
            Without(bookings=tuple(excluded), holds=tuple(held)),
        )
        if len(request.steps) == 1:
            step = _within(request.steps[0], window)
            if step is None:
                return []
            found = await self.queries.answer(
                conn, asker, shown_query(step.query), is_booking=True, without=without
            )
            offers = [Offer((_part(step, slot.start, slot.end, slot.participants),)) for slot in found.slots]
        else:
            # Only the first meeting has to begin in the window; a day later the last one may.
            steps = [_within(step, (window[0], window[1] + DAY)) for step in request.steps]
            if any(step is None for step in steps):
                return []
            narrowed = replace(request, steps=tuple(step for step in steps if step is not None)).sequenced
            shown = replace(
                narrowed,
                items=tuple(replace(item, query=shown_query(item.query)) for item in narrowed.items),
            )
            by_id = {step.sequence_id: step for step in request.steps}
            answer = await self.queries.itineraries(conn, asker, shown, is_booking=True, without=without)
            offers = [
                Offer(
                    tuple(
                        _part(by_id[item.sequence_id], item.slot.start, item.slot.end, item.slot.participants)
                        for item in itinerary
                    )
                )
                for itinerary in answer.itineraries
            ]
        first, last = from_seconds(window[0]), from_seconds(window[1])
        return [
            offer
            for offer in offers
            if first <= offer.start < last and not is_full(request, offer.start, full)
        ]

    async def choose(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        starts: Sequence[datetime],
        *,
        excluded: Collection[str] = (),
    ) -> Offer | None:
        """Return what these starts, one per step in order of time, come to now; None if they cannot be had.

        Call it with everybody's accounts and calendars locked. Whoever attends is decided here: of each group as many
        as it requires, in request order (`core.scheduling_links.chosen_members`), or in turn on pages that share out.

        Raises:
            Invalid: `start`, for starts that the link never offers, whoever is free.
        """
        left = await self._still_there(conn, link, request)
        if left is None:
            return None
        request = await self.pages.as_of_now(conn, link, left, excluded)
        if is_full(request, starts[0], await self.pages.full_days(conn, link, request, excluded)):
            return None
        ordered = await self.steps_at(conn, link, request, starts, excluded)
        if ordered is None:
            return None
        parts = []
        for step, start in zip(ordered, starts, strict=True):
            if not _is_offered_at(step, start):
                raise Invalid("start", "start is not among the times of this link.")
            if seconds_floor(start) < self._earliest(request):
                return None
            found = await self.queries.check(
                conn,
                Asker(link.org_id, link.client_id),
                step.query,
                start,
                without=Without(bookings=tuple(excluded)),
            )
            if found.outside == "outside_query":
                raise Invalid("start", "start is not among the times of this link.")
            groups = await self.pages.in_turn(conn, link, request, step.query.groups)
            who = chosen_members(groups, found.participants or ())
            if found.participants is None or who is None:
                return None
            parts.append(_part(step, seconds_floor(start), seconds_floor(start) + step.query.duration, who))
        return Offer(tuple(parts))

    async def steps_at(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        starts: Sequence[datetime],
        excluded: Collection[str] = (),
    ) -> list[Step] | None:
        """Return which step begins at each of the starts: of a sequence that is what its itineraries say.

        Where several orders have these starts it is the one that pages list (`tightest`). None if there is none now.

        Raises:
            Invalid: `start`, for more starts or fewer than the link has meetings.
        """
        if len(starts) != len(request.steps):
            raise Invalid("start", "start must name a time for each meeting.")
        if len(request.steps) == 1:
            return [request.steps[0]]
        first = starts[0]
        wanted = [seconds_floor(start) for start in starts]
        by_id = {step.sequence_id: step for step in request.steps}
        found = await self.offers(
            conn, link, request, first, from_seconds(seconds_floor(first) + 1), excluded=excluded
        )
        same = [offer for offer in found if [seconds_floor(part.start) for part in offer.parts] == wanted]
        return [by_id[part.sequence_id] for offer in tightest(same) for part in offer.parts] or None

    async def nearest(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        start: datetime,
        *,
        excluded: Collection[str] = (),
    ) -> list[Offer]:
        """Return the offers closest to `start`, a week to either side."""
        around = seconds_floor(start) - _WEEK, seconds_floor(start) + _WEEK
        found = await self.offers(
            conn, link, request, from_seconds(around[0]), from_seconds(around[1]), excluded=excluded
        )
        closest = sorted(tightest(found), key=lambda offer: (abs(offer.start - start), offer.start))[
            :_NEAREST
        ]
        return sorted(closest, key=lambda offer: offer.start)

    async def _still_there(self, conn: Connection, link: LinkRow, request: LinkRequest) -> LinkRequest | None:
        """The request for those who are here and whom the link's application may still see; None if too few are."""
        subs = list(request.subs)
        people = await bookings.list_people(conn, link.org_id, subs)
        present = {person.account_id for person in people if person.suspended_at is None}
        if link.client_id is not None:
            present &= await applications.visible_accounts(conn, link.org_id, link.client_id, set(subs))
        return left_with(request, present)

    def _earliest(self, request: LinkRequest) -> int:
        return seconds_ceil(self.clock()) + request.minimum_notice


def _part(step: Step, start: int, end: int, participants: tuple[str, ...]) -> Part:
    return Part(step.sequence_id, from_seconds(start), from_seconds(end), participants)


def _within(step: Step, window: tuple[int, int]) -> Step | None:
    """Narrow a step to meetings that begin in the window; None if none is left."""
    query = step.query
    if query.starts is not None:
        starts = tuple(start for start in query.starts if window[0] <= start < window[1])
        return replace(step, query=replace(query, starts=starts)) if starts else None
    periods = clip(query.periods or (), window[0], window[1] + query.duration)
    return replace(step, query=replace(query, periods=periods)) if periods else None


def _is_offered_at(step: Step, start: datetime) -> bool:
    """Whether a page ever lists this start: on the grid of the query, whole minutes."""
    at, query = seconds_floor(start), shown_query(step.query)
    if query.starts is not None:
        return at in query.starts
    if query.start_interval is None:
        return at % gcd(OWN_START, query.duration) == 0
    unit = HOUR if query.start_interval <= HOUR else DAY
    return at % unit % query.start_interval == 0
