"""From the credentials of a call on the Cronofy-compatible surface to an `Application`, and what it may see.

Which credential counts depends on the call (`Accepts`). Where several are sent, those in the body are looked at first,
then Bearer as an access token, then Bearer as a client secret, then the element token: SDKs send useless Bearer tokens
beside good credentials. Sessions never count here, so no page can make a browser call this surface for its user.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from convene.core.applications import Application, ApplicationKind
from convene.core.errors import Invalid, Unauthenticated
from convene.identity.oauth import OAuth, secret_context
from convene.ports.runtime import Clock
from convene.security.sealing import Sealer, Secret
from convene.security.tokens import fingerprint
from convene.storage import applications
from convene.storage.database import Connection, Database

_PRINTABLE = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Presented:
    """What a call carries: `Authorization: Bearer`, `client_id` and `client_secret` in the body, `?et=`."""

    bearer: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    element_token: Secret | None = None
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Accepts:
    """Which credentials a call takes."""

    access_token: bool = False
    api_key: bool = False
    credentials: bool = False
    element: bool = False


class Applications:
    """Resolves and judges applications. Revocations count from the next call on."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, oauth: OAuth) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._oauth = oauth

    async def resolve(self, given: Presented, accepts: Accepts) -> Application:
        """Return who calls; raise `Unauthenticated` if no accepted credential works."""
        if accepts.credentials and given.client_secret is not None:
            found = await self._by_secret(given.client_secret, "credentials", given.ip)
            named = given.client_id.encode(errors="replace")
            if found is None or not hmac.compare_digest(found.client_id.encode(), named):
                raise Unauthenticated("client_id and client_secret do not match.", code="invalid_client")
            return found
        for look, credential in (
            (self._by_access_token if accepts.access_token else None, given.bearer),
            (self._by_api_key if accepts.api_key else None, given.bearer),
            (self._by_element_token if accepts.element else None, given.element_token),
        ):
            if look is not None and credential is not None:
                found = await look(credential, given.ip)
                if found is not None:
                    return found
        raise Unauthenticated("The credential is missing, unknown, expired or revoked.", code="invalid_token")

    async def origin_of_element(self, element_token: Secret) -> str | None:
        """Return the page origin that an element token was made for, also if the token is over by now."""
        text = element_token.reveal()
        if _PRINTABLE.fullmatch(text) is None:
            return None
        async with self._db.connection() as conn:
            return await applications.find_element_origin(conn, fingerprint(text))

    async def live_secrets(self, conn: Connection, org_id: str, client_id: str) -> list[Secret]:
        """Return the secrets with which this application checks what we send it, newest first."""
        rows = await applications.list_secrets(conn, org_id, client_id, self._clock())
        context = secret_context(org_id, client_id)
        return [self._sealer.open(row.secret, *context) for row in rows]

    async def require_visible(
        self, conn: Connection, application: Application, subs: Collection[str], field: str = "sub"
    ) -> None:
        """Raise `Invalid` naming `field` if the application may not see one of these accounts.

        It sees who has authorized it, its own application calendars and the organisation's rooms; an element token
        only what it was made for.
        """
        await self.visible_versions(conn, application, subs, field)

    async def visible_versions(
        self, conn: Connection, application: Application, subs: Collection[str], field: str = "sub"
    ) -> Mapping[str, int]:
        """`require_visible`, and return the version of each account's time (see `services.availability_cache`)."""
        wanted = set(subs)
        found = await applications.visible_versions(conn, application.org_id, application.client_id, wanted)
        seen = found.keys() & application.subs if application.kind == "element" else found.keys()
        hidden = sorted(wanted - seen)
        if hidden:
            raise Invalid(
                field, f"{field}: this application may not see {hidden[0][:60]!r}.", code="not_found"
            )
        return found

    async def _by_access_token(self, credential: Secret, ip: str) -> Application | None:
        token = await self._oauth.token(credential.reveal())
        if token is None:
            return None
        return Application(
            org_id=token.org_id,
            client_id=token.client_id,
            kind="access_token",
            account_id=token.account_id,
            service_account_id=token.service_account_id,
            scope=frozenset(token.scope),
            ip=ip,
        )

    async def _by_api_key(self, credential: Secret, ip: str) -> Application | None:
        return await self._by_secret(credential, "api_key", ip)

    async def _by_secret(self, credential: Secret, kind: ApplicationKind, ip: str) -> Application | None:
        text = credential.reveal()
        if _PRINTABLE.fullmatch(text) is None:
            return None
        async with self._db.connection() as conn:
            row = await applications.find_by_secret(conn, fingerprint(text), self._clock())
        if row is None:
            return None
        return Application(row.org_id, row.client_id, kind, ip=ip)

    async def _by_element_token(self, credential: Secret, ip: str) -> Application | None:
        text = credential.reveal()
        if _PRINTABLE.fullmatch(text) is None:
            return None
        async with self._db.connection() as conn:
            row = await applications.find_element_token(conn, fingerprint(text), self._clock())
        if row is None:
            return None
        return Application(
            org_id=row.org_id,
            client_id=row.client_id,
            kind="element",
            # An account that allows nothing any more is not acted for, however long the token would live.
            account_id=row.subs[0] if row.scope else None,
            scope=frozenset(row.scope),
            permissions=frozenset(row.permissions),
            subs=tuple(row.subs),
            origin=row.origin,
            ip=ip,
        )
