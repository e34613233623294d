"""An account of a test's own at a CalDAV server, connected for one of the demonstration's people and taken away again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from callers import DemoCaller, calling_as
from playwright.sync_api import Locator, Page, expect
from windows import Window

from caldav_servers import PASSWORD, USER, Radicale
from serving import ServedConvene

PATH = "/api/calendar-connections"


class OwnCalendar:
    """One person's connected account with one calendar; meetings are written there."""

    def __init__(self, demo: ServedConvene, caller: DemoCaller, radicale: Radicale, label: str) -> None:
        self.demo, self.caller, self.radicale, self.label = demo, caller, radicale, label
        self.api = caller.client
        self.bookings: list[str] = []
        made = self.api.post(
            PATH,
            json={
                "kind": "caldav",
                "url": radicale.url,
                "username": USER,
                "password": PASSWORD,
                "label": label,
            },
        )
        assert made.status_code == 201, made.text
        self.connection_id: str = made.json()["connection_id"]
        calendar = {"calendar_id": made.json()["calendars"][0]["calendar_id"], "is_target": True}
        self.change(calendars=[calendar])
        self.until(lambda: self.row["state"] == "ok")

    def change(self, **changes: Any) -> None:
        answer = self.api.patch(f"{PATH}/{self.connection_id}", json=changes)
        assert answer.status_code == 200, answer.text

    @property
    def row(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"{PATH}/{self.connection_id}").json()
        return found

    def free(self, whom: str) -> list[str]:
        """Three starts, some hours apart, that suit both, from the end of what is offered: other tests do not look there."""
        with calling_as(self.demo, whom) as other:
            theirs = set(other.offers(self.caller.name, days=40))
        both = [start for start in self.caller.offers(whom, days=40) if start in theirs]
        return both[-1:-10:-4]

    def book(self, whom: str) -> dict[str, Any]:
        """Book with somebody, and wait for the event."""
        start = self.free(whom)[0]
        made = self.caller.book(whom, start, f"Talk {uuid4().hex[:8]}")
        self.bookings.append(made["booking_id"])
        self.until(lambda: self.receipt(made["booking_id"]) == "written")
        return made

    def booking(self, booking_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/api/bookings/{booking_id}").json()
        return found

    def receipt(self, booking_id: str) -> str:
        people = self.booking(booking_id)["participants"]
        return next(
            str(one["calendar"]["state"])
            for one in people
            if one["sub"] == self.caller.people[self.caller.name]
        )

    def name_of(self, booking: dict[str, Any]) -> str:
        """The file of a booking's event at the server."""
        [name] = [
            name for name in self.radicale.names() if booking["title"] in (self.radicale.get(name) or "")
        ]
        return name

    def move(self, name: str, to: datetime) -> None:
        """Move an event there by half an hour's length, as its owner does in a program."""
        text = (self.radicale.get(name) or "").replace("\r\n ", "")
        text = re.sub(r"DTSTART[^\r\n]*", f"DTSTART:{to:%Y%m%dT%H%M%SZ}", text)
        text = re.sub(r"DTEND[^\r\n]*", f"DTEND:{to + timedelta(minutes=30):%Y%m%dT%H%M%SZ}", text)
        self.radicale.put(name, text)

    def read_until(self, wanted: Callable[[], bool]) -> None:
        """Ask for a reading and wait for what comes of it."""
        assert self.api.post(f"{PATH}/{self.connection_id}/sync").status_code == 202
        self.until(wanted)

    def until(self, wanted: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not wanted():
            assert time.monotonic() < deadline, self.row
            time.sleep(0.1)

    def conflicts(self, booking_id: str) -> list[dict[str, Any]]:
        found = self.api.get("/api/calendar-conflicts").json()["items"]
        return [item for item in found if item["booking_id"] == booking_id]


@contextmanager
def own_calendar(demo: ServedConvene, name: str, folder: Path) -> Iterator[OwnCalendar]:
    """Connect an account for somebody; afterwards their calendars and meetings are as before."""
    radicale = Radicale(folder / "radicale")
    radicale.start()
    radicale.make_calendar("team", "Work")
    try:
        with calling_as(demo, name) as caller:
            before = [
                (item["connection_id"], calendar["calendar_id"])
                for item in caller.client.get(PATH).json()["connections"]
                for calendar in item["calendars"]
                if calendar["is_target"]
            ]
            found = OwnCalendar(demo, caller, radicale, f"Account {uuid4().hex[:8]}")
            yield found
            for booking_id in found.bookings:
                caller.client.post(f"/api/bookings/{booking_id}/cancel", json={"reason": ""})
            caller.client.delete(f"{PATH}/{found.connection_id}")
            for connection_id, calendar_id in before:
                choice = {"calendars": [{"calendar_id": calendar_id, "is_target": True}]}
                assert caller.client.patch(f"{PATH}/{connection_id}", json=choice).status_code == 200
    finally:
        radicale.stop()


def settings_page(person: Window, path: str, heading: str) -> Page:
    """Open a page of the settings and wait for it."""
    person.page.goto(f"{person.url}/settings/{path}")
    expect(person.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
    return person.page


def panel_of(page: Page, label: str) -> Locator:
    return page.get_by_role("region", name=label, exact=True)


def look_at(person: Window, state: str) -> None:
    person.check_accessibility(state)
    person.check_reflow(state)
