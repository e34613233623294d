"""Why a choice on a booking link cannot be had: the link is closed, or somebody was quicker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from convene.core.errors import Conflict, SlotTaken
from convene.core.scheduling_links import LinkRequest, LinkState
from convene.services.booking_snapshot import instant
from convene.services.link_times import LinkTimes
from convene.storage.database import Database
from convene.storage.links import LinkRow


class Taken(Exception):
    """The choice cannot be had; leaves the transaction so that others are searched without locks."""


class LinkClosed(Conflict):
    """This link takes no bookings."""

    code = "link_closed"

    def __init__(self, state: LinkState, detail: str = "") -> None:
        super().__init__(detail, state=state)
        self.state = state


async def slot_taken(
    db: Database,
    times: LinkTimes,
    link: LinkRow,
    request: LinkRequest,
    start: datetime,
    excluded: Sequence[str] = (),
) -> SlotTaken:
    """Return the error that says what else is free near `start`; `excluded` as in `LinkTimes.offers`."""
    async with db.transaction() as conn:
        near = await times.nearest(conn, link, request, start, excluded=excluded)
    return SlotTaken(
        "That time is no longer free. Nothing was booked; pick another.",
        alternatives=[{"start": instant(offer.start), "end": instant(offer.end)} for offer in near],
        offers=near,
    )
