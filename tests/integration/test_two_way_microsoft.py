"""A booked meeting in a calendar of Microsoft's: what its host changes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.core.permissions import Caller
from convene.services.bookings import Draft
from factories.microsoft import microsoft_world
from factories.sign_in import SignInWorld
from fakes.microsoft_graph import MicrosoftGraphFake, microsoft_graph

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
MOVED = START + timedelta(hours=2)


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


class Meeting:
    def __init__(self, world: SignInWorld, fake: MicrosoftGraphFake, ana: Caller, bo: Caller) -> None:
        self.place, self.fake, self.ana, self.bo = world.place, fake, ana, bo
        self.view: Any = None
        self.booking_id = ""

    def item(self) -> dict[str, Any]:
        [found] = self.fake.live()
        return found

    def change(self, **members: Any) -> None:
        self.fake.change(self.item()["id"], **members)

    def move(self, to: datetime) -> None:
        times = {
            name: {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
            for name, moment in (("start", to), ("end", to + timedelta(minutes=30)))
        }
        self.change(**times)

    async def calm(self) -> None:
        for _ in range(4):
            await self.place.run_writes()
            await self.place.read(self.view)
            if not await self.place.weigh() and not self.place.world.jobs.named("write_booking"):
                return
        raise AssertionError("it never comes to rest")

    async def booking(self) -> dict[str, Any]:
        return await self.place.world.bookings.get(self.bo, self.booking_id)


@pytest.fixture
async def meeting(db, clock, fake) -> AsyncIterator[Meeting]:
    async with microsoft_world(db, clock, fake) as world:
        ana = await world.place.world.person("Ana Ruiz", "UTC")
        bo = await world.place.world.person("Bo Lind", "UTC")
        found = Meeting(world, fake, ana, bo)
        found.view = await world.connect(ana)
        draft = Draft([bo.member_id], START, 30, "Launch chat", "Bring notes")
        found.booking_id = (await world.place.world.bookings.confirm(ana, draft)).body["booking_id"]
        await found.calm()
        yield found


async def test_moved_and_renamed_it_is_so_here_and_there_once(meeting: Meeting):
    meeting.move(MOVED)
    meeting.change(subject="Launch review")
    await meeting.calm()
    booking = await meeting.booking()
    assert (booking["start"], booking["title"]) == (MOVED.isoformat().replace("+00:00", "Z"), "Launch review")
    assert booking["changed_by"] == meeting.ana.member_id
    assert meeting.item()["subject"] == "Launch review"
    revision = booking["revision"]
    await meeting.calm()
    assert (await meeting.booking())["revision"] == revision


async def test_a_new_version_alone_is_no_edit(meeting: Meeting):
    meeting.fake.touch(meeting.item()["id"])
    await meeting.calm()
    assert (await meeting.booking())["revision"] == 1
    assert meeting.place.told.attention == []


async def test_deleted_there_it_is_cancelled(meeting: Meeting):
    meeting.fake.remove(meeting.item()["id"])
    await meeting.calm()
    assert (await meeting.booking())["state"] == "cancelled"
    assert meeting.fake.live() == []


async def test_deleted_by_mistake_it_comes_back_once(meeting: Meeting):
    key = meeting.view.row.connection_id
    await meeting.place.two_way.policies.change(meeting.ana, key, {"on_delete": "ask"})
    meeting.fake.remove(meeting.item()["id"])
    await meeting.calm()
    [asked] = await meeting.place.two_way.conflicts.mine(meeting.ana, "open")
    await meeting.place.two_way.conflicts.resolve(meeting.ana, asked.conflict_id, "ours")
    await meeting.calm()
    assert meeting.item()["subject"] == "Launch chat"
    [receipt] = {item["calendar"]["state"] for item in (await meeting.booking())["participants"]} - {
        "builtin"
    }
    assert receipt == "written"
