"""Credentials of applications that worked before, for calls that prove them again with their own first statement.

Resolving a credential takes a statement of its own. A call that reads something of the database anyway may begin with a
`Claim` instead: who the credential belonged to when it was last resolved, which never changes for one credential. Whether
it still works does change, so a claim is worth nothing until `visible_versions` has looked, in the same statement that
reads what is asked for. Only a call that handles both outcomes may take one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, replace

from convene.core.applications import Application
from convene.core.errors import Unauthenticated
from convene.identity.applications import Accepts, Applications, Presented
from convene.ports.runtime import Clock
from convene.security.tokens import fingerprint
from convene.storage import applications
from convene.storage.database import Connection, Database

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """`credential` is the hash of what was presented, and None once `application` has been resolved.

    The application of a claim that is not proved has no `ip`.
    """

    application: Application
    credential: bytes | None = None


class Claims:
    """Remembers whose credentials are, by their hashes. Not for element tokens: what those may do changes."""

    def __init__(self, db: Database, known: Applications, clock: Clock) -> None:
        self._db = db
        self._applications = known
        self._clock = clock
        self._remembered: OrderedDict[bytes, Application] = OrderedDict()
        self._versions = applications.VisibleVersions(db)
        self._boarding: dict[tuple[bytes, frozenset[str]], asyncio.Task[Mapping[str, int]]] = {}

    async def claim(self, given: Presented, accepts: Accepts) -> Claim:
        """Return a claim by a credential that worked before, or resolve it. Raises as `Applications.resolve` does."""
        if given.bearer is not None and not given.client_id and given.client_secret is None:
            digest = fingerprint(given.bearer.reveal())
            found = self._remembered.get(digest)
            if found is not None:
                return Claim(found, digest)
        return await self.prove(given, accepts)

    async def prove(self, given: Presented, accepts: Accepts) -> Claim:
        """Resolve the credential, whatever is remembered of it."""
        digest = None if given.bearer is None else fingerprint(given.bearer.reveal())
        if digest is not None:
            self._remembered.pop(digest, None)
        application = await self._applications.resolve(given, accepts)
        if digest is not None and application.kind in ("access_token", "api_key"):
            self._remembered[digest] = replace(application, ip="")
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return Claim(application)

    def versions_soon(self, claim: Claim, subs: frozenset[str]) -> Awaitable[Mapping[str, int]]:
        """`visible_versions` for a claim that is not proved. The question is sent at the event loop's next turn.

        Calls that arrive before it is sent share it: what it sees is newer than each of them. Those that arrive later
        get one of their own. Whoever does not wait for the answer leaves it to the others.
        """
        assert claim.credential is not None
        key = claim.credential, subs
        found = self._boarding.get(key)
        if found is None:
            found = self._boarding[key] = asyncio.create_task(self._ask(key, claim))
            # Told to those who wait; nobody may be left.
            found.add_done_callback(lambda task: task.cancelled() or task.exception())
        return asyncio.shield(found)

    async def _ask(self, key: tuple[bytes, frozenset[str]], claim: Claim) -> Mapping[str, int]:
        del self._boarding[key]
        credential, subs = key
        application = claim.application
        found = await self._versions.ask(
            application.org_id, application.client_id, subs, credential, self._clock()
        )
        return _proved(found, subs)

    async def visible_versions(
        self, conn: Connection, claim: Claim, subs: Collection[str], field: str = "sub"
    ) -> Mapping[str, int]:
        """`Applications.visible_versions` for a claim.

        Raises:
            Unauthenticated: the credential does not work any more, or some account may not be seen: prove the claim to
                learn which.
        """
        if claim.credential is None:
            return await self._applications.visible_versions(conn, claim.application, subs, field)
        application = claim.application
        found = await applications.visible_versions(
            conn, application.org_id, application.client_id, subs, claim.credential, self._clock()
        )
        return _proved(found, subs)


def _proved(found: Mapping[str, int], subs: Collection[str]) -> Mapping[str, int]:
    if not found.keys() >= set(subs):
        raise Unauthenticated("The credential must be proved.", code="invalid_token")
    return found
