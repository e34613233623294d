"""What booking links must not do: take time for nothing, write where nobody allowed it, fall over bad forms."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from convene.storage.database import Database
from factories.links import Links, at, make_links, query
from factories.receivers import application_world

LIVE = """SELECT b.title, b.state, p.live FROM booking b JOIN booking_participant p USING (org_id, booking_id)
          ORDER BY b.title"""


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield await make_links(world)


def sequence(links: Links) -> dict:
    step = {"participants": query(links.ana.member_id)["participants"], "required_duration": {"minutes": 60}}
    return {
        "availability": {
            "sequence": [
                {**step, "sequence_id": "1", "ordinal": 1, "event": {"event_id": "a", "summary": "One"}},
                {**step, "sequence_id": "2", "ordinal": 2, "event": {"event_id": "b", "summary": "Two"}},
            ],
            "available_periods": [{"start": at("09:00"), "end": at("12:00")}],
        }
    }


async def test_moving_the_rest_of_a_sequence_takes_no_time_for_what_was_cancelled(links: Links):
    made = await links.make("/v1/real_time_sequencing", **sequence(links))
    visitor = await links.visitor()
    page = await visitor.open(made["url"])
    form = await visitor.open(page.find("//*[contains(@class,'time-list')]//a/@href")[0])
    done = await (await form.submit(name="Cy", email="cy@example.org")).go_on()
    [(second,)] = await links.rows("SELECT booking_id FROM booking WHERE title = 'Two'")
    await links.world.installation.platform.bookings.cancel(links.ana, second)
    others = await done.follow("Reschedule")
    question = await visitor.open(others.find("//*[contains(@class,'time-list')]//a/@href")[-1])
    assert (await question.submit()).status == 303
    assert await links.rows(LIVE) == [("One", "confirmed", True), ("Two", "cancelled", False)]
    assert await links.rows("SELECT starts_at::time::text FROM booking WHERE title = 'One'") == [
        ("11:00:00",)
    ]
    assert await links.rows("SELECT revision FROM booking WHERE title = 'Two'") == [(2,)]


async def test_a_form_of_nonsense_is_answered_with_a_page(links: Links):
    made = await links.make()
    visitor = await links.visitor()
    form = {"name": "Cy", "email": "cy@example.org", "start": at("10:00"), "form_token": "\ud800" * 20}
    json_type = {"Content-Type": "application/json"}
    sent = await visitor.http.post(made["url"], content=json.dumps(form), headers=json_type)
    assert sent.status_code == 303
    typed = json.dumps({**form, "name": "\ud800\r\n", "day": "\ud800", "form_token": "x" * 20})
    shown = await visitor.http.post(made["url"], content=typed, headers=json_type)
    assert shown.status_code == 422
    wrong = await visitor.http.post(made["url"], data={**form, "form_token": "", "name": "", "start": "soon"})
    assert wrong.status_code in (303, 422)
    assert "application/json" not in wrong.headers.get("content-type", "")
    done = await (await visitor.book(made["url"], "10:00")).go_on()
    [action] = done.find("//a[contains(@href,'calendar.ics')]/@href")
    manage = action.removesuffix("/calendar.ics")
    moved = await visitor.http.post(f"{manage}/move", data={"start": at("11:00"), "revision": "²"})
    assert moved.status_code == 303


# -- where a link may write


async def target(links: Links, scope: str, name: str = "Dan") -> dict[str, str]:
    """Somebody who has let the application in, and their calendar."""
    person = await links.world.person(name)
    await links.world.authorize(links.app, person, scope)
    return {"sub": person.member_id, "calendar_id": await links.world.calendar_of(person)}


async def test_links_write_only_where_the_account_has_allowed_writing(links: Links):
    into = await target(links, "read_free_busy")
    refused = await links.post(target_calendars=[into])
    assert list(refused.json()["errors"]) == ["target_calendars.0.sub"], refused.text
    chosen = await links.post(availability=query(into["sub"]), target_calendars=None)
    assert list(chosen.json()["errors"]) == ["availability.participants"], chosen.text
    assert (await links.post(availability=query(into["sub"]))).status_code == 200


@pytest.mark.parametrize(
    "ends", ["UPDATE oauth_token SET revoked_at = now()", "UPDATE account SET suspended_at = now()"]
)
async def test_a_link_no_longer_writes_for_a_target_that_has_withdrawn(links: Links, ends: str):
    into = await target(links, "read_write")
    ana = {"sub": links.ana.member_id, "calendar_id": links.calendars[links.ana.member_id]}
    made = await links.make(target_calendars=[ana, into])
    async with links.world.installation.platform.db.connection() as conn:
        await conn.execute(f"{ends} WHERE account_id = %s", (into["sub"],))
    assert (await (await links.visitor()).book(made["url"], "10:00")).status == 303
    assert await links.rows("SELECT account_id FROM booking_write") == [(links.ana.member_id,)]


# -- how a page looks


async def test_a_logo_has_an_address_that_headers_can_carry(links: Links):
    refused = await links.post(page={"logo_url": "https://例え.example/logo.png"})
    assert refused.status_code == 422, refused.text
    assert list(refused.json()["errors"]) == ["page.logo_url"]
