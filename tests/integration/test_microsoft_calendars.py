"""Microsoft calendars as Graph tells them: series, windows, pages, and what is written there once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.permissions import Caller
from convene.formats.graph_events import own_tags
from convene.services.bookings import Draft
from factories.microsoft import microsoft_world
from factories.sign_in import SignInWorld
from fakes.microsoft_graph import MicrosoftGraphFake, microsoft_graph

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def fake() -> Iterator[MicrosoftGraphFake]:
    with microsoft_graph() as found:
        yield found


@pytest.fixture
async def microsoft(db, clock, fake) -> AsyncIterator[SignInWorld]:
    async with microsoft_world(db, clock, fake) as found:
        yield found


@pytest.fixture
async def ana(microsoft: SignInWorld) -> Caller:
    return await microsoft.place.world.person("Ana Ruiz")


@pytest.fixture
async def bo(microsoft: SignInWorld) -> Caller:
    return await microsoft.place.world.person("Bo Lind")


def times(start: datetime, minutes: int = 60) -> dict[str, object]:
    return {
        name: {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for name, moment in (("start", start), ("end", start + timedelta(minutes=minutes)))
    }


def daily(number: int) -> dict[str, object]:
    return {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "numberOfOccurrences": number, "startDate": f"{START:%Y-%m-%d}"},
    }


async def busy(microsoft: SignInWorld, who: Caller) -> list[tuple[timedelta, str]]:
    return [(start - START, kind) for start, _, kind in await microsoft.place.busy(who)]


async def book(microsoft: SignInWorld, by: Caller, who: Caller) -> dict:
    drafted = Draft([who.member_id], START, 30, "Launch chat")
    return (await microsoft.place.world.bookings.confirm(by, drafted)).body


async def stored_texts(microsoft: SignInWorld) -> str:
    async with microsoft.place.world.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT coalesce(string_agg(row_to_json(e)::text, ' '), '') FROM calendar_event e"
        )
        return (await cursor.fetchone())[0]


async def test_what_outlook_shows_decides_what_is_busy(microsoft, ana, fake):
    event = fake.put(subject="Dentist", showAs="tentative", **times(START))
    fake.put(subject="Somewhere else", showAs="workingElsewhere", **times(START + DAY))
    declined = {"response": "declined"}
    fake.put(subject="No", isOrganizer=False, responseStatus=declined, **times(START + 3 * DAY))
    view = await microsoft.connect(ana)
    assert await busy(microsoft, ana) == [(timedelta(0), "tentative")]
    fake.change(event, showAs="free")
    fake.put(subject="Trip", showAs="oof", **times(START + 2 * DAY))
    await microsoft.read(ana, view.row.connection_id)
    assert await busy(microsoft, ana) == [(2 * DAY, "busy")]


async def test_a_series_moves_and_loses_occurrences_by_deltas(microsoft, ana, fake):
    series = fake.put(subject="Stand-up", recurrence=daily(4), **times(START))
    view = await microsoft.connect(ana)
    assert [day for day, _ in await busy(microsoft, ana)] == [n * DAY for n in range(4)]
    fake.remove(fake.occurrence_id(series, "2026-12-02"))
    fake.change(fake.occurrence_id(series, "2026-12-03"), **times(START + 2 * DAY + 3 * HOUR))
    await microsoft.read(ana, view.row.connection_id)
    assert [day for day, _ in await busy(microsoft, ana)] == [0 * DAY, 2 * DAY + 3 * HOUR, 3 * DAY]
    fake.change(series, showAs="free")
    await microsoft.read(ana, view.row.connection_id)
    # Whoever changed the third day did so for good.
    assert [day for day, _ in await busy(microsoft, ana)] == [2 * DAY + 3 * HOUR]
    fake.remove(series)
    await microsoft.read(ana, view.row.connection_id)
    assert await busy(microsoft, ana) == []


async def test_a_booking_is_written_once_though_the_answer_is_lost(microsoft, ana, bo, fake):
    view = await microsoft.connect(ana)
    fake.faults.lost_replies = ["POST"]
    booking = await book(microsoft, bo, ana)
    await microsoft.place.run_writes()
    await microsoft.place.run_writes()
    [item] = fake.live()
    assert (item["subject"], item["start"]["dateTime"][:16]) == ("Launch chat", "2026-12-01T14:30")
    assert own_tags(item)["booking"] == booking["booking_id"]
    assert (item["attendees"], fake.mailed) == ([], [])
    found = await microsoft.place.world.bookings.get(ana, booking["booking_id"])
    states = {one["sub"]: one["calendar"]["state"] for one in found["participants"]}
    assert states[ana.member_id] == "written"
    # Read back, it is no second busy time; also not by a read of everything. Cancelled, it goes.
    await microsoft.read(ana, view.row.connection_id)
    assert await microsoft.place.busy(ana) == []
    fake.faults.dead_token = "resyncRequired"
    await microsoft.read(ana, view.row.connection_id)
    assert await microsoft.place.busy(ana) == []
    await microsoft.place.world.bookings.cancel(bo, booking["booking_id"])
    await microsoft.place.run_writes()
    assert fake.live() == []
    await microsoft.read(ana, view.row.connection_id)
    assert await microsoft.place.busy(ana) == []


async def test_dead_links_slow_answers_and_pages_without_end_keep_what_is_known(microsoft, ana, fake, clock):
    for n in range(3):
        fake.put(subject=f"event{n}", **times(START + n * DAY))
    view = await microsoft.connect(ana)
    before = await microsoft.place.busy(ana)
    fake.faults.dead_token = "syncStateNotFound"
    fake.faults.page_size, fake.faults.empty_pages = 1, True
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"
    assert await microsoft.place.busy(ana) == before
    fake.faults.endless_pages = True
    fake.put(subject="event3", **times(START + 3 * DAY))
    assert (await microsoft.read(ana, view.row.connection_id)).row.state == "ok"
    assert len(await microsoft.place.busy(ana)) == 4
    fake.faults.answers = [(429, "ApplicationThrottled", "120")]
    slowed = await microsoft.read(ana, view.row.connection_id)
    assert slowed.row.state == "rate_limited"
    assert slowed.row.next_poll_at >= clock() + timedelta(seconds=120)
    assert len(await microsoft.place.busy(ana)) == 4


async def test_the_window_moves_on_with_time(microsoft, ana, fake, clock):
    fake.put(subject="Soon", **times(START))
    late = clock() + timedelta(days=450)
    fake.put(subject="Late", **times(late))
    view = await microsoft.connect(ana)
    assert "Late" not in await stored_texts(microsoft)
    clock.advance(days=60)
    await microsoft.read(ana, view.row.connection_id)
    assert "Late" in await stored_texts(microsoft)


# -- meetings that are changed in Outlook


async def calm(microsoft: SignInWorld, who: Caller, connection_id: str) -> None:
    """Write, read and decide until nothing is left to do."""
    for _ in range(4):
        await microsoft.place.run_writes()
        await microsoft.read(who, connection_id)
        if not await microsoft.place.weigh() and not microsoft.place.world.jobs.named("write_booking"):
            return
    raise AssertionError("it never comes to rest")


async def test_a_meeting_that_its_host_moves_or_renames_in_outlook_follows(microsoft, ana, bo, fake):
    view = await microsoft.connect(ana)
    place, connection_id = microsoft.place, view.row.connection_id
    drafted = Draft([bo.member_id], START, 30, "Launch chat", "Bring notes")
    booking_id = (await place.world.bookings.confirm(ana, drafted)).body["booking_id"]
    await calm(microsoft, ana, connection_id)
    [item] = fake.live()
    # An attendee's answer changes the etag and nothing else: nobody decides anything.
    fake.touch(item["id"])
    await calm(microsoft, ana, connection_id)
    before = await place.world.bookings.get(ana, booking_id)
    assert (before["start"], before["revision"]) == ("2026-12-01T14:30:00Z", 1)
    fake.change(item["id"], subject="Launch talk", **times(START + 2 * HOUR, 30))
    await calm(microsoft, ana, connection_id)
    after = await place.world.bookings.get(ana, booking_id)
    assert (after["start"], after["title"]) == ("2026-12-01T16:30:00Z", "Launch talk")
    [item] = fake.live()
    assert (item["subject"], item["start"]["dateTime"][:16]) == ("Launch talk", "2026-12-01T16:30")
    assert "Bring notes" in item["body"]["content"]


async def test_a_meeting_that_its_host_deletes_in_outlook_is_cancelled(microsoft, ana, bo, fake):
    view = await microsoft.connect(ana)
    drafted = Draft([bo.member_id], START, 30, "Launch chat")
    booking_id = (await microsoft.place.world.bookings.confirm(ana, drafted)).body["booking_id"]
    await calm(microsoft, ana, view.row.connection_id)
    fake.remove(fake.live()[0]["id"])
    await calm(microsoft, ana, view.row.connection_id)
    found = await microsoft.place.world.bookings.get(ana, booking_id)
    assert found["state"] == "cancelled"
    assert fake.live() == []
