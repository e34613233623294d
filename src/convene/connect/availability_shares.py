"""Sharing one's free time in a conversation, looking at it, booking in it, and ending it.

Whoever is in the conversation sees a share; its owner ends it, wherever they are. It is over at once for everybody when
it is revoked, when its time has come, and when its owner is no longer in the conversation; then nothing of it is told.
Nothing is asked of the platform while a transaction is open.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from convene.connect import messages, people, share_rows, views
from convene.connect.log import Writer, writing
from convene.connect.membership import is_member, require_member
from convene.connect.messages import AlreadySentError, Draft
from convene.connect.scheduling_client import Answer, SchedulingClient
from convene.connect.share_rows import ShareRow, told
from convene.connect.shared_time import ENDED, Ended, Refused, Seen, SharedTime
from convene.connect.views import MessageRow, View
from convene.core.chat import checked_nonce
from convene.core.errors import Conflict, ConveneError, Forbidden, Invalid, NotFound, RateLimited
from convene.core.permissions import Caller
from convene.core.shared_times import Times, checked_days, have_changed, is_inside, sentence, shared_days, utc
from convene.ports.runtime import Clock
from convene.realtime import Bus
from convene.storage.database import Database

logger = logging.getLogger(__name__)

MOST_PER_HOUR = 20
REFRESH_SECONDS = 2
MIN_DURATION, MAX_DURATION = 5, 480


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody shares: `days` from today on in their own zone, for meetings of about `duration_minutes`."""

    days: int
    duration_minutes: int
    any_hour: bool = False
    expires_in_days: int | None = None

    def checked(self) -> Choice:
        checked_days(self.days)
        check_duration(self.duration_minutes)
        if (
            self.expires_in_days is not None
            and checked_days(self.expires_in_days, "expires_in_days") > self.days
        ):
            raise Invalid("expires_in_days", "expires_in_days must not be more than days.")
        return self


@dataclass(frozen=True, slots=True)
class Offered:
    """A choice as it would be shared now."""

    choice: Choice
    tzid: str
    start: datetime
    end: datetime
    expires_at: datetime
    seen: Seen
    state: str


def check_duration(minutes: int) -> None:
    """Raise `Invalid` unless a meeting in shared time may last this long."""
    if not MIN_DURATION <= minutes <= MAX_DURATION:
        raise Invalid("duration_minutes", f"duration_minutes must be {MIN_DURATION} to {MAX_DURATION}.")


