"""Two people, their calendars at Google and Microsoft, and all that can happen to a meeting in two weeks of virtual time.

Everything is drawn from one seed: what people do here and in their own programs, which notifications are lost, doubled
and reversed, and how the services fail. Nothing waits for a real clock.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from convene.core import errors
from convene.core.intervals import union
from convene.core.permissions import Caller
from convene.providers.google_calendar import GoogleCalendarProvider
from convene.providers.http_client import HttpClient
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MicrosoftEndpoints
from convene.providers.request_pace import Rate, RequestPace
from convene.services.bookings import Draft
from convene.services.calendar_oauth import CalendarOAuth
from convene.storage.database import Database
from factories.google import endpoints as google_endpoints
from factories.google import google_world
from factories.platform import BASE_URL
from factories.push import PushWorld, push_world
from factories.sign_in import SignInWorld
from fakes.google_calendar import EMAIL, GoogleCalendarFake
from fakes.graph_faults import Refused
from fakes.microsoft_graph import CLIENT_ID, CLIENT_SECRET, MicrosoftGraphFake

QUARTER = timedelta(minutes=15)
WINDOW = timedelta(days=30)
_OURS = re.compile(r"(M\d+)\b")


@dataclass
class Side:
    """One person and the service their calendar is at. `do` changes things there as its owner does."""

    who: Caller
    site: SignInWorld
    connection_id: str
    do: GoogleHands | MicrosoftHands
    is_withdrawn: bool = False
    policy: dict[str, str] = field(default_factory=dict)


class GoogleHands:
    """What Ana does in Google Calendar."""

    def __init__(self, fake: GoogleCalendarFake) -> None:
        self.fake, self.count = fake, 0

    def ours(self) -> list[tuple[str, str, datetime]]:
        """Return (id, title, start) of the meetings of ours that are there."""
        return [
            (item["id"], item["summary"], _at(item["start"]["dateTime"]))
            for item in self.fake.live()
            if _OURS.match(item.get("summary", ""))
        ]

    def foreign(self) -> list[str]:
        found = [item for item in self.fake.live() if item.get("summary", "").startswith("F")]
        return [item["id"] for item in found if "recurringEventId" not in item]

    def add(self, start: datetime, minutes: int, days: int) -> None:
        self.count += 1
        more = {"recurrence": [f"RRULE:FREQ=DAILY;COUNT={days}"]} if days > 1 else {}
        self.fake.put({"id": f"foreign{self.count:04d}", "summary": "F", **_google(start, minutes), **more})

    def move(self, event_id: str, start: datetime, minutes: int) -> None:
        self.fake.change(event_id, **_google(start, minutes))

    def rename(self, event_id: str, title: str) -> None:
        self.fake.change(event_id, summary=title)

    def remove(self, event_id: str) -> None:
        self.fake.remove(event_id)

    def skip(self, event_id: str, nth: int) -> None:
        """Cancel one occurrence of a series."""
        item = self.fake.calendars[EMAIL].items[event_id]
        if "recurrence" not in item:
            return
        day = _at(item["start"]["dateTime"]) + timedelta(days=nth)
        original = {"dateTime": day.isoformat(), "timeZone": "UTC"}
        self.fake.put(
            {"id": f"{event_id}_{day:%Y%m%d}", "recurringEventId": event_id, "originalStartTime": original,
             "status": "cancelled"}
        )  # fmt: skip

    def touch(self, event_id: str) -> None:
        self.fake.change(event_id)

    def busy(self) -> list[tuple[datetime, datetime]]:
        """Read the calendar day by day: what is in the way, series and their holes included."""
        items = self.fake.calendars[EMAIL].items.values()
        holes = {
            (item["recurringEventId"], _at(item["originalStartTime"]["dateTime"]))
            for item in items
            if "recurringEventId" in item
        }
        found = []
        for item in self.fake.live():
            if not item.get("summary", "").startswith("F"):
                continue
            start, end = _at(item["start"]["dateTime"]), _at(item["end"]["dateTime"])
            times = int(item["recurrence"][0].rpartition("=")[2]) if "recurrence" in item else 1
            starts = [start + timedelta(days=n) for n in range(times)]
            found += [(day, day + (end - start)) for day in starts if (item["id"], day) not in holes]
        return found

    def break_something(self, rng: random.Random) -> None:
        faults = self.fake.faults
        match rng.randrange(8):
            case 0:
                faults.dead_token = True
            case 1:
                faults.page_size, faults.empty_pages = rng.choice([1, 2, 3]), rng.random() < 0.5
            case 2:
                faults.dead_page, faults.page_size = True, 2
            case 3:
                answer = rng.choice(
                    [
                        (429, "rateLimitExceeded", "30"),
                        (403, "userRateLimitExceeded", ""),
                        (503, "backendError", ""),
                    ]
                )
                faults.answers += [answer] * rng.randint(1, 4)
            case 4:
                faults.lost_replies.append(rng.choice(["POST", "PATCH", "DELETE"]))
            case 5:
                faults.rotates = not faults.rotates
            case 6:
                self.fake.channels.lost += rng.randint(1, 5)
            case 7:
                self.fake.channels.each, self.fake.channels.is_reversed = (
                    rng.choice([1, 2, 3]),
                    rng.random() < 0.5,
                )

    def mend(self) -> None:
        self.fake.faults.__init__(rotates=self.fake.faults.rotates)  # type: ignore[misc]
        self.fake.channels.lost, self.fake.channels.each = 0, 1

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        return [(item.address, {"headers": item.headers}) for item in self.fake.channels.take()]


class MicrosoftHands:
    """What Bo does in Outlook."""

    def __init__(self, fake: MicrosoftGraphFake) -> None:
        self.fake = fake

    def ours(self) -> list[tuple[str, str, datetime]]:
        return [
            (item["id"], item["subject"], _at(item["start"]["dateTime"]))
            for item in self.fake.live()
            if _OURS.match(item["subject"])
        ]

    def foreign(self) -> list[str]:
        return [item["id"] for item in self.fake.live() if item["subject"].startswith("F")]

    def add(self, start: datetime, minutes: int, days: int) -> None:
        more: dict[str, Any] = {}
        if days > 1:
            pattern = {"type": "daily", "interval": 1}
            range_ = {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": days}
            more = {"recurrence": {"pattern": pattern, "range": {**range_, "recurrenceTimeZone": "UTC"}}}
        self.fake.put(subject="F", showAs="busy", **_graph(start, minutes), **more)

    def move(self, event_id: str, start: datetime, minutes: int) -> None:
        self.fake.change(event_id, **_graph(start, minutes))

    def rename(self, event_id: str, title: str) -> None:
        self.fake.change(event_id, subject=title)

    def remove(self, event_id: str) -> None:
        self.fake.remove(event_id)

    def skip(self, event_id: str, nth: int) -> None:
        item = next(item for item in self.fake.live() if item["id"] == event_id)
        if not item.get("recurrence"):
            return
        day = _at(item["start"]["dateTime"]) + timedelta(days=nth)
        with suppress(Refused):  # it is gone already
            self.fake.remove(self.fake.occurrence_id(event_id, f"{day:%Y-%m-%d}"))

    def touch(self, event_id: str) -> None:
        self.fake.touch(event_id)

    def busy(self) -> list[tuple[datetime, datetime]]:
        with self.fake.lock:
            now = self.fake.now()
            seen = self.fake.mailbox.view("", now - WINDOW, now + 2 * WINDOW)
            return [(one.begins, one.ends) for one in seen if one.item["subject"].startswith("F")]

    def break_something(self, rng: random.Random) -> None:
        faults = self.fake.faults
        match rng.randrange(9):
            case 0:
                faults.dead_token = rng.choice(["syncStateNotFound", "resyncRequired"])
            case 1:
                faults.page_size, faults.empty_pages = rng.choice([1, 2, 3]), rng.random() < 0.5
            case 2:
                faults.dead_page, faults.page_size = True, 2
            case 3:
                answer = rng.choice([(429, "ApplicationThrottled", "30"), (503, "serviceNotAvailable", "")])
                faults.answers += [answer] * rng.randint(1, 4)
            case 4:
                faults.lost_replies.append(rng.choice(["POST", "PATCH", "DELETE"]))
            case 5:
                faults.endless_pages = True
            case 6:
                faults.lost_pushes += rng.randint(1, 5)
            case 7:
                faults.pushes_each, faults.pushes_reversed = rng.choice([1, 2, 3]), rng.random() < 0.5
            case 8:
                faults.bare_occurrences, faults.tells_masters = rng.random() < 0.5, rng.random() < 0.5

    def mend(self) -> None:
        self.fake.faults.__init__()  # type: ignore[misc]

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        return [(item.url, {"json": item.body}) for item in self.fake.subscriptions.take()]


class TwoPeople:
    """Ana at Google and Bo at Microsoft, and what is known of the meetings they made."""

    def __init__(self, push: PushWorld, clock: Any, sides: list[Side], rng: random.Random) -> None:
        self.push, self.place, self.clock, self.sides, self.rng = push, push.place, clock, sides, rng
        # By name: the meeting, and whose it is.
        self.made: dict[str, tuple[str, Side]] = {}
        # Meetings that somebody called off, here or by deleting them there.
        self.called_off: set[str] = set()
        self.log: list[str] = []

    def note(self, what: str) -> None:
        self.log.append(f"{self.clock():%d %H:%M} {what}")

    # -- what happens

    async def something(self) -> None:
        """Let one thing happen, here or there."""
        rng, side = self.rng, self.rng.choice(self.sides)
        choices: list[tuple[int, Callable[[Side], Awaitable[None]]]] = [
            (6, self.book), (3, self.reschedule), (2, self.cancel), (5, self.edit_foreign), (6, self.edit_ours_there),
            (4, self.break_something), (1, self.withdraw), (2, self.come_back),
        ]  # fmt: skip
        weights = [weight for weight, _ in choices]
        [(_, act)] = rng.choices(choices, weights)
        await act(side)

    def some_time(self) -> datetime:
        """Return a quarter of an hour of the next weeks, late enough to still lie ahead in the end."""
        first = self.clock().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        return first + QUARTER * self.rng.randrange(4 * 24 * 20)

    async def book(self, side: Side) -> None:
        other = next(one for one in self.sides if one is not side)
        title, start = f"M{len(self.made) + 1}", self.some_time()
        try:
            draft = Draft([other.who.member_id], start, 30, title)
            done = await self.place.world.bookings.confirm(side.who, draft)
        except errors.SlotTaken:
            return
        except errors.Unavailable:
            return
        self.made[title] = done.body["booking_id"], side
        self.note(f"{title} booked at {start:%d %H:%M}")

    async def _some_meeting(self) -> tuple[str, str] | None:
        alive = [name for name in self.made if name not in self.called_off]
        return (name := self.rng.choice(alive), self.made[name][0]) if alive else None

    async def reschedule(self, side: Side) -> None:
        if (found := await self._some_meeting()) is None:
            return
        start = self.some_time()
        try:
            await self.place.world.bookings.reschedule(side.who, found[1], start)
        except (errors.SlotTaken, errors.Conflict, errors.Invalid, errors.Unavailable) as error:
            self.note(f"{found[0]} not moved here: {error}")
            return
        self.note(f"{found[0]} moved here to {start:%d %H:%M}")

    async def cancel(self, side: Side) -> None:
        if (found := await self._some_meeting()) is None:
            return
        try:
            await self.place.world.bookings.cancel(side.who, found[1], "")
        except errors.Conflict:
            return
        self.called_off.add(found[0])
        self.note(f"{found[0]} cancelled here")

    async def edit_foreign(self, side: Side) -> None:
        rng, there = self.rng, side.do.foreign()
        if not there or rng.random() < 0.5:
            side.do.add(self.some_time(), rng.choice([15, 30, 60, 90]), rng.choice([1, 1, 1, 5]))
            return
        event_id = rng.choice(there)
        match rng.randrange(4):
            case 0:
                side.do.remove(event_id)
            case 1:
                side.do.skip(event_id, rng.randrange(5))
            case 2:
                side.do.touch(event_id)
            case 3:
                side.do.move(event_id, self.some_time(), rng.choice([15, 30, 60]))

    async def edit_ours_there(self, side: Side) -> None:
        ours = [item for item in side.do.ours() if item[2] > self.clock() + timedelta(hours=1)]
        if not ours:
            return
        event_id, title, _ = self.rng.choice(ours)
        match self.rng.randrange(6):
            case 0 | 1 | 2:
                start = self.some_time()
                side.do.move(event_id, start, 30)
                self.note(f"{title} moved in {side.site.kind} to {start:%d %H:%M}")
            case 3:
                side.do.rename(event_id, f"{title}'"[:20])
                self.note(f"{title} renamed in {side.site.kind}")
            case 4:
                side.do.touch(event_id)
            case 5:
                side.do.remove(event_id)
                self.called_off.add(name_of(title))
                self.note(f"{title} deleted in {side.site.kind}")

    async def break_something(self, side: Side) -> None:
        side.do.break_something(self.rng)

    async def withdraw(self, side: Side) -> None:
        side.site.fake.withdraw()
        side.is_withdrawn = True
        self.note(f"consent withdrawn at {side.site.kind}")

    async def come_back(self, side: Side) -> None:
        if side.is_withdrawn:
            side.do.mend()
            done = await side.site.consent(side.who, connection_id=side.connection_id)
            assert done.problem == "", done
            side.is_withdrawn = False
            self.note(f"consent given again at {side.site.kind}")

    # -- what the platform does meanwhile

    async def work(self) -> None:
        """Let notifications arrive and run what is due, in no particular order, some of it twice."""
        for side in self.sides:
            for address, what in side.do.notices():
                answer = await self.push.client.post(address, **what)
                assert answer.status_code in (202, 404), answer.text
        steps = [self.push.run, self.push.run_reads, self._reads, self.place.run_writes, self.place.weigh]
        self.rng.shuffle(steps)
        for step in steps:
            await step()
            if self.rng.random() < 0.1:
                await step()

    async def _reads(self) -> None:
        await self.place.sync.queue_due()
        jobs = self.place.world.jobs
        due = jobs.named("sync_connection")
        jobs.deferred = [job for job in jobs.deferred if job[0] != "sync_connection"]
        for args in due:
            await self.place.sync.sync_connection(**args)

    # -- the end

    async def come_to_rest(self) -> None:
        """Mend everything, decide what is open, and let two more days pass."""
        for side in self.sides:
            side.do.mend()
            await self.come_back(side)
        for turn in range(24):
            self.clock.advance(hours=2)
            await self.work()
            if turn in (3, 6, 9, 12):
                await self._decide()

    async def _decide(self) -> None:
        for side in self.sides:
            for conflict in await self.place.two_way.conflicts.mine(side.who, "open"):
                choice = self.rng.choice(["ours", "theirs"])
                try:
                    await self.place.two_way.conflicts.resolve(side.who, conflict.conflict_id, choice)
                except (errors.SlotTaken, errors.Conflict, errors.Forbidden, errors.Invalid):
                    choice = "ours"
                    try:
                        await self.place.two_way.conflicts.resolve(side.who, conflict.conflict_id, "ours")
                    except (errors.Conflict, errors.Forbidden):
                        continue
                self.note(f"{conflict.conflict_id} ({conflict.kind}) decided: {choice}")

    async def check(self) -> None:
        """Both sides say the same: one event for each meeting and person, and the time that is really taken."""
        now = self.clock()
        there = [(side, side.do.ours()) for side in self.sides]
        for name, (booking_id, host) in self.made.items():
            booking = await self.place.world.bookings.get(self.sides[0].who, booking_id)
            start, is_off = _at(booking["start"]), booking["state"] == "cancelled"
            assert not is_off or name in self.called_off, f"{name} was cancelled, and nobody did that"
            if start <= now:
                continue
            for side, items in there:
                found = [(title, at) for _, title, at in items if name_of(title) == name]
                # What others call it in their own calendars stays theirs.
                title = booking["title"] if side is host or not found else found[0][0]
                wanted = [] if is_off else [(title, start)]
                assert found == wanted, f"{name} in {side.site.kind}: {found}, and here {wanted}"
        for side in self.sides:
            view = await self.place.connections.get(side.who, side.connection_id)
            assert view.row.state == "ok", (side.site.kind, view.row.state, view.row.error_code)
            told = [(start, end) for start, end, _ in await self.place.busy(side.who, WINDOW.days)]
            assert _within(told, now) == _within(side.do.busy(), now), side.site.kind


def name_of(title: str) -> str:
    found = _OURS.match(title)
    assert found, title
    return found[1]


def _within(times: list[tuple[datetime, datetime]], now: datetime) -> list[tuple[int, int]]:
    until = now + WINDOW
    cut = [(max(start, now), min(end, until)) for start, end in times if end > now and start < until]
    return list(union([(int(start.timestamp()), int(end.timestamp())) for start, end in cut]))


def _at(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def _google(start: datetime, minutes: int) -> dict[str, Any]:
    ends = start + timedelta(minutes=minutes)
    return {
        name: {"dateTime": at.isoformat(), "timeZone": "UTC"}
        for name, at in (("start", start), ("end", ends))
    }


def _graph(start: datetime, minutes: int) -> dict[str, Any]:
    ends = start + timedelta(minutes=minutes)
    return {
        name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
        for name, at in (("start", start), ("end", ends))
    }


def _pace(clock: Any, per_second: float, burst: int) -> RequestPace:
    """Return the pace of a service in virtual time: who waits lets it pass."""

    async def sleep(seconds: float) -> None:
        clock.advance(seconds=seconds + 0.001)  # a datetime knows nothing shorter than a microsecond

    rate = Rate(per_second, burst)
    return RequestPace(rate, rate, ticks=lambda: clock().timestamp(), sleep=sleep)


@asynccontextmanager
async def two_people(
    db: Database, clock: Any, google: GoogleCalendarFake, microsoft: MicrosoftGraphFake, seed: int
) -> AsyncIterator[TwoPeople]:
    """Make the world of a seed, both accounts connected and read."""
    rng = random.Random(seed)
    google.channels.clock = microsoft.clock = clock
    http = HttpClient(["127.0.0.1"])
    endpoints = MicrosoftEndpoints(CLIENT_ID, CLIENT_SECRET, login_url=microsoft.url, graph_url=microsoft.url)
    async with google_world(db, clock, google) as at_google, push_world(at_google.place) as push:
        place = at_google.place
        service = place.connections
        providers = {
            "google": GoogleCalendarProvider(http, google_endpoints(google.url), clock, _pace(clock, 8, 60)),
            "microsoft": MicrosoftCalendarProvider(http, endpoints, clock, _pace(clock, 12, 60)),
        }
        service.providers.update(providers)  # type: ignore[attr-defined]
        oauth = CalendarOAuth(
            db, clock, place.world.jobs, service.sealer, service.providers, service, BASE_URL
        )
        at_microsoft = SignInWorld("microsoft", place, microsoft, oauth)

        async def outside(url: str, content_type: str, body: bytes) -> tuple[int, str, str]:
            async with httpx.AsyncClient(transport=push.client._transport) as client:
                answer = await client.post(url, content=body, headers={"Content-Type": content_type})
                return answer.status_code, answer.headers["content-type"], answer.text

        microsoft.subscriptions.post = outside
        sides = []
        for name, site, hands in (
            ("Ana Ruiz", at_google, GoogleHands(google)),
            ("Bo Lind", at_microsoft, MicrosoftHands(microsoft)),
        ):
            who = await place.world.person(name, "UTC")
            view = await site.connect(who)
            policy = {
                "on_move": rng.choice(["reschedule", "reschedule", "propose"]),
                "on_delete": rng.choice(["cancel", "cancel", "ask"]),
                "conflict_rule": rng.choice(["ours", "theirs", "ask"]),
            }
            await place.two_way.policies.change(who, view.row.connection_id, policy)
            sides.append(Side(who, site, view.row.connection_id, hands, policy=policy))
        yield TwoPeople(push, clock, sides, rng)
    await http.close()
