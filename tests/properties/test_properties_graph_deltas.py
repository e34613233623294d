"""Whatever people do in Outlook, and whatever Graph leaves out, doubles or forgets: what deltas leave held is what is there.

The plain reading is the fake's own view of the window; ours is the texts that were told, put together round by round.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from convene.ports.calendars import Changes, Credentials
from convene.providers.http_client import Answer
from convene.providers.microsoft_calendar import MicrosoftCalendarProvider
from convene.providers.microsoft_session import MailboxTurns, MicrosoftEndpoints
from convene.providers.request_pace import Rate, RequestPace
from fakes.microsoft_graph import CALENDAR, EMAIL, USER, WRITE, MicrosoftGraphFake

HOST = "http://graph.test"
BEGIN = datetime(2026, 11, 21, 8, tzinfo=UTC)
ZONES = ["Europe/Berlin", "W. Europe Standard Time", "America/New_York", "UTC"]
SHOWN = ["free", "tentative", "busy", "oof", "workingElsewhere"]
FREE = {"free", "workingElsewhere"}


class InProcess:
    """The fake, asked without a network."""

    def __init__(self, fake: MicrosoftGraphFake) -> None:
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(fake.app()), base_url=HOST)

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes, limits: object
    ) -> Answer:
        got = await self.client.request(method, url, headers=dict(headers), content=content)
        return Answer(
            got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content, url
        )


class Calendar:
    """What somebody does to it, and what we hold of it."""

    def __init__(self) -> None:
        self.fake = MicrosoftGraphFake()
        self.fake.url = HOST
        self.now = BEGIN
        self.fake.clock = lambda: self.now
        self.ids: list[str] = []
        self.held: dict[str, tuple[str, str]] = {}
        self.cursor: dict[str, Any] = {}
        self.provider = MicrosoftCalendarProvider(
            InProcess(self.fake),  # type: ignore[arg-type]
            MicrosoftEndpoints("id", "secret", graph_url=HOST),
            lambda: self.now,
        )
        # The time of this test is not that in which requests are counted.
        self.provider._turns = MailboxTurns(RequestPace(Rate(1e9, 10**9), Rate(1e9, 10**9)))
        _, access = self.fake.issue(WRITE, USER)
        self.credentials = Credentials(HOST, EMAIL, access, frozenset({WRITE, USER}))

    # -- what people do

    def act(self, kind: str, which: int, day: int, hour: int, more: int) -> None:
        faults, fake = self.fake.faults, self.fake
        if kind == "fault":
            faults.page_size = [1000, 3, 1][more % 3]
            faults.bare_occurrences, faults.tells_masters = bool(day % 2), bool(day % 3)
            faults.empty_pages, faults.strange_removals = hour % 3 == 0, bool(hour % 2)
            faults.dead_token = "syncStateNotFound" if more == 5 else ""
            faults.endless_pages = more == 6
        elif kind == "later":
            self.now += timedelta(days=1 + day % 32)
        elif kind == "put" or not self.ids:
            self.ids.append(
                fake.put(subject=f"e{len(self.ids)}", showAs=SHOWN[more % 5], **self._times(day, hour, more))
            )
        elif kind == "series":
            times = self._times(day, hour, more)
            self.ids.append(
                fake.put(
                    subject="s", showAs=SHOWN[more % 5], recurrence=_daily(times, 1 + which % 6), **times
                )
            )
        else:
            self._change(kind, self.ids[which % len(self.ids)], day, hour, more)

    def _change(self, kind: str, event: str, day: int, hour: int, more: int) -> None:
        fake = self.fake
        seen = fake.mailbox.find(event)
        if kind == "remove":
            fake.remove(event)
            self.ids.remove(event)
        elif kind == "touch":
            fake.touch(event)
        elif kind == "show":
            fake.change(event, showAs=SHOWN[more % 5])
        elif kind == "far":
            # Out of the window, or far into it.
            fake.change(event, recurrence=None, **self._times(day * 40 - 300, hour, 0))
        elif kind in ("move", "turn") and (seen.kind != "seriesMaster" or kind == "turn"):
            times = self._times(day, hour, more)
            is_turned = kind == "turn" and seen.kind != "seriesMaster"
            fake.change(event, recurrence=_daily(times, 1 + more) if is_turned else None, **times)
        elif seen.kind == "seriesMaster" and kind in ("skip", "shift"):
            far = BEGIN + timedelta(days=2_000)
            days = [one.day for one in fake.mailbox.instances(seen.held, BEGIN - timedelta(days=900), far)]
            if days and kind == "skip":
                fake.remove(fake.occurrence_id(event, days[day % len(days)]))
            elif days:
                moved = self._times(day, hour, more)
                fake.change(fake.occurrence_id(event, days[more % len(days)]), showAs=SHOWN[day % 5], **moved)

    def _times(self, day: int, hour: int, more: int) -> dict[str, Any]:
        start = datetime(2026, 11, 21) + timedelta(days=day * (40 if more == 7 else 1), hours=hour)
        tzid = ZONES[more % len(ZONES)]
        return {
            name: {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": tzid}
            for name, moment in (("start", start), ("end", start + timedelta(minutes=30 + 15 * more)))
        }

    # -- what we hold

    async def read(self) -> None:
        known = {remote_id: etag for remote_id, (etag, _) in self.held.items()}
        changes: Changes = await self.provider.changes(self.credentials, CALENDAR, self.cursor, known)
        if changes.is_full:
            self.held = {remote_id: self.held[remote_id] for remote_id in changes.unchanged}
        for remote_id in changes.deleted:
            del self.held[remote_id]
        self.held |= {event.remote_id: (event.etag, event.raw) for event in changes.changed}
        self.cursor = changes.cursor

    def ours(self) -> list[tuple[datetime, datetime, bool]]:
        return sorted(_times_of(raw) for _, raw in self.held.values())

    def theirs(self) -> list[tuple[datetime, datetime, bool]]:
        if "start" in self.cursor:
            window = [datetime.fromisoformat(self.cursor[name]) for name in ("start", "end")]
        else:
            today = self.now.replace(hour=0)
            window = [today - timedelta(days=45), today + timedelta(days=435)]
        found = self.fake.mailbox.view(CALENDAR, *window)
        return sorted((seen.begins, seen.ends, seen.item["showAs"] in FREE) for seen in found)


def _daily(times: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "pattern": {"type": "daily", "interval": 1},
        "range": {
            "type": "numbered",
            "numberOfOccurrences": number,
            "startDate": times["start"]["dateTime"][:10],
        },
    }


def _times_of(raw: str) -> tuple[datetime, datetime, bool]:
    lines = raw.replace("\r\n ", "").splitlines()
    start, end = (
        _moment(next(line for line in lines if line.startswith(name))) for name in ("DTSTART", "DTEND")
    )
    return start, end, "TRANSP:TRANSPARENT" in lines


def _moment(line: str) -> datetime:
    head, _, value = line.rpartition(":")
    tzid = head.partition("TZID=")[2] or "UTC"
    return (
        datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(tzid)).astimezone(UTC)
    )


KINDS = [
    "put",
    "series",
    "remove",
    "touch",
    "show",
    "move",
    "turn",
    "turn",
    "skip",
    "shift",
    "fault",
    "later",
    "far",
]
steps = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 40), st.integers(0, 23), st.integers(0, 7)
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(steps, st.booleans()), min_size=1, max_size=20))
def test_what_is_held_is_what_is_there(done: list[tuple[tuple[str, int, int, int, int], bool]]) -> None:
    async def run() -> None:
        calendar = Calendar()
        for number in range(4):
            calendar.act("series" if number % 2 else "put", number, number, 9, number)
        await calendar.read()
        for step, is_read in [*done, (("touch", 0, 0, 0, 0), True)]:
            calendar.act(*step)
            if is_read:
                await calendar.read()
                assert calendar.ours() == calendar.theirs()

    anyio.run(run)
