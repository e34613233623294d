"""The service key with which Connect asks the platform: made once per organisation, kept sealed, replaced if revoked."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from convene.identity.keys import Keys
from convene.identity.service import operator
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer, Secret
from convene.storage import accounts, installation
from convene.storage.database import Database

GRANTS = ("availability:read", "bookings:read", "bookings:write", "members:read", "members:act_for")
RECHECK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Known:
    key: Secret
    checked_at: datetime


class ConnectKey:
    """Hands out the key of each organisation; it may do what Connect does and nothing more.

    A key that was handed out is looked at again after `RECHECK`: one that an administrator has revoked is replaced
    while everything runs.
    """

    def __init__(self, db: Database, keys: Keys, sealer: Sealer, clock: Clock) -> None:
        self._db = db
        self._keys = keys
        self._sealer = sealer
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def service_key(self, org_id: str) -> Secret:
        """Return the key for `Authorization: Bearer`, making one if there is none that works."""
        now = self._clock()
        known = self._known.get(org_id)
        if known is None or now - known.checked_at >= RECHECK:
            known = _Known(await self._working(org_id), now)
            self._known[org_id] = known
        return known.key

    async def _working(self, org_id: str) -> Secret:
        async with self._db.connection() as conn:
            text = await installation.find(conn, _name(org_id))
        if text is not None:
            stored = self._opened(org_id, text)
            if await self._keys.caller(stored.reveal(), "") is not None:
                return stored
        return await self._issue(org_id, instead_of=text)

    async def _issue(self, org_id: str, *, instead_of: str | None) -> Secret:
        issued = await self._keys.issue_service_key(operator(org_id), "Connect", GRANTS)
        sealed = base64.b64encode(self._sealer.seal(issued.secret, "connect_key", org_id)).decode("ascii")
        async with self._db.transaction() as conn:
            await accounts.lock_organization(conn, org_id)
            kept = await installation.find(conn, _name(org_id))
            if kept == instead_of:
                await installation.put(conn, _name(org_id), sealed)
                return issued.secret
        # Another process was first: one key per organisation is enough.
        await self._keys.revoke_service_key(operator(org_id), issued.key_id)
        assert kept is not None
        return self._opened(org_id, kept)

    def _opened(self, org_id: str, text: str) -> Secret:
        return self._sealer.open(base64.b64decode(text), "connect_key", org_id)


def _name(org_id: str) -> str:
    return f"connect_key:{org_id}"
