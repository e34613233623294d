"""A stranger books a page: the mail that arrives leads to the meeting, and the answer to it to the host's page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect
from windows import Window

from databases import new_database
from factories.mail import SENDER, answer_of
from factories.mail_servers import MailServers, mail_servers
from fakes.mail_sink import Taken
from serving import ServedConvene

pytestmark = pytest.mark.e2e


@dataclass
class Host:
    """An installation with mail, and Ana in London, who is met on any day from nine to five."""

    served: ServedConvene
    http: httpx.Client
    token: str
    servers: MailServers
    database_url: str

    def mail_to(self, address: str, count: int = 1) -> Taken:
        """Wait for the newest of so many mails to an address."""
        deadline = time.monotonic() + 60
        while len(self.servers.sink.to(address)) < count:
            assert time.monotonic() < deadline, self.served.log.read_text()[-2000:]
            time.sleep(0.1)
        return self.servers.sink.to(address)[count - 1]

    def look_into_mailbox(self) -> None:
        """As if a minute had passed since the last look."""
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            conn.execute("UPDATE mailbox SET next_poll_at = now() - interval '1 second'")

    def wait_for(self, booking_id: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            found = self.http.get(f"/api/bookings/{booking_id}/invitations").json()
            if ready(found):
                return dict(found)
            assert time.monotonic() < deadline, found
            time.sleep(0.2)


@pytest.fixture(scope="module")
def host(
    server: tuple[str, str | None], worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    url, owner = server
    with (
        mail_servers() as servers,
        new_database(url, owner, f"convene_e2e_mail_{worker_id}") as database_url,
    ):
        served = ServedConvene(
            tmp_path_factory.mktemp("mail"),
            database_url,
            CONVENE_SMTP_URL=servers.sink.url,
            CONVENE_MAIL_FROM=SENDER,
            CONVENE_IMAP_URL=servers.imap.url,
        )
        served.start()
        _, token = served.person("Ana Ruiz")
        with served.client(token) as http:
            days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
            }
            assert http.put("/api/availability-rules", json=hours).status_code == 200
            yield Host(served, http, token, servers, database_url)
        served.stop()


@pytest.fixture
def visit(host: Host, chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Open an address in a browser of its own; errors of its pages fail the test."""
    opened: list[Window] = []

    def open_window(url: str, *, token: str = "", width: int = 1280) -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            timezone_id="Europe/London",
            locale="en-GB",
            extra_http_headers={"authorization": f"Bearer {token}"} if token else {},
        )
        page = context.new_page()
        found = Window("visitor", page, context, host.served.url, [])
        page.on("pageerror", lambda error: found.problems.append(str(error)))
        opened.append(found)
        page.goto(url)
        return found

    yield open_window
    for one in opened:
        one.context.close()
        assert one.problems == []


def test_a_stranger_books_and_the_mail_leads_back(host: Host, visit: Callable[..., Window]) -> None:
    made = host.http.post("/api/booking-pages", json={"name": "Mailed call"}).json()
    at = (datetime.now(UTC) + timedelta(days=7)).replace(hour=12, minute=0, second=0, microsecond=0)
    guest = visit(f"{made['url']}?at={at:%Y-%m-%dT%H:%M:%SZ}&tzid=Europe/London").page
    guest.get_by_label("Name").fill("Cy Young")
    guest.get_by_label("E-mail").fill("cy.young@example.org")
    guest.get_by_role("button", name="Book", exact=True).click()
    expect(guest.get_by_role("link", name="Cancel", exact=False).first).to_be_visible()
    mail = host.mail_to("cy.young@example.org")
    assert mail.subject.startswith("Invitation: Mailed call, ")
    manage = mail.text.split("Move or cancel: ")[1].split()[0]
    fresh = visit(manage).page
    expect(fresh.get_by_text("Mailed call").first).to_be_visible()
    expect(fresh.get_by_role("link", name="Cancel", exact=False).first).to_be_visible()

    [booking] = [
        one for one in host.http.get("/api/bookings").json()["bookings"] if one["title"] == "Mailed call"
    ]
    three = at.replace(hour=15)
    times = f"{three:%Y%m%dT%H%M%SZ}", f"{three + timedelta(minutes=30):%Y%m%dT%H%M%SZ}"
    host.servers.imap.deliver(
        answer_of(
            mail,
            "TENTATIVE",
            method="COUNTER",
            sender="cy.young@example.org",
            time=times,
            comment="Three would be better",
        )
    )
    host.look_into_mailbox()
    host.wait_for(booking["booking_id"], lambda found: bool(found["proposals"]))
    window = visit(booking["links"]["manage"], token=host.token)
    page = window.page
    panel = page.get_by_role("region", name="Invitations by e-mail", exact=True)
    expect(panel.get_by_text("Not sure yet", exact=True)).to_be_visible()
    expect(panel.get_by_text("Sent to cy.young@example.org", exact=False)).to_be_visible()
    expect(panel.get_by_text("“Three would be better”").first).to_be_visible()
    window.check_accessibility("a proposal by mail")
    panel.get_by_role("button", name="Move the meeting there", exact=True).click()
    expect(page.get_by_text("Meeting moved.", exact=True).first).to_be_visible()
    expect(panel.get_by_role("button", name="Move the meeting there", exact=True)).to_have_count(0)
    expect(panel.get_by_text("Coming", exact=True).first).to_be_visible()
    moved = host.mail_to("cy.young@example.org", 2)
    assert moved.subject.startswith("Moved: Mailed call, now ")
    fresh.goto(moved.text.split("Move or cancel: ")[1].split()[0])
    expect(fresh.get_by_text("15:00", exact=False).first).to_be_visible()


def test_the_page_of_a_meeting_fits_narrow_screens(host: Host, visit: Callable[..., Window]) -> None:
    made = host.http.post("/api/booking-pages", json={"name": "Narrow call"}).json()
    at = (datetime.now(UTC) + timedelta(days=8)).replace(hour=12, minute=0, second=0, microsecond=0)
    guest = visit(f"{made['url']}?at={at:%Y-%m-%dT%H:%M:%SZ}&tzid=Europe/London").page
    guest.get_by_label("Name").fill("Di Vale")
    guest.get_by_label("E-mail").fill("di.vale@example.org")
    guest.get_by_role("button", name="Book", exact=True).click()
    host.mail_to("di.vale@example.org")
    [booking] = [
        one for one in host.http.get("/api/bookings").json()["bookings"] if one["title"] == "Narrow call"
    ]
    window = visit(booking["links"]["manage"], token=host.token, width=320)
    expect(window.page.get_by_role("region", name="Invitations by e-mail", exact=True)).to_be_visible()
    window.check_reflow("invitations on a narrow screen")
