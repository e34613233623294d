"""Calendars whose server sends invitations itself (RFC 6638): one sender per meeting, and invitations of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import event_text
from convene.core.permissions import Caller
from convene.services.bookings import Draft
from cyrus_server import DOMAIN
from factories.calendars import CalendarWorld, calendar_world

pytestmark = pytest.mark.cyrus

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
END = START + timedelta(minutes=30)
ANA, BO = f"mailto:ana@{DOMAIN}", f"mailto:bo@{DOMAIN}"
BY_BO = {f"ORGANIZER;CN=Bo:{BO}\r\nATTENDEE;PARTSTAT=ACCEPTED": BO, "ATTENDEE;RSVP=TRUE": ANA}


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "America/New_York")


@pytest.fixture
async def bo(place: CalendarWorld) -> Caller:
    return await place.world.person("Bo Lind", "Europe/London")


async def test_a_meeting_is_written_moved_and_deleted_and_nobody_else_is_told(place, ana, bo, cyrus):
    view = await place.connect(ana, cyrus.url)
    booking = (await place.world.bookings.confirm(bo, Draft([ana.member_id], START, 30, "Launch", ""))).body
    await place.run_writes()
    [text] = cyrus.members("ana").values()
    assert f"X-CONVENE-BOOKING:{booking['booking_id']}" in text.replace("\r\n ", "")
    await place.read(view)
    assert await place.busy(ana) == []
    await place.world.bookings.reschedule(ana, booking["booking_id"], START + timedelta(hours=2))
    await place.run_writes()
    assert len(cyrus.members("ana")) == 1
    await place.world.bookings.cancel(bo, booking["booking_id"])
    await place.run_writes()
    assert cyrus.members("ana") == {}
    cyrus.put(
        "theirs.ics", event_text("theirs", **{f"ORGANIZER:{ANA}\r\nATTENDEE": ANA, "ATTENDEE;RSVP=TRUE": BO})
    )
    assert ["UID:theirs" in text for text in cyrus.eventually("bo", 1).values()] == [True]


async def test_an_invitation_takes_time_until_it_is_declined(place, ana, cyrus):
    view = await place.connect(ana, cyrus.url)
    cyrus.put("invited.ics", event_text("i", "20261201T143000Z", "20261201T150000Z", **BY_BO), user="bo")
    [(name, text)] = cyrus.eventually("ana", 1).items()
    await place.read(view)
    assert await place.busy(ana) == [(START, END, "tentative")]
    for answer, kinds in (("TENTATIVE", ["tentative"]), ("ACCEPTED", ["busy"]), ("DECLINED", [])):
        cyrus.put(name, answered(text, answer))
        await place.read(view)
        assert [kind for _, _, kind in await place.busy(ana)] == kinds
    cyrus.put(name, answered(text, "ACCEPTED"))
    cyrus.remove("invited.ics", user="bo")
    cyrus.eventually("ana", 1, "Inbox", holding="METHOD:CANCEL")
    await place.read(view)
    assert await place.busy(ana) == []


def answered(text: str, answer: str) -> str:
    """Return an invitation as Ana's own program leaves it when she answers."""
    unfolded = text.replace("\r\n ", "")
    lines = [
        f"ATTENDEE;PARTSTAT={answer}:{ANA}" if line.startswith("ATTENDEE") and ANA in line else line
        for line in unfolded.split("\r\n")
    ]
    return "\r\n".join(lines)
