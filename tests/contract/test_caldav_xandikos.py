"""The CalDAV provider against Xandikos."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from calendar_contract import NOW, CalDavContract, FreeBusyContract, http

from caldav_servers import PASSWORD, USER, Xandikos
from convene.ports.calendars import CalendarProvider, Credentials
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient

__all__ = ["http"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Xandikos]:
    server = Xandikos(tmp_path_factory.mktemp("xandikos"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Xandikos) -> Xandikos:
    for name in running.names():
        running.delete(name)
    return running


@pytest.fixture
def credentials(server: Xandikos) -> Credentials:
    return Credentials(server.url, USER, PASSWORD)


@pytest.fixture
def provider(http: HttpClient) -> CalendarProvider:
    return CalDavProvider(http, lambda: NOW)


class TestXandikos(CalDavContract, FreeBusyContract):
    pass
