"""What becomes of booked meetings that people move, edit and delete in their own calendars, on a real CalDAV server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import Radicale
from convene.core.cards import body, card, redacted
from convene.core.errors import Conflict, Forbidden, NotFound, SlotTaken
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.formats.parser_process import CalendarParser
from convene.services.bookings import Draft
from convene.services.connection_views import ConnectionView
from convene.storage import audit, booking_writes
from factories.calendars import CalendarWorld, calendar_world

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
MOVED = START + timedelta(hours=2)
ELSEWHERE = START + timedelta(hours=5)


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "UTC")


@pytest.fixture
async def bo(place: CalendarWorld) -> Caller:
    return await place.world.person("Bo Lind", "UTC")


class Story:
    """One meeting that Ana hosts and Bo comes to, with Ana's calendar at a server."""

    def __init__(self, place: CalendarWorld, radicale: Radicale, ana: Caller, bo: Caller) -> None:
        self.place, self.radicale, self.ana, self.bo = place, radicale, ana, bo
        self.view: ConnectionView
        self.booking_id = ""

    async def begin(self, *, by: Caller | None = None, **policy: str) -> Story:
        self.view = await self.place.connect(self.ana, self.radicale.url)
        if policy:
            await self.place.two_way.policies.change(self.ana, self.connection_id, policy)
        booker = by or self.ana
        other = self.bo if booker is self.ana else self.ana
        draft = Draft([other.member_id], START, 30, "Launch chat", "Bring notes")
        self.booking_id = (await self.place.world.bookings.confirm(booker, draft)).body["booking_id"]
        await self.calm()
        return self

    @property
    def connection_id(self) -> str:
        return self.view.row.connection_id

    @property
    def name(self) -> str:
        [name] = self.radicale.names()
        return name

    async def calm(self) -> None:
        """Write, read and decide until nothing is left to do."""
        for _ in range(4):
            await self.place.run_writes()
            await self.place.read(self.view)
            if not await self.place.weigh() and not self.place.world.jobs.named("write_booking"):
                return
        raise AssertionError("it never comes to rest")

    def edit(self, pattern: str, new: str) -> None:
        """Change the event there as its owner does in a program."""
        text = (self.radicale.get(self.name) or "").replace("\r\n ", "")
        changed = re.sub(pattern, new, text)
        assert changed != text, text
        self.radicale.put(self.name, changed)

    def move(self, to: datetime, minutes: int = 30) -> None:
        self.edit(r"DTSTART[^\r\n]*", f"DTSTART:{to:%Y%m%dT%H%M%SZ}")
        self.edit(r"DTEND[^\r\n]*", f"DTEND:{to + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}")

    async def booking(self) -> dict:
        return await self.place.world.bookings.get(self.ana, self.booking_id)

    async def there(self) -> list[tuple[datetime, str]]:
        """Return start and title of everything in the calendar, as a reader sees it."""
        async with CalendarParser() as parser:
            items = [(name, self.radicale.get(name) or "") for name in self.radicale.names()]
            found = await parser.read(items, "UTC", START - timedelta(days=30), START + timedelta(days=30))
        return [(datetime.fromtimestamp(item.start, UTC), item.summary) for item in found]

    async def open(self, who: Caller | None = None) -> list:
        return await self.place.two_way.conflicts.mine(who or self.ana, "open")

    async def recorded(self) -> list[tuple[str, dict]]:
        """Return the decisions in the audit log, oldest first."""
        async with self.place.world.db.connection() as conn:
            entries = await audit.list_entries(conn, self.ana.org_id, None, 100)
        told = [(entry.action, entry.detail) for entry in entries if entry.action.startswith("calendar_")]
        return [item for item in reversed(told) if "connection" not in item[0]]

    def told(self) -> list[str]:
        return [item["code"] for item in self.place.told.attention]


