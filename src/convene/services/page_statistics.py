"""How often a booking page is opened and what comes of it. Nothing is kept about who opened it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.services.booking_pages import BookingPageService
from convene.storage import booking_pages
from convene.storage.database import Database
from convene.storage.links import LinkRow

DAYS = 30


@dataclass(frozen=True, slots=True)
class PageDay:
    """One UTC date. `cancelled` are of the bookings made on it."""

    day: date
    views: int = 0
    without_times: int = 0
    bookings: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class PageStatistics:
    """The last days, oldest first, today included."""

    days: Sequence[PageDay]

    def total(self, name: str) -> int:
        return sum(getattr(day, name) for day in self.days)

    @property
    def conversion(self) -> float | None:
        """Bookings for each time the page was opened, at most 1; None if nobody opened it."""
        views = self.total("views")
        return min(1.0, self.total("bookings") / views) if views else None


class PageStatisticsService:
    def __init__(self, db: Database, clock: Clock, pages: BookingPageService) -> None:
        self.db = db
        self.clock = clock
        self.pages = pages

    async def seen(self, link: LinkRow, *, is_without_times: bool) -> None:
        """Count one opening of a page; for other links nothing is counted."""
        if link.account_id is None:
            return
        day = self.clock().astimezone(UTC).date()
        async with self.db.transaction() as conn:
            await booking_pages.count_view(
                conn, link.org_id, link.link_id, day, is_without_times=is_without_times
            )

    async def of(self, caller: Caller, page_id: str) -> PageStatistics:
        """Return the statistics of a page that the member manages or hosts.

        Raises:
            NotFound: there is no such page.
        """
        await self.pages.get(caller, page_id)
        today = self.clock().astimezone(UTC).date()
        first = today - timedelta(days=DAYS - 1)
        async with self.db.transaction() as conn:
            seen = {
                row.day: row for row in await booking_pages.list_days(conn, caller.org_id, page_id, first)
            }
            made = {
                row.day: row for row in await booking_pages.list_booked(conn, caller.org_id, page_id, first)
            }
        days = [first + timedelta(days=number) for number in range(DAYS)]
        return PageStatistics(
            [
                PageDay(
                    day,
                    seen[day].views if day in seen else 0,
                    seen[day].without_times if day in seen else 0,
                    made[day].bookings if day in made else 0,
                    made[day].cancelled if day in made else 0,
                )
                for day in days
            ]
        )
