"""Links and pages whose hosts want to be asked: a visitor's choice holds its time, and a host makes it a meeting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest

from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member, Pages
from factories.links import CALLBACK, Links, Page, at, make_links, query
from factories.receivers import application_world


@pytest.fixture
async def pages(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Pages]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield Pages(world)


@pytest.fixture
async def links(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Links]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield await make_links(world)


async def asked(pages: Pages, **members: Any) -> tuple[Member, dict[str, Any], Page, dict[str, Any]]:
    """Ana's page that asks her first, and Cy's request for Tuesday at ten: (Ana, page, Cy's page, booking)."""
    ana = await pages.member("Ana")
    made = await ana.make(requires_confirmation=True, **members)
    done = await pages.book(made, "10:00")
    shown = await done.go_on()
    assert shown.status == 200, shown.text
    [booking] = await ana.bookings()
    return ana, made, shown, booking


async def answer(who: Member, booking: dict[str, Any], word: str, **body: Any) -> httpx.Response:
    return await who.http.post(f"/api/bookings/{booking['booking_id']}/{word}", json=body)


async def again(shown: Page) -> Page:
    """The guest's page, opened anew."""
    return await shown.visitor.open(str(shown.answer.url).partition("?")[0])


async def rows(pages: Pages | Links, sql: str) -> list[tuple[Any, ...]]:
    async with pages.world.installation.platform.db.connection() as conn:
        return await (await conn.execute(sql)).fetchall()


async def told(pages: Pages) -> list[str]:
    """What everybody was told of bookings, in order."""
    found = await rows(
        pages, "SELECT DISTINCT ON (event_id) type, delivery_id FROM webhook_delivery ORDER BY event_id"
    )
    return [kind for kind, _ in sorted(found, key=lambda row: row[1]) if kind.startswith("booking.")]


async def written(pages: Pages) -> list[tuple[Any, ...]]:
    return await rows(pages, "SELECT state, next_try_at FROM booking_write")


async def test_a_request_holds_its_time_until_a_host_accepts(pages: Pages):
    ana, made, shown, booking = await asked(pages)
    assert booking["state"] == "requested"
    assert booking["answer_by"] == "2026-11-22T09:00:00Z", "two days, where nothing else is said"
    assert "Waiting for Ana to confirm" in shown.text
    assert "Add to calendar" not in shown.text
    assert "Join" not in shown.text
    assert "10:00" not in await pages.times(made)
    assert (await pages.book(made, "10:00")).status == 409
    assert await told(pages) == ["booking.requested"]
    assert await rows(pages, "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'send_reminder'") == []
    accepted = await answer(ana, booking, "accept")
    assert accepted.status_code == 200, accepted.text
    assert (accepted.json()["state"], accepted.json()["revision"]) == ("confirmed", 2)
    assert accepted.json()["answer_by"] is None
    assert accepted.headers["etag"] == '"2"'
    assert await told(pages) == ["booking.requested", "booking.confirmed"]
    now = await again(shown)
    assert "Your meeting is confirmed" in now.text
    assert "Add to calendar" in now.text
    whole = (await ana.http.get(f"/api/bookings/{booking['booking_id']}")).json()
    assert [(entry["action"], entry["actor_name"]) for entry in whole["history"]] == [
        ("requested", "Cy"),
        ("confirmed", "Ana"),
    ]


async def test_a_declined_request_gives_its_time_back(pages: Pages):
    ana, made, shown, booking = await asked(pages)
    declined = await answer(ana, booking, "decline", reason="Away that week")
    assert declined.json()["state"] == "declined"
    assert await told(pages) == ["booking.requested", "booking.declined"]
    assert await written(pages) == []
    now = await again(shown)
    assert "This request was declined" in now.text
    assert "Away that week" in now.text
    assert "10:00" in await pages.times(made)
    other = await now.follow("Other times")
    assert other.status == 200
    assert other.times
    assert (await pages.book(made, "10:00")).status == 303


async def test_a_guest_withdraws_and_moves_what_they_asked_for(pages: Pages, clock):
    ana, made, shown, booking = await asked(pages, confirmation_hours=24)
    clock.advance(hours=5)
    base = str(shown.answer.url).partition("?")[0]
    question = await shown.visitor.open(base, do="reschedule", at=f"{TUESDAY}T15:00:00Z")
    assert (await question.submit()).status == 303
    [moved] = await ana.bookings()
    assert (moved["state"], moved["start"]) == ("requested", f"{TUESDAY}T15:00:00Z")
    assert moved["answer_by"] == "2026-11-21T14:00:00Z", "the host has as long as before"
    assert {"10:00"} <= set(await pages.times(made))
    assert "15:00" not in await pages.times(made)
    ask = await shown.visitor.open(base, do="cancel")
    assert "Withdraw this request?" in ask.text
    assert (await ask.submit(reason="Never mind")).status == 303
    [gone] = await ana.bookings()
    assert (gone["state"], gone["reason"]) == ("cancelled", "Never mind")
    assert "15:00" in await pages.times(made)
    late = await answer(ana, booking, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    assert late.json()["state"] == "cancelled"
    assert await told(pages) == ["booking.requested", "booking.rescheduled", "booking.cancelled"]
    assert await written(pages) == []


async def test_what_was_accepted_is_moved_without_asking_again(pages: Pages):
    ana, _, shown, booking = await asked(pages)
    await answer(ana, booking, "accept")
    base = str(shown.answer.url).partition("?")[0]
    question = await shown.visitor.open(base, do="reschedule", at=f"{TUESDAY}T15:00:00Z")
    assert (await question.submit()).status == 303
    [moved] = await ana.bookings()
    assert (moved["state"], moved["start"]) == ("confirmed", f"{TUESDAY}T15:00:00Z")


@pytest.mark.parametrize(
    ("hours", "start", "late"), [(3, "10:00", {"hours": 3}), (720, "10:00", {"days": 4, "hours": 1})]
)
async def test_a_request_that_nobody_answers_comes_to_nothing(pages: Pages, clock, hours, start, late):
    ana, made, shown, booking = await asked(pages, confirmation_hours=hours)
    clock.advance(**late)
    # Before anything has swept: the page says so already, and nobody can accept any more.
    assert "Nobody answered in time" in (await again(shown)).text
    refused = await answer(ana, booking, "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_answered")
    assert refused.json()["state"] == "declined"
    await pages.world.installation.platform.link_requests.expire_due()
    [gone] = await ana.bookings()
    assert (gone["state"], gone["reason"]) == ("declined", "Nobody answered in time.")
    assert await told(pages) == ["booking.requested", "booking.declined"]
    assert "Nobody answered in time" in (await again(shown)).text
    if hours == 3:
        assert "10:00" in await pages.times(made)


async def test_the_sweep_ends_only_what_is_late(pages: Pages, clock):
    ana, made, _, first = await asked(pages, confirmation_hours=3)
    clock.advance(hours=2)
    await pages.book(made, "11:00")
    clock.advance(hours=1)
    await pages.world.installation.platform.link_requests.expire_due()
    states = {booking["booking_id"]: booking["state"] for booking in await ana.bookings()}
    assert states.pop(first["booking_id"]) == "declined"
    assert list(states.values()) == ["requested"]


async def test_hosts_answer_and_nobody_else(pages: Pages):
    _, _, _, booking = await asked(pages)
    bo = await pages.member("Bo")
    for word in ("accept", "decline"):
        assert (await answer(bo, booking, word)).status_code == 404
    stranger = await pages.administrator()
    assert (await answer(stranger, booking, "accept")).status_code == 404


async def test_any_host_of_several_answers_for_all(pages: Pages):
    ana, bo = await pages.member("Ana"), await pages.member("Bo")
    made = await ana.make(
        mode="collective", hosts=[{"sub": ana.sub}, {"sub": bo.sub}], requires_confirmation=True
    )
    await pages.book(made, "10:00")
    [booking] = await bo.bookings()
    assert (await answer(bo, booking, "accept")).status_code == 200
    [hers] = await ana.bookings()
    assert hers["state"] == "confirmed"


async def test_a_request_cannot_be_moved_or_cancelled_by_a_host(pages: Pages):
    ana, _, _, booking = await asked(pages)
    moved = await answer(ana, booking, "reschedule", start=f"{TUESDAY}T15:00:00Z")
    assert (moved.status_code, moved.json()["code"]) == (409, "awaiting_answer")
    cancelled = await answer(ana, booking, "cancel")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "awaiting_answer")
    stale = await ana.http.post(f"/api/bookings/{booking['booking_id']}/accept", headers={"If-Match": '"7"'})
    assert stale.status_code == 412 or stale.json()["code"] == "stale_revision"


async def test_of_answers_at_once_one_counts(pages: Pages):
    ana, bo = await pages.member("Ana"), await pages.member("Bo")
    made = await ana.make(
        mode="collective", hosts=[{"sub": ana.sub}, {"sub": bo.sub}], requires_confirmation=True
    )
    for number, time in enumerate(("10:00", "11:00", "12:00", "13:00")):
        shown = await (await pages.book(made, time)).go_on()
        booking = next(one for one in await ana.bookings() if one["start"][11:16] == time)
        base = str(shown.answer.url).partition("?")[0]
        if number % 2:
            withdrawal = await shown.visitor.open(base, do="cancel")
            other = withdrawal.submit()
        else:
            other = answer(bo, booking, "decline")
        accepted, _ = await asyncio.gather(answer(ana, booking, "accept"), other)
        [(state, taken, actions)] = await rows(
            pages,
            f"""SELECT b.state, bool_or(p.live), (SELECT array_agg(r.action ORDER BY r.revision)
                FROM booking_revision r WHERE r.booking_id = b.booking_id)
                FROM booking b JOIN booking_participant p USING (org_id, booking_id)
                WHERE b.booking_id = '{booking["booking_id"]}' GROUP BY b.booking_id, b.state""",
        )
        assert taken == (state == "confirmed")
        assert len(actions) == 2 or actions == ["requested", "confirmed", "cancelled"]
        assert accepted.status_code == (200 if "confirmed" in actions else 409)


async def test_accepting_twice_is_once(pages: Pages):
    ana, _, _, booking = await asked(pages)
    answers = await asyncio.gather(*(answer(ana, booking, "accept") for _ in range(4)))
    assert {one.status_code for one in answers} == {200}
    assert {one.json()["revision"] for one in answers} == {2}
    assert await told(pages) == ["booking.requested", "booking.confirmed"]
    declined = await answer(ana, booking, "decline")
    assert (declined.status_code, declined.json()["code"]) == (409, "already_answered")
    assert declined.json()["state"] == "confirmed"


async def test_limits_and_turns_count_requests(pages: Pages):
    ana, bo = await pages.member("Ana"), await pages.member("Bo")
    made = await ana.make(
        mode="round_robin",
        hosts=[{"sub": ana.sub}, {"sub": bo.sub}],
        requires_confirmation=True,
        max_per_day=2,
    )
    await pages.book(made, "10:00")
    await pages.book(made, "11:00")
    assert (len(await ana.bookings()), len(await bo.bookings())) == (1, 1)
    assert await pages.times(made) == [], "the day is full"
    [hers] = await ana.bookings()
    await answer(ana, hers, "decline")
    assert "10:00" in await pages.times(made)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_answered_nobody_is_offered_time_that_is_held(pages: Pages, seed: int):
    """What is offered is at any moment exactly what no request and no meeting holds."""
    random = Random(seed)
    ana = await pages.member("Ana")
    made = await ana.make(requires_confirmation=True)
    other = await ana.make(name="Other")
    day = set(await pages.times(made))
    for _ in range(8):
        live = [one for one in await ana.bookings() if one["state"] in ("requested", "confirmed")]
        waiting = [one for one in live if one["state"] == "requested"]
        if waiting and random.random() < 0.5:
            word = random.choice(("accept", "decline"))
            assert (await answer(ana, random.choice(waiting), word)).status_code == 200
        else:
            held = {one["start"][11:16] for one in live}
            time = random.choice(sorted(day))
            assert (await pages.book(made, time)).status == (409 if time in held else 303)
        held = {
            one["start"][11:16] for one in await ana.bookings() if one["state"] in ("requested", "confirmed")
        }
        assert set(await pages.times(made)) == set(await pages.times(other)) == day - held


async def test_the_hours_have_bounds(pages: Pages):
    ana = await pages.member("Ana")
    for hours in (0, 721):
        refused = await ana.http.post(
            "/api/booking-pages", json={"name": "Call", "confirmation_hours": hours}
        )
        assert refused.status_code == 422
        assert "confirmation_hours" in refused.text


# -- applications' links


async def test_an_application_hears_of_it_once_a_host_has_accepted(links: Links):
    made = await links.make(requires_confirmation=True)
    visitor = await links.visitor()
    assert (await visitor.book(made["url"], "09:00")).status == 303
    assert await links.world.delivered(links.app) == []
    status = await links.status(made)
    assert (status["status"], status["awaiting_confirmation"], status["uses"]) == ("open", True, 1)
    assert "start" not in status["event"]
    # Its only use is held: whoever opens it sees the request, and cannot book.
    assert "Waiting for" in (await (await links.visitor("203.0.113.9")).open(made["url"])).text
    [(booking_id,)] = await links.rows("SELECT booking_id FROM booking")
    platform = links.world.installation.platform
    await platform.link_requests.accept(links.ana, booking_id)
    [(url, body)] = await links.world.delivered(links.app)
    assert url == CALLBACK
    assert body["notification"]["type"] == "completed"
    assert body["event"]["start"]["time"] == at("09:00")
    status = await links.status(made)
    assert status["status"] == "completed"
    assert "awaiting_confirmation" not in status


async def test_a_link_of_one_use_can_be_used_again_after_a_refusal(links: Links):
    made = await links.make(requires_confirmation=True, confirmation_hours=1)
    await (await links.visitor()).book(made["url"], "09:00")
    [(booking_id,)] = await links.rows("SELECT booking_id FROM booking")
    await links.world.installation.platform.link_requests.decline(links.ana, booking_id, "No")
    status = await links.status(made)
    assert (status["status"], status["uses"]) == ("open", 0)
    assert (await (await links.visitor()).book(made["url"], "09:00")).status == 303
    assert await links.world.delivered(links.app) == []


async def test_no_query_offers_time_that_was_asked_for(links: Links):
    made = await links.make(requires_confirmation=True)
    await (await links.visitor()).book(made["url"], "09:00")
    question = query(links.ana.member_id)
    named = {**question, "participants": [{"members": [{"sub": links.ana.member_id}], "required": "all"}]}
    named["participants"][0]["members"][0]["calendar_ids"] = [links.calendars[links.ana.member_id]]
    for asked_for in (question, named):
        found = await links.app.http.post("/v1/availability", json=asked_for)
        assert found.status_code == 200, found.text
        starts = [period["start"] for period in found.json()["available_periods"]]
        assert starts
        assert at("09:00") not in starts
    other = await links.make()
    assert at("09:00") not in (await (await links.visitor()).open(other["url"])).times
    http = await links.world.authorize(links.app, links.ana)
    period = {"from": "2026-11-23", "to": "2026-11-26", "tzid": "Etc/UTC"}
    period["include_managed"] = "true"
    busy = (await http.get("/v1/free_busy", params=period)).json()["free_busy"]
    assert [item["free_busy_status"] for item in busy] == ["tentative"]
    events = (await http.get("/v1/events", params=period)).json()["events"]
    assert events == [], "it is in no calendar yet"


async def test_what_is_due_to_be_asked_has_a_form_of_its_own(links: Links):
    refused = await links.post(requires_confirmation="perhaps")
    assert refused.status_code == 422
    made = await links.make(requires_confirmation=True)
    form = await (await links.visitor()).open(made["url"], at=at("09:00"))
    assert [button.text for button in form.find("//button[@name='press']")] == ["Ask for this time"]
    link_id = made["real_time_scheduling"]["real_time_scheduling_id"]
    changed = await links.app.http.patch(
        f"/v1/real_time_scheduling/{link_id}", json={"requires_confirmation": False}
    )
    assert changed.status_code == 200, changed.text
    assert (await (await links.visitor()).book(made["url"], "09:00")).status == 303
    assert len(await links.world.delivered(links.app)) == 1
