"""Waitlists of booking pages: for times that the page's own bookings have taken, first come first served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from lxml import html

from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member, Pages
from factories.links import Page
from factories.receivers import application_world


@pytest.fixture
async def pages(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Pages]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield Pages(world)


async def full(pages: Pages, **members: Any) -> tuple[Member, dict[str, Any], dict[str, Any]]:
    """Ana's page with a waitlist, and its meeting on Tuesday at ten: (Ana, page, booking)."""
    ana = await pages.member("Ana")
    made = await ana.make(has_waitlist=True, **members)
    assert (await pages.book(made, "10:00")).status == 303
    [booking] = await ana.bookings()
    return ana, made, booking


def at(time: str, day: str = TUESDAY) -> str:
    return f"{day}T{time}:00Z"


async def day_of(pages: Pages, made: dict[str, Any]) -> Page:
    return await (await pages.visitor()).open(made["url"], day=TUESDAY, tzid="Europe/London")


def waits(shown: Page) -> list[str]:
    """The times of a page for which one can wait."""
    return [item.get("datetime")[11:16] for item in shown.find("//a[contains(@class,'taken')]/time")]


async def free(pages: Pages, made: dict[str, Any]) -> list[str]:
    """The times of the day that can be booked."""
    shown = await day_of(pages, made)
    times = shown.find("//ul[@class='time-list']//a[@class='time']/time")
    return [item.get("datetime")[11:16] for item in times]


async def join(pages: Pages, made: dict[str, Any], name: str, time: str = "10:00") -> Page:
    """Join the list for a time; return one's own page."""
    form = await (await pages.visitor()).open(made["url"], wait=at(time))
    assert form.status == 200, form.text
    done = await form.submit(name=name, email=f"{name.lower()}@example.org")
    return await done.go_on()


async def again(shown: Page) -> Page:
    return await shown.visitor.open(str(shown.answer.url))


async def press(shown: Page, action: str, **typed: str) -> Page:
    """Press the button of one of the forms of a place's page."""
    form = next(form for form in html.fromstring(shown.answer.text).forms if action in form.action)
    answer = await shown.visitor.http.post(form.action, data={**dict(form.form_values()), **typed})
    return Page(shown.visitor, answer)


async def cancel(who: Member, booking: dict[str, Any]) -> None:
    answer = await who.http.post(f"/api/bookings/{booking['booking_id']}/cancel", json={})
    assert answer.status_code == 200, answer.text


async def rows(pages: Pages, sql: str) -> list[tuple[Any, ...]]:
    async with pages.world.installation.platform.db.connection() as conn:
        return await (await conn.execute(sql)).fetchall()


async def sweep(pages: Pages) -> None:
    await pages.world.installation.platform.waitlist.sweep()


async def offers(pages: Pages) -> list[dict[str, Any]]:
    """What subscribers were told of offers."""
    found = await rows(
        pages, "SELECT DISTINCT ON (event_id) body FROM webhook_delivery WHERE type = 'waitlist.offered'"
    )
    return [json.loads(body)["data"]["waitlist"] for (body,) in found]


async def test_only_what_the_page_itself_has_taken_can_be_waited_for(pages: Pages):
    ana, made, _ = await full(pages)
    other = await ana.make(name="Other")
    await pages.book(other, "14:00")
    shown = await day_of(pages, made)
    assert waits(shown) == ["10:00"], "what else Ana does at 14:00 is nobody's business"
    assert "Taken" in shown.text
    without = await day_of(pages, other)
    assert waits(without) == []
    assert (await (await pages.visitor()).open(other["url"], wait=at("14:00"))).times, (
        "no list, the times instead"
    )
    for time in ("14:00", "10:15", "22:00"):
        form = await (await pages.visitor()).open(made["url"], wait=at(time))
        done = await form.submit(name="Cy", email="cy@example.org")
        assert done.status == 303
        assert "waitlist" not in done.answer.headers["location"]
    assert await rows(pages, "SELECT 1 FROM waitlist_entry") == []


