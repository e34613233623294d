"""Signing in and out. A session is a random token in a cookie; the database holds its hash.

Idle sessions end after 12 hours, all after 30 days. Guessing is slowed by two buckets that failures empty: one per
address and network, one per network. Nothing tells an unknown address from a wrong password, neither words nor time.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from convene.core.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity.accounts import require_person, wake_access
from convene.ports.runtime import Clock, Waker
from convene.security.passwords import Passwords
from convene.security.sealing import Secret
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.storage import accounts, audit, rate_limits, sessions
from convene.storage.accounts import Account
from convene.storage.database import Connection, Database
from convene.storage.rate_limits import Limit
from convene.storage.sessions import ListedSession, LiveSession

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
PER_ACCOUNT = Limit(capacity=5, seconds=900)
PER_NETWORK = Limit(capacity=50, seconds=900)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` goes into the cookie and is kept nowhere else."""

    account: Account
    session_id: str
    token: Secret
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from, for the list of sessions, the limits and the audit log."""

    ip: str = ""
    user_agent: str = ""


class Sessions:
    """Use cases about browsers that are signed in."""

    def __init__(self, db: Database, clock: Clock, passwords: Passwords, waker: Waker | None) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._waker = waker

    async def sign_in(
        self, email: str, password: str, visitor: Visitor, *, replaces: str | None = None
    ) -> SignedIn:
        """Start a session for the right password.

        Args:
            replaces: the session token that the browser already holds; it stops working.

        Raises `Unauthenticated` (`bad_credentials`) for an unknown address, a wrong password and a suspended account
        alike, `RateLimited` after too many failures.
        """
        buckets = _buckets(email, visitor.ip)
        await self._take(buckets)
        async with self._db.connection() as conn:
            account = await accounts.find_account_by_email(conn, email.strip())
        active = account if account is not None and account.suspended_at is None else None
        if not await self._passwords.verify(active.password_hash if active else None, password):
            await self._record_refusal(account, visitor)
            raise _refused()
        assert active is not None
        active = await self._rehashed(active, password)
        async with self._db.transaction() as conn:
            # Read again under a lock: a password that was changed meanwhile must not open a session.
            current = await accounts.lock_account_against_change(conn, active.org_id, active.account_id)
            if current is None or current.password_hash != active.password_hash:
                raise _refused()
            for bucket, limit in buckets:
                await rate_limits.give_back(conn, bucket, limit)
            return await self.start(conn, current, visitor, replaces=replaces)

    async def start(
        self, conn: Connection, account: Account, visitor: Visitor, *, replaces: str | None = None
    ) -> SignedIn:
        """Start a session for somebody whose identity is proven, inside the caller's transaction."""
        now = self._clock()
        token = new_secret()
        signed_in = SignedIn(account, new_id("session"), Secret(token), now + ABSOLUTE)
        if replaces:
            await sessions.delete_session_by_token(conn, fingerprint(replaces))
        await sessions.insert_session(
            conn,
            org_id=account.org_id,
            session_id=signed_in.session_id,
            token_hash=fingerprint(token),
            account_id=account.account_id,
            now=now,
            expires_at=signed_in.expires_at,
            user_agent=visitor.user_agent[:300],
            ip=visitor.ip,
        )
        caller = Caller(account.org_id, "session", account.account_id, account.role, ip=visitor.ip)
        await audit.append(conn, caller, "session.started", now=now, target=signed_in.session_id)
        return signed_in

    async def start_for(
        self, org_id: str, account_id: str, visitor: Visitor, *, replaces: str | None = None
    ) -> SignedIn:
        """Start a session without a password. For demonstrations; raises `NotFound` unless the person is active."""
        async with self._db.transaction() as conn:
            account = await accounts.find_account(conn, org_id, account_id)
            if account is None or account.suspended_at is not None:
                raise NotFound("There is no such person in this organisation.")
            return await self.start(conn, account, visitor, replaces=replaces)

    async def renew(self, caller: Caller, visitor: Visitor) -> SignedIn:
        """Put a new session in the place of the caller's own, whose token stops working."""
        account_id = self._own(caller)
        async with self._db.transaction() as conn:
            account = await accounts.find_account(conn, caller.org_id, account_id)
            if account is None or caller.credential_id is None:
                raise NotFound("There is no such session.")
            await sessions.delete_session(conn, caller.org_id, account_id, caller.credential_id)
            return await self.start(conn, account, visitor)

    async def caller(self, token: str, ip: str) -> Caller | None:
        """Return who holds this session token, or None if it is unknown, over, or its owner suspended."""
        async with self._db.connection() as conn:
            found = await sessions.find_session(conn, fingerprint(token))
            if found is None or not self._is_live(found):
                return None
            now = self._clock()
            if now - found.last_seen_at >= SEEN_EVERY:
                await sessions.touch_session(conn, found.org_id, found.session_id, now)
        return Caller(
            org_id=found.org_id,
            kind="session",
            account_id=found.account_id,
            role=found.role,
            grants=ROLE_GRANTS[found.role],
            credential_id=found.session_id,
            ip=ip,
        )

    async def is_live(self, org_id: str, session_id: str) -> bool:
        """Tell whether a session still counts. For connections that outlive a request."""
        async with self._db.connection() as conn:
            found = await sessions.find_session_by_id(conn, org_id, session_id)
        return found is not None and self._is_live(found)

    async def list_mine(self, caller: Caller) -> list[ListedSession]:
        """Return the caller's live sessions, the one seen last first."""
        account_id = require_person(caller)
        now = self._clock()
        async with self._db.connection() as conn:
            return await sessions.list_sessions(conn, caller.org_id, account_id, now, now - IDLE)

    async def sign_out(self, caller: Caller) -> None:
        """End the session that the request came with."""
        account_id = self._own(caller)
        async with self._db.connection() as conn:
            await sessions.delete_session(conn, caller.org_id, account_id, caller.credential_id or "")
        wake_access(self._waker, account_id)

    async def revoke(self, caller: Caller, session_id: str) -> None:
        """End one of the caller's sessions; raises `NotFound` for anybody else's."""
        account_id = require_person(caller)
        async with self._db.transaction() as conn:
            if not await sessions.delete_session(conn, caller.org_id, account_id, session_id):
                raise NotFound("There is no such session.")
            await audit.append(conn, caller, "session.revoked", now=self._clock(), target=session_id)
        wake_access(self._waker, account_id)

    async def sign_out_everywhere(self, caller: Caller) -> None:
        """End all sessions of the caller."""
        account_id = require_person(caller)
        async with self._db.transaction() as conn:
            ended = await sessions.delete_sessions_of(conn, caller.org_id, account_id)
            await audit.append(
                conn,
                caller,
                "sessions.ended",
                now=self._clock(),
                target=account_id,
                detail={"count": ended},
            )
        wake_access(self._waker, account_id)

    def _is_live(self, found: LiveSession) -> bool:
        now = self._clock()
        return found.suspended_at is None and now < found.expires_at and now - found.last_seen_at < IDLE

    def _own(self, caller: Caller) -> str:
        if caller.kind != "session" or caller.account_id is None:
            raise Forbidden("This needs a session; you came with a token.")
        return caller.account_id

    async def _take(self, buckets: list[tuple[str, Limit]]) -> None:
        now = self._clock()
        async with self._db.connection() as conn:
            for bucket, limit in buckets:
                wait = await rate_limits.take(conn, bucket, limit, now)
                if wait:
                    raise RateLimited(
                        "Too many attempts to sign in. Wait a few minutes.", retry_after_seconds=wait
                    )

    async def _record_refusal(self, account: Account | None, visitor: Visitor) -> None:
        """Write the failure down: for unknown addresses with the first organisation, at the same cost in time."""
        async with self._db.transaction() as conn:
            if account is not None:
                org_id, target = account.org_id, account.account_id
            else:
                first = await accounts.oldest_organization(conn)
                if first is None:
                    return
                org_id, target = first.org_id, ""
            caller = Caller(org_id, "system", credential_id="anonymous", ip=visitor.ip)
            await audit.append(conn, caller, "session.refused", now=self._clock(), target=target)

    async def _rehashed(self, account: Account, password: str) -> Account:
        if account.password_hash is None or not self._passwords.needs_rehash(account.password_hash):
            return account
        better = await self._passwords.hash(password)
        async with self._db.connection() as conn:
            await accounts.replace_password_hash(conn, account, better)
        return replace(account, password_hash=better)


def _refused() -> Unauthenticated:
    return Unauthenticated("The e-mail address or the password is not right.", code="bad_credentials")


def _buckets(email: str, ip: str) -> list[tuple[str, Limit]]:
    """The network first: once it is out of tokens, no account's bucket is touched. Addresses are kept as hashes."""
    network = network_of(ip)
    who = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return [(f"sign-in {network}", PER_NETWORK), (f"sign-in {who} {network}", PER_ACCOUNT)]


def network_of(ip: str) -> str:
    """Return the network that one visitor controls: an IPv4 address, the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)
