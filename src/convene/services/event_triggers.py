"""Event subscriptions: applications are told around the times of events that they manage, and when a call is assigned.

An upsert names the addresses (`subscriptions`). A transition, such as half an hour before the event begins, is told by the
sweep within seconds of its time, once, wherever the event has moved meanwhile; one whose time has passed when it is asked
for is not told. What is sent, its signature and its retries are those of all callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from convene.core.instants import day_bounds, from_seconds
from convene.services.booking_snapshot import instant
from convene.services.webhooks import WebhookService
from convene.storage import event_triggers
from convene.storage.calendars import Calendar
from convene.storage.database import Connection
from convene.storage.event_triggers import DueTrigger, NewTrigger

_AT_ONCE = 200
ASSIGNED = "conferencing_assigned"


class EventTriggers:
    def __init__(self, webhooks: WebhookService) -> None:
        self.db = webhooks.db
        self.clock = webhooks.clock
        self.webhooks = webhooks

    def check(self, subscriptions: Sequence[Mapping[str, Any]]) -> None:
        """Raise `Invalid` naming the subscription whose address may not be called."""
        for number, item in enumerate(subscriptions):
            self.webhooks.check_url(item["uri"], f"subscriptions.{number}.uri")

    async def put(
        self,
        conn: Connection,
        calendar: Calendar,
        client_id: str,
        event_id: str,
        content: Mapping[str, Any],
        subscriptions: Sequence[Mapping[str, Any]],
    ) -> None:
        """Make these the subscriptions of an event that has just been written and says `content`."""
        found = [
            _trigger(item["uri"], transition, content, calendar)
            for item in subscriptions
            for transition in item["transitions"]
        ]
        await event_triggers.replace_triggers(conn, calendar, client_id, event_id, found, self.clock())

    async def assigned(
        self,
        conn: Connection,
        calendar: Calendar,
        client_id: str,
        event_id: str,
        content: Mapping[str, Any],
        subscriptions: Sequence[Mapping[str, Any]],
    ) -> None:
        """Tell those who asked for it that the event has been given a video call."""
        for item in subscriptions:
            if ASSIGNED in item["interactions"]:
                body = {
                    "notification": {
                        "type": "event_subscription",
                        "triggered_at": instant(self.clock()),
                        "interactions": [{"type": ASSIGNED}],
                    },
                    "event": _event(calendar.calendar_id, event_id, content),
                }
                await self.webhooks.send_callback(
                    conn, calendar.org_id, client_id, item["uri"], f"event.{ASSIGNED}", body
                )

    async def tell_due(self) -> None:
        """Tell what is due; a part of the sweep."""
        while True:
            async with self.db.transaction() as conn:
                due = await event_triggers.take_due(conn, self.clock(), _AT_ONCE)
                for trigger in due:
                    await self._tell(conn, trigger)
            if len(due) < _AT_ONCE:
                return

    async def _tell(self, conn: Connection, trigger: DueTrigger) -> None:
        if trigger.content is None:
            return
        content = trigger.content
        if trigger.starts_at and trigger.ends_at and not _is_date(content["start"]):
            content = {**content, "start": instant(trigger.starts_at), "end": instant(trigger.ends_at)}
        body = {
            "notification": {
                "type": "event_subscription",
                "triggered_at": instant(trigger.due_at),
                "transitions": [trigger.transition],
            },
            "event": _event(trigger.calendar_id, trigger.event_id, content),
        }
        await self.webhooks.send_callback(
            conn, trigger.org_id, trigger.client_id, trigger.url, "event.transition", body
        )


def _trigger(
    url: str, transition: Mapping[str, Any], content: Mapping[str, Any], calendar: Calendar
) -> NewTrigger:
    """`transition` is `{"before" or "after": "event_start" or "event_end", "offset": {"minutes"}}`."""
    is_before = "before" in transition
    anchor = str(transition["before" if is_before else "after"]).removeprefix("event_")
    minutes = int(transition["offset"]["minutes"])
    seconds = -60 * minutes if is_before else 60 * minutes
    due_at = _instant(content[anchor], calendar.tzid) + timedelta(seconds=seconds)
    return NewTrigger(url, transition, anchor, seconds, due_at)


def _instant(text: str, tzid: str) -> datetime:
    """Return when a time is, or when a date begins for the calendar's owner."""
    if _is_date(text):
        return from_seconds(day_bounds(date.fromisoformat(text), tzid)[0])
    return datetime.fromisoformat(text)


def _is_date(text: str) -> bool:
    return len(text) == len("2027-01-12")


def _event(calendar_id: str, event_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as its application wrote it last, with the times in `content`."""
    conference = content.get("conferencing") or {}
    return {
        "calendar_id": calendar_id,
        "event_id": event_id,
        **{name: content[name] for name in ("summary", "description", "start", "end") if name in content},
        **({"location": content["location"]} if content.get("location") else {}),
        **(
            {
                "conferencing": {
                    "provider_name": conference.get("provider_description") or "explicit",
                    "join_url": conference["join_url"],
                }
            }
            if conference.get("join_url")
            else {}
        ),
    }