class AvailabilityShares:
    """What members do with shared time."""

    def __init__(self, db: Database, clock: Clock, bus: Bus, scheduling: SchedulingClient) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._time = SharedTime(scheduling)

    # -- sharing

    async def preview(self, caller: Caller, choice: Choice) -> View:
        """Return exactly what others would see of the caller's time now; nothing is shared."""
        found = await self._offered(caller, choice.checked())
        return {
            "tzid": found.tzid,
            "start_utc": views.instant(found.start),
            "end_utc": views.instant(found.end),
            "expires_at": views.instant(found.expires_at),
            "free": told(found.seen.times),
            "state": found.state,
            "detail": found.seen.people[caller.member_id]["detail"],
        }

    async def share(
        self, caller: Caller, conversation_id: str, choice: Choice, client_nonce: str
    ) -> tuple[View, bool]:
        """Post the caller's free time to a conversation; returns the message and whether it is new.

        The same `client_nonce` returns what it made first.

        Raises:
            Invalid, NotFound; Conflict: `calendar_unknown`, `too_many_shares`.
            RateLimited: more than 20 within an hour.
        """
        choice, nonce = choice.checked(), checked_nonce(client_nonce)
        now = self._clock()
        async with self._db.connection() as conn:
            await require_member(conn, caller, conversation_id)
            since = now - timedelta(hours=1)
            if await share_rows.count_since(conn, caller.org_id, caller.member_id, since) >= MOST_PER_HOUR:
                raise RateLimited(
                    "You have shared your times often within this hour. Wait a little, or stop sharing and renew"
                    " what is there.",
                    retry_after_seconds=300,
                )
            sent = await messages.find_by_nonce(conn, caller, nonce)
        if sent is not None:
            return messages.sent_here(sent, conversation_id), False
        found = await self._offered(caller, choice)
        if found.state == "unknown":
            detail = found.seen.unread(caller.member_id)
            raise Conflict(
                f"{detail} Until it is read, nobody can be told when you are free.", code="calendar_unknown"
            )
        consent_id = await self._time.agree(
            caller, found.start, found.end, found.expires_at, any_hour=choice.any_hour
        )
        try:
            async with writing(self._db, self._bus, caller.org_id, now) as writer:
                await require_member(writer.conn, caller, conversation_id)
                row = await self._post(writer, caller, conversation_id, found, consent_id, nonce)
        except (AlreadySentError, ConveneError) as error:
            await self._withdraw(caller, consent_id)
            if not isinstance(error, AlreadySentError):
                raise
            async with self._db.connection() as conn:
                sent = await messages.find_by_nonce(conn, caller, nonce)
            assert sent is not None
            return messages.sent_here(sent, conversation_id), False
        return views.message(row), True

    async def _offered(self, caller: Caller, choice: Choice) -> Offered:
        async with self._db.connection() as conn:
            me = await people.get_person(conn, caller.org_id, caller.member_id)
        now = self._clock()
        start, end = shared_days(now, me.tzid, choice.days)
        _, expires_at = shared_days(now, me.tzid, choice.expires_in_days or choice.days)
        seen = await self._time.own(caller, start, end, any_hour=choice.any_hour)
        state = str(seen.people[caller.member_id]["state"])
        return Offered(choice, me.tzid, start, end, expires_at, seen, state)

    async def _post(
        self,
        writer: Writer,
        caller: Caller,
        conversation_id: str,
        found: Offered,
        consent_id: str,
        nonce: str,
    ) -> MessageRow:
        me = await people.get_person(writer.conn, caller.org_id, caller.member_id)
        row = ShareRow(
            message_id="",
            conversation_id=conversation_id,
            account_id=caller.member_id,
            consent_id=consent_id,
            tzid=found.tzid,
            starts_at=found.start,
            ends_at=found.end,
            duration_minutes=found.choice.duration_minutes,
            any_hour=found.choice.any_hour,
            free=told(found.seen.times),
            as_of=writer.at,
            created_at=writer.at,
            expires_at=found.expires_at,
            revoked_at=None,
        )
        text = sentence(me.name, found.start, found.end, found.tzid)
        draft = Draft("availability_share", text, caller.member_id, share_rows.view(row, "live"), nonce)
        posted = await messages.post(writer, conversation_id, draft)
        await share_rows.insert(writer.conn, caller.org_id, row.of(posted.message_id))
        return posted

    # -- looking

    async def look(self, caller: Caller, message_id: str, duration_minutes: int | None = None) -> View:
        """Return a share with its times, as far as they are still shared, and those at which the caller can meet.

        Raises `NotFound` for anybody outside the conversation but the owner.
        """
        row, state = await self._visible(caller, message_id)
        length = row.duration_minutes if duration_minutes is None else duration_minutes
        check_duration(length)
        if state != "live":
            return _shown(row, state)
        try:
            present = await self._time.of(caller, row)
            mine = row.account_id == caller.member_id
            both = None if mine else await self._time.with_me(caller, row, length)
        except Ended:
            return _shown(row, "revoked")
        for sub, code in ((row.account_id, "unknown"), (caller.member_id, "yours_unknown")):
            detail = (both or present).unread(sub)
            if detail:
                return _shown(row, state, row.times, problem={"code": code, "detail": detail})
        changed = have_changed(row.times, present.times, self._clock())
        slots = [slot for slot in both.slots if _fits(slot, row.times)] if both else []
        return _shown(row, state, row.times, slots=slots, has_changed=changed)

    async def refresh(self, caller: Caller, message_id: str) -> View:
        """Bring a share up to date for everybody, at most every two seconds; returns it as `look` does."""
        row, state = await self._visible(caller, message_id)
        now = self._clock()
        if state == "live" and now - row.as_of >= timedelta(seconds=REFRESH_SECONDS):
            try:
                seen = await self._time.of(caller, row)
            except Ended:
                return _shown(row, "revoked")
            if not seen.unread(row.account_id):
                await self._keep(caller.org_id, message_id, seen.times, now)
        return await self.look(caller, message_id)

    async def _keep(self, org_id: str, message_id: str, times: Times, now: datetime) -> None:
        async with writing(self._db, self._bus, org_id, now) as writer:
            row = await share_rows.find(writer.conn, org_id, message_id, lock=True)
            if row is None or row.state(now) != "live" or row.as_of > now:
                return
            await share_rows.keep_times(writer.conn, org_id, message_id, times, now)
            renewed = await share_rows.find(writer.conn, org_id, message_id)
            assert renewed is not None
            await self._tell(writer, renewed, "live")

    async def _visible(self, caller: Caller, message_id: str) -> tuple[ShareRow, str]:
        """Return a share and its state for somebody who may see it."""
        async with self._db.connection() as conn:
            row = await share_rows.find(conn, caller.org_id, message_id)
            if row is None:
                raise NotFound("There is no such share.")
            place = caller.org_id, row.conversation_id
            is_mine = row.account_id == caller.member_id
            if not is_mine and not await is_member(conn, *place, caller.member_id):
                raise NotFound("There is no such share.")
            # Whoever has left the conversation, or the organisation, shares nothing there any more.
            state = row.state(self._clock())
            if state == "live" and not is_mine:
                owner = await people.get_person(conn, caller.org_id, row.account_id)
                if owner.suspended or not await is_member(conn, *place, row.account_id):
                    state = "revoked"
        return row, state

    # -- booking

    async def book(
        self, caller: Caller, message_id: str, meeting: dict[str, Any], idempotency_key: str
    ) -> Answer:
        """Book the caller with the owner of a share, under the same last look as every booking.

        Raises:
            Conflict: `share_ended`, `own_time`. Whatever the platform says, 409 `slot_taken` too, is its answer.
        """
        row, state = await self._visible(caller, message_id)
        if row.account_id == caller.member_id:
            raise Conflict("These are your own times. Others book in them.", code="own_time")
        check_duration(meeting["duration_minutes"])
        if state != "live":
            raise Conflict("This free time is no longer shared.", code=ENDED)
        answer = await self._time.book(caller, row, meeting, idempotency_key)
        if answer.is_success:
            await self._follow(caller, row)
        return answer

    async def _follow(self, caller: Caller, row: ShareRow) -> None:
        """Take what was just booked out of the share. That it fails is no matter: whoever looks is told of a change."""
        try:
            seen = await self._time.of(caller, row)
            if not seen.unread(row.account_id):
                await self._keep(caller.org_id, row.message_id, seen.times, self._clock())
        except (Ended, Refused, ConveneError) as error:
            logger.info("a share does not show yet what was booked in it: %s", error)

    # -- ending

    async def revoke(self, caller: Caller, message_id: str) -> View:
        """End a share of the caller's and empty it; doing so twice changes nothing more. Returns the share."""
        row, _ = await self._visible(caller, message_id)
        if row.account_id != caller.member_id:
            raise Forbidden("Only the one whose times these are can stop sharing them.")
        async with writing(self._db, self._bus, caller.org_id, self._clock()) as writer:
            held = await share_rows.find(writer.conn, caller.org_id, message_id, lock=True)
            assert held is not None
            if held.revoked_at is None:
                await share_rows.revoke(writer.conn, caller.org_id, message_id, writer.at)
                await self._tell(writer, held, "revoked")
        await self._withdraw(caller, row.consent_id)
        return _shown(row, "revoked")

    async def _withdraw(self, caller: Caller, consent_id: str) -> None:
        try:
            await self._time.withdraw(caller, consent_id)
        except ConveneError as error:
            # Nobody but Connect knows its name, and Connect uses it no more; it ends by itself.
            logger.warning("a consent could not be withdrawn: %s", error)

    async def _tell(self, writer: Writer, row: ShareRow, state: str) -> None:
        owner = await people.get_person(writer.conn, writer.org_id, row.account_id)
        text = sentence(owner.name, row.starts_at, row.ends_at, row.tzid, is_over=state != "live")
        shown = share_rows.view(row, state)
        await messages.change(writer, row.conversation_id, row.message_id, text, shown)


def _fits(slot: dict[str, Any], times: Times) -> bool:
    return is_inside(times, utc(slot["start"]), utc(slot["end"]))


def _shown(
    row: ShareRow,
    state: str,
    times: Times = (),
    *,
    slots: list[dict[str, Any]] | None = None,
    has_changed: bool = False,
    problem: dict[str, str] | None = None,
) -> View:
    return {
        "share": share_rows.view(row, state),
        "free": told(times),
        "slots": slots or [],
        "has_changed": has_changed,
        "problem": problem,
    }


__all__ = ["AvailabilityShares", "Choice", "Refused"]
