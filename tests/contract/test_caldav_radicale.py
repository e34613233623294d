"""The CalDAV provider against Radicale: the contract, and what only a server with passwords shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from calendar_contract import NOW, CalDavContract, FreeBusyContract, http, kind_of

from caldav_servers import PASSWORD, USER, Radicale, event_text
from convene.ports.calendars import CalendarProvider, Credentials
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient
from fakes.faulty_proxy import faulty_proxy

__all__ = ["http"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    server = Radicale(tmp_path_factory.mktemp("radicale"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Radicale) -> Radicale:
    running.remove_calendars()
    running.make_calendar()
    return running


@pytest.fixture
def credentials(server: Radicale) -> Credentials:
    return Credentials(server.url, USER, PASSWORD)


@pytest.fixture
def provider(http: HttpClient) -> CalendarProvider:
    return CalDavProvider(http, lambda: NOW)


class TestRadicale(CalDavContract, FreeBusyContract):
    async def test_a_wrong_password_needs_a_person(
        self, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        wrong = replace(credentials, secret="wrong")
        assert await kind_of(provider.discover(wrong)) == "reauth"
        assert await kind_of(provider.changes(wrong, calendar, {}, {})) == "reauth"
        assert "wrong" not in repr(wrong)

    @pytest.mark.parametrize("path", ["", "ana/", "ana/team/", "nowhere/at/all/", ".well-known/caldav"])
    async def test_any_address_of_the_host_leads_there(
        self, server: Radicale, provider: CalendarProvider, credentials: Credentials, path: str
    ) -> None:
        server.make_calendar("home", "Привет &amp; co")
        found = await provider.discover(replace(credentials, url=server.url + path))
        names = {item.name for item in found.calendars}
        assert "Work" in names
        assert all(item.is_writable for item in found.calendars)
        assert "Work" in names
        assert names <= {"Work", "Привет & co"}

    async def test_a_sign_in_page_is_not_caldav(
        self, server: Radicale, provider: CalendarProvider, credentials: Credentials
    ) -> None:
        async with faulty_proxy(server.url) as proxy:
            proxy.faults.sign_in_page = True
            assert await kind_of(provider.discover(replace(credentials, url=proxy.url))) == "permanent"

    async def test_a_broken_connection_while_reading_is_tried_again(
        self, server: Radicale, provider: CalendarProvider, credentials: Credentials
    ) -> None:
        server.put("e.ics", event_text("u"))
        async with faulty_proxy(server.url) as proxy:
            seen = replace(credentials, url=proxy.url)
            calendar = (await provider.discover(seen)).calendars[0].remote_id
            proxy.faults.lost_replies = ["REPORT"]
            assert len((await provider.changes(seen, calendar, {}, {})).changed) == 1
