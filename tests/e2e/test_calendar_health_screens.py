"""Connected calendars and their health on the pages, each state reached at a real server: refused, away, asked to wait,
partly read, well again; disconnecting; what administrators see."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from callers import calling_as
from own_calendars import PATH, OwnCalendar, look_at, own_calendar, panel_of, settings_page
from playwright.sync_api import Locator, Page, expect
from windows import Window

from caldav_servers import event_text
from serving import ServedConvene

pytestmark = pytest.mark.e2e


@pytest.fixture
def sam(demo: ServedConvene, tmp_path: Path) -> Iterator[OwnCalendar]:
    with own_calendar(demo, "Sam Okafor", tmp_path) as found:
        yield found


class Feed(ThreadingHTTPServer):
    """Somebody's calendar at an address, which may ask its readers to wait."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FeedHandler)
        self.status, self.body = 200, b""

    def say(self, *events: str) -> None:
        parts = [event.partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0] for event in events]
        inside = "".join(f"BEGIN:VEVENT{part}END:VEVENT\r\n" for part in parts)
        self.body = (
            f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\n{inside}END:VCALENDAR\r\n".encode()
        )


class FeedHandler(BaseHTTPRequestHandler):
    server: Feed

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/calendar")
        if self.server.status == 429:
            self.send_header("Retry-After", "2400")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def feed() -> Iterator[Feed]:
    with Feed() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def calendars_of(person: Window, label: str) -> Locator:
    page = settings_page(person, "calendars", "Calendars")
    found = panel_of(page, label)
    expect(found).to_be_visible()
    return found


def health_of(page: Page, label: str) -> Locator:
    return (
        page.get_by_role("list", name="Accounts", exact=True).get_by_role("listitem").filter(has_text=label)
    )


def test_a_changed_password_is_seen_and_mended(window: Callable[..., Window], sam: OwnCalendar) -> None:
    booking = sam.book("Ana Ruiz")
    sam.radicale.set_password("another one")
    sam.radicale.stop()
    sam.radicale.start()
    person = window("Sam Okafor")
    panel = calendars_of(person, sam.label)
    expect(panel.get_by_text("checked every 15 minutes")).to_be_visible()
    panel.get_by_role("button", name="Sync now", exact=True).click()
    # Seen without a reload.
    expect(panel.get_by_text("Needs attention", exact=True)).to_be_visible(timeout=60_000)
    expect(panel.get_by_text("The password is not accepted any more.", exact=True)).to_be_visible()
    panel.get_by_text("Last error", exact=True).click()
    expect(panel.get_by_text(f"{sam.connection_id} unauthorized", exact=False)).to_be_visible()
    look_at(person, "a refused password")
    # A calendar that cannot be read lets nobody be moved into it; what is cancelled waits there.
    done = sam.api.post(f"/api/bookings/{booking['booking_id']}/cancel", json={"reason": ""})
    assert done.status_code == 200, done.text
    sam.until(lambda: sam.row["waiting_writes"] == 1)
    panel = calendars_of(person, sam.label)
    expect(panel.get_by_text("1 meeting waits to be brought up to date there")).to_be_visible()

    admin = window("Bo Lind")
    page = settings_page(admin, "calendar-health", "Calendar health")
    row = health_of(page, sam.label)
    expect(row.get_by_text("Tell Sam:", exact=False)).to_be_visible()
    page.get_by_role("radio", name="Needs attention", exact=False).check()
    expect(row).to_be_visible()
    look_at(admin, "an account needs attention")

    panel.get_by_role("button", name="Enter the new password", exact=True).click()
    dialog = person.page.locator("connect-calendar-dialog")
    dialog.get_by_label("Password", exact=True).fill("another one")
    dialog.get_by_role("button", name="Reconnect", exact=True).click()
    expect(panel.get_by_text("Connected", exact=True)).to_be_visible(timeout=60_000)
    expect(panel.get_by_text("1 meeting waits to be brought up to date there")).to_have_count(
        0, timeout=60_000
    )
    look_at(person, "mended")
    page.reload()
    expect(row.get_by_text("OK", exact=True)).to_be_visible()


def test_narrow_and_dark_a_server_that_is_away(window: Callable[..., Window], sam: OwnCalendar) -> None:
    sam.radicale.stop()
    person = window("Sam Okafor", width=320, height=740, color_scheme="dark")
    panel = calendars_of(person, sam.label)
    panel.get_by_role("button", name="Sync now", exact=True).click()
    expect(panel.get_by_text("Delayed", exact=True)).to_be_visible(timeout=60_000)
    expect(panel.get_by_text("Convene reads this calendar late.", exact=True)).to_be_visible()
    look_at(person, "a server is away, dark")
    sam.radicale.start()
    panel.get_by_role("button", name="Try now", exact=True).click()
    expect(person.page.get_by_text(f"{sam.label} is up to date.", exact=True).first).to_be_visible(
        timeout=60_000
    )
    expect(panel.get_by_text("Connected", exact=True)).to_be_visible()


