"""Webhook subscriptions and their deliveries: rows are the truth, jobs only say when to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from convene.storage.database import Connection, execute, fetch_all, fetch_dict, fetch_dicts, fetch_one
from convene.storage.named_sql import load

SQL = load("webhooks")


Kind = Literal["webhook", "channel", "callback"]


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """Somebody who is told. A `webhook` has a sealed secret of its own; the others belong to an application
    (`client_id`), with whose secrets they are signed. `filters` belong to channels."""

    org_id: str
    webhook_id: str
    account_id: str | None
    url: str
    events: list[str]
    secret: bytes | None
    is_internal: bool
    state: str
    state_reason: str
    failures: int
    first_failure_at: datetime | None
    created_at: datetime
    kind: Kind
    client_id: str | None
    filters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    org_id: str
    delivery_id: str
    webhook_id: str
    event_id: str
    type: str
    body: str
    state: str
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str
    last_ms: int | None
    last_response: str
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientDelivery(DeliveryRow):
    """A delivery to an application, and who receives it."""

    kind: Kind
    account_id: str | None
    url: str
    receiver_state: str
    receiver_state_reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt, and what is next (`next_try_at` None: nothing)."""

    state: str
    next_try_at: datetime | None
    status: int | None
    error: str
    ms: int | None
    response: str
    delivered_at: datetime | None
    refund: int = 0


async def insert_subscription(
    conn: Connection,
    *,
    org_id: str,
    webhook_id: str,
    account_id: str | None,
    url: str,
    events: Sequence[str],
    secret: bytes,
    is_internal: bool,
    now: datetime,
) -> None:
    """Store a subscription; `secret` is sealed already. Without `account_id` it sees the whole organisation."""
    await execute(
        conn,
        SQL["insert_subscription"],
        {
            "org_id": org_id,
            "webhook_id": webhook_id,
            "account_id": account_id,
            "url": url,
            "events": list(events),
            "secret": secret,
            "is_internal": is_internal,
            "now": now,
        },
    )


async def count_subscriptions(conn: Connection, org_id: str, account_id: str | None) -> int:
    """Return how many subscriptions a member has; for None the organisation."""
    params = {"org_id": org_id, "account_id": account_id}
    row = await fetch_dict(conn, SQL["count_subscriptions"], params)
    return int(row["found"]) if row else 0


async def is_suspended(conn: Connection, org_id: str, webhook_id: str) -> bool:
    """Tell whether the member who made the subscription is suspended."""
    row = await fetch_dict(conn, SQL["is_suspended"], {"org_id": org_id, "webhook_id": webhook_id})
    return bool(row and row["found"])


async def list_subscriptions(conn: Connection, org_id: str, account_id: str | None) -> list[SubscriptionRow]:
    """Return this person's subscriptions, or with None the organisation's; never Connect's own."""
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_all(conn, SQL["list_subscriptions"], params, SubscriptionRow)


async def find_subscription(conn: Connection, org_id: str, webhook_id: str) -> SubscriptionRow | None:
    params = {"org_id": org_id, "webhook_id": webhook_id}
    return await fetch_one(conn, SQL["find_subscription"], params, SubscriptionRow)


async def find_internal(conn: Connection, org_id: str) -> SubscriptionRow | None:
    return await fetch_one(conn, SQL["find_internal"], {"org_id": org_id}, SubscriptionRow)


async def delete_subscription(conn: Connection, org_id: str, webhook_id: str) -> bool:
    params = {"org_id": org_id, "webhook_id": webhook_id}
    return await execute(conn, SQL["delete_subscription"], params) == 1


async def update_state(conn: Connection, org_id: str, webhook_id: str, state: str, reason: str = "") -> None:
    """Set the state and forget earlier failures."""
    params = {"org_id": org_id, "webhook_id": webhook_id, "state": state, "reason": reason}
    await execute(conn, SQL["set_state"], params)


async def count_failure(
    conn: Connection, org_id: str, webhook_id: str, now: datetime
) -> SubscriptionRow | None:
    params = {"org_id": org_id, "webhook_id": webhook_id, "now": now}
    return await fetch_one(conn, SQL["count_failure"], params, SubscriptionRow)


async def count_success(conn: Connection, org_id: str, webhook_id: str) -> None:
    await execute(conn, SQL["count_success"], {"org_id": org_id, "webhook_id": webhook_id})


async def insert_deliveries(
    conn: Connection,
    *,
    org_id: str,
    event_id: str,
    type_: str,
    body: str,
    concerned: Sequence[str],
    now: datetime,
) -> list[str]:
    """Write one delivery for every subscription that may see the event and return their ids."""
    rows = await fetch_dicts(
        conn,
        SQL["insert_deliveries"],
        {
            "org_id": org_id,
            "event_id": event_id,
            "type": type_,
            "body": body,
            "concerned": list(concerned),
            "now": now,
        },
    )
    return [row["delivery_id"] for row in rows]


