"""`include=busy` through HTTP: when people are not free, for drawing; no more of anybody than they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from convene.bootstrap import Installation, open_installation
from convene.identity.accounts import NewPerson
from convene.identity.service import operator
from convene.security.tokens import new_id
from convene.settings import Settings
from convene.storage import calendars, connections, events
from convene.storage.database import Database
from factories.platform import always_open

PASSWORD = "seven tall herons"
BASE_URL = "http://convene.test"
DAY = "2026-11-24"
WEEK = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-30T00:00:00Z", "duration_minutes": "30"}


class Page:
    """A signed-in browser without a window."""

    def __init__(self, whole: Installation, org_id: str, sub: str) -> None:
        self.org_id, self.sub = org_id, sub
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=whole.app), base_url=BASE_URL, headers={"Origin": BASE_URL}
        )

    async def put_hours(self, **changes: Any) -> None:
        answer = await self.client.put(
            "/api/availability-rules", json=always_open("Europe/London", **changes)
        )
        assert answer.status_code == 200, answer.text

    async def ask(self, *others: Page, **changes: str) -> dict[str, Any]:
        params = {
            **WEEK,
            "participants": ",".join(page.sub for page in (self, *others)),
            "flexible": self.sub,
            "include": "busy",
            **changes,
        }
        answer = await self.client.get("/api/availability", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def seen(self, other: Page, **changes: str) -> Any:
        """What is told of somebody's busy time, as `(start, end, kind)` of the day."""
        answer = await self.ask(other, **changes)
        told = {person["sub"]: person for person in answer["participants"]}[other.sub]
        if told["busy"] is None:
            return told["state"], None
        assert all(set(item) == {"start", "end", "kind"} for item in told["busy"])
        return told["state"], [
            (item["start"].removeprefix(f"{DAY}T"), item["end"].removeprefix(f"{DAY}T"), item["kind"])
            for item in told["busy"]
        ]


@pytest.fixture
async def whole(db: Database, database_url: str, tmp_path: Any, clock: Any) -> AsyncIterator[Installation]:
    settings = Settings.from_env(
        {"DATABASE_URL": database_url, "CONVENE_DATA": str(tmp_path), "CONVENE_BASE_URL": BASE_URL}
    )
    async with open_installation(settings, clock=clock) as installation:
        yield installation


@pytest.fixture
async def pages(whole: Installation) -> AsyncIterator[tuple[Page, Page]]:
    """Ana and Bo, who work around the clock."""
    org_id = (await whole.identity.accounts.create_organization("Globex")).org_id
    made = []
    for name in ("Ana", "Bo"):
        person = NewPerson(f"{name.lower()}@example.com", name, "Europe/London")
        account = await whole.identity.accounts.create(operator(org_id), person, password=PASSWORD)
        page = Page(whole, org_id, account.account_id)
        signed = await page.client.post("/api/session", json={"email": account.email, "password": PASSWORD})
        assert signed.status_code == 200, signed.text
        await page.put_hours()
        made.append(page)
    yield made[0], made[1]
    for page in made:
        await page.client.aclose()


async def fill(
    db: Database, page: Page, now: datetime, blocks: Sequence[tuple[str, str, str]], *, is_read: bool = True
) -> None:
    """Give somebody a connected calendar that was read just now (or never), with events of one secret title."""
    connection_id, calendar_id = new_id("connection"), new_id("calendar")
    async with db.transaction() as conn:
        await connections.insert_connection(
            conn,
            org_id=page.org_id,
            connection_id=connection_id,
            account_id=page.sub,
            kind="caldav",
            label="Work",
            state="ok",
            now=now,
        )
        await calendars.insert_calendar(
            conn,
            org_id=page.org_id,
            calendar_id=calendar_id,
            connection_id=connection_id,
            account_id=page.sub,
            remote_id="/office/",
            name="Work",
            tzid="Europe/London",
            is_checked=True,
        )
        calendar = await calendars.get_calendar(conn, page.org_id, calendar_id)
        assert calendar is not None
        found = [
            events.NewEvent(f"e{number}", f"e{number}", '"1"', "raw", "Oncologist", None, "", [block])
            for number, block in enumerate(map(instants, blocks))
        ]
        await events.store_events(conn, calendar, found, 1)
        if is_read:
            await conn.execute(
                "UPDATE calendar SET first_synced_at = %s, synced_at = %s WHERE calendar_id = %s",
                [now, now, calendar_id],
            )


def instants(block: tuple[str, str, str]) -> tuple[datetime, datetime, str]:
    start, end, kind = block
    return datetime.fromisoformat(full(start)), datetime.fromisoformat(full(end)), kind


def full(time: str) -> str:
    return f"{time}:00Z" if "T" in time else f"{DAY}T{time}:00Z"


async def test_ranges_are_joined_and_say_busy_or_tentative_alone(
    db: Database, pages: tuple[Page, Page], clock: Any
) -> None:
    ana, bo = pages
    blocks = [
        ("10:00", "11:00", "busy"),
        ("10:30", "11:30", "busy"),
        ("11:15", "12:00", "tentative"),
        ("15:00", "15:30", "unknown"),
    ]
    await fill(db, ana, clock(), blocks)
    assert await bo.seen(ana) == (
        "ok",
        [
            ("10:00:00Z", "11:30:00Z", "busy"),
            ("11:30:00Z", "12:00:00Z", "tentative"),
            ("15:00:00Z", "15:30:00Z", "busy"),
        ],
    )
    answer = await bo.ask(ana)
    assert "Oncologist" not in str(answer)
    busy = next(person["busy"] for person in answer["participants"] if person["sub"] == ana.sub)
    for slot in answer["slots"]:
        assert all(slot["end"] <= item["start"] or item["end"] <= slot["start"] for item in busy)


