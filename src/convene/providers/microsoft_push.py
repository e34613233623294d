"""Subscriptions of Microsoft Graph (v1.0, "Change notifications"): made, lengthened and deleted.

While a subscription is made, Graph asks both addresses whether they are ours. `clientState` comes with every notification:
our name of the channel and its secret. A lengthened subscription is authorised anew as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from convene.ports.calendar_push import UNSUPPORTED, PushTerms, Watched
from convene.ports.calendars import ProviderError
from convene.providers.http_client import Answer
from convene.providers.microsoft_session import Session, failure, json_of

TERMS = PushTerms(
    # Three days, less two hours, are given for events at most.
    life=timedelta(minutes=4_200),
    renewed_from=0.45,
    renewed_until=0.55,
    is_renewable=True,
)


async def watch(
    session: Session,
    calendar: str,
    *,
    channel_id: str,
    token: str,
    address: str,
    lifecycle_address: str,
    until: datetime,
) -> Watched:
    """Subscribe to the events of a calendar."""
    body: dict[str, Any] = {
        "changeType": "created,updated,deleted",
        "notificationUrl": address,
        "lifecycleNotificationUrl": lifecycle_address,
        "resource": f"/me/calendars/{calendar}/events",
        "expirationDateTime": _written(until),
        "clientState": f"{channel_id}.{token}",
        "latestSupportedTlsVersion": "v1_2",
    }
    answer = await session.request("POST", session.address("/subscriptions"), body=body)
    if answer.status == 403:
        detail = "Microsoft tells of no changes in this calendar; it is asked instead."
        raise ProviderError("permanent", UNSUPPORTED, detail, status=answer.status)
    if answer.status != 201:
        raise failure(answer)
    return _watched(answer)


async def prolong(session: Session, remote_id: str, *, until: datetime) -> Watched:
    """Lengthen a subscription's life, which authorises it anew."""
    body = {"expirationDateTime": _written(until)}
    answer = await session.request("PATCH", _place(session, remote_id), body=body)
    if answer.status != 200:
        raise failure(answer)
    return _watched(answer)


async def stop(session: Session, remote_id: str) -> None:
    """Delete a subscription."""
    answer = await session.request("DELETE", _place(session, remote_id))
    if not 200 <= answer.status < 300 and answer.status not in (404, 410):
        raise failure(answer)


def _place(session: Session, remote_id: str) -> str:
    return session.address(f"/subscriptions/{quote(remote_id, safe='')}")


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def _watched(answer: Answer) -> Watched:
    found = json_of(answer)
    try:
        # Seven digits of a second are more than can be read here.
        text = str(found["expirationDateTime"]).rstrip("Z")[:26]
        return Watched(str(found["id"]), datetime.fromisoformat(text).replace(tzinfo=UTC))
    except (KeyError, ValueError):
        raise ProviderError(
            "temporary", "bad_answer", "Microsoft made a subscription and did not say which."
        ) from None
