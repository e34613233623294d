"""What was received and could not be read is never free; and big calendars are stored without keeping others waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from caldav_servers import event_text
from convene.core.errors import SlotTaken
from convene.core.permissions import Caller
from convene.services.availability_question import Question
from convene.services.bookings import Draft
from convene.services.calendar_rounds import PART_EVENTS, PART_TIMES
from convene.services.connection_views import ConnectionView
from convene.storage import events
from factories.calendars import CalendarWorld, calendar_world
from factories.icalendar_texts import calendar, event
from fakes.shelf import Shelf

DAY = datetime(2026, 12, 1, tzinfo=UTC)
TEN, ELEVEN, TWELVE = [DAY.replace(hour=hour) for hour in (10, 11, 12)]
TOO_MANY = "EXDATE:20261224T100000Z\r\n" * 6_000


@pytest.fixture
async def place(db, clock) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(db, clock) as found:
        yield found


@pytest.fixture
def shelf(place: CalendarWorld) -> Shelf:
    found = Shelf()
    place.sync.providers["caldav"] = found  # the services share it
    return found


@pytest.fixture
async def ana(place: CalendarWorld) -> Caller:
    return await place.world.person("Ana Ruiz", "Europe/London")


def too_complex(
    name: str, start: str = "20261201T100000Z", end: str = "20261201T110000Z", **more: str
) -> str:
    return event_text(name, start, end, **more).replace("END:VEVENT", TOO_MANY + "END:VEVENT")


async def connect(place: CalendarWorld, who: Caller) -> ConnectionView:
    return await place.connect(who, "https://shelf.test/")


async def notices(place: CalendarWorld, who: Caller, view: ConnectionView) -> list[tuple[str, str]]:
    found = (await place.view(who, view)).calendars[0].notices
    return [(item["code"], item["detail"]) for item in found]


async def state_of(place: CalendarWorld, who: Caller) -> str:
    now = place.world.clock()
    question = Question((who.member_id,), now, now + timedelta(days=1), 30)
    return (await place.world.availability.find(who, question)).people[0].state


async def test_a_new_event_that_cannot_be_read_blocks_the_time_that_it_names(place, ana, shelf):
    shelf.texts = {"a": too_complex("a"), "b": event_text("b", "20261202T100000Z", "20261202T110000Z")}
    view = await connect(place, ana)
    assert await place.busy(ana) == [
        (TEN, ELEVEN, "unknown"),
        (TEN + timedelta(days=1), ELEVEN + timedelta(days=1), "busy"),
    ]
    [(code, detail)] = await notices(place, ana, view)
    assert code == "too_complex"
    assert "counts as taken" in detail
    assert [told["code"] for told in place.told.attention] == ["too_complex"]
    bo = await place.world.person("Bo Lind")
    with pytest.raises(SlotTaken):
        await place.world.bookings.confirm(bo, Draft([ana.member_id], TEN, 30, "Chat"))
    shelf.texts["a"] = event_text("a", "20261201T120000Z", "20261201T130000Z")
    await place.read(view)
    assert (await place.busy(ana))[0] == (TWELVE, TWELVE + timedelta(hours=1), "busy")
    assert await notices(place, ana, view) == []


async def test_an_event_that_can_no_longer_be_read_keeps_its_time(place, ana, shelf):
    shelf.texts = {"a": event_text("a")}
    view = await connect(place, ana)
    for _ in range(2):
        shelf.texts["a"] = too_complex("a", "20261201T110000Z", "20261201T120000Z")
        await place.read(view)
        assert await place.busy(ana) == [(TEN, ELEVEN, "busy"), (ELEVEN, TWELVE, "unknown")]
        shelf.texts["a"] = ""
        await place.read(view)
        assert await place.busy(ana) == [(TEN, ELEVEN, "busy"), (ELEVEN, TWELVE, "unknown")]
    [(code, detail)] = await notices(place, ana, view)
    assert code == "too_large"
    assert "still counts" in detail
    assert await state_of(place, ana) == "ok"


@pytest.mark.parametrize(
    "text", ["", "<html>Sorry</html>", event_text("a").replace("DTSTART", "X-START")[:-20]]
)
async def test_an_event_of_which_nothing_can_be_told_is_told_to_its_owner(place, ana, shelf, text):
    shelf.texts = {"a": text}
    view = await connect(place, ana)
    [(code, detail)] = await notices(place, ana, view)
    assert code == "time_unknown"
    assert "does not block" in detail
    assert [told["code"] for told in place.told.attention] == ["time_unknown"]
    assert await state_of(place, ana) == "ok"


async def test_a_whole_calendar_that_cannot_be_read_makes_its_owner_unknown(place, ana, shelf):
    several = [event("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", uid=f"{n}@test") for n in range(3)]
    shelf.texts = {"feed": calendar(*several)[:-10], "b": event_text("b")}
    view = await connect(place, ana)
    assert await state_of(place, ana) == "unknown"
    [(code, detail)] = await notices(place, ana, view)
    assert code == "calendar_unknown"
    assert "nobody is offered" in detail
    place.told.availability.clear()
    shelf.texts["feed"] = calendar(*several)
    await place.read(view)
    assert await state_of(place, ana) == "ok"
    assert place.told.availability == [ana.member_id]
    # Once it was read, a bad day of its service leaves what is known.
    shelf.texts["feed"] = calendar(*several)[:-10]
    await place.read(view)
    assert await state_of(place, ana) == "ok"
    assert (TEN, ELEVEN, "busy") in await place.busy(ana)


async def test_our_own_event_that_cannot_be_read_does_not_count_twice(place, ana, shelf):
    await connect(place, ana)
    bo = await place.world.person("Bo Lind")
    draft = Draft([ana.member_id], TEN, 60, "Chat")
    booking = (await place.world.bookings.confirm(bo, draft)).body
    async with place.world.db.connection() as conn:
        cursor = await conn.execute("SELECT uid FROM booking")
        [(uid,)] = await cursor.fetchall()
    shelf.texts = {"ours": too_complex(uid)}
    [view] = [item for item in await place.connections.mine(ana) if item.row.kind == "caldav"]
    await place.read(view)
    assert await place.busy(ana) == []
    moved = await place.world.bookings.reschedule(bo, booking["booking_id"], TEN + timedelta(minutes=30))
    assert moved.body["revision"] == 2


# Big calendars


def many(count: int) -> dict[str, str]:
    """Events of a year, an hour apart."""
    found = {}
    for number in range(count):
        start = DAY + timedelta(hours=number)
        found[f"e{number}"] = event_text(
            f"u{number}", f"{start:%Y%m%dT%H%M%SZ}", f"{start + timedelta(minutes=30):%Y%m%dT%H%M%SZ}"
        )
    return found


async def rows_by_transaction(place: CalendarWorld, table: str) -> list[int]:
    async with place.world.db.connection() as conn:
        cursor = await conn.execute(f"SELECT count(*) FROM {table} GROUP BY xmin::text".encode())
        return [count for (count,) in await cursor.fetchall()]


async def test_a_big_calendar_is_stored_in_parts(place, ana, shelf):
    shelf.texts = many(5_000)
    view = await connect(place, ana)
    assert view.calendars[0].cursor != {}
    assert await state_of(place, ana) == "ok"
    stored = await rows_by_transaction(place, "calendar_event")
    assert sum(stored) == 5_000
    assert max(stored) <= PART_EVENTS
    assert max(await rows_by_transaction(place, "busy_block")) <= PART_TIMES
    assert len(await place.busy(ana, 400)) == 5_000


async def test_a_round_that_dies_between_its_parts_is_done_again(place, ana, shelf, monkeypatch):
    shelf.texts = many(4 * PART_EVENTS)
    store, calls = events.store_events, []

    async def dies(*args):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the process is killed here")
        await store(*args)

    monkeypatch.setattr(events, "store_events", dies)
    view = await place.connect(ana, "https://shelf.test/", read=False)
    with pytest.raises(RuntimeError):
        await place.read(view)
    # A half is there, and nothing is taken for known.
    assert sum(await rows_by_transaction(place, "calendar_event")) == 2 * PART_EVENTS
    assert (await place.view(ana, view)).calendars[0].cursor == {}
    assert await state_of(place, ana) == "unknown"
    # What was stored and is gone when it is read again does not stay.
    del shelf.texts["e0"]
    await place.read(view)
    assert await state_of(place, ana) == "ok"
    assert len(await place.busy(ana, 400)) == 4 * PART_EVENTS - 1


async def test_the_old_time_serves_until_a_big_round_is_complete(place, ana, shelf, monkeypatch):
    shelf.texts = {"old": event_text("old", "20261130T100000Z", "20261130T110000Z")}
    view = await connect(place, ana)
    before = (await place.view(ana, view)).calendars[0]
    shelf.texts = many(3 * PART_EVENTS)
    store, calls = events.store_events, []

    async def dies(*args):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the process is killed here")
        await store(*args)

    monkeypatch.setattr(events, "store_events", dies)
    with pytest.raises(RuntimeError):
        await place.read(view)
    assert (datetime(2026, 11, 30, 10, tzinfo=UTC), datetime(2026, 11, 30, 11, tzinfo=UTC), "busy") in (
        await place.busy(ana)
    )
    between = (await place.view(ana, view)).calendars[0]
    assert (between.cursor, between.synced_at, between.full_read_at) == (
        before.cursor,
        before.synced_at,
        None,
    )
    place.told.availability.clear()
    await place.read(view)
    assert len(await place.busy(ana, 400)) == 3 * PART_EVENTS
    assert place.told.availability == [ana.member_id]


async def test_an_older_round_stops_when_another_one_has_begun(place, ana, shelf, clock, monkeypatch):
    view = await connect(place, ana)
    shelf.texts = many(3 * PART_EVENTS)
    read = place.sync.rounds._fetch

    async def fetches(*args):
        fetched = await read(*args)
        monkeypatch.setattr(place.sync.rounds, "_fetch", read)
        shelf.texts["e0"] = event_text("u0", "20261124T100000Z", "20261124T110000Z")
        # A reader that paused for so long has lost its turn.
        clock.advance(minutes=3)
        await place.read(view)
        return fetched

    monkeypatch.setattr(place.sync.rounds, "_fetch", fetches)
    await place.read(view)
    assert (await place.busy(ana, 400))[0][0] == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert len(await place.busy(ana, 400)) == 3 * PART_EVENTS
