"""A real CalDAV server for the services' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caldav_servers import Radicale


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