def test_a_feed_that_is_partly_read_and_then_asks_to_wait(
    demo: ServedConvene, window: Callable[..., Window], feed: Feed
) -> None:
    start = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0)
    times = f"{start:%Y%m%dT%H%M00Z}", f"{start + timedelta(hours=1):%Y%m%dT%H%M00Z}"
    feed.say(event_text("well", *times, summary="Match"), event_text("ill", "soon", "later", summary="Fair"))
    label = f"Feed {uuid4().hex[:8]}"
    with calling_as(demo, "Ines Marsh") as ines:
        address = {"kind": "ics", "url": f"http://127.0.0.1:{feed.server_port}/{label}.ics", "label": label}
        made = ines.client.post(PATH, json=address)
        assert made.status_code == 201, made.text
        person = window("Ines Marsh", width=320, height=740)
        panel = calendars_of(person, label)
        expect(panel.get_by_text("Partly read", exact=True)).to_be_visible(timeout=60_000)
        panel.get_by_text("1 event could not be read as it is", exact=True).click()
        expect(panel.get_by_text("Fair", exact=True)).to_be_visible()
        look_at(person, "partly read")
        feed.status = 429
        panel.get_by_role("button", name="Sync now", exact=True).click()
        expect(panel.get_by_text("Asked to wait", exact=True)).to_be_visible(timeout=60_000)
        expect(panel.get_by_text("in 40 min").or_(panel.get_by_text("in 39 min"))).to_be_visible()
        look_at(person, "asked to wait")
        assert ines.client.delete(f"{PATH}/{made.json()['connection_id']}").status_code == 204


def test_a_first_reading_tells_how_far_it_is(window: Callable[..., Window], sam: OwnCalendar) -> None:
    person = window("Sam Okafor")
    page = person.page

    def hold(found: dict[str, object]) -> dict[str, object]:
        progress = {"calendars": 3, "calendars_read": 1, "events_read": 12345}
        return {**found, "state": "connecting", "progress": progress, "synced_at": None}

    def answer(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        rows = response.json()["connections"]
        rows = [hold(row) if row["label"] == sam.label else row for row in rows]
        route.fulfill(response=response, json={"connections": rows})  # type: ignore[attr-defined]

    page.route(f"**{PATH}", answer)
    panel = calendars_of(person, sam.label)
    expect(panel.get_by_text("1 of 3 calendars read, 12,345 events so far.")).to_be_visible()
    expect(panel.get_by_role("progressbar", name="Calendars read", exact=True)).to_be_visible()
    look_at(person, "a first reading")
    # It goes on by itself, without anybody pressing anything.
    page.unroute_all(behavior="wait")
    expect(panel.get_by_text("Connected", exact=True)).to_be_visible(timeout=60_000)


def test_disconnecting_says_which_meetings_are_there(window: Callable[..., Window], sam: OwnCalendar) -> None:
    booking = sam.book("Ana Ruiz")
    person = window("Sam Okafor", width=320, height=740)
    panel = calendars_of(person, sam.label)
    panel.get_by_role("button", name="Disconnect", exact=True).click()
    dialog = person.page.locator("disconnect-dialog")
    expect(dialog.get_by_text("1 meeting to come was written there", exact=True)).to_be_visible()
    expect(dialog.get_by_text(booking["title"], exact=True)).to_be_visible()
    expect(dialog.get_by_text("delete it at the service too", exact=False)).to_be_visible()
    look_at(person, "disconnecting")
    dialog.get_by_role("radio", name="Remove future ones from that calendar", exact=True).check()
    dialog.get_by_role("button", name="Disconnect", exact=True).click()
    expect(panel).to_have_count(0)
    sam.until(lambda: sam.radicale.names() == [])
    assert sam.booking(booking["booking_id"])["state"] == "confirmed"


def test_a_calendar_that_became_read_only_is_replaced_with_one_press(
    window: Callable[..., Window], sam: OwnCalendar
) -> None:
    person = window("Sam Okafor")
    page = person.page

    def answer(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        rows = response.json()["connections"]
        for row in rows:
            if row["label"] == sam.label:
                row["calendars"] = [{**one, "is_writable": False} for one in row["calendars"]]
        route.fulfill(response=response, json={"connections": rows})  # type: ignore[attr-defined]

    page.route(f"**{PATH}", answer)
    panel = calendars_of(person, sam.label)
    expect(panel.get_by_text("Meetings cannot be written here any more.", exact=True)).to_be_visible()
    look_at(person, "a calendar became read-only")
    panel.get_by_role("button", name="Choose another calendar", exact=True).click()
    dialog = page.locator("target-calendar-dialog")
    dialog.get_by_role("radio", name="Meetings Convene’s own calendar", exact=True).check()
    look_at(person, "choosing another calendar")
    page.unroute_all(behavior="wait")
    dialog.get_by_role("button", name="Write meetings there", exact=True).click()
    expect(
        page.get_by_text("Meetings are written to Meetings from now on.", exact=True).first
    ).to_be_visible()
    assert not any(one["is_target"] for one in sam.row["calendars"])


def test_narrow_and_dark_health_is_for_administrators(
    window: Callable[..., Window], sam: OwnCalendar
) -> None:
    admin = window("Bo Lind", width=320, height=740, color_scheme="dark")
    page = settings_page(admin, "calendar-health", "Calendar health")
    expect(health_of(page, sam.label).get_by_text("OK", exact=True)).to_be_visible()
    look_at(admin, "calendar health, dark")
    page.route(f"**{PATH}/health", lambda route: route.fulfill(json={"items": []}))
    page.reload()
    expect(page.get_by_text("Nobody has connected a calendar yet", exact=True)).to_be_visible()
    look_at(admin, "nobody has connected anything")
    member = window("Sam Okafor")
    member.page.goto(f"{member.url}/settings/calendar-health")
    expect(member.page.get_by_text("This page is for administrators", exact=True)).to_be_visible()
    assert sam.api.get(f"{PATH}/health").status_code == 403
