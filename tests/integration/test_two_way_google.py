"""Two people's calendars at two services hold one meeting: what each of them changes there, and both at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caldav_servers import Radicale
from convene.core.permissions import Caller
from convene.services.bookings import Draft
from factories.google import GoogleWorld, google_world
from fakes.google_calendar import GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
MOVED = START + timedelta(hours=2)
ELSEWHERE = START + timedelta(hours=5)


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
async def google(db, clock, fake) -> AsyncIterator[GoogleWorld]:
    async with google_world(db, clock, fake) as found:
        yield found


class Pair:
    """Ana hosts with her calendar at Google, Bo comes with his at a CalDAV server."""

    def __init__(self, google: GoogleWorld, radicale: Radicale, ana: Caller, bo: Caller) -> None:
        self.google, self.place, self.fake = google, google.place, google.fake
        self.radicale, self.ana, self.bo = radicale, ana, bo
        self.booking_id = ""
        self.views: list[Any] = []

    async def begin(self, **policy: str) -> Pair:
        self.views = [
            await self.google.connect(self.ana),
            await self.place.connect(self.bo, self.radicale.url),
        ]
        if policy:
            await self.place.two_way.policies.change(self.ana, self.views[0].row.connection_id, policy)
        draft = Draft([self.bo.member_id], START, 30, "Launch chat", "Bring notes")
        self.booking_id = (await self.place.world.bookings.confirm(self.ana, draft)).body["booking_id"]
        await self.calm()
        return self

    async def calm(self) -> None:
        for _ in range(5):
            await self.place.run_writes()
            for view in self.views:
                await self.place.read(view)
            if not await self.place.weigh() and not self.place.world.jobs.named("write_booking"):
                return
        raise AssertionError("it never comes to rest")

    def item(self) -> dict[str, Any]:
        [found] = [item for item in self.fake.live() if "Launch" in item["summary"]]
        return found

    def move_at_google(self, to: datetime, **more: object) -> None:
        times = {
            "start": {"dateTime": to.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": (to + timedelta(minutes=30)).isoformat(), "timeZone": "UTC"},
        }
        self.fake.change(self.item()["id"], **times, **more)

    def text(self) -> str:
        [name] = self.radicale.names()
        return (self.radicale.get(name) or "").replace("\r\n ", "")

    async def booking(self) -> dict[str, Any]:
        return await self.place.world.bookings.get(self.ana, self.booking_id)


@pytest.fixture
async def pair(google: GoogleWorld, radicale: Radicale) -> Pair:
    ana = await google.place.world.person("Ana Ruiz", "UTC")
    bo = await google.place.world.person("Bo Lind", "UTC")
    return Pair(google, radicale, ana, bo)


def at_google(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["start"]["dateTime"]).astimezone(UTC)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


async def test_moved_and_named_at_google_it_is_so_everywhere_once(pair: Pair):
    await pair.begin()
    pair.move_at_google(MOVED, summary="Launch review")
    await pair.calm()
    booking = await pair.booking()
    assert (booking["start"], booking["title"]) == (MOVED.isoformat().replace("+00:00", "Z"), "Launch review")
    assert at_google(pair.item()) == MOVED
    assert stamp(MOVED) in pair.text()
    assert "SUMMARY:Launch review" in pair.text()
    assert len(pair.radicale.names()) == 1
    revision = booking["revision"]
    await pair.calm()
    assert (await pair.booking())["revision"] == revision


async def test_deleted_at_google_it_is_cancelled_everywhere(pair: Pair):
    await pair.begin()
    pair.fake.remove(pair.item()["id"])
    await pair.calm()
    assert (await pair.booking())["state"] == "cancelled"
    assert pair.radicale.names() == []
    assert [item for item in pair.fake.live() if "Launch" in item["summary"]] == []


async def test_deleted_and_brought_back_it_is_there_once(pair: Pair):
    await pair.begin(on_delete="ask")
    pair.fake.remove(pair.item()["id"])
    await pair.calm()
    [asked] = await pair.place.two_way.conflicts.mine(pair.ana, "open")
    await pair.place.two_way.conflicts.resolve(pair.ana, asked.conflict_id, "ours")
    await pair.calm()
    assert at_google(pair.item()) == START
    assert (await pair.booking())["state"] == "confirmed"


async def test_of_two_who_move_it_at_once_the_second_is_asked(pair: Pair):
    """Bo holds the calendar of a host as well: of a booking link all members are."""
    await pair.begin()
    async with pair.place.world.db.transaction() as conn:
        await conn.execute(
            "UPDATE booking SET organizer_id = %s WHERE booking_id = %s", (pair.bo.member_id, pair.booking_id)
        )
    pair.move_at_google(ELSEWHERE)
    [name] = pair.radicale.names()
    moved = (
        pair.text()
        .replace(stamp(START), stamp(MOVED))
        .replace(stamp(START + timedelta(minutes=30)), stamp(MOVED + timedelta(minutes=30)))
    )
    pair.radicale.put(name, moved)
    await pair.place.read(pair.views[1])
    await pair.place.weigh()
    assert (await pair.booking())["start"] == MOVED.isoformat().replace("+00:00", "Z")
    await pair.calm()
    assert (await pair.booking())["start"] == MOVED.isoformat().replace("+00:00", "Z")
    assert at_google(pair.item()) == MOVED
    [asked] = await pair.place.two_way.conflicts.mine(pair.ana, "open")
    assert asked.theirs is not None
    assert asked.theirs["start"] == ELSEWHERE.isoformat().replace("+00:00", "Z")


async def test_markup_of_googles_editor_is_no_edit(pair: Pair):
    await pair.begin()
    words = pair.item()["description"]
    pair.fake.change(pair.item()["id"], description=words.replace("\n", "<br>"))
    await pair.calm()
    assert (await pair.booking())["revision"] == 1
    pair.fake.change(pair.item()["id"], description="<p>And cake</p>" + words.replace("\n", "<br>"))
    await pair.calm()
    assert (await pair.booking())["note"] == "And cake\n\nBring notes"
