"""Applications as administrators and people see them: listing, changing, new secrets, taking authorizations back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from convene.core import people
from convene.core.applications import Application
from convene.core.errors import Invalid, NotFound
from convene.core.permissions import Caller
from convene.core.redirect_uris import matches
from convene.identity.accounts import require_person
from convene.identity.oauth import OAuth, checked_redirect_uris
from convene.ports.runtime import Clock
from convene.security.sealing import Secret
from convene.storage import applications, audit, authorizations, oauth
from convene.storage.authorizations import Authorization
from convene.storage.database import Connection, Database
from convene.storage.oauth import Client, ListedClient

OLD_SECRET_WORKS_FOR = timedelta(hours=24)


class Clients:
    """Use cases about an organisation's applications. All need `organization:manage` but those about one's own."""

    def __init__(self, db: Database, clock: Clock, tokens: OAuth) -> None:
        self._db = db
        self._clock = clock
        self._tokens = tokens

    async def listed(self, caller: Caller) -> list[ListedClient]:
        """Return the organisation's applications by name."""
        caller.require("organization:manage")
        async with self._db.connection() as conn:
            return await oauth.list_clients(conn, caller.org_id, self._clock())

    async def get(self, caller: Caller, client_id: str) -> ListedClient:
        """Return one application; `NotFound` for another organisation's."""
        for found in await self.listed(caller):
            if found.client_id == client_id:
                return found
        raise _unknown()

    async def find_anywhere(self, client_id: str) -> Client:
        """Return an application of whichever organisation. For the operator's command line only."""
        async with self._db.connection() as conn:
            found = await oauth.find_client(conn, client_id)
        if found is None:
            raise NotFound(f"There is no application {client_id}.")
        return found

    async def change(
        self,
        caller: Caller,
        client_id: str,
        *,
        name: str | None = None,
        redirect_uris: Sequence[str] | None = None,
    ) -> ListedClient:
        """Rename an application, or set where it may be sent back to. None leaves as it is."""
        caller.require("organization:manage")
        checked_name = None if name is None else people.checked_name(name)
        uris = None if redirect_uris is None else checked_redirect_uris(redirect_uris)
        async with self._db.transaction() as conn:
            client = await self._locked(conn, caller, client_id)
            await oauth.update_client(
                conn,
                caller.org_id,
                client_id,
                checked_name or client.name,
                client.redirect_uris if uris is None else uris,
            )
            await audit.append(conn, caller, "client.changed", now=self._clock(), target=client_id)
        return await self.get(caller, client_id)

    async def rotate_secret(self, caller: Caller, client_id: str) -> Secret:
        """Make a new secret, readable in this answer only. Those before it work for another day at most."""
        caller.require("organization:manage")
        now = self._clock()
        async with self._db.transaction() as conn:
            await self._locked(conn, caller, client_id)
            await applications.expire_secrets(conn, caller.org_id, client_id, now + OLD_SECRET_WORKS_FOR)
            made = await self._tokens.insert_secret(conn, caller.org_id, client_id)
            await audit.append(conn, caller, "client.secret_rotated", now=now, target=client_id)
        return made

    async def remove(self, caller: Caller, client_id: str) -> None:
        """Forget an application: its secrets, tokens, rules and channels. Events that it made stay.

        So do its links, which take no more bookings: guests read, move and cancel what they booked through them.
        """
        caller.require("organization:manage")
        now = self._clock()
        async with self._db.transaction() as conn:
            client = await self._locked(conn, caller, client_id)
            await authorizations.suspend_application_calendars(conn, caller.org_id, client_id, now)
            await oauth.delete_client(conn, caller.org_id, client_id)
            await audit.append(
                conn, caller, "client.removed", now=now, target=client_id, detail={"name": client.name}
            )

    async def end_service_account(self, caller: Caller, client_id: str) -> None:
        """No longer let an application obtain access for the organisation's people, if it may. What it obtained stays."""
        caller.require("organization:manage")
        now = self._clock()
        async with self._db.transaction() as conn:
            await self._locked(conn, caller, client_id)
            held = await authorizations.find_service_account(conn, caller.org_id, client_id)
            if held is None:
                return
            families = await authorizations.families_of(
                conn, caller.org_id, client_id, held.service_account_id
            )
            await authorizations.revoke_families(conn, caller.org_id, families, now)
            await authorizations.drop_codes(conn, caller.org_id, client_id)
            await authorizations.revoke_service_accounts(conn, caller.org_id, client_id, now)
            await audit.append(conn, caller, "client.service_account_ended", now=now, target=client_id)

    async def redirect_uri_of(self, application: Application, wanted: str) -> str:
        """Return `wanted` if it is registered for the calling application, its first one for ''; raise `Invalid`."""
        async with self._db.connection() as conn:
            client = await oauth.find_client(conn, application.client_id)
        registered = [] if client is None else client.redirect_uris
        if not wanted and registered and "*" not in registered[0]:
            return registered[0]
        if not matches(registered, wanted):
            raise Invalid("redirect_uri", "redirect_uri is not registered for this application.")
        return wanted

    # -- one's own

    async def my_authorizations(self, caller: Caller) -> list[Authorization]:
        """Return which applications may act for the caller."""
        account_id = require_person(caller)
        async with self._db.connection() as conn:
            return await authorizations.list_of_account(conn, caller.org_id, account_id)

    async def end_my_authorization(self, caller: Caller, client_id: str) -> None:
        """Stop an application from acting for the caller, at once. `NotFound` if it does not."""
        account_id = require_person(caller)
        now = self._clock()
        async with self._db.transaction() as conn:
            families = await authorizations.families_of(conn, caller.org_id, client_id, account_id)
            codes = await authorizations.drop_codes(conn, caller.org_id, client_id, account_id)
            if not families and not codes:
                raise NotFound("This application does not act for you.")
            await authorizations.revoke_families(conn, caller.org_id, families, now)
            await audit.append(
                conn,
                caller,
                "client.authorization_ended",
                now=now,
                target=client_id,
                detail={"account": account_id},
            )

    async def _locked(self, conn: Connection, caller: Caller, client_id: str) -> Client:
        found = await oauth.lock_client(conn, caller.org_id, client_id)
        if found is None:
            raise _unknown()
        return found


def _unknown() -> NotFound:
    return NotFound("There is no such application in this organisation.")