async def test_the_first_in_the_list_is_offered_the_time_and_takes_it(pages: Pages, clock):
    ana, made, booking = await full(pages, waitlist_minutes=20)
    dee, eve = await join(pages, made, "Dee"), await join(pages, made, "Eve")
    assert "You are on the waitlist" in dee.text
    assert "Your place in the list: 1." in dee.text
    assert "Your place in the list: 2." in eve.text
    assert (await ana.page(made))["waiting"] == 2
    await cancel(ana, booking)
    offered = await again(dee)
    assert "This time is free for you" in offered.text
    assert "until 09:20" in offered.text
    assert "Your place in the list: 2." in (await again(eve)).text
    [told] = await offers(pages)
    assert (told["name"], told["start"], told["offered_until"]) == (
        "Dee",
        at("10:00"),
        "2026-11-20T09:20:00Z",
    )
    assert told["url"].endswith(str(dee.answer.url).rpartition("/")[2])
    # Nobody else can have it: neither by the page, nor by another one, nor one's colleagues.
    assert "10:00" not in await free(pages, made)
    assert waits(await day_of(pages, made)) == ["10:00"]
    assert (await pages.book(made, "10:00")).status == 409
    taken = await press(offered, "/claim")
    assert taken.status == 303, taken.text
    assert "You are booked" in (await taken.go_on()).text
    [_, mine] = sorted(await ana.bookings(), key=lambda one: one["created_at"] + one["booking_id"])
    assert (mine["start"], mine["state"], mine["guests"][0]["name"]) == (at("10:00"), "confirmed", "Dee")
    assert "You have taken this time" in (await again(dee)).text
    assert "Your place in the list: 1." in (await again(eve)).text
    assert await rows(pages, "SELECT 1 FROM hold") == []


async def test_an_offer_that_is_not_taken_goes_to_the_next(pages: Pages, clock):
    ana, made, booking = await full(pages)
    dee, eve = await join(pages, made, "Dee"), await join(pages, made, "Eve")
    await cancel(ana, booking)
    clock.advance(minutes=30)
    late = await again(dee)
    assert "no longer held" in late.text
    assert "10:00" not in await free(pages, made), "it is passed on before anybody else sees it"
    await sweep(pages)
    assert "This time is free for you" in (await again(eve)).text
    assert {told["name"] for told in await offers(pages)} == {"Dee", "Eve"}
    clock.advance(minutes=30)
    await sweep(pages)
    assert "10:00" in await free(pages, made), "nobody is left in the list"
    assert waits(await day_of(pages, made)) == []


async def test_whoever_comes_too_late_is_told(pages: Pages, clock):
    ana, made, booking = await full(pages)
    dee = await join(pages, made, "Dee")
    await cancel(ana, booking)
    offered = await again(dee)
    clock.advance(minutes=30)
    refused = await press(offered, "/claim")
    assert "no longer held" in (await refused.go_on()).text
    assert len(await ana.bookings()) == 1


async def test_who_leaves_makes_room(pages: Pages):
    ana, made, booking = await full(pages)
    dee, eve, fay = [await join(pages, made, name) for name in ("Dee", "Eve", "Fay")]
    assert "You have left" in (await (await press(dee, "/leave")).go_on()).text
    assert "Your place in the list: 1." in (await again(eve)).text
    await cancel(ana, booking)
    gives_up = await again(eve)
    assert "This time is free for you" in gives_up.text
    await press(gives_up, "/leave")
    assert "This time is free for you" in (await again(fay)).text
    assert "You have left" in (await again(eve)).text
    await press(await again(fay), "/leave")
    assert "10:00" in await free(pages, made)


async def test_moving_declining_and_expiring_free_a_time_too(pages: Pages, clock):
    ana, made, booking = await full(pages, requires_confirmation=True, confirmation_hours=2)
    dee = await join(pages, made, "Dee")
    await ana.http.post(f"/api/bookings/{booking['booking_id']}/decline", json={})
    offered = await again(dee)
    assert "This time is free for you" in offered.text
    asks = await (await press(offered, "/claim")).go_on()
    assert "Waiting for Ana to confirm" in asks.text, "the page asks first, also now"
    eve = await join(pages, made, "Eve")
    clock.advance(hours=2)
    await pages.world.installation.platform.link_requests.expire_due()
    assert "This time is free for you" in (await again(eve)).text
    await press(await again(eve), "/leave")
    await pages.book(made, "11:00")
    fay = await join(pages, made, "Fay", "11:00")
    latest = max(await ana.bookings(), key=lambda one: one["start"])
    await ana.http.post(f"/api/bookings/{latest['booking_id']}/accept")
    moved = await ana.http.post(
        f"/api/bookings/{latest['booking_id']}/reschedule", json={"start": at("15:00")}
    )
    assert moved.status_code == 200, moved.text
    assert "This time is free for you" in (await again(fay)).text


async def test_time_that_the_host_needs_is_not_offered_until_it_is_free(pages: Pages, clock):
    ana, made, booking = await full(pages)
    dee = await join(pages, made, "Dee")
    off = [{"start": at("09:00"), "end": at("12:00"), "note": ""}]
    await ana.keep_hours(time_off=off)
    await cancel(ana, booking)
    assert "You are on the waitlist" in (await again(dee)).text
    await ana.keep_hours(time_off=[])
    clock.advance(minutes=5)
    await sweep(pages)
    assert "This time is free for you" in (await again(dee)).text
    await ana.keep_hours(time_off=off)
    gone = await press(await again(dee), "/claim")
    assert gone.status == 409
    assert "This time is no longer free" in gone.text


