"""What a link's application is told: a time was chosen, a booking was moved or cancelled, or no time suits.

Written in the transaction of what happened; a job sends it, signed, with the retries of all deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convene.core.scheduling_links import from_json
from convene.ports.runtime import Clock
from convene.services.booking_snapshot import instant
from convene.services.link_view import (
    ROOTS,
    attending_of,
    event_object,
    link_url,
    status_object,
    timed,
)
from convene.services.webhooks import WebhookService
from convene.storage import links
from convene.storage.bookings import BookingRow
from convene.storage.database import Connection
from convene.storage.links import GuestRow, LinkRow

NO_TIMES = {
    "no_times_suitable": "no_times_suitable_url",
    "no_times_displayed": "no_times_displayed_url",
}


class LinkCallbacks:
    def __init__(self, clock: Clock, webhooks: WebhookService, base_url: str) -> None:
        self.clock = clock
        self.webhooks = webhooks
        self.base_url = base_url

    async def completed(
        self, conn: Connection, link: LinkRow, visit: Sequence[BookingRow], guest: GuestRow
    ) -> None:
        """Say that a time was chosen. The link is as it is after that."""
        await self._tell(conn, link, visit, guest, "completed")

    async def changed(self, conn: Connection, booking: BookingRow, action: str) -> None:
        """Say that a link's booking was `rescheduled` or `cancelled`, by whomever: once for each of its guests."""
        link = await links.find_link(conn, booking.org_id, booking.link_id or "")
        guests = (await links.list_guests(conn, booking.org_id, [booking.booking_id]))[booking.booking_id]
        for guest in guests:
            if link is not None and guest.left_at is None:
                await self._tell(conn, link, [booking], guest, action)

    async def seat(
        self, conn: Connection, link: LinkRow, booking: BookingRow, guest: GuestRow, action: str
    ) -> None:
        """Say that one guest of a meeting has `rescheduled` or `cancelled` for themselves alone."""
        await self._tell(conn, link, [booking], guest, action)

    async def no_times(
        self, conn: Connection, link: LinkRow, which: str, *, tzid: str, message: str = ""
    ) -> bool:
        """Say that a visitor found no time (`no_times_suitable`) or was shown none (`no_times_displayed`).

        False if the link names nobody who wants to know.
        """
        url = from_json(link.request).callback_urls.get(NO_TIMES[which])
        if not url or link.client_id is None:
            return False
        body = {
            "event": dict(from_json(link.request).event),
            "user": {"tzid": tzid},
            "notification": {"type": which, "triggered_at": instant(self.clock())},
            ROOTS[link.kind]: status_object(link, self._url(link), [], self.clock()),
        }
        if message:
            body["notification"]["message"] = message
        await self.webhooks.send_callback(
            conn, link.org_id, link.client_id, url, f"{ROOTS[link.kind]}.{which}", body
        )
        return True

    async def _tell(
        self,
        conn: Connection,
        link: LinkRow,
        visit: Sequence[BookingRow],
        guest: GuestRow,
        action: str,
    ) -> None:
        request = from_json(link.request)
        url = request.callback_urls.get("completed_url")
        if not url or link.client_id is None:
            return
        attending = await attending_of(conn, visit)
        subs = dict.fromkeys(sub for row in attending.values() for sub in row)
        body: dict[str, Any] = {
            "event": event_object(request, visit, is_completed=True),
            "participants": [{"sub": sub} for sub in subs],
            "user": {"tzid": guest.tzid, "name": guest.name, "email": guest.email},
            "notification": {"type": action, "triggered_at": instant(self.clock())},
            ROOTS[link.kind]: status_object(link, self._url(link), list(visit), self.clock()),
        }
        if visit[0].conferencing:
            body["event"]["conferencing"] = {
                "provider_name": visit[0].conferencing["provider"],
                "join_url": visit[0].conferencing["join_url"],
            }
        if link.kind == "sequencing":
            events = {step.sequence_id: step.event for step in request.steps}
            body["sequence"] = [
                {
                    "sequence_id": row.sequence_id,
                    "event": timed(events.get(row.sequence_id, request.event), row),
                    "participants": [{"sub": sub} for sub in attending[row.booking_id]],
                }
                for row in visit
            ]
        await self.webhooks.send_callback(
            conn, link.org_id, link.client_id, url, f"{ROOTS[link.kind]}.{action}", body
        )

    def _url(self, link: LinkRow) -> str:
        return link_url(self.webhooks.sealer, link, self.base_url)
