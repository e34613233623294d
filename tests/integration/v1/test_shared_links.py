"""`seats` of real-time scheduling links: each visitor counts and is told of, the meeting is one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from convene.storage.database import Database
from factories.links import CALLBACK, Links, at, make_links
from factories.receivers import application_world


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield await make_links(world)


async def test_each_visitor_of_a_shared_meeting_is_told_of(links: Links):
    made = await links.make(seats=2)
    assert made["real_time_scheduling"]["seats"] == 2
    visitor = await links.visitor()
    cy = await (await visitor.book(made["url"], "10:00", "Cy", "cy@example.org")).go_on()
    di = await (await visitor.book(made["url"], "10:00", "Di", "di@example.org")).go_on()
    assert "Di" in di.text
    assert at("10:00") not in (await visitor.open(made["url"])).times
    # Two visits: which of them is told of first is not promised.
    told = await links.world.delivered(links.app)
    assert sorted((url, body["notification"]["type"], body["user"]["email"]) for url, body in told) == [
        (CALLBACK, "completed", "cy@example.org"),
        (CALLBACK, "completed", "di@example.org"),
    ]
    status = await links.status(made)
    assert (status["status"], status["uses"], status["seats"]) == ("open", 2, 2)
    # A seat is given up: its guest is told of. The whole meeting: everybody who is still in it.
    await (await cy.follow("Cancel my seat")).submit(reason="")
    [(_, body)] = await links.world.delivered(links.app)
    assert (body["notification"]["type"], body["user"]["name"]) == ("cancelled", "Cy")
    ed = await (await visitor.book(made["url"], "10:00", "Ed", "ed@example.org")).go_on()
    await links.world.delivered(links.app)
    moved = await visitor.open(str(ed.answer.url).partition("?")[0], do="reschedule", at=at("11:00"))
    await moved.submit()
    [(_, body)] = await links.world.delivered(links.app)
    assert (body["notification"]["type"], body["user"]["name"]) == ("rescheduled", "Ed")
    assert body["event"]["start"]["time"] == at("11:00")
    await (await visitor.book(made["url"], "10:00", "Flo", "flo@example.org")).go_on()
    await links.world.delivered(links.app)
    rows = await links.rows("SELECT booking_id FROM booking ORDER BY starts_at")
    platform = links.world.installation.platform
    await platform.bookings.cancel(links.ana, rows[0][0], "Ill")
    told = await links.world.delivered(links.app)
    assert sorted((body["notification"]["type"], body["user"]["name"]) for _, body in told) == [
        ("cancelled", "Di"),
        ("cancelled", "Flo"),
    ]


async def test_the_single_event_of_a_shared_meeting_invites_no_guest(links: Links):
    made = await links.make(seats=2, event_creation="single")
    visitor = await links.visitor()
    await visitor.book(made["url"], "10:00")
    [(details,)] = await links.rows("SELECT event_details FROM booking")
    assert details["attendees"] == []


async def test_seats_are_changed_and_bounded(links: Links):
    made = await links.make(seats=2, max_uses=3)
    assert made["real_time_scheduling"]["max_uses"] == 3
    path = f"/v1/real_time_scheduling/{made['real_time_scheduling']['real_time_scheduling_id']}"
    answer = await links.app.http.patch(path, json={"seats": 5})
    assert answer.json()["real_time_scheduling"]["seats"] == 5, answer.text
    answer = await links.app.http.patch(path, json={"seats": None})
    assert "seats" not in answer.json()["real_time_scheduling"]
    for seats in (0, 501, "many"):
        refused = await links.post(seats=seats)
        assert refused.status_code == 422, refused.text
        assert "seats" in refused.json()["errors"]
