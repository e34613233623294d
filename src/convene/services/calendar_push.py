"""Push: channels through which calendar services tell us of changes, opened, renewed and closed.

A notification is a hint and never data: it makes the calendar's next read due now, and polling finds what no notification
told. A channel that cannot be renewed is followed by a new one before it ends, so that at every moment one of them serves.
Without a public https address nothing of this happens (`is_on`).
"""

from __future__ import annotations

import hmac
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import anyio

from convene.ports.calendar_push import UNSUPPORTED, Pushes, PushTerms
from convene.ports.calendars import CalendarProvider, Credentials, ProviderError
from convene.ports.runtime import Clock, JobQueue
from convene.security.tokens import fingerprint, new_id, new_secret
from convene.services.backoff import next_try
from convene.services.calendar_lanes import CalendarLanes, asks_to_wait
from convene.services.calendar_tokens import CalendarTokens
from convene.storage import calendar_lanes, calendar_push, calendars, connections
from convene.storage.calendar_push import Channel
from convene.storage.calendars import Calendar
from convene.storage.connections import CalendarConnection
from convene.storage.database import Connection, Database

logger = logging.getLogger(__name__)

PATH = "/push/"
"""Under the public address: `/push/<kind>`, and `/push/<kind>/lifecycle` for what concerns channels themselves."""
OPENED = "opened"
"""What a service says of a channel itself when it is open: nothing has changed yet."""
RETRY_BASE, RETRY_CAP = timedelta(minutes=1), timedelta(hours=6)
ASK_AGAIN_AFTER = timedelta(days=30)
"""Whether a calendar that could not be watched can be by now."""
_QUEUED_FOR = timedelta(minutes=5)
_UNANSWERED_FOR = timedelta(minutes=10)
# What a poll finds and no channel tells within so long was missed; a channel that misses so often in a row is dead.
ANNOUNCED_WITHIN = timedelta(minutes=2)
MOST_MISSES = 2
STOPPING_SECONDS = 10.0