async def test_ranges_are_cut_to_the_period_and_begin_now(
    db: Database, pages: tuple[Page, Page], clock: Any
) -> None:
    ana, bo = pages
    await fill(
        db, ana, clock(), [("2026-11-20T08:00", "2026-11-20T11:00", "busy"), ("10:00", "12:00", "busy")]
    )
    assert await bo.seen(ana, **{"from": f"{DAY}T11:00:00Z", "to": f"{DAY}T11:30:00Z"}) == (
        "ok",
        [("11:00:00Z", "11:30:00Z", "busy")],
    )
    # It is nine o'clock on the 20th.
    assert await bo.seen(ana, **{"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}) == (
        "ok",
        [("2026-11-20T09:00:00Z", "2026-11-20T11:00:00Z", "busy")],
    )
    assert await bo.seen(ana, **{"from": "2026-11-19T00:00:00Z", "to": "2026-11-20T00:00:00Z"}) == ("ok", [])


async def test_meetings_made_here_count_and_the_one_being_moved_does_not(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    body = {"participants": [ana.sub], "start": full("14:30"), "duration_minutes": 30, "title": "Launch"}
    booked = (await bo.client.post("/api/bookings", json=body)).json()
    taken = [("14:30:00Z", "15:00:00Z", "busy")]
    assert (await bo.seen(ana))[1] == taken
    assert (await ana.seen(bo))[1] == taken
    assert (await bo.seen(ana, excluded_booking=booked["booking_id"]))[1] == []


async def test_who_shares_nothing_shows_nothing_but_still_sees_themselves(
    db: Database, pages: tuple[Page, Page], clock: Any
) -> None:
    ana, bo = pages
    await fill(db, ana, clock(), [("10:00", "11:00", "busy")])
    hidden = await ana.client.patch("/api/members/me", json={"sharing": "nobody"})
    assert hidden.status_code == 200
    assert await bo.seen(ana) == ("not_shared", None)
    answer = await ana.ask(bo)
    assert {person["sub"]: len(person["busy"]) for person in answer["participants"]} == {
        ana.sub: 1,
        bo.sub: 0,
    }


async def test_a_calendar_that_was_never_read_shows_nothing(
    db: Database, pages: tuple[Page, Page], clock: Any
) -> None:
    ana, bo = pages
    await fill(db, ana, clock(), [("10:00", "11:00", "busy")], is_read=False)
    assert await bo.seen(ana) == ("unknown", None)


async def test_working_hours_are_told_to_their_owner_alone(pages: tuple[Page, Page]) -> None:
    ana, bo = pages
    hours = [{"day": "tuesday", "start_time": "09:00", "end_time": "17:00"}]
    await ana.put_hours(weekly_periods=hours)
    await bo.put_hours(weekly_periods=hours)
    told = {person["sub"]: person for person in (await bo.ask(ana))["participants"]}
    assert told[bo.sub]["working_hours"] == [{"start": full("09:00"), "end": full("17:00")}]
    assert "working_hours" not in told[ana.sub]
    told = {person["sub"]: person for person in (await bo.ask(ana, flexible=""))["participants"]}
    assert "working_hours" not in told[bo.sub]


async def test_nothing_of_it_comes_unasked_and_a_word_that_is_not_known_is_named(
    pages: tuple[Page, Page],
) -> None:
    ana, bo = pages
    answer = await bo.ask(ana, include="")
    assert all("busy" not in person and "working_hours" not in person for person in answer["participants"])
    refused = await bo.client.get(
        "/api/availability", params={**WEEK, "participants": ana.sub, "include": "busy,titles"}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "include")


async def test_connect_passes_it_through(db: Database, pages: tuple[Page, Page], clock: Any) -> None:
    ana, bo = pages
    await fill(db, ana, clock(), [("10:00", "11:00", "busy")])
    for include, expected in (({"include": "busy"}, 1), ({}, None)):
        answer = await bo.client.get("/connect/api/availability", params={**WEEK, "with": ana.sub, **include})
        assert answer.status_code == 200, answer.text
        told = {person["sub"]: person.get("busy") for person in answer.json()["participants"]}
        assert (told[ana.sub] and len(told[ana.sub])) == expected
    refused = await bo.client.get(
        "/connect/api/availability", params={**WEEK, "with": ana.sub, "include": "titles"}
    )
    assert refused.json()["field"] == "include"


async def test_beyond_what_calendars_are_read_for_nothing_is_told(
    db: Database, pages: tuple[Page, Page], clock: Any
) -> None:
    ana, bo = pages
    await fill(db, ana, clock(), [("2028-01-01T10:00", "2028-01-01T11:00", "busy")])
    far = clock() + timedelta(days=400)
    answer = await bo.ask(ana, **{"from": f"{far:%Y-%m-%d}T00:00:00Z", "to": "2028-02-01T00:00:00Z"})
    assert [person["busy"] for person in answer["participants"]] == [[], []]
