"""Run a change once per `Idempotency-Key`.

The key is claimed inside the transaction of the change: a rollback forgets it, a commit keeps the answer. A second
request with the key waits for the first one's commit and gets its answer; with another body it is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import errors

from convene.core.errors import Conflict, Invalid
from convene.storage import idempotency
from convene.storage.database import Connection


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Who sent which key with what. Build it with `key_of`."""

    org_id: str
    principal: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """The JSON answer of a change, and whether it is an earlier one's."""

    body: dict[str, Any]
    is_replayed: bool = False


def key_of(org_id: str, principal: str, key: str | None, request: Any) -> IdempotencyKey | None:
    """Return the key of this request, None if it carries none.

    Raises:
        Invalid: unless the key is 1-255 visible ASCII characters.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not all("!" <= char <= "~" for char in key):
        raise Invalid("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).digest()
    return IdempotencyKey(org_id, principal, key, digest)


async def run_once(
    conn: Connection,
    key: IdempotencyKey | None,
    now: datetime,
    work: Callable[[], Awaitable[dict[str, Any]]],
) -> Outcome:
    """Return the answer of `work`, or the stored one of an earlier request with `key`.

    Raises:
        Conflict: `idempotency_in_flight`, the first request has not finished within the lock time-out.
        Invalid: `idempotency_key_reused`, the key came with another request.
    """
    if key is None:
        return Outcome(await work())
    identity = {"org_id": key.org_id, "principal": key.principal, "key": key.key}
    try:
        is_ours = await idempotency.claim(conn, identity, key.request_hash, now)
    except errors.LockNotAvailable as error:
        raise Conflict(
            "A request with this Idempotency-Key is still running. Ask again in a moment.",
            code="idempotency_in_flight",
            retry_after_seconds=1,
        ) from error
    if is_ours:
        body = await work()
        await idempotency.finish(conn, identity, 200, body)
        return Outcome(body)
    stored = await idempotency.find(conn, identity)
    assert stored is not None
    if stored.request_hash != key.request_hash:
        raise Invalid(
            "Idempotency-Key",
            "This Idempotency-Key was used with another request. Send a new one.",
            code="idempotency_key_reused",
        )
    return Outcome(stored.body or {}, is_replayed=True)
