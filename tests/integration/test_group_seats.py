"""Group seats: several visitors of one meeting, each with a seat and a page of their own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from convene.storage.database import Database
from factories.booking_pages import TUESDAY, Member, Pages
from factories.links import Page
from factories.receivers import application_world

WEDNESDAY = "2026-11-25"


@pytest.fixture
async def pages(db: Database, database_url: str, tmp_path, clock) -> AsyncIterator[Pages]:
    async with application_world(database_url, tmp_path, clock) as world:
        yield Pages(world)


async def take(pages: Pages, page: dict[str, Any], time: str, name: str, day: str = TUESDAY) -> Page:
    """Book as somebody of this name; ends on their own page."""
    visitor = await pages.visitor()
    done = await visitor.book(page["url"], f"{day}T{time}:00Z", name, f"{name.lower()}@example.org")
    return await done.go_on()


async def cancel(mine: Page, reason: str = "") -> Page:
    question = await mine.follow("Cancel my seat")
    return await (await question.submit(reason=reason)).go_on()


async def move(mine: Page, start: str) -> Page:
    address = str(mine.answer.url).partition("?")[0]
    question = await mine.visitor.open(address, do="reschedule", at=start)
    assert question.status == 200, question.text
    return await question.submit()


async def again(mine: Page) -> Page:
    return await mine.visitor.open(str(mine.answer.url).partition("?")[0])


def labels(page: Page) -> dict[str, str]:
    """By start what stands below it."""
    return {
        item.xpath(".//time/@datetime")[0]: " ".join(item.xpath(".//*[@class='host']/text()"))
        for item in page.find("//ul[contains(@class,'time-list')]/li")
    }


async def offered(pages: Pages, page: dict[str, Any], day: str = TUESDAY) -> dict[str, str]:
    shown = await (await pages.visitor()).open(page["url"], day=day, tzid="Europe/London")
    return labels(shown)


async def meetings(who: Member) -> list[tuple[str, str, list[str]]]:
    return [
        (meeting["start"][:16], meeting["state"], [guest["name"] for guest in meeting["guests"]])
        for meeting in await who.bookings()
    ]


async def test_visitors_share_a_meeting_until_its_seats_are_taken(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    assert made["seats"] == 3
    assert "group of up to 3" in (await (await pages.visitor()).open(made["url"])).text
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == "3 of 3 seats left"
    await take(pages, made, "10:00", "Cy")
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == "2 of 3 seats left"
    form = await (await pages.visitor()).open(made["url"], at=f"{TUESDAY}T10:00:00Z")
    assert "2 of 3 seats left" in form.text
    for name in ("Di", "Ed"):
        await take(pages, made, "10:00", name)
    assert f"{TUESDAY}T10:00:00Z" not in await offered(pages, made)
    late = await (await pages.visitor()).book(made["url"], f"{TUESDAY}T10:00:00Z", "Flo")
    assert late.status == 409
    assert late.times, "others are offered"
    [meeting] = await ana.bookings()
    assert [guest["name"] for guest in meeting["guests"]] == ["Cy", "Di", "Ed"]
    assert (meeting["seats"], meeting["revision"]) == (3, 3)


async def test_the_number_of_seats_left_can_be_kept_back(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3, shows_seats_left=False)
    assert not made["shows_seats_left"]
    await take(pages, made, "10:00", "Cy")
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == ""


async def test_guests_never_learn_who_else_comes(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(
        seats=3, questions=[{"label": "Allergies?", "kind": "text", "is_required": False, "choices": []}]
    )
    visitor = await pages.visitor()
    form = await visitor.open(made["url"], at=f"{TUESDAY}T10:00:00Z")
    first = await (await form.submit(name="Cy", email="cy@example.org", answer_0="Walnuts")).go_on()
    second = await take(pages, made, "10:00", "Di")
    for mine, others in ((first, ("Di", "di@example.org")), (second, ("Cy", "cy@example.org", "Walnuts"))):
        shown = await again(mine)
        file = await mine.visitor.open(shown.find("//a[contains(@href,'.ics')]/@href")[0])
        links = " ".join(shown.find("//a/@href"))
        for told in (shown.answer.text, file.answer.text, links):
            assert not any(word in told for word in others), told
    # The hosts' calendar tells everything.
    [meeting] = await ana.bookings()
    text = (await ana.http.get(f"/api/bookings/{meeting['booking_id']}/calendar.ics")).text
    assert "Walnuts" not in text, "the file for download names nobody"
    async with pages.world.installation.platform.db.connection() as conn:
        cursor = await conn.execute("SELECT event_details FROM booking")
        [(details,)] = await cursor.fetchall()
    assert details["guests"] == [
        {"name": "Cy", "email": "cy@example.org", "answers": "Allergies?: Walnuts"},
        {"name": "Di", "email": "di@example.org"},
    ]


async def test_a_guest_who_cancels_frees_a_seat_and_the_last_one_the_time(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy, di = [await take(pages, made, "10:00", name) for name in ("Cy", "Di")]
    gone = await cancel(cy, "I am ill")
    assert "Your seat is cancelled" in gone.text
    assert "I am ill" in gone.text
    assert await meetings(ana) == [(f"{TUESDAY}T10:00", "confirmed", ["Di"])]
    still = await again(di)
    assert "cancelled" not in still.text
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == "2 of 3 seats left"
    [meeting] = await ana.bookings()
    history = (await ana.http.get(f"/api/bookings/{meeting['booking_id']}")).json()["history"]
    assert [(entry["action"], entry["reason"]) for entry in history] == [
        ("confirmed", ""),
        ("joined", ""),
        ("left", "I am ill"),
    ]
    assert history[2]["actor_name"] == "Cy"
    last = await cancel(di)
    assert "This meeting was cancelled" in last.text
    assert await meetings(ana) == [(f"{TUESDAY}T10:00", "cancelled", ["Di"])]
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == "3 of 3 seats left"
    # Sent again, the form says what became of it and takes no second seat.
    assert "Your seat is cancelled" in (await again(cy)).text


async def test_a_form_sent_twice_takes_one_seat(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=5)
    await take(pages, made, "10:00", "Cy")
    form = await (await pages.visitor()).open(made["url"], at=f"{TUESDAY}T10:00:00Z")
    answers = await asyncio.gather(*(form.submit(name="Di", email="di@example.org") for _ in range(3)))
    answers = [one for one in answers if one.status != 503]
    assert len({one.answer.headers["location"] for one in answers}) == 1
    assert await meetings(ana) == [(f"{TUESDAY}T10:00", "confirmed", ["Cy", "Di"])]


async def test_a_seat_moves_alone_to_a_new_meeting_or_into_one_that_is_there(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy, di, ed = [await take(pages, made, "10:00", name) for name in ("Cy", "Di", "Ed")]
    moved = await (await move(cy, f"{TUESDAY}T14:00:00Z")).go_on()
    assert "Your seat was moved" in moved.text
    assert "10:00" in moved.find("//dd[@class='struck']/text()")[0]
    assert await meetings(ana) == [
        (f"{TUESDAY}T10:00", "confirmed", ["Di", "Ed"]),
        (f"{TUESDAY}T14:00", "confirmed", ["Cy"]),
    ]
    joined = await (await move(di, f"{TUESDAY}T14:00:00Z")).go_on()
    assert "14:00" in joined.text
    assert await meetings(ana) == [
        (f"{TUESDAY}T10:00", "confirmed", ["Ed"]),
        (f"{TUESDAY}T14:00", "confirmed", ["Cy", "Di"]),
    ]
    # Who is alone takes the meeting along, or leaves an empty one that is cancelled.
    await (await move(ed, f"{TUESDAY}T11:00:00Z")).go_on()
    assert (await meetings(ana))[0] == (f"{TUESDAY}T11:00", "confirmed", ["Ed"])
    await (await move(ed, f"{TUESDAY}T14:00:00Z")).go_on()
    assert await meetings(ana) == [
        (f"{TUESDAY}T11:00", "cancelled", []),
        (f"{TUESDAY}T14:00", "confirmed", ["Cy", "Di", "Ed"]),
    ]
    assert "14:00" in (await again(ed)).text
    # Full: nobody else moves there, and everybody stays where they were.
    flo = await take(pages, made, "09:00", "Flo")
    refused = await move(flo, f"{TUESDAY}T14:00:00Z")
    assert refused.status == 409
    assert "09:00" in (await again(flo)).text


async def test_a_seat_cannot_be_moved_to_where_the_link_offers_nothing(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy, _ = [await take(pages, made, "10:00", name) for name in ("Cy", "Di")]
    for start in (f"{TUESDAY}T10:07:00Z", f"{TUESDAY}T22:00:00Z"):
        await move(cy, start)
        assert await meetings(ana) == [(f"{TUESDAY}T10:00", "confirmed", ["Cy", "Di"])]


async def test_a_host_cancels_or_moves_for_everybody(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy, di = [await take(pages, made, "10:00", name) for name in ("Cy", "Di")]
    [meeting] = await ana.bookings()
    path = f"/api/bookings/{meeting['booking_id']}"
    answer = await ana.http.post(f"{path}/reschedule", json={"start": f"{TUESDAY}T11:15:00Z"})
    assert answer.status_code == 200, answer.text
    for mine in (cy, di):
        shown = await again(mine)
        assert "11:15" in shown.text
        assert "10:00" in shown.find("//dd[@class='struck']/text()")[0]
    # Where the host has put it, it goes on taking guests; who comes later is told nothing of before.
    assert (await offered(pages, made))[f"{TUESDAY}T11:15:00Z"] == "1 of 3 seats left"
    ed = await take(pages, made, "11:15", "Ed")
    assert not ed.find("//dd[@class='struck']")
    answer = await ana.http.post(f"{path}/cancel", json={"reason": "The room has no heating"})
    assert answer.status_code == 200, answer.text
    for mine in (cy, di, ed):
        shown = await again(mine)
        assert "This meeting was cancelled" in shown.text
        assert "The room has no heating" in shown.text


async def test_who_comes_and_goes_makes_no_page_stale(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy = await take(pages, made, "10:00", "Cy")
    question = await cy.visitor.open(
        str(cy.answer.url).partition("?")[0], do="reschedule", at=f"{TUESDAY}T12:00:00Z"
    )
    await take(pages, made, "10:00", "Di")
    await (await question.submit()).go_on()
    assert (await meetings(ana))[1] == (f"{TUESDAY}T12:00", "confirmed", ["Cy"])
    # A host's move does.
    question = await cy.visitor.open(
        str(cy.answer.url).partition("?")[0], do="reschedule", at=f"{TUESDAY}T15:00:00Z"
    )
    [_, mine] = await ana.bookings()
    await ana.http.post(
        f"/api/bookings/{mine['booking_id']}/reschedule", json={"start": f"{TUESDAY}T13:00:00Z"}
    )
    told = await (await question.submit()).go_on()
    assert "has changed since you opened the page" in told.text
    assert (await meetings(ana))[1][0] == f"{TUESDAY}T13:00"


async def test_whoever_comes_second_joins_the_first_ones_host(pages: Pages):
    ana, bo = [await pages.member(name) for name in ("Ana", "Bo")]
    made = await ana.make(mode="round_robin", hosts=[{"sub": ana.sub}, {"sub": bo.sub}], seats=2)
    for name in ("Cy", "Di", "Ed"):
        await take(pages, made, "10:00", name)
    taken = sorted(await meetings(ana) + await meetings(bo))
    assert taken == [
        (f"{TUESDAY}T10:00", "confirmed", ["Cy", "Di"]),
        (f"{TUESDAY}T10:00", "confirmed", ["Ed"]),
    ]
    assert (await offered(pages, made))[f"{TUESDAY}T10:00:00Z"] == "1 of 2 seats left"


async def test_a_limit_per_day_counts_meetings(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3, max_per_day=1)
    await take(pages, made, "10:00", "Cy")
    assert await offered(pages, made) == {f"{TUESDAY}T10:00:00Z": "2 of 3 seats left"}
    assert f"{WEDNESDAY}T10:00:00Z" in await offered(pages, made, WEDNESDAY)
    await take(pages, made, "10:00", "Di")
    assert await meetings(ana) == [(f"{TUESDAY}T10:00", "confirmed", ["Cy", "Di"])]


async def test_seats_that_are_given_later_open_no_meeting_of_somebodys_own(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make()
    await pages.book(made, "10:00")
    answer = await ana.change(made, seats=4)
    assert answer.status_code == 200, answer.text
    assert f"{TUESDAY}T10:00:00Z" not in await offered(pages, made)
    # And taken away again, nobody joins those who share one, who still may leave it alone.
    cy = await take(pages, made, "11:00", "Cy")
    await take(pages, made, "11:00", "Di")
    await ana.change(made, seats=None)
    assert f"{TUESDAY}T11:00:00Z" not in await offered(pages, made)
    await cancel(cy)
    assert (await meetings(ana))[1] == (f"{TUESDAY}T11:00", "confirmed", ["Di"])


async def test_notice_holds_for_whoever_joins(pages: Pages, clock):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3, minimum_notice_minutes=120)
    await take(pages, made, "10:00", "Cy")
    clock.advance(days=3, hours=23, minutes=30)  # Tuesday, half past eight
    assert f"{TUESDAY}T10:00:00Z" not in await offered(pages, made)
    late = await (await pages.visitor()).book(made["url"], f"{TUESDAY}T10:00:00Z", "Di")
    assert late.status in (303, 409)
    assert await meetings(ana) == [(f"{TUESDAY}T10:00", "confirmed", ["Cy"])]


@pytest.mark.parametrize("seats", [0, 501, -1])
async def test_seats_have_bounds(pages: Pages, seats: int):
    ana = await pages.member("Ana")
    answer = await ana.http.post("/api/booking-pages", json={"name": "Group", "seats": seats})
    assert answer.status_code == 422, answer.text
    assert "seats" in answer.text


async def test_seats_are_taken_without_anybody_being_asked(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(requires_confirmation=True)
    answer = await ana.change(made, seats=3)
    assert answer.status_code == 422
    assert "requires_confirmation" in answer.text


async def test_statistics_count_those_who_came_and_left(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=3)
    cy, _ = [await take(pages, made, "10:00", name) for name in ("Cy", "Di")]
    await cancel(cy)
    told = (await ana.http.get(f"/api/booking-pages/{made['page_id']}/statistics")).json()
    assert (told["bookings"], told["cancellations"]) == (2, 1)


async def test_two_who_come_first_at_once_share_one_meeting(pages: Pages):
    ana = await pages.member("Ana")
    made = await ana.make(seats=8)
    answers = await asyncio.gather(*(pages.book(made, "10:00") for _ in range(6)))
    assert Counter(answer.status for answer in answers) == {303: 6}
    [(_, state, names)] = await meetings(ana)
    assert (state, len(names)) == ("confirmed", 6)
    assert len({answer.answer.headers["location"] for answer in answers}) == 6, "everybody has their own page"


async def test_seats_move_and_go_at_once_and_none_is_lost(pages: Pages):
    """Guests who cancel, move and come in any order: each is where their own page says, and no meeting is over full."""
    ana = await pages.member("Ana")
    made = await ana.make(seats=4)
    there = [await take(pages, made, "10:00", f"G{number}") for number in range(4)]
    here = [await take(pages, made, "11:00", f"H{number}") for number in range(3)]

    async def until_done(attempt) -> int:
        while (done := await attempt()).status == 503:
            pass
        return done.status

    async def leave(mine: Page) -> Page:
        return await (await mine.follow("Cancel my seat")).submit()

    await asyncio.gather(
        until_done(lambda: leave(there[0])),
        until_done(lambda: move(there[1], f"{TUESDAY}T11:00:00Z")),
        until_done(lambda: move(there[2], f"{TUESDAY}T11:00:00Z")),
        until_done(lambda: move(here[0], f"{TUESDAY}T10:00:00Z")),
        until_done(lambda: leave(here[1])),
        *(pages.book(made, "10:00") for _ in range(3)),
    )
    live = [one for one in await meetings(ana) if one[1] == "confirmed"]
    assert all(0 < len(names) <= 4 for _, _, names in live), live
    assert len({start for start, _, _ in live}) == len(live), "no start has two meetings"
    for mine, name in ((there[1], "G1"), (there[2], "G2"), (here[0], "H0")):
        [start] = [start for start, _, names in live if name in names]
        assert start[11:] in (await again(mine)).text
    assert all("G0" not in names and "H1" not in names for _, _, names in live)
