"""Feeds on the pages: a calendar subscribed to by its address, and one's own calendar at an address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import pytest
from callers import calling_as
from icalendar import Calendar
from playwright.sync_api import Locator, Page, expect
from windows import Window

from caldav_servers import event_text
from serving import ServedConvene

pytestmark = pytest.mark.e2e

SECRET = "/private-5e1f/basic.ics"
SIGN_IN = b"<!doctype html><title>Sign in</title>"


class FeedServer(ThreadingHTTPServer):
    """Somebody else's calendar, at a secret address."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FeedHandler)
        self.status, self.body = 200, b""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{SECRET}"


class FeedHandler(BaseHTTPRequestHandler):
    server: FeedServer

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/calendar")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def football() -> Iterator[FeedServer]:
    with FeedServer() as found:
        start = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0)
        times = (f"{start:%Y%m%dT%H%M00Z}", f"{start + timedelta(hours=1):%Y%m%dT%H%M00Z}")
        found.body = event_text("e2e-feed", *times, summary="Football").encode()
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def name(demo: ServedConvene) -> Iterator[str]:
    """What this test calls its own; whatever is left of it is removed."""
    found = f"Fixtures {uuid4().hex[:8]}"
    yield found
    with calling_as(demo, "Ines Marsh") as ines:
        for path, key, ident in (
            ("/api/calendar-connections", "connections", "connection_id"),
            ("/api/calendar-feeds", "feeds", "feed_id"),
        ):
            for one in ines.client.get(path).json()[key]:
                if found in (one.get("label"), one.get("name")):
                    assert ines.client.delete(f"{path}/{one[ident]}").status_code == 204


def calendars_page(person: Window) -> Page:
    person.page.goto(f"{person.url}/settings/calendars")
    expect(person.page.get_by_role("heading", level=1, name="Calendars")).to_be_visible()
    return person.page


def panel_of(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def look_at(person: Window, state: str) -> None:
    person.check_accessibility(state)
    person.check_reflow(state)


def test_subscribe_to_an_address_and_mend_it(
    window: Callable[..., Window], football: FeedServer, name: str
) -> None:
    ines = window("Ines Marsh")
    page = calendars_page(ines)
    page.get_by_role("button", name="Subscribe to an address").click()
    dialog = page.locator("subscribe-calendar-dialog")
    expect(dialog.get_by_text("What we write")).to_be_visible()
    dialog.get_by_text("Where do I find it?").click()
    expect(dialog.get_by_text("secret address in iCal format")).to_be_visible()
    look_at(ines, "subscribing")
    dialog.get_by_role("button", name="Subscribe", exact=True).click()
    expect(dialog.get_by_text("Paste the calendar’s address.")).to_be_visible()

    body, football.body = football.body, SIGN_IN
    dialog.get_by_label("Address of the calendar").fill(football.address)
    dialog.get_by_label("What to call it (optional)").fill(name)
    dialog.get_by_role("button", name="Subscribe", exact=True).click()
    expect(dialog.get_by_text("shows a web page here")).to_be_visible()
    look_at(ines, "refused")
    football.body = body
    dialog.get_by_role("button", name="Subscribe", exact=True).click()

    panel = panel_of(page, name)
    expect(panel.get_by_text("Connected", exact=True)).to_be_visible(timeout=60_000)
    expect(panel.get_by_text("ICS link")).to_be_visible()
    expect(panel.get_by_text("Read only")).to_be_visible()
    expect(panel.get_by_role("checkbox")).to_be_checked()
    expect(panel.get_by_role("radio")).to_have_count(0)
    assert SECRET not in page.content()

    football.status = 403
    panel.get_by_role("button", name="Sync now").click()
    expect(panel.get_by_role("button", name="Sync now")).to_have_attribute("aria-busy", "false")
    reload_until(ines, lambda: panel.get_by_text("Needs attention").is_visible())
    expect(panel.get_by_text("Is the calendar still shared?")).to_be_visible()
    look_at(ines, "needs attention")
    football.status = 200
    panel.get_by_role("button", name="Change the address").click()
    dialog.get_by_label("Address of the calendar").fill(football.address + "?new")
    dialog.get_by_role("button", name="Use this address").click()
    expect(panel.get_by_text("Connected", exact=True)).to_be_visible(timeout=60_000)

    panel.get_by_role("button", name="Disconnect").click()
    sure = page.locator("disconnect-dialog")
    expect(sure.get_by_text("forgets the address at once")).to_be_visible()
    sure.get_by_role("button", name="Disconnect").click()
    expect(panel).to_have_count(0)


def reload_until(person: Window, is_there: Callable[[], bool]) -> None:
    """Look again until background work has done its part."""
    for _ in range(60):
        calendars_page(person)
        expect(person.page.get_by_role("region", name="Your feeds")).to_be_visible()
        person.page.wait_for_timeout(500)
        if is_there():
            return
    raise AssertionError("it never showed")


def test_make_a_feed_read_it_renew_it_revoke_it(window: Callable[..., Window], name: str) -> None:
    ines = window("Ines Marsh")
    page = calendars_page(ines)
    page.get_by_role("button", name="Make a feed").click()
    dialog = page.locator("cv-dialog#make")
    expect(dialog.get_by_role("radio", name="Only when I am busy")).to_be_checked()
    expect(dialog.get_by_role("checkbox")).to_be_checked()
    dialog.get_by_role("button", name="Make the feed").click()
    expect(dialog.get_by_text("Give it a name")).to_be_visible()
    look_at(ines, "making a feed")
    dialog.get_by_role("radio", name="My meetings").check()
    expect(dialog.get_by_role("checkbox")).not_to_be_checked()
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Make the feed").click()

    feed = page.get_by_role("listitem", name=name)
    expect(feed.get_by_text("not read yet")).to_be_visible()
    address = feed.locator("code").inner_text()
    opens = feed.get_by_role("link", name="Open in a calendar program")
    expect(opens).to_have_attribute("href", address.replace("http:", "webcal:"))
    look_at(ines, "a feed")
    answer = httpx.get(address)
    assert str(Calendar.from_ical(answer.text)["X-WR-CALNAME"]) == name

    feed.get_by_role("button", name=f"Renew {name}").click()
    sure = page.locator("cv-dialog#sure")
    sure.get_by_role("button", name="Renew", exact=True).click()
    expect(feed.locator("code")).not_to_have_text(address)
    renewed = feed.locator("code").inner_text()
    assert (httpx.get(address).status_code, httpx.get(renewed).status_code) == (404, 200)
    feed.get_by_role("button", name=f"Revoke {name}").click()
    sure.get_by_role("button", name="Revoke", exact=True).click()
    expect(feed).to_have_count(0)
    assert httpx.get(renewed).status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_and_dark(
    window: Callable[..., Window], demo: ServedConvene, football: FeedServer, name: str, scheme: str
) -> None:
    with calling_as(demo, "Ines Marsh") as api:
        connection = {"kind": "ics", "url": football.address, "label": name}
        assert api.client.post("/api/calendar-connections", json=connection).status_code == 201
        feed = {"name": name, "detail": "busy"}
        assert api.client.post("/api/calendar-feeds", json=feed).status_code == 201
    ines = window("Ines Marsh", width=320, height=740, color_scheme=scheme)
    page = calendars_page(ines)
    expect(panel_of(page, name).get_by_text("ICS link")).to_be_visible()
    expect(page.get_by_role("listitem", name=name)).to_be_visible()
    look_at(ines, f"{scheme}, 320 px")
