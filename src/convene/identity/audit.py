"""Reading the audit log and proving that nobody changed it."""

from __future__ import annotations

from dataclasses import dataclass

from convene.core.permissions import Caller
from convene.storage import audit
from convene.storage.audit import Entry
from convene.storage.database import Database

PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `next_before` asks for the older ones, None at the end."""

    entries: list[Entry]
    next_before: int | None


class AuditLog:
    """The audit log of the caller's organisation."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, caller: Caller, before: int | None) -> Page:
        """Return the entries before number `before` (None: the newest). Needs `organization:manage`."""
        caller.require("organization:manage")
        async with self._db.connection() as conn:
            found = await audit.list_entries(conn, caller.org_id, before, PAGE + 1)
        page = found[:PAGE]
        return Page(page, page[-1].seq if len(found) > PAGE else None)

    async def first_broken(self, org_id: str) -> int | None:
        """Return the number of the first entry that was tampered with, or None if the chain holds."""
        async with self._db.connection() as conn:
            return await audit.first_broken(conn, org_id)
