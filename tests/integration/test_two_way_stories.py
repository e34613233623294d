"""Random edits on both sides of one meeting, lost answers and jobs in any order: at the end all calendars agree.

`CONVENE_TEST_TWO_WAY_SEEDS` says how many stories are told (3 by default).
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caldav_servers import Radicale
from convene.core.errors import ConveneError
from convene.core.permissions import Caller
from convene.formats.event_version import read_held
from convene.services.bookings import Draft
from factories.google import GoogleWorld, google_world
from fakes.google_calendar import GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
# An event that was deleted and made anew is worded by us again.
MADE_ANEW = 63
SEEDS = [MADE_ANEW, *range(int(os.environ.get("CONVENE_TEST_TWO_WAY_SEEDS", "3")))]
STEPS = 22


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
async def google(db, clock, fake) -> AsyncIterator[GoogleWorld]:
    async with google_world(db, clock, fake) as found:
        yield found


class Fortnight:
    """Ana hosts and uses Google, Bo comes and uses CalDAV; `rng` decides who does what."""

    def __init__(self, google: GoogleWorld, radicale: Radicale, seed: int, clock: Any) -> None:
        self.google, self.place, self.fake, self.radicale = google, google.place, google.fake, radicale
        self.rng, self.clock = random.Random(seed), clock
        self.ana: Caller
        self.bo: Caller
        self.views: list[Any] = []
        self.booking_id = ""
        self.done: list[str] = []

    async def begin(self) -> None:
        self.ana = await self.place.world.person("Ana Ruiz", "UTC")
        self.bo = await self.place.world.person("Bo Lind", "UTC")
        self.views = [
            await self.google.connect(self.ana),
            await self.place.connect(self.bo, self.radicale.url),
        ]
        for view, who in zip(self.views, (self.ana, self.bo), strict=True):
            policy = {
                "on_move": self.rng.choice(["reschedule", "propose"]),
                "on_delete": "ask",
                "conflict_rule": self.rng.choice(["ours", "theirs", "ask"]),
            }
            await self.place.two_way.policies.change(who, view.row.connection_id, policy)
        draft = Draft([self.bo.member_id], START, 30, "Launch 0", "Bring notes")
        self.booking_id = (await self.place.world.bookings.confirm(self.ana, draft)).body["booking_id"]
        await self.settle()

    # -- what may happen

    def time(self) -> datetime:
        return START + timedelta(hours=self.rng.randrange(8))

    def item(self) -> dict[str, Any] | None:
        return next((item for item in self.fake.live() if "Launch" in item.get("summary", "")), None)

    async def move_at_google(self) -> None:
        if item := self.item():
            start = self.time()
            times = {
                name: {"dateTime": moment.isoformat(), "timeZone": "UTC"}
                for name, moment in (("start", start), ("end", start + timedelta(minutes=30)))
            }
            self.fake.change(item["id"], **times)

    async def rename_at_google(self) -> None:
        if item := self.item():
            self.fake.change(item["id"], summary=f"Launch {self.rng.randrange(100)}")

    async def delete_at_google(self) -> None:
        if item := self.item():
            self.fake.remove(item["id"])

    async def edit_at_caldav(self) -> None:
        for name in self.radicale.names():
            text = self.radicale.get(name) or ""
            self.radicale.put(name, text.replace("SUMMARY:Launch", "SUMMARY:My Launch"))

    async def delete_at_caldav(self) -> None:
        for name in self.radicale.names():
            self.radicale.delete(name)

    async def reschedule(self) -> None:
        who = self.rng.choice([self.ana, self.bo])
        await self.place.world.bookings.reschedule(who, self.booking_id, self.time())

    async def resolve(self) -> None:
        for who in (self.ana, self.bo):
            for item in await self.place.two_way.conflicts.mine(who, "open"):
                # Deciding for a deletion would end the story.
                choice = "ours" if item.kind == "deleted" else self.rng.choice(["ours", "theirs"])
                await self.place.two_way.conflicts.resolve(who, item.conflict_id, choice)

    async def lose_an_answer(self) -> None:
        self.fake.faults.lost_replies.append(self.rng.choice(["PATCH", "POST", "PUT"]))

    async def write(self) -> None:
        await self.place.run_writes()

    async def read(self) -> None:
        await self.place.read(self.rng.choice(self.views))

    async def weigh(self) -> None:
        self.rng.shuffle(self.place.world.jobs.deferred)
        jobs = self.place.world.jobs.named("weigh_event")
        for job in jobs[:1] * 2:
            await self.place.two_way.weighing.weigh(**job)

    async def step(self) -> None:
        kinds = (self.move_at_google, self.rename_at_google, self.edit_at_caldav, self.reschedule)
        rare = (self.delete_at_google, self.delete_at_caldav, self.resolve, self.lose_an_answer)
        does = self.rng.choice([*kinds, *kinds, *rare, *(self.write, self.read, self.weigh) * 4])
        self.done.append(does.__name__)
        try:
            await does()
        except ConveneError as error:
            self.done[-1] += f" ({error})"
        self.clock.advance(minutes=self.rng.randrange(30))

    async def settle(self) -> None:
        """Let everything come to rest, with every question answered for what is booked."""
        self.fake.faults.lost_replies.clear()
        for _ in range(12):
            self.clock.advance(hours=2)
            await self.place.run_writes()
            for view in self.views:
                await self.place.read(view)
            busy = await self.place.weigh()
            asked = 0
            for who in (self.ana, self.bo):
                for item in await self.place.two_way.conflicts.mine(who, "open"):
                    asked += 1
                    await self.place.two_way.conflicts.resolve(who, item.conflict_id, "ours")
            if not busy and not asked and not self.place.world.jobs.named("write_booking"):
                return
        raise AssertionError(f"it never comes to rest: {self.done}")


@pytest.mark.parametrize("seed", SEEDS)
async def test_all_calendars_agree_at_the_end(google: GoogleWorld, radicale: Radicale, clock, seed: int):
    story = Fortnight(google, radicale, seed, clock)
    await story.begin()
    for _ in range(STEPS):
        await story.step()
    await story.settle()
    booking = await story.place.world.bookings.get(story.ana, story.booking_id)
    start = datetime.fromisoformat(booking["start"])
    # Nothing was cancelled by itself, and the meeting is everywhere exactly once.
    assert booking["state"] == "confirmed", story.done
    [item] = story.fake.live()
    assert datetime.fromisoformat(item["start"]["dateTime"]).astimezone(UTC) == start, story.done
    assert item["summary"] == booking["title"], story.done
    [name] = radicale.names()
    held = read_held(radicale.get(name) or "", "", story.booking_id, ())
    assert held.start == start, story.done
    assert held.title == booking["title"] or held.title.startswith("My Launch"), story.done
    receipts = {person["calendar"]["state"] for person in booking["participants"]}
    assert receipts == {"written"}, story.done
    async with story.place.world.db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM busy_block")
        assert await cursor.fetchone() == (0,)
