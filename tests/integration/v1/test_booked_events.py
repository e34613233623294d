"""Meetings that were booked through links, as their application goes on writing them: moved, and told as they are now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from caldav_servers import PASSWORD, USER, Radicale
from convene.storage.database import Database
from factories.links import Links, Page, at, make_links, query
from factories.receivers import application_world


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(
        database_url, tmp_path, clock, CONVENE_ALLOW_PRIVATE_TARGETS="127.0.0.1"
    ) as world:
        yield await make_links(world)


async def booked(links: Links, **members: Any) -> tuple[dict[str, Any], Page]:
    """Return a link and the page of the guest who booked 10:00 to 11:00."""
    made = await links.make(**members)
    done = await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
    await links.world.delivered(links.app)
    return made, done


async def write(links: Links, **members: Any) -> httpx.Response:
    """Write the event as Ana's application, at 10:00 to 11:00 unless told when."""
    token = await links.world.authorize(links.app, links.ana)
    event = {"event_id": "e9", "summary": "Interview", "start": at("10:00"), "end": at("11:00"), **members}
    return await token.post(f"/v1/calendars/{links.calendars[links.ana.member_id]}/events", json=event)


async def starts(links: Links) -> list[tuple[Any, ...]]:
    return await links.rows(
        "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI'), to_char(ends_at AT TIME ZONE 'UTC', 'HH24:MI')"
        " FROM booking ORDER BY starts_at"
    )


async def test_another_time_moves_the_meeting_for_everybody(links: Links):
    _, done = await booked(links, availability=query(links.ana.member_id, links.bo.member_id))
    answer = await write(links, start=at("15:00"), end=at("15:30"))
    assert (answer.status_code, answer.content) == (202, b"")
    assert await starts(links) == [("15:00", "15:30")]
    page = await done.visitor.open(str(done.answer.url).partition("?")[0])
    assert "15:00–15:30" in page.text
    [(_, body)] = await links.world.delivered(links.app)
    assert body["notification"]["type"] == "rescheduled"
    assert body["event"]["start"]["time"] == at("15:00")
    assert await links.rows("SELECT action FROM booking_revision ORDER BY revision") == [
        ("confirmed",),
        ("rescheduled",),
    ]
    taken = await links.rows("SELECT DISTINCT lower(during)::text FROM booking_participant WHERE live")
    assert taken == [("2026-11-24 15:00:00+00",)]


async def test_time_and_words_change_together(links: Links):
    await booked(links)
    assert (await write(links, summary="Second talk", start=at("11:00"), end=at("12:00"))).status_code == 202
    assert await links.rows("SELECT title FROM booking") == [("Second talk",)]
    assert await starts(links) == [("11:00", "12:00")]


async def test_a_time_that_is_not_free_is_refused_with_the_reason(links: Links):
    await booked(links, availability=query(links.ana.member_id, links.bo.member_id))
    bo = await links.world.authorize(links.app, links.bo)
    path = f"/v1/calendars/{links.calendars[links.bo.member_id]}/events"
    other = {"event_id": "x", "summary": "Dentist", "start": at("15:00"), "end": at("16:00")}
    assert (await bo.post(path, json=other)).status_code == 202
    answer = await write(links, summary="Second talk", start=at("15:30"), end=at("16:30"))
    assert answer.status_code == 422, answer.text
    [told] = answer.json()["errors"]["start"]
    assert told["key"] == "errors.not_free"
    assert f"{links.bo.member_id} (busy)" in told["description"]
    assert "Dentist" not in answer.text
    assert await starts(links) == [("10:00", "11:00")]
    assert await links.rows("SELECT title, revision FROM booking") == [("Interview", 1)]


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z", "start"),
        ("2026-11-24T15:00:30Z", "2026-11-24T16:00:00Z", "start"),
        ("2026-11-24T15:00:00Z", "2026-11-26T16:00:00Z", "end"),
        ("2031-11-24T15:00:00Z", "2031-11-24T16:00:00Z", "start"),
        ("2026-11-24", "2026-11-25", "start"),
    ],
)
async def test_times_that_cannot_be_are_refused(links: Links, start: str, end: str, field: str):
    await booked(links)
    answer = await write(links, start=start, end=end)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), answer.text
    assert await starts(links) == [("10:00", "11:00")]


