"""An application is removed: what guests have booked through its links stays theirs, and nothing more is booked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from convene.identity import operator
from convene.storage.database import Database
from factories.links import Links, Page, at, make_links, query
from factories.receivers import application_world


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield await make_links(world)


async def remove(links: Links) -> None:
    """Remove the application as an administrator does."""
    await links.world.installation.identity.clients.remove(operator(links.world.org_id), links.app.client_id)


async def booked(links: Links, **members: object) -> tuple[str, Page]:
    """Return a link's address and the page of the guest who booked 10:00."""
    made = await links.make(**members)
    done = await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
    return made["url"], done


async def test_guests_keep_reading_moving_and_cancelling(links: Links):
    _, done = await booked(links, availability=query(links.ana.member_id, links.bo.member_id))
    await remove(links)
    page = await done.visitor.open(str(done.answer.url))
    assert page.status == 200
    assert "10:00–11:00" in page.text
    question = await (await page.follow("Reschedule")).follow("11:00")
    moved = await (await question.submit()).go_on()
    assert "Your meeting was moved" in moved.text
    assert await links.rows("SELECT starts_at::text FROM booking") == [("2026-11-24 11:00:00+00",)]
    file = await moved.visitor.http.get(str(done.answer.url).partition("?")[0] + "/calendar.ics")
    assert "DTSTART" in file.text
    over = await (await (await moved.follow("Cancel meeting")).submit()).go_on()
    assert "This meeting was cancelled" in over.text
    assert await links.rows("SELECT state FROM booking") == [("cancelled",)]


async def test_nobody_is_told_who_is_not_there_any_more(links: Links):
    _, done = await booked(links)
    await remove(links)
    page = await done.visitor.open(str(done.answer.url))
    await (await page.follow("Cancel meeting")).submit()
    assert await links.rows("SELECT count(*) FROM webhook_delivery WHERE type LIKE 'real_time%'") == [(0,)]


async def test_the_link_takes_no_more_bookings(links: Links):
    url, _ = await booked(links, max_uses=3)
    visitor = await links.visitor()
    form = await visitor.open(url, at=at("11:00"))
    await remove(links)
    page = await visitor.open(url)
    assert page.times == []
    assert (await form.submit(name="Late", email="late@example.org")).status != 303
    assert await links.rows("SELECT count(*) FROM booking") == [(1,)]


async def test_a_meeting_that_is_called_off_opens_no_link_again(links: Links):
    url, done = await booked(links)
    await remove(links)
    page = await done.visitor.open(str(done.answer.url))
    await (await page.follow("Cancel meeting")).submit()
    assert (await (await links.visitor()).open(url)).times == []