@pytest.fixture
def story(place: CalendarWorld, radicale: Radicale, ana: Caller, bo: Caller) -> Story:
    return Story(place, radicale, ana, bo)


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_meeting_moved_there_moves_for_everybody(story: Story):
    await story.begin()
    story.move(MOVED, 60)
    await story.calm()
    booking = await story.booking()
    assert (booking["start"], booking["duration_minutes"], booking["revision"]) == (at(MOVED), 60, 2)
    assert booking["changed_by"] == story.ana.member_id
    assert await story.there() == [(MOVED, "Launch chat")]
    [(action, detail)] = await story.recorded()
    assert action == "calendar_edit.applied"
    assert (detail["ours_start"], detail["theirs_start"]) == (at(START), at(MOVED))
    # What we write in answer is nobody's edit.
    await story.place.read(story.view)
    assert await story.place.weigh() == 0
    assert (await story.booking())["revision"] == 2
    assert story.told() == []


async def test_what_is_written_anew_is_no_edit(story: Story):
    await story.begin()
    for hours in (1, 2, 3):
        await story.place.world.bookings.reschedule(
            story.bo, story.booking_id, START + timedelta(hours=hours)
        )
        await story.calm()
    assert (await story.booking())["revision"] == 4
    assert await story.recorded() == []


async def test_twice_and_out_of_order_is_once(story: Story):
    await story.begin()
    story.move(MOVED)
    await story.place.read(story.view)
    [job] = story.place.world.jobs.named("weigh_event")
    weigh = story.place.two_way.weighing.weigh
    await weigh(**job)
    await weigh(**job)
    story.move(ELSEWHERE)
    await weigh(**job)  # the job of the first edit finds the second
    await weigh(**{**job, "what": "deleted"})  # and nothing is gone
    assert (await story.booking())["start"] == at(ELSEWHERE)
    await story.calm()
    assert await story.there() == [(ELSEWHERE, "Launch chat")]
    assert (await story.booking())["revision"] == 3


async def test_a_job_that_died_before_its_end_comes_to_the_same(story: Story, monkeypatch):
    await story.begin()
    story.move(MOVED)
    story.edit("SUMMARY:Launch chat", "SUMMARY:Launch talk")
    await story.place.read(story.view)
    [job] = story.place.world.jobs.named("weigh_event")
    weighing = story.place.two_way.weighing

    async def die(*_: object, **__: object) -> None:
        raise OSError("the machine went away")

    with monkeypatch.context() as broken:
        broken.setattr(weighing.decisions, "_write_words", die)
        with pytest.raises(OSError, match="went away"):
            await weighing.weigh(**job)
    assert (await story.booking())["revision"] == 1
    assert await story.recorded() == []
    await weighing.weigh(**job)
    await story.calm()
    booking = await story.booking()
    assert (booking["start"], booking["title"]) == (at(MOVED), "Launch talk")
    assert await story.there() == [(MOVED, "Launch talk")]


async def test_a_time_that_cannot_be_had_is_put_back(story: Story, place: CalendarWorld, bo: Caller):
    await story.begin()
    cy = await place.world.person("Cy Vale", "UTC")
    await place.world.bookings.confirm(cy, Draft([bo.member_id], MOVED, 30, "Secret"))
    story.move(MOVED)
    await story.calm()
    assert (await story.booking())["revision"] == 1
    assert await story.there() == [(START, "Launch chat")]
    assert story.told() == ["move_put_back"]
    assert "Bo Lind cannot come then" in place.told.attention[0]["detail"]
    assert [action for action, _ in await story.recorded()] == ["calendar_edit.put_back"]
    assert await story.open() == []


@pytest.mark.parametrize(
    "times",
    [
        "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202\r\n",
        "DTSTART:20261201T143000Z\r\nDTEND:20261201T150000Z\r\nRRULE:FREQ=DAILY\r\n",
    ],
)
async def test_what_is_no_meetings_time_is_put_back(story: Story, times: str):
    await story.begin()
    story.edit(r"DTSTART[^\r\n]*\r\nDTEND[^\r\n]*\r\n", times)
    await story.calm()
    assert (await story.booking())["revision"] == 1
    assert await story.there() == [(START, "Launch chat")]
    assert "RRULE" not in (story.radicale.get(story.name) or "")
    assert story.told() == ["move_put_back"]


async def test_only_the_host_moves_it(story: Story):
    await story.begin(by=story.bo)
    story.move(MOVED)
    await story.calm()
    assert (await story.booking())["start"] == at(START)
    assert await story.there() == [(START, "Launch chat")]
    assert story.told() == ["move_put_back"]


