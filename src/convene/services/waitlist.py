"""Waitlists of booking pages: join for a time that is taken, see one's place, take the time once it is offered, leave.

Only times are shown as taken that the page would offer but for its own bookings: what else makes hosts busy is nobody's
business. Whoever waits is known by the token of their entry alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.core.errors import Conflict, Invalid, NotFound
from convene.core.instants import from_seconds, seconds_floor
from convene.core.scheduling_links import LinkRequest, from_json, state_of
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.link_bookings import LinkBookings, Visitor
from convene.services.link_refusals import LinkClosed
from convene.services.link_times import Offer, tightest
from convene.services.link_visits import Visit
from convene.services.waitlist_offers import WaitlistOffers, entry_context, waitlist_minutes
from convene.storage import bookings, links, waitlist
from convene.storage.database import Connection
from convene.storage.links import LinkRow
from convene.storage.waitlist import EntryRow, WaitedFor

logger = logging.getLogger(__name__)

MAX_WAITING = 50
LOOK_AGAIN = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)


class OfferOver(Conflict):
    """The time is no longer held for whoever asks for it."""

    code = "offer_over"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry as its visitor sees it: `place` is 1 for whoever comes first."""

    entry: EntryRow
    link: LinkRow
    place: int
    token: str


class WaitlistService:
    def __init__(self, link_bookings: LinkBookings, offers: WaitlistOffers) -> None:
        self.db = link_bookings.db
        self.clock = link_bookings.clock
        self.times = link_bookings.times
        self.link_bookings = link_bookings
        self.offers = offers

    async def taken(
        self,
        conn: Connection,
        link: LinkRow,
        request: LinkRequest,
        since: datetime,
        until: datetime,
        offered: Sequence[Offer],
    ) -> list[Offer]:
        """Return the times in `[since, until)` that the page's own bookings have taken and one can wait for.

        `offered` are those that can be booked.
        """
        if not waitlist_minutes(link):
            return []
        booked = await waitlist.list_booked(conn, link.org_id, link.link_id, since, until)
        promised = await waitlist.list_offered(conn, link.org_id, link.link_id, since, until)
        starts = {start for _, start in (*booked, *promised)} - {offer.start for offer in offered}
        if not starts:
            return []
        otherwise = await self.times.offers(
            conn,
            link,
            request,
            since,
            until,
            excluded=[booking_id for booking_id, _ in booked],
            held=[hold_id for hold_id, _ in promised],
        )
        return [offer for offer in tightest(otherwise) if offer.start in starts]

    async def join(self, link: LinkRow, start: datetime, visitor: Visitor, form_token: str) -> str:
        """Put somebody at the end of the list for a time; return their token. A form sent twice is one entry.

        Raises:
            LinkClosed: the page takes no bookings.
            Conflict: `waitlist_full`, or `not_taken`: the time can be booked.
            Invalid: `start` is no time for which one can wait.
        """
        if not 16 <= len(form_token) <= 100 or not form_token.isascii():
            raise Invalid("form_token", "The form has no token. Open the page again.")
        form_hash = fingerprint(f"{link.link_id}:{form_token}")
        async with self.db.transaction() as conn:
            locked = await links.lock_link(conn, link.org_id, link.link_id)
            if locked is None:
                raise NotFound("There is no such link.")
            earlier = await waitlist.find_by_form(conn, link.org_id, link.link_id, form_hash)
            if earlier is not None:
                return self.offers.token_of(earlier)
            state = state_of(
                locked.status, opens_at=locked.opens_at, expires_at=locked.expires_at, now=self.clock()
            )
            if state != "open":
                raise LinkClosed(state, locked.display_message)
            wanted = await self._wanted(conn, locked, start)
            entries = await waitlist.lock_waiting(conn, link.org_id, link.link_id, start)
            if len(entries) >= MAX_WAITING:
                raise Conflict("Too many wait for this time already.", code="waitlist_full")
            entry_id, token = new_id("waitlist_entry"), new_secret()
            entry = EntryRow(
                org_id=link.org_id,
                entry_id=entry_id,
                link_id=link.link_id,
                starts_at=wanted.start,
                ends_at=wanted.end,
                name=visitor.name,
                email=visitor.email,
                tzid=visitor.tzid,
                locale=visitor.locale,
                token=self.offers.sealer.seal(token, *entry_context(link.org_id, entry_id)),
                state="waiting",
                offered_until=None,
                hold_id="",
                created_at=self.clock(),
            )
            await waitlist.insert_entry(conn, entry, token_hash=fingerprint(token), form_hash=form_hash)
        return token

    async def _wanted(self, conn: Connection, link: LinkRow, start: datetime) -> Offer:
        """Return the taken time; everybody is locked meanwhile, so that it is not freed unseen."""
        request = from_json(link.request)
        await bookings.lock_people(conn, link.org_id, list(request.subs))
        until = from_seconds(seconds_floor(start) + 1)
        offered = await self.times.offers(conn, link, request, start, until)
        if any(offer.start == start for offer in offered):
            raise Conflict("This time is free. Book it.", code="not_taken")
        for offer in await self.taken(conn, link, request, start, until, offered):
            if offer.start == start:
                return offer
        raise Invalid("start", "start is no time for which one can wait.")

    async def of(self, token: str) -> Waiting:
        """Return the entry behind a token; raise `NotFound` for any other text."""
        async with self.db.transaction() as conn:
            entry = await waitlist.find_by_token(conn, fingerprint(token))
            link = await links.find_link(conn, entry.org_id, entry.link_id) if entry else None
            if entry is None or link is None:
                raise NotFound("There is no such place in a waitlist.")
            return Waiting(entry, link, 1 + await waitlist.count_before(conn, entry), token)

    async def leave(self, token: str) -> None:
        """Leave the list, or give up a time that is offered; it goes to the next."""
        entry = (await self.of(token)).entry
        async with self.db.transaction() as conn:
            link, request = await self._lock(conn, entry.org_id, entry.link_id)
            now = await waitlist.lock_entry(conn, entry)
            if now is None or now.state not in ("waiting", "offered"):
                return
            await self.offers.take_back(conn, now, "left")
            if now.state == "offered":
                await self.offers.pass_on(conn, link, request, now.starts_at)

    async def claim(self, token: str, visitor: Visitor) -> Visit:
        """Book the time that is offered; pressed twice it is booked once.

        Raises:
            OfferOver: it is not offered, or not any more.
            SlotTaken, LinkClosed: as for `LinkBookings.book`.
        """
        waiting = await self.of(token)

        async def give(conn: Connection) -> None:
            entry = await waitlist.lock_entry(conn, waiting.entry)
            until = None if entry is None else entry.offered_until
            if entry is None or until is None or until <= self.clock():
                raise OfferOver("This time is no longer held for you.")
            await self.offers.take_back(conn, entry, "booked")

        return await self.link_bookings.book(
            waiting.link, [waiting.entry.starts_at], visitor, token, first=give
        )

    async def _lock(self, conn: Connection, org_id: str, link_id: str) -> tuple[LinkRow, LinkRequest]:
        link = await links.lock_link(conn, org_id, link_id)
        if link is None:
            raise NotFound("There is no such link.")
        request = from_json(link.request)
        await bookings.lock_people(conn, org_id, list(request.subs))
        return link, request

    async def sweep(self) -> None:
        """Pass on times whose offer has ended, and offer those that have become free otherwise."""
        now = self.clock()
        async with self.db.transaction() as conn:
            await waitlist.end_past(conn, now)
            due = await waitlist.list_due(conn, now, now - LOOK_AGAIN)
        for time in due:
            try:
                await self._pass_on(time)
            except Exception:
                # One time that cannot be offered now must not keep the others waiting.
                logger.exception("a time of page %s could not be passed on", time.link_id)

    async def _pass_on(self, time: WaitedFor) -> None:
        async with self.db.transaction() as conn:
            link, request = await self._lock(conn, time.org_id, time.link_id)
            await self.offers.pass_on(conn, link, request, time.starts_at)

    async def prune(self) -> None:
        """Forget who waited for times long past."""
        async with self.db.transaction() as conn:
            await waitlist.prune(conn, self.clock() - KEPT_FOR)
