"""Single stretches of time that an application has declared available for an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from convene.storage.database import Connection, execute, fetch_all, fetch_dict
from convene.storage.named_sql import load

SQL = load("available_periods")


@dataclass(frozen=True, slots=True)
class AvailablePeriodRow:
    """Instants are aware; the zones are those that were named with them."""

    account_id: str
    available_period_id: str
    starts_at: datetime
    ends_at: datetime
    start_tzid: str
    end_tzid: str


async def list_touching(
    conn: Connection,
    org_id: str,
    client_id: str,
    account_ids: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[AvailablePeriodRow]:
    """Return this application's periods of these accounts that share time with `[since, until)`."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "account_ids": list(account_ids),
        "since": since,
        "until": until,
    }
    return await fetch_all(conn, SQL["list_touching"], params, AvailablePeriodRow)


async def count_periods(
    conn: Connection,
    org_id: str,
    client_id: str,
    account_id: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Return how many periods start before `until` and end at or after `since`; None is no bound."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "account_id": account_id,
        "since": since,
        "until": until,
    }
    row = await fetch_dict(conn, SQL["count_periods"], params)
    assert row is not None
    return int(row["found"])


async def list_page(
    conn: Connection,
    org_id: str,
    client_id: str,
    account_id: str,
    since: datetime | None,
    until: datetime | None,
    *,
    limit: int,
    offset: int,
) -> list[AvailablePeriodRow]:
    """Return one page of what `count_periods` counts, by start."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "account_id": account_id,
        "since": since,
        "until": until,
        "limit": limit,
        "offset": offset,
    }
    return await fetch_all(conn, SQL["list_page"], params, AvailablePeriodRow)


async def upsert_period(
    conn: Connection, org_id: str, client_id: str, period: AvailablePeriodRow, now: datetime
) -> None:
    await execute(
        conn,
        SQL["upsert_period"],
        {
            "org_id": org_id,
            "client_id": client_id,
            "account_id": period.account_id,
            "available_period_id": period.available_period_id,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "start_tzid": period.start_tzid,
            "end_tzid": period.end_tzid,
            "now": now,
        },
    )


async def delete_period(
    conn: Connection, org_id: str, client_id: str, account_id: str, available_period_id: str
) -> int:
    """Forget one period; return how many there were, 0 or 1."""
    params = {
        "org_id": org_id,
        "client_id": client_id,
        "account_id": account_id,
        "available_period_id": available_period_id,
    }
    return await execute(conn, SQL["delete_period"], params)


async def delete_all(conn: Connection, org_id: str, client_id: str, account_id: str) -> int:
    """Forget all periods that the application declared for an account; return how many there were."""
    params = {"org_id": org_id, "client_id": client_id, "account_id": account_id}
    return await execute(conn, SQL["delete_all"], params)
