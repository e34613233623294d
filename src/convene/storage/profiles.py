"""Accounts of any kind and their calendars, as applications are told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from convene.storage.database import Connection, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("profiles")


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that may be no person; calendars of applications have no address."""

    org_id: str
    account_id: str
    kind: Literal["person", "application_calendar", "resource"]
    email: str
    name: str
    tzid: str


async def find_account(conn: Connection, org_id: str, account_id: str) -> KnownAccount | None:
    params = {"org_id": org_id, "account_id": account_id}
    return await fetch_one(conn, _SQL["find_account"], params, KnownAccount)


async def count_calendars(conn: Connection, org_id: str, connection_id: str) -> int:
    row = await fetch_dict(conn, _SQL["count_calendars"], {"org_id": org_id, "connection_id": connection_id})
    return int(row["found"]) if row else 0
