"""Booking pages of members, and the people who visit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from convene.core.permissions import ROLE_GRANTS, Caller
from convene.identity import operator
from convene.identity.accounts import NewPerson
from factories.links import Page, Visitor
from factories.receivers import ApplicationWorld

# The tests' present is a Friday morning; this is the Tuesday after it, in London.
TUESDAY = "2026-11-24"


@dataclass
class Member:
    """Somebody of the organisation and their client of `/api`."""

    who: Caller
    http: httpx.AsyncClient

    @property
    def sub(self) -> str:
        return self.who.member_id

    async def make(self, **members: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/booking-pages", json={"name": "Intro call", **members})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def page(self, page: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.get(f"/api/booking-pages/{page['page_id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, page: dict[str, Any], **members: Any) -> httpx.Response:
        return await self.http.patch(f"/api/booking-pages/{page['page_id']}", json=members)

    async def bookings(self) -> list[dict[str, Any]]:
        when = {"from": "2026-11-20T00:00:00Z", "to": "2027-01-31T00:00:00Z"}
        answer = await self.http.get("/api/bookings", params=when)
        assert answer.status_code == 200, answer.text
        return answer.json()["bookings"]

    async def keep_hours(self, **members: Any) -> None:
        """Save working hours: Monday to Friday, nine to five in London."""
        days = ("monday", "tuesday", "wednesday", "thursday", "friday")
        hours = {
            "tzid": "Europe/London",
            "weekly_periods": [{"day": day, "start_time": "09:00", "end_time": "17:00"} for day in days],
            "date_overrides": [],
            "buffer_before_minutes": 0,
            "buffer_after_minutes": 0,
            "minimum_notice_minutes": 0,
            "horizon_days": 60,
            "start_interval_minutes": 30,
            "daily_limit": None,
            **members,
        }
        answer = await self.http.put("/api/availability-rules", json=hours)
        assert answer.status_code == 200, answer.text


@dataclass
class Pages:
    world: ApplicationWorld
    visitors: int = 0
    members: dict[str, Member] = field(default_factory=dict)

    async def member(self, name: str) -> Member:
        """Add somebody to the organisation."""
        who = await self.world.person(name)
        issued = await self.world.installation.identity.keys.issue_personal_token(
            operator(self.world.org_id), who.member_id, "Token"
        )
        self.members[name] = Member(who, await self.world.client(issued.secret.reveal()))
        return self.members[name]

    async def administrator(self) -> Member:
        """Add an administrator, whom no page concerns."""
        identity, us = self.world.installation.identity, operator(self.world.org_id)
        made = await identity.accounts.create(
            us, NewPerson("eli@example.com", "Eli", "Europe/London", "admin")
        )
        issued = await identity.keys.issue_personal_token(us, made.account_id, "Token")
        who = Caller(self.world.org_id, "session", made.account_id, "admin", grants=ROLE_GRANTS["admin"])
        return Member(who, await self.world.client(issued.secret.reveal()))

    async def visitor(self) -> Visitor:
        """Somebody from a network of their own."""
        self.visitors += 1
        client = await self.world.stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(
                    self.world.installation.app, client=(f"203.0.{self.visitors}.5", 4000)
                ),
                base_url=self.world.installation.settings.base_url,
                headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en-GB"},
            )
        )
        return Visitor(client)

    async def times(self, page: dict[str, Any], day: str = TUESDAY) -> list[str]:
        """What a visitor is offered on a day: `["09:00", …]` in London."""
        shown = await (await self.visitor()).open(page["url"], day=day, tzid="Europe/London")
        assert shown.status == 200, shown.text
        return [start[11:16] for start in shown.times if start.startswith(day)]

    async def book(self, page: dict[str, Any], time: str, day: str = TUESDAY, **typed: str) -> Page:
        visitor = await self.visitor()
        form = await visitor.open(page["url"], at=f"{day}T{time}:00Z")
        while form.status == 503:
            form = await visitor.open(page["url"], at=f"{day}T{time}:00Z")
        assert form.status == 200, form.text
        done = await form.submit(name="Cy", email="cy@example.org", **typed)
        while done.status == 503:  # many book at this moment, says the page: press the button again
            done = await done.submit(name="Cy", email="cy@example.org", **typed)
        return done
