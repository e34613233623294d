"""Connecting calendars where people sign in at the service: sent there with a sealed state, and back with a code.

The state says who left, for what, and holds the PKCE verifier (RFC 7636); sealed, it can be neither read nor made by
anybody else, and it opens for the same person in the same session for a quarter of an hour. What was granted is read
from the answer: people can untick each part.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import anyio

from convene.core.calendar_policy import policy_of
from convene.core.errors import Conflict, Invalid, NotFound, RateLimited
from convene.core.permissions import Caller
from convene.ports.calendar_oauth import LEVELS, Access, SignsInElsewhere, Tokens
from convene.ports.calendars import CalendarProvider, Credentials, Discovery, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.sealing import Sealer, UnsealError
from convene.security.tokens import new_secret
from convene.services.calendar_credentials import secret_context
from convene.services.calendar_listing import store_listing
from convene.services.calendar_tokens import written
from convene.services.connections import SIGN_INS, ConnectionService, queue_sync
from convene.storage import audit, booking_writes, calendars, connections, event_writes, rate_limits
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

logger = logging.getLogger(__name__)

STATE_LASTS = timedelta(minutes=15)
_CONTEXT = ("calendar_oauth", "state")


@dataclass(frozen=True, slots=True)
class Service:
    """A service at which people sign in. `is_ready`: an administrator has registered this installation there."""

    kind: str
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """How somebody came back. `problem` is "" or a stable word: `denied`, `expired`, `unticked`, `other_account`, `failed`,
    or a provider's code.

    It travels in an address, which anybody can write: the sentence for it is the screen's.
    """

    kind: str
    problem: str = ""
    connection_id: str = ""
    asked: str = ""
    granted: str = ""


@dataclass(frozen=True, slots=True)
class _State:
    org_id: str
    account_id: str
    session_id: str
    kind: str
    access: Access
    connection_id: str
    verifier: str
    until: str


class _Problem(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CalendarOAuth:
    """Args:
    providers: by kind; those that are `SignsInElsewhere` are offered.
    base_url: where people come back to.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        sealer: Sealer,
        providers: Mapping[str, CalendarProvider],
        connection_service: ConnectionService,
        base_url: str,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.sealer = sealer
        self.providers = providers
        self.connections = connection_service
        self.base_url = base_url.rstrip("/")

    def services(self, caller: Caller) -> Sequence[Service]:
        """Return the services that can be connected so, also those that are not set up."""
        caller.require("calendars:read")
        return [
            Service(kind, provider.is_ready)
            for kind, provider in sorted(self.providers.items())
            if isinstance(provider, SignsInElsewhere)
        ]

    def redirect_uri(self, kind: str) -> str:
        """Return where a service sends people back to; it is registered there."""
        return f"{self.base_url}/oauth/calendar/{kind}/callback"

    # -- leaving

    async def start(self, caller: Caller, kind: str, access: str, connection_id: str = "") -> str:
        """Return the address at which the caller consents. With `connection_id`: to reconnect, or to grant more.

        Raises:
            Invalid: `kind` (unknown, not set up), `access`.
        """
        caller.require("calendars:write")
        provider = self._provider(kind)
        level = next((level for level in LEVELS if level == access), None)
        if level is None:
            raise Invalid("access", f"access must be one of: {', '.join(LEVELS)}.")
        held = (await self.connections.get(caller, connection_id)).row if connection_id else None
        if held is not None and held.kind != kind:
            raise Invalid("connection_id", "connection_id is a connection of another kind.")
        await self._count(caller)
        verifier = new_secret()
        state = _State(
            caller.org_id,
            caller.member_id,
            _session_of(caller),
            kind,
            level,
            connection_id,
            verifier,
            (self.clock() + STATE_LASTS).isoformat(),
        )
        return provider.authorize_url(
            level,
            redirect_uri=self.redirect_uri(kind),
            state=_urlsafe(self.sealer.seal(json.dumps(asdict(state)), *_CONTEXT)),
            challenge=_urlsafe(hashlib.sha256(verifier.encode()).digest()),
            login_hint=held.username if held is not None else "",
        )

    def _provider(self, kind: str) -> SignsInElsewhere:
        provider = self.providers.get(kind)
        if not isinstance(provider, SignsInElsewhere):
            raise Invalid("kind", f"kind: at {kind[:20]!r} nobody signs in.")
        if not provider.is_ready:
            raise Invalid(
                "kind",
                f"kind: {kind} is not set up on this installation. An administrator registers it there and sets "
                f"CONVENE_{kind.upper()}_CLIENT_ID and CONVENE_{kind.upper()}_CLIENT_SECRET.",
                reason="not_set_up",
            )
        return provider

    async def _count(self, caller: Caller) -> None:
        async with self.db.transaction() as conn:
            bucket = f"calendar_sign_in:{caller.org_id}:{caller.member_id}"
            wait = await rate_limits.take(conn, bucket, SIGN_INS, self.clock())
        if wait:
            raise RateLimited(
                "Too many attempts to connect a calendar. Wait a little.", retry_after_seconds=wait
            )

    # -- coming back

    async def finish(
        self, caller: Caller | None, kind: str, *, state: str, code: str = "", error: str = ""
    ) -> Returned:
        """Take what a service sent somebody back with. Never raises for what happened there: it is told to people."""
        try:
            left = self._left(caller, kind, state)
            assert caller is not None
            caller.require("calendars:write")
            if error or not code:
                raise _Problem("denied")
            return await self._finished(caller, left, self._provider(kind), code)
        except (_Problem, ProviderError) as problem:
            return Returned(kind, problem.code)
        except (Invalid, Conflict, NotFound) as failed:
            logger.info("nothing was connected at %s: %s", kind[:20], failed.detail)
            return Returned(kind, "failed")

    def _left(self, caller: Caller | None, kind: str, state: str) -> _State:
        """Return who left, if it is who comes back."""
        stale = _Problem("expired")
        try:
            sealed = base64.urlsafe_b64decode(state + "=" * (-len(state) % 4))
            left = _State(**json.loads(self.sealer.open(sealed, *_CONTEXT).reveal()))
        except (ValueError, TypeError, UnsealError):
            raise stale from None
        is_same = caller is not None and (caller.org_id, caller.account_id) == (left.org_id, left.account_id)
        if not is_same or left.kind != kind or datetime.fromisoformat(left.until) < self.clock():
            raise stale
        if left.session_id and (caller is None or left.session_id != _session_of(caller)):
            raise stale
        return left

    async def _finished(
        self, caller: Caller, left: _State, provider: SignsInElsewhere, code: str
    ) -> Returned:
        tokens = await provider.exchange(
            code, redirect_uri=self.redirect_uri(left.kind), verifier=left.verifier
        )
        tokens = replace(tokens, scope=provider.narrowed(tokens.scope, left.access))
        granted = provider.granted(tokens.scope)
        if granted is None:
            await self._give_back(provider, tokens)
            raise _Problem("unticked")
        credentials = Credentials(provider.account_url, "", tokens.access_token, tokens.scope)
        found: Discovery = await self.providers[left.kind].discover(credentials)
        username = str(found.profile.get("account") or "")
        row = await self._same(caller, left, username)
        secret = written(tokens)
        if row is None:
            typed = Credentials(provider.account_url, username, secret)
            view = await self.connections.remember(caller, left.kind, typed, username, found)
            connection_id = view.row.connection_id
        else:
            connection_id = row.connection_id
            await self._renew(caller, row, secret, found)
        return Returned(left.kind, connection_id=connection_id, asked=left.access, granted=granted)

    async def _same(self, caller: Caller, left: _State, username: str) -> CalendarConnection | None:
        """Return the caller's connection of this account. Raises if another one was to be reconnected."""
        async with self.db.connection() as conn:
            rows = await connections.list_connections(conn, caller.org_id, caller.member_id)
        for row in rows:
            if row.connection_id == left.connection_id and row.username != username:
                raise _Problem("other_account")
        return next((row for row in rows if (row.kind, row.username) == (left.kind, username)), None)

    async def _renew(self, caller: Caller, row: CalendarConnection, secret: str, found: Discovery) -> None:
        """Give a connection that there is what was granted now."""
        now = self.clock()
        async with self.db.transaction() as conn:
            await connections.lock_account(conn, caller.org_id, caller.member_id)
            await booking_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
            await event_writes.OUTBOX.wake(conn, row.org_id, row.connection_id, now)
            sealed = self.sealer.seal(secret, *secret_context(row.org_id, row.connection_id))
            await connections.set_secret(conn, row, sealed, now, url=row.url)
            await store_listing(
                conn,
                org_id=row.org_id,
                account_id=row.account_id,
                connection_id=row.connection_id,
                found=found,
                now=now,
                blocks=policy_of(row.policy).reads,
            )
            await self._keep_target(conn, row)
            await queue_sync(self.jobs, conn, row.org_id, row.connection_id)
            detail = {"reconnected": True, "access": found.profile.get("access", "")}
            await audit.append(
                conn,
                caller,
                "calendar_connection.changed",
                now=now,
                target=row.connection_id,
                detail=detail,
            )

    async def _keep_target(self, conn: Connection, row: CalendarConnection) -> None:
        """Where less was granted than before, meetings are no longer written there."""
        for item in await calendars.list_calendars(conn, row.org_id, [row.connection_id]):
            if item.is_target and not item.is_writable:
                await calendars.clear_target(conn, row.org_id, row.account_id)
                await calendars.set_builtin_target(conn, row.org_id, row.account_id)

    async def _give_back(self, provider: SignsInElsewhere, tokens: Tokens) -> None:
        with anyio.move_on_after(10):
            try:
                await provider.revoke(tokens)
            except ProviderError:
                return


def _session_of(caller: Caller) -> str:
    return caller.credential_id or "" if caller.kind == "session" else ""


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
