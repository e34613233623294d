"""Rows of `event_occurrence` and `deleted_event`: when events take place, as readers are told, and what is no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from convene.storage.calendars import Calendar
from convene.storage.database import Connection, execute, fetch_dict
from convene.storage.named_sql import load

_SQL = load("occurrences")


@dataclass(frozen=True, slots=True)
class NewOccurrence:
    """One time at which an event takes place. `event_uid` names it for good; `component` is the index of its details.

    start_date, end_date: of whole days, the end exclusive. digest: of all that is told of it, so that a change shows.
    """

    event_uid: str
    component: int
    starts_at: datetime
    ends_at: datetime
    start_date: date | None
    end_date: date | None
    kind: str
    digest: bytes
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store changed of what readers are told: how many occurrences, and whose managed events among them."""

    changed: int = 0
    clients: frozenset[str] = frozenset()

    def __or__(self, other: Stored) -> Stored:
        return Stored(self.changed + other.changed, self.clients | other.clients)


async def bury(
    conn: Connection,
    calendar: Calendar,
    remote_ids: Collection[str],
    kept: Sequence[str],
    *,
    now: datetime,
    window_start: datetime,
) -> Stored:
    """Remove all occurrences of these resources but the `kept` ones, and remember them as deleted.

    Call it before the resources themselves change. Those that ended before `window_start` go without a trace: they
    fell out of the moving window.
    """
    if not remote_ids:
        return Stored()
    params = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "remote_ids": list(remote_ids),
        "kept": list(kept),
        "now": now,
        "window_start": window_start,
    }
    return _stored(await fetch_dict(conn, _SQL["bury_occurrences"], params))


async def store(
    conn: Connection, calendar: Calendar, found: Sequence[tuple[str, NewOccurrence]], now: datetime
) -> Stored:
    """Insert or replace occurrences of resources (by remote id) that are stored already."""
    if not found:
        return Stored()
    params = {
        "org_id": calendar.org_id,
        "calendar_id": calendar.calendar_id,
        "calendar_num": calendar.num,
        "now": now,
        "remote_ids": [remote_id for remote_id, _ in found],
        "event_uids": [one.event_uid for _, one in found],
        "components": [one.component for _, one in found],
        "starts": [one.starts_at for _, one in found],
        "ends": [one.ends_at for _, one in found],
        "start_dates": [one.start_date for _, one in found],
        "end_dates": [one.end_date for _, one in found],
        "kinds": [one.kind for _, one in found],
        "digests": [one.digest for _, one in found],
        "created": [one.created_at for _, one in found],
    }
    return _stored(await fetch_dict(conn, _SQL["store_occurrences"], params))


def _stored(row: dict[str, Any] | None) -> Stored:
    return Stored(row["changed"], frozenset(row["clients"] or ())) if row else Stored()


async def prune_deleted(conn: Connection, before: datetime) -> int:
    """Forget what vanished before a moment."""
    return await execute(conn, _SQL["prune_deleted"], {"before": before})
