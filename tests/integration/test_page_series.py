"""Series: one visit books a meeting several times, all of it or nothing, and changes each by itself."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member, Pages
from factories.links import Page
from factories.receivers import application_world

WEEKLY = {"frequency": "weekly", "max_count": 10}
AUTUMN = datetime.fromisoformat("2026-10-05T09:00:00+00:00")


@pytest.fixture
async def pages(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Pages]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield Pages(world)


async def listed(pages: Pages, page: dict[str, Any], start: str, times: int) -> Page:
    """Choose a time and how often; ends with the dates to confirm."""
    visitor = await pages.visitor()
    form = await visitor.open(page["url"], at=start)
    assert form.status == 200, form.text
    shown = await form.submit(times=str(times))
    assert shown.status == 200, shown.text
    return shown


def dates(shown: Page) -> list[tuple[str, list[str]]]:
    """Each date on the list, with the other times that are offered instead if it is taken."""
    return [
        (
            item.xpath(".//time/@datetime")[0],
            [value for value in item.xpath(".//input[@type='radio']/@value") if value != "skip"],
        )
        for item in shown.find("//ol[@class='dates']/li")
    ]


async def confirm(shown: Page, **chosen: str) -> Page:
    """Fill in who one is, under the list, and press the button."""
    form = shown.find("//form[@data-once]")[0]
    fields = {name: value or "" for name, value in form.form_values()}
    answer = await shown.visitor.http.post(
        form.action, data={**fields, "name": "Cy", "email": "cy@example.org", "press": "book", **chosen}
    )
    return Page(shown.visitor, answer)


async def starts(who: Member) -> list[str]:
    when = {"from": "2026-09-01T00:00:00Z", "to": "2027-12-31T00:00:00Z"}
    answer = await who.http.get("/api/bookings", params=when)
    return [one["start"] for one in answer.json()["bookings"] if one["state"] == "confirmed"]


def at(day: str, time: str = "10:00") -> str:
    return f"{day}T{time}:00Z"


async def take(pages: Pages, who: Member, start: str) -> None:
    """Let somebody else have that time."""
    other = await who.make(name="Another page", duration_minutes=30, horizon_days=180)
    done = await (await pages.visitor()).book(other["url"], start)
    assert done.status == 303, done.text


async def test_a_series_keeps_its_local_time_and_is_booked_at_once(pages: Pages, clock):
    clock.now = AUTUMN
    ana = await pages.member("Ana")
    made = await ana.make(recurrence={"frequency": "weekly", "max_count": 6}, horizon_days=30)
    assert made["recurrence"] == {"frequency": "weekly", "max_count": 6}
    shown = await listed(pages, made, at("2026-10-13", "09:00"), 6)
    wanted = [
        at("2026-10-13", "09:00"),
        at("2026-10-20", "09:00"),
        *(at(day, "10:00") for day in ("2026-10-27", "2026-11-03", "2026-11-10", "2026-11-17")),
    ]
    assert dates(shown) == [(start, []) for start in wanted], "ten o'clock in London; past the horizon too"
    done = await (await confirm(shown)).go_on()
    assert done.find("//time/@datetime") == wanted
    assert await starts(ana) == wanted
    local = {datetime.fromisoformat(start).astimezone(ZoneInfo("Europe/London")).hour for start in wanted}
    assert local == {10}
    [first, *_] = (await ana.http.get("/api/bookings", params={"from": wanted[0], "to": wanted[1]})).json()[
        "bookings"
    ]
    assert first["series"] == {"number": 1, "count": 6}


async def test_taken_dates_are_marked_and_skipped_or_put_elsewhere_on_the_day(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    await take(pages, ana, at("2026-12-01"))
    await take(pages, ana, at("2026-12-08"))
    shown = await listed(pages, made, at(TUESDAY), 4)
    assert "Not free: 2" in shown.text
    assert dates(shown) == [
        (at("2026-11-24"), []),
        (at("2026-12-01"), [at("2026-12-01", "09:00"), at("2026-12-01", "09:30"), at("2026-12-01", "10:30")]),
        (at("2026-12-08"), [at("2026-12-08", "09:00"), at("2026-12-08", "09:30"), at("2026-12-08", "10:30")]),
        (at("2026-12-15"), []),
    ]
    await (await confirm(shown, on_1=at("2026-12-01", "10:30"))).go_on()
    mine = [at("2026-11-24"), at("2026-12-01", "10:30"), at("2026-12-15")]
    assert set(mine) <= set(await starts(ana))
    assert at("2026-12-08", "09:30") not in await starts(ana), "what is not chosen is left out"


async def test_all_dates_or_none(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    shown = await listed(pages, made, at(TUESDAY), 4)
    await take(pages, ana, at("2026-12-08"))
    before = await starts(ana)
    refused = await confirm(shown)
    assert refused.status == 409
    assert "One of the dates was just taken" in refused.text
    assert refused.find("//input[@name='name']/@value") == ["Cy"], "what was typed is kept"
    assert await starts(ana) == before
    await (await confirm(refused)).go_on()
    assert len(await starts(ana)) == len(before) + 3


async def test_a_form_sent_twice_books_one_series(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    shown = await listed(pages, made, at(TUESDAY), 3)
    one, two = await confirm(shown), await confirm(shown)
    assert one.answer.headers["location"] == two.answer.headers["location"]
    assert len(await starts(ana)) == 3


async def test_dates_are_seen_before_they_are_booked(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    form = await (await pages.visitor()).open(made["url"], at=at(TUESDAY))
    shown = await confirm(form, times="3")
    assert shown.status == 200
    assert len(dates(shown)) == 3
    assert await starts(ana) == []
    once = await confirm(form)
    assert once.status == 303
    assert await starts(ana) == [at(TUESDAY)]


@pytest.mark.parametrize("times", ["11", "0", "-1", "5000", "9" * 500, "two", "１"])
async def test_more_than_the_page_allows_is_refused_at_once(pages: Pages, times: str):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    form = await (await pages.visitor()).open(made["url"], at=at(TUESDAY))
    for fields in ({"times": times}, {"times": times, "listed": times, "on_0": at(TUESDAY)}):
        answer = await confirm(form, **fields)
        assert answer.status == 303
        assert "/manage/" not in answer.answer.headers["location"]
    assert await starts(ana) == []


async def test_dates_of_another_day_are_refused(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    shown = await listed(pages, made, at(TUESDAY), 3)
    for chosen in (at("2026-11-26"), at("2026-12-01", "22:00"), at("2026-12-01", "10:07"), "tomorrow"):
        answer = await confirm(shown, on_1=chosen)
        assert answer.status in (303, 409)
        assert "/manage/" not in answer.answer.headers.get("location", "")
        assert await starts(ana) == []
    nothing = await confirm(shown, on_0="skip", on_1="", on_2="skip")
    assert "/manage/" not in nothing.answer.headers.get("location", "")


async def test_each_meeting_of_a_series_is_moved_and_cancelled_by_itself(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    mine = await (await confirm(await listed(pages, made, at(TUESDAY), 5))).go_on()
    moves = mine.find("//a[starts-with(@aria-label, 'Move: ')]/@href")
    cancels = mine.find("//a[starts-with(@aria-label, 'Cancel: ')]/@href")
    following = mine.find("//a[starts-with(@aria-label, 'Cancel this and all')]/@href")
    assert (len(moves), len(cancels), len(following)) == (5, 5, 4)

    other = await mine.visitor.open(moves[1])
    assert other.status == 200
    day = await mine.visitor.open(f"{moves[1]}&day=2026-12-02")
    assert at("2026-12-02", "14:00") in day.times
    [choice] = [
        item.get("href")
        for item in day.find("//ul[contains(@class,'time-list')]//a")
        if "14%3A00" in item.get("href")
    ]
    question = await mine.visitor.open(choice)
    moved = await (await question.submit()).go_on()
    assert "Your meeting was moved" in moved.text
    wanted = [
        at(TUESDAY),
        at("2026-12-02", "14:00"),
        *(at(day) for day in ("2026-12-08", "2026-12-15", "2026-12-22")),
    ]
    assert await starts(ana) == wanted

    question = await mine.visitor.open(cancels[0])
    assert len(question.find("//time")) == 1
    await (await question.submit(reason="Away")).go_on()
    assert await starts(ana) == wanted[1:]
    question = await mine.visitor.open(following[3])
    assert len(question.find("//time")) == 2
    left = await (await question.submit(reason="")).go_on()
    assert await starts(ana) == wanted[1:3]
    assert "cancelled" not in left.find("//h1")[0].text_content()
    question = await left.follow("Cancel all meetings")
    gone = await (await question.submit(reason="")).go_on()
    assert "This meeting was cancelled" in gone.text
    assert await starts(ana) == []
    # Somebody else's meeting is not theirs to change.
    form = await (await pages.visitor()).open(made["url"], at=at(TUESDAY, "12:00"))
    others = await (await confirm(form)).go_on()
    [elsewhere] = [one for one in await ana.bookings() if one["state"] == "confirmed"]
    address = str(mine.answer.url).partition("?")[0]
    strange = await mine.visitor.http.post(f"{address}/cancel", data={"of": elsewhere["booking_id"]})
    assert strange.status_code == 404
    assert "cancelled" not in (await others.visitor.open(str(others.answer.url))).text


async def test_a_series_stays_with_one_host_who_takes_turns(pages: Pages):
    ana, bo = [await pages.member(name) for name in ("Ana", "Bo")]
    made = await ana.make(mode="round_robin", hosts=[{"sub": ana.sub}, {"sub": bo.sub}], recurrence=WEEKLY)
    await take(pages, ana, at("2026-12-08"))
    shown = await listed(pages, made, at(TUESDAY), 4)
    assert all(not instead for _, instead in dates(shown)), "Bo is free every week"
    await (await confirm(shown)).go_on()
    assert len(await starts(bo)) == 4
    assert await starts(ana) == [at("2026-12-08")]


async def test_subscribers_are_told_of_a_series_once_and_of_each_meeting(pages: Pages):
    ana = await pages.member("Ana")
    types = ["booking.confirmed", "booking.series"]
    made = await ana.http.post("/api/webhooks", json={"url": "https://hooks.example.com/x", "events": types})
    assert made.status_code == 201, made.text
    page = await ana.make(recurrence=WEEKLY)
    await (await confirm(await listed(pages, page, at(TUESDAY), 3))).go_on()
    async with pages.world.installation.platform.db.connection() as conn:
        told = "SELECT type, body FROM webhook_delivery WHERE webhook_id = %s"
        rows = await (await conn.execute(told, [made.json()["webhook_id"]])).fetchall()
    assert Counter(kind for kind, _ in rows) == {"booking.series": 1, "booking.confirmed": 3}
    [body] = [json.loads(body) for kind, body in rows if kind == "booking.series"]
    assert [one["series"]["number"] for one in body["data"]["bookings"]] == [1, 2, 3]


@pytest.mark.parametrize("members", [{"seats": 3}, {"requires_confirmation": True}])
async def test_series_go_with_neither_seats_nor_questions_to_hosts(pages: Pages, members: dict[str, Any]):
    ana = await pages.member("Ana")
    body = {"name": "Lessons", "recurrence": WEEKLY, **members}
    answer = await ana.http.post("/api/booking-pages", json=body)
    assert answer.status_code == 422
    assert "recurrence" in answer.text


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_listed_is_what_is_booked(pages: Pages, clock, seed: int):
    """Hosts, hours, other meetings and frequencies as they come: what a list offers can be had, all of it."""
    dice = Random(seed)
    clock.now = AUTUMN if seed % 2 else clock.now
    people = [await pages.member(name) for name in ("Ana", "Bo")]
    mode = dice.choice(["round_robin", "collective"])
    frequency = dice.choice(["weekly", "biweekly", "monthly"])
    made = await people[0].make(
        mode=mode,
        hosts=[{"sub": one.sub} for one in people],
        recurrence={"frequency": frequency, "max_count": 6},
        tzid=dice.choice(["Europe/London", "America/New_York"]),
    )
    shown = await (await pages.visitor()).open(made["url"])
    start = dice.choice(shown.times)
    seen = dates(await listed(pages, made, start, 6))
    for taken in dice.sample([day for day, _ in seen[1:]], 2):
        other = await people[0].make(name="Other", horizon_days=180)
        await (await pages.visitor()).book(other["url"], taken)
    before = Counter([start for one in people for start in await starts(one)])
    final = await listed(pages, made, start, 6)
    wanted, chosen = [], {}
    for number, (day, instead) in enumerate(dates(final)):
        is_free = not final.find(f"//input[@type='radio'][@name='on_{number}']")
        if is_free:
            wanted.append(day)
        elif instead and dice.random() < 0.7:
            chosen[f"on_{number}"] = dice.choice(instead)
            wanted.append(chosen[f"on_{number}"])
    done = await confirm(final, **chosen)
    assert done.status == 303, (mode, frequency, done.text)
    assert (await done.go_on()).find("//p[@class='when']/time/@datetime") == wanted
    after = Counter([start for one in people for start in await starts(one)])
    assert after - before == Counter(wanted * (2 if mode == "collective" else 1))


async def test_two_series_that_cross_are_booked_one_after_the_other(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(recurrence=WEEKLY)
    forms = [await listed(pages, made, at(day), 3) for day in (TUESDAY, "2026-12-01", TUESDAY)]

    async def attempt(form: Page) -> int:
        while (done := await confirm(form)).status == 503:
            pass
        return done.status

    statuses = Counter(await asyncio.gather(*(attempt(form) for form in forms)))
    assert statuses == {303: 1, 409: 2}
    assert len(await starts(ana)) == 3