async def test_a_form_sent_twice_is_one_place_and_lists_end(pages: Pages, clock):
    _, made, _ = await full(pages)
    form = await (await pages.visitor()).open(made["url"], wait=at("10:00"))
    first = await form.submit(name="Dee", email="dee@example.org")
    second = await form.submit(name="Dee", email="dee@example.org")
    assert first.answer.headers["location"] == second.answer.headers["location"]
    assert len(await rows(pages, "SELECT 1 FROM waitlist_entry")) == 1
    wrong = await form.submit(name=" ", email="nobody")
    assert wrong.status == 422
    assert len(wrong.find("//*[@aria-invalid='true']")) == 2
    assert (await (await pages.visitor()).open("/book/waitlist/nobody")).status == 404
    clock.advance(days=4, hours=2)
    await sweep(pages)
    assert "The time has passed" in (await again(await first.go_on())).text
    clock.advance(days=31)
    await pages.world.installation.platform.waitlist.prune()
    assert await rows(pages, "SELECT 1 FROM waitlist_entry") == []


async def test_questions_are_answered_when_the_time_is_taken(pages: Pages):
    ana, made, booking = await full(pages)
    await ana.change(made, questions=[{"label": "Company", "is_required": True}])
    dee = await join(pages, made, "Dee")
    await cancel(ana, booking)
    refused = await press(await again(dee), "/claim")
    assert refused.status == 422
    assert (await press(refused, "/claim", answer_0="Globex")).status == 303


async def test_of_many_at_once_one_takes_the_time(pages: Pages, clock):
    """Claimed twice, given up, passed on, and booked by strangers all at once: one meeting, or the time is free."""
    ana, made, booking = await full(pages)
    dee, eve = await join(pages, made, "Dee"), await join(pages, made, "Eve")
    await cancel(ana, booking)
    offered = await again(dee)
    stranger = await (await pages.visitor()).open(made["url"], at=at("10:00"))
    done = await asyncio.gather(
        press(offered, "/claim"),
        press(offered, "/claim"),
        stranger.submit(name="Gus", email="gus@example.org"),
        sweep(pages),
    )
    assert [page.status for page in done[:2]] == [303, 303]
    assert done[0].answer.headers["location"] == done[1].answer.headers["location"]
    assert done[2].status in (409, 503)
    live = [one for one in await ana.bookings() if one["state"] == "confirmed"]
    assert [one["guests"][0]["name"] for one in live] == ["Dee"]
    await cancel(ana, live[0])
    second = await again(eve)
    await asyncio.gather(press(second, "/claim"), press(second, "/leave"))
    states = dict(await rows(pages, "SELECT name, state FROM waitlist_entry"))
    live = [one for one in await ana.bookings() if one["state"] == "confirmed"]
    assert len(live) == (states["Eve"] == "booked")
    assert await rows(pages, "SELECT 1 FROM hold") == []


async def test_joining_and_freeing_at_once_leaves_nobody_waiting(pages: Pages, clock):
    ana, made, booking = await full(pages)
    form = await (await pages.visitor()).open(made["url"], wait=at("10:00"))
    joined, _ = await asyncio.gather(form.submit(name="Dee", email="dee@example.org"), cancel(ana, booking))
    entries = await rows(pages, "SELECT state FROM waitlist_entry")
    if entries:
        assert entries == [("offered",)]
    else:
        assert "at=" in joined.answer.headers["location"], "it is free: book it"


async def test_settings_have_bounds(pages: Pages):
    ana = await pages.member("Ana")
    for members in (
        {"waitlist_minutes": 4},
        {"has_waitlist": True, "seats": 3},
        {"requires_confirmation": True, "seats": 3},
    ):
        refused = await ana.http.post("/api/booking-pages", json={"name": "Call", **members})
        assert refused.status_code == 422, members


async def test_a_list_takes_so_many(pages: Pages, monkeypatch: pytest.MonkeyPatch):
    _, made, _ = await full(pages)
    monkeypatch.setattr("convene.services.waitlist.MAX_WAITING", 1)
    await join(pages, made, "Dee")
    form = await (await pages.visitor()).open(made["url"], wait=at("10:00"))
    late = await form.submit(name="Eve", email="eve@example.org")
    assert late.status == 409
    assert "Too many wait" in late.text
