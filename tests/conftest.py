"""Fixtures for all tests: a real database per worker, emptied between tests, and a clock that stands still.

`CONVENE_TEST_DATABASE_URL` names a server (its role must be allowed to create databases). Without it all workers share
one embedded server in a directory of its own, run by the programs in `CONVENE_TEST_POSTGRES_BIN` or by the wheel's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dns.asyncresolver import Resolver
from dns.resolver import NoResolverConfiguration
from hypothesis import HealthCheck, settings

import databases
from convene.providers import dns_records
from convene.storage.database import Database
from convene.storage.migrate import migrate
from cyrus_server import Cyrus

# The same examples on every run, so that a failure here is one everywhere; and no test is decided by a clock.
settings.register_profile(
    "convene",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("convene")
zoneinfo.reset_tzpath(())  # as where the product starts: zones come from the pinned tzdata package alone


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-bound", action="store_true", help="only tests that use a database server")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Playwright's loop goes on in the main thread once a browser was used, and no other can run there then.
    items.sort(key=lambda item: "e2e" in item.keywords)
    if not config.getoption("--database-bound"):
        return
    bound = [
        item for item in items if "server" in getattr(item, "fixturenames", ()) or "database" in item.keywords
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in bound])
    items[:] = bound


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # workers of xdist inherit the choice
        databases.choose_place()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.clear_place()


@pytest.fixture(scope="session", autouse=True)
def no_name_servers() -> None:
    """Records of domains are asked for nowhere: what this machine's name servers say is no matter of tests."""

    def nobody() -> Resolver:
        raise NoResolverConfiguration

    dns_records.system_resolver = nobody


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class StandingClock:
    """A clock that tests move by hand."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.fixture
def passable_path() -> Iterator[Path]:
    """A directory of this test for embedded servers: root's run as another user, who cannot get to `tmp_path`."""
    path = Path(tempfile.mkdtemp(prefix="convene-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, str | None]]:
    """A PostgreSQL server that may be filled with databases, and the role that shall own them (None: the same)."""
    with databases.running_server() as found:
        yield found


@pytest.fixture(scope="session")
def server_url(server: tuple[str, str | None]) -> str:
    return server[0]


@pytest.fixture(scope="session")
def database_url(server: tuple[str, str | None], worker_id: str) -> Iterator[str]:
    """A migrated database of this test worker."""
    with databases.new_database(*server, f"convene_test_{worker_id}_{os.getpid()}") as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def empty_database_url(server: tuple[str, str | None]) -> Iterator[str]:
    """A database of this very test, without any tables."""
    with databases.new_database(*server, "convene_empty") as url:
        yield url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open pool on an empty, migrated database."""
    databases.empty(database_url)
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def running_cyrus() -> Iterator[Cyrus]:
    """A CalDAV server that schedules, one for all tests of this worker; see `tests/cyrus_server.py`."""
    found = Cyrus()
    found.start()
    yield found
    found.stop()


@pytest.fixture
def cyrus(running_cyrus: Cyrus) -> Cyrus:
    """Cyrus with two people whose calendars are empty."""
    running_cyrus.reset()
    return running_cyrus