async def test_a_proposal_is_for_the_others_to_decide(story: Story):
    await story.begin(on_move="propose")
    story.move(MOVED)
    await story.calm()
    assert (await story.booking())["start"] == at(START)
    assert await story.there() == [(START, "Launch chat")]
    assert [(item["code"], item["sub"]) for item in story.place.told.attention] == [
        ("move_proposed", story.bo.member_id)
    ]
    [mine], [theirs] = await story.open(), await story.open(story.bo)
    assert mine == theirs
    assert mine.is_proposal
    assert mine.kind == "moved"
    assert mine.theirs["start"] == at(MOVED)
    wish = (await story.booking())["proposal"]
    assert (wish["sub"], wish["start"]) == (story.ana.member_id, at(MOVED))
    shown = card(await story.booking())
    assert "Ana Ruiz proposes: Tue 1 Dec 2026, 16:30" in body(shown)
    assert "proposal" not in redacted(shown)
    conflicts = story.place.two_way.conflicts
    with pytest.raises(Forbidden):
        await conflicts.resolve(story.ana, mine.conflict_id, "theirs")
    stranger = await story.place.world.person("Cy Vale")
    with pytest.raises(NotFound):
        await conflicts.resolve(stranger, mine.conflict_id, "theirs")
    await conflicts.resolve(story.bo, mine.conflict_id, "theirs")
    await story.calm()
    booking = await story.booking()
    assert (booking["start"], booking["changed_by"]) == (at(MOVED), story.bo.member_id)
    assert await story.there() == [(MOVED, "Launch chat")]
    with pytest.raises(Conflict) as decided:
        await conflicts.resolve(story.bo, mine.conflict_id, "ours")
    assert decided.value.code == "already_resolved"
    assert await story.open() == []
    assert "proposal" not in await story.booking()


async def test_a_proposal_that_is_refused_leaves_the_meeting(story: Story):
    await story.begin(on_move="propose")
    story.move(MOVED)
    await story.calm()
    [asked] = await story.open(story.bo)
    await story.place.two_way.conflicts.resolve(story.bo, asked.conflict_id, "ours")
    await story.calm()
    assert (await story.booking())["revision"] == 1
    assert story.place.told.attention[-1]["code"] == "proposal_refused"
    assert story.place.told.attention[-1]["sub"] == story.ana.member_id


async def test_a_meeting_deleted_there_is_cancelled(story: Story):
    await story.begin()
    story.radicale.delete(story.name)
    await story.calm()
    booking = await story.booking()
    assert (booking["state"], booking["changed_by"]) == ("cancelled", story.ana.member_id)
    assert booking["reason"] == "Deleted in Work."
    assert [action for action, _ in await story.recorded()] == ["calendar_edit.cancelled"]
    assert story.radicale.names() == []


@pytest.mark.parametrize(("choice", "state", "left"), [("ours", "confirmed", 1), ("theirs", "cancelled", 0)])
async def test_where_it_is_asked_a_deletion_waits(story: Story, choice, state, left):
    await story.begin(on_delete="ask")
    story.radicale.delete(story.name)
    await story.calm()
    assert story.told() == ["conflict"]
    # Until it is decided nothing is written, whatever happens to the meeting.
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, MOVED)
    await story.calm()
    assert story.radicale.names() == []
    [receipt] = [
        item["calendar"]
        for item in (await story.booking())["participants"]
        if item["sub"] == story.ana.member_id
    ]
    assert receipt["state"] == "failed"
    [asked] = await story.open()
    assert (asked.kind, asked.theirs) == ("deleted", None)
    await story.place.two_way.conflicts.resolve(story.ana, asked.conflict_id, choice)
    await story.calm()
    assert (await story.booking())["state"] == state
    assert len(story.radicale.names()) == left
    assert (await story.recorded())[-1][0] == "calendar_conflict.resolved"


async def test_who_brings_a_deleted_event_back_has_answered(story: Story):
    await story.begin(on_delete="ask")
    name = story.name
    text = story.radicale.get(name) or ""
    story.radicale.delete(name)
    await story.calm()
    [asked] = await story.open()
    story.radicale.put(name, text)
    await story.calm()
    assert await story.open() == []
    assert await story.there() == [(START, "Launch chat")]
    [receipt] = {item["calendar"]["state"] for item in (await story.booking())["participants"]} - {"builtin"}
    assert receipt == "written"
    with pytest.raises(Conflict):
        await story.place.two_way.conflicts.resolve(story.ana, asked.conflict_id, "theirs")


