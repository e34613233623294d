"""Connect's copy of bookings: the newest snapshot of each, for cards and the upcoming list.

The platform decides; this copy is only ever replaced by a newer snapshot that a webhook brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.core import cards
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("bookings", "convene.connect.queries")


@dataclass(frozen=True, slots=True)
class HeldBooking:
    revision: int
    sync_revision: int
    snapshot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardLocation:
    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    snapshot: dict[str, Any]


async def lock_booking(conn: Connection, org_id: str, booking_id: str) -> HeldBooking | None:
    """Let no other delivery of this booking through until the transaction ends; return what is held of it."""
    key = {"org_id": org_id, "booking_id": booking_id}
    await execute(conn, SQL["lock_booking"], key)
    return await fetch_one(conn, SQL["find_booking"], key, HeldBooking)


async def keep_if_newer(conn: Connection, org_id: str, snapshot: Mapping[str, Any]) -> bool:
    """Keep a snapshot unless one as new is held; tell whether it was kept."""
    ends_at = datetime.fromisoformat(snapshot["end"])
    key = {"org_id": org_id, "booking_id": snapshot["booking_id"]}
    kept = await execute(
        conn,
        SQL["upsert_booking"],
        {
            **key,
            "revision": snapshot["revision"],
            "sync_revision": snapshot.get("sync_revision", 0),
            "snapshot": Jsonb(snapshot),
            "starts_at": datetime.fromisoformat(snapshot["start"]),
            "ends_at": ends_at,
            "state": snapshot["state"],
        },
    )
    if not kept:
        return False
    people = [person["sub"] for person in snapshot["participants"]]
    await execute(conn, SQL["delete_booking_people"], key)
    await execute(conn, SQL["insert_booking_people"], {**key, "account_ids": people, "ends_at": ends_at})
    return True


async def upcoming(
    conn: Connection, org_id: str, account_id: str, now: datetime, *, with_id: str | None = None
) -> list[cards.Card]:
    """Return somebody's next three meetings as cards; `with_id` asks for those with that person only."""
    rows = await fetch_all(
        conn,
        SQL["list_upcoming"],
        {"org_id": org_id, "account_id": account_id, "now": now, "with_id": with_id},
        _Snapshot,
    )
    return cards.upcoming((row.snapshot for row in rows), now)


async def card_locations(conn: Connection, org_id: str, booking_id: str) -> list[CardLocation]:
    """Return where a booking's card stands, by conversation id."""
    return await fetch_all(
        conn, SQL["list_card_locations"], {"org_id": org_id, "booking_id": booking_id}, CardLocation
    )


async def place_card(conn: Connection, org_id: str, booking_id: str, location: CardLocation) -> None:
    """Remember where a booking's card stands."""
    await execute(
        conn,
        SQL["insert_card_location"],
        {
            "org_id": org_id,
            "booking_id": booking_id,
            "conversation_id": location.conversation_id,
            "message_id": location.message_id,
        },
    )


async def note_delivery(conn: Connection, org_id: str, event_id: str, at: datetime) -> bool:
    """Remember a webhook's id; False if it was seen before."""
    seen = {"org_id": org_id, "event_id": event_id, "at": at}
    return await execute(conn, SQL["insert_seen_delivery"], seen) == 1


async def sweep_deliveries(conn: Connection, before: datetime) -> None:
    await execute(conn, SQL["delete_old_deliveries"], {"before": before})
