"""Lanes: one reader per calendar, no hint lost, one read for many; and accounts that are asked to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from convene.core.permissions import Caller
from convene.jobs.queue import ProcrastinateQueue, make_app
from convene.services.bookings import Draft
from convene.services.calendar_lanes import LEASE, CalendarLanes
from convene.services.connection_views import ConnectionView
from convene.services.connections import queue_sync
from convene.storage import calendar_lanes
from factories.google import GoogleWorld, google_world
from fakes.google_calendar import EMAIL, GoogleCalendarFake, google_calendar

START = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
TEAM = "team@group.calendar.google.com"


@pytest.fixture
def fake() -> Iterator[GoogleCalendarFake]:
    with google_calendar() as found:
        found.add_calendar(TEAM, "Team")
        yield found


@pytest.fixture
async def google(db, clock, fake) -> AsyncIterator[GoogleWorld]:
    async with google_world(db, clock, fake) as found:
        yield found


@pytest.fixture
async def ana(google: GoogleWorld) -> Caller:
    return await google.place.world.person("Ana Ruiz")


@pytest.fixture
async def view(google: GoogleWorld, ana: Caller) -> ConnectionView:
    found = await google.connect(ana)
    google.place.world.jobs.deferred.clear()
    return found


def meeting(name: str, start: datetime = START) -> dict[str, object]:
    times = {
        key: {"dateTime": value.isoformat(), "timeZone": "UTC"}
        for key, value in (("start", start), ("end", start + timedelta(hours=1)))
    }
    return {"id": name, "summary": "Dentist", **times}


def calendar_id(view: ConnectionView, remote_id: str = EMAIL) -> str:
    return next(item.calendar_id for item in view.calendars if item.remote_id == remote_id)


async def hint(google: GoogleWorld, view: ConnectionView, remote_id: str = EMAIL) -> None:
    async with google.place.world.db.transaction() as conn:
        await google.place.sync.lanes.hint(
            conn, view.row.org_id, view.row.connection_id, calendar_id(view, remote_id)
        )


def reads(fake: GoogleCalendarFake, remote_id: str = EMAIL) -> int:
    """Count how often a calendar was read since the requests were last forgotten."""
    return sum(path.endswith(f"/{remote_id}/events") for _, path, _ in fake.requests)


async def run_hinted(google: GoogleWorld) -> int:
    """Run the reads that wait, those that they queue not yet; return how many there were."""
    jobs = google.place.world.jobs
    waiting = {tuple(args.items()) for args in jobs.named("read_calendar")}
    jobs.deferred.clear()
    for args in waiting:
        await google.place.sync.read_calendar(**dict(args))
    return len(waiting)


async def test_a_hint_reads_its_calendar_alone_and_once(google, ana, fake, view):
    fake.requests.clear()
    fake.put(meeting("event1"))
    for _ in range(3):
        await hint(google, view)
    assert await run_hinted(google) == 1
    assert (reads(fake), reads(fake, TEAM)) == (1, 0)
    assert [start for start, _, _ in await google.place.busy(ana)] == [START]
    # A job that comes too late finds that all is answered.
    await google.place.sync.read_calendar(ana.org_id, view.row.connection_id, calendar_id(view))
    assert reads(fake) == 1
    before = view.row
    after = (await google.place.connections.get(ana, view.row.connection_id)).row
    assert (after.next_poll_at, after.synced_at) == (before.next_poll_at, before.synced_at)


async def test_hints_pile_up_to_one_waiting_job_also_while_one_runs(google, ana, view, db):
    app = make_app(db.conninfo)
    async with app.open_async():
        lanes = CalendarLanes(db, google.place.world.clock, ProcrastinateQueue(app))

        async def notify() -> None:
            async with db.transaction() as conn:
                await lanes.hint(conn, ana.org_id, view.row.connection_id, calendar_id(view))

        async def states() -> list[str]:
            async with db.connection() as conn:
                cursor = await conn.execute(
                    "SELECT status::text FROM procrastinate_jobs WHERE lock = %s ORDER BY id",
                    [f"read:{calendar_id(view)}"],
                )
                return [status for (status,) in await cursor.fetchall()]

        await asyncio.gather(*(notify() for _ in range(20)))
        assert await states() == ["todo"]
        async with db.transaction() as conn:
            await conn.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
        await asyncio.gather(*(notify() for _ in range(20)))
        assert await states() == ["doing", "todo"]


async def test_a_hint_during_a_read_is_read_after_it_once(google, ana, fake, view, monkeypatch):
    run = google.place.sync.rounds._fetch

    async def fetches(*args):
        fetched = await run(*args)
        monkeypatch.setattr(google.place.sync.rounds, "_fetch", run)
        # What was fetched is older than this.
        fake.put(meeting("event1"))
        for _ in range(5):
            await hint(google, view)
        return fetched

    monkeypatch.setattr(google.place.sync.rounds, "_fetch", fetches)
    await hint(google, view)
    fake.requests.clear()
    assert await run_hinted(google) == 1
    assert await google.place.busy(ana) == []
    assert await run_hinted(google) == 1
    assert [start for start, _, _ in await google.place.busy(ana)] == [START]
    assert await run_hinted(google) == 0
    assert reads(fake) == 2


async def test_a_calendar_has_one_reader_at_a_time(google, ana, fake, view, monkeypatch):
    run, entered, goes_on = google.place.sync.rounds.run, asyncio.Event(), asyncio.Event()

    async def waits(provider, credentials, connection, calendar):
        entered.set()
        await goes_on.wait()
        return await run(provider, credentials, connection, calendar)

    monkeypatch.setattr(google.place.sync.rounds, "run", waits)
    await hint(google, view)
    first = asyncio.create_task(run_hinted(google))
    await asyncio.wait_for(entered.wait(), 30)
    monkeypatch.setattr(google.place.sync.rounds, "run", run)
    fake.requests.clear()
    # The whole account meanwhile: its other calendar is read, this one not, and what it leaves out is looked at soon.
    await google.read(ana, view.row.connection_id)
    assert (reads(fake), reads(fake, TEAM)) == (0, 1)
    row = (await google.place.connections.get(ana, view.row.connection_id)).row
    assert row.next_poll_at == google.place.world.clock() + LEASE
    goes_on.set()
    assert await first == 1
    assert reads(fake) == 1


async def test_what_a_dead_reader_left_is_found(google, ana, fake, view, clock):
    place = calendar_id(view)
    fake.put(meeting("event1"))
    await hint(google, view)
    async with google.place.world.db.transaction() as conn:
        now = clock()
        assert await calendar_lanes.begin(conn, ana.org_id, place, "dead", now=now, until=now + LEASE)
    assert await run_hinted(google) == 1
    assert await google.place.busy(ana) == []
    assert await google.place.sync.lanes.queue_waiting() == 0
    clock.advance(minutes=3)
    assert await google.place.sync.lanes.queue_waiting() == 1
    assert await run_hinted(google) == 1
    assert len(await google.place.busy(ana)) == 1
    assert await google.place.sync.lanes.queue_waiting() == 0


async def test_a_failed_read_keeps_its_hint(google, ana, fake, view, clock):
    fake.put(meeting("event1"))
    await hint(google, view)
    fake.faults.answers = [(500, "backendError", "")]
    assert await run_hinted(google) == 1
    row = (await google.place.connections.get(ana, view.row.connection_id)).row
    assert (row.state, row.next_poll_at) == ("delayed", clock() + timedelta(minutes=1))
    # It is the account's next try that reads it, however many more hints come.
    await hint(google, view)
    fake.requests.clear()
    assert await run_hinted(google) == 1
    assert fake.requests == []
    assert await google.place.sync.lanes.queue_waiting() == 0
    await google.read(ana, view.row.connection_id)
    assert len(await google.place.busy(ana)) == 1
    assert await google.place.sync.lanes.queue_waiting() == 0


async def test_an_account_that_must_wait_is_left_alone(google, ana, fake, view, clock):
    fake.faults.answers = [(429, "rateLimitExceeded", "600")]
    view = await google.read(ana, view.row.connection_id)
    until = clock() + timedelta(minutes=10)
    assert (view.row.state, view.row.next_poll_at) == ("rate_limited", until)
    fake.requests.clear()
    clock.advance(minutes=5)
    async with google.place.world.db.transaction() as conn:
        await queue_sync(google.place.world.jobs, conn, ana.org_id, view.row.connection_id)
    view = await google.read(ana, view.row.connection_id)
    assert (fake.requests, view.row.next_poll_at) == ([], until)
    clock.advance(minutes=5)
    view = await google.read(ana, view.row.connection_id)
    assert (reads(fake), view.row.state) == (1, "ok")


async def test_polls_come_sooner_after_an_error(google, ana, fake, view, clock):
    fake.faults.answers = [(500, "backendError", "")]
    await google.read(ana, view.row.connection_id)
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=2)
    view = await google.read(ana, view.row.connection_id)
    assert view.row.next_poll_at == clock() + timedelta(minutes=15)


async def test_a_dead_cursor_keeps_the_old_rows_until_all_is_read_again(google, ana, fake, view, monkeypatch):
    for n in range(3):
        fake.put(meeting(f"event{n}", START + timedelta(days=n)))
    await google.read(ana, view.row.connection_id)
    fake.remove("event0")
    fake.put(meeting("event9", START + timedelta(days=9)))
    fake.faults.dead_token, fake.faults.page_size = True, 1
    # The full read that follows breaks off between two pages.
    monkeypatch.setattr(fake, "_page_of", _counting(fake, 2))
    view = await google.read(ana, view.row.connection_id)
    assert view.row.state == "delayed"
    assert len(await google.place.busy(ana)) == 3
    monkeypatch.undo()
    fake.faults.page_size = 2500
    await google.read(ana, view.row.connection_id)
    found = [(start - START).days for start, _, _ in await google.place.busy(ana)]
    assert found == [1, 2, 9]


def _counting(fake: GoogleCalendarFake, most: int):
    """Let so many pages through, and then one error."""
    page_of, pages = fake._page_of, 0

    def counted(found, page_token):
        nonlocal pages
        pages += 1
        if pages == most:
            fake.faults.answers = [(500, "backendError", "")]
        return page_of(found, page_token)

    return counted


async def test_writes_wait_for_an_account_that_must_wait(google, ana, fake, view, clock):
    bookings, bo = google.place.world.bookings, await google.place.world.person("Bo Lind")
    await bookings.confirm(bo, Draft([ana.member_id], START, 30, "Focus"))
    fake.faults.answers = [(403, "userRateLimitExceeded", "600")]
    await google.place.run_writes()
    fake.requests.clear()
    # Another meeting, and reading, ask nothing meanwhile.
    await bookings.confirm(bo, Draft([ana.member_id], START + timedelta(hours=2), 30, "More focus"))
    await google.place.run_writes()
    await google.read(ana, view.row.connection_id)
    assert fake.requests == []
    clock.advance(minutes=10)
    await google.place.run_writes()
    assert sorted(item["summary"] for item in fake.live()) == ["Focus", "More focus"]
