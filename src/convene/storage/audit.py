"""The audit log: append-only rows, numbered without holes per organisation and chained by hashes.

Each link is SHA-256 over the link before and the entry's canonical JSON, so an entry that is changed, removed or slipped
in breaks every later link. Append inside the transaction that makes the change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from convene.core.permissions import Caller
from convene.storage.database import Connection, execute, fetch_all, fetch_one
from convene.storage.named_sql import load

_SQL = load("audit")
_GENESIS = bytes(32)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor` is an account, else the key that acted, else `system` or `anonymous`."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    target: str
    ip: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Newest:
    seq: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class _Link:
    seq: int
    at: datetime
    actor: str
    action: str
    target: str
    ip: str
    detail: dict[str, Any]
    chain: bytes


async def append(
    conn: Connection,
    caller: Caller,
    action: str,
    *,
    now: datetime,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add an entry and return its number.

    Holds the organisation's log until the caller's transaction ends, so call it last. `action` is `thing.past_tense`,
    `target` the id acted upon; `detail` holds text, whole
    numbers, booleans and lists of them, and no secret.
    """
    await execute(conn, _SQL["lock_log"], {"org_id": caller.org_id})
    newest = await fetch_one(conn, _SQL["newest"], {"org_id": caller.org_id}, _Newest)
    said = dict(detail or {})
    if caller.account_id is not None and caller.kind not in ("session", "system"):
        said["via"] = caller.credential_id
    seq = (newest.seq if newest else 0) + 1
    entry = {
        "org_id": caller.org_id,
        "seq": seq,
        "at": now,
        "actor": caller.account_id or caller.credential_id or caller.kind,
        "action": action,
        "target": target,
        "ip": caller.ip or "",
        "detail": said,
    }
    chain = _chain(newest.chain if newest else _GENESIS, entry)
    await execute(conn, _SQL["insert_entry"], {**entry, "detail": Jsonb(said), "chain": chain})
    return seq


async def list_entries(conn: Connection, org_id: str, before: int | None, limit: int) -> list[Entry]:
    """Return entries with numbers under `before`, newest first."""
    return await fetch_all(
        conn, _SQL["list_entries"], {"org_id": org_id, "before": before, "limit": limit}, Entry
    )


async def first_broken(conn: Connection, org_id: str) -> int | None:
    """Walk the whole chain; return the number of the first entry that does not fit, or None."""
    chain, seq = _GENESIS, 0
    while True:
        page = await fetch_all(
            conn, _SQL["chain_from"], {"org_id": org_id, "after": seq, "limit": _PAGE}, _Link
        )
        for link in page:
            entry = {
                "org_id": org_id,
                "seq": link.seq,
                "at": link.at,
                "actor": link.actor,
                "action": link.action,
                "target": link.target,
                "ip": link.ip,
                "detail": link.detail,
            }
            chain = _chain(chain, entry)
            if link.seq != seq + 1 or chain != link.chain:
                return seq + 1
            seq = link.seq
        if len(page) < _PAGE:
            return None


def _chain(before: bytes, entry: Mapping[str, Any]) -> bytes:
    canonical = json.dumps(
        {**entry, "at": entry["at"].astimezone(UTC).isoformat(timespec="microseconds")},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(before + canonical.encode()).digest()
