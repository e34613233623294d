"""A platform with Microsoft's calendars beside the other services, and people who connect them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MicrosoftEndpoints
from convene.storage.database import Database
from factories.sign_in import SignInWorld as MicrosoftWorld
from factories.sign_in import sign_in_world
from fakes.microsoft_graph import CLIENT_ID, CLIENT_SECRET, TENANT, MicrosoftGraphFake

__all__ = ["MicrosoftWorld", "endpoints", "microsoft_world"]


def endpoints(url: str) -> MicrosoftEndpoints:
    """Return where a fake is, as an installation that it knows."""
    url = url.rstrip("/")
    return MicrosoftEndpoints(CLIENT_ID, CLIENT_SECRET, TENANT, url, url)


@asynccontextmanager
async def microsoft_world(
    db: Database, clock: Any, fake: MicrosoftGraphFake
) -> AsyncIterator[MicrosoftWorld]:
    """Make a world whose Microsoft is a fake that lives by the same clock."""
    fake.clock = clock
    http = HttpClient(["127.0.0.1"])
    provider = MicrosoftCalendarProvider(http, endpoints(fake.url), clock)
    async with sign_in_world(db, clock, "microsoft", fake, provider) as found:
        yield found
    await http.close()