async def test_a_calendar_that_was_cleared_cancels_nothing(story: Story):
    await story.begin()
    booked = [story.booking_id]
    for day in range(1, 4):
        draft = Draft([story.bo.member_id], START + timedelta(days=day), 30, f"Meeting {day}")
        booked.append((await story.place.world.bookings.confirm(story.ana, draft)).body["booking_id"])
    await story.calm()
    for name in story.radicale.names():
        story.radicale.delete(name)
    await story.calm()
    states = [(await story.place.world.bookings.get(story.ana, item))["state"] for item in booked]
    assert states == ["confirmed"] * 4
    assert {item.kind for item in await story.open()} == {"deleted"}
    assert len(await story.open()) == 4


async def test_our_own_write_on_its_way_decides_over_a_deletion(story: Story):
    await story.begin()
    story.radicale.delete(story.name)
    await story.place.read(story.view)
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, MOVED)
    await story.calm()
    assert (await story.booking())["state"] == "confirmed"
    assert await story.there() == [(MOVED, "Launch chat")]


async def test_both_moved_it_ours_stands_and_a_person_decides(story: Story):
    await story.begin()
    story.move(MOVED)
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, ELSEWHERE)
    await story.calm()
    assert (await story.booking())["start"] == at(ELSEWHERE)
    assert await story.there() == [(ELSEWHERE, "Launch chat")]
    [asked] = await story.open()
    assert (asked.kind, asked.fields) == ("moved", ["start", "end"])
    assert (asked.ours["start"], asked.theirs["start"]) == (at(ELSEWHERE), at(MOVED))
    assert await story.open(story.bo) == []
    assert story.told() == ["conflict"]
    assert (await story.recorded())[0][0] == "calendar_edit.asked"
    await story.place.two_way.conflicts.resolve(story.ana, asked.conflict_id, "theirs")
    await story.calm()
    assert await story.there() == [(MOVED, "Launch chat")]
    assert (await story.booking())["start"] == at(MOVED)


async def test_a_decision_for_a_time_that_is_taken_tells_other_times(story: Story):
    await story.begin()
    story.move(MOVED)
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, ELSEWHERE)
    await story.calm()
    await story.place.world.bookings.confirm(story.bo, Draft([story.ana.member_id], MOVED, 30, "Other"))
    [asked] = await story.open()
    with pytest.raises(SlotTaken) as taken:
        await story.place.two_way.conflicts.resolve(story.ana, asked.conflict_id, "theirs")
    assert taken.value.fields["field"] == "theirs.start"
    assert taken.value.fields["alternatives"]
    assert len(await story.open()) == 1


@pytest.mark.parametrize(("rule", "start"), [("ours", ELSEWHERE), ("theirs", MOVED)])
async def test_a_rule_decides_without_asking(story: Story, rule: str, start: datetime):
    await story.begin(conflict_rule=rule)
    story.move(MOVED)
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, ELSEWHERE)
    await story.calm()
    assert (await story.booking())["start"] == at(start)
    assert await story.there() == [(start, "Launch chat")]
    assert await story.open() == []
    assert await story.recorded()


async def test_title_notes_and_place_that_the_host_edits_are_everybodys(story: Story):
    await story.begin()
    story.edit("SUMMARY:Launch chat", "SUMMARY:Launch review")
    story.edit("Bring notes", "Bring notes and cake")
    story.edit(r"LOCATION[^\r\n]*", "LOCATION:Kitchen")
    await story.calm()
    booking = await story.booking()
    assert (booking["title"], booking["note"]) == ("Launch review", "Bring notes and cake")
    text = (story.radicale.get(story.name) or "").replace("\r\n ", "")
    assert "LOCATION:Kitchen" in text
    assert text.count("Bring notes") == 1
    assert booking["conferencing"]["join_url"] in text
    [(action, detail)] = await story.recorded()
    assert (action, detail["fields"]) == ("calendar_edit.applied", ["title", "location", "description"])
    assert booking["history"][-1]["action"] == "edited"


