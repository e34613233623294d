"""Booking links of an application, and visitors who use them as browsers without script would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import html

from convene.core.permissions import Caller
from factories.receivers import App, ApplicationWorld

DAY = "2026-11-24"
CALLBACK = "https://app.example.com/scheduled"


def at(text: str) -> str:
    """`"09:00"` of the tests' day (a Tuesday), or any longer text as it is."""
    return f"{DAY}T{text}:00Z" if len(text) == 5 else text


def query(
    *subs: str, minutes: int = 60, start: str = "09:00", end: str = "12:00", **more: Any
) -> dict[str, Any]:
    """An availability query for all of these accounts."""
    return {
        "participants": [{"members": [{"sub": sub} for sub in subs], "required": "all"}],
        "required_duration": {"minutes": minutes},
        "query_periods": [{"start": at(start), "end": at(end)}],
        **more,
    }


@dataclass
class Links:
    """An application with Ana and Bo, who have authorized it."""

    world: ApplicationWorld
    app: App
    ana: Caller
    bo: Caller
    calendars: dict[str, str] = field(default_factory=dict)

    async def make(self, path: str = "/v1/real_time_scheduling", **members: Any) -> dict[str, Any]:
        """Make a link; members replace those of an ordinary one, None leaves one out."""
        answer = await self.post(path, **members)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str = "/v1/real_time_scheduling", **members: Any) -> httpx.Response:
        body = {
            "oauth": {"redirect_uri": "https://app.example.com/back"},
            "event": {"event_id": "e9", "summary": "Interview", "tzid": "Europe/London"},
            "availability": query(self.ana.member_id),
            "target_calendars": [
                {"sub": self.ana.member_id, "calendar_id": self.calendars[self.ana.member_id]}
            ],
            "callback_urls": {"completed_url": CALLBACK},
            **members,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        return await self.app.http.post(path, json=sent)

    async def status(self, made: dict[str, Any]) -> dict[str, Any]:
        link_id = made["real_time_scheduling"]["real_time_scheduling_id"]
        answer = await self.app.http.get(f"/v1/real_time_scheduling/{link_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()["real_time_scheduling"]

    async def visitor(self, ip: str = "203.0.113.5", **headers: str) -> Visitor:
        client = await self.world.stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(self.world.installation.app, client=(ip, 4000)),
                base_url=self.world.installation.settings.base_url,
                headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en-GB", **headers},
            )
        )
        return Visitor(client)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.world.installation.platform.db.connection() as conn:
            return await (await conn.execute(sql)).fetchall()


@dataclass
class Visitor:
    """Somebody with a browser that runs no scripts."""

    http: httpx.AsyncClient

    async def open(self, url: str, **params: str) -> Page:
        return Page(self, await self.http.get(url, params=params or None))

    async def book(self, url: str, start: str, name: str = "Cy", email: str = "cy@example.org") -> Page:
        """Open a time's form, fill it in and press the button."""
        page = await self.open(url, at=at(start))
        assert page.status == 200, page.text
        return await page.submit(name=name, email=email)


@dataclass
class Page:
    visitor: Visitor
    answer: httpx.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        """What can be read on the page, in one line."""
        return re.sub(
            r"\s+", " ", " ".join(html.fromstring(self.answer.text).find("body").itertext())
        ).strip()

    @property
    def times(self) -> list[str]:
        return html.fromstring(self.answer.text).xpath("//*[contains(@class,'time-list')]//time/@datetime")

    def find(self, path: str) -> list[Any]:
        return html.fromstring(self.answer.text).xpath(path)

    async def follow(self, words: str) -> Page:
        """Press the link with these words."""
        [href] = [a.get("href") for a in self.find("//a") if words in a.text_content()]
        return await self.visitor.open(href)

    async def submit(self, button: int | None = None, **typed: str) -> Page:
        """Fill in the page's last form of its own and press a button, by place if it has several."""
        form = next(form for form in html.fromstring(self.answer.text).forms if form.method == "POST")
        fields = {name: value or "" for name, value in form.form_values()}
        pressed = form.xpath(".//button")[button or 0]
        if pressed.get("name"):
            fields[pressed.get("name")] = pressed.get("value")
        answer = await self.visitor.http.post(form.action, data={**fields, **typed})
        return Page(self.visitor, answer)

    async def go_on(self) -> Page:
        """Follow the redirect."""
        assert self.answer.status_code == 303, (self.answer.status_code, self.text)
        return await self.visitor.open(self.answer.headers["location"])


async def make_links(world: ApplicationWorld) -> Links:
    app = await world.application()
    found = Links(world, app, await world.person("Ana"), await world.person("Bo"))
    for who in (found.ana, found.bo):
        await world.authorize(app, who)
        found.calendars[who.member_id] = await world.calendar_of(who)
    return found