class CalendarPush:
    """Args:
    address: the installation's public address, None where services cannot reach it.
    jitter: returns 0 <= x < 1; spreads renewals.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobQueue,
        tokens: CalendarTokens,
        providers: Mapping[str, CalendarProvider],
        address: str | None,
        *,
        jitter: Callable[[], float] = random.SystemRandom().random,
    ) -> None:
        self.db = db
        self.clock = clock
        self.jobs = jobs
        self.tokens = tokens.of_priority("background")
        self.providers = providers
        self.address = address
        self.jitter = jitter
        self.lanes = CalendarLanes(db, clock, jobs)

    @property
    def is_on(self) -> bool:
        """Whether services can reach this installation."""
        return self.address is not None

    # -- what services tell

    async def notified(self, notices: Mapping[str, tuple[str, str]]) -> bool:
        """Note what came through channels: (token, what a service says of the channel itself, or "") by channel.

        Returns whether any of them is one of ours with its token; others change nothing.
        """
        is_known = False
        async with self.db.transaction() as conn:
            # One order, so that two deliveries at once never wait for each other.
            for channel_id, (token, event) in sorted(notices.items()):
                channel = await calendar_push.find_channel(conn, channel_id)
                # Both are hashed: how long the comparison takes tells nothing of the token.
                expected = channel.token_hash if channel is not None else b""
                if not hmac.compare_digest(fingerprint(token), expected) or channel is None:
                    continue
                is_known = True
                await self._heard(conn, channel, event)
        return is_known

    async def _heard(self, conn: Connection, channel: Channel, event: str) -> None:
        now = self.clock()
        if event == "subscriptionRemoved":
            await calendar_push.delete_channel(conn, channel.channel_id)
        if event in ("reauthorizationRequired", "subscriptionRemoved"):
            await calendar_push.reopen(
                conn,
                channel.org_id,
                channel.connection_id,
                error_code=event,
                now=now,
                calendar_id=channel.calendar_id,
            )
            await self._queue(conn, channel.org_id, channel.calendar_id)
        else:
            await calendar_push.note_notified(conn, channel.channel_id, now)
        if event not in ("reauthorizationRequired", OPENED):
            await self.lanes.hint(conn, channel.org_id, channel.connection_id, channel.calendar_id)

    # -- looking after channels

    async def queue_due(self) -> int:
        """Queue every calendar whose channels are to be opened, renewed or closed; return how many."""
        kinds = [kind for kind, provider in self.providers.items() if isinstance(provider, Pushes)]
        if not self.is_on or not kinds:
            return 0
        now = self.clock()
        async with self.db.transaction() as conn:
            await calendar_push.judge_unannounced(
                conn, before=now - ANNOUNCED_WITHIN, most=MOST_MISSES, now=now
            )
            due = await calendar_push.list_due(conn, kinds, now)
            for item in due:
                await calendar_push.postpone(conn, item.org_id, item.calendar_id, now + _QUEUED_FOR)
                await self._queue(conn, item.org_id, item.calendar_id)
        return len(due)

    async def _queue(self, conn: Connection, org_id: str, calendar_id: str) -> None:
        key = f"push:{calendar_id}"
        args = {"org_id": org_id, "calendar_id": calendar_id}
        await self.jobs.defer(conn, "look_after_push", args, lock=key, queueing_lock=key)

    async def look_after(self, org_id: str, calendar_id: str) -> None:
        """Let a calendar that counts have one channel with enough life in it, and any other none. Safe to call twice.

        Never raises for what the remote side does.
        """
        async with self.db.connection() as conn:
            calendar = await calendars.get_calendar(conn, org_id, calendar_id)
            if calendar is None:
                return
            row = await connections.get_connection(conn, org_id, calendar.connection_id)
            channels = await calendar_push.list_channels(conn, org_id, calendar.connection_id, calendar_id)
        if row is None or not isinstance(self.providers.get(row.kind), Pushes):
            return
        if not (calendar.is_checked or calendar.is_target) or not self.is_on:
            await self._close(row, channels)
            async with self.db.transaction() as conn:
                await calendar_push.delete_push(conn, org_id, calendar_id)
            return
        try:
            await self._keep_open(row, calendar, channels)
        except ProviderError as error:
            await self._failed(row, calendar, channels, error)

    async def _keep_open(
        self, row: CalendarConnection, calendar: Calendar, channels: Sequence[Channel]
    ) -> None:
        provider = self.providers[row.kind]
        assert isinstance(provider, Pushes)
        terms, now = provider.push_terms, self.clock()
        serving = _serving(channels, now)
        async with self.db.connection() as conn:
            push = await calendar_push.get_push(conn, calendar.org_id, calendar.calendar_id)
        is_trusted = push is not None and push.state == "active"
        if serving is not None and is_trusted and now < _renewal(serving, terms, 0.0):
            # Looked after already, by a job that came before this one.
            await self._opened(calendar, serving, terms)
            return
        credentials = await self.tokens.credentials(row)
        may_renew = is_trusted or (push is not None and push.error_code == "reauthorizationRequired")
        if serving is not None and terms.is_renewable and may_renew:
            try:
                watched = await provider.prolong(credentials, serving.remote_id, until=now + terms.life)
            except ProviderError as error:
                if error.kind != "gone":
                    raise
            else:
                await self._confirm(
                    calendar, serving.channel_id, watched.remote_id, watched.expires_at, terms
                )
                leftover = [item for item in channels if item is not serving]
                await self._close(row, leftover, credentials)
                return
        await self._open(provider, credentials, row, calendar, is_gap=serving is None or not is_trusted)
        await self._close(row, channels, credentials)

    async def _open(
        self,
        provider: Pushes,
        credentials: Credentials,
        row: CalendarConnection,
        calendar: Calendar,
        *,
        is_gap: bool,
    ) -> None:
        """Open a channel. With `is_gap` nothing served before it, so what happened meanwhile is read."""
        now, channel_id, token = self.clock(), new_id("push_channel"), new_secret()
        place = (calendar.org_id, calendar.calendar_id)
        async with self.db.transaction() as conn:
            await calendar_push.insert_channel(
                conn, *place, channel_id, fingerprint(token), expires_at=now + _UNANSWERED_FOR, now=now
            )
        try:
            watched = await provider.watch(
                credentials,
                calendar.remote_id,
                channel_id=channel_id,
                token=token,
                address=f"{self.address}{PATH}{row.kind}",
                lifecycle_address=f"{self.address}{PATH}{row.kind}/lifecycle",
                until=now + provider.push_terms.life,
            )
        except ProviderError:
            async with self.db.transaction() as conn:
                await calendar_push.delete_channel(conn, channel_id)
            raise
        is_kept = await self._confirm(
            calendar, channel_id, watched.remote_id, watched.expires_at, provider.push_terms
        )
        if not is_kept:
            # Disconnected meanwhile.
            await provider.stop_watching(credentials, channel_id=channel_id, remote_id=watched.remote_id)
        elif is_gap:
            async with self.db.transaction() as conn:
                await self.lanes.hint(conn, row.org_id, row.connection_id, calendar.calendar_id)

    async def _confirm(
        self, calendar: Calendar, channel_id: str, remote_id: str, expires_at: datetime, terms: PushTerms
    ) -> bool:
        """Record that a channel serves until then, from now on alone; False if it is known no more."""
        now = self.clock()
        async with self.db.transaction() as conn:
            channel = await calendar_push.confirm_channel(conn, channel_id, remote_id, expires_at, now)
            if channel is None:
                return False
            place = (calendar.org_id, calendar.calendar_id)
            await calendar_push.replace_others(conn, *place, channel_id, now)
        await self._opened(calendar, channel, terms)
        return True

    async def _opened(self, calendar: Calendar, channel: Channel, terms: PushTerms) -> None:
        next_at = max(_renewal(channel, terms, self.jitter()), self.clock() + RETRY_BASE)
        async with self.db.transaction() as conn:
            await calendar_push.set_active(
                conn,
                calendar.org_id,
                calendar.calendar_id,
                opened_at=channel.opened_at,
                next_at=next_at,
            )

    async def _failed(
        self,
        row: CalendarConnection,
        calendar: Calendar,
        channels: Sequence[Channel],
        error: ProviderError,
    ) -> None:
        now, place = self.clock(), (calendar.org_id, calendar.calendar_id)
        logger.info("no push for %s: %s", calendar.calendar_id, error.code)
        async with self.db.transaction() as conn:
            push = await calendar_push.get_push(conn, *place)
            is_unsupported = error.code == UNSUPPORTED
            serving = _serving(channels, now)
            if asks_to_wait(error):
                wait = max(timedelta(seconds=error.retry_after_seconds or 0), RETRY_BASE)
                await calendar_lanes.throttle(conn, row.org_id, row.connection_id, now + wait)
            if serving is not None and push is not None and push.state == "active" and not is_unsupported:
                # It goes on telling until it ends, and there is time for several tries.
                pause = min(max((serving.expires_at - now) / 4, RETRY_BASE), RETRY_CAP)
                await calendar_push.postpone(conn, *place, now + pause)
                return
            await calendar_push.set_failed(
                conn,
                *place,
                state="unsupported" if is_unsupported else "failing",
                error_code=error.code,
                next_at=self._again(error, 0 if push is None else push.attempts),
                now=now,
            )

    def _again(self, error: ProviderError, attempts: int) -> datetime:
        now = self.clock()
        if error.code == UNSUPPORTED:
            return now + ASK_AGAIN_AFTER
        if error.kind in ("permanent", "reauth"):
            return now + RETRY_CAP
        return next_try(
            now, attempts, base=RETRY_BASE, cap=RETRY_CAP, retry_after_seconds=error.retry_after_seconds
        )

    # -- closing

    async def list_channels(self, conn: Connection, row: CalendarConnection) -> list[Channel]:
        """Return the channels of a connection that is about to be forgotten, for `close`."""
        return await calendar_push.list_channels(conn, row.org_id, row.connection_id)

    async def close(self, row: CalendarConnection, channels: Sequence[Channel]) -> None:
        """Close the channels of a connection that is no more, as far as its service lets us. Not in a transaction."""
        with anyio.move_on_after(STOPPING_SECONDS):
            await self._close(row, channels)

    async def _close(
        self,
        row: CalendarConnection,
        channels: Sequence[Channel],
        credentials: Credentials | None = None,
    ) -> None:
        """Close channels and forget them. One that cannot be closed ends by itself; what it tells until then is nobody's."""
        provider = self.providers.get(row.kind)
        for channel in channels:
            if isinstance(provider, Pushes) and channel.remote_id:
                try:
                    credentials = credentials or await self.tokens.credentials(row)
                    await provider.stop_watching(
                        credentials, channel_id=channel.channel_id, remote_id=channel.remote_id
                    )
                except ProviderError as error:
                    logger.info("a channel of %s stays until it ends: %s", row.connection_id, error.code)
            async with self.db.transaction() as conn:
                await calendar_push.delete_channel(conn, channel.channel_id)


def _serving(channels: Sequence[Channel], now: datetime) -> Channel | None:
    """Return the channel through which a calendar is told of, if there is one."""
    living = (item for item in channels if item.remote_id and item.replaced_at is None)
    return next((item for item in living if item.expires_at > now), None)


def _renewal(channel: Channel, terms: PushTerms, chance: float) -> datetime:
    """Return when a channel is renewed: within the share of its life that the service's terms name."""
    share = terms.renewed_from + (terms.renewed_until - terms.renewed_from) * chance
    return channel.opened_at + (channel.expires_at - channel.opened_at) * share