async def test_a_guests_own_wording_stays_in_their_calendar(story: Story):
    await story.begin(by=story.bo)
    story.edit("SUMMARY:Launch chat", "SUMMARY:Bo again\\; ask for a raise")
    await story.calm()
    assert (await story.booking())["title"] == "Launch chat"
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, MOVED)
    await story.calm()
    assert await story.there() == [(MOVED, "Bo again; ask for a raise")]
    assert [action for action, _ in await story.recorded()] == ["calendar_edit.kept_there"]


async def test_an_edit_that_a_write_finds_first_is_not_written_over(story: Story):
    await story.begin()
    story.edit("SUMMARY:Launch chat", "SUMMARY:Launch review")
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, MOVED)
    await story.place.run_writes()
    assert await story.there() == [(START, "Launch review")]
    assert await story.place.weigh() == 1
    await story.calm()
    assert (await story.booking())["title"] == "Launch review"
    assert await story.there() == [(MOVED, "Launch review")]


async def test_an_answer_given_in_the_calendar_is_on_the_card(story: Story):
    await story.begin()
    email = f"{story.ana.member_id}@example.org"
    story.edit("END:VEVENT", f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{email}\r\nEND:VEVENT")
    await story.calm()
    answers = {item["sub"]: item["rsvp"] for item in (await story.booking())["participants"]}
    assert answers == {story.ana.member_id: "tentative", story.bo.member_id: "accepted"}


async def test_a_server_that_is_away_is_asked_again(story: Story, clock):
    await story.begin()
    story.move(MOVED)
    await story.place.read(story.view)
    story.radicale.stop()
    await story.place.weigh()
    [(_, job, when)] = [item for item in story.place.world.jobs.deferred if item[0] == "weigh_event"]
    assert when > clock()
    assert job["attempt"] == 1
    story.radicale.start()
    await story.place.weigh()
    assert (await story.booking())["start"] == at(MOVED)


async def test_an_account_that_is_only_read_holds_no_meetings(story: Story):
    await story.begin()
    await story.place.two_way.policies.change(story.ana, story.connection_id, {"direction": "in"})
    [receipt] = [
        item["calendar"]["state"]
        for item in (await story.booking())["participants"]
        if item["sub"] == story.ana.member_id
    ]
    assert receipt == "builtin"
    story.move(MOVED)
    await story.calm()
    assert (await story.booking())["start"] == at(START)
    async with story.place.world.db.connection() as conn:
        copy = await booking_writes.get_copy(conn, story.ana.org_id, story.booking_id, story.ana.member_id)
    assert copy is not None
    assert copy.base is None


async def test_an_account_that_is_only_written_is_put_right(story: Story):
    await story.begin(direction="out")
    assert not any(item.is_checked for item in (await story.place.view(story.ana, story.view)).calendars)
    story.move(MOVED)
    story.edit("SUMMARY:Launch chat", "SUMMARY:Mine")
    await story.calm()
    assert (await story.booking())["revision"] == 1
    assert await story.there() == [(START, "Launch chat")]


async def test_what_the_caller_may_not_see_or_decide(story: Story):
    await story.begin()
    poor = Caller(story.ana.org_id, "personal_token", story.ana.member_id, grants=frozenset())
    for call in (
        story.place.two_way.conflicts.mine(poor, "open"),
        story.place.two_way.conflicts.resolve(poor, "cfl_x", "ours"),
        story.place.two_way.health.everybody(story.ana),
        story.place.two_way.policies.change(poor, story.connection_id, {}),
    ):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(NotFound):
        await story.place.two_way.health.coming(story.bo, story.connection_id)


async def test_health_and_what_is_lost_with_a_connection(story: Story):
    await story.begin()
    admin = Caller(story.ana.org_id, "session", story.ana.member_id, "admin", ROLE_GRANTS["admin"])
    [found] = await story.place.two_way.health.everybody(admin)
    assert (found.row.state, found.row.waiting_writes, found.row.calendars) == ("ok", 0, 1)
    assert (found.row.name, found.row.events) == ("Ana Ruiz", 1)
    await story.place.world.bookings.reschedule(story.bo, story.booking_id, MOVED)
    [found] = await story.place.two_way.health.everybody(admin)
    assert found.row.waiting_writes == 1
    assert found.row.oldest_waiting_at is not None
    [coming] = await story.place.two_way.health.coming(story.ana, story.connection_id)
    assert (coming.title, coming.starts_at, coming.total) == ("Launch chat", MOVED, 1)
