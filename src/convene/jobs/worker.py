"""The worker: runs jobs, and a timer of our own that finds what was lost.

procrastinate does not retry jobs whose worker died; the sweep does. It is a plain loop and not a job, so that it can
never wait behind what it is there to free. Rows (deliveries, write-backs, connections) are the truth: whatever is due
there is queued again, whether or not its job still exists.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from procrastinate import App
from procrastinate.jobs import Status

from convene.identity import Identity
from convene.services.platform import Platform
from convene.storage import event_writes, idempotency, occurrences, time_changes

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
PRUNE_SECONDS = 3600.0
# A worker tells that it lives every ten seconds; three missed beats and its jobs are taken over.
STALLED_SECONDS = 30
GRACE_SECONDS = 10
MOST_STARTS = 5
RESTART_SECONDS = 1.0
# How long readers of changes hear of an event that is no more, and how long the outbox remembers what it wrote.
DELETED_KEPT_FOR, WRITTEN_KEPT_FOR = timedelta(days=90), timedelta(days=7)


async def run_worker(app: App, platform: Platform, identity: Identity, *, concurrency: int = 10) -> None:
    """Run jobs and the sweep until cancelled; running jobs get ten seconds to finish."""
    sweep = asyncio.create_task(_every(SWEEP_SECONDS, lambda: sweep_once(app, platform)))
    # Not a part of the sweep: a mail server that does not answer must not keep the others waiting.
    mailbox = asyncio.create_task(_every(SWEEP_SECONDS, platform.mail.mailbox.poll))
    prune = asyncio.create_task(_every(PRUNE_SECONDS, lambda: prune_once(platform, identity)))
    stopping = asyncio.Event()
    worker = asyncio.create_task(_keep_working(app, concurrency, stopping))
    try:
        await asyncio.wait({worker})
    finally:
        stopping.set()
        # Asked a second time, the worker would drop its running jobs: not before their time is over.
        await _end({worker}, again_after=GRACE_SECONDS + 2)
        await _end({sweep, mailbox, prune}, again_after=1)


async def _keep_working(app: App, concurrency: int, stopping: asyncio.Event) -> None:
    """Run procrastinate's worker, again whenever it ends by itself.

    It gives up at the first heartbeat, listener or fetch that fails. A database that is away for a moment must not
    leave an installation that answers and does nothing.
    """
    while not stopping.is_set():
        try:
            await app.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
                listen_notify=True,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=10,
                stalled_worker_timeout=STALLED_SECONDS,
            )
        except Exception:
            logger.exception("the worker failed")
        if not stopping.is_set():
            logger.warning("the worker ended by itself and starts again")
            await asyncio.sleep(RESTART_SECONDS)


async def sweep_once(app: App, platform: Platform) -> None:
    """Take over the jobs of dead workers and queue again everything that is overdue.

    Each part stands by itself: what is wrong with one must not keep the others waiting.
    """
    parts: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: requeue_stalled(app),
        platform.holds.sweep,
        platform.link_requests.expire_due,
        platform.waitlist.sweep,
        platform.event_triggers.tell_due,
        platform.webhooks.requeue_overdue,
        platform.write_back.requeue_overdue,
        platform.event_writing.requeue_overdue,
        platform.mail.outbox.requeue_overdue,
        platform.sync.queue_due,
        platform.push.queue_due,
    )
    for part in parts:
        try:
            await part()
        except Exception:
            logger.exception("a part of the sweep failed")


async def requeue_stalled(app: App) -> None:
    """Retry jobs whose worker has died; one that took five workers with it is put aside."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        if job.attempts + 1 >= MOST_STARTS:
            logger.error("job %s (%s) ended %s workers and is put aside", job.id, job.task_name, MOST_STARTS)
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            await app.job_manager.retry_job(job)


async def prune_once(platform: Platform, identity: Identity) -> None:
    """Forget what is only kept for a while."""
    await identity.sweep()
    await platform.webhooks.prune()
    await platform.channels.prune()
    await platform.waitlist.prune()
    await platform.attachments.prune()
    await platform.mail.outbox.prune()
    async with platform.db.transaction() as conn:
        await idempotency.prune(conn, platform.clock() - timedelta(hours=72))
        await occurrences.prune_deleted(conn, platform.clock() - DELETED_KEPT_FOR)
        await event_writes.prune_written(conn, platform.clock() - WRITTEN_KEPT_FOR)
        await time_changes.fold(conn)


async def _every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            # The next round may work: a database that restarts must not end the timer.
            logger.exception("a periodic task failed")
        await asyncio.sleep(seconds)


async def _end(tasks: set[asyncio.Task[None]], *, again_after: float) -> None:
    """Cancel until they have ended: `asyncio.wait_for`, on which the database pool rests, can swallow a request to
    stop that arrives as it succeeds (Python before 3.12)."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=again_after)