async def test_moving_over_its_own_time_is_no_conflict(links: Links):
    await booked(links)
    assert (await write(links, start=at("10:30"), end=at("11:30"))).status_code == 202
    assert await starts(links) == [("10:30", "11:30")]


async def test_status_and_callbacks_tell_what_the_event_says_now(links: Links):
    event = {
        "event_id": "e9",
        "summary": "Interview",
        "description": "Bring a pen.",
        "location": {"description": "Floor 1"},
        "tzid": "Europe/London",
    }
    made, done = await booked(links, event=event)
    answer = await write(links, summary="Final interview", location={"description": "Floor 4"})
    assert answer.status_code == 202, answer.text
    told = (await links.status(made))["event"]
    assert (told["summary"], told["location"]) == ("Final interview", {"description": "Floor 4"})
    assert "description" not in told
    page = await done.visitor.open(str(done.answer.url).partition("?")[0])
    await (await page.follow("Cancel meeting")).submit()
    [(_, body)] = await links.world.delivered(links.app)
    assert body["event"]["summary"] == "Final interview"
    assert body["event"]["location"] == {"description": "Floor 4"}


async def test_a_target_that_does_not_take_part_reads_the_event_once(links: Links, radicale: Radicale):
    radicale.make_calendar("bo", "Of Bo")
    platform = links.world.installation.platform
    view = await platform.connections.connect(
        links.bo, kind="caldav", url=radicale.url, username=USER, password=PASSWORD
    )
    await platform.sync.sync_connection(links.bo.org_id, view.row.connection_id)
    target = next(item.calendar_id for item in view.calendars if item.name == "Of Bo")
    _, done = await booked(links, target_calendars=[{"sub": links.bo.member_id, "calendar_id": target}])
    token = await links.world.authorize(links.app, links.bo)

    async def told(**params: str) -> list[tuple[str, str, bool]]:
        """Write what is to be written, read it back, and return what the application reads then."""
        for row in await links.rows("SELECT org_id, booking_id, account_id FROM booking_write"):
            await platform.write_back.write(*row)
        await platform.sync.sync_connection(links.bo.org_id, view.row.connection_id)
        answer = await token.get(
            "/v1/events", params={"tzid": "Etc/UTC", "include_managed": "true", **params}
        )
        events = answer.json()["events"]
        return [(event["event_id"], event["summary"], event["deleted"]) for event in events]

    assert await told() == [("e9", "Interview", False)]
    assert await links.rows("SELECT count(*) FROM calendar_event") == [(1,)]
    await (await done.follow("Cancel meeting")).submit()
    assert await told(include_deleted="true") == [("e9", "Interview", True)]
    assert await links.rows("SELECT count(*) FROM calendar_event") == [(0,)]


async def test_files_are_refused_rather_than_lost(links: Links):
    answer = await write(links, event_id="own", attachments=[{"attachment_id": "att_1"}])
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["attachments.0.attachment_id"])
    assert (await write(links, event_id="own", attachments=[])).status_code == 202


async def test_colours_are_kept_and_told(links: Links):
    event = {"event_id": "e9", "summary": "Interview", "color": "#5ea8d8", "tzid": "Europe/London"}
    await booked(links, event=event)
    assert (
        await write(links, event_id="own", color="#AA0000", start=at("14:00"), end=at("15:00"))
    ).status_code == 202

    async def told() -> dict[str, Any]:
        token = await links.world.authorize(links.app, links.ana)
        answer = await token.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "true"})
        return {item["event_id"]: item.get("color") for item in answer.json()["events"]}

    assert await told() == {"e9": "#5ea8d8", "own": "#AA0000"}
    assert (await write(links, color="#00aa00")).status_code == 202
    assert (await write(links, event_id="own", start=at("14:00"), end=at("15:00"))).status_code == 202
    assert await told() == {"e9": "#00aa00", "own": None}


async def test_colours_are_told_to_the_application_that_chose_them_alone(links: Links):
    await write(links, event_id="own", color="#AA0000", start=at("14:00"), end=at("15:00"))
    other = await links.world.application("Other")
    token = await links.world.authorize(other, links.ana)
    [event] = (await token.get("/v1/events", params={"tzid": "Etc/UTC"})).json()["events"]
    assert "color" not in event
