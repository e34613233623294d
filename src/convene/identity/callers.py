"""From a credential to a `Caller`: a session token, a service key, a personal token or an OAuth access token."""

from __future__ import annotations

from dataclasses import dataclass, replace

from convene.core.errors import Forbidden, Unauthenticated
from convene.core.ids import is_id
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity.keys import Keys
from convene.identity.oauth import OAuth
from convene.identity.sessions import Sessions
from convene.security.sealing import Secret
from convene.storage import accounts
from convene.storage.database import Database


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries to say who sends it.

    `bearer` is from `Authorization` and, being given on purpose, decides alone when it is there; `session` is the
    cookie's token; `acting_for` the account that a service key says it acts for.
    """

    bearer: Secret | None = None
    session: Secret | None = None
    acting_for: str | None = None
    ip: str = ""


class Callers:
    """Resolves credentials. Roles, suspensions and revocations are read each time: they count from the next call on."""

    def __init__(self, db: Database, sessions: Sessions, keys: Keys, oauth: OAuth) -> None:
        self._db = db
        self._sessions = sessions
        self._keys = keys
        self._oauth = oauth

    async def authenticate(self, given: Credentials) -> Caller:
        """Return the caller; raise `Unauthenticated` without a credential that works, `Forbidden` if it acts for
        somebody it may not act for."""
        caller = await self._resolve(given)
        if given.acting_for is None or given.acting_for == caller.account_id:
            return caller
        return await self._acting_for(caller, given.acting_for)

    async def is_live(self, caller: Caller) -> bool:
        """Tell whether the credential of `caller` still works. For sockets, which outlive the check at their start."""
        if caller.credential_id is None:
            return False
        if caller.kind == "session":
            return await self._sessions.is_live(caller.org_id, caller.credential_id)
        if caller.kind in ("api_key", "personal_token"):
            return await self._keys.is_live(caller.org_id, caller.credential_id)
        return False

    async def _resolve(self, given: Credentials) -> Caller:
        if given.bearer is not None:
            text = given.bearer.reveal()
            caller = await self._keys.caller(text, given.ip) or await self._oauth.caller(text, given.ip)
            if caller is None:
                raise Unauthenticated("This token or key is unknown, expired or revoked.")
            return caller
        if given.session is not None:
            caller = await self._sessions.caller(given.session.reveal(), given.ip)
            if caller is None:
                raise Unauthenticated("Your session has ended. Sign in again.")
            return caller
        raise Unauthenticated("Sign in, or send a token or key as Authorization: Bearer.")

    async def _acting_for(self, caller: Caller, account_id: str) -> Caller:
        if caller.kind != "api_key":
            raise Forbidden("Only a service key may act for somebody else.", grant="members:act_for")
        caller.require("members:act_for")
        member = None
        if is_id(account_id, "acc"):
            async with self._db.connection() as conn:
                member = await accounts.find_account(conn, caller.org_id, account_id)
        if member is None or member.suspended_at is not None:
            raise Forbidden("Convene-Acting-For does not name an active member of this organisation.")
        return replace(
            caller,
            account_id=member.account_id,
            role=member.role,
            grants=caller.grants & ROLE_GRANTS[member.role],
        )
