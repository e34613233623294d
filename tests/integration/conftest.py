"""What several tests of the server stand on: an organisation with everything in it, and a real CalDAV server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from caldav_servers import Radicale
from convene.storage.database import Database
from factories.access_world import World, access_world


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path: Path, clock: Any) -> AsyncIterator[World]:
    """Two organisations of which the one may see nothing of the other."""
    async with access_world(database_url, tmp_path, clock) as found:
        yield found


@pytest.fixture(scope="session")
def running_radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    found = Radicale(tmp_path_factory.mktemp("radicale"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def radicale(running_radicale: Radicale) -> Radicale:
    """Radicale with one empty calendar; the same process for all tests, whatever one did to it."""
    running_radicale.reset()
    running_radicale.make_calendar()
    return running_radicale
