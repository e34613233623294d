"""The CalDAV provider against a server that does what SOGo was seen to do: the contract holds all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from calendar_contract import MOVED, NOW, RAW, UID, CalDavContract, http, kind_of, known

from caldav_servers import PASSWORD, event_text
from convene.ports.calendars import CalendarProvider, Credentials, ProviderError
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient
from fakes.faulty_proxy import FaultyProxy
from fakes.hostile_caldav import ROOT, HostileServer, hostile_server

__all__ = ["http"]
INVITING = RAW.replace(
    "SUMMARY:",
    "ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:ana@example.org\r\n"
    "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:bo@example.org\r\nSUMMARY:",
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as found:
        yield found


@pytest.fixture
def credentials(server: HostileServer) -> Credentials:
    return Credentials(server.url.rstrip("/") + ROOT, "ana", PASSWORD)


@pytest.fixture
def provider(http: HttpClient) -> CalendarProvider:
    return CalDavProvider(http, lambda: NOW)


class TestHostile(CalDavContract):
    async def behind(
        self, provider: CalendarProvider, credentials: Credentials, proxy: FaultyProxy
    ) -> tuple[Credentials, str]:
        seen = replace(credentials, url=proxy.url.rstrip("/") + ROOT)
        return seen, (await provider.discover(seen)).calendars[0].remote_id

    async def test_a_page_to_sign_in_is_passed_over(
        self, server: HostileServer, provider: CalendarProvider, credentials: Credentials
    ) -> None:
        assert await kind_of(provider.discover(replace(credentials, url=server.url))) == "permanent"
        assert len((await provider.discover(credentials)).calendars) == 1

    async def test_what_was_deleted_does_not_come_back(
        self, server: HostileServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        made = await self.written(provider, credentials, calendar)
        server.delete(self.name(made.remote_id))
        update = provider.update_event(credentials, calendar, made.remote_id, MOVED, made.etag)
        assert await kind_of(update) == "gone"
        assert server.names() == []

    async def test_a_change_in_the_second_of_the_last_read_is_seen(
        self, server: HostileServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        server.put("a.ics", event_text("a"))
        first = await provider.changes(credentials, calendar, {}, {})
        server.state.second = int(first.cursor["token"])
        server.put("b.ics", event_text("b"))
        second = await provider.changes(credentials, calendar, first.cursor, known(first))
        assert [self.name(event.remote_id) for event in second.changed] == ["b.ics"]

    async def test_people_are_left_out_where_the_server_would_invite_them(
        self, server: HostileServer, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        place = provider.event_id(calendar, UID)
        made = await provider.create_event(credentials, calendar, place, INVITING)
        held = server.get(self.name(place)) or ""
        assert "SUMMARY" in held
        assert "ORGANIZER" not in held
        guest = "ATTENDEE:mailto:guest@example.org\r\nSUMMARY:"
        await provider.update_event(
            credentials, calendar, place, INVITING.replace("SUMMARY:", guest), made.etag
        )
        assert server.state.invited == ["mailto:guest@example.org"]

    async def test_busy_times_alone_are_refused_when_the_server_cannot_tell_them(
        self, server: HostileServer, provider: CalendarProvider, credentials: Credentials
    ) -> None:
        with pytest.raises(ProviderError) as caught:
            await provider.discover(replace(credentials, scope=frozenset({"busy"})))
        assert (caught.value.kind, caught.value.code) == ("permanent", "no_free_busy")
