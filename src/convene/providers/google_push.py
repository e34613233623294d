"""Channels of Google Calendar (Calendar API v3, "Push notifications"): opened with `events.watch`, closed with `channels.stop`.

A channel's life cannot be lengthened. Notifications are POSTs without a body; everything is in their `X-Goog-…` headers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from convene.ports.calendar_push import UNSUPPORTED, PushTerms, Watched
from convene.ports.calendars import ProviderError
from convene.providers.google_session import Session, failure, json_of, reason_of

TERMS = PushTerms(
    life=timedelta(days=7),
    # Opening channels counts in the account's quota, so renewals are spread.
    renewed_from=0.8,
    renewed_until=0.95,
    is_renewable=False,
)
_NEVER = "pushNotSupportedForRequestedResource"


async def watch(
    session: Session, calendar: str, *, channel_id: str, token: str, address: str, until: datetime
) -> Watched:
    """Open a channel for the events of a calendar."""
    body: dict[str, Any] = {
        "id": channel_id,
        "type": "web_hook",
        "address": address,
        "token": token,
        "expiration": str(int(until.timestamp() * 1000)),
    }
    answer = await session.request("POST", f"/calendars/{quote(calendar, safe='')}/events/watch", body=body)
    if reason_of(answer) == _NEVER:
        detail = "Google tells of no changes in this calendar; it is asked instead."
        raise ProviderError("permanent", UNSUPPORTED, detail, status=answer.status)
    if answer.status != 200:
        raise failure(answer)
    found = json_of(answer)
    try:
        ends = datetime.fromtimestamp(int(found["expiration"]) / 1000, UTC)
        return Watched(str(found["resourceId"]), ends)
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        raise ProviderError(
            "temporary", "bad_answer", "Google opened a channel and did not say which."
        ) from None


async def stop(session: Session, *, channel_id: str, remote_id: str) -> None:
    """Close a channel. Google answers 404 for one that has ended."""
    answer = await session.request("POST", "/channels/stop", body={"id": channel_id, "resourceId": remote_id})
    if not 200 <= answer.status < 300 and answer.status not in (404, 410):
        raise failure(answer)
