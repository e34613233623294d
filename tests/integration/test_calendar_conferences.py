"""Meetings that are held where the host's own calendar account makes a place: Google Meet and Teams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convene.core.errors import Invalid
from convene.core.permissions import Caller
from convene.services.bookings import Draft
from factories.google import google_world
from factories.microsoft import microsoft_world
from factories.sign_in import SignInWorld
from fakes.google_calendar import GoogleCalendarFake, google_calendar
from fakes.microsoft_graph import MicrosoftGraphFake, microsoft_graph

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


class Story:
    """Ana hosts with a calendar account, Bo comes."""

    def __init__(self, world: SignInWorld, ana: Caller, bo: Caller) -> None:
        self.place, self.fake, self.ana, self.bo = world.place, world.fake, ana, bo
        self.view: Any = None
        self.booking_id = ""

    async def book(self, conferencing: bool | str = "calendar") -> dict[str, Any]:
        draft = Draft([self.bo.member_id], START, 30, "Launch chat", "Bring notes", conferencing)
        made: dict[str, Any] = (await self.place.world.bookings.confirm(self.ana, draft)).body
        self.booking_id = made["booking_id"]
        return made

    async def look(self) -> None:
        """Run the looks at whether the place was made that are due by now, whenever that is."""
        jobs = self.place.world.jobs
        waiting = jobs.named("await_conference")
        jobs.deferred = [job for job in jobs.deferred if job[0] != "await_conference"]
        for args in waiting:
            await self.place.two_way.conferences.look(**args)

    async def calm(self) -> None:
        for _ in range(5):
            await self.place.run_writes()
            await self.place.read(self.view)
            if not await self.place.weigh() and not self.place.world.jobs.named("write_booking"):
                return
        raise AssertionError("it never comes to rest")

    async def booking(self) -> dict[str, Any]:
        return await self.place.world.bookings.get(self.bo, self.booking_id)

    async def link(self) -> str:
        return ((await self.booking())["conferencing"] or {}).get("join_url", "")

    async def actions(self) -> list[str]:
        return [entry["action"] for entry in (await self.booking())["history"]]

    def told(self) -> list[str]:
        return [notice["code"] for notice in self.place.told.attention]

    def item(self) -> dict[str, Any]:
        [found] = self.fake.live()
        return found


async def story_of(world: SignInWorld, access: str = "two_way") -> Story:
    ana = await world.place.world.person("Ana Ruiz", "UTC")
    bo = await world.place.world.person("Bo Lind", "UTC")
    found = Story(world, ana, bo)
    found.view = await world.connect(ana, access)
    return found


@pytest.fixture
def google() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        yield found


@pytest.fixture
async def meet(db, clock, google) -> AsyncIterator[Story]:
    async with google_world(db, clock, google) as world:
        yield await story_of(world)


@pytest.fixture
def microsoft() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@pytest.fixture
async def teams(db, clock, microsoft) -> AsyncIterator[Story]:
    async with microsoft_world(db, clock, microsoft) as world:
        yield await story_of(world)


async def test_google_makes_a_meet_and_everybody_learns_its_link(meet: Story):
    made = await meet.book()
    assert made["conferencing"] is None
    await meet.calm()
    booking = await meet.booking()
    assert booking["conferencing"] == {"provider": "google_meet", "join_url": meet.item()["hangoutLink"]}
    assert await meet.actions() == ["confirmed", "edited"]
    asked = meet.item()["conferenceData"]["createRequest"]
    assert asked["requestId"] == f"{meet.booking_id}-1"
    assert asked["conferenceSolutionKey"] == {"type": "hangoutsMeet"}
    assert meet.item()["hangoutLink"] in meet.item()["description"]
    assert meet.item()["location"] == meet.item()["hangoutLink"]


async def test_it_happens_once_and_its_own_echo_is_no_edit(meet: Story):
    await meet.book()
    await meet.calm()
    revision = (await meet.booking())["revision"]
    for _ in range(2):
        await meet.look()
        await meet.place.write_back.write(meet.ana.org_id, meet.booking_id, meet.ana.member_id)
        await meet.calm()
    assert ((await meet.booking())["revision"], meet.fake.meets, meet.told()) == (revision, 1, [])
    assert meet.place.world.jobs.named("await_conference") == []


async def test_a_meet_that_takes_a_while_is_looked_for_again(meet: Story):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    await meet.look()
    assert await meet.link() == ""
    meet.fake.finish_meet(meet.item()["id"])
    await meet.look()
    await meet.calm()
    assert await meet.link() == meet.item()["hangoutLink"]
    assert (await meet.actions(), meet.told(), meet.fake.meets) == (["confirmed", "edited"], [], 1)


@pytest.mark.parametrize("how", ["failure", "refused"])
async def test_where_google_makes_none_the_usual_place_stands_in(meet: Story, how: str):
    meet.fake.faults.meet = how
    await meet.book()
    await meet.calm()
    assert (await meet.link()).startswith("https://meet.jit.si/")
    assert await meet.link() in meet.item()["description"]
    assert (await meet.actions(), meet.told()) == (["confirmed", "edited"], ["no_conference"])


async def test_a_meet_that_fails_later_is_replaced_as_well(meet: Story):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    meet.fake.finish_meet(meet.item()["id"], fails=True)
    await meet.look()
    await meet.look()
    assert (await meet.link()).startswith("https://meet.jit.si/")
    assert meet.told() == ["no_conference"]


async def test_nobody_waits_for_ever(meet: Story, clock):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    clock.now += timedelta(minutes=61)
    await meet.look()
    await meet.calm()
    assert (await meet.link()).startswith("https://meet.jit.si/")
    assert (await meet.actions(), meet.told()) == (["confirmed", "edited"], ["no_conference"])
    assert meet.place.world.jobs.named("await_conference") == []


async def test_what_came_into_the_event_with_its_meet_is_no_note(meet: Story):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    meet.fake.finish_meet(meet.item()["id"])
    meet.fake.change(meet.item()["id"], description=meet.item()["description"] + "\nMeeting ID: 123")
    await meet.place.read(meet.view)
    await meet.place.weigh()
    await meet.look()
    await meet.calm()
    booking = await meet.booking()
    assert (booking["note"], booking["conferencing"]["provider"]) == ("Bring notes", "google_meet")
    assert await meet.actions() == ["confirmed", "edited"]


async def test_an_answer_that_was_lost_makes_no_second_meet(meet: Story):
    meet.fake.faults.lost_replies.append("POST")
    await meet.book()
    await meet.calm()
    assert meet.fake.meets == 1
    assert await meet.link() == meet.item()["hangoutLink"]


async def test_moved_it_keeps_its_meet_and_cancelled_it_is_gone(meet: Story):
    await meet.book()
    await meet.calm()
    link = await meet.link()
    await meet.place.world.bookings.reschedule(meet.bo, meet.booking_id, START + timedelta(hours=2))
    await meet.calm()
    assert (await meet.link(), meet.item()["hangoutLink"], meet.fake.meets) == (link, link, 1)
    await meet.place.world.bookings.cancel(meet.bo, meet.booking_id)
    await meet.calm()
    assert meet.fake.live() == []


async def test_moved_while_its_meet_is_made_it_gets_it_all_the_same(meet: Story):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    await meet.place.world.bookings.reschedule(meet.bo, meet.booking_id, START + timedelta(hours=2))
    meet.fake.finish_meet(meet.item()["id"])
    await meet.calm()
    assert await meet.link() == meet.item()["hangoutLink"]
    assert (await meet.actions(), meet.told()) == (["confirmed", "rescheduled", "edited"], [])


async def test_cancelled_while_its_meet_is_made_nobody_is_told(meet: Story):
    meet.fake.faults.meet = "pending"
    await meet.book()
    await meet.calm()
    await meet.place.world.bookings.cancel(meet.bo, meet.booking_id)
    await meet.calm()
    await meet.look()
    assert (await meet.actions(), meet.told(), meet.fake.live()) == (["confirmed", "cancelled"], [], [])


async def test_without_an_account_that_makes_places_the_usual_one_is_taken(meet: Story):
    draft = Draft([meet.ana.member_id], START, 30, "Launch chat", conferencing="calendar")
    made = (await meet.place.world.bookings.confirm(meet.bo, draft)).body
    assert made["conferencing"]["join_url"].startswith("https://meet.jit.si/")
    assert meet.place.world.jobs.named("await_conference") == []


async def test_another_word_is_refused(meet: Story):
    with pytest.raises(Invalid) as refused:
        await meet.book("calendars")
    assert refused.value.field == "conferencing"


@pytest.mark.parametrize("is_late", [False, True])
async def test_microsoft_makes_a_teams_meeting(teams: Story, is_late: bool):
    teams.fake.faults.late_join_link = is_late
    await teams.book()
    await teams.calm()
    item = teams.item()
    assert await teams.link() == item["onlineMeeting"]["joinUrl"]
    assert (await teams.booking())["conferencing"]["provider"] == "teams"
    assert await teams.actions() == ["confirmed", "edited"]
    assert teams.told() == []


async def test_what_teams_writes_into_the_event_stays_and_is_no_note(teams: Story):
    await teams.book()
    await teams.place.run_writes()
    text = teams.item()["body"]["content"] + "\r\n\r\nMicrosoft Teams meeting\r\nMeeting ID: 123"
    await teams.calm()
    teams.fake.change(teams.item()["id"], body={"contentType": "text", "content": text})
    await teams.place.world.bookings.reschedule(teams.bo, teams.booking_id, START + timedelta(hours=2))
    await teams.calm()
    assert "Meeting ID: 123" in teams.item()["body"]["content"]
    assert teams.item()["isOnlineMeeting"] is True
    revision = (await teams.booking())["revision"]
    await teams.calm()
    assert (await teams.booking())["revision"] == revision
