"""Credentials of applications that worked before, for calls that prove them again with their own first statement.

Resolving a credential takes a statement of its own. A call that reads something of the database anyway may begin with a
`Claim` instead: who the credential belonged to when it was last resolved, which never changes for one credential. Whether
it still works does change, so a claim is worth nothing until `visible_versions` has looked, in the same statement that
reads what is asked for. Only a call that handles both outcomes may take one.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from convene.core.applications import Application
from convene.core.errors import Unauthenticated
from convene.identity.applications import Accepts, Applications, Presented
from convene.ports.runtime import Clock
from convene.security.tokens import fingerprint
from convene.storage import applications
from convene.storage.database import Connection, Database

_REMEMBERED = 10_000
_Key = tuple[bytes, frozenset[str]]


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
        # Who waits for a question that is not sent yet, and how many are sent and not answered.
        self._boarding: dict[_Key, list[asyncio.Future[Mapping[str, int]]]] = {}
        self._underway: Counter[_Key] = Counter()

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

    async def versions_soon(self, claim: Claim, subs: frozenset[str]) -> asyncio.Future[Mapping[str, int]]:
        """`visible_versions` for a claim that is not proved: returns when the question is sent, with what will answer it.

        Calls that arrive while the same is being asked wait for the event loop's next turn, and share one question with
        those that have arrived by then: what it sees is newer than each of them.
        """
        assert claim.credential is not None
        key = claim.credential, subs
        answer: asyncio.Future[Mapping[str, int]] = asyncio.get_running_loop().create_future()
        boarding = self._boarding.get(key)
        if boarding is not None:
            boarding.append(answer)
        elif key in self._underway:
            self._boarding[key] = [answer]
            asyncio.get_running_loop().call_soon(self._depart, key, claim)
        else:
            self._send(key, claim, [answer])
            return answer
        await asyncio.sleep(0)
        return answer

    def _depart(self, key: _Key, claim: Claim) -> None:
        self._send(key, claim, self._boarding.pop(key))

    def _send(self, key: _Key, claim: Claim, answers: list[asyncio.Future[Mapping[str, int]]]) -> None:
        credential, subs = key
        self._underway[key] += 1

        def tell(found: Mapping[str, int] | Exception) -> None:
            self._underway[key] -= 1
            if not self._underway[key]:
                del self._underway[key]
            for answer in answers:
                if answer.done():
                    continue
                if isinstance(found, Exception):
                    answer.set_exception(found)
                elif found.keys() >= subs:
                    answer.set_result(found)
                else:
                    answer.set_exception(_unproved())

        application = claim.application
        self._versions.send(application.org_id, application.client_id, subs, credential, self._clock(), tell)

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
        if not found.keys() >= set(subs):
            raise _unproved()
        return found


def _unproved() -> Unauthenticated:
    return Unauthenticated("The credential must be proved.", code="invalid_token")
