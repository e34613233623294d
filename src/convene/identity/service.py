"""The identity layer as one value, which serves the scheduling platform and Connect alike."""

from __future__ import annotations

from datetime import timedelta

from convene.core.permissions import GRANTS, Caller
from convene.identity.accounts import Accounts
from convene.identity.application_tokens import ApplicationTokens
from convene.identity.applications import Applications
from convene.identity.audit import AuditLog
from convene.identity.callers import Callers
from convene.identity.claims import Claims
from convene.identity.clients import Clients
from convene.identity.consent import Consent
from convene.identity.invitations import Invitations
from convene.identity.keys import Keys
from convene.identity.oauth import OAuth
from convene.identity.resources import Resources
from convene.identity.sessions import IDLE, Sessions
from convene.ports.runtime import Clock, Waker
from convene.security.passwords import Passwords
from convene.security.sealing import Sealer
from convene.storage import applications, authorizations, oauth, rate_limits, sessions
from convene.storage.database import Database

_BUCKETS_FULL_AFTER = timedelta(days=1)
_CODES_KEPT = timedelta(days=1)


def operator(org_id: str) -> Caller:
    """The installation itself: whoever runs commands on the server, and what the product does on its own account."""
    return Caller(org_id, "system", role="owner", grants=frozenset(GRANTS))


class Identity:
    """Who people and programs are, and what they may do.

    Args:
        base_url: the installation's public address without a slash at the end: the origin of its pages, of links in
            invitations, and the reason for `Secure` cookies when it is https.
        waker: told `access:acc_…` when somebody's access has changed, so that their sockets are checked again with
            `callers.is_live`.
    """

    def __init__(
        self, db: Database, clock: Clock, sealer: Sealer, base_url: str, waker: Waker | None = None
    ) -> None:
        passwords = Passwords()
        self.clock = clock
        self.base_url = base_url.rstrip("/")
        self.is_https = self.base_url.startswith("https://")
        self.passwords = passwords
        self.accounts = Accounts(db, clock, passwords, waker)
        self.sessions = Sessions(db, clock, passwords, waker)
        self.invitations = Invitations(db, clock, passwords, self.sessions)
        self.keys = Keys(db, clock)
        self.resources = Resources(db, clock)
        self.oauth = OAuth(db, clock, sealer)
        self.clients = Clients(db, clock, self.oauth)
        self.consent = Consent(db, clock, self.base_url)
        self.applications = Applications(db, clock, sealer, self.oauth)
        self.claims = Claims(db, self.applications, clock)
        self.application_tokens = ApplicationTokens(db, clock, self.oauth, self.applications)
        self.callers = Callers(db, self.sessions, self.keys, self.oauth)
        self.audit = AuditLog(db)
        self._db = db

    async def warm_up(self) -> None:
        """Do at boot what would make the first sign-in slower than the others."""
        await self.passwords.warm_up()

    async def sweep(self) -> None:
        """Forget what is over: sessions, tokens, full buckets. For a job that runs once an hour."""
        now = self.clock()
        async with self._db.connection() as conn:
            await sessions.delete_expired(conn, now, now - IDLE)
            await oauth.delete_expired(conn, now)
            await authorizations.delete_expired(conn, now, now - _CODES_KEPT)
            await applications.delete_expired_element_tokens(conn, now)
            await applications.delete_expired_secrets(conn, now)
            await rate_limits.delete_idle(conn, now - _BUCKETS_FULL_AFTER)
