"""Fresh credentials for a connection: a password as it is, a token renewed before it ends.

A renewal holds the connection's row: of several workers one asks, the others find what it brought. A refresh token that
changes with its use is stored in the same transaction, for the old one is dead from then on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import anyio

from convene.ports.calendar_oauth import SignsInElsewhere, Tokens
from convene.ports.calendars import CalendarProvider, Credentials, Priority, ProviderError
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer
from convene.services.calendar_credentials import credentials_of, secret_context
from convene.storage import connections
from convene.storage.connections import CalendarConnection
from convene.storage.database import Database

logger = logging.getLogger(__name__)

GIVING_BACK_SECONDS = 10.0
RENEW_BEFORE = timedelta(minutes=2)
"""A token that ends sooner is renewed first."""


def written(tokens: Tokens) -> str:
    """Return tokens as they are sealed."""
    return json.dumps(
        {**asdict(tokens), "expires_at": tokens.expires_at.isoformat(), "scope": sorted(tokens.scope)}
    )


def read(secret: str) -> Tokens:
    """Return what `written` wrote; anything else needs a person (`reauth`)."""
    try:
        found: Any = json.loads(secret)
        return Tokens(
            found["refresh_token"],
            found["access_token"],
            datetime.fromisoformat(found["expires_at"]),
            frozenset(found["scope"]),
        )
    except (ValueError, KeyError, TypeError):
        raise ProviderError(
            "reauth", "no_secret", "The access that was granted is not known any more."
        ) from None


class CalendarTokens:
    """Args:
    providers: by kind.
    priority: of what is asked with these credentials.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        priority: Priority = "interactive",
    ) -> None:
        self.db = db
        self.clock = clock
        self.sealer = sealer
        self.providers = providers
        self.priority: Priority = priority

    def of_priority(self, priority: Priority) -> CalendarTokens:
        """Return the same for what is more or less urgent."""
        return CalendarTokens(self.db, self.clock, self.sealer, self.providers, priority)

    async def credentials(self, row: CalendarConnection) -> Credentials:
        """Return the connection's credentials, good for a while. Not inside a transaction.

        Raises:
            ProviderError: `reauth` if they cannot be opened or are no longer accepted.
        """
        if not isinstance(self.providers.get(row.kind), SignsInElsewhere):
            return replace(credentials_of(self.sealer, row), priority=self.priority)
        tokens = self.tokens(row)
        if tokens.expires_at - self.clock() > RENEW_BEFORE:
            return self._as_credentials(row, tokens)
        return await self._renewed(row, tokens.access_token)

    def tokens(self, row: CalendarConnection) -> Tokens:
        """Return the tokens of a connection that has some."""
        return read(credentials_of(self.sealer, row).secret)

    async def give_back(self, row: CalendarConnection) -> None:
        """Withdraw at the service what was granted to a connection that is no more, unless another one lives on it."""
        provider = self.providers.get(row.kind)
        if not isinstance(provider, SignsInElsewhere):
            return
        async with self.db.connection() as conn:
            if await connections.is_account_connected(conn, row.kind, row.username):
                return
        with anyio.move_on_after(GIVING_BACK_SECONDS):
            try:
                await provider.revoke(self.tokens(row))
            except ProviderError as error:
                logger.info("the access of %s could not be given back: %s", row.connection_id, error.code)

    def _as_credentials(self, row: CalendarConnection, tokens: Tokens) -> Credentials:
        async def renew() -> Credentials:
            return await self._renewed(row, tokens.access_token)

        return Credentials(row.url, row.username, tokens.access_token, tokens.scope, renew, self.priority)

    async def _renewed(self, row: CalendarConnection, refused: str) -> Credentials:
        """Return credentials other than the `refused` access token: what somebody else renewed, or renewed here."""
        provider = self.providers.get(row.kind)
        assert isinstance(provider, SignsInElsewhere)
        async with self.db.transaction() as conn:
            current = await connections.lock_connection(conn, row.org_id, row.connection_id)
            # Of a connection that was just disconnected the last requests are still made, with what it was read with.
            tokens = self.tokens(current or row)
            # What another one renewed long ago has run out as well.
            if tokens.access_token == refused or tokens.expires_at - self.clock() <= RENEW_BEFORE:
                tokens = await provider.renew(tokens)
                if current is not None:
                    context = secret_context(row.org_id, row.connection_id)
                    await connections.keep_secret(conn, current, self.sealer.seal(written(tokens), *context))
        return self._as_credentials(row, tokens)
