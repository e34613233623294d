"""Which calendars an account has: kept as discovery finds them, looked at anew once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from convene.core.calendar_policy import policy_of
from convene.core.errors import Invalid
from convene.ports.calendars import CalendarProvider, Credentials, Discovery, ProviderError
from convene.security.tokens import new_id
from convene.storage import accounts, calendars, connections
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

LIST_EVERY = timedelta(days=1)
MAX_CALENDARS = 200


async def store_listing(
    conn: Connection,
    *,
    org_id: str,
    account_id: str,
    connection_id: str,
    found: Discovery,
    now: datetime,
    blocks: bool = True,
) -> None:
    """Add the calendars that are new and refresh the others. New ones of one's own block, unless the account is written to
    only: what is not known to be free is busy.

    Raises:
        Invalid: `url`, if there is no calendar, or too many.
    """
    if not found.calendars:
        raise Invalid("url", "This account has no calendar that holds events. Make one there first.")
    if len(found.calendars) > MAX_CALENDARS:
        raise Invalid("url", f"At most {MAX_CALENDARS} calendars of one account can be connected.")
    tzid = await connections.lock_account(conn, org_id, account_id) or "UTC"
    for item in found.calendars:
        await calendars.insert_calendar(
            conn,
            org_id=org_id,
            calendar_id=new_id("calendar"),
            connection_id=connection_id,
            account_id=account_id,
            remote_id=item.remote_id,
            name=item.name,
            color=item.color,
            tzid=item.tzid or tzid,
            is_writable=item.is_writable,
            is_checked=item.is_own and blocks,
        )
    account = await accounts.find_account(conn, org_id, account_id)
    # Invitations are answered under one of these; not every server tells them.
    addresses = [*found.profile.get("addresses", ()), *([account.email] if account else ())]
    profile = {
        **found.profile,
        "addresses": list(dict.fromkeys(addresses)),
        "listed_at": now.isoformat(),
    }
    await connections.set_profile(conn, org_id, connection_id, profile)


async def refresh_listing(
    db: Database, provider: CalendarProvider, credentials: Credentials, row: CalendarConnection, now: datetime
) -> None:
    """Look once a day for calendars that were added or renamed. Raises `ProviderError` only if signing in fails."""
    listed_at = row.profile.get("listed_at")
    if isinstance(listed_at, str) and datetime.fromisoformat(listed_at) > now - LIST_EVERY:
        return
    try:
        found = await provider.discover(credentials)
    except ProviderError as error:
        if error.kind == "reauth":
            raise
        # Reading the known calendars tells more about what is wrong than this does.
        return
    if not 0 < len(found.calendars) <= MAX_CALENDARS:
        return
    async with db.transaction() as conn:
        await connections.lock_account(conn, row.org_id, row.account_id)
        if await connections.get_connection(conn, row.org_id, row.connection_id) is None:
            return
        await store_listing(
            conn,
            org_id=row.org_id,
            account_id=row.account_id,
            connection_id=row.connection_id,
            found=found,
            now=now,
            blocks=policy_of(row.policy).reads,
        )
