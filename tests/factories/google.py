"""A platform with Google Calendar beside the other services, and people who connect it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from convene.core.permissions import Caller
from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.google_session import GoogleEndpoints
from convene.providers.http_client import HttpClient
from convene.services.calendar_oauth import CalendarOAuth, Returned
from convene.services.connections import ConnectionView
from convene.storage.database import Database
from factories.calendars import CalendarWorld, calendar_world
from factories.platform import BASE_URL
from fakes.google_calendar import CLIENT_ID, CLIENT_SECRET, GoogleCalendarFake


def endpoints(url: str) -> GoogleEndpoints:
    """Return where a fake is, as an installation that it knows."""
    url = url.rstrip("/")
    return GoogleEndpoints(
        CLIENT_ID,
        CLIENT_SECRET,
        f"{url}/o/oauth2/v2/auth",
        f"{url}/token",
        f"{url}/revoke",
        f"{url}/calendar/v3",
    )


@dataclass
class GoogleWorld:
    place: CalendarWorld
    fake: GoogleCalendarFake
    oauth: CalendarOAuth

    async def consent(
        self, who: Caller, access: str = "two_way", *, connection_id: str = "", **how: Any
    ) -> Returned:
        """Go to Google, do there what `how` says, and come back."""
        url = await self.oauth.start(who, "google", access, connection_id)
        return await self.come_back(who, self.fake.consent(url, **how))

    async def come_back(self, who: Caller | None, address: str) -> Returned:
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        query.pop("scope", None)
        return await self.oauth.finish(who, "google", **query)

    async def connect(self, who: Caller, access: str = "two_way") -> ConnectionView:
        """Connect and read for the first time."""
        done = await self.consent(who, access)
        assert done.problem == "", done
        return await self.read(who, done.connection_id)

    async def read(self, who: Caller, connection_id: str) -> ConnectionView:
        await self.place.sync.sync_connection(who.org_id, connection_id)
        return await self.place.connections.get(who, connection_id)


@asynccontextmanager
async def google_world(db: Database, clock: Any, fake: GoogleCalendarFake) -> AsyncIterator[GoogleWorld]:
    """Make a world whose Google is a fake."""
    http = HttpClient(["127.0.0.1"])
    async with calendar_world(db, clock) as place:
        service = place.connections
        # One mapping serves all services of the world.
        service.providers["google"] = GoogleCalendarProvider(http, endpoints(fake.url), clock)  # type: ignore[index]
        oauth = CalendarOAuth(
            db, clock, place.world.jobs, service.sealer, service.providers, service, BASE_URL
        )
        yield GoogleWorld(place, fake, oauth)
    await http.close()
