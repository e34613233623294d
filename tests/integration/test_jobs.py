"""Jobs commit with the change that needs them, survive their workers, and never poison the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from procrastinate import App

from convene.jobs import worker
from convene.jobs.queue import ProcrastinateQueue, make_app
from convene.jobs.worker import MOST_STARTS, requeue_stalled, sweep_once


@pytest.fixture
async def jobs(db, database_url) -> AsyncIterator[App]:
    app = make_app(database_url)
    async with app.open_async():
        yield app


async def statuses(db) -> list[tuple[str, str]]:
    async with db.connection() as conn:
        cursor = await conn.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return await cursor.fetchall()


async def work_off(jobs: App) -> None:
    await jobs.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


async def test_a_job_commits_with_its_change(db, jobs):
    queue = ProcrastinateQueue(jobs)
    with suppress(ZeroDivisionError):
        async with db.transaction() as conn:
            await queue.defer(conn, "greet", {"name": "nobody"})
            raise ZeroDivisionError
    assert await statuses(db) == []
    async with db.transaction() as conn:
        await queue.defer(conn, "greet", {"name": "Ana"})
    assert await statuses(db) == [("greet", "todo")]


async def test_a_second_waiting_job_is_dropped_and_the_change_goes_on(db, jobs):
    queue = ProcrastinateQueue(jobs)
    async with db.transaction() as conn:
        await conn.execute("INSERT INTO installation VALUES ('before', '1')")
        await queue.defer(conn, "sync", {}, queueing_lock="sync:one")
        await queue.defer(conn, "sync", {}, queueing_lock="sync:one")
        await queue.defer(conn, "sync", {}, queueing_lock="sync:two")
        await conn.execute("INSERT INTO installation VALUES ('after', '1')")
    assert len(await statuses(db)) == 2
    async with db.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM installation WHERE name IN ('before', 'after')")
        assert await cursor.fetchone() == (2,)


async def test_a_job_waits_for_its_time(db, jobs):
    ran = []
    jobs.task(name="later")(lambda: ran.append(1))
    queue = ProcrastinateQueue(jobs)
    now = datetime.now(UTC)
    async with db.transaction() as conn:
        await queue.defer(conn, "later", {}, at=now + timedelta(hours=1))
        await queue.defer(conn, "later", {}, at=now - timedelta(seconds=1))
    await work_off(jobs)
    assert ran == [1]


async def stall(db) -> None:
    """Make the running job look as if its worker had died."""
    async with db.connection() as conn:
        await conn.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = attempts + 1"
            " WHERE status = 'todo'"
        )


async def test_the_job_of_a_dead_worker_is_taken_over(db, jobs):
    ran = []

    @jobs.task(name="orphan")
    async def orphan() -> None:
        ran.append(1)

    async with db.transaction() as conn:
        await ProcrastinateQueue(jobs).defer(conn, "orphan", {})
    await stall(db)
    await work_off(jobs)
    assert ran == []
    await requeue_stalled(jobs)
    await work_off(jobs)
    assert ran == [1]


async def test_a_job_that_ends_every_worker_is_put_aside(db, jobs):
    async with db.transaction() as conn:
        await ProcrastinateQueue(jobs).defer(conn, "poison", {})
    for _ in range(MOST_STARTS):
        assert ("poison", "todo") in await statuses(db)
        await stall(db)
        await requeue_stalled(jobs)
        await asyncio.sleep(0)
        if ("poison", "failed") in await statuses(db):
            break
    assert await statuses(db) == [("poison", "failed")]


async def test_the_worker_goes_on_after_the_database_failed_it(db, jobs, monkeypatch, caplog):
    ran, ended = asyncio.Event(), asyncio.Event()

    @jobs.task(name="afterwards")
    async def afterwards() -> None:
        ran.set()

    run = jobs.run_worker_async

    async def watched(**options):
        try:
            await run(**options)
        finally:
            ended.set()

    monkeypatch.setattr(jobs, "run_worker_async", watched)
    fetch = "FUNCTION procrastinate_fetch_job_v2(varchar[], bigint)"
    away = "FUNCTION fetch_that_is_away(varchar[], bigint)"

    async def sweep_once(*_args):
        return None

    idle = SimpleNamespace(mail=SimpleNamespace(mailbox=SimpleNamespace(poll=sweep_once)))
    monkeypatch.setattr(worker, "sweep_once", sweep_once)
    monkeypatch.setattr(worker, "prune_once", sweep_once)
    async with db.connection() as conn:
        await conn.execute(f"ALTER {fetch} RENAME TO fetch_that_is_away")
    working = asyncio.create_task(worker.run_worker(jobs, idle, None))
    try:
        await asyncio.wait_for(ended.wait(), 20)
    finally:
        async with db.connection() as conn:
            await conn.execute(f"ALTER {away} RENAME TO procrastinate_fetch_job_v2")
    async with db.transaction() as conn:
        await ProcrastinateQueue(jobs).defer(conn, "afterwards", {})
    await asyncio.wait_for(ran.wait(), 20)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    assert "starts again" in caplog.text


async def test_one_broken_part_of_the_sweep_does_not_hold_up_the_others(jobs):
    swept = []

    def part(name, *, breaks=False):
        async def run() -> int:
            swept.append(name)
            if breaks:
                raise ZeroDivisionError
            return 0

        return run

    platform = SimpleNamespace(
        holds=SimpleNamespace(sweep=part("holds", breaks=True)),
        link_requests=SimpleNamespace(expire_due=part("link_requests", breaks=True)),
        waitlist=SimpleNamespace(sweep=part("waitlist", breaks=True)),
        event_triggers=SimpleNamespace(tell_due=part("event_triggers", breaks=True)),
        webhooks=SimpleNamespace(requeue_overdue=part("webhooks", breaks=True)),
        write_back=SimpleNamespace(requeue_overdue=part("write_back", breaks=True)),
        event_writing=SimpleNamespace(requeue_overdue=part("event_writing", breaks=True)),
        mail=SimpleNamespace(outbox=SimpleNamespace(requeue_overdue=part("mail", breaks=True))),
        sync=SimpleNamespace(queue_due=part("sync", breaks=True)),
        push=SimpleNamespace(queue_due=part("push")),
    )
    await sweep_once(jobs, platform)
    assert swept == [
        "holds",
        "link_requests",
        "waitlist",
        "event_triggers",
        "webhooks",
        "write_back",
        "event_writing",
        "mail",
        "sync",
        "push",
    ]
