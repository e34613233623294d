"""Single stretches of availability that applications declare for accounts (`/v1/available_periods`).

They add to the weekly hours of managed availability, and only the application that wrote them counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.core.applications import Application
from convene.core.errors import Invalid
from convene.ports.runtime import Clock
from convene.services.managed_rules import check_own_id
from convene.services.webhooks import WebhookService
from convene.storage import available_periods, bookings
from convene.storage.available_periods import AvailablePeriodRow
from convene.storage.database import Connection, Database

PAGE_SIZE = 100
MAX_PERIODS = 10_000


@dataclass(frozen=True, slots=True)
class PeriodDraft:
    """A period to store. Instants are aware; the zones are those that were named with them."""

    available_period_id: str
    start: datetime
    end: datetime
    start_tzid: str = "Etc/UTC"
    end_tzid: str = "Etc/UTC"


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """One page of periods by start; pages count from 1."""

    periods: Sequence[AvailablePeriodRow]
    current: int
    total: int


class AvailablePeriodsService:
    def __init__(self, db: Database, clock: Clock, webhooks: WebhookService) -> None:
        self.db = db
        self.clock = clock
        self.webhooks = webhooks

    async def read(
        self, application: Application, since: datetime | None, until: datetime | None, page: int = 1
    ) -> PeriodPage:
        """Return the periods that start before `until` and end at or after `since`; None is no bound."""
        key = (application.org_id, application.client_id, application.sub)
        async with self.db.transaction() as conn:
            found = await available_periods.count_periods(conn, *key, since, until)
            rows = await available_periods.list_page(
                conn, *key, since, until, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
            )
        return PeriodPage(rows, page, max(1, -(-found // PAGE_SIZE)))

    async def put(self, application: Application, draft: PeriodDraft) -> None:
        """Create or replace a period. Raises `Invalid` naming the field."""
        check_own_id(draft.available_period_id, "available_period_id")
        if draft.end <= draft.start:
            raise Invalid("end", "end must be later than start.")
        row = AvailablePeriodRow(
            application.sub,
            draft.available_period_id,
            draft.start,
            draft.end,
            draft.start_tzid,
            draft.end_tzid,
        )
        org_id, client_id = application.org_id, application.client_id
        async with self.db.transaction() as conn:
            await bookings.lock_people(conn, org_id, [application.sub])
            await available_periods.upsert_period(conn, org_id, client_id, row, self.clock())
            if await available_periods.count_periods(conn, org_id, client_id, application.sub) > MAX_PERIODS:
                raise Invalid(
                    "available_period_id",
                    f"available_period_id: an account has at most {MAX_PERIODS} periods. Delete past ones first.",
                )
            await self._announce(conn, application)

    async def delete(self, application: Application, available_period_id: str) -> None:
        """Forget a period. One that is not there is forgotten already."""
        check_own_id(available_period_id, "available_period_id")
        key = (application.org_id, application.client_id, application.sub)
        async with self.db.transaction() as conn:
            if await available_periods.delete_period(conn, *key, available_period_id):
                await self._announce(conn, application)

    async def delete_all(self, application: Application) -> None:
        """Forget all periods that this application declared for the account."""
        key = (application.org_id, application.client_id, application.sub)
        async with self.db.transaction() as conn:
            if await available_periods.delete_all(conn, *key):
                await self._announce(conn, application)

    async def _announce(self, conn: Connection, application: Application) -> None:
        subs = [application.sub]
        await self.webhooks.emit(conn, application.org_id, "availability.changed", {"subs": subs}, subs)
