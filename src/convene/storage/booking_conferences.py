"""Rows of `booking_conference`: places to meet online that a host's calendar service is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.types.json import Jsonb

from convene.storage.database import Connection, execute, fetch_dict, fetch_one
from convene.storage.named_sql import load

_SQL = load("booking_conferences")


@dataclass(frozen=True, slots=True)
class Asked:
    """A place that is asked for and not made so far. `account_id` is whose calendar it is asked of."""

    org_id: str
    booking_id: str
    account_id: str
    provider: str
    asked_at: datetime


async def target_service(conn: Connection, org_id: str, account_id: str) -> str:
    """Return the kind of service that an account's meetings are written to, "" if there is none or it does not work."""
    row = await fetch_dict(conn, _SQL["target_service"], {"org_id": org_id, "account_id": account_id})
    return str(row["kind"]) if row else ""


async def ask(conn: Connection, asked: Asked) -> None:
    """Remember that a place is asked for."""
    params = {
        "org_id": asked.org_id,
        "booking_id": asked.booking_id,
        "account_id": asked.account_id,
        "provider": asked.provider,
        "now": asked.asked_at,
    }
    await execute(conn, _SQL["ask"], params)


async def find_asked(conn: Connection, org_id: str, booking_id: str) -> Asked | None:
    """Return what is asked for, None if nothing is, or no more."""
    return await fetch_one(conn, _SQL["find_asked"], {"org_id": org_id, "booking_id": booking_id}, Asked)


async def close(
    conn: Connection, org_id: str, booking_id: str, state: Literal["made", "replaced"]
) -> Asked | None:
    """Say how asking ended; None if it had ended before. The caller has locked the booking."""
    params = {"org_id": org_id, "booking_id": booking_id, "state": state}
    return await fetch_one(conn, _SQL["close"], params, Asked)


async def set_place(
    conn: Connection, org_id: str, booking_id: str, conferencing: Mapping[str, str], now: datetime
) -> None:
    """Say where a meeting is joined and raise its revision, in its organizer's name."""
    params = {
        "org_id": org_id,
        "booking_id": booking_id,
        "conferencing": Jsonb(dict(conferencing)),
        "now": now,
    }
    await execute(conn, _SQL["set_place"], params)
