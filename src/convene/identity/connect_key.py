"""The service key with which Connect asks the platform: made once per organisation, kept sealed, replaced if revoked."""

from __future__ import annotations

import base64

from convene.identity.keys import Keys
from convene.identity.service import operator
from convene.security.sealing import Sealer, Secret
from convene.storage import installation
from convene.storage.database import Database

GRANTS = ("availability:read", "bookings:read", "bookings:write", "members:read", "members:act_for")


class ConnectKey:
    """Hands out the key of each organisation; it may do what Connect does and nothing more."""

    def __init__(self, db: Database, keys: Keys, sealer: Sealer) -> None:
        self._db = db
        self._keys = keys
        self._sealer = sealer
        self._known: dict[str, Secret] = {}

    async def service_key(self, org_id: str) -> Secret:
        """Return the key for `Authorization: Bearer`, making one if there is none that works."""
        if org_id not in self._known:
            stored = await self._stored(org_id)
            if stored is None or await self._keys.caller(stored.reveal(), "") is None:
                stored = await self._issue(org_id, replaces=stored is not None)
            self._known[org_id] = stored
        return self._known[org_id]

    async def _stored(self, org_id: str) -> Secret | None:
        async with self._db.connection() as conn:
            text = await installation.find(conn, f"connect_key:{org_id}")
        return self._sealer.open(base64.b64decode(text), "connect_key", org_id) if text else None

    async def _issue(self, org_id: str, *, replaces: bool) -> Secret:
        issued = await self._keys.issue_service_key(operator(org_id), "Connect", GRANTS)
        sealed = base64.b64encode(self._sealer.seal(issued.secret, "connect_key", org_id)).decode("ascii")
        async with self._db.transaction() as conn:
            if replaces:
                await installation.put(conn, f"connect_key:{org_id}", sealed)
                return issued.secret
            kept = await installation.insert_if_absent(conn, f"connect_key:{org_id}", sealed)
        if kept != sealed:
            # Another process was first: one key per organisation is enough.
            await self._keys.revoke_service_key(operator(org_id), issued.key_id)
        return self._sealer.open(base64.b64decode(kept), "connect_key", org_id)
