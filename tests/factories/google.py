"""A platform with Google Calendar beside the other services, and people who connect it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.google_session import GoogleEndpoints
from convene.providers.http_client import HttpClient
from convene.storage.database import Database
from factories.sign_in import SignInWorld as GoogleWorld
from factories.sign_in import sign_in_world
from fakes.google_calendar import CLIENT_ID, CLIENT_SECRET, GoogleCalendarFake

__all__ = ["GoogleWorld", "endpoints", "google_world"]


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


@asynccontextmanager
async def google_world(db: Database, clock: Any, fake: GoogleCalendarFake) -> AsyncIterator[GoogleWorld]:
    """Make a world whose Google is a fake."""
    http = HttpClient(["127.0.0.1"])
    provider = GoogleCalendarProvider(http, endpoints(fake.url), clock)
    async with sign_in_world(db, clock, "google", fake, provider) as found:
        yield found
    await http.close()
