"""A platform with a calendar service at which people sign in themselves, and people who connect it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from convene.core.permissions import Caller
from convene.ports.calendars import CalendarProvider
from convene.services.calendar_oauth import CalendarOAuth, Returned
from convene.services.connection_views import ConnectionView
from convene.storage.database import Database
from factories.calendars import CalendarWorld, calendar_world
from factories.platform import BASE_URL


@dataclass
class SignInWorld:
    """`fake` is the service of a `kind`; its `consent` does what a person does on the consent page."""

    kind: str
    place: CalendarWorld
    fake: Any
    oauth: CalendarOAuth

    async def consent(
        self, who: Caller, access: str = "two_way", *, connection_id: str = "", **how: Any
    ) -> Returned:
        """Go to the service, do there what `how` says, and come back."""
        url = await self.oauth.start(who, self.kind, access, connection_id)
        return await self.come_back(who, self.fake.consent(url, **how))

    async def come_back(self, who: Caller | None, address: str) -> Returned:
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        told = {name: query.get(name, "") for name in ("state", "code", "error")}
        return await self.oauth.finish(who, self.kind, **told)

    async def connect(self, who: Caller, access: str = "two_way") -> ConnectionView:
        """Connect and read for the first time."""
        done = await self.consent(who, access)
        assert done.problem == "", done
        return await self.read(who, done.connection_id)

    async def read(self, who: Caller, connection_id: str) -> ConnectionView:
        await self.place.sync.sync_connection(who.org_id, connection_id)
        return await self.place.connections.get(who, connection_id)


@asynccontextmanager
async def sign_in_world(
    db: Database, clock: Any, kind: str, fake: Any, provider: CalendarProvider
) -> AsyncIterator[SignInWorld]:
    """Make a world whose service of a kind is a fake, as `provider` speaks to it."""
    async with calendar_world(db, clock) as place:
        service = place.connections
        # One mapping serves all services of the world.
        service.providers[kind] = provider  # type: ignore[index]
        oauth = CalendarOAuth(
            db, clock, place.world.jobs, service.sealer, service.providers, service, BASE_URL
        )
        yield SignInWorld(kind, place, fake, oauth)
