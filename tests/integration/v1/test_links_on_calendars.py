"""A link's event on real CalDAV calendars: in the calendars that the link names, saying there what it is told to say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from caldav_servers import PASSWORD, USER, Radicale
from convene.storage.database import Database, execute
from factories.links import Links, make_links, query
from factories.receivers import application_world


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(
        database_url, tmp_path, clock, CONVENE_ALLOW_PRIVATE_TARGETS="127.0.0.1"
    ) as world:
        yield await make_links(world)


async def connected(links: Links, who, radicale: Radicale, name: str) -> str:
    """Connect somebody to the server and return the id of the calendar of this name, after its first reading."""
    platform = links.world.installation.platform
    view = await platform.connections.connect(
        who, kind="caldav", url=radicale.url, username=USER, password=PASSWORD
    )
    async with platform.db.connection() as conn:
        # Where anybody wants bookings written: not where the link says, so that the difference shows.
        await execute(conn, "UPDATE calendar SET is_target = false")
    await platform.sync.sync_connection(who.org_id, view.row.connection_id)
    return next(calendar.calendar_id for calendar in view.calendars if calendar.name == name)


async def write_all(links: Links) -> None:
    """Do what the worker would."""
    platform = links.world.installation.platform
    for org_id, booking_id, account_id in await links.rows(
        "SELECT org_id, booking_id, account_id FROM booking_write WHERE state = 'pending'"
    ):
        await platform.write_back.write(org_id, booking_id, account_id)


def events(radicale: Radicale, place: str) -> list[str]:
    found = [radicale.get(name, place) or "" for name in radicale.names(place)]
    return [text.replace("\r\n ", "").replace("\n ", "") for text in found]


async def test_an_event_lands_in_every_target_calendar_and_goes_when_the_guest_cancels(
    links: Links, radicale: Radicale
):
    places = [radicale.make_calendar("ana", "Of Ana"), radicale.make_calendar("bo", "Of Bo")]
    targets = [
        {"sub": links.ana.member_id, "calendar_id": await connected(links, links.ana, radicale, "Of Ana")},
        {
            "sub": links.bo.member_id,
            "calendar_id": await connected(links, links.bo, radicale, "Of Bo"),
            "event": {"summary": "Interview (second chair)"},
        },
    ]
    made = await links.make(
        availability=query(links.ana.member_id, links.bo.member_id),
        target_calendars=targets,
        event={
            "event_id": "e9",
            "summary": "Interview",
            "description": "Bring your laptop.",
            "location": {"description": "Room 4"},
            "reminders": [{"minutes": 10}],
            "tzid": "Europe/London",
        },
    )
    done = await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
    await write_all(links)
    assert radicale.names() == []
    [of_ana], [of_bo] = (events(radicale, place) for place in places)
    assert "SUMMARY:Interview\r\n" in of_ana
    assert "SUMMARY:Interview (second chair)\r\n" in of_bo
    for text in (of_ana, of_bo):
        assert "DTSTART;TZID=Europe/London:20261124T100000" in text
        assert "LOCATION:Room 4" in text
        assert "TRIGGER:-PT10M" in text
        assert "Cy (cy@example.org)" in text
        assert "Bring your laptop." in text
    states = await links.rows("SELECT DISTINCT state FROM booking_write")
    assert states == [("written",)]
    question = await done.follow("Cancel meeting")
    await question.submit()
    await write_all(links)
    assert [events(radicale, place) for place in places] == [[], []]


async def test_a_single_event_invites_the_others(links: Links, radicale: Radicale):
    place = radicale.make_calendar("ana", "Of Ana")
    other = radicale.make_calendar("bo", "Of Bo")
    made = await links.make(
        availability=query(links.ana.member_id, links.bo.member_id),
        event_creation="single",
        target_calendars=[
            {
                "sub": links.ana.member_id,
                "calendar_id": await connected(links, links.ana, radicale, "Of Ana"),
            },
            {"sub": links.bo.member_id, "calendar_id": await connected(links, links.bo, radicale, "Of Bo")},
        ],
    )
    await (await links.visitor()).book(made["url"], "10:00")
    await write_all(links)
    [text] = events(radicale, place)
    assert "ana@example.com" in text
    assert "mailto:bo@example.com" in text
    assert "mailto:cy@example.org" in text
    assert events(radicale, other) == []