async def ensure_callback(
    conn: Connection, *, org_id: str, webhook_id: str, client_id: str, url: str, now: datetime
) -> SubscriptionRow:
    """Return an application's row for this address; `webhook_id` is the new one's if there is none yet."""
    params = {"org_id": org_id, "webhook_id": webhook_id, "client_id": client_id, "url": url, "now": now}
    await execute(conn, SQL["insert_callback"], params)
    row = await fetch_one(conn, SQL["find_callback"], params, SubscriptionRow)
    assert row is not None
    await execute(conn, SQL["touch_callback"], {**params, "webhook_id": row.webhook_id})
    return row


async def insert_delivery(
    conn: Connection,
    *,
    org_id: str,
    delivery_id: str,
    webhook_id: str,
    event_id: str,
    type_: str,
    body: str,
    next_try_at: datetime,
    now: datetime,
) -> None:
    """Write one delivery for one receiver; `body` is what will be sent."""
    await execute(
        conn,
        SQL["insert_delivery"],
        {
            "org_id": org_id,
            "delivery_id": delivery_id,
            "webhook_id": webhook_id,
            "event_id": event_id,
            "type": type_,
            "body": body,
            "next_try_at": next_try_at,
            "now": now,
        },
    )


async def list_client_deliveries(
    conn: Connection, org_id: str, client_id: str, before: datetime | None, limit: int
) -> list[ClientDelivery]:
    """Return what was sent to an application, newest first."""
    params: dict[str, Any] = {"org_id": org_id, "client_id": client_id, "before": before, "limit": limit}
    return await fetch_all(conn, SQL["list_client_deliveries"], params, ClientDelivery)


async def find_client_receiver(conn: Connection, org_id: str, client_id: str, delivery_id: str) -> str | None:
    """Return to which of an application's receivers a delivery goes."""
    params = {"org_id": org_id, "client_id": client_id, "delivery_id": delivery_id}
    row = await fetch_dict(conn, SQL["find_client_receiver"], params)
    return None if row is None else str(row["webhook_id"])


async def lease_delivery(
    conn: Connection, org_id: str, delivery_id: str, now: datetime, lease_until: datetime
) -> DeliveryRow | None:
    """Take a due delivery until `lease_until`; None if it is done, not due, or somebody else's."""
    params = {"org_id": org_id, "delivery_id": delivery_id, "now": now, "lease_until": lease_until}
    return await fetch_one(conn, SQL["lease_delivery"], params, DeliveryRow)


async def finish_delivery(conn: Connection, org_id: str, delivery_id: str, attempt: Attempt) -> None:
    await execute(
        conn,
        SQL["finish_delivery"],
        {
            "org_id": org_id,
            "delivery_id": delivery_id,
            "state": attempt.state,
            "next_try_at": attempt.next_try_at,
            "status": attempt.status,
            "error": attempt.error,
            "ms": attempt.ms,
            "response": attempt.response,
            "delivered_at": attempt.delivered_at,
            "refund": attempt.refund,
        },
    )


async def retry_delivery(
    conn: Connection, org_id: str, webhook_id: str, delivery_id: str, now: datetime
) -> DeliveryRow | None:
    """Make a delivery due at once, whatever became of it."""
    params = {"org_id": org_id, "webhook_id": webhook_id, "delivery_id": delivery_id, "now": now}
    return await fetch_one(conn, SQL["retry_delivery"], params, DeliveryRow)


async def list_deliveries(
    conn: Connection, org_id: str, webhook_id: str, before: datetime | None, limit: int
) -> list[DeliveryRow]:
    params: dict[str, Any] = {
        "org_id": org_id,
        "webhook_id": webhook_id,
        "before": before,
        "limit": limit,
    }
    return await fetch_all(conn, SQL["list_deliveries"], params, DeliveryRow)


async def list_due(conn: Connection, before: datetime, limit: int = 500) -> list[tuple[str, str]]:
    """Return (organisation, delivery) of those that were due before `before` and are not sent."""
    rows = await fetch_dicts(conn, SQL["list_due"], {"before": before, "limit": limit})
    return [(row["org_id"], row["delivery_id"]) for row in rows]


async def prune(conn: Connection, before: datetime) -> int:
    """Forget finished deliveries, and addresses of applications that were not used since."""
    pruned = await execute(conn, SQL["prune"], {"before": before})
    await execute(conn, SQL["prune_callbacks"], {"before": before})
    return pruned
