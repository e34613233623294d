"""procrastinate behind the JobQueue port: jobs are rows deferred on the caller's own connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from convene.storage.database import Connection


def make_app(conninfo: str) -> App:
    """Return an unopened procrastinate application on this database."""
    return App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=6))


class ProcrastinateQueue:
    """Implements `ports.runtime.JobQueue`."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def defer(
        self,
        conn: Connection,
        name: str,
        args: Mapping[str, Any],
        *,
        at: datetime | None = None,
        lock: str | None = None,
        queueing_lock: str | None = None,
    ) -> None:
        deferrer = self.app.configure_task(
            name,
            schedule_at=at,
            lock=lock,
            queueing_lock=queueing_lock,
            connection=conn,
        )
        if queueing_lock is None:
            await deferrer.defer_async(**args)
            return
        try:
            # A savepoint: the refusal of a second waiting job must not end the caller's transaction.
            async with conn.transaction():
                await deferrer.defer_async(**args)
        except AlreadyEnqueued:
            return
