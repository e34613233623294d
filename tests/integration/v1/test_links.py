"""Booking links over HTTP: made by applications, booked, moved and cancelled on their pages by whoever has the address."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest
from httpx import Response
from icalendar import Calendar
from lxml import html

from convene.core.errors import Unavailable
from convene.providers.address_rules import AllowedTargets
from convene.providers.webhook_sender import HttpWebhookSender
from convene.services.bookings import Draft
from convene.storage.database import Database
from factories.links import CALLBACK, DAY, Links, Page, at, make_links, query
from factories.receivers import application_world

BOOKED = "SELECT state, title, starts_at, link_id FROM booking ORDER BY starts_at"


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield await make_links(world)


# -- making and looking up


async def test_a_link_is_told_with_its_status_and_event(links: Links):
    made = await links.make()
    told = made["real_time_scheduling"]
    assert told["url"] == made["url"]
    assert told["real_time_scheduling_id"].startswith("sch_")
    assert told["status"] == "open"
    assert told["event"] == {"event_id": "e9", "summary": "Interview", "tzid": "Europe/London"}
    by_token = await links.app.http.get(
        "/v1/real_time_scheduling", params={"token": made["url"].rpartition("/")[2]}
    )
    assert by_token.json() == {"real_time_scheduling": await links.status(made)}


async def test_other_applications_do_not_know_a_link(links: Links):
    made = await links.make()
    other = await links.world.application("Other")
    link_id = made["real_time_scheduling"]["real_time_scheduling_id"]
    for answer in (
        await other.http.get(f"/v1/real_time_scheduling/{link_id}"),
        await other.http.get("/v1/real_time_scheduling", params={"token": made["url"].rpartition("/")[2]}),
        await other.http.post(f"/v1/real_time_scheduling/{link_id}/disable", json={}),
        await other.http.patch(f"/v1/real_time_scheduling/{link_id}", json={"max_uses": 5}),
        await links.app.http.get(f"/v1/real_time_sequencing/{link_id}"),
    ):
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"event": {"event_id": "e9"}}, "event.summary"),
        ({"oauth": {}}, "oauth.redirect_uri"),
        ({"oauth": {"redirect_uri": "javascript:alert(1)"}}, "oauth.redirect_uri"),
        ({"redirect_urls": {"completed_url": "//evil"}}, "redirect_urls.completed_url"),
        ({"event": {"summary": "x", "attendees": {"invite": []}, "tzid": "Mars/Phobos"}}, "event.tzid"),
        ({"availability": None}, "availability"),
        ({"max_uses": 0}, "max_uses"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"formatting": {"hour_format": "x"}}, "formatting.hour_format"),
        ({"page": {"accent_color": "#ffee00"}}, "page.accent_color"),
        ({"page": {"embed_origins": ["https://a.example.com/x"]}}, "page.embed_origins.0"),
        ({"page": {"logo_url": "http://a.example.com/x.png"}}, "page.logo_url"),
        (
            {"event": {"summary": "x", "conferencing": {"profile_id": "explicit"}}},
            "event.conferencing.join_url",
        ),
    ],
)
async def test_what_cannot_be_is_refused_by_name(links: Links, members, field):
    answer = await links.post(**members)
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == [field], answer.text


async def test_addresses_inside_are_no_callbacks(links: Links):
    sender = HttpWebhookSender(None, AllowedTargets(()), None)
    links.world.installation.platform.webhooks.sender = sender
    older = await links.post(callback_urls=None, callback_url="http://127.0.0.1/")
    assert list(older.json()["errors"]) == ["callback_url"]
    newer = await links.post(callback_urls={"no_times_suitable_url": "http://169.254.169.254/"})
    assert list(newer.json()["errors"]) == ["callback_urls.no_times_suitable_url"]


async def test_only_accounts_and_calendars_of_the_application_can_be_named(links: Links):
    cy = await links.world.person("Cy")
    hidden = await links.post(availability=query(cy.member_id))
    assert list(hidden.json()["errors"]) == ["availability.participants"]
    wrong = await links.post(
        target_calendars=[{"sub": links.ana.member_id, "calendar_id": links.calendars[links.bo.member_id]}]
    )
    assert list(wrong.json()["errors"]) == ["target_calendars.0.calendar_id"]


async def test_a_disabled_link_says_why(links: Links):
    made = await links.make()
    path = f"/v1/real_time_scheduling/{made['real_time_scheduling']['real_time_scheduling_id']}"
    long = await links.app.http.post(f"{path}/disable", json={"display_message": "x" * 500})
    assert list(long.json()["errors"]) == ["display_message"]
    answer = await links.app.http.post(f"{path}/disable", json={"display_message": "Filled <b>"})
    assert answer.json()["real_time_scheduling"]["status"] == "disabled"
    page = await (await links.visitor()).open(made["url"])
    assert "Filled <b>" in page.text
    assert page.times == []


async def test_disabling_after_completion_leaves_it_completed(links: Links):
    made = await links.make()
    await (await links.visitor()).book(made["url"], "10:00")
    path = f"/v1/real_time_scheduling/{made['real_time_scheduling']['real_time_scheduling_id']}"
    answer = await links.app.http.post(f"{path}/disable", json={"display_message": "No"})
    assert answer.status_code == 200
    assert answer.json()["real_time_scheduling"]["status"] == "completed"


async def test_a_link_can_be_changed_and_its_end_taken_away(links: Links, clock):
    made = await links.make(expires_at="2026-11-21T00:00:00Z")
    path = f"/v1/real_time_scheduling/{made['real_time_scheduling']['real_time_scheduling_id']}"
    clock.advance(days=2)
    expired = await links.status(made)
    assert (expired["status"], expired["display_message"]) == ("disabled", "This link has expired.")
    visitor = await links.visitor()
    assert (await visitor.open(made["url"])).status == 410
    changed = await links.app.http.patch(
        path,
        json={
            "expires_at": None,
            "max_uses": 2,
            "event": {"event_id": "e9", "summary": "Longer talk"},
            "availability": query(links.ana.member_id, minutes=120),
        },
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["real_time_scheduling"]["status"] == "open"
    page = await visitor.open(made["url"])
    assert "Longer talk" in page.text
    assert page.times == [at("09:00"), at("09:30"), at("10:00")]


# -- booking


async def test_a_visitor_books_without_script(links: Links):
    made = await links.make(callback_urls=None)
    visitor = await links.visitor()
    days = await visitor.open(made["url"], tzid="America/New_York")
    assert "Interview" in days.text
    assert "with Ana" in days.text
    assert days.times == [at(text) for text in ("09:00", "09:30", "10:00", "10:30", "11:00")]
    times = await visitor.open(days.find("//a[@aria-current='date']/@href")[0])
    assert "04:00 09:00 in London" in times.text
    form = await times.follow("05:00")
    missing = await form.submit(name="", email="nope")
    assert missing.status == 422
    assert "Enter your name." in missing.text
    assert missing.find("//input[@name='email']/@value") == ["nope"]
    done = await (await missing.submit(name="Cy Young", email="cy@example.org")).go_on()
    assert "You are booked" in done.text
    assert "05:00–06:00 New York (GMT-5) 10:00–11:00 · London (GMT+0)" in done.text
    assert "Cy Young (cy@example.org)" in done.text
    [(state, title, starts_at, link_id)] = await links.rows(BOOKED)
    assert (state, title, starts_at.isoformat()) == ("confirmed", "Interview", f"{DAY}T10:00:00+00:00")
    assert link_id == made["real_time_scheduling"]["real_time_scheduling_id"]


async def test_completion_is_told_to_the_application_and_its_status(links: Links):
    made = await links.make()
    await (await links.visitor()).book(made["url"], "10:00")
    [(url, body)] = await links.world.delivered(links.app)
    assert url == CALLBACK
    assert body["event"] == {
        "event_id": "e9",
        "summary": "Interview",
        "tzid": "Europe/London",
        "start": {"time": at("10:00"), "tzid": "Europe/London"},
        "end": {"time": at("11:00"), "tzid": "Europe/London"},
    }
    assert body["participants"] == [{"sub": links.ana.member_id}]
    assert body["user"] == {"tzid": "Europe/London", "name": "Cy", "email": "cy@example.org"}
    assert body["notification"]["type"] == "completed"
    assert body["real_time_scheduling"] == await links.status(made)
    assert body["real_time_scheduling"]["status"] == "completed"


async def test_hosts_and_subscribers_hear_of_the_guest(links: Links):
    made = await links.make()
    await (await links.visitor()).book(made["url"], "10:00")
    platform = links.world.installation.platform
    [mine] = await platform.bookings.mine(
        links.ana, platform.clock(), platform.clock() + timedelta(days=365), 10
    )
    assert mine["guests"] == [
        {"name": "Cy", "email": "cy@example.org", "tzid": "Europe/London", "rsvp": "accepted"}
    ]
    assert [person["sub"] for person in mine["participants"]] == [links.ana.member_id]
    assert mine["changed_by_name"] == "Cy"
    assert mine["link_id"] == made["real_time_scheduling"]["real_time_scheduling_id"]


async def test_a_used_link_shows_its_booking_and_takes_no_other(links: Links):
    made = await links.make()
    visitor = await links.visitor()
    await visitor.book(made["url"], "10:00")
    page = await visitor.open(made["url"])
    assert "10:00–11:00" in page.text
    assert "Reschedule" in page.text
    again = await visitor.open(made["url"], at=at("09:00"))
    assert "Your details" not in again.text
    assert len(await links.rows(BOOKED)) == 1


async def test_a_link_for_several_shows_nobody_the_others_bookings(links: Links):
    made = await links.make(max_uses=2)
    visitor = await links.visitor()
    await visitor.book(made["url"], "09:00", name="First Person")
    assert (await visitor.open(made["url"])).times == [at("10:00"), at("10:30"), at("11:00")]
    await visitor.book(made["url"], "11:00")
    closed = await visitor.open(made["url"])
    assert "Everything is booked" in closed.text
    assert "First Person" not in closed.text
    assert (await links.status(made))["status"] == "completed"
    ids = {row[0] for row in await links.rows("SELECT event_id FROM booking")}
    assert len(ids) == 2
    assert all(event_id.startswith("e9_bkg_") for event_id in ids)


async def test_a_form_that_is_sent_twice_books_once(links: Links):
    made = await links.make(max_uses=5)
    visitor = await links.visitor()
    form = await visitor.open(made["url"], at=at("09:00"))
    answers = await asyncio.gather(*(form.submit(name="Cy", email="cy@example.org") for _ in range(3)))
    assert {answer.answer.headers["location"] for answer in answers} == {
        answers[0].answer.headers["location"]
    }
    assert len(await links.rows(BOOKED)) == 1
    assert (await links.status(made))["uses"] == 1


async def test_a_taken_time_keeps_what_was_typed_and_offers_the_nearest(links: Links):
    made = await links.make()
    visitor = await links.visitor()
    form = await visitor.open(made["url"], at=at("10:00"))
    await links.world.installation.platform.bookings.confirm(
        links.bo, Draft([links.ana.member_id], _time("10:00"), 60, "Quicker")
    )
    taken = await form.submit(name="Cy Young", email="cy@example.org")
    assert taken.status == 409
    assert "That time was just taken" in taken.text
    assert taken.times == [at("09:00"), at("11:00")]
    assert taken.find("//input[@name='name']/@value") == ["Cy Young"]
    done = await (await taken.submit(1)).go_on()
    assert "11:00–12:00" in done.text


def _time(text: str) -> datetime:
    return datetime.fromisoformat(at(text))


async def test_times_that_the_link_never_offers_cannot_be_booked(links: Links):
    made = await links.make(minimum_notice={"hours": 1})
    visitor = await links.visitor()
    form = await visitor.open(made["url"], at=at("10:00"))
    for start in (at("10:07"), at("08:00"), "2026-11-25T10:00:00Z", "", "x", f"{at('09:00')},{at('10:00')}"):
        answer = await form.submit(name="Cy", email="cy@example.org", start=start)
        assert answer.status in (303, 422), start
    assert await links.rows(BOOKED) == []


async def test_minimum_notice_and_the_past_are_not_offered(links: Links, clock):
    made = await links.make(minimum_notice={"hours": 2})
    clock.now = _time("08:00")
    visitor = await links.visitor()
    assert (await visitor.open(made["url"])).times == [at("10:00"), at("10:30"), at("11:00")]
    clock.now = _time("12:00")
    gone = await visitor.open(made["url"])
    assert "No times are left" in gone.text


async def test_of_a_group_come_as_many_as_it_needs_first_named_first(links: Links):
    both = query(links.ana.member_id, links.bo.member_id)
    both["participants"][0]["required"] = 1
    made = await links.make(availability=both, target_calendars=None, max_uses=3)
    visitor = await links.visitor()
    assert "with one of several people" in (await visitor.open(made["url"])).text
    await visitor.book(made["url"], "09:00")
    await visitor.book(made["url"], "09:00")
    third = await visitor.book(made["url"], "09:00")
    assert third.status == 409
    who = await links.rows(
        "SELECT account_id FROM booking_participant p JOIN booking b USING (org_id, booking_id) ORDER BY b.created_at, b.booking_id"
    )
    assert [row[0] for row in who] == [links.ana.member_id, links.bo.member_id]


async def test_somebody_who_left_is_not_offered_any_more(links: Links):
    made = await links.make(
        availability=query(links.ana.member_id, links.bo.member_id), target_calendars=None
    )
    visitor = await links.visitor()
    assert (await visitor.open(made["url"])).times != []
    async with links.world.installation.platform.db.connection() as conn:
        await conn.execute("UPDATE account SET suspended_at = now() WHERE name = 'Bo'")
    assert "No times are left" in (await visitor.open(made["url"])).text


async def test_an_account_that_withdrew_from_the_application_is_not_booked_any_more(links: Links):
    made = await links.make()
    visitor = await links.visitor()
    form = await visitor.open(made["url"], at=at("10:00"))
    async with links.world.installation.platform.db.connection() as conn:
        await conn.execute("UPDATE oauth_token SET revoked_at = now()")
    assert (await form.submit(name="Cy", email="cy@example.org")).status == 409
    assert await links.rows(BOOKED) == []


async def test_the_visitor_is_sent_where_the_link_wants_it(links: Links):
    made = await links.make(redirect_urls={"completed_url": "https://app.example.com/thanks?x=1"})
    visitor = await links.visitor()
    form = await visitor.open(made["url"], at=at("10:00"))
    assert "form-action 'self' https://app.example.com;" in form.answer.headers["content-security-policy"]
    done = await form.submit(name="Cy", email="cy@example.org")
    assert done.answer.headers["location"] == "https://app.example.com/thanks?x=1"


async def test_a_link_may_book_at_one_press(links: Links):
    made = await links.make(selection_mode="no_confirm")
    visitor = await links.visitor()
    page = await visitor.open(made["url"])
    done = await (await page.submit(2)).go_on()
    assert "10:00–11:00" in done.text


# -- calendars


async def test_bookings_read_as_events_of_the_application(links: Links):
    made = await links.make()
    token = await links.world.authorize(links.app, links.ana)
    await (await links.visitor()).book(made["url"], "10:00")
    answer = await token.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "True"})
    [event] = answer.json()["events"]
    assert (event["event_id"], event["summary"], event["start"]) == ("e9", "Interview", at("10:00"))


async def test_deleting_the_event_cancels_the_booking(links: Links):
    made = await links.make()
    token = await links.world.authorize(links.app, links.ana)
    done = await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
    path = f"/v1/calendars/{links.calendars[links.ana.member_id]}/events"
    for _ in range(2):
        answer = await token.request("DELETE", path, json={"event_id": "e9"})
        assert (answer.status_code, answer.content) == (202, b"")
    assert await links.rows("SELECT state, revision FROM booking") == [("cancelled", 2)]
    page = await done.visitor.open(str(done.answer.url).partition("?")[0])
    assert "This meeting was cancelled" in page.text


async def test_writing_the_event_changes_what_the_booking_says(links: Links):
    made = await links.make()
    token = await links.world.authorize(links.app, links.ana)
    done = await (await (await links.visitor()).book(made["url"], "10:00")).go_on()
    await links.world.delivered(links.app)
    path = f"/v1/calendars/{links.calendars[links.ana.member_id]}/events"
    event = {
        "event_id": "e9",
        "summary": "Final interview",
        "description": "Bring your portfolio.",
        "start": at("10:00"),
        "end": at("11:00"),
        "location": {"description": "Floor 4"},
    }
    for _ in range(2):
        answer = await token.post(path, json=event)
        assert (answer.status_code, answer.content) == (202, b"")
    assert await links.rows("SELECT title, revision, starts_at::text FROM booking") == [
        ("Final interview", 2, "2026-11-24 10:00:00+00")
    ]
    assert await links.rows("SELECT action FROM booking_revision ORDER BY revision") == [
        ("confirmed",),
        ("edited",),
    ]
    told = await token.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "True"})
    [read] = told.json()["events"]
    assert (read["event_id"], read["summary"], read["location"]) == (
        "e9",
        "Final interview",
        {"description": "Floor 4"},
    )
    assert "Bring your portfolio." in read["description"]
    page = await done.visitor.open(str(done.answer.url).partition("?")[0])
    assert "Final interview" in page.text
    assert "Floor 4" in page.text
    assert await links.world.delivered(links.app) == []


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"start": "2026-11-24", "end": "2026-11-25"}, "start"),
        ({"attendees": {"invite": [{"email": "di@example.org"}]}}, "attendees"),
        ({"attendees": {"remove": [{"email": "cy@example.org"}]}}, "attendees"),
        (
            {"conferencing": {"profile_id": "explicit", "join_url": "https://meet.example.com/x"}},
            "conferencing",
        ),
    ],
)
async def test_writing_the_event_invites_nobody_and_says_no_other_place(links: Links, members, field):
    made = await links.make()
    token = await links.world.authorize(links.app, links.ana)
    await (await links.visitor()).book(made["url"], "10:00")
    event = {"event_id": "e9", "summary": "Other", "start": at("10:00"), "end": at("11:00"), **members}
    answer = await token.post(f"/v1/calendars/{links.calendars[links.ana.member_id]}/events", json=event)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert await links.rows("SELECT title, revision FROM booking") == [("Interview", 1)]
    told = await token.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "True"})
    assert len(told.json()["events"]) == 1


async def test_an_event_of_the_same_name_in_a_calendar_without_the_booking_is_another(links: Links):
    made = await links.make()
    await (await links.visitor()).book(made["url"], "10:00")
    token = await links.world.authorize(links.app, links.bo)
    path = f"/v1/calendars/{links.calendars[links.bo.member_id]}/events"
    event = {"event_id": "e9", "summary": "Debrief", "start": at("15:00"), "end": at("16:00")}
    assert (await token.post(path, json=event)).status_code == 202
    assert await links.rows("SELECT title, revision FROM booking") == [("Interview", 1)]
    told = await token.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "True"})
    assert [item["summary"] for item in told.json()["events"]] == ["Debrief"]


async def test_an_application_calendar_as_target_gets_the_event(links: Links):
    made = await links.app.http.post(
        "/v1/application_calendars",
        json={
            "client_id": links.app.client_id,
            "client_secret": links.app.secret,
            "application_calendar_id": "office",
        },
    )
    assert made.status_code == 200, made.text
    office = await links.world.client(made.json()["access_token"])
    calendar_id = (await office.get("/v1/calendars")).json()["calendars"][0]["calendar_id"]
    link = await links.make(target_calendars=[{"sub": made.json()["sub"], "calendar_id": calendar_id}])
    await (await links.visitor()).book(link["url"], "10:00")
    answer = await office.get("/v1/events", params={"tzid": "Etc/UTC", "include_managed": "True"})
    assert [event["event_id"] for event in answer.json()["events"]] == ["e9"]


# -- moving and cancelling


async def booked(links: Links, start: str = "10:00", **members):
    made = await links.make(**members)
    done = await (await (await links.visitor()).book(made["url"], start)).go_on()
    return made, done


async def test_a_guest_moves_the_meeting(links: Links):
    made, done = await booked(links)
    await links.world.delivered(links.app)
    other = await done.follow("Reschedule")
    assert at("10:00") not in other.times
    question = await other.follow("11:00")
    moved = await (await question.submit()).go_on()
    assert "Your meeting was moved" in moved.text
    assert "11:00–12:00" in moved.text
    assert "Before Tuesday 24 November 2026, 10:00–11:00" in moved.text
    [(_, body)] = await links.world.delivered(links.app)
    assert body["notification"]["type"] == "rescheduled"
    assert body["event"]["start"]["time"] == at("11:00")
    assert (await links.status(made))["event"]["start"]["time"] == at("11:00")
    assert await links.rows("SELECT revision FROM booking") == [(2,)]


async def test_a_guest_cancels_the_meeting_and_its_time_is_free(links: Links):
    _, done = await booked(links, max_uses=2)
    await links.world.delivered(links.app)
    question = await done.follow("Cancel meeting")
    over = await (await question.submit(reason="Ill\x00<b>")).go_on()
    assert "This meeting was cancelled" in over.text
    assert "Reschedule" not in over.text
    [(_, body)] = await links.world.delivered(links.app)
    assert body["notification"]["type"] == "cancelled"
    assert await links.rows("SELECT state, reason FROM booking") == [("cancelled", "Ill<b>")]
    again = await question.submit()
    assert again.status == 303
    assert await links.rows("SELECT revision FROM booking") == [(2,)]


@pytest.mark.parametrize(
    ("doing", "question"), [("move", {"do": "reschedule", "at": at("11:00")}), ("cancel", {"do": "cancel"})]
)
async def test_a_change_that_cannot_be_made_now_is_answered_with_a_page(
    links: Links, monkeypatch, doing, question
):
    _, done = await booked(links)
    asked = await done.visitor.open(str(done.answer.url).partition("?")[0], **question)

    async def refuse(*_args: object, **_more: object) -> None:
        raise Unavailable("Somebody is changing the same thing.", retry_after_seconds=2)

    with monkeypatch.context() as patch:
        patch.setattr(links.world.installation.platform.link_changes, doing, refuse)
        page = await asked.submit()
        assert (page.status, page.answer.headers["retry-after"]) == (503, "2")
        assert "Nothing was changed" in page.text
        again = await page.follow("Back")
    assert await links.rows("SELECT revision, state FROM booking") == [(1, "confirmed")]
    assert (await again.submit()).status == 303
    assert await links.rows("SELECT revision FROM booking") == [(2,)]


async def test_a_page_that_cannot_be_read_now_says_so(links: Links, monkeypatch):
    made, done = await booked(links, max_uses=2)

    async def refuse(*_args: object, **_more: object) -> None:
        raise Unavailable("The database is busy.")

    monkeypatch.setattr(links.world.installation.platform.link_gate, "view", refuse)
    for url in (made["url"], str(done.answer.url)):
        page = await done.visitor.open(url)
        assert (page.status, page.answer.headers["content-type"]) == (503, "text/html; charset=utf-8")


async def test_looking_changes_nothing(links: Links):
    _, done = await booked(links)
    visitor = done.visitor
    for href in done.find("//a/@href"):
        if href.startswith("/"):
            assert (await visitor.http.get(href)).status_code == 200, href
            assert (await visitor.http.head(href)).status_code == 200, href
    assert await links.rows("SELECT revision, state FROM booking") == [(1, "confirmed")]


async def test_a_host_moves_it_and_the_guest_sees_it(links: Links):
    _, done = await booked(links)
    await links.world.delivered(links.app)
    page = await done.follow("Reschedule")
    question = await page.follow("09:00")
    [(booking_id,)] = await links.rows("SELECT booking_id FROM booking")
    await links.world.installation.platform.bookings.reschedule(links.ana, booking_id, _time("15:00"))
    stale = await (await question.submit()).go_on()
    assert "has changed since you opened the page" in stale.text
    assert "15:00–16:00" in stale.text
    assert [body["notification"]["type"] for _, body in await links.world.delivered(links.app)] == [
        "rescheduled"
    ]


async def test_the_calendar_file_leads_back_to_the_guests_page(links: Links):
    _, done = await booked(links)
    [href] = done.find("//a[contains(@href,'calendar.ics')]/@href")
    answer = await done.visitor.http.get(href)
    assert answer.headers["content-type"].startswith("text/calendar")
    text = answer.text.replace("\r\n ", "")
    assert "SUMMARY:Interview" in text
    assert f"URL:{links.world.installation.settings.base_url}{href.removesuffix('/calendar.ics')}" in text
    assert "/bookings/bkg_" not in text


# -- sequences and single events


async def test_a_sequence_books_all_its_meetings_at_once(links: Links):
    step = {"participants": query(links.ana.member_id)["participants"], "required_duration": {"minutes": 60}}
    made = await links.make(
        "/v1/real_time_sequencing",
        availability=None,
        availablity={
            "sequence": [
                {**step, "sequence_id": "1", "ordinal": 1, "event": {"event_id": "a", "summary": "Screen"}},
                {**step, "sequence_id": "2", "ordinal": 2, "event": {"event_id": "b", "summary": "Panel"}},
            ],
            "available_periods": [{"start": at("09:00"), "end": at("12:00")}],
        },
    )
    assert made["real_time_sequencing"]["real_time_sequencing_id"].startswith("seq_")
    visitor = await links.visitor()
    page = await visitor.open(made["url"])
    assert page.times == [at("09:00"), at("09:30"), at("10:00")]
    form = await visitor.open(page.find("//*[contains(@class,'time-list')]//a/@href")[0])
    done = await (await form.submit(name="Cy", email="cy@example.org")).go_on()
    assert "Screen" in done.text
    assert "Panel" in done.text
    assert [row[1] for row in await links.rows(BOOKED)] == ["Screen", "Panel"]
    [(_, body)] = await links.world.delivered(links.app)
    assert [item["event"]["event_id"] for item in body["sequence"]] == ["a", "b"]
    link_id = made["real_time_sequencing"]["real_time_sequencing_id"]
    told = (await links.app.http.get(f"/v1/real_time_sequencing/{link_id}")).json()["real_time_sequencing"]
    assert told["status"] == "completed"
    assert [item["sequence_id"] for item in told["sequence"]] == ["1", "2"]


async def test_a_sequence_can_be_changed_but_for_the_names_of_what_was_booked(links: Links):
    def sequence(*names: str, minutes: int = 60) -> dict[str, object]:
        step = {
            "participants": query(links.ana.member_id)["participants"],
            "required_duration": {"minutes": minutes},
        }
        return {
            "sequence": [
                {**step, "sequence_id": name, "ordinal": number, "event": {"summary": name}}
                for number, name in enumerate(names, 1)
            ],
            "available_periods": [{"start": at("09:00"), "end": at("12:00")}],
        }

    made = await links.make("/v1/real_time_sequencing", availability=sequence("Screen", "Panel"), max_uses=2)
    path = f"/v1/real_time_sequencing/{made['real_time_sequencing']['real_time_sequencing_id']}"
    changed = await links.app.http.patch(path, json={"availablity": sequence("Call", "Talk", minutes=30)})
    assert (changed.status_code, changed.json()["real_time_sequencing"]["status"]) == (200, "open")
    visitor = await links.visitor()
    page = await visitor.open(made["url"])
    assert page.times[-1] == at("11:00")
    form = await visitor.open(page.find("//*[contains(@class,'time-list')]//a/@href")[0])
    assert (await form.submit(name="Cy", email="cy@example.org")).status == 303
    assert [row[1] for row in await links.rows(BOOKED)] == ["Call", "Talk"]
    refused = await links.app.http.patch(path, json={"availability": sequence("Call", "Other")})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["availability"])
    assert "Talk" in refused.text


async def test_meetings_without_a_place_of_their_own_are_told_as_they_fit(links: Links):
    def step(who: str, name: str, minutes: int) -> dict[str, object]:
        asked = query(who, minutes=minutes)
        asked.pop("query_periods")
        return {**asked, "sequence_id": name, "event": {"event_id": name, "summary": name}}

    ana, bo = links.ana.member_id, links.bo.member_id
    # Bo, who is named second, is there first.
    steps = [
        {**step(ana, "Panel", 60), "available_periods": [{"start": at("10:00"), "end": at("12:00")}]},
        {**step(bo, "Screen", 30), "available_periods": [{"start": at("09:00"), "end": at("10:00")}]},
    ]
    made = await links.make(
        "/v1/real_time_sequencing",
        availability=None,
        availablity={
            "sequence": steps,
            "available_periods": [{"start": at("09:00"), "end": at("12:00")}],
        },
    )
    visitor = await links.visitor()
    page = await visitor.open(made["url"])
    form = await visitor.open(page.find("//*[contains(@class,'time-list')]//a/@href")[0])
    told = [" ".join(item.text_content().split()) for item in form.find("//p[contains(@class,'when')]")]
    assert [(item.split()[0], re.findall(r"\d\d:\d\d–\d\d:\d\d", item)[0]) for item in told] == [
        ("Screen", "09:00–09:30"),
        ("Panel", "10:00–11:00"),
    ]
    done = await (await form.submit(name="Cy", email="cy@example.org")).go_on()
    assert done.status == 200
    assert [row[1] for row in await links.rows(BOOKED)] == ["Screen", "Panel"]


async def test_an_event_is_put_into_a_calendar(links: Links):
    answer = await links.app.http.post(
        "/v1/add_to_calendar",
        json={
            "client_id": links.app.client_id,
            "client_secret": links.app.secret,
            "oauth": {"redirect_uri": "https://app.example.com/back"},
            "event": {"event_id": "x", "summary": "Webinar", "start": at("10:00"), "end": at("11:00")},
        },
    )
    assert list(answer.json()) == ["url"], answer.text
    page = await (await links.visitor()).open(answer.json()["url"])
    assert "Webinar" in page.text
    assert page.find("//a[contains(@href,'calendar.google.com')]")


async def test_whole_days_are_put_into_a_calendar_as_days_and_as_a_file(links: Links):
    answer = await links.app.http.post(
        "/v1/add_to_calendar",
        json={
            "client_id": links.app.client_id,
            "client_secret": links.app.secret,
            "oauth": {"redirect_uri": "https://app.example.com/back"},
            "event": {"event_id": "x", "summary": "Fair; hall 3", "start": "2026-12-01", "end": "2026-12-03"},
        },
    )
    visitor = await links.visitor()
    page = await visitor.open(answer.json()["url"])
    [google] = page.find("//a[contains(@href,'calendar.google.com')]/@href")
    assert "dates=20261201/20261203&" in google
    [address] = page.find("//a[contains(@href,'event.ics')]/@href")
    file = (await visitor.open(address)).answer
    assert file.headers["content-type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    [event] = Calendar.from_ical(file.text).walk("VEVENT")
    assert (event["SUMMARY"], event["DTSTART"].dt, event["DTEND"].dt) == (
        "Fair; hall 3",
        date(2026, 12, 1),
        date(2026, 12, 3),
    )
    assert (await visitor.open(address)).answer.text == file.text
    booking_link = await links.make()
    assert (await visitor.open(booking_link["url"] + "/event.ics")).status == 404


# -- what pages give away, and to whom


async def test_pages_are_not_kept_indexed_or_framed(links: Links):
    made = await links.make()
    page = await (await links.visitor()).open(made["url"])
    headers = page.answer.headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert page.find("//script[not(@src)]") == []
    assert page.find("//*[@style]") == []


async def test_only_named_origins_may_show_a_link_in_a_frame(links: Links):
    made = await links.make(page={"embed_origins": ["https://www.example.com"]})
    page = await (await links.visitor()).open(made["url"], embed="1")
    assert "frame-ancestors https://www.example.com;" in page.answer.headers["content-security-policy"]


async def test_guesses_meet_one_answer_and_a_limit(links: Links):
    visitor = await links.visitor(ip="198.51.100.7")
    pages = [await visitor.open(f"/book/{'x' * 43}{number}") for number in range(121)]
    assert Counter(page.status for page in pages) == {404: 120, 429: 1}
    assert len({page.answer.content for page in pages[:120]}) == 1
    assert pages[-1].answer.headers["retry-after"]
    elsewhere = await links.visitor(ip="203.0.113.9")
    assert (await elsewhere.open("/book/manage/nothing")).status == 404


async def test_a_page_shows_times_and_nothing_else_of_anybodys_day(links: Links):
    """Two days that are equally busy look the same, whatever makes them busy."""
    made = await links.make(
        availability=query(links.ana.member_id, links.bo.member_id), target_calendars=None
    )
    visitor = await links.visitor()
    platform = links.world.installation.platform
    first = await platform.bookings.confirm(
        links.ana, Draft([links.bo.member_id], _time("10:00"), 60, "Secret of both")
    )
    both = await visitor.open(made["url"], tzid="Europe/London")
    await platform.bookings.cancel(links.ana, first.body["booking_id"])
    cy = await links.world.person("Cy")
    await platform.bookings.confirm(cy, Draft([links.bo.member_id], _time("10:00"), 60, "Only Bo"))
    one = await visitor.open(made["url"], tzid="Europe/London")
    assert [_without_token(page) for page in (both, one)] == [_without_token(both)] * 2


def _without_token(page) -> str:
    document = html.fromstring(page.answer.text)
    for node in document.xpath("//input[@name='form_token']"):
        node.getparent().remove(node)
    return html.tostring(document).decode()


async def test_no_time_suits(links: Links):
    made = await links.make(callback_urls={"no_times_suitable_url": f"{CALLBACK}/none"})
    page = await (await links.visitor()).open(made["url"], tzid="Europe/London")
    thanks = await page.submit(message="Mondays")
    assert "They have been told" in thanks.text
    [(url, body)] = await links.world.delivered(links.app)
    assert url == f"{CALLBACK}/none"
    assert body["notification"]["type"] == "no_times_suitable"
    assert body["notification"]["message"] == "Mondays"


@pytest.mark.parametrize(
    ("accepted", "words", "day"),
    [
        ("de-CH,de;q=0.9", "Buchen", "Dienstag, 24. November 2026"),
        ("fr", "Réserver", "mardi 24 novembre 2026"),
        ("es-MX", "Reservar", "martes, 24 de noviembre de 2026"),
        ("nl,en;q=0.5", "Boeken", "dinsdag 24 november 2026"),
        ("en-US", "Book", "Tuesday, November 24, 2026"),
        ("ja", "Book", "Tuesday 24 November 2026"),
    ],
)
async def test_pages_speak_the_visitors_language(links: Links, accepted, words, day):
    made = await links.make()
    visitor = await links.visitor(**{"Accept-Language": accepted})
    page = await visitor.open(made["url"], at=at("10:00"))
    assert words in page.text
    assert day in page.text


# -- racing


async def test_two_hundred_visitors_for_one_time(links: Links):
    made = await links.make(max_uses=200)
    forms = await _forms(links, made["url"], 200, "10:00")
    answers = await asyncio.gather(*(_persist(form, at("10:00")) for form in forms))
    assert Counter(answers) == {303: 1, 409: 199}
    assert await links.rows("SELECT uses, status FROM scheduling_link") == [(1, "open")]
    assert await links.rows("SELECT count(*) FROM booking_participant WHERE live") == [(1,)]


async def test_two_hundred_visitors_for_a_link_of_one_use(links: Links):
    made = await links.make(availability=query(links.ana.member_id, minutes=5, start_interval=5))
    forms = await _forms(links, made["url"], 200, "10:00")
    starts = [(_time("09:00") + timedelta(minutes=5 * (number % 36))) for number in range(200)]
    values = [start.isoformat().replace("+00:00", "Z") for start in starts]
    await asyncio.gather(*(_persist(form, start) for form, start in zip(forms, values, strict=True)))
    assert await links.rows("SELECT uses, status FROM scheduling_link") == [(1, "completed")]
    assert await links.rows("SELECT count(*) FROM booking") == [(1,)]
    assert len(await links.world.delivered(links.app)) == 1


async def _forms(links: Links, url: str, count: int, start: str) -> list[Page]:
    """The same form as many people have it open, each on a network of their own."""
    found = []
    for number in range(count):
        visitor = await links.visitor(ip=f"203.0.{number}.5")
        found.append(visitor)
    page = await found[0].open(url, at=at(start))
    forms = []
    for number, visitor in enumerate(found):
        text = page.answer.text
        [token] = page.find("//input[@name='form_token']/@value")
        answer = Response(200, text=text.replace(token, f"{number:03}{token}"), request=page.answer.request)
        forms.append(Page(visitor, answer))
    return forms


async def _persist(form: Page, start: str) -> int:
    """Send a form, and again where the answer is that many are doing so."""
    while True:
        answer = await form.submit(name="Cy", email="cy@example.org", start=start)
        if answer.status != 503:
            return answer.status
        await asyncio.sleep(0.05)
