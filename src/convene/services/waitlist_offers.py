"""Taken times that are free again: offered to whoever has waited longest, and held for them for a while.

Runs in the transaction that frees the time, or in the sweep that ends an offer. What is told is written there too;
nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from convene.core.errors import Invalid
from convene.core.ids import is_id
from convene.core.instants import MINUTE
from convene.core.scheduling_links import LinkRequest, from_json, kept_to, state_of
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.security.tokens import new_id
from convene.services.booking_snapshot import instant
from convene.services.link_times import LinkTimes
from convene.services.webhooks import WebhookService
from convene.storage import holds, links, waitlist
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.holds import HoldRow
from convene.storage.links import LinkRow
from convene.storage.waitlist import EntryRow

GRACE = timedelta(minutes=1)
"""A hold outlasts its offer, so that the time goes to the next in the list and not to whoever looks just then."""
FREEING = ("cancelled", "declined", "rescheduled")

OnOffered = Callable[[Connection, LinkRow, EntryRow, Sequence[str], datetime, str], Awaitable[None]]
"""Told in the same transaction to whom which members' time is held, until when, and where it can be taken."""


def waitlist_minutes(link: LinkRow) -> int:
    """Return for how long a link holds a time for whoever it is offered to; 0 for one without a waitlist."""
    return int(link.settings.get("waitlist_minutes", 0))


def entry_context(org_id: str, entry_id: str) -> tuple[str, ...]:
    """Return what an entry's sealed token is bound to."""
    return ("waitlist_entry", org_id, entry_id, "token")


class WaitlistOffers:
    def __init__(self, clock: Clock, webhooks: WebhookService, times: LinkTimes, base_url: str) -> None:
        self.clock = clock
        self.webhooks = webhooks
        self.times = times
        self.base_url = base_url
        self.on_offered: OnOffered | None = None

    @property
    def sealer(self) -> Sealer:
        return self.webhooks.sealer

    async def freed(self, conn: Connection, row: BookingRow, action: str, subs: Sequence[str]) -> None:
        """Offer the time that a booking has just left. `subs` took part; they and the booking are locked."""
        if row.link_id is None or action not in FREEING:
            return
        link = await links.find_link(conn, row.org_id, row.link_id)
        if link is None or not waitlist_minutes(link):
            return
        moved = action == "rescheduled" and row.previous
        start = datetime.fromisoformat(moved["start"]) if moved else row.starts_at
        await self.pass_on(conn, link, kept_to(from_json(link.request), {row.sequence_id: subs}), start)

    async def pass_on(self, conn: Connection, link: LinkRow, request: LinkRequest, start: datetime) -> None:
        """Offer a time to the first who waits for it, if it is free for those whom `request` asks about.

        They are locked. An offer that has ended is taken back first; one that has not stays.
        """
        now = self.clock()
        entries = await waitlist.lock_waiting(conn, link.org_id, link.link_id, start)
        for entry in entries:
            if entry.state == "offered":
                if entry.offered_until is not None and entry.offered_until > now:
                    return
                await self.take_back(conn, entry, "missed")
        first = next((entry for entry in entries if entry.state == "waiting"), None)
        if first is None:
            return
        await waitlist.mark_checked(conn, link.org_id, link.link_id, start, now)
        if await self._is_open(link) and (who := await self._free(conn, link, request, start)):
            await self._offer(conn, link, first, who)

    async def _is_open(self, link: LinkRow) -> bool:
        state = state_of(link.status, opens_at=link.opens_at, expires_at=link.expires_at, now=self.clock())
        return state == "open" and bool(waitlist_minutes(link))

    async def _free(
        self, conn: Connection, link: LinkRow, request: LinkRequest, start: datetime
    ) -> tuple[str, ...]:
        """Return who would attend at `start`; nobody if it cannot be had."""
        try:
            offer = await self.times.choose(conn, link, request, [start])
        except Invalid:  # the page has other times by now
            return ()
        return () if offer is None else offer.parts[0].participants

    async def _offer(self, conn: Connection, link: LinkRow, entry: EntryRow, who: Sequence[str]) -> None:
        now, hold_id = self.clock(), new_id("hold")
        until = min(now + timedelta(seconds=waitlist_minutes(link) * MINUTE), entry.starts_at)
        hold = HoldRow(hold_id, sorted(who), entry.starts_at, entry.ends_at, until + GRACE)
        await holds.insert_hold(conn, link.org_id, entry.entry_id, hold, now)
        await waitlist.set_state(conn, entry, "offered", offered_until=until, hold_id=hold_id)
        await self.webhooks.emit(
            conn, link.org_id, "waitlist.offered", {"waitlist": self._told(link, entry, until)}, list(who)
        )
        if self.on_offered is not None:
            await self.on_offered(conn, link, entry, who, until, self._url(entry))
        await self._announce(conn, link.org_id, who)

    def _told(self, link: LinkRow, entry: EntryRow, until: datetime) -> Mapping[str, Any]:
        """What subscribers are told, who may want to write to whoever waits."""
        return {
            "page_id": link.link_id,
            "title": str(from_json(link.request).event.get("summary") or ""),
            "start": instant(entry.starts_at),
            "end": instant(entry.ends_at),
            "name": entry.name,
            "email": entry.email,
            "tzid": entry.tzid,
            "offered_until": instant(until),
            "url": self._url(entry),
        }

    def _url(self, entry: EntryRow) -> str:
        return f"{self.base_url}/book/waitlist/{self.token_of(entry)}"

    def token_of(self, entry: EntryRow) -> str:
        """Return the token of an entry's own page."""
        return self.sealer.open(entry.token, *entry_context(entry.org_id, entry.entry_id)).reveal()

    async def take_back(self, conn: Connection, entry: EntryRow, state: str) -> None:
        """End an entry in another state; the time that was held for it is free again. The entry is locked."""
        freed = await waitlist.delete_hold(conn, entry.org_id, entry.hold_id) if entry.hold_id else []
        await waitlist.set_state(conn, entry, state)
        if freed:
            await self._announce(conn, entry.org_id, freed)

    async def _announce(self, conn: Connection, org_id: str, subs: Sequence[str]) -> None:
        told = [sub for sub in subs if not is_id(sub, "res")]
        await self.webhooks.emit(conn, org_id, "availability.changed", {"subs": list(subs)}, told)
