"""Filling a new installation with the demonstration's people, calendars, conversations and meetings.

Everything goes through the product's own interfaces, most of it over HTTP as the people themselves, with a clock that
walks from last week to the present: what a visitor finds is what the product makes.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx

from convene.bootstrap import Installation
from convene.core.instants import from_seconds
from convene.core.permissions import ROLE_GRANTS, Caller
from convene.demo.calendars import CALENDARS, texts
from convene.demo.conversations import CHANNELS, DIRECT, Said
from convene.demo.people import ORGANIZATION, PASSWORD, PEOPLE, ROOMS, rules_of
from convene.demo.radicale_server import RadicaleServer
from convene.edge.requests import format_instant
from convene.identity import operator
from convene.identity.accounts import NewPerson
from convene.services.event_rows import details_of, occurrences_of, store_rows
from convene.storage import calendars
from convene.storage.events import NewEvent

WINDOW = (timedelta(days=7), timedelta(days=400))


class WalkingClock:
    """A clock that seeding sets to when things happened."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


class Seeding:
    """Args:
    present: the instant at which the demonstration begins; everything seeded lies before it.
    """

    def __init__(
        self,
        installation: Installation,
        clock: WalkingClock,
        present: datetime,
        radicale: RadicaleServer | None,
    ) -> None:
        self.installation = installation
        self.clock = clock
        self.present = present
        self.radicale = radicale
        self.subs: dict[str, str] = {}
        self.org_id = ""
        self.clients: dict[str, httpx.AsyncClient] = {}

    async def run(self) -> None:
        """Do all of it. The installation must be empty."""
        await self._people()
        try:
            await self._calendars()
            await self._past()
            self.clock.now = self.present
            await self._upcoming()
            await self._read_up()
        finally:
            for client in self.clients.values():
                await client.aclose()

    # -- people and calendars

    async def _people(self) -> None:
        identity = self.installation.identity
        self.org_id = (await identity.accounts.create_organization(ORGANIZATION)).org_id
        for person in PEOPLE:
            account = await identity.accounts.create(
                operator(self.org_id),
                NewPerson(
                    email=person.email,
                    name=person.name,
                    tzid=person.tzid,
                    role=person.role,  # type: ignore[arg-type]
                    title=person.title,
                    pronouns=person.pronouns,
                    phone=person.phone,
                ),
                password=PASSWORD,
            )
            self.subs[person.key] = account.account_id
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(self.installation.app),
                base_url=identity.base_url,
                headers={"origin": identity.base_url},
            )
            self.clients[person.key] = client
            await self._call(person.key, "POST", "/api/demo/session", {"sub": account.account_id})
            await self._call(person.key, "PUT", "/api/availability-rules", rules_of(person))
            if person.sharing != "free_busy":
                await self._call(person.key, "PATCH", "/api/members/me", {"sharing": person.sharing})
        for room in ROOMS:
            await self._call("bo", "POST", "/api/resources", room)

    async def _calendars(self) -> None:
        zones = {person.key: person.tzid for person in PEOPLE}
        for key, owned in CALENDARS.items():
            for name in owned:
                found = texts(key, name, zones[key], self.present.date())
                if key == "ana" and self.radicale is not None:
                    await self.radicale.fill(name, found)
                else:
                    await self._built_in(key, zones[key], found)
        if self.radicale is not None:
            self.clock.now = self.present
            await self._call(
                "ana",
                "POST",
                "/api/calendar-connections",
                {
                    "kind": "caldav",
                    "url": self.radicale.url,
                    "username": self.radicale.username,
                    "password": self.radicale.password,
                    "label": "Radicale",
                },
            )
            await self._work_off()

    async def _built_in(self, key: str, tzid: str, found: list[tuple[str, str]]) -> None:
        """Put events into the built-in calendar, read as any other calendar's would be."""
        start, end = self.present - WINDOW[0], self.present + WINDOW[1]
        parsed = await self.installation.parser.read(found, tzid, start, end)
        caller = Caller(
            self.org_id, "system", self.subs[key], grants=ROLE_GRANTS["member"] | {"calendars:read"}
        )
        [view, *_] = await self.installation.platform.connections.mine(caller)
        raws = dict(found)
        async with self.installation.platform.db.transaction() as conn:
            [calendar] = await calendars.list_calendars(conn, self.org_id, [view.row.connection_id])
            await store_rows(
                conn,
                calendar,
                [
                    NewEvent(
                        remote_id=item.remote_id,
                        uid=item.uid,
                        etag="",
                        raw=raws[item.remote_id],
                        summary=item.summary,
                        booking_id=None,
                        problem=item.problem,
                        blocks=[
                            (from_seconds(block[0]), from_seconds(block[1]), block[2])
                            for block in item.blocks
                        ],
                        details=details_of(item),
                        occurrences=occurrences_of(item, calendar),
                    )
                    for item in parsed
                ],
                generation=0,
                now=self.present,
                window_start=start,
            )

    # -- what has happened so far

    async def _past(self) -> None:
        happened: list[tuple[datetime, str, str, str]] = []
        for (one, two), said in DIRECT.items():
            self.clock.now = self.present - timedelta(days=6)
            made = await self._call(
                one, "POST", "/connect/api/conversations", {"kind": "dm", "with": self.subs[two]}
            )
            happened += [(self._when(item), made["conversation_id"], item.by, item.text) for item in said]
        for name, (topic, members, said) in CHANNELS.items():
            body = {"kind": "channel", "name": name, "topic": topic}
            made = await self._call(members[0], "POST", "/connect/api/conversations", body)
            for member in members[1:]:
                await self._call(member, "POST", f"/connect/api/conversations/{made['conversation_id']}/join")
            happened += [(self._when(item), made["conversation_id"], item.by, item.text) for item in said]
        await self._past_meeting()
        for when, conversation_id, by, text in sorted(happened):
            self.clock.now = when
            await self._call(
                by,
                "POST",
                f"/connect/api/conversations/{conversation_id}/messages",
                {"body": text, "client_nonce": str(uuid4())},
            )

    def _when(self, item: Said) -> datetime:
        day = (self.present - timedelta(days=item.days_ago)).date()
        return datetime.combine(day, time.fromisoformat(item.at), self.present.tzinfo)

    async def _past_meeting(self) -> None:
        """Ana and Bo have met already: booked last week, at the first time that suited both."""
        self.clock.now = self.present - timedelta(days=6)
        await self._meet(
            "ana", "bo", self.clock.now, timedelta(days=5), "Launch readiness", "Go through the open risks."
        )

    async def _upcoming(self) -> None:
        """Priya and Bo will meet to talk about the dark theme."""
        await self._meet(
            "priya", "bo", self.present, timedelta(days=10), "Dark theme", "Contrast of the booking card."
        )

    async def _meet(
        self, by: str, other: str, start: datetime, within: timedelta, title: str, note: str
    ) -> None:
        found = await self._call(
            by,
            "GET",
            "/connect/api/availability",
            params={
                "with": self.subs[other],
                "from": format_instant(start.replace(minute=0, second=0, microsecond=0)),
                "to": format_instant(start + within),
                "duration_minutes": "30",
            },
        )
        slots = [slot for slot in found["slots"] if not slot.get("outside_hours")] or found["slots"]
        if not slots:
            return
        await self._call(
            by,
            "POST",
            "/connect/api/bookings",
            {
                "with": [self.subs[other]],
                "start": slots[0]["start"],
                "duration_minutes": 30,
                "title": title,
                "note": note,
            },
            headers={"Idempotency-Key": str(uuid4())},
        )
        await self._work_off()

    async def _read_up(self) -> None:
        """Everybody has read everything, except the last words that Bo and Ana were sent."""
        for person in PEOPLE:
            start = await self._call(person.key, "GET", "/connect/api/start")
            for conversation in start["conversations"]:
                last = conversation["last_seq"]
                if conversation["kind"] == "dm" and person.key == "bo":
                    last -= 1
                if last > 0:
                    await self._call(
                        person.key,
                        "POST",
                        f"/connect/api/conversations/{conversation['conversation_id']}/read",
                        {"seq": last},
                    )

    # -- the two ways in

    async def _call(
        self,
        who: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        answer = await self.clients[who].request(method, path, json=body, params=params, headers=headers)
        if answer.is_error:
            raise RuntimeError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    async def _work_off(self) -> None:
        """Run the jobs that are due: webhooks to Connect, the first reading of calendars, write-back."""
        await self.installation.jobs.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
        )
