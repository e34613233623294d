"""The CalDAV provider against Cyrus: the contract, and what a server does that sends invitations itself (RFC 6638)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from calendar_contract import NOW, UID, CalDavContract, FreeBusyContract, http

from caldav_servers import PASSWORD, event_text
from convene.formats.booking_event import BookedMeeting, Person, apply_booking, booking_event
from convene.ports.calendars import CalendarProvider, Credentials
from convene.providers.caldav import CalDavProvider
from convene.providers.http_client import HttpClient
from cyrus_server import DOMAIN, Cyrus

__all__ = ["http"]
pytestmark = pytest.mark.cyrus

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
MEETING = BookedMeeting(
    uid=UID,
    booking_id="bkg_1",
    revision=1,
    title="Planning",
    start=START,
    end=START + timedelta(hours=1),
    tzid="Europe/Madrid",
    stamp=datetime(2026, 11, 20, 9, tzinfo=UTC),
    organizer=Person("Ana", f"ana@{DOMAIN}"),
    attendees=(Person("Bo", f"bo@{DOMAIN}", "needs-action"), Person("Cy", "cy@example.org")),
)
INVITES_BO = {
    f"ORGANIZER;CN=Ana:mailto:ana@{DOMAIN}\r\nATTENDEE;PARTSTAT=ACCEPTED": f"mailto:ana@{DOMAIN}",
    "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION": f"mailto:bo@{DOMAIN}",
}


@pytest.fixture
def server(cyrus: Cyrus) -> Cyrus:
    return cyrus


@pytest.fixture
def credentials(server: Cyrus) -> Credentials:
    return Credentials(server.url, "ana", PASSWORD)


@pytest.fixture
def provider(http: HttpClient) -> CalendarProvider:
    return CalDavProvider(http, lambda: NOW)


class TestCyrus(CalDavContract, FreeBusyContract):
    async def test_who_the_person_is_there(
        self, provider: CalendarProvider, credentials: Credentials
    ) -> None:
        found = await provider.discover(credentials)
        assert [item.name for item in found.calendars] == ["personal"]
        assert f"ana@{DOMAIN}" in found.profile["addresses"]

    async def test_whom_we_invite_the_server_does_not_invite_again(
        self, server: Cyrus, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        place = provider.event_id(calendar, UID)
        await provider.create_event(credentials, calendar, place, booking_event(MEETING))
        for revision in (2, 3):
            held = await provider.get_event(credentials, calendar, place)
            assert held is not None
            assert f"bo@{DOMAIN}" in held.raw
            moved = replace(MEETING, revision=revision, start=START - timedelta(hours=revision))
            raw = apply_booking(held.raw, moved)
            assert raw is not None
            made = await provider.update_event(credentials, calendar, place, raw, held.etag)
        await provider.delete_event(credentials, calendar, place, made.etag)
        # Somebody else's program invites after that; when its message is there, ours would be.
        server.put("theirs.ics", event_text("theirs", **INVITES_BO))
        assert ["UID:theirs" in text for text in server.eventually("bo", 1).values()] == [True]
        assert ["UID:theirs" in text for text in server.eventually("bo", 1, "Inbox").values()] == [True]

    async def test_what_the_server_rewrites_is_read_back(
        self, provider: CalendarProvider, credentials: Credentials, calendar: str
    ) -> None:
        place = provider.event_id(calendar, "invited")
        made = await provider.create_event(credentials, calendar, place, event_text("invited", **INVITES_BO))
        assert made.raw is not None
        assert "SCHEDULE-STATUS" in made.raw.replace("\r\n ", "")
        raw = made.raw.replace("T100000Z", "T123000Z").replace("T110000Z", "T130000Z")
        moved = await provider.update_event(credentials, calendar, place, raw, made.etag)
        held = await provider.get_event(credentials, calendar, place)
        assert held is not None
        assert (held.etag, "T123000Z" in held.raw) == (moved.etag, True)
