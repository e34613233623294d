"""Notifications: what a person is told of changes to their meetings, in every window and after an absence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from convene.connect import views
from convene.connect.log import Writer, writing
from convene.connect.views import NotificationRow, View
from convene.core.permissions import Caller
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.security.tokens import new_id
from convene.storage.database import Connection, Database, fetch_all, fetch_one
from convene.storage.named_sql import load

SQL = load("notifications", "convene.connect.queries")


@dataclass(frozen=True, slots=True)
class News:
    """What one person is to be told."""

    account_id: str
    type: str
    text: str
    booking_id: str | None = None
    conversation_id: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Id:
    notification_id: str


async def notify(writer: Writer, news: News) -> None:
    """Keep a notification and tell the person's windows."""
    row = await fetch_one(
        writer.conn,
        SQL["insert_notification"],
        {
            "org_id": writer.org_id,
            "account_id": news.account_id,
            "notification_id": new_id("notification"),
            "type": news.type,
            "text": news.text,
            "booking_id": news.booking_id,
            "conversation_id": news.conversation_id,
            "data": Jsonb(news.data or {}),
            "at": writer.at,
        },
        NotificationRow,
    )
    assert row is not None
    writer.tell(news.account_id, "notification.created", views.notification(row))


async def newest(conn: Connection, org_id: str, account_id: str) -> list[View]:
    """Return somebody's 50 newest notifications, newest first."""
    rows = await fetch_all(
        conn, SQL["list_notifications"], {"org_id": org_id, "account_id": account_id}, NotificationRow
    )
    return [views.notification(row) for row in rows]


class Notifications:
    """What people do with their notifications."""

    def __init__(self, db: Database, clock: Clock, bus: Bus) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus

    async def mark_read(self, caller: Caller, notification_ids: list[str]) -> list[str]:
        """Mark one's own notifications read; returns those that were not. Unknown ids are passed over."""
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            rows = await fetch_all(
                writer.conn,
                SQL["mark_notifications_read"],
                {
                    "org_id": caller.org_id,
                    "account_id": caller.member_id,
                    "notification_ids": notification_ids,
                    "at": writer.at,
                },
                _Id,
            )
            marked = sorted(row.notification_id for row in rows)
            if marked:
                news = {"notification_ids": marked, "read_at": views.instant(writer.at)}
                writer.tell(caller.member_id, "notification.read", news)
        return marked
